"""Runs of a design: worlds that are given their own parameters, and the metrics that are asked of them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from experiments.batch import engine
from experiments.batch.engine import Cell, Keeps, Size
from sim.arrays import Array
from sim.quarters import label, ordinal
from sim.records import Records
from sim.scenario import Scenario


def read(metrics: tuple[str, ...], records: Records) -> dict[str, Array]:
    """Metrics by name, (worlds, quarters) each."""
    return {name: records.metric(name) for name in metrics}


def read_before(metrics: tuple[str, ...], records: Records) -> dict[str, Array]:
    """The same of the quarters before the opening."""
    assert records.before is not None
    return read(metrics, records.before)


def design(scenario: Scenario, given: dict[str, Array], seed: int) -> Cell:
    """Worlds with given parameters, (worlds,) each by scalar name, as a cell."""
    worlds = len(next(iter(given.values())))
    return Cell(scenario, Size(worlds, scenario.quarters, seed), values=given)


def labels_of(scenario: Scenario) -> tuple[str, ...]:
    """Labels of the quarters that a scenario plays."""
    start = ordinal(scenario.start)
    return tuple(label(start + number) for number in range(1, scenario.quarters + 1))


def play_all(
    scenario: Scenario,
    metrics: tuple[str, ...],
    given: dict[str, Array],
    seed: int,
    workers: int,
    keeps: Keeps | None = None,
) -> tuple[tuple[str, ...], dict[str, Array]]:
    """Labels of the quarters, and metrics of worlds with given parameters, (worlds, quarters) each. keeps: where chunks
    are kept meanwhile."""
    return labels_of(scenario), engine.played(
        design(scenario, given, seed), partial(read, metrics), workers, keeps=keeps
    )


def play_before(
    scenario: Scenario,
    metrics: tuple[str, ...],
    given: dict[str, Array],
    seed: int,
    workers: int,
    keeps: Keeps | None = None,
) -> tuple[tuple[str, ...], dict[str, Array]]:
    """The same of the quarters before a scenario opens, in which stock is given."""
    assert scenario.prelude is not None
    first, last = ordinal(scenario.prelude.start), ordinal(scenario.start)
    labels = tuple(label(number) for number in range(first + 1, last + 1))
    opened = replace(scenario, quarters=1)
    return labels, engine.played(design(opened, given, seed), partial(read_before, metrics), workers, keeps=keeps)
