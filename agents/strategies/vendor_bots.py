"""Bots for chip designers: a novice with the usual beginner's mistakes, and a skilled one tuned offline."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.strategies.registry import strategy, tuned
from agents.strategies.vendor import MarginAndForecast
from sim.arrays import ratio
from sim.contract import PublicBriefing, VendorBriefing, VendorDecision


@strategy("novice-vendor", "vendor", grade="novice", cites=("sterman1989",))
class NoviceVendor:
    """Book what was ordered last quarter, as if nothing grew, and cut the price a little every quarter."""

    cut = 0.04

    def decide(self, own: VendorBriefing, market: PublicBriefing) -> VendorDecision:
        """No forecast, no answer to backlog, prices that only go down."""
        steady = MarginAndForecast().decide(own, market)
        booking = np.maximum(own.order_flow_h100e, 0.0) / own.h100e_per_wafer_at_arrival
        falling = np.maximum(own.chip_price_usd_per_h100e * (1.0 - self.cut), own.unit_cost_usd_per_h100e)
        price = steady.chip_price_usd_per_h100e if own.own_design else falling
        return replace(steady, chip_price_usd_per_h100e=price, booking_wafers=booking)


@strategy("skilled-vendor", "vendor", grade="skilled", cites=("hooke1961",))
@dataclass(frozen=True)
class SkilledVendor:
    """The steady rule with its margin, its answer to backlog, its bookings and its allocation tuned offline on training
    scenarios."""

    price_level: float = tuned("vendor", "price_level", 0.0, -0.3, 0.6, "Log of the list price over steady.")
    price_backlog: float = tuned("vendor", "price_backlog", 0.0, 0.0, 0.5, "The same per quarter of backlog.")
    booking_level: float = tuned("vendor", "booking_level", 0.0, -0.5, 0.5, "Log of bookings over steady.")
    booking_backlog: float = tuned("vendor", "booking_backlog", 0.0, -0.3, 0.5, "The same per quarter of backlog.")
    strategic_allocation: float = tuned(
        "vendor",
        "strategic_allocation",
        0.0,
        0.0,
        1.0,
        "How much of the allocation goes by size of order.",
    )
    research_shift: float = tuned("vendor", "research_shift", 0.0, -0.3, 0.2, "Research moved to the next chip.")
    openness_shift: float = tuned("vendor", "openness_shift", 0.0, -0.5, 0.5, "Openness over the usual.")

    def decide(self, own: VendorBriefing, market: PublicBriefing) -> VendorDecision:
        """Price for now and wafers for a lead time ahead, from this quarter's briefing alone."""
        steady = MarginAndForecast().decide(own, market)
        waiting = np.clip(ratio(own.backlog_h100e.sum(axis=1), own.order_flow_h100e.sum(axis=1)) - 0.5, 0.0, 4.0)
        lean = np.clip(self.price_level + self.price_backlog * waiting, -1.0, 1.5)
        listed = np.maximum(steady.chip_price_usd_per_h100e * np.exp(lean), own.unit_cost_usd_per_h100e)
        price = steady.chip_price_usd_per_h100e if own.own_design else listed
        more = np.exp(np.clip(self.booking_level + self.booking_backlog * waiting, -1.5, 1.5))[:, None]
        worlds = len(price)
        return replace(
            steady,
            chip_price_usd_per_h100e=price,
            booking_wafers=steady.booking_wafers * more,
            strategic_allocation=np.full(worlds, self.strategic_allocation),
            research_share=np.clip(own.research_share + self.research_shift, 0.2, 0.8),
            openness=np.clip(own.openness + self.openness_shift, 0.0, 1.0),
        )
