"""The lock-in index: how far shares are from what merit alone would give, and which friction keeps them there.

A quarter's core market is frozen. s(F) are the shares of *all* demand (committed and seeking) when the frictions F act
and capacity is relaxed; F is any set of contract, porting, egress and ecosystem gap.

    LI_j = s_j(all) - s_j(none)    market index = 1/2 sum |LI_j|    components: Shapley values over the 16 sets

They add up exactly and do not depend on an order. A trap to keep in mind: symmetric switching costs amplify merit in
the long run, so a positive index of a leader is no evidence of harm; merit share, trapped fraction and deadweight loss
stand beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial

import numpy as np

from sim.arrays import Array, Index, ratio
from sim.equilibrium import clearing, welfare
from sim.equilibrium.demand import Demand
from sim.market.site import SiteMarket
from sim.market.state import Frozen
from sim.roster import Roster
from sim.units import musd_for_hours

FRICTIONS = ("contract", "porting", "egress", "ecosystem")
LEVELS = ("family", "cloud")
Frictions = frozenset[str]
ALL: Frictions = frozenset(FRICTIONS)
NONE: Frictions = frozenset()


@dataclass(frozen=True)
class Level:
    """Index by family or by cloud, (worlds, names): actual and merit share, index and its components (worlds, names,
    4), the index with capacity as it is, and the trapped fraction: of those who would leave on merit, the part that
    stays."""

    names: tuple[str, ...]
    actual: Array
    merit: Array
    index: Array
    components: Array
    constrained: Array
    trapped: Array

    @property
    def market_index(self) -> Array:
        """Half the sum of absolute indices, 0..1 (worlds,)."""
        return np.asarray(0.5 * np.abs(self.index).sum(axis=1))


@dataclass(frozen=True)
class LockIn:
    """Both levels, and the deadweight loss of switching frictions, musd a quarter (worlds,)."""

    levels: dict[str, Level]
    deadweight_musd: Array

    def columns(self, level: str, position: int) -> dict[str, Array]:
        """LOCK_IN_METRICS of one name, (worlds,) each."""
        one = self.levels[level]
        return {
            "actual_share": one.actual[:, position],
            "merit_share": one.merit[:, position],
            "lock_in_index": one.index[:, position],
            **{friction: one.components[:, position, f] for f, friction in enumerate(FRICTIONS)},
            "lock_in_index_constrained": one.constrained[:, position],
            "trapped_fraction": one.trapped[:, position],
            "market_index": one.market_index,
            "deadweight_loss_musd": self.deadweight_musd,
        }


def measure(roster: Roster, market: SiteMarket, frozen: Frozen) -> LockIn:
    """The index of a site's frozen quarter: 16 evaluations of its choice problem, and two clearings."""
    sets = [frozenset(chosen) for size in range(len(FRICTIONS) + 1) for chosen in combinations(FRICTIONS, size)]
    pools = {chosen: _pools(market, frozen, chosen) for chosen in sets}
    bound, free = _cleared(market, frozen, ALL), _cleared(market, frozen, NONE)
    places = {"family": (market.site.pool_family, roster.families), "cloud": (market.site.pool_owner, roster.owners)}
    levels = {}
    for name, (place, names) in places.items():
        shares = {chosen: shares_of(amount, place, len(names)) for chosen, amount in pools.items()}
        held = shares_of(bound, place, len(names)) - shares_of(free, place, len(names))
        levels[name] = Level(
            names,
            shares[ALL],
            shares[NONE],
            shares[ALL] - shares[NONE],
            shapley(shares),
            held,
            _trapped(market, frozen, name, len(names)),
        )
    return LockIn(levels, _deadweight(market, frozen))


def shapley(value: dict[Frictions, Array]) -> Array:
    """Shapley value of each friction from the values of all sets of frictions: (..., 4); adds up to value(all) -
    value(none)."""
    n, parts = len(FRICTIONS), []
    for friction in FRICTIONS:
        others = [one for one in FRICTIONS if one != friction]
        total = np.zeros_like(value[NONE])
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for chosen in combinations(others, size):
                without = frozenset(chosen)
                total = total + weight * (value[without | {friction}] - value[without])
        parts.append(total)
    return np.stack(parts, axis=-1)


def shares_of(by_pool: Array, place: Index, names: int) -> Array:
    """Shares by family or by cloud of an amount by pool: (worlds, names)."""
    total = np.zeros((len(by_pool), names))
    for position, name in enumerate(place):
        total[:, name] += by_pool[:, position]
    return np.asarray(ratio(total, total.sum(axis=1, keepdims=True)))


