"""The market as a model that plain Mesa runs: one world, made from keyword arguments, stepped a quarter at a time, its
metrics in a DataCollector. `mesa.batch_run(Market, {"scenario": ["baseline"], "seed": range(4)})` plays it."""

from __future__ import annotations

import weakref
from contextlib import ExitStack
from typing import Any

import mesa

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from sim.metrics import METRICS
from sim.scenario import DEFAULT_QUARTERS


class _Collector(mesa.DataCollector):
    """Files figures by the number of their quarter, from 0: what `batch_run` asks for in every version. Mesa 3.4 files
    them by the time after the step, and so gave the first quarter twice and the last never."""

    def collect(self, model: Any) -> None:
        """Collect what the quarter that was just played left."""
        super().collect(model)
        filed: list[float] = getattr(self, "_collection_steps", [])
        if filed:
            filed[-1] = len(filed) - 1


class Market(mesa.Model):
    """A game of one world as Mesa's tools expect a model.

    scenario: name, or path of a .toml file; strategies: PARTY=NAME, several with commas between; draw: does the seed
    draw the uncertain parameters? rng: the same as seed, as newer versions of Mesa call it. values: the seed, and
    parameters by name, 'egress_factor_*' for all of a kind, as a design has them. InputError in one sentence for what
    cannot be played.

    Its collector has every metric by name, a value a quarter. The game is let go of when the last quarter has been
    played, and when the model itself is, so that no version of Mesa holds on to it."""

    def __init__(
        self,
        scenario: str = "baseline",
        quarters: int = DEFAULT_QUARTERS,
        strategies: str = "",
        draw: bool = True,
        rng: int | None = None,
        **values: float,
    ) -> None:
        seed = values.pop(
            "seed", None
        )  # no parameter by name: newer versions of batch_run would take it for themselves
        number = next((int(one) for one in (seed, rng) if one is not None), 1)
        super().__init__(rng=number)
        asked = scenarios.load(scenario)
        chosen = scenarios.strategies_of(asked, filter(None, strategies.split(",")))
        cell = Cell(asked, Size(1, quarters, number, draw), chosen, values=scenarios.in_worlds(asked, values, 1))
        holds = ExitStack()
        self.game = holds.enter_context(engine.opened(cell))
        self._release = weakref.finalize(self, holds.close)
        self.quarters = quarters
        self.datacollector = _Collector({metric.name: _last(metric.name) for metric in METRICS})

    def step(self) -> None:
        """Play a quarter; the last one ends the model."""
        self.game.step()
        self.datacollector.collect(self)
        if self.game.quarter >= self.quarters:
            self.running = False
            self._release()
            del self.game


def _last(name: str) -> Any:
    """A reporter of Mesa: a metric's figure of the quarter that was just played."""

    def report(model: Market) -> float:
        return float(model.game.records.metric(name)[0, -1])

    return report
