"""Docking adapters of the parts in which players meet: the exchange."""

from __future__ import annotations

import numpy as np

from sim.enforcement import cases
from sim.equilibrium import exchange
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


@answers("P29")
def waiting_for_a_case(w: Worlds) -> Answer:
    asked = {key: float(number) for key, (_, number) in w.keys(r"P_(opened_within|remedy_in_force_by)_q?(\d+)q?")}
    opened = next(number for key, number in asked.items() if "opened" in key)
    by = next(number for key, number in asked.items() if "remedy" in key)
    found = cases.waiting_time(
        w["hazard_per_quarter"],
        w["investigation_quarters"],
        w["p_infringement"],
        np.full(len(w), opened),
        np.full(len(w), by),
    )
    return {
        "mean_wait": found["mean_wait"], f"P_opened_within_{opened:.0f}q": found["opened"], "median_wait_quarters": found["median_wait"],
        "expected_quarter_of_decision": found["decision"], f"P_remedy_in_force_by_q{by:.0f}": found["in_force"],
    }  # fmt: skip
