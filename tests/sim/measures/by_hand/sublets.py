"""The exchange worked out again as a haggle: the highest bid meets the lowest ask until nobody gains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import exp

from tests.sim.measures.by_hand.bookings import rented
from tests.sim.measures.by_hand.prices import sensitivity
from tests.sim.measures.by_hand.world import HOURS, World, ratio

Orders = list[tuple[float, float]]
"""Price USD per H100e-hour, and H100e."""


@dataclass(frozen=True)
class Haggle:
    """H100e that changed hands, the middle of where the price may lie, and what both sides gained, USD an hour."""

    volume: float
    price: float
    gains: float


def haggle(bids: Orders, asks: Orders) -> Haggle:
    """Match one by one; the price lies between the last that traded and the first that did not, on both sides."""
    buying = [list(one) for one in sorted(bids, reverse=True) if one[1] > 0.0]
    selling = [list(one) for one in sorted(asks) if one[1] > 0.0]
    volume = gains = b = s = 0
    low = high = 0.0
    while b < len(buying) and s < len(selling) and buying[b][0] >= selling[s][0]:
        traded = min(buying[b][1], selling[s][1])
        volume, gains = volume + traded, gains + traded * (buying[b][0] - selling[s][0])
        low, high = selling[s][0], buying[b][0]
        for side, place in ((buying, b), (selling, s)):
            side[place][1] -= traded
        b, s = b + (buying[b][1] <= 0.0), s + (selling[s][1] <= 0.0)
    if volume:
        low = max([low, *(one[0] for one in buying[b : b + 1])])
        high = min([high, *(one[0] for one in selling[s : s + 1])])
    return Haggle(volume, 0.5 * (low + high), gains)


def posted(w: World, family: str) -> float:
    """Posted price of a family at the core over pools that rent out, weighted by what is online and 1."""
    pools = [pool for pool in w.pools if (pool.family, pool.edge) == (family, False) and pool.rents_out]
    money = sum(pool.price * (pool.online + 1.0) for pool in pools)
    return ratio(money, sum(pool.online + 1.0 for pool in pools))


def offered(w: World, family: int) -> Orders:
    """What each buyer lets of its direct commitments, online and idle, at its reservation price."""
    market, orders = w.markets[0], []
    site, used, agreed = market.site, market.flow("used"), market.flow("price_agreed")
    online = market.flow("capacity")
    noise = w.given.noise.exchange[w.quarter][w.r, 1].tolist()
    for buyer in range(len(site.buyers)):
        idle = worth = 0.0
        for offer in range(len(site.offers)):
            if site.offer_family[offer] == family:
                pool, booked = site.offer_pool[offer], market.committed[offer][buyer]
                served = min(1.0, ratio(online[pool], market.load[0][pool] + market.load[1][pool]))
                here = max(booked * served - used[offer][buyer], 0.0)
                idle, worth = idle + here, worth + here * ratio(agreed[offer][buyer], booked)
        ask = w.p("exchange_reserve") * ratio(worth, idle) * exp(w.p("exchange_spread") * noise[buyer])
        orders.append((ask, idle * w.p("resale_permission")))
    return orders


def asked(w: World, family: int) -> Orders:
    """What each waiting buyer bids for a family it leans to."""
    market = w.markets[0]
    place = [k for k, other in enumerate(market.site.pool_family) if other == family]
    online, shadow = market.flow("capacity"), market.outcome.clearing.shadow_price[w.r].tolist()
    scarcity = ratio(sum(shadow[k] * online[k] for k in place), sum(online[k] for k in place))
    noise = w.given.noise.exchange[w.quarter][w.r, 0].tolist()
    price = posted(w, w.roster.families[family])
    orders = []
    for buyer, amount in enumerate(market.flow("leaning")[family]):
        premium = min(scarcity / sensitivity(w, market, buyer), w.p("exchange_value_bound"))
        orders.append((price * exp(premium) * exp(w.p("exchange_spread") * noise[buyer]), amount))
    return orders


@cache
def calls(w: World) -> list[Haggle]:
    """The quarter's haggle of every family."""
    return [haggle(asked(w, family), offered(w, family)) for family in range(len(w.roster.families))]


def volume(w: World) -> float:
    """H100e sublet."""
    return sum(call.volume for call in calls(w))


def spot(name: str) -> Callable[[World], float]:
    """Price of the last quarter in which any changed hands; before that, what was posted at the start."""

    def worked(w: World) -> float:
        family = w.roster.families.index(name)
        for then in reversed(w.path):
            call = calls(then)[family]
            if call.volume > 0.0:
                return call.price
        return float(w.path[0].before.spot[w.r, family])

    return worked


COLUMNS: dict[str, Callable[[World], float]] = {
    "spot_price_trainium_usd_per_h100e_hour": spot("trainium"),
    "spot_price_nvidia_usd_per_h100e_hour": spot("nvidia"),
    "exchange_volume_h100e": volume,
    "exchange_share_of_use": lambda w: ratio(volume(w), rented(w)),
    "exchange_gains_musd": lambda w: sum(call.gains for call in calls(w)) * HOURS / 1e6,
}
