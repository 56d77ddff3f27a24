"""Deals that labs and clouds strike while a game runs: their paths, joined to those of the table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.anchors import table
from sim.anchors.rules import Anchors
from sim.anchors.table import BEYOND, Deals, in_game
from sim.arrays import Array, Index, PerWorld, once, ratio
from sim.axes import Site
from sim.deal_terms import STEPS
from sim.market.state import Owed
from sim.noise import LONGEST_GAME
from sim.parameters import Parameters
from sim.quarters import ordinal
from sim.roster import Roster
from sim.scenario import Scenario

QUARTERS = LONGEST_GAME + BEYOND
LEAST_KEPT = 0.01
"""A lab that has left more than all but this of its deals at a place signs no other there."""


@dataclass(frozen=True)
class News:
    """What came of a quarter's offers, (worlds,) each: deals struck; their MW; MW of offers that could be answered or
    were answered at once; acceptances of offers that there were not; list times MW and price times MW of what was
    struck, USD per H100e-hour times MW."""

    struck: PerWorld
    struck_mw: PerWorld
    asked_mw: PerWorld
    void: PerWorld
    list_mw: PerWorld
    price_mw: PerWorld

    @classmethod
    def none(cls, worlds: int) -> News:
        """Nothing happened."""
        return cls(*np.zeros((6, worlds)))


@dataclass(frozen=True)
class Struck:
    """Deals struck so far. path (worlds, places, quarters) H100e owed, quarter 0 being the opening's, and price the
    same times USD per H100e-hour; take_or_pay (worlds, places) of the last deal; until (worlds, places) last
    quarter; since (worlds, clouds, labs) the quarter of the first deal of a pair, 0 for none; news of the last
    quarter."""

    path: Array
    price: Array
    take_or_pay: Array
    until: Array
    since: Array
    news: News

    @classmethod
    def none(cls, worlds: int, places: int, clouds: int, labs: int) -> Struck:
        """Before anybody signs."""
        path, at = np.zeros((worlds, places, QUARTERS)), np.zeros((worlds, places))
        return cls(path, path, at, at, np.zeros((worlds, clouds, labs)), News.none(worlds))

    @once()
    def joined(self, anchors: Anchors) -> Anchors:
        """The rules of deals with what has been struck beside the table."""
        if not self.path.shape[1]:
            return anchors
        return replace(anchors, deals=Joined.of(anchors.deals, self.path))

    def signed(self, quarter: int, h100e: Array, start: Array, term: Array, terms: tuple[Array, Array]) -> Struck:
        """With further deals, (worlds, places) each: size, quarters to the first step, quarters it runs; terms: price
        and take-or-pay. A place without a deal has a size of 0."""
        price, take_or_pay = terms
        more = h100e[..., None] * ramp(quarter, start, term)
        new = h100e > 0.0
        return replace(
            self,
            path=self.path + more,
            price=self.price + more * price[..., None],
            take_or_pay=np.where(new, take_or_pay, self.take_or_pay),
            until=np.where(new, np.maximum(self.until, quarter + start + term - 1.0), self.until),
        )

    def told(self, owed: Owed | None, anchors: Anchors, quarter: int, p: Parameters) -> Owed | None:
        """What the market is told of the quarter's deals, with the terms of those that were struck."""
        if owed is None or not self.path.shape[1]:
            return owed
        shape, now = owed.level.shape, np.ascontiguousarray(self.path[:, :, quarter])
        part = ratio(now, anchors.level(np.full(len(now), float(quarter)), p))
        left = anchors.spread(np.where(now > 0.0, self.until - quarter + 1.0, 0.0), shape)
        own = anchors.spread(np.where(now > 0.0, self.take_or_pay, 0.0), shape)
        agreed = ratio(np.ascontiguousarray(self.price[:, :, quarter]), now)
        return replace(
            owed,
            term=np.maximum(owed.term, left),
            take_or_pay=np.maximum(owed.take_or_pay, own),
            struck=(anchors.spread(part, shape), anchors.spread(agreed, shape)),
        )


