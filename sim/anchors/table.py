"""The table of deals: what was announced by a date, at what part of its size it counts in each world, and till when.

A path starts with what is in place when a game comes to know the deal. What is announced on top is uncertain twice: it
may come to nothing, and its size was told as a range. Both are drawn by the deal's name.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from sim.arrays import Array, Index, PerWorld, read_only
from sim.errors import InputError, unknown
from sim.noise import LONGEST_GAME
from sim.quarters import label, ordinal
from sim.roster import DATA, Roster, table
from sim.scenario import Scenario
from sim.streams import Streams

COUNTS = {"A": 1.0, "B": 0.8, "C": 0.6, "J": 0.5}
"""Chance that what a deal announces on top of what is held comes about, by the grade of its source. Judgement."""
BEYOND = 16
"""Quarters after the longest game that paths reach: who orders looks ahead."""


@dataclass(frozen=True)
class Row:
    """One deal. known, until: ordinals; points: (ordinal, low, central, high H100e), in order; replaces: the deal whose
    place it takes, or ''."""

    name: str
    lab: str
    offer: str
    known: int
    until: int
    points: tuple[tuple[int, float, float, float], ...]
    take_or_pay: float
    replaces: str
    grade: str

    def held(self, first: int) -> float:
        """What is in place of it when a game that opens in `first` (an ordinal) comes to know it, H100e."""
        return float(self.path(max(self.known, first), 1)[1, 0])

    def path(self, start: int, quarters: int) -> Array:
        """Low, central and high H100e of each quarter of a game, (3, quarters): even steps between two points, nothing
        before the first, the last till the end."""
        when = np.arange(start, start + quarters, dtype=float)
        dates = np.array([point[0] for point in self.points], dtype=float)
        levels = np.array([point[1:] for point in self.points]).T
        inside = (when >= dates[0]) & (when <= self.until)
        return np.stack([np.where(inside, np.interp(when, dates, one), 0.0) for one in levels])


def rows() -> tuple[Row, ...]:
    """All deals of the table. InputError when a deal ends before it starts, is known after it is in place, or has no
    size."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in table(DATA / "deals.csv"):
        found.setdefault(row["name"], []).append(row)
    deals = tuple(_row(name, points) for name, points in found.items())
    for deal in deals:
        if deal.replaces and deal.replaces not in found:
            raise unknown("deal", deal.replaces, found, f"deals.csv: {deal.name}: replaces")
    return deals


def _row(name: str, points: list[dict[str, str]]) -> Row:
    """A deal from its points; what a deal says once stands in its first row."""
    one, place = points[0], f"deals.csv: {name}"
    path = tuple(
        (ordinal(row["quarter"], place), float(row["h100e_low"]), float(row["h100e"]), float(row["h100e_high"]))
        for row in points
    )
    until = ordinal(one["until"], f"{place}: until")
    if [point[0] for point in path] != sorted({point[0] for point in path}) or until < path[-1][0]:
        raise InputError(f"{place}: until = {one['until']}; allowed is {label(path[-1][0])} or later, points in order.")
    if path[0][0] < ordinal(one["known_on"], f"{place}: known_on"):
        raise InputError(
            f"{place}: quarter = {points[0]['quarter']}; allowed is {one['known_on']}, when it was signed, or later."
        )
    if bad := next((size for when, *size in path if not 0.0 < size[0] <= size[1] <= size[2]), None):
        raise InputError(f"{place}: {bad} H100e; allowed is 0 < low <= central <= high.")
    return Row(
        name=name,
        lab=one["lab"],
        offer=f"{one['cloud']}/{one['family']}",
        known=ordinal(one["known_on"], f"{place}: known_on"),
        until=until,
        points=path,
        take_or_pay=float(one["take_or_pay"]),
        replaces=one["replaces"],
        grade=one["grade"],
    )


def in_game(quarter: Array, quarters: int) -> Index:
    """Positions of quarters of a game, (worlds,) whole numbers, on an axis of so many quarters."""
    return np.minimum(np.maximum(np.rint(quarter).astype(np.int64), 0), quarters - 1)


