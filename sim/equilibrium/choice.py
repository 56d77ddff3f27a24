"""How buyers choose: nested logit over offers, a nest being a chip family, with an outside option (wait a quarter).

    x_j = exp(V_j / lambda_g)    S_g = sum of x over nest g    P_g = S_g^lambda_g / (exp(V_0) + sum of S^lambda)
    s_j = x_j / S_g * P_g                                      McFadden 1978; Train 2009 ch. 4

In a nest of one offer lambda has no meaning and is taken as 1. lambda = 1 everywhere is the plain logit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim import kernels
from sim.arrays import Array, Index

SMALLEST_WEIGHT = 1e-300
"""Keeps the share of a nest that nobody may choose from being divided by."""
LARGEST_EXPONENT = 700.0
"""Above it exp(V / lambda), or a sum of a few, is more than a float holds: utilities are then counted from the best
one."""


@dataclass(frozen=True)
class Nests:
    """Which offers share a nest. `members` lists the positions of each nest's offers."""

    labels: Index
    members: tuple[Index | slice, ...]

    @classmethod
    def of(cls, labels: Index) -> Nests:
        """Nests from one label an offer, 0, 1, 2, ... Offers of a nest that stand side by side are read without
        copying."""
        members: list[Index | slice] = []
        for nest in range(int(labels.max()) + 1):
            positions = np.flatnonzero(labels == nest)
            together = positions[-1] - positions[0] + 1 == len(positions)
            members.append(slice(int(positions[0]), int(positions[-1]) + 1) if together else positions)
        return cls(labels, tuple(members))

    def offers(self, members: Index | slice) -> list[int]:
        """Positions of a nest's offers."""
        return list(range(members.start, members.stop)) if isinstance(members, slice) else [int(k) for k in members]

    @cached_property
    def sizes(self) -> Index:
        """Offers in each nest."""
        return np.bincount(self.labels)

    @cached_property
    def layout(self) -> tuple[Index, Index]:
        """Positions of all offers nest by nest, and where each nest begins among them (and the last one ends)."""
        order = [offer for members in self.members for offer in self.offers(members)]
        return np.array(order, np.int64), np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)

    def first(self, nest: int) -> int:
        """Position of the first offer of a nest."""
        members = self.members[nest]
        return int(members.start if isinstance(members, slice) else members[0])

    def scale(self, dissimilarity: Array) -> Array:
        """lambda of each offer's nest: 1 in nests of one. dissimilarity (worlds,) or (worlds, nests) -> (worlds,
        offers)."""
        by_nest = dissimilarity[:, None] if dissimilarity.ndim == 1 else dissimilarity
        by_nest = np.where(self.sizes == 1, 1.0, np.broadcast_to(by_nest, (len(by_nest), len(self.sizes))))
        return np.ascontiguousarray(by_nest[:, self.labels])


@dataclass(frozen=True)
class Choice:
    """Choice probabilities: shares (worlds, offers, ...), nest_shares (worlds, nests, ...), outside and logsum (worlds,
    ...)."""

    shares: Array
    nest_shares: Array
    outside: Array
    logsum: Array


@dataclass(frozen=True)
class Odds:
    """What choice probabilities are put together from; (worlds, buyers, incumbents) each.

    weight: 1 / (exp(V_0) + sum_g S_g^lambda_g); inside: S^lambda / S, and power: S^lambda, of each nest of more than
    one offer (None in a nest of one, where S^lambda = S)."""

    weight: Array
    inside: tuple[Array | None, ...]
    power: tuple[Array | None, ...]


def odds(x: Array, damping: Array, nests: Nests, scale: Array, outside_weight: float | Array = 1.0) -> Odds:
    """The one kernel of the nested logit, worked offer by offer without forming all shares.

    x (worlds, offers, buyers, incumbents) is exp(V / lambda), damping (worlds, offers, buyers) multiplies it; scale
    (worlds, offers); outside_weight: exp(V_0), one or (worlds, buyers, incumbents)."""
    denominator = np.full((x.shape[0], *x.shape[2:]), outside_weight)
    inside: list[Array | None] = []
    powers: list[Array | None] = []
    for members in nests.members:
        first, *others = nests.offers(members)
        total = x[:, first] * damping[:, first, :, None]
        for offer in others:
            total += x[:, offer] * damping[:, offer, :, None]
        power = _power(total, scale[:, first, None, None]) if others else total
        denominator += power
        powers.append(np.maximum(power, SMALLEST_WEIGHT) if others else None)
        inside.append(power / np.where(total > 0.0, total, 1.0) if others else None)
    return Odds(1.0 / denominator, tuple(inside), tuple(powers))


