"""Signed capacity in a quarter's market: it goes into the ordinary book before anyone seeks.

What a deal owes beyond what its lab has live at the offer is signed from what is free after commitments and own use.
A deal's capacity was asked for as it is needed, so it is used in full and not over 1 + over-commitment, it is not
handed back, and the lab wants at least as much.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, Index, Mask, ratio, total_by
from sim.axes import Site
from sim.equilibrium import striking
from sim.equilibrium.choice import Nests
from sim.market import contracts
from sim.market.contracts import Book
from sim.market.state import Conditions, Owed, SiteState
from sim.parameters import Parameters

LABS_AT_MOST = 0.8
"""Part of what a pool has to let that is given to labs before an opening: somebody else always has the rest."""


@dataclass(frozen=True)
class Room:
    """What stands against a quarter's pools, (worlds, pools) H100e: load of commitments, capacity online, and what
    owners want for themselves."""

    load: Array
    capacity: Array
    captive_wanted: Array

    @property
    def free(self) -> Array:
        """Left after commitments, then the owner's own use."""
        captive = np.minimum(self.captive_wanted, np.maximum(self.capacity - self.load, 0.0))
        return np.maximum(self.capacity - self.load - captive, 0.0)


def deal_live(live: Array, owed: Owed | None) -> Array:
    """The part of live commitments that deals owe, (worlds, offers, buyers)."""
    return np.zeros_like(live) if owed is None else np.minimum(live, owed.level)


def usable(live: Array, owed: Owed | None, over: Array) -> Array:
    """What of live commitments can be in use, (worlds, offers, buyers): a deal's in full, the rest over `over`, 1 +
    over-commitment (worlds,)."""
    if owed is None:
        return live / over[:, None, None]
    firm = deal_live(live, owed)
    return firm + (live - firm) / over[:, None, None]


def covered(live: Array, owed: Owed | None, over: Array) -> Array:
    """Use that live commitments cover, (worlds, buyers); of a buyer without a deal as ever."""
    plain = live.sum(axis=1) / over[:, None]
    if owed is None:
        return plain
    firm = deal_live(live, owed).sum(axis=1) > 0.0
    return np.where(firm, usable(live, owed, over).sum(axis=1), plain)


def used(live: Array, owed: Owed, wanted: Array, over: Array) -> Array:
    """What of live commitments is in use of what is wanted (worlds, buyers), where all is online: (worlds, offers,
    buyers). Deals' capacity first, which was asked for as it is needed; a buyer without a deal as ever."""
    deal, plain = deal_live(live, owed), np.minimum(1.0 / over[:, None], ratio(wanted, live.sum(axis=1)))
    rest, owes = usable(live, owed, over) - deal, deal.sum(axis=1)
    first = np.minimum(1.0, ratio(wanted, owes))
    then = np.clip(ratio(wanted - owes, rest.sum(axis=1)), 0.0, 1.0)
    by_deal = deal * first[:, None] + rest * then[:, None]
    return np.where((owes > 0.0)[:, None], by_deal, live * plain[:, None])


def shielded(live: Array, owed: Owed | None) -> Array | float:
    """Part of live commitments that can be handed back, (worlds, offers, buyers)."""
    return 1.0 if owed is None else 1.0 - ratio(deal_live(live, owed), live)


def sign_due(site: Site, book: Book, room: Room, owed: Owed, price: Array, term: Array) -> tuple[Book, Array]:
    """The book with what is due at its price (worlds, offers, buyers), and what was signed. Short pools give every deal
    the same part. term (worlds, buyers): of what is no deal's."""
    direct = np.flatnonzero(~site.offer_managed)
    due = np.maximum(_level(site, room, owed) - book.live(), 0.0)
    by_pool = total_by(due[:, direct].sum(axis=2), site.offer_pool[direct], len(site.pools))
    part = np.minimum(1.0, ratio(room.free, by_pool))
    new = np.zeros_like(due)
    new[:, direct] = due[:, direct] * part[:, site.offer_pool[direct], None]
    term = np.where(owed.level > 0.0, owed.term, term[:, None])
    return book.sign(new, price, np.maximum(term, 1.0)), new


def _level(site: Site, room: Room, owed: Owed) -> Array:
    """What labs are to have, (worlds, offers, buyers): what deals owe, and before an opening what is known of them, at
    most so much of a pool that others have a part."""
    if owed.known is None:
        return owed.level
    direct, known = np.flatnonzero(~site.offer_managed), np.zeros_like(owed.level)
    known[:, direct] = owed.known[:, direct]
    by_pool = total_by(known[:, direct].sum(axis=2), site.offer_pool[direct], len(site.pools))
    to_let = np.maximum(room.capacity - room.captive_wanted, 0.0)
    part = np.minimum(1.0, ratio(LABS_AT_MOST * to_let, by_pool))
    known[:, direct] *= part[:, site.offer_pool[direct], None]
    return known


def origins(state: SiteState, labs: Index, p: Parameters) -> Array:
    """Where what labs seek comes from, (worlds, labs, incumbents), adding up to 1: their live mix, and in part nothing;
    all of it nothing for who holds nothing."""
    live, fresh = np.take(state.book.live(), labs, axis=2), p.greenfield_share[:, None]
    total = live.sum(axis=1)
    mix = ratio(live, total[:, None]).transpose(0, 2, 1)
    fresh = np.where(total > 0.0, fresh, 1.0)[..., None]
    return np.concatenate([mix * (1.0 - fresh), fresh, np.zeros_like(fresh)], axis=2)


