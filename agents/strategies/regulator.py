"""How regulators act in this version: they enforce what the scenario dates."""

from __future__ import annotations

from agents.strategies.registry import strategy
from sim.contract import PublicBriefing, RegulatorBriefing, RegulatorDecision


@strategy("by-the-docket", "regulator", default=True)
class ByTheDocket:
    """Enforce the remedies that the scenario schedules for the coming quarter, no more and no less."""

    def decide(self, own: RegulatorBriefing, market: PublicBriefing) -> RegulatorDecision:
        """Strength of each remedy from the next quarter."""
        return RegulatorDecision(own.scheduled_strength)
