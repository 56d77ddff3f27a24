"""The capacity exchange of a quarter: who has committed more than it uses sublets to who was left waiting, a call a
chip family.

A trade lasts this quarter only. The seller goes on owing its cloud what it owed; the buyer goes on looking for a
commitment. What is sold is committed, online and idle, so a trade fills capacity that stood empty and never more than
that.

    ask = reserve x price the seller pays      bid = posted price x exp(min(lambda / alpha, bound))

each times exp(spread x z), z keyed by buyer and quarter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, Index, PerWorldFamily, PerWorldPool, ratio, total_by
from sim.axes import Site
from sim.equilibrium import exchange
from sim.market.site import SiteMarket
from sim.market.state import SiteOutcome
from sim.parameters import Parameters
from sim.roster import Roster
from sim.units import musd_for_hours


@dataclass(frozen=True)
class Traded:
    """Outcome of the quarter's calls at the core. volume, price, index (worlds, families): H100e, USD per H100e-hour,
    and the last price at which anything changed hands; bought, paid, received (worlds, buyers) H100e and musd; gains
    (worlds,) musd."""

    volume: Array
    price: Array
    index: Array
    bought: Array
    paid_musd: Array
    received_musd: Array
    gains_musd: Array


def opening_index(roster: Roster, price: PerWorldPool, installed: PerWorldPool) -> PerWorldFamily:
    """Posted price of each family at the core, weighted by capacity: the index before the first trade."""
    return _posted(roster, np.arange(len(roster.pools)), price, installed)


def trade(
    core: SiteMarket, outcome: SiteOutcome, price: PerWorldPool, last: PerWorldFamily, chance: Array, p: Parameters
) -> tuple[SiteOutcome, Traded]:
    """Hold a call a chip family: who has idle commitments sublets to who waits.

    price: posted, of all pools; last: price of the last trade; chance (worlds, 2, buyers): normal, bids and asks."""
    idle = _idle(core.site, outcome)
    offered, asks = _offered(core, outcome, idle, p)
    spread = np.exp(p.exchange_spread[:, None, None] * chance)
    bids = _bids(core, outcome, price, p) * spread[:, None, 0]
    call = _calls(outcome.leaning, bids, offered, asks * spread[:, None, 1])
    price_made, bought = call.price, call.bought
    paid, received = (musd_for_hours(one, price_made[:, :, None]).sum(axis=1) for one in (bought, call.sold))
    traded = Traded(
        volume=call.volume,
        price=price_made,
        index=np.where(call.volume > 0.0, price_made, last),
        bought=bought.sum(axis=1),
        paid_musd=paid,
        received_musd=received,
        gains_musd=musd_for_hours(call.gains, 1.0).sum(axis=1),
    )
    use = _let(core.site, outcome, idle * p.resale_permission[:, None, None], ratio(call.sold, offered))
    return replace(outcome, direct_use_by_pool=use, sublet=traded.bought), traded


@dataclass(frozen=True)
class _Calls:
    """Calls of all families: price, volume, gains (worlds, families); bought, sold (worlds, families, buyers)."""

    price: Array
    volume: Array
    gains: Array
    bought: Array
    sold: Array


def _calls(wanted: Array, bids: Array, offered: Array, asks: Array) -> _Calls:
    """A book a world and family: all (worlds, families, buyers)."""
    worlds, families, buyers = bids.shape
    books = (np.ascontiguousarray(one).reshape(worlds * families, buyers) for one in (wanted, bids, offered, asks))
    done = exchange.call(*books)
    flat = (one.reshape(worlds, families) for one in (done.price, done.volume, done.gains))
    return _Calls(*flat, *(one.reshape(worlds, families, buyers) for one in (done.bought, done.sold)))


def _idle(site: Site, outcome: SiteOutcome) -> Array:
    """Direct commitments that are online and not used: (worlds, offers, buyers) H100e; 0 for managed service."""
    served = np.minimum(1.0, ratio(outcome.capacity, np.maximum(outcome.committed_by_pool, 1e-9)))
    reachable = outcome.committed * np.where(site.offer_managed, 0.0, 1.0)[:, None]
    reachable = reachable * served[:, np.maximum(site.offer_pool, 0), None]
    return np.asarray(np.maximum(reachable - outcome.used, 0.0) * ~site.offer_managed[:, None])


def _offered(core: SiteMarket, outcome: SiteOutcome, idle: Array, p: Parameters) -> tuple[Array, Array]:
    """What each buyer offers of each family, and its reservation price: (worlds, families, buyers) each."""
    offered, worth = np.zeros_like(outcome.leaning), np.zeros_like(outcome.leaning)
    paid = ratio(outcome.price_agreed, outcome.committed)
    for offer in core.direct:
        family = core.site.offer_family[offer]
        offered[:, family] += idle[:, offer]
        worth[:, family] += idle[:, offer] * paid[:, offer]
    allowed = offered * p.resale_permission[:, None, None]
    return allowed, p.exchange_reserve[:, None, None] * ratio(worth, offered)


def _bids(core: SiteMarket, outcome: SiteOutcome, price: PerWorldPool, p: Parameters) -> Array:
    """What a place is worth to each waiting buyer: (worlds, families, buyers) USD per H100e-hour."""
    site, families = core.site, outcome.leaning.shape[1]
    posted = _posted(core.roster, site.pools, price[:, site.pools], outcome.capacity)
    scarce = total_by(outcome.clearing.shadow_price * outcome.capacity, site.pool_family, families)
    shadow = ratio(scarce, total_by(outcome.capacity, site.pool_family, families))
    alpha = core.price_sensitivity(p)
    premium = np.minimum(shadow[:, :, None] / alpha[:, None], p.exchange_value_bound[:, None, None])
    return np.asarray(posted[:, :, None] * np.exp(premium))


def _posted(roster: Roster, pools: Index, price: Array, capacity: Array) -> PerWorldFamily:
    """Posted price of each family at the core, weighted by capacity; price, capacity (worlds, those pools)."""
    rented = ~roster.pool_is_edge[pools] & roster.pool_is_rented[pools]
    family, families = roster.pool_family[pools], len(roster.families)
    weight = (capacity + 1.0) * rented
    return ratio(total_by(price * weight, family, families), total_by(weight, family, families))


def _let(site: Site, outcome: SiteOutcome, allowed: Array, part: Array) -> Array:
    """Direct use of pools with what was sublet where sellers had it idle: (worlds, pools).

    allowed (worlds, offers, buyers): idle H100e that may be sublet; part (worlds, families, buyers) of it that was
    sold."""
    use = outcome.direct_use_by_pool.copy()
    for offer in np.flatnonzero(~site.offer_managed):
        let = allowed[:, offer] * part[:, site.offer_family[offer]]
        use[:, site.offer_pool[offer]] += let.sum(axis=1)
    return use
