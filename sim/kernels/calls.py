"""A call market, compiled: what `sim.exchange.call` does with numpy, book by book. The words are explained there."""

from __future__ import annotations

import numpy as np

from sim.kernels.compiling import REAL, compiled, numbers, part


@part
def _curves(limits, bid_quantity, bid_price, ask_quantity, ask_price, demand, supply):
    """Demand at or above and supply at or below each limit, order by order into two rows."""
    demand[:] = 0.0
    supply[:] = 0.0
    for order in range(len(bid_price)):
        quantity, price = bid_quantity[order], bid_price[order]
        for place in range(len(limits)):
            demand[place] += quantity if price >= limits[place] else 0.0
    for order in range(len(ask_price)):
        quantity, price = ask_quantity[order], ask_price[order]
        for place in range(len(limits)):
            supply[place] += quantity if price <= limits[place] else 0.0


@part
def _volume(bid_demand, bid_supply, ask_demand, ask_supply, slack):
    """The most that can change hands at one limit; 0 where it is no more than slack or where something is no number."""
    most = 0.0
    for demand, supply in ((bid_demand, bid_supply), (ask_demand, ask_supply)):
        for place in range(len(demand)):
            least = demand[place] if demand[place] < supply[place] else supply[place]
            if np.isnan(demand[place]) or np.isnan(supply[place]):
                return 0.0
            most = max(most, least)
    return most if most > slack else 0.0


@part
def _margins(quantity, price, at, volume, slack, sign):
    """Limit of the marginal order, and the best one turned away: bids with sign 1, asks with sign -1."""
    marginal, rejected = -np.inf, -np.inf
    for order in range(len(price)):
        if quantity[order] > 0.0:
            if at[order] >= volume - slack:
                marginal = max(marginal, sign * price[order])
            if at[order] > volume + slack:
                rejected = max(rejected, sign * price[order])
    return sign * marginal, sign * rejected


@part
def _fill(quantity, price, marginal, volume, sign, filled):
    """What each order gets, into filled: all of it inside the margin, the same part of it at the margin."""
    full, at_margin = 0.0, 0.0
    for order in range(len(price)):
        if sign * price[order] > sign * marginal:
            full += quantity[order]
        elif price[order] == marginal:
            at_margin += quantity[order]
    left = max(volume - full, 0.0)
    part = 0.0 if at_margin == 0.0 else min(1.0, left / at_margin)
    for order in range(len(price)):
        filled[order] = 0.0
        if volume > 0.0 and sign * price[order] > sign * marginal:
            filled[order] = quantity[order]
        elif volume > 0.0 and price[order] == marginal:
            filled[order] = quantity[order] * part


@compiled(*numbers(2, 2, 2, 2), REAL)
def call(bid_quantity, bid_price, ask_quantity, ask_price, slack_share):
    """Clear every book: volume, low, high, price (books,), bought, sold as their orders, buyers' and sellers' surplus
    (books,)."""
    books, bids, asks = bid_quantity.shape[0], bid_quantity.shape[1], ask_quantity.shape[1]
    volume, low, high, price = np.zeros(books), np.zeros(books), np.zeros(books), np.zeros(books)
    bought, sold, buyers, sellers = np.empty((books, bids)), np.empty((books, asks)), np.zeros(books), np.zeros(books)
    bid_demand, bid_supply, ask_demand, ask_supply = np.empty(bids), np.empty(bids), np.empty(asks), np.empty(asks)
    for r in range(books):
        orders = bid_quantity[r], bid_price[r], ask_quantity[r], ask_price[r]
        _curves(bid_price[r], *orders, bid_demand, bid_supply)
        _curves(ask_price[r], *orders, ask_demand, ask_supply)
        wanted, offered = 0.0, 0.0
        for order in range(bids):
            wanted += bid_quantity[r, order]
        for order in range(asks):
            offered += ask_quantity[r, order]
        slack = slack_share * max(wanted, offered)
        volume[r] = _volume(bid_demand, bid_supply, ask_demand, ask_supply, slack)
        bid, refused_bid = _margins(bid_quantity[r], bid_price[r], bid_demand, volume[r], slack, 1.0)
        ask, refused_ask = _margins(ask_quantity[r], ask_price[r], ask_supply, volume[r], slack, -1.0)
        if volume[r] > 0.0:
            low[r], high[r] = max(ask, refused_bid), min(bid, refused_ask)
            price[r] = 0.5 * (low[r] + high[r])
        _fill(bid_quantity[r], bid_price[r], bid, volume[r], 1.0, bought[r])
        _fill(ask_quantity[r], ask_price[r], ask, volume[r], -1.0, sold[r])
        for order in range(bids):
            buyers[r] += bought[r, order] * (bid_price[r, order] - price[r])
        for order in range(asks):
            sellers[r] += sold[r, order] * (price[r] - ask_price[r, order])
    return volume, low, high, price, bought, sold, buyers, sellers
