"""How labs decide what compute they want and for how long they commit."""

from __future__ import annotations

import numpy as np

from agents.strategies.registry import strategy
from agents.strategies.segment import follow_spending
from sim.contract import SUPPLIERS, LabBriefing, LabDecision, PublicBriefing

SECOND_BACK_END_MUSD = 40.0
"""Default work on a second back end, musd a quarter: at most this much,"""
SECOND_BACK_END_MUSD_PER_H100E = 0.001
"""and at most so much for every H100e that the lab had in use at the start."""


@strategy("steady-growth", "lab", default=True)
class SteadyGrowth:
    """Follow the spending plan and the price of useful work; sign for the usual term; keep a second back end alive."""

    def decide(self, own: LabBriefing, market: PublicBriefing) -> LabDecision:
        """What it wants in use, for how long, and its work on portability."""
        wanted = follow_spending(own)
        work = np.minimum(SECOND_BACK_END_MUSD, SECOND_BACK_END_MUSD_PER_H100E * own.start_h100e[:, 0])
        term = np.clip(own.usual_term_quarters[:, 0], 1.0, 20.0)
        no_preference = np.zeros((len(term), len(SUPPLIERS)))
        return LabDecision(
            wanted[:, 0], no_preference, term, work, own.training_share, own.token_price_usd_per_mtoken, own.small_model_share
        )  # fmt: skip
