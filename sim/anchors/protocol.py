"""How a lab and a cloud come to a deal: an offer stands in the other side's next briefing, is answered there and
lapses.

    struck      where an offer of last quarter is accepted, or both name the same deal in one quarter
    cost        what new capacity costs the cloud, as far as it has power for it; else what the quote would bring
    price       as named, else cost + tau (worth - cost), where the lab gains; equity comes back through it
    size        power over the power of a new H100e, as far as the cloud has power

Who accepts what was not offered signs nothing, and is counted: so does a record that is played in another past.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.anchors.struck import LEAST_KEPT, News, Struck
from sim.anchors.table import Deals
from sim.arrays import Array, Index, Mask, PerWorldOwner, ratio, total_by
from sim.axes import Site
from sim.deal_terms import TERMS
from sim.decisions import CloudDecision, LabDecision
from sim.units import HOURS_PER_QUARTER, USD_PER_MUSD

LEAST_GAIN = 1e-6
"""Both gain where there is more than this of the cost to share: rounding is no gain."""


@dataclass(frozen=True)
class Offers:
    """Offers of one side by pair, (worlds, clouds, labs) each; 0 MW for none."""

    mw: Array
    family: Array
    start_quarters: Array
    term_quarters: Array
    price_usd: Array
    take_or_pay: Array
    equity_musd: Array

    @classmethod
    def none(cls, worlds: int, clouds: int, labs: int) -> Offers:
        """No offer."""
        return cls(*np.zeros((len(TERMS), worlds, clouds, labs)))

    @classmethod
    def of_clouds(cls, d: CloudDecision) -> Offers:
        """What clouds offer: decisions side by side are (worlds, clouds, labs)."""
        return cls(*(getattr(d, f"deal_{name}") for name in TERMS))

    @classmethod
    def of_labs(cls, d: LabDecision) -> Offers:
        """What labs offer: decisions side by side are (worlds, labs, clouds)."""
        return cls(*(by_cloud(getattr(d, f"deal_{name}")) for name in TERMS))

    def where(self, chosen: Mask, other: Offers) -> Offers:
        """These where chosen, the others elsewhere."""
        return Offers(*(np.where(chosen, getattr(self, name), getattr(other, name)) for name in TERMS))

    def same(self, other: Offers) -> Mask:
        """Pairs of which both sides name one deal, (worlds, clouds, labs)."""
        alike = [getattr(self, name) == getattr(other, name) for name in TERMS]
        return np.asarray(np.logical_and.reduce(alike) & (self.mw > 0.0))

    def but(self, gone: Mask) -> Offers:
        """Without those of some pairs."""
        return replace(self, mw=np.where(gone, 0.0, self.mw))


def by_cloud(by_lab: Array) -> Array:
    """(worlds, labs, clouds) -> (worlds, clouds, labs)."""
    return np.ascontiguousarray(by_lab.transpose(0, 2, 1))


@dataclass(frozen=True)
class Standing:
    """Offers that the other side has yet to answer."""

    of_clouds: Offers
    of_labs: Offers

    @classmethod
    def none(cls, worlds: int, clouds: int, labs: int) -> Standing:
        """Nothing to answer."""
        empty = Offers.none(worlds, clouds, labs)
        return cls(empty, empty)


@dataclass(frozen=True)
class Meeting:
    """What a quarter's decisions come to: deals agreed, offers that stand now, MW that was to be answered, (worlds,),
    and acceptances without an offer, (worlds,)."""

    agreed: Offers
    standing: Standing
    asked_mw: Array
    void: Array


def meet(before: Standing, clouds: CloudDecision, labs: LabDecision) -> Meeting:
    """Lay offers and answers together. Where each side accepts the other's, the cloud's offer is what is signed."""
    new = Standing(Offers.of_clouds(clouds), Offers.of_labs(labs))
    says_lab, says_cloud = by_cloud(labs.deal_accept) > 0.5, clouds.deal_accept > 0.5
    by_lab, by_owner = says_lab & (before.of_clouds.mw > 0.0), says_cloud & (before.of_labs.mw > 0.0)
    at_once = new.of_clouds.same(new.of_labs)
    nothing = replace(before.of_clouds, mw=np.zeros_like(before.of_clouds.mw))
    agreed = before.of_clouds.where(by_lab, before.of_labs.where(by_owner, new.of_clouds.where(at_once, nothing)))
    standing = Standing(new.of_clouds.but(at_once), new.of_labs.but(at_once))
    asked = np.maximum(before.of_clouds.mw, before.of_labs.mw) + np.where(at_once, new.of_clouds.mw, 0.0)
    void = (says_lab & ~by_lab).sum(axis=(1, 2)) + (says_cloud & ~by_owner).sum(axis=(1, 2))
    return Meeting(agreed, standing, asked.sum(axis=(1, 2)), void.astype(float))


@dataclass(frozen=True)
class Room:
    """What deals are measured by: mw of a new H100e (worlds, pools); power of each cloud when it looks ahead, and
    what is free of it, MW (worlds, clouds)."""

    mw: Array
    power_mw: PerWorldOwner
    free_mw: PerWorldOwner


@dataclass(frozen=True)
class Asked:
    """Deals agreed by place, (worlds, places) each: size in MW and H100e, terms, and quarters to the end of the
    term."""

    mw: Array
    h100e: Array
    start_quarters: Array
    term_quarters: Array
    price_usd: Array
    take_or_pay: Array
    equity_musd: Array


@dataclass(frozen=True)
class Quoted:
    """What deals are worth, (worlds, places) USD per H100e-hour each: the quote for the term, the cost of new capacity,
    and the most that the lab would pay."""

    quote: Array
    cost: Array
    value: Array


@dataclass(frozen=True)
class Places:
    """Where deals may be struck: cloud, family, lab and pool of each place, clouds and labs in all; since: the first
    quarter of the game in which they may, after the last that the table may know."""

    cloud: Index
    family: Index
    lab: Index
    pool: Index
    clouds: int
    labs: int
    since: int = 1

    @classmethod
    def of(cls, deals: Deals, core: Site, parties: tuple[int, int], since: int) -> Places:
        """The places of a game's deals. parties: clouds and labs."""
        cloud, family = core.offer_owner[deals.offer], core.offer_family[deals.offer]
        return cls(cloud, family, deals.lab, deals.pool, *parties, since)

    def asked(self, agreed: Offers, room: Room) -> Asked:
        """Agreed deals at their places, all of a cloud's cut alike to the power that it will have."""
        found = {name: getattr(agreed, name)[:, self.cloud, self.lab] for name in TERMS}
        mw = np.where(found["family"] == self.family, found["mw"], 0.0)
        total = total_by(mw, self.cloud, self.clouds)
        mw = mw * np.minimum(1.0, np.where(total > 0.0, ratio(room.power_mw, total), 1.0))[:, self.cloud]
        terms = {name: np.ascontiguousarray(found[name]) for name in TERMS[2:]}
        return Asked(mw=mw, h100e=ratio(mw, room.mw[:, self.pool]), **terms)

    def quoted(self, asked: Asked, quote: Array, cost: Array, value: Array, room: Room) -> Quoted:
        """With the cost of capacity that brings no power: what it would earn otherwise. quote, value (worlds, places);
        cost (worlds, pools)."""
        total = total_by(asked.mw, self.cloud, self.clouds)
        new = np.minimum(1.0, np.where(total > 0.0, ratio(room.free_mw, total), 1.0))[:, self.cloud]
        built = cost[:, self.pool]
        return Quoted(quote, new * built + (1.0 - new) * np.maximum(built, quote), value)

    def by_pair(self, by_place: Array) -> Array:
        """Sums over a pair's places: (worlds, places) -> (worlds, clouds, labs)."""
        total = total_by(by_place, self.cloud * self.labs + self.lab, self.clouds * self.labs)
        return total.reshape(len(by_place), self.clouds, self.labs)


