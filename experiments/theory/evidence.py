"""What hypotheses are judged by: variants of the baseline played on shared draws, and checks on paired differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from experiments.batch.engine import Cell, Played, Size
from experiments.stats import Estimate, broken_worlds, estimate, left_out
from sim.arrays import Array
from sim.scenario import Scenario
from sim.shocks import Shock

BASE = "base"
START, END = "2026Q1", "2045Q4"
ONE_SIDED = 0.90
"""Level of a two-sided interval either end of which is a one-sided 95 % bound."""
REGIONS = ("us", "eu", "uk", "rest")
SIGN, AMBIGUOUS, PLACEBO = "sign", "ambiguous", "placebo"
BELOW, ABOVE, NOTHING, SOMETHING, REPORTED = "below 0", "above 0", "exactly 0", "not 0", "reported"
ROUNDING = 1e-12
"""What is nothing for figures that are summed in another order (relative)."""


How = Literal["set", "multiply_by", "add"]


def change(parameter: str, value: float, first: str = START, last: str = END, how: How = "set") -> Shock:
    """A dated change of a primitive."""
    named = {"parameter": parameter, "quarters": (first, last), "source": "hypothesis of theory"}
    return Shock.model_validate({**named, how: value})


def everywhere(name: str, value: float, first: str = START, last: str = END) -> tuple[Shock, ...]:
    """The same change in every region."""
    return tuple(change(f"{name}_{region}", value, first, last) for region in REGIONS)


@dataclass(frozen=True)
class Variant:
    """A named change of the baseline. quarters: how many are needed; lock_in: quarters whose lock-in index is; draw:
    do worlds draw the uncertain parameters?"""

    name: str
    shocks: tuple[Shock, ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)
    seats: Mapping[str, Any] = field(default_factory=dict)
    strategies: Mapping[str, str] = field(default_factory=dict)
    quarters: int = 12
    lock_in: tuple[int, ...] = ()
    draw: bool = True

    def cell(self, base: Scenario, worlds: int, quarters: int, seed: int) -> Cell:
        """The variant as a cell to be played on a base."""
        scenario = base.with_changes(self.name, self.name, dict(self.parameters), self.shocks)
        tables = ("lock_in",) if self.lock_in else ()
        return Cell(
            scenario,
            Size(worlds, min(self.quarters, quarters), seed, self.draw),
            self.strategies,
            seats=self.seats,
            more_tables=tables,
            lock_in=tuple(q for q in self.lock_in if q <= quarters),
        )


RICH = {"other_cash_factor": 10.0, "lender_multiple": 20.0}
"""Money that binds nobody: the rest of each firm pays in ten times as much, and lenders stop at twenty times EBITDA. An
owner has one purse, and what any part of its business earns or pays is there for orders wherever budgets are held to
what can be paid (sim/accounts/lending.py). Theory's placebos are of firms whose investment waits for no cash."""


@dataclass(frozen=True)
class Check:
    """One statement on paired worlds: the estimate (one-sided 95 % bounds), what theory wants of it, and whether it
    holds."""

    what: str
    estimate: Estimate
    wanted: str
    holds: bool


class Evidence:
    """Values by variant and metric, (worlds, quarters), in the order of world numbers."""

    def __init__(self) -> None:
        self._frames: dict[str, dict[str, Array]] = {}
        self._lock_in: dict[str, pd.DataFrame] = {}

    def add(self, played: Played) -> None:
        """Keep a cell's numbers."""
        frame, quarters = played.quarters, played.quarters["quarter_number"].nunique()
        numbers, broken = (
            frame.select_dtypes("number").columns.difference(["world", "quarter_number"]),
            broken_worlds(frame),
        )
        paths = {name: frame[name].to_numpy(copy=True).reshape(-1, quarters) for name in numbers}
        self._frames[played.cell.name] = {name: left_out(path, broken) for name, path in paths.items()}
        if "lock_in" in played.tables:
            self._lock_in[played.cell.name] = played.tables["lock_in"]

    def path(self, variant: str, metric: str) -> Array:
        """All quarters of a metric, (worlds, quarters)."""
        return self._frames[variant][metric]

    def at(self, variant: str, metric: str, quarter: int) -> Array:
        """A metric at a quarter (the last one that was played when the trial is shorter), (worlds,)."""
        path = self.path(variant, metric)
        return path[:, min(quarter, path.shape[1]) - 1]

    def lock_in(self, variant: str, level: str, name: str, column: str, which: int = -1) -> Array:
        """A column of the lock-in index of a family or cloud at one of the measured quarters, (worlds,)."""
        frame = self._lock_in[variant]
        quarter = sorted(frame["quarter"].unique())[which]
        rows = frame[(frame["level"] == level) & (frame["name"] == name) & (frame["quarter"] == quarter)]
        return rows.sort_values("world")[column].to_numpy()

    # --- checks -------------------------------------------------------------------------------------------------------

    def differs(self, one: str, other: str, metric: str, quarter: int, wanted: str) -> Check:
        """One variant less another at a quarter."""
        sample = self.at(one, metric, quarter) - self.at(other, metric, quarter)
        return judged(f"{metric} at q{quarter}: {one} less {other}", sample, wanted)

    def same(self, one: str, other: str, metrics: tuple[str, ...], tolerance: float = 0.0) -> Check:
        """Metrics that must be the same in every world and quarter: bit for bit, or within a relative rounding."""
        worst = np.zeros(len(self.path(one, metrics[0])))
        for metric in metrics:
            a, b = self.path(one, metric), self.path(other, metric)
            common = min(a.shape[1], b.shape[1])
            gap = np.abs(a[:, :common] - b[:, :common]) / np.maximum(np.abs(b[:, :common]), 1e-300)
            worst = np.maximum(worst, gap.max(axis=1))
        wanted = NOTHING if tolerance == 0.0 else f"within {tolerance:g}"
        return Check(
            f"{', '.join(metrics)} in every quarter: {one} against {other}",
            estimate(worst, ONE_SIDED),
            wanted,
            bool((worst <= tolerance).all()),
        )


def reported(check: Check) -> Check:
    """A check of which theory wants nothing."""
    return replace(check, wanted=REPORTED, holds=True)


def judged(what: str, sample: Array, wanted: str) -> Check:
    """A sample of one value per world against what theory wants of its mean; a broken world is no support for
    anything."""
    found = estimate(sample, ONE_SIDED)
    holds = {
        BELOW: found.high < 0.0,
        ABOVE: found.low > 0.0,
        NOTHING: bool(np.all(sample == 0.0)),
        SOMETHING: found.low > 0.0 or found.high < 0.0,
        REPORTED: True,
    }[wanted]
    return Check(what, found, wanted, bool(holds) and (wanted == REPORTED or not found.broken))


@dataclass(frozen=True)
class Hypothesis:
    """A directional statement of theory. kind: sign, ambiguous (a mechanism is asserted, the sign only reported) or
    placebo.

    judge turns evidence into checks, all of which must hold. left_out: part of the statement that the model cannot be
    asked."""

    key: str
    statement: str
    kind: str
    varied: str
    variants: tuple[Variant, ...]
    judge: Callable[[Evidence], list[Check]]
    left_out: str = ""
