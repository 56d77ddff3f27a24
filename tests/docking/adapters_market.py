"""Docking adapters of the parts in which players meet: the exchange, cases and concentration."""

from __future__ import annotations

import re

import numpy as np

from sim.arrays import total_by
from sim.enforcement import cases
from sim.equilibrium import exchange, welfare
from tests.docking.worlds import Answer, Worlds, answers, places


def _call(w: Worlds) -> exchange.Call:
    bids, asks = w["bids"], w["asks"]
    return exchange.call(bids[..., 1], bids[..., 0], asks[..., 1], asks[..., 0])


def _figures(done: exchange.Call) -> Answer:
    return {
        "volume": done.volume,
        "price_lo": done.price_lo,
        "price_hi": done.price_hi,
        "price": done.price,
        "gains": done.gains,
        "buyer_surplus": done.buyer_surplus,
        "seller_surplus": done.seller_surplus,
        "buyer_fills": done.bought,
        "seller_fills": done.sold,
    }


@answers("P23")
def step_books(w: Worlds) -> Answer:
    return _figures(_call(w))


@answers("P24")
def ties(w: Worlds) -> Answer:
    return _figures(_call(w))


@answers("P29")
def waiting_for_a_case(w: Worlds) -> Answer:
    def waits(quarters: float) -> Answer:
        within = np.full(len(w), quarters)
        inputs = (w[key] for key in ("hazard_per_quarter", "investigation_quarters", "p_infringement"))
        return cases.waiting_time(*inputs, within, within)

    once = waits(1.0)
    answer: Answer = {
        "mean_wait": once["mean_wait"],
        "median_wait_quarters": once["median_wait"],
        "expected_quarter_of_decision": once["decision"],
    }
    for what, kind in (("opened_within", "opened"), ("remedy_in_force_by", "in_force")):
        for key, (quarters,) in w.keys(rf"P_{what}_q?(\d+)q?"):
            answer[key] = waits(float(quarters))[kind]
    return answer


@answers("P28")
def concentration(w: Worlds) -> Answer:
    owner = list(w.plain("owner"))
    buyer, target = re.fullmatch(r"(.+) buys (.+)", w.plain("merger")).groups()  # type: ignore[union-attr]
    merged = [buyer if name == target else name for name in owner]
    before, after = (welfare.hhi(total_by(w["shares"], place, len(set(owner)))) for place in places(owner, merged))
    merged_share = w["shares"][:, [k for k, name in enumerate(merged) if name == buyer]].sum(axis=1)
    by_index, by_share = cases.presumptions(before, after, merged_share)
    return {
        "hhi_pre": before,
        "hhi_post": after,
        "delta": after - before,
        "presumption_HHI1800_delta100": by_index,
        "presumption_share30_delta100": by_share,
    }
