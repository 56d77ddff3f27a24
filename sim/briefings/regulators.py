"""What a regulator is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.arrays import Array, total_by
from sim.briefings.public import locked
from sim.contract import (
    RegulatorBriefing,
)
from sim.enforcement import cases as regulation
from sim.equilibrium import welfare

if TYPE_CHECKING:
    from sim.game import Game


def regulator(name: str, region: int, scheduled: Array, game: Game) -> RegulatorBriefing:
    """What law schedules for the coming quarter in a regulator's region."""
    k, cases, agencies = game.roster.regulators.index(name), game.cases, game.agencies
    rented = total_by(game.in_use(), game.roster.pool_owner, len(game.roster.owners))[:, game.roster.is_cloud]
    used = total_by(game.in_use(), game.roster.pool_family, len(game.roster.families))
    return locked(RegulatorBriefing(
        name=name, scheduled_strength=np.ascontiguousarray(scheduled[:, region]), stage=cases.stage[:, k],
        stage_quarters=cases.quarters[:, k], evidence_over_proof=cases.evidence[:, k] / agencies.proof[k],
        signal_seen=game.conduct_seen[:, k], complaint=cases.complaint[:, k],
        commitments_offered=regulation.offered(cases, agencies)[:, k], not_possible=regulation.refusals(cases, agencies)[:, k],
        refused=cases.refused[:, k], hhi_cloud=welfare.hhi(rented), hhi_silicon=welfare.hhi(used), last=game.last.get(name),
    ))  # fmt: skip
