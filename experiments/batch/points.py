"""Points of a batch: what each is played with, and how they are cut into chunks that play through the same arrays.

A chunk depends on the plan alone, never on who plays it: points that share players, draws and calendar stand side by
side on the worlds axis, and world w of every point has the same draws (common random numbers).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.batch.engine import LARGEST_CHUNK, Cell, Size, pieces
from sim.arrays import Array
from sim.scenario import Scenario
from sim.streams import BLOCK

Numbers = NDArray[np.int64]
FEWEST_CHUNKS = 16
"""Chunks that a batch should have at least: what is lost when a process dies, and how evenly processes share."""


@dataclass(frozen=True)
class Setting:
    """What points share beside their numbers: scenario, players, draws. size.worlds: replications to begin with.
    labels: how the design calls it, by dimension."""

    scenario: Scenario
    size: Size
    strategies: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def mates(self) -> tuple[object, ...]:
        """What settings share whose points may stand on one axis."""
        size, players = self.size, tuple(sorted(self.strategies.items()))
        return (self.scenario.calendar, players, size.seed, size.draw, size.quarters)


@dataclass(frozen=True)
class Until:
    """Replications go on until the 95 % interval of the mean of an outcome in a quarter is narrower than
    `narrower_than`, end to end, or a point has `most` worlds."""

    outcome: str
    quarter: int
    narrower_than: float
    most: int


@dataclass(frozen=True)
class Plan:
    """All points of a batch: `setting` (points,) says which of `settings` each has, `values` (points,) its numbers by
    scalar name. outcomes: metrics that are kept. note: what the design says of itself."""

    name: str
    settings: tuple[Setting, ...]
    setting: Numbers
    values: Mapping[str, Array]
    outcomes: tuple[str, ...]
    until: Until | None = None
    note: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.setting)

    def of(self, point: int) -> Setting:
        """The setting of a point."""
        return self.settings[int(self.setting[point])]

    @property
    def runs(self) -> int:
        """Worlds that are played, replications to begin with."""
        return sum(self.of(point).size.worlds for point in range(len(self)))

    @property
    def digest(self) -> str:
        """A hash of all that is played and kept, whatever the design is called or says."""
        told = hashlib.sha256()
        for one in self.settings:
            size = (one.size.worlds, one.size.quarters, one.size.seed, one.size.draw)
            told.update(repr((one.scenario.digest, size, sorted(one.strategies.items()))).encode())
        told.update(np.ascontiguousarray(self.setting, dtype=np.int64).tobytes())
        for name, value in sorted(self.values.items()):
            told.update(name.encode() + np.ascontiguousarray(value, dtype=np.float64).tobytes())
        told.update(repr((self.outcomes, self.until)).encode())
        return told.hexdigest()[:16]

    def name_of(self, point: int) -> str:
        """How a point is called: by what it differs in."""
        said = [word for word in self.of(point).labels.values() if word]
        return f"{'/'.join(said) or self.name}#{point}" if self.values else "/".join(said) or self.name

    def columns(self) -> dict[str, list[Any]]:
        """The table of the design, a row a point."""
        mine = [self.of(point) for point in range(len(self))]
        found: dict[str, list[Any]] = {
            "design": list(range(len(self))),
            "name": [self.name_of(point) for point in range(len(self))],
            "scenario": [one.scenario.name for one in mine],
            "scenario_digest": [one.scenario.digest for one in mine],
            "strategies": [json.dumps(dict(sorted(one.strategies.items()))) for one in mine],
            "seed": [one.size.seed for one in mine],
            "parameters_drawn": [one.size.draw for one in mine],
            "worlds": [one.size.worlds for one in mine],
        }
        for label in dict.fromkeys(label for one in self.settings for label in one.labels):
            found.setdefault(label, [one.labels.get(label, "") for one in mine])
        return found | {name: list(map(float, value)) for name, value in self.values.items()}


@dataclass(frozen=True)
class Chunk:
    """Some worlds of some points: world numbers `first_world` and following, `worlds` of them, for each point."""

    number: int
    points: tuple[int, ...]
    first_world: int
    worlds: int

    @property
    def runs(self) -> int:
        """Places on the worlds axis."""
        return len(self.points) * self.worlds

    def said(self) -> str:
        """'points 3 to 7, worlds 0 to 15', for whoever must know which are missing."""
        ends = (self.points[0], self.points[-1])
        points = f"point {ends[0]}" if len(self.points) == 1 else f"points {ends[0]} to {ends[1]}"
        last = self.first_world + self.worlds - 1
        return f"{points}, " + (f"world {last}" if self.worlds == 1 else f"worlds {self.first_world} to {last}")


@dataclass(frozen=True)
class Job:
    """A chunk with all that a process needs to play it: one cell of its first point, and the scenarios of the next."""

    chunk: Chunk
    cell: Cell
    beside: tuple[Scenario, ...]
    outcomes: tuple[str, ...]

    def halves(self) -> tuple[Job, Job]:
        """The chunk in two, by points as long as there are several, then by worlds."""
        chunk = self.chunk
        by_points = len(chunk.points) > 1
        middle = (len(chunk.points) if by_points else chunk.worlds) // 2
        if by_points:
            return self._points(0, middle), self._points(middle, len(chunk.points))
        return self._worlds(0, middle), self._worlds(middle, chunk.worlds)

    def _points(self, first: int, last: int) -> Job:
        chunk, every = self.chunk, (self.cell.scenario, *self.beside)
        mine = slice(first * chunk.worlds, last * chunk.worlds)
        values = {name: value[mine] for name, value in self.cell.values.items()}
        cell = replace(self.cell, scenario=every[first], name=every[first].name, values=values)
        return replace(
            self,
            chunk=replace(chunk, points=chunk.points[first:last]),
            cell=cell,
            beside=every[first + 1 : last],
        )

    def _worlds(self, first: int, last: int) -> Job:
        start = self.chunk.first_world + first
        cell = self.cell.part(first, last - first)
        return replace(self, chunk=replace(self.chunk, first_world=start, worlds=last - first), cell=cell)


def room(plan: Plan) -> int:
    """Places on the worlds axis of a chunk: whole blocks of draws, more where there is more to play."""
    return int(np.clip(plan.runs // FEWEST_CHUNKS // BLOCK, 1, LARGEST_CHUNK // BLOCK)) * BLOCK


def chunks(plan: Plan, asked: Iterable[tuple[int, int, int]], places: int, number: int = 0) -> Iterator[Chunk]:
    """Cut (point, first world, worlds), in order, into chunks of at most so many places. number: of the first."""
    waiting: list[tuple[int, int, int]] = []
    for one in asked:
        fits = bool(waiting) and _mates(plan, waiting[0], one) and (len(waiting) + 1) * one[2] <= places
        if waiting and not fits:
            for chunk in _cut(waiting, places, number):
                yield chunk
                number += 1
            waiting = []
        waiting.append(one)
    yield from _cut(waiting, places, number)


def _mates(plan: Plan, one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return one[1:] == other[1:] and plan.of(one[0]).mates == plan.of(other[0]).mates


def _cut(waiting: Sequence[tuple[int, int, int]], places: int, number: int) -> Iterator[Chunk]:
    """One chunk, or several when the worlds of one point alone take more places."""
    if not waiting:
        return
    points, (_, start, worlds) = tuple(one[0] for one in waiting), waiting[0]
    if worlds <= places:
        yield Chunk(number, points, start, worlds)
        return
    for place, (first, count) in enumerate(pieces(worlds, max(places // BLOCK, 1) * BLOCK)):
        yield Chunk(number + place, points, start + first, count)


def first_round(plan: Plan) -> Iterator[tuple[int, int, int]]:
    """Every point with the replications to begin with."""
    return ((point, 0, plan.of(point).size.worlds) for point in range(len(plan)))


def job(plan: Plan, chunk: Chunk) -> Job:
    """What a process is handed for a chunk."""
    first, size = plan.of(chunk.points[0]), plan.of(chunk.points[0]).size
    of_points = np.asarray(chunk.points)
    values = {name: np.repeat(value[of_points], chunk.worlds) for name, value in plan.values.items()}
    cell = Cell(
        first.scenario,
        Size(chunk.worlds, size.quarters, size.seed, size.draw),
        first.strategies,
        values=values,
        first_world=chunk.first_world,
    )
    return Job(chunk, cell, tuple(plan.of(one).scenario for one in islice(chunk.points, 1, None)), plan.outcomes)
