"""What must balance in every world and quarter, measured and reported: chips and demand (money:
sim/accounts/ledger.py)."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, PerWorld
from sim.decisions import broken
from sim.equilibrium.clearing import TOLERANCE
from sim.state import Quarter, State


def measure(before: State, after: State, played: Quarter) -> dict[str, Array]:
    """Metrics of a quarter, (worlds,) each; nonconverged is 1 where clearing of a site or of tokens missed its
    tolerance, or where a decision was no number."""
    residuals = [*(outcome.clearing.residual for outcome in played.outcomes), after.labs.residual]
    missed = [~(residual <= TOLERANCE) for residual in residuals]  # NaN has not cleared either
    return {
        "money_imbalance": played.statement.imbalance,
        "chip_imbalance": chip_imbalance(before, after, played),
        "demand_imbalance": demand_imbalance(played),
        "clearing_residual": np.max(residuals, axis=0),
        "clearing_evaluations": played.outcomes[0].clearing.evaluations,
        "nonconverged": np.any([*missed, broken(played.decisions)], axis=0).astype(float),
    }


def chip_imbalance(before: State, after: State, played: Quarter) -> PerWorld:
    """Chips made or lost this quarter, relative to the stock: foundry output goes to owners, abroad or inventory;
    fleets change by what arrives and what retires."""
    made, then = played.opened.made, before.supply
    given = made.output.sum(axis=1) - made.diverted.sum(axis=1) - made.delivered.sum(axis=1)
    stored = after.supply.inventory.sum(axis=1) - then.inventory.sum(axis=1)
    fleet = (
        made.installed.sum(axis=1)
        + made.retired.sum(axis=1)
        - then.fleet.total().sum(axis=1)
        - then.arriving.sum(axis=1)
    )
    return (np.abs(given - stored) + np.abs(fleet)) / made.installed.sum(axis=1)


def demand_imbalance(played: Quarter) -> PerWorld:
    """Wanted less what live commitments cover and what seeks; seeking less what was signed and what waits; relative."""
    over = 1.0 + played.opened.p.overcommitment
    worst = np.zeros(len(over))
    for outcome in played.outcomes:
        sought = outcome.seekers.mass.sum(axis=(1, 2))
        placed = (outcome.signed.sum(axis=(1, 2)) + outcome.clearing.outside.sum(axis=(1, 2))) / over
        worst = np.maximum(worst, np.abs(sought - placed) / np.maximum(sought, 1.0))
    return worst
