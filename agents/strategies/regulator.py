"""How regulators act: what they look at, when they take a step, and what they impose."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.strategies.registry import setting, strategy
from sim.arrays import Array
from sim.contract import THEORIES, PublicBriefing, RegulatorBriefing, RegulatorDecision
from sim.enforcement.cases import CHARGED, DECIDED, NATURAL_REMEDY

INFORMATION, OPEN, CHARGE, REMEDY = 1, 2, 3, 4


def farthest(own: RegulatorBriefing, order: tuple[int, ...]) -> tuple[Array, Array]:
    """The first of these steps that is possible in some case, on the case with the most evidence: step and theory,
    (worlds,) each."""
    worlds = np.arange(len(own.stage))
    step, theory = np.zeros(len(worlds)), np.zeros(len(worlds))
    open_to_choice = np.ones(len(worlds), dtype=bool)
    for wanted in order:
        possible = own.not_possible[:, :, wanted] == 0.0
        best = np.where(possible, own.evidence_over_proof, -1.0).argmax(axis=1)
        takes = open_to_choice & possible[worlds, best]
        step, theory = np.where(takes, wanted, step), np.where(takes, best, theory)
        open_to_choice = open_to_choice & ~takes
    return step, theory


def remedy_for(theory: Array) -> Array:
    """The remedy that fits a theory of harm, (worlds,)."""
    return np.array(NATURAL_REMEDY, dtype=float)[theory.astype(np.int64)]


def looking_at(weight: Array) -> Array:
    """Shares of attention in proportion to a weight of at least nothing, even where there is none: (worlds,
    theories)."""
    total = weight.sum(axis=1, keepdims=True)
    return np.where(total > 0.0, weight / np.where(total > 0.0, total, 1.0), 1.0 / weight.shape[1])


@strategy("by-the-docket", "regulator", default=True, cites=("kydland1977",))
class ByTheDocket:
    """Enforce the rules that law dates for the coming quarter, no more and no less, and open no case."""

    def decide(self, own: RegulatorBriefing, market: PublicBriefing) -> RegulatorDecision:
        """Dated rules from the next quarter; no step."""
        return own.usual()


@strategy("hands-off", "regulator", cites=("bork1978",))
class HandsOff:
    """Let even dated rules rest and promise a safe harbour."""

    def decide(self, own: RegulatorBriefing, market: PublicBriefing) -> RegulatorDecision:
        """Nothing is enforced."""
        rests = own.usual()
        return replace(rests, remedy_strength=0.0 * own.scheduled_strength, signal=np.full(len(own.stage), 2.0))


@strategy("enforcement-first", "regulator", cites=("becker1968",))
@dataclass(frozen=True)
class EnforcementFirst:
    """Take whatever step is possible, wherever it is possible, and impose the full remedy with a fine."""

    strength: float = setting(1.0, 0.3, 1.0, "Strength of what it imposes.")
    fine_share: float = setting(0.02, 0.0, 0.1, "Fine with a remedy, share of a year's AI revenue.")

    def decide(self, own: RegulatorBriefing, market: PublicBriefing) -> RegulatorDecision:
        """The farthest possible step; attention follows what looks worst."""
        step, theory = farthest(own, (REMEDY, CHARGE, OPEN, INFORMATION))
        imposes = step == REMEDY
        worlds = len(step)
        return replace(
            own.usual(),
            attention=looking_at(own.signal_seen),
            step=step,
            theory=theory,
            remedy=remedy_for(theory),
            strength=np.full(worlds, self.strength),
            fine_share=np.where(imposes, self.fine_share, 0.0),
            signal=np.ones(worlds),
        )


@strategy("evidence-first", "regulator", cites=("easterbrook1984",))
@dataclass(frozen=True)
class EvidenceFirst:
    """Follow one case at a time, from an information order to proof well beyond the standard, and impose a measured
    remedy."""

    strength: float = setting(0.7, 0.2, 1.0, "Strength of what it imposes.")
    margin: float = setting(1.15, 1.0, 2.0, "Proof over the standard before it imposes.")

    def decide(self, own: RegulatorBriefing, market: PublicBriefing) -> RegulatorDecision:
        """All attention on the strongest case; the remedy waits until proof would stand in court; its evidence is
        shared."""
        running = np.where(
            own.stage > 0.0, own.evidence_over_proof + 10.0 * (own.stage < DECIDED), own.evidence_over_proof
        )
        focus = np.eye(len(THEORIES))[running.argmax(axis=1)]
        step, theory = farthest(own, (REMEDY, CHARGE, OPEN))
        proof = own.evidence_over_proof[np.arange(len(theory)), theory.astype(np.int64)]
        step = np.where((step == REMEDY) & (proof < self.margin), 0.0, step)
        idle = ((own.stage == 0.0) | (own.stage >= DECIDED)).all(axis=1)
        order, where = farthest(own, (INFORMATION,))
        step, theory = np.where((step == 0.0) & idle, order, step), np.where((step == 0.0) & idle, where, theory)
        worlds = len(step)
        return replace(
            own.usual(),
            attention=0.9 * focus + 0.1 / len(THEORIES),
            step=step,
            theory=theory,
            remedy=remedy_for(theory),
            strength=np.full(worlds, self.strength),
            share_evidence=np.ones(worlds),
        )


@strategy("commitments-first", "regulator", cites=("chone2014",))
@dataclass(frozen=True)
class CommitmentsFirst:
    """Open and charge in order to settle: warn in public, take commitments when they are offered, impose only after
    long refusal."""

    patience_quarters: float = setting(6.0, 2.0, 16.0, "Quarters without an offer before it imposes.")
    strength: float = setting(0.6, 0.2, 1.0, "Strength of what it imposes.")

    def decide(self, own: RegulatorBriefing, market: PublicBriefing) -> RegulatorDecision:
        """A remedy step only where a charged case has had no offer for long."""
        step, theory = farthest(own, (CHARGE, OPEN, INFORMATION))
        late = (
            (own.stage == CHARGED)
            & (own.stage_quarters > self.patience_quarters)
            & (own.not_possible[:, :, REMEDY] == 0.0)
        )
        step = np.where(late.any(axis=1), float(REMEDY), step)
        theory = np.where(late.any(axis=1), late.argmax(axis=1), theory)
        worlds = len(step)
        return replace(
            own.usual(),
            attention=looking_at(own.evidence_over_proof + 0.05),
            step=step,
            theory=theory,
            remedy=remedy_for(theory),
            strength=np.full(worlds, self.strength),
            accept_commitments=np.ones(worlds),
            signal=np.ones(worlds),
        )
