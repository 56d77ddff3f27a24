"""What customers want of each lab over the market for all: levers on one lab, and the pace that its record shows.

    excess = own growth less that of all labs together, in the last year on record; compute and revenue, mixed
    level  = lever x exp(part of excess that lasts, fading by half in every half-life) / mean over labs

Labs grew at paces of their own, and the record of a year is a noisy guide to the next: a part of it is kept, and labs
converge to the pace of all. The mean over labs, by what they ran at the start, is taken out: who grows, not how much
labs grow in all. A lab that is wanted more is asked for more tokens; with them come its revenue and its compute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, power, ratio
from sim.parameters import Parameters
from sim.quarters import ordinal
from sim.roster import DATA, Roster, table
from sim.units import QUARTERS_PER_YEAR


@dataclass(frozen=True)
class Wanted:
    """How much each lab is wanted. level (worlds, labs) over the market for all; own (worlds, labs): log of what its
    own pace has come to; left (worlds,): part of that pace that is left."""

    level: Array
    own: Array
    left: Array

    @classmethod
    def start(cls, worlds: int, labs: int) -> Wanted:
        """At the start all are wanted as much as they sell."""
        return cls(np.ones((worlds, labs)), np.zeros((worlds, labs)), np.ones(worlds))

    def moved(self, excess: Array, size: Array, p: Parameters) -> Wanted:
        """A quarter on. excess (2, labs): log a year, of compute and of revenue; size (worlds, labs) at the start."""
        compute, revenue = excess
        weight = p.lab_growth_revenue_weight[:, None]
        pace = ((1.0 - weight) * compute + weight * revenue) * (p.lab_growth_own * self.left)[:, None]
        own = self.own + pace / QUARTERS_PER_YEAR
        raw = np.exp(own)
        mean = 1.0 + (ratio(size, size.sum(axis=1, keepdims=True)) * (raw - 1.0)).sum(axis=1)
        left = self.left * power(0.5, 1.0 / p.lab_growth_half_life_quarters)
        return replace(self, level=p.lab_demand_level * raw / mean[:, None], own=own, left=left)


def recorded(roster: Roster, known: int) -> Array:
    """What labs grew by over all labs together between the last two dates that are known by a quarter (an ordinal), log
    a year: of compute held and of revenue, (2, labs). 0 for a lab that had nothing at one of them."""
    held: dict[str, dict[int, float]] = {}
    for row in table(DATA / "anchors.csv"):
        by_date = held.setdefault(row["lab"], {})
        by_date[ordinal(row["quarter"])] = by_date.get(ordinal(row["quarter"]), 0.0) + float(row["h100e"])
    sold: dict[str, dict[int, float]] = {}
    for row in roster.tables["lab_starts"]:
        sold.setdefault(row["lab"], {})[ordinal(row["quarter"])] = float(row["revenue_musd"])
    return np.stack([_excess(roster.labs, figures, known) for figures in (held, sold)])


def _excess(labs: tuple[str, ...], figures: Mapping[str, Mapping[int, float]], known: int) -> Array:
    dates = sorted({date for lab in labs for date in figures.get(lab, {}) if date <= known})[-2:]
    if len(dates) < 2:
        return np.zeros(len(labs))
    before, after = (np.array([figures.get(lab, {}).get(date, 0.0) for lab in labs]) for date in dates)
    both = (before > 0.0) & (after > 0.0)
    grew = np.log(np.where(both, after, 1.0) / np.where(both, before, 1.0))
    in_all = np.log(after[both].sum() / before[both].sum()) if both.any() else 0.0
    return np.where(both, (grew - in_all) * QUARTERS_PER_YEAR / (dates[1] - dates[0]), 0.0)
