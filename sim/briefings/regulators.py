"""What a regulator is shown."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.briefings.view import View, locked
from sim.contract import RegulatorBriefing
from sim.enforcement import cases as steps
from sim.equilibrium import welfare


def regulator(v: View, name: str, scheduled: Array) -> RegulatorBriefing:
    """What law schedules for the coming quarter in a regulator's region, (worlds, regions, remedies), and how its cases
    stand."""
    roster, cases, agencies, use = v.given.roster, v.opened.cases, v.given.agencies, v.opened.use
    k = roster.regulators.index(name)
    region = int(roster.regulator_region[k])
    return locked(
        RegulatorBriefing,
        name=name,
        scheduled_strength=np.ascontiguousarray(scheduled[:, region]),
        stage=cases.stage[:, k],
        stage_quarters=cases.quarters[:, k],
        evidence_over_proof=cases.evidence[:, k] / agencies.proof[k],
        signal_seen=cases.seen[:, k],
        complaint=cases.complaint[:, k],
        commitments_offered=steps.offered(cases, agencies)[:, k],
        not_possible=steps.refusals(cases, agencies)[:, k],
        refused=cases.refused[:, k],
        hhi_cloud=welfare.hhi(use.by_owner(roster)[:, roster.is_cloud]),
        hhi_silicon=welfare.hhi(use.by_family(roster)),
        last=v.last(name),
    )
