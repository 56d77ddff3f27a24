"""A study made by hand: what every cell shows is written here, so that every number of its results can be worked out.

Trainium's share of use begins at 6 % and grows by 0.05 points a quarter. A factor, a part or an end of an assumption
adds so many
points each quarter, in world w by 1 + 0.5 x(w) times as much, with x evenly from -1 to 1: so means are those of the
table below."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from experiments.batch.engine import Size
from experiments.study.design import CHANCE_GROUP, Planner, StudyCell, read
from experiments.study.effects import BINDING, CORE, EDGE, PRESSURE, PRICE, UNSERVED, USED, Outcomes
from experiments.study.result import Result, read_off
from sim.arrays import Array
from sim.quarters import label, ordinal

WORLDS, QUARTERS = 8, 12
START = ordinal("2026Q1")
A_QUARTER = {
    "lock-in": 0.10, "antitrust": -0.04, "edge": -0.02,
    "lock-in-stack": 0.07, "lock-in-cloud": 0.02, "self-preferencing-ban": 0.03, "egress-and-porting": -0.05,
    "terms-and-exclusivity": -0.001, "edge-crowding": 0.04,
    "unit-cost-low": 0.20, "unit-cost-high": -0.30, "ecosystem-low": 0.01, "ecosystem-high": -0.02,
    "own-chips-first": 0.15,
    "own-silicon-low": -0.06, "own-silicon-high": 0.05,
}  # fmt: skip
"""Points of share a quarter that each adds alone."""
TOGETHER = 0.01
"""Points a quarter that lock-in and antitrust add beyond their sum."""
GROUPS = {CHANCE_GROUP: 0.9, "baseline-high": 2.0, "baseline-low": 0.5, "skilled": 1.5, "best-response": 3.0}
"""By how much effects are larger in a group."""
YARDSTICKS = {"trainium_share_installed": 0.8, "trainium_share_spend": 1.2, "trainium_share_units": 0.9}
"""The share on another yardstick, over that of use."""
X = np.linspace(-1.0, 1.0, WORLDS)
SPREAD = 1.0 + 0.5 * X


def added(cell: StudyCell, quarters: Array) -> Array:
    """Points of share that a cell adds in the mean world, (quarters,)."""
    if cell.kind in ("part", "sensitivity"):
        return np.asarray(A_QUARTER[cell.name] * quarters)
    both = TOGETHER if {"lock-in", "antitrust"} <= set(cell.factors) else 0.0
    return np.asarray(GROUPS.get(cell.group, 1.0) * (sum(A_QUARTER[one] for one in cell.factors) + both) * quarters)


def frame(cell: StudyCell, quarters: int = QUARTERS) -> pd.DataFrame:
    """The quarters of a cell, as a game would give them."""
    worlds = cell.cell.size.worlds
    number = np.arange(1.0, quarters + 1.0)
    on, x = set(cell.factors), X[:worlds, None]
    whole = 0.01 * (6.0 + 0.05 * number + 0.3 * x + added(cell, number) * (1.0 + 0.5 * x))
    own = A_QUARTER[cell.name] if cell.name == "own-chips-first" else 0.0
    moved = 0.1 * ("lock-in" in on) - 0.04 * ("antitrust" in on) + own
    at_core = 0.01 * (6.0 + 0.05 * number + 0.3 * x + moved * number)
    flat = np.ones((worlds, quarters))
    columns = {
        USED: whole,
        CORE: at_core,
        **{name: factor * whole for name, factor in YARDSTICKS.items()},
        BINDING: flat * (0.6 + 0.1 * ("lock-in" in on)),
        PRICE: flat * (1.5 - 0.1 * ("antitrust" in on)) + 0.01 * x,
        "utilisation": flat * 0.9,
        UNSERVED: flat * 0.03,
        PRESSURE: 0.4 + 0.05 * x + ("lock-in" in on) * (0.2 + 0.02 * x) - ("antitrust" in on) * (0.3 + 0.02 * x),
        "price_usd_per_h100e_hour": 2.0 + 0.1 * number * flat,
        "installed_h100e": 1e6 * number * flat * (1.0 + 0.1 * x),
        "aws_ai_revenue_musd": 5e3 * flat,
        "capex_musd": 7e3 * flat,
        EDGE: flat * (0.40 + 0.01 * number + 0.05 * x + (0.1 if cell.name == "unit-cost-low" else 0.0)),
        "cost_edge_tpu": flat * (0.50 - 0.01 * number + 0.05 * x),
        "nonconverged": 0.0 * flat,
    }
    return pd.DataFrame(
        {
            "world": np.repeat(np.arange(worlds), quarters),
            "quarter": [label(START + k) for k in range(quarters)] * worlds,
            "quarter_number": np.tile(np.arange(1, quarters + 1), worlds),
            **{name: (v * flat).ravel() for name, v in columns.items()},
        }
    )


@cache
def study(worlds: int = WORLDS, quarters: int = QUARTERS, quick: bool = False) -> Result:
    """The whole study, read off."""
    design, size = read(), Size(worlds, quarters, 7)
    cells, outcomes = Planner(design, size, quick).cells(), Outcomes()
    for cell in cells:
        outcomes.add(cell.name, frame(cell, quarters))
    return read_off(design, size, quick, cells, outcomes)


def single(change: str, quarter: int, group: str = "") -> float:
    """What a change alone adds to the baseline of a group in the mean world."""
    return GROUPS.get(group, 1.0) * A_QUARTER[change] * quarter


def main_effect(factor: str, quarter: int, group: str = "") -> float:
    """The mean over the other factors' levels, by hand: half of what is together counts for each of the two."""
    half = 0.5 * TOGETHER if factor in ("lock-in", "antitrust") else 0.0
    return GROUPS.get(group, 1.0) * (A_QUARTER[factor] + half) * quarter
