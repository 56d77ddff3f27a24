"""The market as a model of the EMA Workbench: parameters with their declared ranges, metrics as outcomes. The Workbench
samples, plays and keeps; each experiment is a game. Needs `pip install ema_workbench`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from sim.arrays import Array
from sim.errors import InputError, unknown
from sim.metrics import METRICS
from sim.records import Records
from sim.scenario import Scenario

Names = Iterable[str] | Mapping[str, tuple[float, float]]


def model(
    scenario: str = "baseline",
    *,
    uncertainties: Names,
    levers: Names = (),
    outcomes: Sequence[str] = ("trainium_share_used",),
    series: bool = False,
    size: Size | None = None,
) -> Any:
    """A model for the Workbench's evaluators.

    uncertainties, levers: names of parameters, 'egress_factor_*' for all of a kind, with the range in which worlds draw
    them (what they may have at all, if worlds do not draw them), or name -> (low, high); outcomes: metrics, means over
    worlds at the last quarter, or with `series` of every quarter. size: of each experiment, else one world as long as
    the scenario, everything else at its default.

    InputError for a name that does not exist, and where the Workbench is not installed."""
    workbench = _workbench()
    loaded = scenarios.load(scenario)
    names = [metric.name for metric in METRICS]
    for name in outcomes:
        if name not in names:
            raise unknown("outcome", name, names, "outcomes")
    given = size or Size(1, loaded.quarters, draw=False)
    made = workbench.Model("market", function=partial(play, loaded, given, tuple(outcomes), series))
    made.uncertainties = _ranges(workbench, loaded, uncertainties)
    made.levers = _ranges(workbench, loaded, levers)
    kind = workbench.TimeSeriesOutcome if series else workbench.ScalarOutcome
    try:
        made.outcomes = [kind(name) for name in outcomes]
    except ValueError:
        raise InputError(
            f"outcomes: {', '.join(outcomes)}: within one process the Workbench takes an outcome either as a series or "
            f"as a number, and series = {series} is the other; ask in a new process."
        ) from None
    return made


def _workbench() -> Any:
    try:
        import ema_workbench
    except ImportError:
        raise InputError("the EMA Workbench is not installed; pip install ema_workbench.") from None
    return ema_workbench


def _ranges(workbench: Any, scenario: Scenario, names: Names) -> list[Any]:
    """Parameters of the Workbench. It takes only names that Python could have, so a kind's '_*' is left out there."""
    catalogue, found = scenarios.catalogue_of(scenario), []
    given = names if isinstance(names, Mapping) else dict.fromkeys(names)
    for pattern, span in given.items():
        declared, _ = catalogue.find(scenarios.expand(catalogue, pattern, "parameters")[0], "parameters")
        low, high = span or ((declared.low, declared.high) if declared.low < declared.high else declared.allowed)
        for value in (low, high):
            declared.check(value, "parameters", pattern)
        found.append(workbench.RealParameter(_plain(pattern), low, high))
    return found


def _plain(pattern: str) -> str:
    return pattern.removesuffix("_*")


def play(
    scenario: Scenario, size: Size, outcomes: tuple[str, ...], series: bool, **values: float
) -> dict[str, float | Array]:
    """One experiment: a game at these values, and the means over its worlds of what is wanted, (quarters,) for
    series."""
    known = scenarios.catalogue_of(scenario).scalars
    given = scenarios.in_worlds(
        scenario, {name if name in known else f"{name}_*": value for name, value in values.items()}, size.worlds
    )
    found = engine.play(Cell(scenario, size, values=given), partial(_means, outcomes))
    return {name: mean if series else float(mean[-1]) for name, mean in zip(outcomes, found, strict=True)}


def _means(outcomes: tuple[str, ...], records: Records) -> Array:
    """Means over worlds, (outcomes, quarters)."""
    return np.stack([records.metric(name).mean(axis=0) for name in outcomes])
