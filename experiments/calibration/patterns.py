"""Patterns: what calibration compares with the world. Declared as data, each with what is observed, how well, and its
source.

`experiments/data/NAME.toml` is a plan: a scenario, the parameters that are calibrated and the patterns, some of them
held out. A pattern is a sum of metrics over quarters, may be divided by other metrics or compared with other
quarters, in logs or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.arrays import Array
from sim.errors import InputError, each_once
from sim.files import explain, read_toml
from sim.metrics import METRICS
from sim.parameters import Catalogue, Parameter, parameter
from sim.quarters import ordinal

PLANS = Path(__file__).parents[1] / "data"
PER_QUARTER = {"deliveries_h100e": "delivered_h100e"}
"""Figures that are differences of a metric from the quarter before."""
GIVEN = "@given"
"""Ending of a metric that is read where stock is given."""


def plain(name: str) -> str:
    """A metric's own name."""
    return name.removesuffix(GIVEN)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pattern(_Table):
    """One comparison. `total` metrics are added up over `quarters`, divided by those of `per`, and related to the
    same over `over`.

    observed: in the unit; measurement, discrepancy: standard deviations of what is measured and of what the model
    leaves out, in the unit, or in log points when `log`; aim: how near the ensemble's median should be, likewise.
    how: a mean is over the quarters. bound: what is observed is only a bound, and whatever keeps it agrees alike.
    stock: is it compared in history as it is played freely, or with the stock of the tables given? Supply is judged on
    the first; demand on the second, so that it answers for nothing that supply missed."""

    name: str
    title: str
    total: tuple[str, ...]
    per: tuple[str, ...] = ()
    quarters: tuple[str, ...]
    over: tuple[str, ...] = ()
    how: Literal["", "ratio", "difference", "mean"] = ""
    bound: Literal["", "at most"] = ""
    log: bool = False
    unit: str
    observed: float
    measurement: float = Field(ge=0.0)
    discrepancy: float = Field(ge=0.0)
    aim: float = Field(gt=0.0)
    role: Literal["fitted", "held-out", "given"]
    stock: Literal["free", "given"] = "free"
    grade: Literal["A", "B", "C", "J"]
    source: str
    measured_to: str

    @property
    def tolerance(self) -> float:
        """Standard deviation of measurement and model discrepancy together."""
        return float(np.hypot(self.measurement, self.discrepancy))

    @property
    def target(self) -> float:
        """What is observed, on the scale of comparison."""
        return float(np.log(self.observed)) if self.log else self.observed

    def metrics(self) -> set[str]:
        """Metrics that it needs."""
        return {self._key(PER_QUARTER.get(name, name)) for name in (*self.total, *self.per)}

    def value(self, played: Mapping[str, Array], labels: Sequence[str]) -> Array:
        """The pattern in the worlds that were played, in its unit: (worlds,). played: (worlds, quarters) by metric."""
        played = {name: played[self._key(name)] for name in map(plain, played) if self._key(name) in played}
        now = _figure(played, labels, self.total, self.per, self.quarters)
        if not self.how:
            return now
        if self.how == "mean":
            return now / len(self.quarters)
        before = _figure(played, labels, self.total, self.per, self.over)
        return now / before if self.how == "ratio" else now - before

    def _key(self, metric: str) -> str:
        """How a metric is called among what was played."""
        return metric + GIVEN if self.stock == "given" else metric

    def compared(self, value: Array) -> Array:
        """Values on the scale of comparison; a value that has no logarithm counts as very small, and one that keeps a
        bound as the bound itself."""
        value = np.log(np.maximum(value, 1e-12)) if self.log else value
        return np.maximum(value, self.target) if self.bound else value


def _figure(
    played: Mapping[str, Array],
    labels: Sequence[str],
    total: tuple[str, ...],
    per: tuple[str, ...],
    quarters: tuple[str, ...],
) -> Array:
    columns = [list(labels).index(quarter) for quarter in quarters]
    amount = np.sum([series(played, name)[:, columns].sum(axis=1) for name in total], axis=0)
    if not per:
        return np.asarray(amount)
    return np.asarray(amount / np.sum([series(played, name)[:, columns].sum(axis=1) for name in per], axis=0))


def series(played: Mapping[str, Array], name: str) -> Array:
    """A metric or a figure per quarter, (worlds, quarters); the first quarter of a difference is 0."""
    if name not in PER_QUARTER:
        return played[name]
    stock = played[PER_QUARTER[name]]
    return np.diff(stock, axis=1, prepend=stock[:, :1])


class Prior(_Table):
    """A range that stands in a plan instead of in a declaration: what growth was when history begins, say."""

    name: str
    low: float
    default: float
    high: float
    source: str


class Plan(_Table):
    """What is calibrated on what. parameters: shipped in the ensemble; watched: varied too, to see whether data say
    anything about them, but left to their ranges; opening: the scenario whose prelude is played for patterns with given
    stock; derived: quarters whose starting growth is worked out from the
    path."""

    title: str
    scenario: str
    opening: str
    measured_to: str
    parameters: tuple[str, ...]
    watched: tuple[str, ...]
    derived: tuple[str, ...] = ()
    prior: tuple[Prior, ...] = ()
    pattern: tuple[Pattern, ...]

    @property
    def fitted(self) -> tuple[Pattern, ...]:
        """Patterns that decide what is accepted."""
        return tuple(one for one in self.pattern if one.role == "fitted")

    def metrics(self) -> tuple[str, ...]:
        """Metrics that all patterns need."""
        return tuple(sorted(set().union(*(one.metrics() for one in self.pattern))))

    def ranges(self, catalogue: Catalogue) -> dict[str, Parameter]:
        """Declarations of what is varied, with the plan's own ranges where it states them."""
        own = {one.name: one for one in self.prior}
        found = {}
        for name in (*self.parameters, *self.watched):
            one, _ = catalogue.find(name, self.title)
            if name in own:
                span = (own[name].low, own[name].high)
                one = parameter(
                    name, own[name].default, one.unit, span, "J", own[name].source, one.meaning, allowed=one.allowed
                )
            found[name] = one
        return found


def load_plan(name: str, folder: Path = PLANS) -> Plan:
    """A plan by name; InputError when it does not fit, uses an unknown metric, or anything measured after its cut."""
    path = folder / f"{name}.toml"
    try:
        plan = Plan.model_validate(read_toml(path))
    except ValidationError as error:
        allowed = {
            "": tuple(Plan.model_fields),
            "pattern": tuple(Pattern.model_fields),
            "prior": tuple(Prior.model_fields),
        }
        raise explain(error, path.name, allowed) from error
    each_once("pattern", (one.name for one in plan.pattern), path.name)
    each_once("parameter", (*plan.parameters, *plan.watched), path.name)
    known, problems = {metric.name for metric in METRICS}, []
    for one in plan.pattern:
        strange = sorted({plain(name) for name in one.metrics()} - known)
        problems += [f"{path.name}: {one.name}: unknown metric '{name}'." for name in strange]
        if any(ordinal(q) > ordinal(plan.measured_to) for q in (*one.quarters, *one.over, one.measured_to)):
            problems.append(f"{path.name}: {one.name}: uses a quarter after the cut {plan.measured_to}.")
    if problems:
        raise InputError("\n".join(sorted(problems)))
    return plan
