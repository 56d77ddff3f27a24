"""A quarter's deals from what was agreed to what is signed: what the lab would pay, what the cloud needs, who gains;
and what an offer must be for the market to take it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.anchors.protocol import Agreed, Asked, Meeting, Places, Quoted, Room, Signing, sign
from sim.anchors.rules import Anchors
from sim.anchors.struck import News, Struck
from sim.arrays import Array, PerWorldPool
from sim.errors import InputError
from sim.market import signed
from sim.market.site import SiteMarket
from sim.market.state import Conditions, SiteState
from sim.roster import Roster


@dataclass(frozen=True)
class Market:
    """The core as a quarter's deals are struck, number its quarter of the game: its state, and what its buyers face;
    cost (worlds, pools) of new capacity, USD per H100e-hour, and the power that deals may ask for."""

    number: int
    core: SiteMarket
    state: SiteState
    faced: Conditions
    cost: PerWorldPool
    room: Room


def concluded(
    places: Places, anchors: Anchors, before: Struck, meeting: Meeting, market: Market, kept: Array
) -> Signing:
    """What a quarter's agreements come to. kept (worlds, places): part of earlier deals that stands."""
    p = market.faced.p
    on = ((p.deals_struck * p.deals_bind)[:, None, None] > 0.0) & (market.number >= places.since)
    agreed = replace(meeting.agreed, mw=np.where(on, meeting.agreed.mw, 0.0))
    if not len(places.lab) or not (agreed.mw > 0.0).any():
        nothing = News.none(len(kept))
        news = replace(nothing, asked_mw=meeting.asked_mw, void=meeting.void)
        return Signing(replace(before, news=news), np.zeros((len(kept), places.labs)))
    asked = places.asked(agreed, market.room)
    quoted = _quoted(places, anchors, asked, market)
    terms = Agreed(meeting, asked, quoted, p.deal_surplus_share)
    return sign(places, before, market.number, terms, kept)


def _quoted(places: Places, anchors: Anchors, asked: Asked, market: Market) -> Quoted:
    """Quote, cost and worth of what is asked for."""
    core, c = market.core, market.faced
    shape = (len(asked.mw), len(core.site.offers), len(core.site.buyers))
    level, term = anchors.spread(asked.h100e, shape), anchors.spread(asked.term_quarters, shape)
    before = np.zeros(shape) if c.owed is None else c.owed.level
    worth, value = core.deal_worth(market.state, level, before, c), np.zeros(shape)
    value[:, :, worth.labs] = signed.values(core.site, term, c, worth)
    quote = signed.quotes(core.site, term, c)
    by_place = anchors.by_place
    return places.quoted(asked, by_place(quote), market.cost, by_place(value), market.room)


@dataclass(frozen=True)
class Lawful:
    """What offers are held to: the places of a game, its roster's names, and the power that clouds look ahead to, MW
    (worlds, clouds)."""

    places: Places
    roster: Roster
    power_mw: Array

    def check(self, decision: Any, role: str, who: str, quarter: str) -> None:
        """InputError in one sentence for an offer of what is not let, or beyond a cloud's power in every world (in a
        world where it is beyond it counts as far as power goes)."""
        if role not in ("cloud", "lab") or not np.any(decision.deal_mw > 0.0):
            return
        others = self.roster.labs if role == "cloud" else self.roster.owners
        for k in np.flatnonzero((decision.deal_mw > 0.0).any(axis=0)):
            cloud = self.roster.owners.index(who) if role == "cloud" else int(k)
            lab = int(k) if role == "cloud" else self.roster.labs.index(who)
            self._pair(cloud, lab, decision.deal_mw[:, k], decision.deal_family[:, k], f"{who}, {quarter}", others[k])

    def _pair(self, cloud: int, lab: int, mw: Array, family: Array, where: str, other: str) -> None:
        sold = sorted({int(f) for f in self.places.family[(self.places.cloud == cloud) & (self.places.lab == lab)]})
        owner, families = self.roster.owners[cloud], self.roster.families
        if not sold:
            lets = sorted({self.roster.owners[int(k)] for k in self.places.cloud})
            allowed = ", ".join(lets) if lets else "none before the opening"
            raise InputError(
                f"{where}: deal_mw = {mw.max():g} for {other}: {owner} lets no capacity to labs; "
                f"clouds that do are {allowed}."
            )
        wrong = family[(mw > 0.0) & ~np.isin(family, sold)]
        if wrong.size:
            named = ", ".join(f"{f} {families[f]}" for f in sold)
            raise InputError(
                f"{where}: deal_family = {wrong[0]:g} for {other}: {owner} does not let that; allowed is {named}."
            )
        if (mw > self.power_mw[:, cloud]).all():
            most = float(self.power_mw[:, cloud].max())
            raise InputError(
                f"{where}: deal_mw = {mw.min():g} for {other} is beyond the power that {owner} will have; "
                f"allowed is 0 to {most:.0f} MW."
            )
