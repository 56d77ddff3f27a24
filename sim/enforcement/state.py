"""What enforcement remembers: regulators, their cases, and the fines that cases impose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.decisions import THEORIES
from sim.roster import Roster, numbers


@dataclass(frozen=True)
class Agencies:
    """What the law gives each regulator, (regulators,): standard of proof, least quarters of an investigation, chance
    that a bare case fails in court, quarters from decision to force."""

    proof: Array
    least_quarters: Array
    court_risk: Array
    compliance_quarters: Array

    @classmethod
    def of(cls, roster: Roster) -> Agencies:
        """From the roster's table."""
        table = roster.tables["regulators"]
        return cls(*(numbers(table, name) for name in ("proof", "least_quarters", "court_risk", "compliance_quarters")))


@dataclass(frozen=True)
class Cases:
    """All cases: (worlds, regulators, theories). stage; quarters in it; evidence; remedy (position in REMEDIES) and
    strength once decided; settled by commitments; running quarters since opening. refused (worlds, regulators): code of
    the last step; complaint arrived this quarter; seen: the noisy signal of conduct; shared (worlds, regulators) 1 for
    agencies that share their evidence; annulled in court so far; fine_share due this quarter (worlds, regulators) and
    theory it is about."""

    stage: Array
    quarters: Array
    evidence: Array
    remedy: Array
    strength: Array
    settled: Array
    running: Array
    complaint: Array
    annulled: Array
    refused: Array
    haste: Array
    fine_share: Array
    fine_theory: Array
    signal: Array
    attention: Array
    seen: Array
    shared: Array

    @classmethod
    def none(cls, worlds: int, regulators: int) -> Cases:
        """Nothing open, nobody looking anywhere in particular."""
        zero, one = np.zeros((worlds, regulators, len(THEORIES))), np.zeros((worlds, regulators))
        return cls(
            stage=zero,
            quarters=zero,
            evidence=zero,
            remedy=zero,
            strength=zero,
            settled=zero,
            running=zero,
            complaint=zero,
            annulled=zero,
            refused=one,
            haste=one,
            fine_share=one,
            fine_theory=one,
            signal=one,
            attention=zero + 1.0 / len(THEORIES),
            seen=zero,
            shared=one,
        )


@dataclass(frozen=True)
class CaseFines:
    """Fines that cases imposed this quarter: cloud_share (worlds, regions) of what a region's buyers pay clouds in the
    quarter; vendor_share (worlds, families) of a vendor's revenue in the quarter."""

    cloud_share: Array
    vendor_share: Array
