"""Runs of a design: worlds that are given their own parameters, and the metrics that are asked of them."""

from __future__ import annotations

from functools import partial

from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from sim.arrays import Array
from sim.quarters import label, ordinal
from sim.records import Records
from sim.scenario import Scenario


def read(metrics: tuple[str, ...], records: Records) -> dict[str, Array]:
    """Metrics by name, (worlds, quarters) each."""
    return {name: records.metric(name) for name in metrics}


def design(scenario: Scenario, given: dict[str, Array], seed: int) -> Cell:
    """Worlds with given parameters, (worlds,) each by scalar name, as a cell."""
    worlds = len(next(iter(given.values())))
    return Cell(scenario, Size(worlds, scenario.quarters, seed), values=given)


def play_all(
    scenario: Scenario, metrics: tuple[str, ...], given: dict[str, Array], seed: int, workers: int
) -> tuple[tuple[str, ...], dict[str, Array]]:
    """Labels of the quarters, and metrics of worlds with given parameters, (worlds, quarters) each."""
    start = ordinal(scenario.start)
    labels = tuple(label(start + number) for number in range(1, scenario.quarters + 1))
    return labels, engine.played(design(scenario, given, seed), partial(read, metrics), workers)
