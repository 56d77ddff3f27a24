"""What the designer of a chip family is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, PerWorldPool, total_by
from sim.briefings.view import LOOK_AHEAD, View, locked
from sim.contract import VendorBriefing
from sim.parameters import Parameters
from sim.state import Given


@dataclass(frozen=True)
class LineBook:
    """Standing figures of all production lines: (worlds, lines) growth, backlog H100e, wafers last booked; ahead
    (worlds, families) H100e per wafer expected at arrival; separation (worlds,) between a design arm and its cloud."""

    growth: Array
    backlog_h100e: Array
    last_booking_wafers: Array
    ahead: Array
    separation: Array
    revenue_musd: Array


def vendor(v: View, name: str, book: LineBook) -> VendorBriefing:
    """A chip designer's private board; its lines are core and edge."""
    roster, state, made, p = v.given.roster, v.opened.supply, v.opened.made, v.p
    family = roster.families.index(name)
    return locked(
        VendorBriefing,
        name=name,
        family=family,
        unit_cost_usd_per_h100e=made.unit_cost[:, family],
        chip_price_usd_per_h100e=state.chip_price[:, family],
        gross_margin=p.vendor_gross_margin[:, family],
        own_design=bool(roster.family_is_own[family]),
        separation=book.separation,
        **{figure: values[:, [family, family + len(roster.families)]] for figure, values in _by_line(v, book).items()},
        h100e_per_wafer_at_arrival=np.repeat(book.ahead[:, family, None], 2, axis=1),
        lead_quarters=p.foundry_lead_quarters,
        cash_musd=v.state.balance.vendor_cash[:, family],
        revenue_musd=book.revenue_musd[:, family],
        research_share=np.full(v.given.worlds, roster.numbers("families", "research_share")[family]),
        openness=np.full(v.given.worlds, roster.numbers("families", "openness")[family]),
        last=v.last(name),
        habits=v.habits,
    )


def _by_line(v: View, book: LineBook) -> dict[str, Array]:
    """What a board shows of each of its designer's lines, of all lines: (worlds, lines)."""
    return {
        "order_flow_h100e": np.maximum(v.opened.supply.order_flow - v.opened.anchors.flow, 0.0),
        "order_growth": book.growth,
        "backlog_h100e": book.backlog_h100e,
        "inventory_h100e": v.opened.supply.inventory,
        "last_booking_wafers": book.last_booking_wafers,
    }


def wafers_ahead(g: Given, number: int, p: Parameters) -> Array:
    """H100e per wafer expected of what is booked now, (worlds, families)."""
    return g.start.made(g.start.quarter + number + LOOK_AHEAD, p).h100e_per_wafer


def by_line(h100e: PerWorldPool, per_wafer: Array, g: Given) -> Array:
    """Wafers for what pools are to get, (worlds, lines)."""
    return total_by(h100e, g.industry.line, g.industry.lines) / np.concatenate([per_wafer, per_wafer], axis=1)


def line_book(v: View) -> LineBook:
    """The standing figures of all production lines."""
    g, state, p, last = v.given, v.opened.supply, v.p, v.state.last
    ahead, market = wafers_ahead(g, v.opened.number, p), np.maximum(state.backlog - v.opened.anchors.backlog, 0.0)
    firm = by_line(v.opened.deals.last_step, ahead, g)  # of deals, as the rest of this board is the market's
    # what was booked last: the farthest slot that is filled, one lead time ahead less this quarter
    position = np.maximum(np.rint(p.foundry_lead_quarters).astype(np.int64) - 2, 0)
    return LineBook(
        growth=g.industry.line_growth(state),
        backlog_h100e=total_by(market, g.industry.line, g.industry.lines),
        last_booking_wafers=np.maximum(state.queue[np.arange(len(position)), :, position] - firm, 0.0),
        ahead=ahead,
        separation=v.opened.rules.separation,
        revenue_musd=np.zeros_like(v.state.balance.vendor_cash) if last is None else last.statement.vendor_revenue,
    )
