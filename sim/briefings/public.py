"""What everybody is shown."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, ratio
from sim.briefings import deals, labs
from sim.briefings.view import View, locked
from sim.contract import PublicBriefing
from sim.economy import spending_growth
from sim.monitor import FORECAST_WIDTH
from sim.parameters import Parameters
from sim.units import QUARTERS_PER_YEAR


def public(v: View) -> PublicBriefing:
    """The public market table of a quarter."""
    g, o, p, state = v.given, v.opened, v.p, v.opened.supply
    index = o.economy.spending * p.demand_level
    return locked(
        PublicBriefing,
        quarter=o.number,
        price_usd_per_h100e_hour=state.price,
        announced_h100e=state.fleet.total() + state.arriving + state.backlog,
        remedies_in_force=o.in_force.strength,
        remedies_announced=o.in_force.announced,
        chip_price_usd_per_h100e=state.chip_price,
        next_launch_quarters=g.start.next_launch(v.calendar, p),
        spot_price_usd_per_h100e_hour=v.state.spot,
        demand_index=index,
        edge_index=ratio(o.economy.edge, g.opening.wanted[1].sum(axis=1)),
        demand_forecast_seen=_forecast(index, o.number, p),
        **_seen(v),
        case_stage=o.cases.stage,
        regulator_signal=o.cases.signal,
        **labs.public(v),
        deals_known=deals.known(v),
    )


def _forecast(index: Array, quarter: int, p: Parameters) -> Array:
    """The band in which the demand index is expected a year ahead: (worlds, 2), low and high."""
    ahead = [spending_growth(quarter + k + 1, p) for k in range(QUARTERS_PER_YEAR)]
    next_year = index * np.exp(np.sum(ahead, axis=0))
    return next_year[:, None] * np.exp(FORECAST_WIDTH * np.array([-1.0, 1.0]))


def _seen(v: View) -> dict[str, Array]:
    """What outsiders make out of others' books, late and with noise."""
    seen = v.given.monitor.seen(v.state.seen, v.opened.number)
    return {
        "utilisation_seen": seen.utilisation,
        "family_share_seen": seen.family_share,
        "order_book_seen_h100e": seen.order_book,
        "supplier_mix_seen": seen.supplier_mix,
    }
