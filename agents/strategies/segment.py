"""How segments decide what they want: rules only."""

from __future__ import annotations

from dataclasses import replace

from agents.strategies.registry import strategy
from sim.arrays import Array
from sim.contract import BuyerBriefing, PublicBriefing, SegmentBriefing, SegmentDecision
from sim.market import demand


def follow_spending(own: BuyerBriefing) -> Array:
    """Spending path divided by the price that budgets have taken in, times the buyer's own shock: (worlds, types)
    H100e."""
    elasticity = own.habits.price_elasticity[:, None]
    index = own.spending_index[:, None]
    wanted = demand.wanted(own.start_h100e, index, own.felt_price_usd, own.start_price_usd, elasticity, own.shock)
    return wanted * own.level[:, None]


@strategy("follow-spending", "segment", default=True)
class FollowSpending:
    """Want what the spending path buys at the price of useful work."""

    def decide(self, own: SegmentBriefing, market: PublicBriefing) -> SegmentDecision:
        """Capacity wanted by each latent type."""
        return replace(own.usual(), wanted_h100e=follow_spending(own))