def problem(market: SiteMarket, frozen: Frozen, chosen: Frictions) -> Demand:
    """The choice problem of a frozen quarter under some frictions. Without contracts, committed demand chooses too."""
    c, mass = frozen.conditions, frozen.mass
    if "contract" not in chosen:
        mass = mass.copy()
        mass[..., : frozen.live.shape[1]] += frozen.live.transpose(0, 2, 1)
    if "ecosystem" not in chosen:
        c = replace(c, ecosystem=np.repeat(c.ecosystem.mean(axis=1, keepdims=True), c.ecosystem.shape[1], axis=1))
    costs = market.switching_costs(frozen.state, c, frozen.mass)
    stack, cloud = costs.stack_utils * ("porting" in chosen), costs.cloud_utils * ("egress" in chosen)
    costs = replace(costs, stack_utils=stack, cloud_utils=cloud)
    return market.demand_on_offers(market.utility(frozen.work_price, frozen.state, c), costs, frozen.routing, mass, c.p)


def _committed(market: SiteMarket, frozen: Frozen, chosen: Frictions) -> Array:
    """Committed demand that stays where it is, by pool."""
    if "contract" not in chosen:
        return np.zeros_like(frozen.committed_by_pool)
    return frozen.committed_by_pool


def _pools(market: SiteMarket, frozen: Frozen, chosen: Frictions) -> Array:
    asked = problem(market, frozen, chosen)
    seeking = clearing.quantity_at(asked, np.zeros_like(frozen.committed_by_pool))
    return seeking + _committed(market, frozen, chosen)


def _cleared(market: SiteMarket, frozen: Frozen, chosen: Frictions) -> Array:
    committed = _committed(market, frozen, chosen)
    free = np.maximum(frozen.conditions.capacity - frozen.captive - committed, 0.0)
    return committed + clearing.clear(problem(market, frozen, chosen), free).pool_quantity


def _trapped(market: SiteMarket, frozen: Frozen, level: str, names: int) -> Array:
    """(P_oo - s_o) / (1 - s_o) of the demand that uses o now, contracts included: (worlds, names); 0 where nobody uses
    o."""
    site = market.site
    kind = site.offer_family if level == "family" else site.offer_owner
    stays, merit = _staying(market, frozen, ALL, kind, names), _staying(market, frozen, NONE, kind, names)
    live = np.zeros_like(stays[0])
    for offer, name in enumerate(kind):
        if name >= 0:
            live[:, name] += frozen.live[:, offer].sum(axis=1)
    staying = ratio(stays[0] + live, stays[1] + live)
    would = ratio(merit[0], merit[1])
    return np.where(stays[1] + live > 0.0, ratio(staying - would, np.maximum(1.0 - would, 1e-12)), 0.0)


def _staying(market: SiteMarket, frozen: Frozen, chosen: Frictions, kind: Index, names: int) -> tuple[Array, Array]:
    """Of demand that chooses: what stays with what it uses, and all that uses it, (worlds, names) each; waiting left
    out."""
    asked = problem(market, frozen, chosen)
    shares = clearing.shares_at(asked, np.zeros_like(frozen.committed_by_pool))
    stay, whole = np.zeros((len(shares), names)), np.zeros((len(shares), names))
    for origin, name in enumerate(kind):
        if name < 0:
            continue
        mass = asked.mass[:, :, origin]
        inside = shares[:, :, :, origin]
        same = inside[:, kind == name].sum(axis=1)
        stay[:, name] += (mass * same).sum(axis=1)
        whole[:, name] += (mass * inside.sum(axis=1)).sum(axis=1)
    return stay, whole


def _deadweight(market: SiteMarket, frozen: Frozen) -> Array:
    """What buyers would gain if nobody faced porting, egress or habit, less what is only a transfer between buyer and
    cloud.

    Everybody chooses in both cases, so that only switching frictions count."""
    c = frozen.conditions
    free = problem(market, frozen, frozenset({"ecosystem"}))
    real = replace(
        c,
        exit_fee_years=np.zeros_like(c.exit_fee_years),
        p=c.p.replace(egress_cost_years=np.zeros_like(c.p.egress_cost_years)),
    )
    bound = problem(market, replace(frozen, conditions=real), ALL - {"contract"})
    alpha = market.price_sensitivity(c.p)[:, :, None]
    bill = musd_for_hours(free.mass, frozen.state.market_price[:, :, None])
    none = np.zeros_like(frozen.committed_by_pool)
    before, after = (clearing.logsum_at(one, none) for one in (bound, free))
    return np.asarray(welfare.compensating_variation(before, after, alpha, bill).sum(axis=(1, 2)))
