"""Bots for labs: a novice with the usual beginner's mistakes, and a skilled one tuned offline."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.strategies.lab import SteadyGrowth
from agents.strategies.registry import strategy, tuned
from sim.contract import LabBriefing, LabDecision, PublicBriefing


@strategy("novice-lab", "lab", grade="novice", cites=("klemperer1995",))
class NoviceLab:
    """Buy market share: prices far below the others', and compute for the best case on the longest terms."""

    cut = 0.3
    hope = 1.3
    term_quarters = 20.0

    def decide(self, own: LabBriefing, market: PublicBriefing) -> LabDecision:
        """Tokens that do not pay for the compute that serves them, and compute for too long."""
        steady = SteadyGrowth().decide(own, market)
        return replace(
            steady,
            wanted_h100e=self.hope * steady.wanted_h100e,
            term_quarters=np.full(len(own.used_h100e), self.term_quarters),
            token_price_usd_per_mtoken=(1.0 - self.cut) * steady.token_price_usd_per_mtoken,
            portability_musd=np.zeros(len(own.used_h100e)),
        )


@strategy("skilled-lab", "lab", grade="skilled", cites=("hooke1961",))
@dataclass(frozen=True)
class SkilledLab:
    """The steady rule with its training, room for customers, prices, terms and leaning to cheap chips tuned offline."""

    training_level: float = tuned("lab", "training_level", 0.0, -0.2, 0.4, "Log of training over steady.")
    serving_level: float = tuned("lab", "serving_level", 0.0, -0.3, 0.4, "Log of compute for serving over steady.")
    price_level: float = tuned("lab", "price_level", 0.0, -0.3, 0.2, "Log of the token price over steady.")
    term_factor: float = tuned("lab", "term_factor", 1.0, 0.5, 2.0, "Terms over steady.")
    portability_factor: float = tuned("lab", "portability_factor", 1.0, 0.0, 3.0, "Second back ends over steady.")
    cheap_chips: float = tuned("lab", "cheap_chips", 0.0, 0.0, 4.0, "Log odds per log point that a chip is cheaper.")

    def decide(self, own: LabBriefing, market: PublicBriefing) -> LabDecision:
        """From this quarter's briefing alone."""
        rule = SteadyGrowth()
        training = rule.training(own) * np.exp(self.training_level)
        serving = own.inference_h100e * np.exp(self.serving_level)
        decided = rule.put_together(own, training, serving, rule.token_price(own) * np.exp(self.price_level))
        price = own.supplier_work_price_usd
        sold = price > 0.0
        cheapest = np.where(sold, price, np.inf).min(axis=1, keepdims=True)
        advantage = np.where(sold & np.isfinite(cheapest), np.log(cheapest / np.where(sold, price, 1.0)), 0.0)
        return replace(
            decided,
            term_quarters=np.clip(decided.term_quarters * self.term_factor, 1.0, 20.0),
            portability_musd=decided.portability_musd * self.portability_factor,
            supplier_preference=np.clip(self.cheap_chips * advantage, -6.0, 6.0),
        )
