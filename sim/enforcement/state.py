"""What enforcement remembers: regulators, their cases, and the fines that cases impose."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from sim.arrays import Array, Mask
from sim.decisions import THEORIES
from sim.enforcement import tempo
from sim.roster import Roster, numbers

IDLE, SCREENING, INVESTIGATION, CHARGED, DECIDED, IN_FORCE = range(6)
BY_AGENCY = ("proof", "least_quarters", "court_risk", "compliance_quarters", "fine_ceiling")


@dataclass(frozen=True)
class Agencies:
    """What the law gives each regulator, (regulators,): standard of proof, least quarters of an investigation, chance
    that a bare case fails in court, quarters from decision to force, highest fine as a share of a year's revenue;
    quarters that its cases take on average by the record; powers (regulators, remedies): what it may impose."""

    proof: Array
    least_quarters: Array
    court_risk: Array
    compliance_quarters: Array
    fine_ceiling: Array
    mean_quarters: Array
    powers: Mask

    @classmethod
    def of(cls, roster: Roster, quarter: int) -> Agencies:
        """From the roster's tables, as the record stood at the end of a quarter (an ordinal)."""
        table = roster.tables["regulators"]
        law = {name: numbers(table, name) for name in BY_AGENCY}
        return cls(**law, mean_quarters=tempo.mean_quarters(roster, quarter), powers=tempo.powers(roster))


@dataclass(frozen=True)
class Cases:
    """All cases: (worlds, regulators, theories). stage; quarters in it; evidence; remedy (position in REMEDIES) and
    strength once decided; settled by commitments; running quarters since opening; needed quarters of investigation
    before a charge (0: not known yet); answer: part of the conduct that firms gave up for it as the quarter opened;
    closed without a remedy so far. refused (worlds, regulators): code of
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
    needed: Array
    answer: Array
    closed: Array
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
            needed=zero,
            answer=zero,
            closed=zero,
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

    def known_to(self, agency: int, true: Cases) -> Cases:
        """The same with the cases of one agency as it knows them, from another market of one world.

        How long its investigations still take it does not know: that is drawn anew, but for those that are ready."""
        mine: dict[str, Array] = {}
        for one in fields(self):
            mine[one.name] = getattr(self, one.name).copy()
            mine[one.name][:, agency] = getattr(true, one.name)[0, agency]
        ready = (true.needed > 0.0) & (true.quarters >= true.needed)
        mine["needed"][:, agency] = np.where(ready, true.needed, 0.0)[0, agency]
        return Cases(**mine)


@dataclass(frozen=True)
class CaseFines:
    """Fines that cases imposed this quarter: cloud_share (worlds, regions) of what a region's buyers pay clouds in the
    quarter; vendor_share (worlds, families) of a vendor's revenue in the quarter."""

    cloud_share: Array
    vendor_share: Array
