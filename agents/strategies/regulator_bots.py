"""Bots for regulators: a novice with the usual beginner's mistakes, and a skilled one tuned offline."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.strategies.registry import strategy, tuned
from agents.strategies.regulator import CHARGE, INFORMATION, OPEN, REMEDY, farthest, looking_at, remedy_for
from sim.contract import THEORIES, PublicBriefing, RegulatorBriefing, RegulatorDecision
from sim.remedies import REMEDIES

LEFT_ALONE = 0.05
"""A theory of harm with no more weight than this is not pursued."""


@strategy("novice-regulator", "regulator", grade="novice", cites=("easterbrook1984",))
class NoviceRegulator:
    """Demand the strongest remedy everywhere at once, before there is proof: steps that fail, and standing that is
    lost."""

    def decide(self, own: RegulatorBriefing, market: PublicBriefing) -> RegulatorDecision:
        """Goes round the theories of harm and asks for the next step of each, ready or not."""
        worlds = len(own.stage)
        theory = np.full(worlds, float(market.quarter % len(THEORIES)))
        stage = own.stage[:, int(theory[0])]
        step = np.where(stage < OPEN, float(OPEN), np.where(stage == OPEN, float(CHARGE), float(REMEDY)))
        return replace(
            own.usual(),
            step=step,
            theory=theory,
            remedy=np.full(worlds, float(REMEDIES.index("structural_separation"))),
            strength=np.ones(worlds),
            fine_share=np.full(worlds, 0.1),
        )


@strategy("skilled-regulator", "regulator", grade="skilled", cites=("easterbrook1984", "hooke1961"))
@dataclass(frozen=True)
class SkilledRegulator:
    """Works the cases worth most to buyers, never asks before there is proof; focus, strength and when to settle tuned
    offline."""

    preferring: float = tuned("regulator", "preferring", 0.5, 0.0, 1.0, "Weight of own chips preferred.")
    tying: float = tuned("regulator", "tying", 1.0, 0.0, 1.0, "Weight of tying and allocation.")
    partnerships: float = tuned("regulator", "partnerships", 0.5, 0.0, 1.0, "Weight of lab partnerships.")
    exit_fees: float = tuned("regulator", "exit_fees", 1.0, 0.0, 1.0, "Weight of charges for leaving.")
    strength: float = tuned("regulator", "strength", 0.7, 0.2, 1.0, "Strength of what it imposes.")
    margin: float = tuned("regulator", "margin", 1.1, 1.0, 1.6, "Proof over the standard before it imposes.")
    settle: float = tuned("regulator", "settle", 0.0, 0.0, 1.0, "Takes commitments when above a half.")

    def decide(self, own: RegulatorBriefing, market: PublicBriefing) -> RegulatorDecision:
        """From this quarter's briefing alone; a theory with no weight is left alone."""
        weight = np.array([self.preferring, self.tying, self.partnerships, self.exit_fees])
        left_alone = (weight <= LEFT_ALONE)[None, :, None]
        mine = replace(own, not_possible=np.where(left_alone, 1.0, own.not_possible))
        step, theory = farthest(mine, (REMEDY, CHARGE, OPEN, INFORMATION))
        proof = own.evidence_over_proof[np.arange(len(theory)), theory.astype(np.int64)]
        step = np.where((step == REMEDY) & (proof < self.margin), 0.0, step)
        worlds = len(step)
        return replace(
            own.usual(),
            attention=looking_at(weight[None] * (0.2 + np.minimum(own.evidence_over_proof, 1.0))),
            step=step,
            theory=theory,
            remedy=remedy_for(theory),
            strength=np.full(worlds, self.strength),
            share_evidence=np.ones(worlds),
            accept_commitments=np.full(worlds, float(self.settle > 0.5)),
        )
