"""How labs decide what compute they want and for how long they commit, and what they charge for their product."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.strategies.registry import strategy
from agents.strategies.segment import follow_spending
from sim.arrays import Array, power, ratio
from sim.contract import LabBriefing, LabDecision, PublicBriefing

SECOND_BACK_END_MUSD = 40.0
"""Default work on a second back end, musd a quarter: at most this much,"""
SECOND_BACK_END_MUSD_PER_H100E = 0.001
"""and at most so much for every H100e that the lab had in use at the start."""
RUNWAY_FLOOR_QUARTERS = 4.0
"""Training is cut when cash and promised funding last for fewer quarters,"""
LEAST_TRAINING = 0.4
"""but never below this part of the plan."""
SHARES = (0.2, 0.8)
"""Bounds of the training share."""
OWN_COST_WEIGHT = 0.5
"""How far a price follows the lab's own cost of serving, the rest being that of all labs. Judgement."""


@strategy("steady-growth", "lab", default=True, cites=("kaplan2020",))
class SteadyGrowth:
    """Train on the spending plan, rent what serving customers takes on top, let token prices follow the cost of
    serving."""

    def decide(self, own: LabBriefing, market: PublicBriefing) -> LabDecision:
        """What it wants in use, for how long, its work on portability, and its product."""
        return self.put_together(own, self.training(own), own.inference_h100e, self.token_price(own))

    def put_together(self, own: LabBriefing, training: Array, serving: Array, token_price: Array) -> LabDecision:
        """A decision from compute for training and for serving; the rest as usual."""
        wanted = training + serving
        share = np.where(wanted > 0.0, ratio(training, wanted), own.training_share)
        return replace(
            own.usual(),
            wanted_h100e=wanted,
            portability_musd=self.back_end(own),
            training_share=np.clip(share, *SHARES),
            token_price_usd_per_mtoken=np.clip(token_price, 1e-4, 1e4),
        )

    def training(self, own: LabBriefing) -> Array:
        """Training part of the spending plan, cut when the runway is short."""
        means = own.cash_musd + own.funding_left_musd
        lasts = np.where(own.burn_musd > 0.0, ratio(np.maximum(means, 0.0), own.burn_musd), RUNWAY_FLOOR_QUARTERS)
        return self.plan(own) * np.clip(lasts / RUNWAY_FLOOR_QUARTERS, LEAST_TRAINING, 1.0)

    def plan(self, own: LabBriefing) -> Array:
        """Compute for training as spending and the price of useful work have it: (worlds,) H100e."""
        return follow_spending(own)[:, 0] * own.training_share

    def token_price(self, own: LabBriefing) -> Array:
        """The starting price times what serving a token costs now over the start, partly its own cost, partly
        everybody's."""
        own_cost = power(own.serving_cost_index, OWN_COST_WEIGHT)
        return own.token_price_usd_per_mtoken * own_cost * power(own.market_cost_index, 1.0 - OWN_COST_WEIGHT)

    def back_end(self, own: LabBriefing) -> Array:
        """A second back end is kept alive."""
        return np.minimum(SECOND_BACK_END_MUSD, SECOND_BACK_END_MUSD_PER_H100E * own.start_h100e[:, 0])
