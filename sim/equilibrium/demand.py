"""Demand at given shadow prices: who asks for how much of what, and where each pool's quantity comes from.

Probabilities are put together from x = exp(V / lambda). Where a world's exponents are more than a float holds, V of all
is counted from the best offer's at these shadow prices; no probability moves by that. Other worlds keep their bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sim import kernels
from sim.arrays import Array, Index, Mask
from sim.equilibrium.choice import LARGEST_EXPONENT, Nests, lifted, odds, spread

LARGEST_TILT = 100.0
"""Up to it x may be multiplied without asking: x is at most exp(LARGEST_EXPONENT), a little below what a float
holds."""
Groups = tuple[tuple[int, slice], ...]
"""(group number, slice of the buyers axis): buyers of a group share how managed offers are routed to pools."""

Road = Callable[..., tuple[Array, ...]]
"""A function of a demand and of arrays with a worlds axis, which gives such arrays back."""


@dataclass(frozen=True)
class Demand:
    """Who asks for what. All arrays have a leading worlds axis.

    x: exp(V / lambda_nest) (worlds, offers, buyers, incumbents); mass: (worlds, buyers, incumbents) H100e seeking;
    routing: (worlds, groups, offers, pools) H100e of each pool that a unit of an offer uses; scale: (worlds, offers);
    weight: (worlds, buyers) how strongly a buyer feels a shadow price (1 = proportional rationing).
    exponent: V / lambda, as x, where exp(V / lambda) of a world in `far` (worlds,) is more than a float holds; else
    None.
    """

    x: Array
    mass: Array
    routing: Array
    scale: Array
    weight: Array
    nests: Nests
    groups: Groups
    exponent: Array | None = None
    far: Mask | None = None

    @classmethod
    def of(
        cls,
        utility: Array,
        stay: Array,
        mass: Array,
        routing: Array,
        scale: Array,
        weight: Array,
        nests: Nests,
        groups: Groups,
    ) -> Demand:
        """From V before switching costs (worlds, offers, buyers) and exp(-cost / lambda), shaped as x."""
        exponent = utility / scale[:, :, None]
        x = np.exp(np.minimum(exponent, LARGEST_EXPONENT))[..., None] * stay
        return cls(x, mass, routing, scale, weight, nests, groups).counted(exponent, lambda: stay)

    def counted(self, exponent: Array, stay: Callable[[], Array]) -> Demand:
        """The same demand, with worlds whose V / lambda (worlds, offers, buyers) is more than a float holds known by
        exponents.

        stay: exp(-cost / lambda), shaped as x; asked for only then."""
        far = exponent.max(axis=(1, 2)) > LARGEST_EXPONENT
        return self._beyond(far, exponent[..., None] + _log(stay())) if far.any() else self

    @property
    def plain(self) -> tuple[Array | Index, ...]:
        """As compiled functions take it: x, mass, routing, scale, weight, the layout of nests, and each buyer's
        group."""
        group = np.zeros(self.x.shape[2], np.int64)
        for number, buyers in self.groups:
            group[buyers] = number
        return self.x, self.mass, self.routing, self.scale, self.weight, *self.nests.layout, group

    def tilted(self, tilt: Array) -> Demand:
        """The same demand, ready for x to be multiplied by tilt (worlds, offers, buyers)."""
        far = tilt.max(axis=(1, 2)) > LARGEST_TILT
        if far.any():
            far[far] = (_log(self.x[far].max(axis=3)) + _log(tilt[far])).max(axis=(1, 2)) > LARGEST_EXPONENT
        return self._beyond(far, _log(self.x)) if far.any() else self

    def _beyond(self, far: Mask, exponent: Array) -> Demand:
        """The same demand with some worlds known by their exponents; x is there in proportion."""
        if self.exponent is not None and self.far is not None:
            exponent, far = np.where(self.far[:, None, None, None], self.exponent, exponent), self.far | far
        largest = exponent[far].max(axis=1, keepdims=True)
        x = self.x.copy()
        x[far] = np.exp(exponent[far] - np.where(np.isneginf(largest), 0.0, largest))
        return replace(self, x=x, exponent=exponent, far=far)

    def worlds(self, keep: Mask) -> Demand:
        """The same demand for some of the worlds."""
        x, mass, routing, scale, weight = (
            one[keep] for one in (self.x, self.mass, self.routing, self.scale, self.weight)
        )
        exponent = None if self.exponent is None else self.exponent[keep]
        far = None if self.far is None else self.far[keep]
        return Demand(x, mass, routing, scale, weight, self.nests, self.groups, exponent, far)


@dataclass(frozen=True)
class Point:
    """Demand at some shadow prices. Shares are put together only when asked for: `x` is the demand's, `damping`
    (worlds, offers, buyers) exp(-penalty / lambda), `weight` (worlds, buyers, incumbents) the chance to wait, `inside`
    S^lambda / S and `nest_share` P of each nest of more than one offer. Where exponents are far, x is counted from
    `lift`, as is the weight."""

    demand: Demand
    x: Array
    lift: Array | None
    damping: Array
    weight: Array
    inside: tuple[Array | None, ...]
    nest_share: tuple[Array | None, ...]
    by_buyer: Array
    pool_quantity: Array

    def shares(self, times: Array | None = None) -> Array:
        """Choice probabilities, (worlds, offers, buyers, incumbents), multiplied by `times` (worlds, buyers,
        incumbents)."""
        weight = self.weight if times is None else self.weight * times
        return spread(self.x, self.damping, self.demand.nests, weight, self.inside)

    @property
    def waiting(self) -> Array:
        """Chance to wait: (worlds, buyers, incumbents)."""
        return self.weight if self.lift is None else self.weight * np.exp(-self.lift)

    @property
    def logsum(self) -> Array:
        """Expected utility: (worlds, buyers, incumbents)."""
        return np.asarray(-np.log(self.weight) if self.lift is None else self.lift - np.log(self.weight))

    @classmethod
    def blank(cls, demand: Demand) -> Point:
        """Room for the final points of all worlds, to be filled by `put`."""
        room = np.empty_like(demand.mass)
        offers, buyers = demand.x.shape[1], demand.x.shape[2]
        inside = tuple(np.empty_like(room) if size > 1 else None for size in demand.nests.sizes)
        by_offer, by_pool = np.empty((len(room), offers, buyers)), np.empty((len(room), demand.routing.shape[3]))
        x, lift = (demand.x, None) if demand.far is None else (np.empty_like(demand.x), np.empty_like(room))
        return cls(demand, x, lift, np.empty_like(by_offer), room, inside, inside, by_offer, by_pool)

    def put(self, worlds: Index, point: Point, rows: Mask) -> None:
        """Keep some rows of a point as the final ones of these worlds."""
        far = () if self.lift is None else ((self.x, point.x), (self.lift, point.lift))
        for mine, other in (
            (self.damping, point.damping),
            (self.weight, point.weight),
            (self.by_buyer, point.by_buyer),
            (self.pool_quantity, point.pool_quantity),
            *zip(self.inside, point.inside, strict=True),
            *far,
        ):
            if mine is not None and other is not None:
                mine[worlds] = other[rows]

    def some(self, keep: Mask) -> Point:
        """The same point for some of the worlds."""
        if keep.all():
            return self
        inside, nest_share = (
            tuple(None if one is None else one[keep] for one in both) for both in (self.inside, self.nest_share)
        )
        by_buyer, quantity, demand = self.by_buyer[keep], self.pool_quantity[keep], self.demand.worlds(keep)
        x, lift = (demand.x, None) if self.lift is None else (self.x[keep], self.lift[keep])
        return Point(demand, x, lift, self.damping[keep], self.weight[keep], inside, nest_share, by_buyer, quantity)


def effective_penalty(routing: Array, shadow_price: Array, weight: Array, groups: Groups) -> Array:
    """Shadow price that a buyer meets on each offer: (worlds, offers, buyers), in utils."""
    by_group = (routing * shadow_price[:, None, None, :]).sum(axis=3)
    penalty = np.empty((len(routing), routing.shape[2], weight.shape[1]))
    for group, buyers in groups:
        penalty[:, :, buyers] = by_group[:, group, :, None] * weight[:, None, buyers]
    return penalty


def pool_demand(by_buyer: Array, routing: Array, groups: Groups) -> Array:
    """H100e asked of each pool: by_buyer (worlds, offers, buyers) -> (worlds, pools)."""
    total = np.zeros((len(by_buyer), routing.shape[3]))
    for group, buyers in groups:
        total = total + (by_buyer[:, :, buyers].sum(axis=2)[:, :, None] * routing[:, group]).sum(axis=1)
    return total


def by_road(compiled: Road, reference: Road, demand: Demand, *by_world: Array) -> tuple[Array, ...]:
    """What a compiled function finds where there are any, or else the reference. Worlds that are known by their
    exponents always take the reference: how a world is worked does not depend on the others."""
    if kernels.find("odds") is None:
        return reference(demand, *by_world)
    if demand.far is None:
        return compiled(demand, *by_world)
    near, far = ~demand.far, demand.far
    one = compiled(demand.worlds(near), *(array[near] for array in by_world))
    other = reference(demand.worlds(far), *(array[far] for array in by_world))
    found = tuple(np.empty((len(far), *part.shape[1:])) for part in one)
    for whole, part, rest in zip(found, one, other, strict=True):
        whole[near], whole[far] = part, rest
    return found


def at(demand: Demand, shadow_price: Array, tilt: Array | None = None) -> Point:
    """Demand at shadow prices; tilt (worlds, offers, buyers) multiplies x."""
    penalty = effective_penalty(demand.routing, shadow_price, demand.weight, demand.groups)
    damped = -penalty / demand.scale[:, :, None]
    damping = np.exp(damped) if tilt is None else np.exp(damped) * tilt
    x, lift = demand.x, None
    if demand.exponent is not None and demand.far is not None:
        further = damped if tilt is None else damped + _log(tilt)
        x, lift = _lifted(demand, demand.exponent, demand.far, further)
        damping = np.where(demand.far[:, None, None], 1.0, damping)  # it is in x
    found = odds(x, damping, demand.nests, demand.scale, 1.0 if lift is None else np.exp(-lift))
    seeking = demand.mass * found.weight
    by_buyer = np.empty_like(damping)
    for part, members in zip(found.inside, demand.nests.members, strict=True):
        chance = seeking if part is None else seeking * part
        for offer in demand.nests.offers(members):
            by_buyer[:, offer] = np.einsum("rbi,rbi->rb", x[:, offer], chance)
    by_buyer *= damping
    nest_share = tuple(None if power is None else power * found.weight for power in found.power)
    quantity = pool_demand(by_buyer, demand.routing, demand.groups)
    return Point(demand, x, lift, damping, found.weight, found.inside, nest_share, by_buyer, quantity)


def _lifted(demand: Demand, exponent: Array, far: Mask, damped: Array) -> tuple[Array, Array]:
    """x and lift, with x of far worlds put together in logs, damping included."""
    x, lift = demand.x.copy(), np.zeros_like(demand.mass)
    x[far], lift[far] = lifted(exponent[far] + damped[far][..., None], demand.scale[far])
    return x, lift


def _log(values: Array) -> Array:
    """ln, minus infinity at 0."""
    return np.log(values, out=np.full_like(values, -np.inf), where=values != 0.0)
