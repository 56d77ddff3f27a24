"""What the designer of a chip family is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim import remedies
from sim.arrays import Array, total_by
from sim.briefings.public import LOOK_AHEAD, locked
from sim.contract import (
    VendorBriefing,
)
from sim.parameters import Parameters
from sim.roster import numbers
from sim.supply.industry import Made

if TYPE_CHECKING:
    from sim.game import Game


@dataclass(frozen=True)
class LineBook:
    """Standing figures of all production lines: (worlds, lines) growth, backlog H100e, wafers last booked; ahead (worlds,
    families) H100e per wafer expected at arrival; separation (worlds,) between a design arm and its cloud."""

    growth: Array
    backlog_h100e: Array
    last_booking_wafers: Array
    ahead: Array
    separation: Array
    revenue_musd: Array
    habits: Parameters


def vendor(family: int, game: Game, book: LineBook, made: Made, p: Parameters) -> VendorBriefing:
    """A chip designer's private board; its lines are core and edge."""
    roster, state, worlds = game.roster, game.supply, game.streams.worlds
    lines = [family, family + len(roster.families)]
    table = roster.tables["families"]
    return locked(VendorBriefing(
        name=roster.families[family], family=family, unit_cost_usd_per_h100e=made.unit_cost[:, family],
        chip_price_usd_per_h100e=state.chip_price[:, family], gross_margin=p.vendor_gross_margin[:, family],
        own_design=bool(roster.family_is_own[family]), separation=book.separation, order_flow_h100e=state.order_flow[:, lines],
        order_growth=book.growth[:, lines], backlog_h100e=book.backlog_h100e[:, lines], inventory_h100e=state.inventory[:, lines],
        h100e_per_wafer_at_arrival=np.repeat(book.ahead[:, family, None], 2, axis=1),
        last_booking_wafers=book.last_booking_wafers[:, lines], lead_quarters=p.foundry_lead_quarters,
        cash_musd=game.balance.vendor_cash[:, family], revenue_musd=book.revenue_musd[:, family],
        research_share=np.full(worlds, numbers(table, "research_share")[family]),
        openness=np.full(worlds, numbers(table, "openness")[family]), last=game.last.get(roster.families[family]), habits=book.habits,
    ))  # fmt: skip


def line_book(game: Game, p: Parameters, rules: remedies.Rules, shared: Parameters) -> LineBook:
    industry, state = game.industry, game.supply
    ahead = game.start.made(game.start.quarter + game.quarter + LOOK_AHEAD, p).h100e_per_wafer
    # what was booked last: the farthest slot that is filled, one lead time ahead less this quarter
    position = np.maximum(np.rint(p.foundry_lead_quarters).astype(np.int64) - 2, 0)
    last = state.queue[np.arange(len(position)), :, position]
    backlog = total_by(state.backlog, industry.line, industry.lines)
    none = np.zeros_like(game.balance.vendor_cash)
    revenue = none if game.statement is None else game.statement.vendor_revenue
    return LineBook(industry.line_growth(state), backlog, last, ahead, rules.separation, revenue, shared)