@dataclass(frozen=True)
class Joined(Deals):
    """Deals of the table with those that were struck: struck (worlds, places, quarters) H100e."""

    struck: Array

    @classmethod
    def of(cls, deals: Deals, struck: Array) -> Joined:
        """The deals of a table, with what has been looked up in it, and those struck."""
        joined = cls(**{name: getattr(deals, name) for name in Deals.__dataclass_fields__}, struck=struck)
        vars(joined).update(_looked_up=deals._looked_up)
        return joined

    def level(self, quarter: Array, announced: PerWorld, factor: Array) -> Array:
        """As of the table, and what was struck on top."""
        when = in_game(quarter, QUARTERS)
        alike = len(set(when.tolist())) == 1  # mostly; a slice is less work than a place a world
        more = self.struck[:, :, when[0]] if alike else self.struck[np.arange(len(when)), :, when]
        return np.asarray(super().level(quarter, announced, factor) + more)

    def path(self, first: int, quarters: int, announced: PerWorld, factor: Array) -> Array:
        """As of the table, and what was struck on top."""
        when = in_game(np.arange(first, first + quarters, dtype=float), QUARTERS)
        return np.asarray(super().path(first, quarters, announced, factor) + self.struck[:, :, when].transpose(0, 2, 1))


def ramp(quarter: int, start: Array, term: Array) -> Array:
    """Part of a deal's size that is owed in each quarter of the game when it is signed in `quarter`: even steps from
    its start, nothing after its term. start, term in quarters, any shape; (..., quarters)."""
    since = np.arange(QUARTERS) - (quarter + np.rint(start))[..., None]
    steps = np.clip((since + 1.0) / STEPS, 0.0, 1.0)
    return np.asarray(np.where(since < np.rint(term)[..., None], steps, 0.0))


def last_known(scenario: Scenario) -> int:
    """The last quarter whose deals a game reads from the table, an ordinal: later ones are struck in it."""
    last = max((row.known for row in table.rows()), default=ordinal(scenario.start))
    return min(last, ordinal(scenario.known_until)) if scenario.known_until else last


def everywhere(deals: Deals, roster: Roster) -> Deals:
    """Deals of the table with a place for every lab at every direct offer of the core, so that one may be struck
    there."""
    core = roster.sites[0]
    labs = np.flatnonzero(core.buyer_lab >= 0)
    offers = np.flatnonzero(~core.offer_managed)
    places = np.array([(offer, buyer) for offer in offers for buyer in labs if core.eligible[buyer, offer]])
    known = {(int(o), int(b)): k for k, (o, b) in enumerate(zip(deals.offer, deals.buyer, strict=True))}
    at = np.array([known.get((int(o), int(b)), -1) for o, b in places])
    return replace(_layout(places, core), **_moved(deals, at))


def _layout(places: Index, core: Site) -> Deals:
    none = np.zeros(len(places))
    offer, buyer = places[:, 0], places[:, 1]
    partner = (core.buyer_partner[buyer] == core.offer_owner[offer]).astype(float)
    pool = core.pools[core.offer_pool[offer]]
    return Deals(buyer, core.buyer_lab[buyer], offer, pool, core.buyer_region[buyer], partner, none, none, none, none)


def _moved(deals: Deals, at: Index) -> dict[str, Any]:
    """What the table says, at further places. at: position of each place in the table, -1 for none."""
    there = np.flatnonzero(at >= 0)
    worlds, _, quarters = deals.rise.shape
    held, left = np.zeros((2, len(at), quarters))
    rise, take_or_pay = np.zeros((worlds, len(at), quarters)), np.zeros(len(at))
    held[there], left[there] = deals.held[at[there]], deals.left[at[there]]
    rise[:, there], take_or_pay[there] = deals.rise[:, at[there]], deals.take_or_pay[at[there]]
    return {"held": held, "left": left, "rise": rise, "take_or_pay": take_or_pay}
