"""How chip designers price and book foundry capacity."""

from __future__ import annotations

from dataclasses import replace

from agents.strategies.registry import strategy
from sim.contract import PublicBriefing, VendorBriefing, VendorDecision
from sim.supply import capacity, prices


@strategy("margin-and-forecast", "vendor", default=True, cites=("hall1939", "sterman1989"))
class MarginAndForecast:
    """Sell at the usual margin (own designs at the transfer price) and book wafers for the orders that are expected."""

    def decide(self, own: VendorBriefing, market: PublicBriefing) -> VendorDecision:
        """Chip price for now, wafers for a lead time ahead; everybody served alike when short."""
        arms_length = prices.chip_price(own.unit_cost_usd_per_h100e, own.gross_margin)
        transfer = prices.transfer_price(own.unit_cost_usd_per_h100e, own.gross_margin, own.separation)
        booking = capacity.booking_rule(
            own.order_flow_h100e,
            own.order_growth,
            own.lead_quarters[:, None],
            own.backlog_h100e,
            own.inventory_h100e,
            own.h100e_per_wafer_at_arrival,
            own.last_booking_wafers,
            own.habits.booking_growth_cap[:, None],
        )
        price = transfer if own.own_design else arms_length
        return replace(own.usual(), chip_price_usd_per_h100e=price, booking_wafers=booking)
