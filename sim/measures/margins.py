"""What price over cost is made of: the mark-up that owners aim at, what scarcity adds, and the part of it that is rent
on power."""

from __future__ import annotations

from sim.arrays import Array, PerWorldPool, ratio
from sim.briefings.view import LOOK_AHEAD
from sim.economy import powered_mw
from sim.market.entry import sold_at_price
from sim.measures.figures import Figures
from sim.state import Given, Quarter, State
from sim.supply import joiners, prices
from sim.units import HOURS_PER_QUARTER, QUARTERS_PER_YEAR, USD_PER_MUSD

FULL = 0.995
"""Sites are full when so much of the power that comes within the look-ahead is taken."""


def measure(g: Given, f: Figures, before: State, after: State, played: Quarter) -> dict[str, Array]:
    """Metrics of a quarter, (worlds,) each."""
    costs = played.opened.made.costs
    weight = sold_at_price(g.roster, f.posted, played.use.rented)
    spent = (costs.long_run_usd * weight).sum(axis=1)
    aimed, full = _aimed(g, before, played), _full(g, after, played)
    target = ratio(((aimed - costs.long_run_usd) * weight).sum(axis=1), spent)
    scarcity = (f.posted - aimed) * weight
    power = (scarcity * full).sum(axis=1)
    mw = (costs.mw_per_h100e * weight * full).sum(axis=1)
    return {
        "target_markup_over_cost": target,
        "scarcity_over_cost": ratio(scarcity.sum(axis=1), spent),
        "power_rent_over_cost": ratio(power, spent),
        "power_rent_musd_per_mw_year": ratio(power, mw) * HOURS_PER_QUARTER * QUARTERS_PER_YEAR / USD_PER_MUSD,
        "power_binding_share": ratio((weight * full).sum(axis=1), weight.sum(axis=1)),
        "entry_open": after.entry.open,
        "entry_pressure": after.entry.pressure,
    }


def _aimed(g: Given, before: State, played: Quarter) -> PerWorldPool:
    """Prices that owners aimed at: (worlds, pools)."""
    p = played.opened.p  # its mark-up is as entry leaves it
    start = before.entry.eroded(g.opening.markup, p)
    cost = played.opened.made.costs.long_run_usd
    aimed = prices.target_price(cost, start, p.cloud_markup[:, None], p.markup_anchor[:, None])
    return joiners.at_cost(g.roster, aimed, cost, p)


def _full(g: Given, after: State, played: Quarter) -> PerWorldPool:
    """1 for pools of owners whose sites are full, orders included, else 0: (worlds, pools)."""
    o = played.opened
    ahead = powered_mw(o.economy, g.opening.mw, o.number, o.p, LOOK_AHEAD)
    taken = g.industry.committed_mw(after.supply, o.p, o.made)
    came = after.entrant.came_mw
    full = taken >= FULL * joiners.with_power(g.roster, ahead, g.opening.mw, lambda: taken, o.p, came)
    return full[:, g.roster.pool_owner].astype(float)