def spread(x: Array, damping: Array, nests: Nests, weight: Array, inside: tuple[Array | None, ...]) -> Array:
    """Shares from odds: s_j = x_j damping_j (S^lambda / S) weight, (worlds, offers, buyers, incumbents)."""
    result = np.empty_like(x)
    for part, members in zip(inside, nests.members, strict=True):
        share = weight if part is None else weight * part
        for offer in nests.offers(members):
            np.multiply(x[:, offer], damping[:, offer, :, None], out=result[:, offer])
            result[:, offer] *= share
    return result


def _power(base: Array, exponent: Array) -> Array:
    """base ^ exponent for base >= 0, by logarithm and in one buffer: faster than the general power."""
    result = np.log(np.maximum(base, SMALLEST_WEIGHT))
    result *= exponent
    return np.exp(result, out=result)


def choose(utility: Array, nests: Nests, scale: Array, outside_utility: float = 0.0) -> Choice:
    """Nested-logit probabilities, by the kernel that clearing uses.

    utility: V of shape (worlds, offers, ...), minus infinity for an offer that is not eligible; scale: (worlds, offers)
    from `Nests.scale`. logsum = ln(exp(V_0) + sum_g S_g^lambda_g), the buyer's expected utility.
    """
    worlds, offers, *rest = utility.shape
    flat = np.ascontiguousarray(utility).reshape(worlds, offers, -1, 1)
    lift = _lift(flat / scale[:, :, None, None], flat, outside_utility)
    x = exponentials(flat - lift[:, None], scale)
    undamped, outside_weight = np.ones(x.shape[:3]), np.exp(outside_utility - lift)
    compiled = kernels.find("odds")
    if compiled is None:
        found = odds(x, undamped, nests, scale, outside_weight)
        weight, shares = found.weight, spread(x, undamped, nests, found.weight, found.inside)
    else:
        weight, shares = compiled.chances(x, undamped, scale, *nests.layout, outside_weight)
    by_nest = np.stack([shares[:, members].sum(axis=1) for members in nests.members], axis=1)
    outside, logsum = outside_weight * weight, lift - np.log(weight)
    every = (worlds, *rest)
    return Choice(
        shares.reshape(utility.shape), by_nest.reshape(worlds, -1, *rest), outside.reshape(every), logsum.reshape(every)
    )


def _lift(exponent: Array, utility: Array, outside_utility: float) -> Array:
    """What `choose` takes off all utilities, (worlds, buyers, 1): the best one where exponents leave the range, else
    0."""
    beyond = np.abs(np.maximum(exponent.max(axis=1), outside_utility)) > LARGEST_EXPONENT
    best = np.maximum(utility.max(axis=1), outside_utility)
    return np.where(beyond & np.isfinite(best), best, 0.0)


def exponentials(utility: Array, scale: Array) -> Array:
    """exp(V / lambda): utility (worlds, offers, ...), scale (worlds, offers). Minus infinity marks an offer as not
    eligible."""
    return np.asarray(np.exp(utility / scale.reshape(*scale.shape, *(1,) * (utility.ndim - 2))))


def lifted(exponent: Array, scale: Array) -> tuple[Array, Array]:
    """exp((V - m) / lambda) and m, what is taken off all utilities: the best one, at least that of waiting, 0.

    exponent: V / lambda (worlds, offers, buyers, incumbents), scale (worlds, offers); m (worlds, buyers, incumbents). A
    common m moves no probability; the weight of waiting becomes exp(-m)."""
    by_offer = scale[:, :, None, None]
    lift = np.maximum((exponent * by_offer).max(axis=1), 0.0)
    return np.exp(exponent - lift[:, None] / by_offer), lift


def own_elasticity(price_sensitivity: Array, price: Array, shares: Array) -> Array:
    """Elasticity of an offer's demand in its own price, linear-price logit: -alpha p (1 - s). Shapes broadcast."""
    return -price_sensitivity * price * (1.0 - shares)


def cross_elasticity(price_sensitivity: Array, price: Array, shares: Array) -> Array:
    """Elasticity of any other offer's demand in this offer's price, plain logit: alpha p s. Shapes broadcast."""
    return price_sensitivity * price * shares


def diversion(shares: Array, outside: Array, origin: int) -> Array:
    """Where the demand of offer `origin` goes when it leaves: D_k = s_k / (1 - s_origin), the outside option last."""
    leaving = 1.0 - shares[:, origin]
    others = np.delete(shares, origin, axis=1)
    return np.concatenate([others, outside[:, None]], axis=1) / leaving[:, None]


def aggregate(shares: Array, weights: Array) -> Array:
    """Market shares of latent types: shares (worlds, offers, types), weights (worlds, types) -> (worlds, offers)."""
    return np.asarray((shares * weights[:, None, :]).sum(axis=2))
