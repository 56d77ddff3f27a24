"""What clouds and labs are shown of deals: offers to answer, what they have signed, and where they may sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.anchors.protocol import Offers, Room
from sim.anchors.rules import LATEST, forward_mw
from sim.arrays import Array, Index, ratio, total_by
from sim.briefings.view import LOOK_AHEAD, View
from sim.deal_terms import STEPS, TERMS
from sim.economy import powered_mw, total_mw
from sim.state import Given, Opened, State

AHEAD = 13
"""Quarters of a signed path that are shown, this one included."""
KNOWN_AFTER = 2
"""Quarters from signing to the first briefing in which everybody sees that a pair has signed."""


@dataclass(frozen=True)
class DealBook:
    """Standing figures of deals: power (worlds, clouds) MW; path_mw (worlds, 13, clouds), path_h100e (worlds, 13,
    labs); by place of a deal (worlds, clouds, families, labs): signed_h100e, held_h100e; (worlds, clouds,
    families): stock and MW of a new H100e."""

    power_mw: Array
    path_mw: Array
    path_h100e: Array
    signed_h100e: Array
    held_h100e: Array
    stock_h100e: Array
    mw_per_h100e: Array


def deal_book(v: View) -> DealBook:
    """Worked out once for all clouds and labs."""
    g, o, places = v.given, v.opened, v.given.places
    anchors, new = v.state.struck.joined(g.anchors), o.made.costs.mw_per_h100e
    binding = anchors.binding(o.anchors.kept, o.rules.tie_factor, v.p)
    path = anchors.owed_ahead(binding, o.number, AHEAD, v.p)
    size = anchors.owed(binding, o.number + np.rint(v.p.deal_start_quarters) + STEPS - 1.0, v.p)
    live = anchors.by_place(v.state.sites[0].book.live())
    stock, mw = (np.zeros((g.worlds, places.clouds, len(g.roster.families))) for _ in range(2))
    stock[:, places.cloud, places.family] = o.made.installed[:, places.pool]
    mw[:, places.cloud, places.family] = new[:, places.pool]
    return DealBook(
        power_mw=power_ahead(g, v.state, o),
        path_mw=_total_ahead(path * new[:, None, places.pool], places.cloud, places.clouds),
        path_h100e=_total_ahead(path, places.lab, places.labs),
        signed_h100e=_spread(v, size),
        held_h100e=_spread(v, live),
        stock_h100e=stock,
        mw_per_h100e=mw,
    )


def _total_ahead(path: Array, place: Index, places: int) -> Array:
    """Sums by place of every quarter: (worlds, quarters, items) -> (worlds, quarters, places)."""
    worlds, quarters, items = path.shape
    return total_by(path.reshape(worlds * quarters, items), place, places).reshape(worlds, quarters, places)


def power_ahead(g: Given, now: State, o: Opened) -> Array:
    """Power that deals may ask for: what clouds look ahead to, MW (worlds, clouds)."""
    return now.power.shared(powered_mw(o.economy, g.opening.mw, o.number, o.p, LOOK_AHEAD), LOOK_AHEAD)


def deal_room(g: Given, now: State, o: Opened) -> Room:
    """What a quarter's deals are measured by. Free is room that is left, and power that comes by the time a deal of
    today is at its size: steps of deals are the first to get it."""
    free, power = o.free, power_ahead(g, now, o)
    later = total_mw(o.economy, g.opening.mw, o.number, o.p, LATEST)
    coming = later - total_mw(o.economy, g.opening.mw, o.number, o.p, LOOK_AHEAD)
    signed = now.struck.joined(g.anchors)
    firm = forward_mw(signed, o.anchors.kept, o.number, LOOK_AHEAD, free.mw, o.p)
    return Room(free.mw, power, free.room_mw + unclaimed(power, coming, firm))


def unclaimed(power: Array, coming: Array, firm: Array) -> Array:
    """Each cloud's part, by its power, of what new power leaves after the steps that are signed, MW (worlds, clouds).
    power, firm (worlds, clouds); coming (worlds,) all together."""
    left = np.maximum(coming - firm.sum(axis=1), 0.0)
    return np.asarray(left[:, None] * ratio(power, power.sum(axis=1)[:, None]))


def _spread(v: View, by_place: Array) -> Array:
    """(worlds, places) -> (worlds, clouds, families, labs), 0 where nobody signs."""
    places = v.given.places
    found = np.zeros((len(by_place), places.clouds, len(v.given.roster.families), places.labs))
    found[:, places.cloud, places.family, places.lab] = by_place
    return found


def of_cloud(v: View, book: DealBook, name: str) -> dict[str, Array]:
    """An owner's board on deals."""
    owner = v.given.roster.owners.index(name)
    return {
        **_offered(v.state.offers.of_labs, (slice(None), owner)),
        "signed_ahead": book.path_mw[:, :, owner],
        "deal_power_mw": book.power_mw[:, owner],
    }


def of_lab(v: View, book: DealBook, lab: int) -> dict[str, Array]:
    """A lab's board on deals."""
    return {
        **_offered(v.state.offers.of_clouds, (slice(None), slice(None), lab)),
        "signed_ahead": book.path_h100e[:, :, lab],
        "deal_power_mw": book.power_mw,
        "deal_mw_per_h100e": book.mw_per_h100e,
        "deal_stock_h100e": book.stock_h100e,
        "held_h100e": book.held_h100e[..., lab],
        "signed_h100e": book.signed_h100e[..., lab],
    }


def _offered(offers: Offers, mine: Any) -> dict[str, Array]:
    """Offers of the other side to one party, (worlds, other side)."""
    return {f"offered_{name}": getattr(offers, name)[mine] for name in TERMS}


def known(v: View) -> Array:
    """1 for pairs that everybody knows to have signed a deal, (worlds, clouds, labs): from the table as long as it
    stands, and what was struck a quarter after it was."""
    places, number, since = v.given.places, v.opened.number, v.state.struck.since
    left = v.given.anchors.deals.left
    table = (left[:, min(number, left.shape[1] - 1)] > 0.0).astype(float)
    told = places.by_pair(np.broadcast_to(table, (v.given.worlds, len(table)))) > 0.0
    return ((since > 0.0) & (number - since >= KNOWN_AFTER) | told).astype(float)
