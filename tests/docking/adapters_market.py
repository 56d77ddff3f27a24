"""Docking adapters of the parts in which players meet: the exchange."""

from __future__ import annotations

from sim import exchange
from tests.docking.adapters import Answer, Worlds, answers


def _call(w: Worlds) -> exchange.Call:
    bids, asks = w["bids"], w["asks"]
    return exchange.call(bids[..., 1], bids[..., 0], asks[..., 1], asks[..., 0])


def _figures(done: exchange.Call) -> Answer:
    return {
        "volume": done.volume, "price_lo": done.price_lo, "price_hi": done.price_hi, "price": done.price, "gains": done.gains,
        "buyer_surplus": done.buyer_surplus, "seller_surplus": done.seller_surplus,
    }  # fmt: skip


@answers("P23")
def step_books(w: Worlds) -> Answer:
    return _figures(_call(w))


@answers("P24")
def ties(w: Worlds) -> Answer:
    done = _call(w)
    return {**_figures(done), "seller_fills": done.sold}