def scarcity(routing: Array, shadow_price: Array, region: Index) -> Array:
    """Shadow price of what an offer runs on, by region of the lab: routing (worlds, regions, offers, pools),
    shadow_price (worlds, pools) -> (worlds, offers, labs) utils."""
    by_region = np.einsum("rgoq,rq->rog", routing, shadow_price)
    return np.ascontiguousarray(by_region[:, :, region])


def slices(before: Array, level: Array, wanted: Array) -> tuple[Array, Array]:
    """From which to which part of what its lab wants a deal of a level goes on top of those before: before, level
    (worlds, offers, labs) H100e; wanted (worlds, labs), at least what is signed in all."""
    after = before + level
    need = np.maximum(wanted, after.sum(axis=1))[:, None]
    return ratio(before, need), ratio(after, need)


def gains(x: Array, scale: Array, nests: Nests, origin: Array, part: tuple[Array, Array], short: Array) -> Array:
    """What each lab gains from an offer over the best elsewhere, utils (worlds, offers, labs), where a deal is, else 0.
    x (worlds, offers, labs, incumbents): exp((V - cost) / lambda); origin (worlds, labs, incumbents); part: slice of
    its demand (worlds, offers, labs); short (worlds, offers, labs): scarcity of offers, since elsewhere is not to be
    had at its price where it is sold out."""
    level, nest = part[1] - part[0], nests.labels
    found = striking.taste(*part)
    had = striking.Alternatives.of(x * np.exp(-short / scale[:, :, None])[..., None], scale, nest)
    for offer in np.flatnonzero((level > 0.0).any(axis=(0, 2))):
        here = scale[:, offer, None, None] * np.log(np.maximum(x[:, offer], 1e-300))
        over = here - had.without(int(offer))
        found[:, offer] += np.where(level[:, offer] > 0.0, np.einsum("rbi,rbi->rb", over, origin), 0.0)
    return found


@dataclass(frozen=True)
class Worth:
    """What deals are worth to labs (positions of buyers): gain (worlds, offers, labs), shadow_price (worlds, pools) and
    sensitivity (worlds, buyers)."""

    labs: Index
    gain: Array
    shadow_price: Array
    sensitivity: Array


def quotes(site: Site, term: Array, c: Conditions) -> Array:
    """Posted price of direct offers for a term (worlds, offers, buyers), USD per H100e-hour."""
    premium, longer = c.short_premium[:, site.offer_owner, None], c.p.long_term_discount[:, None, None]
    quote = np.take(c.price, site.offer_pool, axis=1)[:, :, None]
    return np.asarray(quote * contracts.term_price_factor(term, premium, longer))


def values(site: Site, term: Array, c: Conditions, worth: Worth) -> Array:
    """The most that labs would pay for deals of a term, USD per H100e-hour (worlds, offers, labs)."""
    short = np.take(worth.shadow_price, site.offer_pool, axis=1)[:, :, None]
    quote = quotes(site, term, c)[:, :, worth.labs]
    return striking.worth(quote, worth.gain, short, worth.sensitivity[:, None, worth.labs])


def prices(site: Site, owed: Owed, c: Conditions, worth: Worth) -> Array:
    """USD per H100e-hour of what is signed for deals, (worlds, offers, buyers): between the cost of new capacity and
    what it is worth to the lab, counted from the quote of the term that is left; 0 for who has no deal, but what is
    given before an opening without one is at the quote of a buyer's own term."""
    value, found = values(site, owed.term, c, worth), np.zeros_like(owed.level)
    struck = striking.strike(owed.cost[:, :, worth.labs], value, c.p.deal_surplus_share[:, None, None])
    found[:, :, worth.labs] = struck.price
    return found if owed.known is None else np.where(owed.level > 0.0, found, quotes(site, c.term[:, None], c))


def agreed(owed: Owed, price: Array) -> Array:
    """The price of deals, of the part that was struck in the game as agreed then: (worlds, offers, buyers)."""
    if owed.struck is None:
        return price
    part, then = owed.struck
    return np.where(part > 0.0, part * then + (1.0 - part) * price, price)


def signed_for(ended: Array, signed: Array) -> Array:
    """Use whose commitments are over and that was not signed again, (worlds, buyers, incumbents)."""
    left = ended.copy()
    offers = signed.shape[1]
    left[..., :offers] = np.maximum(ended[..., :offers] - signed.transpose(0, 2, 1), 0.0)
    return left


def at_least(c: Conditions, live: Array, owed: Owed, lab: Mask) -> Conditions:
    """The quarter's conditions with labs that want what deals give them, at least; what they have been given, and
    nothing else, before an opening. lab (buyers,): is it one?"""
    wanted = np.maximum(c.wanted, deal_live(live, owed).sum(axis=1))
    if owed.known is None:
        return replace(c, wanted=wanted)
    return replace(c, wanted=np.where(lab, covered(live, owed, 1.0 + c.p.overcommitment), wanted))


def without_tie(site: Site, owed: Owed | None) -> Mask | bool:
    """Whose investor tie stands beside its contracts, (worlds, buyers): not that of a lab with a deal at its
    investor's."""
    if owed is None:
        return True
    partner = site.offer_owner[:, None] == site.buyer_partner
    return np.asarray(~((owed.level > 0.0) & partner).any(axis=1))
