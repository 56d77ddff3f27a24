"""What everybody is shown, and how briefings are locked."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from sim.arrays import ratio, read_only
from sim.briefings import labs
from sim.briefings.monitoring import FORECAST_WIDTH
from sim.contract import (
    HABITS,
    CloudBriefing,
    LabBriefing,
    PublicBriefing,
    RegulatorBriefing,
    SegmentBriefing,
    VendorBriefing,
)
from sim.market import demand
from sim.parameters import Parameters
from sim.units import QUARTERS_PER_YEAR

if TYPE_CHECKING:
    from sim.game import Game


LOOK_AHEAD = 3
"""Quarters ahead for which owners see powered sites and designers see the roadmap."""


B = TypeVar("B", PublicBriefing, CloudBriefing, VendorBriefing, SegmentBriefing, LabBriefing, RegulatorBriefing)


def locked(briefing: B) -> B:
    """The same briefing with every array locked (a seat cannot change the game by writing into what it is shown) and C-ordered
    (what a seat adds up must not depend on how the market cut its part out)."""
    shown: dict[str, Any] = {field.name: getattr(briefing, field.name) for field in fields(briefing)}
    locked: dict[str, Any] = {
        name: read_only(np.ascontiguousarray(value)) if isinstance(value, np.ndarray) else value
        for name, value in shown.items()
    }
    return replace(briefing, **locked)


def habits(p: Parameters) -> Parameters:
    """The part of the parameters that describes how players decide."""
    return Parameters({name: getattr(p, name) for name in HABITS})


def public(game: Game, p: Parameters) -> PublicBriefing:
    """The public market table of a quarter."""
    state, seen = game.supply, game.monitor.seen(game.quarter)
    index = game.spending_index * p.demand_level
    rates = (p.spending_growth_start, p.spending_growth_long_run, p.spending_growth_half_life_quarters)
    ahead = [demand.spending_growth(*rates, game.quarter + k + 1) for k in range(QUARTERS_PER_YEAR)]
    next_year = index * np.exp(np.sum(ahead, axis=0))
    band = next_year[:, None] * np.exp(FORECAST_WIDTH * np.array([-1.0, 1.0]))
    edge = ratio(game.edge_base, game.start_wanted[1].sum(axis=1))
    return locked(PublicBriefing(
        quarter=game.quarter, price_usd_per_h100e_hour=state.price, announced_h100e=state.fleet.total() + state.arriving + state.backlog,
        remedies_in_force=game.strength, remedies_announced=game.announced, chip_price_usd_per_h100e=state.chip_price,
        next_launch_quarters=game.start.next_launch(game.start.quarter + game.quarter, p), spot_price_usd_per_h100e_hour=game.spot_index,
        demand_index=index, edge_index=edge,
        utilisation_seen=seen.utilisation, family_share_seen=seen.family_share, order_book_seen_h100e=seen.order_book,
        supplier_mix_seen=seen.supplier_mix, demand_forecast_seen=band, case_stage=game.cases.stage, regulator_signal=game.cases.signal,
        **labs.public(game.product),
    ))  # fmt: skip