@dataclass(frozen=True)
class Deals:
    """The deals of a game by place, a lab at an offer of the core: positions on its axes, and of its pool among all.
    partner (places,): is the cloud the lab's investor? take_or_pay (places,): the largest of its deals. held (places,
    quarters) H100e, and rise (worlds, places, quarters) on top of it as far as announcements count; left (places,
    quarters) quarters to the end, this one included. Quarter 0 is that of the opening. in_place (worlds, places): what
    the opening finds of held, over it; None before it has looked."""

    buyer: Index
    lab: Index
    offer: Index
    pool: Index
    region: Index
    partner: Array
    take_or_pay: Array
    held: Array
    rise: Array
    left: Array
    in_place: Array | None = field(default=None, kw_only=True)

    @property
    def any(self) -> bool:
        """Is there a deal at all?"""
        return len(self.buyer) > 0

    def level(self, quarter: Array, announced: PerWorld, factor: Array) -> Array:
        """H100e owed in a quarter of the game, (worlds, places). quarter (worlds,) whole numbers; announced (worlds,):
        part of what was announced that counts; factor (worlds, places): on all of it, by a belief of what labs hold."""
        held, rise = self._known(in_game(quarter, self.held.shape[1]))
        return np.ascontiguousarray(factor * (held + announced[:, None] * rise))

    def path(self, first: int, quarters: int, announced: PerWorld, factor: Array) -> Array:
        """The same in so many quarters of the game from the first on, (worlds, quarters, places)."""
        when = in_game(np.arange(first, first + quarters, dtype=float), self.held.shape[1])
        held = self.held.T[when] if self.in_place is None else self.held.T[when] * self.in_place[:, None]
        rise = self.rise[:, :, when].transpose(0, 2, 1)
        return np.ascontiguousarray(factor[:, None] * (held + announced[:, None, None] * rise))

    def _known(self, when: Index) -> tuple[Array, Array]:
        """held and rise in a quarter of each world, (worlds, places) each: looked up once, for many ask."""
        quarter = when.tobytes()
        if quarter not in self._looked_up:
            held = self.held.T[when] if self.in_place is None else self.held.T[when] * self.in_place
            self._looked_up[quarter] = read_only(held), read_only(self.rise[np.arange(len(when)), :, when])
        return self._looked_up[quarter]

    @cached_property
    def _looked_up(self) -> dict[bytes, tuple[Array, Array]]:
        return {}

    @classmethod
    def none(cls, worlds: int) -> Deals:
        """No deal."""
        nobody, quarters = np.zeros(0, np.int64), LONGEST_GAME + BEYOND
        by_place = np.zeros((0, quarters))
        rise = np.zeros((worlds, 0, quarters))
        return cls(nobody, nobody, nobody, nobody, nobody, np.zeros(0), np.zeros(0), by_place, rise, by_place)

    @classmethod
    def known(cls, roster: Roster, scenario: Scenario, streams: Streams) -> Deals:
        """Those that a game may know: what was signed by its `known_until`, each from then on (or from the opening)."""
        first = ordinal(scenario.start)
        last = ordinal(scenario.known_until) if scenario.known_until else None
        core = roster.sites[0]
        deals = [d for d in rows() if (last is None or d.known <= last) and d.lab in core.buyers]
        deals = [d for d in deals if d.offer in core.offers]
        places = sorted({(core.offers.index(d.offer), core.buyers.index(d.lab)) for d in deals})
        if not places:
            return cls.none(streams.worlds)
        quarters = LONGEST_GAME + BEYOND
        held, left = np.zeros((2, len(places), quarters))
        rise = np.zeros((streams.worlds, len(places), quarters))
        owed = np.zeros(len(places))
        for deal in deals:
            place = places.index((core.offers.index(deal.offer), core.buyers.index(deal.lab)))
            runs = _runs(deal, deals, first, quarters)
            held[place] += deal.held(first) * runs
            rise[:, place] += _rise(deal, first, streams) * runs
            ends = np.maximum(deal.until - first - np.arange(quarters) + 1.0, 0.0) * runs
            left[place], owed[place] = np.maximum(left[place], ends), max(owed[place], deal.take_or_pay)
        return replace(cls._at(roster, np.array(places)), take_or_pay=owed, held=held, rise=rise, left=left)

    @classmethod
    def _at(cls, roster: Roster, places: Index) -> Deals:
        core = roster.sites[0]
        offer, buyer = places[:, 0], places[:, 1]
        partner = (core.buyer_partner[buyer] == core.offer_owner[offer]).astype(float)
        pool = core.pools[core.offer_pool[offer]]
        none = np.zeros(len(places))
        return cls(buyer, core.buyer_lab[buyer], offer, pool, core.buyer_region[buyer], partner, none, none, none, none)


def _runs(deal: Row, deals: list[Row], first: int, quarters: int) -> Array:
    """Quarters of the game in which a deal stands, (quarters,): from when it is known till it is replaced or ends."""
    successor = min((other.known for other in deals if other.replaces == deal.name), default=None)
    when = np.arange(first, first + quarters)
    runs = (when >= deal.known) & (when <= deal.until)
    return np.asarray((runs if successor is None else runs & (when < max(successor, first))).astype(float))


def _rise(deal: Row, first: int, streams: Streams) -> Array:
    """What is announced on top of what is held, where it counts, at the size that each world draws: (worlds, quarters)
    H100e."""
    low, central, high = deal.path(first, LONGEST_GAME + BEYOND)
    u = streams.at("deal size", deal.name, 0).uniform()[:, None]
    lower, upper = np.minimum(2.0 * u, 1.0), np.maximum(2.0 * u - 1.0, 0.0)
    size = low + lower * (central - low) + upper * (high - central)
    counts = streams.at("deal counts", deal.name, 0).uniform() < COUNTS[deal.grade]
    return np.asarray(counts[:, None] * np.maximum(size - deal.held(first), 0.0))
