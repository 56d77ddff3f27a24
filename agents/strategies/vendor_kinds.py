"""Kinds of chip designer that differ from the default in what they use: whom they serve, loyalty, price, openness.

A design arm sells to its own cloud at the transfer price: there the price is left alone, and there is nobody to
rebate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.strategies.registry import setting, strategy
from agents.strategies.vendor import MarginAndForecast
from sim.arrays import Array, power
from sim.contract import PublicBriefing, VendorBriefing, VendorDecision


def listed(own: VendorBriefing, steady: VendorDecision, factor: float | Array) -> Array:
    """The usual list price times a factor, never below unit cost; an own design keeps its transfer price."""
    price = np.maximum(steady.chip_price_usd_per_h100e * factor, own.unit_cost_usd_per_h100e)
    return steady.chip_price_usd_per_h100e if own.own_design else price


@strategy("strategic-allocation", "vendor", cites=("rey2007",))
@dataclass(frozen=True)
class StrategicAllocation:
    """Serve the largest customers first when short, and book enough never to be short with them again."""

    weight: float = setting(1.0, 0.2, 1.0, "How much of the allocation goes by size of order.")
    ahead: float = setting(1.15, 1.0, 1.5, "Bookings over the forecast.")

    def decide(self, own: VendorBriefing, market: PublicBriefing) -> VendorDecision:
        """Allocation by size of order; bookings ahead of the forecast."""
        steady = MarginAndForecast().decide(own, market)
        worlds = len(own.cash_musd)
        return replace(
            steady, strategic_allocation=np.full(worlds, self.weight), booking_wafers=self.ahead * steady.booking_wafers
        )


@strategy("rebate-linked", "vendor", cites=("rey2007", "spengler1950"))
@dataclass(frozen=True)
class RebateLinked:
    """Raise the list price and hand it back to those who buy from nobody else."""

    rebate: float = setting(0.15, 0.03, 0.4, "Share of the price handed back to who buys nowhere else.")
    list_premium: float = setting(0.12, 0.0, 0.4, "List price over the usual.")

    def decide(self, own: VendorBriefing, market: PublicBriefing) -> VendorDecision:
        """Loyalty decides what a buyer pays and how soon it is served."""
        steady = MarginAndForecast().decide(own, market)
        rebate = np.zeros(len(own.cash_musd)) if own.own_design else np.full(len(own.cash_musd), self.rebate)
        return replace(
            steady, loyalty_rebate=rebate, chip_price_usd_per_h100e=listed(own, steady, 1.0 + self.list_premium)
        )


@strategy("penetration", "vendor", cites=("spence1981",))
@dataclass(frozen=True)
class Penetration:
    """Price at the cost of a few quarters from now and book for the volume that brings it about."""

    learning_quarters: float = setting(4.0, 1.0, 12.0, "How far ahead the cost is that it prices at, quarters.")
    cost_fall_a_quarter: float = setting(0.05, 0.02, 0.1, "Expected fall of unit cost a quarter.")
    ahead: float = setting(1.3, 1.05, 2.0, "Bookings over the forecast.")

    def decide(self, own: VendorBriefing, market: PublicBriefing) -> VendorDecision:
        """Margins later, volume and experience now."""
        steady = MarginAndForecast().decide(own, market)
        later = power(1.0 - self.cost_fall_a_quarter, self.learning_quarters)
        return replace(
            steady,
            chip_price_usd_per_h100e=listed(own, steady, later),
            booking_wafers=self.ahead * steady.booking_wafers,
        )


@strategy("open-stack", "vendor", cites=("katz1985",))
@dataclass(frozen=True)
class OpenStack:
    """Open the software, put research into it, and guarantee prices to whoever comes."""

    openness: float = setting(1.0, 0.6, 1.0, "Openness of the stack, 1 = open.")
    to_software: float = setting(0.25, 0.05, 0.5, "Share of research moved from the next chip to software.")
    guarantee_mw: float = setting(150.0, 0.0, 300.0, "Deliveries a quarter whose price will not rise, MW.")

    def decide(self, own: VendorBriefing, market: PublicBriefing) -> VendorDecision:
        """Less for the next chip, more for the stack; a new customer's price will not rise."""
        steady = MarginAndForecast().decide(own, market)
        worlds = len(own.cash_musd)
        return replace(
            steady,
            openness=np.full(worlds, self.openness),
            research_share=np.clip(own.research_share - self.to_software, 0.2, 0.8),
            price_guarantee_mw=np.full(worlds, 0.0 if own.own_design else self.guarantee_mw),
        )
