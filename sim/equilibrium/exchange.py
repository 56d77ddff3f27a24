"""A uniform-price call market: as much as possible is traded, at one price inside the interval that clears.

Each world has its own book. Nothing loops over worlds: orders are sorted and added up. The price is the midpoint of
[max(marginal ask, best rejected bid), min(marginal bid, best rejected ask)]; at the margin everybody at the same limit
gets the same part (Friedman 1991; Rustichini, Satterthwaite and Williams 1994).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import kernels
from sim.arrays import Array, Index, Mask, ratio
from sim.equilibrium.demand import Demand

SLACK = 1e-12
"""Relative to the size of a book: quantities closer than this are the same."""


@dataclass(frozen=True)
class Call:
    """Outcome of a call in every world. volume, price_lo, price_hi, price, gains, buyer_surplus, seller_surplus
    (worlds,); bought (worlds, bids), sold (worlds, asks). traded says where anything changed hands; prices are 0
    elsewhere."""

    volume: Array
    price_lo: Array
    price_hi: Array
    price: Array
    bought: Array
    sold: Array
    gains: Array
    buyer_surplus: Array
    seller_surplus: Array

    @property
    def traded(self) -> Mask:
        """Where something was traded."""
        return self.volume > 0.0


def call(bid_quantity: Array, bid_price: Array, ask_quantity: Array, ask_price: Array) -> Call:
    """Clear the books: bids (worlds, bids), asks (worlds, asks); quantities are at least 0, an order of 0 is no
    order."""
    compiled = kernels.find("calls")
    if compiled is None:
        return _call(bid_quantity, bid_price, ask_quantity, ask_price)
    found = compiled.call(bid_quantity, bid_price, ask_quantity, ask_price, SLACK)
    volume, low, high, price, bought, sold, buyers, sellers = found
    return Call(volume, low, high, price, bought, sold, buyers + sellers, buyers, sellers)


def _call(bid_quantity: Array, bid_price: Array, ask_quantity: Array, ask_price: Array) -> Call:
    """Clear the books with numpy, all at once: the reference."""
    demand, supply = _curves(bid_quantity, bid_price, ask_quantity, ask_price)
    both = np.minimum(demand, supply)
    volume = both.max(axis=1, initial=0.0)
    slack = SLACK * np.maximum(bid_quantity.sum(axis=1), ask_quantity.sum(axis=1))[:, None]
    volume = np.where(volume > slack[:, 0], volume, 0.0)
    bids, asks = bid_quantity.shape[1], ask_quantity.shape[1]
    at_bids, at_asks = demand[:, :bids], supply[:, bids : bids + asks]
    open_bids, open_asks = bid_quantity > 0.0, ask_quantity > 0.0
    whole = volume[:, None]
    marginal_bid = _highest(bid_price, open_bids & (at_bids >= whole - slack))
    marginal_ask = _lowest(ask_price, open_asks & (at_asks >= whole - slack))
    rejected_bid = _highest(bid_price, open_bids & (at_bids > whole + slack))
    rejected_ask = _lowest(ask_price, open_asks & (at_asks > whole + slack))
    traded = volume > 0.0
    low = np.where(traded, np.maximum(marginal_ask, rejected_bid), 0.0)
    high = np.where(traded, np.minimum(marginal_bid, rejected_ask), 0.0)
    price = 0.5 * (low + high)
    bought = _fill(bid_quantity, bid_price > marginal_bid[:, None], bid_price == marginal_bid[:, None], volume)
    sold = _fill(ask_quantity, ask_price < marginal_ask[:, None], ask_price == marginal_ask[:, None], volume)
    buyers = (bought * (bid_price - price[:, None])).sum(axis=1)
    sellers = (sold * (price[:, None] - ask_price)).sum(axis=1)
    return Call(volume, low, high, price, bought, sold, buyers + sellers, buyers, sellers)


def _curves(bid_quantity: Array, bid_price: Array, ask_quantity: Array, ask_price: Array) -> tuple[Array, Array]:
    """Demand at or above, and supply at or below, the limit of every order, bids first: (worlds, bids + asks) each."""
    worlds, bids = bid_quantity.shape
    price = np.concatenate([bid_price, ask_price], axis=1)
    wanted = np.concatenate([bid_quantity, np.zeros_like(ask_quantity)], axis=1)
    offered = np.concatenate([np.zeros((worlds, bids)), ask_quantity], axis=1)
    order = np.argsort(price, axis=1, kind="stable")
    back = np.argsort(order, axis=1, kind="stable")
    sorted_price = np.take_along_axis(price, order, axis=1)
    supplied = np.cumsum(np.take_along_axis(offered, order, axis=1), axis=1)
    falling = np.take_along_axis(wanted, order, axis=1)[:, ::-1]
    demanded = np.cumsum(falling, axis=1)[:, ::-1]
    same_as_next = np.concatenate([sorted_price[:, :-1] == sorted_price[:, 1:], np.zeros((worlds, 1), bool)], axis=1)
    positions = np.arange(price.shape[1])
    last = np.where(same_as_next, price.shape[1], positions)  # end of a run of equal limits
    last = np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1]
    first = np.where(np.concatenate([np.zeros((worlds, 1), bool), same_as_next[:, :-1]], axis=1), -1, positions)
    first = np.maximum.accumulate(first, axis=1)
    supplied, demanded = np.take_along_axis(supplied, last, axis=1), np.take_along_axis(demanded, first, axis=1)
    return np.take_along_axis(demanded, back, axis=1), np.take_along_axis(supplied, back, axis=1)


def _highest(price: Array, among: Mask) -> Array:
    return np.asarray(np.where(among, price, -np.inf).max(axis=1, initial=-np.inf))


def _lowest(price: Array, among: Mask) -> Array:
    return np.asarray(np.where(among, price, np.inf).min(axis=1, initial=np.inf))


def _fill(quantity: Array, inside: Mask, marginal: Mask, volume: Array) -> Array:
    """What each order gets: all of it inside the margin, the same part of it at the margin."""
    full = np.where(inside, quantity, 0.0)
    at_margin = np.where(marginal, quantity, 0.0)
    left = np.maximum(volume - full.sum(axis=1), 0.0)
    part = np.minimum(1.0, ratio(left, at_margin.sum(axis=1)))
    return np.asarray(np.where(volume[:, None] > 0.0, full + at_margin * part[:, None], 0.0))


def leaning(asked: Demand, waiting: Array, offer_family: Index, families: int) -> Array:
    """Demand that waits, by the family of the direct offers it would take, in proportion to exp(V / lambda): (worlds,
    families, buyers) H100e. What leans to managed service (family below 0) is not counted. waiting (worlds, buyers,
    incumbents)."""
    compiled = kernels.find("choices")
    if compiled is not None:
        return np.asarray(compiled.leaning(asked.x, waiting, offer_family, families))
    found = np.zeros((len(waiting), families, waiting.shape[1]))
    each = ratio(waiting, asked.x.sum(axis=1))
    for offer in np.flatnonzero(offer_family >= 0):
        found[:, offer_family[offer]] += np.einsum("rbi,rbi->rb", asked.x[:, offer], each)
    return found
