"""Where a forecast stands: the last quarter known, and the game that opens there, whose prelude is played on what was
known by then.

Today's origin is the baseline with its ensemble. An origin in the past opens between the dates of the tables: stock is
known quarter by quarter, prices are those of its prelude, and what labs hold goes on from the last date known. No
later row, delivery, deal or chip is read, and worlds draw the calibrated parameters from their prior, to be weighted
by how well they fit until then (experiments/forecast/fit.py)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from experiments import scenarios
from experiments.calibration.patterns import Plan, load_plan
from experiments.calibration.tables import GROWTH, path_of_growth
from experiments.scenarios import catalogue_of
from sim.arrays import Array
from sim.ensembles import DATED
from sim.quarters import label, ordinal
from sim.scenario import Scenario
from sim.streams import Streams

PLAN = "history-2024Q4"
"""Plan whose ranges and tolerances hold at origins in the past."""
SECOND_JUDGEMENT = "2024Q4"
"""From here on growth of power and budgets is as judged at the end of 2024, before as judged at the end of 2023."""


@dataclass(frozen=True)
class Origin:
    """The last quarter known. scenario: a shipped scenario that opens there, whose ensemble stands for the fit; none
    for an origin in the past."""

    quarter: str
    shipped: str = ""

    @cached_property
    def plan(self) -> Plan:
        """Ranges and patterns of the calibration."""
        return load_plan(PLAN)

    @cached_property
    def scenario(self) -> Scenario:
        """The game that opens there, knowing no more than was known then."""
        if self.shipped:
            return scenarios.load(self.shipped)
        opening = scenarios.load(self.plan.opening)
        judged = self.free if ordinal(self.quarter) < ordinal(SECOND_JUDGEMENT) else opening
        opening = replace(opening, parameters=judged.parameters, root_parameters=judged.root_parameters)
        opening = replace(opening, start=self.quarter, known_until=self.quarter, ensemble="")
        return replace(opening, name=f"origin-{self.quarter}", prelude=self.free)

    @cached_property
    def free(self) -> Scenario:
        """History to the origin played freely beyond the pipeline that is given: its last quarter at least is the
        model's own."""
        history = scenarios.load(self.plan.scenario)
        given = min(ordinal(history.pipeline_until), ordinal(self.quarter) - 1)
        history = replace(history, known_until=self.quarter, pipeline_until=label(given), ensemble="")
        return replace(history, quarters=ordinal(self.quarter) - ordinal(history.start))

    def drawn(self, worlds: int, seed: int) -> dict[str, Array]:
        """What worlds are given, (worlds,) by name: calibrated parameters from their prior, growth along one path. A
        keyed draw each, the same at every origin; nothing where an ensemble is shipped."""
        if self.shipped:
            return {}
        streams = Streams(seed, 0, worlds)
        ranges = self.plan.ranges(catalogue_of(self.free))
        uniform = {name: streams.at("forecast-prior", name, 0).uniform() for name in self.plan.parameters}
        found = {name: ranges[name].quantile(uniform[name]) for name in self.plan.parameters}
        first = ordinal(self.free.start)
        path = [(self.free.start, 0), (self.quarter, ordinal(self.quarter) - first)]
        dated = {f"{GROWTH}{DATED}{date}": path_of_growth(found, later) for date, later in path}
        return {name: np.asarray(one) for name, one in (found | dated).items() if name != GROWTH}


TODAY = Origin("2025Q4", "baseline")
PAST = tuple(Origin(quarter) for quarter in ("2024Q3", "2024Q4", "2025Q1", "2025Q2", "2025Q3"))
"""Origins of the backtest. The first is where three quarters of every stock are known, and a chip of every family."""
