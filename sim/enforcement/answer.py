"""Firms that starve a case: who is under one gives up a part of the conduct where it costs less than what it averts.

What the conduct earns in a quarter is the unit. Giving it up costs so much for as long as the case runs; a remedy costs
it for as long as it holds, and a fine on top. Evidence grows with conduct, so that the chance of a remedy falls in
proportion to what is given up, and the part cancels:

    gives up a part while   chance of a remedy x (quarters it holds x its strength in the market + fine) > quarters left

    fine = what is expected, at most the ceiling in law, of a year's revenue / what the conduct earns of a quarter's

With endings at a constant rate what is left of an investigation is its mean, however long it has run; a charge is a
quarter before the decision. Nothing is discounted, which leans towards giving up.
"""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.enforcement.state import CHARGED, INVESTIGATION, Agencies, Cases
from sim.parameters import Parameters
from sim.units import QUARTERS_PER_YEAR


def chance_of_remedy(cases: Cases, agencies: Agencies, p: Parameters) -> Array:
    """Chance that an open case ends in a remedy, as firms see it: that of the record, or once charged how far proof has
    got, less what courts undo. (worlds, regulators, theories)."""
    proven = np.clip(cases.evidence / agencies.proof[:, None], 0.0, 1.0) * (1.0 - agencies.court_risk[:, None])
    charged = np.where(cases.stage == CHARGED, proven, 0.0)
    return np.where(cases.stage == INVESTIGATION, p.case_remedy_share[:, None, None], charged)


def averted(cases: Cases, agencies: Agencies, p: Parameters) -> Array:
    """What a remedy would cost, in quarters of what the conduct earns, times its chance: (worlds, regulators,
    theories)."""
    fine = np.minimum(p.case_fine_expected[:, None], agencies.fine_ceiling)
    fine = QUARTERS_PER_YEAR * fine / p.conduct_earns[:, None]
    holds = (p.remedy_sunset_quarters * p.implementation_quality)[:, None] + fine
    return np.asarray(chance_of_remedy(cases, agencies, p) * holds[:, :, None])


def given_up(cases: Cases, agencies: Agencies, p: Parameters) -> Array:
    """Part of the conduct given up while a case on it is open, (worlds, regulators, theories)."""
    left = np.maximum(agencies.mean_quarters, agencies.least_quarters)[:, None]
    left = np.where(cases.stage == CHARGED, 1.0, left)
    return np.where(averted(cases, agencies, p) > left, p.case_answer[:, None, None], 0.0)
