"""What labs and segments are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sim.arrays import Array, Index, ratio, total_by_group
from sim.briefings import deals, labs
from sim.briefings.view import View, locked
from sim.contract import LabBriefing, SegmentBriefing
from sim.units import HOURS_PER_QUARTER, USD_PER_MUSD


def buyer(
    v: View, name: str, book: labs.LabBook, signed: Callable[[], deals.DealBook]
) -> LabBriefing | SegmentBriefing:
    """A buyer's private board: a lab's, or a segment's."""
    number = next(k for k, site in enumerate(v.given.roster.sites) if name in site.parties)
    site = v.given.roster.sites[number]
    members = site.members(name)
    lab = int(site.buyer_lab[members[0]])
    common: dict[str, Any] = {"name": name, **_wants(v, number, members, lab), "habits": v.habits}
    if lab < 0:
        return locked(SegmentBriefing, **common)
    own = {**_position(v, number, int(members[0]), lab), **labs.product(v, book, lab)}
    return locked(LabBriefing, **common, **own, **deals.of_lab(v, signed(), lab))


def _wants(v: View, number: int, members: Index, lab: int) -> dict[str, Array]:
    """What any buyer's board starts from, (worlds, types) each."""
    g, o, p, state = v.given, v.opened, v.p, v.state.sites[number]
    site = g.roster.sites[number]
    core = site.name == "core"
    level = o.labs.wanted.level[:, lab] * p.demand_level if lab >= 0 else p.demand_level
    start = g.opening.wanted[number]
    if not core:
        start = start / np.maximum(start.sum(axis=1, keepdims=True), 1e-12)
    return {
        "start_h100e": start[:, members],
        "spending_index": o.economy.spending if core else o.economy.edge,
        "felt_price_usd": state.felt_price[:, members],
        "start_price_usd": state.start_price[:, members],
        "shock": v.shocks[number][:, members],
        "level": level if core else np.ones_like(p.demand_level),
        "usual_term_quarters": v.usual_terms[number][:, members],
    }


def _position(v: View, number: int, buyer: int, lab: int) -> dict[str, Any]:
    """A lab's own position in the market after last quarter, (worlds,) unless said."""
    roster, state, last = v.given.roster, v.state.sites[number], v.state.last
    live = state.book.live()[:, :, buyer]
    mix = total_by_group(live, v.given.markets.groups[number])
    own = {
        name: np.full(v.given.worlds, roster.numbers("labs", name)[lab])
        for name in ("training_share", "token_price_usd_per_mtoken", "small_model_share")
    }
    bill = state.book.hourly_bill_usd()[:, :, buyer].sum(axis=1) / USD_PER_MUSD
    bill = bill if last is None else last.outcomes[number].bill_musd_per_hour[:, :, buyer].sum(axis=1)
    used = live.sum(axis=1) if last is None else last.outcomes[number].used[:, :, buyer].sum(axis=1)
    return {
        "used_h100e": used,
        "committed_h100e": live.sum(axis=1),
        "expiring_h100e": state.book.capacity_h100e[:, :, buyer, 0].sum(axis=1),
        "waiting_h100e": state.waiting[:, buyer].sum(axis=1),
        "supplier_mix": ratio(mix, mix.sum(axis=1, keepdims=True)),
        "ports": np.ascontiguousarray(state.ports[:, buyer]),
        "bill_musd": bill * HOURS_PER_QUARTER,
        **own,
        "last": v.last(roster.labs[lab]),
    }
