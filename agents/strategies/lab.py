"""How labs decide what compute they want and for how long they commit, and what they charge for their product."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from agents.strategies import lab_deals
from agents.strategies.registry import strategy
from agents.strategies.segment import follow_spending
from sim.arrays import Array, power, ratio
from sim.contract import LabBriefing, LabDecision, PublicBriefing
from sim.units import QUARTERS_PER_YEAR

SECOND_BACK_END_MUSD = 40.0
"""Default work on a second back end, musd a quarter: at most this much,"""
SECOND_BACK_END_MUSD_PER_H100E = 0.001
"""and at most so much for every H100e that the lab had in use at the start."""
RUNWAY_FLOOR_QUARTERS = 4.0
"""Training is cut when cash and promised funding last for fewer quarters,"""
LEAST_TRAINING = 0.4
"""but never below this part of the plan."""
CASH_HORIZON_QUARTERS = 8.0
"""Cash is spread over so many quarters when training is planned."""
STEEPEST = 0.25
"""Training moves by no more than this part a quarter on account of money,"""
POOREST_TRAINING = 0.15
"""and never below this part of the plan. All four: judgement."""
DEARER = 0.4
"""Rise of the token price of a lab without money to train with; less where it can pay for a part. Judgement."""
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
        plan = self.plan(own)
        affordable = self.affordable(own, plan)
        price = self.token_price(own) * (1.0 + DEARER * (1.0 - affordable))
        usual = self.put_together(own, self.within_means(own, plan, affordable), own.inference_h100e, price)
        return replace(usual, **lab_deals.yearly(own, market, usual.wanted_h100e))

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
        """Training part of the spending plan, as far as there is money for it."""
        plan = self.plan(own)
        return self.within_means(own, plan, self.affordable(own, plan))

    def within_means(self, own: LabBriefing, plan: Array, affordable: Array) -> Array:
        """The plan cut when the runway is short, and to what cash spread over the horizon and a year's funding pay
        for, the `affordable` part of it."""
        means = own.cash_musd + own.funding_left_musd
        lasts = np.where(own.burn_musd > 0.0, ratio(np.maximum(means, 0.0), own.burn_musd), RUNWAY_FLOOR_QUARTERS)
        kept = np.clip(lasts / RUNWAY_FLOOR_QUARTERS, LEAST_TRAINING, 1.0)
        return plan * np.minimum(kept, affordable)

    def affordable(self, own: LabBriefing, plan: Array) -> Array:
        """Part of the training plan that money can be found for: what trained last quarter, less or more by what means
        a quarter exceed burn, over the bill for training."""
        last = own.last
        if last is None:
            return np.ones_like(plan)
        means = np.maximum(own.cash_musd, 0.0) / CASH_HORIZON_QUARTERS + own.funding_year_musd / QUARTERS_PER_YEAR
        bill = own.bill_musd * last.training_share
        pace = 1.0 + ratio(means - own.burn_musd, bill)
        paid = ratio(own.used_h100e * last.training_share * np.clip(pace, 1.0 - STEEPEST, 1.0 + STEEPEST), plan)
        kept = np.where((own.burn_musd > means) | (paid < 1.0), np.clip(paid, POOREST_TRAINING, 1.0), 1.0)
        return np.where(own.habits.lab_credit > 0.0, kept, 1.0)

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
