"""The capacity exchange of a quarter: who has committed more than it uses sublets to who was left waiting, a call a chip family.

A trade lasts this quarter only. The seller goes on owing its cloud what it owed; the buyer goes on looking for a commitment.
What is sold is committed, online and idle, so a trade fills capacity that stood empty and never more than that.

    ask = reserve x price the seller pays      bid = posted price x exp(min(lambda / alpha, bound))

each times exp(spread x z), z keyed by buyer and quarter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sim.arrays import Array, Index, ratio
from sim.equilibrium import exchange
from sim.market.state import SiteOutcome
from sim.parameters import Parameters
from sim.units import musd_for_hours

if TYPE_CHECKING:
    from sim.game import Game


@dataclass(frozen=True)
class Traded:
    """Outcome of the quarter's calls at the core. volume, price, index (worlds, families): H100e, USD per H100e-hour, and the
    last price at which anything changed hands; bought, paid, received (worlds, buyers) H100e and musd; gains (worlds,) musd."""

    volume: Array
    price: Array
    index: Array
    bought: Array
    paid_musd: Array
    received_musd: Array
    gains_musd: Array


def opening_index(game: Game) -> Array:
    """Posted price of each family at the core, weighted by capacity: the index before the first trade. (worlds, families)."""
    return _posted(game, game.supply.fleet.total())


def trade(game: Game, p: Parameters, outcome: SiteOutcome) -> tuple[SiteOutcome, Traded]:
    """Hold a call for every family; the outcome comes back with the use that was sublet."""
    families, buyers = len(game.roster.families), len(game.roster.sites[0].buyers)
    idle = _idle(game, p, outcome)
    offered, asks = _offered(game, p, outcome, idle)
    bids = _bids(game, p, outcome)
    worlds = len(bids)
    noise = np.exp(p.exchange_spread[:, None, None] * game.noise.exchange[game.quarter])
    wanted = outcome.leaning
    books = (
        wanted, bids * noise[:, None, 0], offered, asks * noise[:, None, 1],
    )  # fmt: skip
    done = exchange.call(*(np.ascontiguousarray(one).reshape(worlds * families, buyers) for one in books))
    price, volume = (one.reshape(worlds, families) for one in (done.price, done.volume))
    bought, sold = (one.reshape(worlds, families, buyers) for one in (done.bought, done.sold))
    index = np.where(volume > 0.0, price, game.spot_index)
    paid, received = (musd_for_hours(one, price[:, :, None]).sum(axis=1) for one in (bought, sold))
    gains = musd_for_hours(done.gains.reshape(worlds, families), 1.0).sum(axis=1)
    after = replace(_used(game, outcome, idle, sold, offered), sublet=bought.sum(axis=1))
    return after, Traded(volume, price, index, bought.sum(axis=1), paid, received, gains)


def _idle(game: Game, p: Parameters, outcome: SiteOutcome) -> Array:
    """Direct commitments that are online and not used: (worlds, offers, buyers) H100e; 0 for managed service."""
    site = game.roster.sites[0]
    served = np.minimum(1.0, ratio(outcome.capacity, np.maximum(outcome.committed_by_pool, 1e-9)))
    reachable = outcome.committed * np.where(site.offer_managed, 0.0, 1.0)[:, None]
    reachable = reachable * served[:, np.maximum(site.offer_pool, 0), None]
    return np.asarray(np.maximum(reachable - outcome.used, 0.0) * ~site.offer_managed[:, None])


def _offered(game: Game, p: Parameters, outcome: SiteOutcome, idle: Array) -> tuple[Array, Array]:
    """What each buyer offers of each family, and its reservation price: (worlds, families, buyers) each."""
    site, families = game.roster.sites[0], len(game.roster.families)
    offered, worth = np.zeros((len(idle), families, idle.shape[2])), np.zeros((len(idle), families, idle.shape[2]))
    paid = ratio(outcome.price_agreed, outcome.committed)
    for offer in np.flatnonzero(~site.offer_managed):
        family = site.offer_family[offer]
        offered[:, family] += idle[:, offer]
        worth[:, family] += idle[:, offer] * paid[:, offer]
    allowed = offered * p.resale_permission[:, None, None]
    return allowed, p.exchange_reserve[:, None, None] * ratio(worth, offered)


def _bids(game: Game, p: Parameters, outcome: SiteOutcome) -> Array:
    """What a place is worth to each waiting buyer: (worlds, families, buyers) USD per H100e-hour."""
    site = game.roster.sites[0]
    posted = _posted(game, outcome.capacity, site.pools)
    scarce = _by_family(game, outcome.clearing.shadow_price * outcome.capacity, site.pools)
    shadow = ratio(scarce, _by_family(game, outcome.capacity, site.pools))
    alpha = game.markets[0].price_sensitivity(p)
    premium = np.minimum(shadow[:, :, None] / alpha[:, None], p.exchange_value_bound[:, None, None])
    return np.asarray(posted[:, :, None] * np.exp(premium))


def _posted(game: Game, weight: Array, pools: Index | None = None) -> Array:
    everywhere = np.arange(len(game.roster.pools)) if pools is None else pools
    rented = ~game.roster.pool_is_edge[everywhere] & game.meter_rented[everywhere]
    price = game.supply.price[:, everywhere]
    weight = (weight + 1.0) * rented
    return ratio(_by_family(game, price * weight, everywhere), _by_family(game, weight, everywhere))


def _by_family(game: Game, amount: Array, pools: Index) -> Array:
    total = np.zeros((len(amount), len(game.roster.families)))
    for position, family in enumerate(game.roster.pool_family[pools]):
        total[:, family] += amount[:, position]
    return total


def _used(game: Game, outcome: SiteOutcome, idle: Array, sold: Array, offered: Array) -> SiteOutcome:
    """The outcome with sublet capacity in use on the pools where sellers had it idle."""
    site = game.roster.sites[0]
    part, use = ratio(sold, offered), outcome.direct_use_by_pool.copy()
    permission = game.p.resale_permission[:, None]
    for offer in np.flatnonzero(~site.offer_managed):
        let = idle[:, offer] * permission * part[:, site.offer_family[offer]]
        use[:, site.offer_pool[offer]] += let.sum(axis=1)
    return replace(outcome, direct_use_by_pool=use)
