"""What labs and segments are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.arrays import Array, Index, ratio, total_by_group
from sim.briefings import labs
from sim.briefings.monitoring import supplier_groups
from sim.briefings.public import locked
from sim.contract import (
    LabBriefing,
    SegmentBriefing,
)
from sim.parameters import Parameters
from sim.roster import numbers
from sim.units import HOURS_PER_QUARTER, USD_PER_MUSD

if TYPE_CHECKING:
    from sim.game import Game


def buyer_briefings(game: Game, p: Parameters, shared: Parameters) -> dict[tuple[str, str], Any]:
    shown: dict[tuple[str, str], Any] = {}
    for number, market in enumerate(game.markets):
        site = market.site
        for party in site.parties:
            members = site.members(party)
            lab = int(site.buyer_lab[members[0]])
            common: dict[str, Any] = _wants(game, number, members, lab, p)
            if lab >= 0:
                shown["lab", party] = locked(
                    LabBriefing(
                        party,
                        **common,
                        habits=shared,
                        **_lab_position(game, number, members, lab),
                        **labs.product(game, lab, p),
                    )
                )
            else:
                shown["segment", party] = locked(SegmentBriefing(party, **common, habits=shared))
    return shown


def _wants(game: Game, number: int, members: Index, lab: int, p: Parameters) -> dict[str, Array]:
    """What any buyer's board starts from, (worlds, types) each."""
    site, state = game.roster.sites[number], game.sites[number]
    core = site.name == "core"
    ones = np.ones_like(p.demand_level)
    level = p.lab_demand_level[:, lab] * p.demand_level if lab >= 0 else p.demand_level if core else ones
    start = game.start_wanted[number] if core else game.adopted
    return {
        "start_h100e": start[:, members], "spending_index": game.spending_index if core else game.edge_base,
        "felt_price_usd": state.felt_price[:, members], "start_price_usd": state.start_price[:, members],
        "shock": np.exp(game.noise.sites[number].log_demand[game.quarter])[:, members], "level": level,
        "usual_term_quarters": game.start.terms(site, p)[:, members],
    }  # fmt: skip


def _lab_position(game: Game, number: int, members: Index, lab: int) -> dict[str, Any]:
    """A lab's own position in the market after last quarter, (worlds,) unless said."""
    state, worlds, buyer = game.sites[number], game.streams.worlds, int(members[0])
    live = state.book.live()[:, :, buyer]
    last = game.last_outcomes[number] if game.last_outcomes else None
    mix = total_by_group(live, supplier_groups(game.roster, game.roster.sites[number]))
    table = game.roster.tables["labs"]
    own = {
        name: np.full(worlds, numbers(table, name)[lab])
        for name in ("training_share", "token_price_usd_per_mtoken", "small_model_share")
    }
    bill = state.book.hourly_bill_usd()[:, :, buyer].sum(axis=1) / USD_PER_MUSD
    bill = bill if last is None else last.bill_musd_per_hour[:, :, buyer].sum(axis=1)
    return {
        "used_h100e": live.sum(axis=1) if last is None else last.used[:, :, buyer].sum(axis=1), "committed_h100e": live.sum(axis=1),
        "expiring_h100e": state.book.capacity_h100e[:, :, buyer, 0].sum(axis=1), "waiting_h100e": state.waiting[:, buyer].sum(axis=1),
        "supplier_mix": ratio(mix, mix.sum(axis=1, keepdims=True)), "ports": np.ascontiguousarray(state.ports[:, buyer]),
        "bill_musd": bill * HOURS_PER_QUARTER, **own, "last": game.last.get(game.roster.labs[lab]),
    }  # fmt: skip
