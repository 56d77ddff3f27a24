"""Evidence made by hand: every path is 1 in every variant, quarter and metric, but where a test says otherwise.

Worlds differ by a per cent or two either way, in levels: a mean difference is as written, and so is a ratio."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from experiments.theory import trial
from experiments.theory.evidence import Check, Evidence, Hypothesis
from sim.arrays import Array
from sim.metrics import LOCK_IN_METRICS, METRICS

HYPOTHESES = {one.key: one for one in trial.HYPOTHESES}
WORLDS = np.array([[0.98], [0.99], [1.0], [1.01], [1.02]])
Paths = Mapping[tuple[str, str], Mapping[int, float]]
"""(variant, metric) -> quarter -> the mean over worlds."""
Index = Mapping[tuple[str, str, str, str, int], float]
"""(variant, level, name, column, quarter) of the lock-in index -> the mean over worlds."""


Change = tuple[str, str, int, float]
"""(variant, metric, quarter, value)."""
Turned = tuple[tuple[Change, ...], tuple[int, ...]]
"""Changes, and the positions of the checks that fail because of them."""
BY_STATISTICS = ("S04", "S15", "S16", "S17", "S18", "S30", "S31", "S32")
"""Hypotheses whose rules are no plain differences: test_judged_statistics.py."""


class Made(Evidence):
    """Gives a hypothesis what it asks for, and refuses a variant, a quarter or a metric that is never played."""

    def __init__(self, one: Hypothesis, paths: Paths, index: Index | None = None, alone: bool = False) -> None:
        super().__init__()
        self.factor = WORLDS[2:3] if alone else WORLDS
        self.paths, self.index = paths, index or {}
        played = {variant.name: variant for variant in trial.variants([one])}
        self.quarters = {name: min(variant.quarters, trial.QUARTERS) for name, variant in played.items()}
        self.looked_at = {name: variant.lock_in for name, variant in played.items()}
        wrong = {(v, m, q) for (v, m), path in paths.items() for q in path if not q <= self.quarters[v]}
        assert not wrong, wrong

    def path(self, variant: str, metric: str) -> Array:
        assert metric in {one.name for one in METRICS}, metric
        path = np.ones(self.quarters[variant])
        for quarter, value in self.paths.get((variant, metric), {}).items():
            path[quarter - 1] = value
        return self.factor * path

    def lock_in(self, variant: str, level: str, name: str, column: str, which: int = -1) -> Array:
        assert column in {one.name for one in LOCK_IN_METRICS}, column
        quarter = self.looked_at[variant][which]
        return self.factor[:, 0] * self.index.get((variant, level, name, column, quarter), 1.0)


def changed(paths: Paths, *changes: Change) -> Paths:
    """The paths with other values."""
    found = {key: dict(path) for key, path in paths.items()}
    for variant, metric, quarter, value in changes:
        found.setdefault((variant, metric), {})[quarter] = value
    return found


def read(text: str) -> list[Change]:
    """The values that a text gives: 'variant metric: q4 0.5, q8 0.6; another metric: q4 1.5'."""
    found = []
    for one in text.split("; "):
        path, _, values = one.partition(": ")
        variant, metric = path.split()
        for quarter, value in (pair.split() for pair in values.split(", ")):
            found.append((variant, metric, int(quarter.removeprefix("q")), float(value)))
    return found


@dataclass(frozen=True)
class Case:
    """What theory says of a hypothesis, in numbers; see judged.toml."""

    key: str
    paths: Paths
    means: tuple[float, ...]
    reported: tuple[int, ...] = ()
    turned: tuple[Turned, ...] = ()
    index: Index = field(default_factory=dict)

    @property
    def hypothesis(self) -> Hypothesis:
        return HYPOTHESES[self.key]

    def checks(self, *changes: Change, alone: bool = False) -> list[Check]:
        """What the rule makes of the paths, some of them changed."""
        return self.hypothesis.judge(Made(self.hypothesis, changed(self.paths, *changes), self.index, alone))


def failing(checks: list[Check]) -> tuple[int, ...]:
    return tuple(k for k, check in enumerate(checks) if not check.holds)


def held(case: Case) -> None:
    """Every check holds, about the mean that a hand works out, and what is only reported is so marked."""
    checks = case.checks()
    assert [check.estimate.mean for check in checks] == pytest.approx(list(case.means), abs=1e-12)
    assert failing(checks) == ()
    assert tuple(k for k, check in enumerate(checks) if not trial.asserted(check)) == case.reported


def found_turned(case: Case) -> None:
    """A value that contradicts theory fails the checks that rest on it, and no others."""
    for changes, positions in case.turned:
        assert failing(case.checks(*changes)) == positions, changes
    asserted = set(range(len(case.means))) - set(case.reported)
    assert {k for _, positions in case.turned for k in positions} == asserted


def undecided_by_one_world(case: Case) -> None:
    """Of one world no sign is known: whatever is asserted of an interval fails."""
    checks = case.checks(alone=True)
    of_signs = {k for k, check in enumerate(checks) if check.wanted in ("above 0", "below 0", "not 0")}
    assert of_signs and set(failing(checks)) == of_signs


def cases() -> list[Case]:
    """All that judged.toml holds."""
    rows = tomllib.loads((Path(__file__).parent / "judged.toml").read_text(encoding="utf-8"))
    return [_case(key, row) for key, row in rows.items()]


def _case(key: str, row: Mapping[str, list[str]]) -> Case:
    turned = []
    for text in row["turned"]:
        values, _, positions = text.partition(" |")
        turned.append((tuple(read(values)), tuple(int(one) for one in positions.split())))
    paths = changed({}, *(one for text in row["paths"] for one in read(text)))
    return Case(key, paths, tuple(map(float, row["means"])), tuple(map(int, row.get("reported", []))), tuple(turned))
