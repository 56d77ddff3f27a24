"""How regulators act: what they look at, when they take a step, and what they impose."""

from __future__ import annotations

import numpy as np

from agents.strategies.registry import strategy
from sim.contract import THEORIES, PublicBriefing, RegulatorBriefing, RegulatorDecision


@strategy("by-the-docket", "regulator", default=True)
class ByTheDocket:
    """Enforce the rules that law dates for the coming quarter, no more and no less, and open no case."""

    def decide(self, own: RegulatorBriefing, market: PublicBriefing) -> RegulatorDecision:
        """Dated rules from the next quarter; no step."""
        worlds = len(own.scheduled_strength)
        none = np.zeros(worlds)
        evenly = np.full((worlds, len(THEORIES)), 1.0 / len(THEORIES))
        return RegulatorDecision(own.scheduled_strength, evenly, none, none, none, none, none, none, none, none)
