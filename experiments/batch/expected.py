"""How long a batch will take and how large it will be, from two short games of its own first point on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from experiments.batch import engine, points
from experiments.batch.engine import Cell, Size
from experiments.batch.parts import KEYS
from experiments.batch.points import Plan
from sim.prelude import quarters_before
from sim.streams import BLOCK

PROBED_QUARTERS = 2
BYTES_A_VALUE = 6.5
"""On disk: figures of a market compress little."""


@dataclass(frozen=True)
class Expected:
    """chunks and values: counted; seconds: on so many workers; megabytes: on disk. Replications to begin with."""

    chunks: int
    values: int
    megabytes: float
    seconds: float


def expected(plan: Plan, workers: int = 1, clock: Callable[[], float] = time.perf_counter) -> Expected:
    """What a plan takes. A quarter costs something whatever its worlds, and something a world: both are timed."""
    cut = list(points.chunks(plan, points.first_round(plan), points.room(plan)))
    fixed, each = _timed(plan, clock)
    seconds, values = 0.0, 0
    for chunk in cut:
        setting = plan.of(chunk.points[0])
        quarters = setting.size.quarters + quarters_before(setting.scenario)
        seconds += quarters * (fixed + each * chunk.runs)
        values += chunk.runs * setting.size.quarters * (len(plan.outcomes) + 1)
    seconds /= max(min(workers, len(cut)), 1)
    rows = values / (len(plan.outcomes) + 1)
    return Expected(len(cut), values, (values * BYTES_A_VALUE + rows * len(KEYS) * 0.05) / 1e6, seconds)


def _timed(plan: Plan, clock: Callable[[], float]) -> tuple[float, float]:
    """Seconds a quarter whatever its worlds, and seconds a world and quarter."""
    first = plan.of(0)
    cell = Cell(first.scenario, Size(1, PROBED_QUARTERS, first.size.seed, first.size.draw), first.strategies)
    quarters = PROBED_QUARTERS + quarters_before(first.scenario)

    def seconds(worlds: int) -> float:
        asked = replace(cell, size=replace(cell.size, worlds=worlds))
        begun = clock()
        engine.play(asked, lambda records: None)
        return (clock() - begun) / quarters

    one, many = seconds(1), seconds(BLOCK)  # the first reads tables too, which a batch does once
    one = min(one, seconds(1))
    each = max(many - one, 0.0) / (BLOCK - 1)
    return max(one - each, 0.0), each