@dataclass(frozen=True)
class Signing:
    """What a quarter's deals leave: all struck so far, and equity paid in, (worlds, labs) musd."""

    struck: Struck
    equity: Array


@dataclass(frozen=True)
class Agreed:
    """What both sides agreed to, at its places and quoted; tau (worlds,): the cloud's part of the gain."""

    meeting: Meeting
    asked: Asked
    quoted: Quoted
    tau: Array


def sign(places: Places, before: Struck, quarter: int, agreed: Agreed, kept: Array) -> Signing:
    """Strike what was agreed: at the price that is named, else where both gain. kept (worlds, places): part of earlier
    deals there that still stands, by which the path is held."""
    asked, quoted = agreed.asked, agreed.quoted
    named, gain = asked.price_usd > 0.0, quoted.value - quoted.cost
    split = quoted.cost + agreed.tau[:, None] * gain + per_hour(asked)
    price = np.where(named, asked.price_usd, split)
    done = (asked.mw > 0.0) & (named | (gain > LEAST_GAIN * quoted.cost)) & (kept >= LEAST_KEPT)
    size = np.where(done, ratio(asked.h100e, np.where(done, kept, 1.0)), 0.0)
    after = before.signed(
        quarter, size, asked.start_quarters, asked.term_quarters, (np.where(done, price, 0.0), asked.take_or_pay)
    )
    pairs = places.by_pair(done.astype(float)) > 0.0
    since = np.where(pairs & (before.since == 0.0), float(quarter), before.since)
    equity = total_by(np.where(done, asked.equity_musd, 0.0), places.lab, places.labs)
    return Signing(replace(after, since=since, news=_news(agreed, done, price)), equity)


def _news(agreed: Agreed, done: Mask, price: Array) -> News:
    mw = np.where(done, agreed.asked.mw, 0.0)
    return News(
        struck=done.sum(axis=1).astype(float),
        struck_mw=mw.sum(axis=1),
        asked_mw=agreed.meeting.asked_mw,
        void=agreed.meeting.void,
        list_mw=np.where(done, agreed.quoted.quote * mw, 0.0).sum(axis=1),
        price_mw=np.where(done, price * mw, 0.0).sum(axis=1),
    )


def per_hour(asked: Asked) -> Array:
    """Equity over all hours of a deal, USD per H100e-hour (worlds, places): what the cloud pays in comes back in the
    price."""
    hours = asked.h100e * asked.term_quarters * HOURS_PER_QUARTER
    return ratio(asked.equity_musd * USD_PER_MUSD, hours)
