"""A cloud that sets prices as the best response to its rivals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.strategies.cloud import BuildToDemand
from agents.strategies.cloud_kinds import moved, posted
from agents.strategies.registry import setting, strategy
from sim.arrays import Array
from sim.contract import CloudBriefing, CloudDecision, PublicBriefing
from sim.equilibrium import competition
from sim.equilibrium.competition import Market

SMALLEST_SHARE = 1e-6
OUTSIDE_SHARE = 0.05
"""Part of the market that is taken to wait or stay away at today's prices."""


@strategy("best-response", "cloud", cites=("nocke2018", "anderson1992"))
@dataclass(frozen=True)
class BestResponse:
    """Post the prices that maximise one's own margin given what rivals sell for, and what fills capacity where demand
    exceeds it."""

    speed: float = setting(0.4, 0.2, 1.0, "Part of the way to the best response in a quarter.")

    def decide(self, own: CloudBriefing, market: PublicBriefing) -> CloudDecision:
        """Prices at the core by multi-product logit Bertrand in log prices; other pools and all orders as usual."""
        steady = BuildToDemand().decide(own, market)
        active = ~own.edge & (own.market_share > SMALLEST_SHARE)
        best = moved(own, self._target(own), self.speed)
        price = np.where(active, best, steady.price_usd_per_h100e_hour)
        return replace(steady, price_usd_per_h100e_hour=np.maximum(price, own.cash_cost_usd))

    def _target(self, own: CloudBriefing) -> Array:
        """Best response at the shares of last quarter; a full pool goes up by what its shadow price is worth in
        money."""
        alpha = own.habits.price_sensitivity
        share = np.maximum(own.market_share * ~own.edge, SMALLEST_SHARE) * (1.0 - OUTSIDE_SHARE)
        now = posted(own)
        used = np.maximum(alpha, competition.SMALLEST_LOG_SENSITIVITY)[:, None]
        others = 1.0 - share.sum(axis=1)  # rivals and the outside, on the scale of shares: H = 1 today
        quality = np.log(share) + used * np.log(now)
        whole = Market(
            quality, own.long_run_cost_usd, alpha, np.zeros(share.shape[1], dtype=np.int64), np.zeros(len(alpha)), True
        )
        best = competition.best_response(whole, np.maximum(others, SMALLEST_SHARE)[:, None]).price
        scarce = np.exp(np.minimum(own.shadow_price / np.maximum(alpha, 1.0)[:, None], 1.0))
        full = own.booked_share > 0.98
        return np.where(full, np.maximum(best, now * scarce), best)
