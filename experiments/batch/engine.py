"""Plays cells: chunks of worlds on one or more processes, the same bits however they are cut.

A cell is a scenario with a size and whoever plays. Worlds are cut into chunks of whole blocks of 64 draws, so that a
chunk stays small in memory and every process has work; a chunk is a cell with fewer worlds. Each process builds its own
game and sends back what was read of its records, and cells come out whole and in the order they went in.

On one process, cells that differ in nothing but their scenario share a game while there is room in a chunk: their
worlds stand side by side, and what a quarter costs whatever its worlds is paid once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Any, Protocol, TypeVar

import numpy as np
import pandas as pd

from agents import roster
from agents.strategies import filed
from experiments.batch import kept
from experiments.batch.size import Size as Size
from experiments.batch.workers import default_workers as default_workers
from experiments.batch.workers import each as each
from sim import parameter_path
from sim.arrays import Array
from sim.contract import Seat
from sim.declarations import catalogue
from sim.errors import unknown
from sim.game import Game
from sim.past import Past
from sim.records import Records
from sim.roster import load_roster
from sim.scenario import Scenario
from sim.streams import BLOCK, Branch, Streams

LARGEST_CHUNK = 4 * BLOCK
"""Worlds beyond which a chunk gains little time a world and costs memory."""
SHARES = 2
"""Chunks that each process should get at least, so that none waits long for the last."""
MORE_TABLES = ("parties", "lock_in")
"""Tables that are kept when they are asked for."""
T = TypeVar("T")
Read = Callable[[Records], T]
"""What is wanted of a game that was played: a table or an array whose first axis is worlds, or several by name."""
Tick = Callable[[int], None]
Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Cell:
    """One scenario to be played. strategies: party -> name of a strategy, registered or in a file ('my.py:Calm');
    everybody else keeps the default.

    name: the scenario's own unless given. seats: parties held by something other than a strategy with a name; every
    chunk plays with its own copy. more_tables: tables beyond `quarters` and `offers` that are kept (methods of
    Records). lock_in: quarters whose lock-in index is measured. values: parameters given world by world, (worlds,)
    by scalar name, so that the worlds axis is a design. first_world: number of the first world; branch: a past whose
    draws all worlds share, if any; past: that past as it was played, to go on from instead of playing it again."""

    scenario: Scenario
    size: Size
    strategies: Mapping[str, str] = field(default_factory=dict)
    _: KW_ONLY
    name: str = ""
    seats: Mapping[str, Seat] = field(default_factory=dict)
    more_tables: tuple[str, ...] = ()
    lock_in: tuple[int, ...] = ()
    values: Mapping[str, Array] = field(default_factory=dict)
    first_world: int = 0
    branch: Branch | None = None
    past: Past | None = None

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.scenario.name)
        given = {name: seat for name, seat in self.seats.items() if not isinstance(seat, filed.FromFile)}
        object.__setattr__(self, "strategies", filed.carried(self.strategies))
        object.__setattr__(self, "seats", {**filed.seats(self.strategies), **given})

    @property
    def said(self) -> str:
        """What is played in one word: the cell's name and who plays by another strategy, 'baseline+aws=harvest'."""
        return "+".join([self.name, *(f"{party}={filed.short(name)}" for party, name in self.strategies.items())])

    def part(self, first: int, worlds: int) -> Cell:
        """Some of the cell's worlds as a cell of their own. first: counted from the cell's first world."""
        values = {name: value[first : first + worlds] for name, value in self.values.items()}
        size = replace(self.size, worlds=worlds)
        return replace(self, size=size, values=values, first_world=self.first_world + first)


Task = tuple[Cell, Read[T], kept.State]
"""A cell that is one chunk, what is read of it, and what its seats could have kept before."""


class Keeps(Protocol):
    """Where chunks are kept as they are played, so that whoever is interrupted can go on (`unfinished.py`)."""

    def begin(self, asked: Sequence[tuple[Cell, Read[Any]]], chunk: int) -> int:
        """Open it for what is asked; gives the worlds of a chunk, which stay as they were begun."""

    def played(self, tasks: Sequence[Task[Any]], workers: int, most: int) -> Iterator[Any]:
        """What is read of each task, in order: what is there, and the rest played and kept as it comes."""


@dataclass(frozen=True)
class Played:
    """A cell's tables by name: `quarters` has a row a world and quarter, `offers` a row a world, quarter and offer."""

    cell: Cell
    tables: Mapping[str, pd.DataFrame]

    @property
    def quarters(self) -> pd.DataFrame:
        """A row a world and quarter."""
        return self.tables["quarters"]

    @property
    def offers(self) -> pd.DataFrame:
        """A row a world, quarter and offer."""
        return self.tables["offers"]


def fair_chunk(worlds: int, workers: int = 1) -> int:
    """Worlds to a chunk: as many as leave every process several, for a quarter has a fixed cost whatever its worlds; a
    multiple of a block of draws, at most LARGEST_CHUNK."""
    share = worlds // (SHARES * max(workers, 1)) if workers > 1 else worlds
    return min(max(share // BLOCK, 1) * BLOCK, LARGEST_CHUNK)


def pieces(worlds: int, chunk: int = BLOCK) -> list[tuple[int, int]]:
    """(first world, number of worlds) of every chunk; a chunk is a multiple of a block of draws.

    A small remainder joins the chunk before it: a game has a fixed cost a quarter, whatever its worlds."""
    if chunk < BLOCK or chunk % BLOCK:
        raise ValueError(f"a chunk holds a multiple of {BLOCK} worlds, not {chunk}")
    starts = list(range(0, worlds, chunk))
    if len(starts) > 1 and worlds - starts[-1] < BLOCK // 4:
        starts.pop()
    return [(first, last - first) for first, last in zip(starts, [*starts[1:], worlds], strict=True)]


@contextmanager
def opened(cell: Cell, beside: Sequence[Scenario] = (), begun: kept.State | None = None) -> Iterator[Game]:
    """A game of all the cell's worlds, before its first quarter; closed at the end, whatever happens. beside: further
    scenarios that its worlds are played in; begun: what its seats could have kept before."""
    size = cell.size
    with kept.watched(cell.seats, begun or {}) as seats:
        game = Game(
            cell.scenario,
            roster.cast(cell.strategies, seats),
            worlds=size.worlds,
            quarters=size.quarters,
            seed=size.seed,
            first_world=cell.first_world,
            draw=size.draw,
            branch=cell.branch,
            lock_in=cell.lock_in,
            values=cell.values,
            beside=beside,
        )
        try:
            if cell.past is not None:
                game.go_on(cell.past)
            yield game
        finally:
            game.close()


def play(cell: Cell, read: Read[T], begun: kept.State | None = None) -> T:
    """One game of all the cell's worlds from start to end, and what is read of it. begun: what its seats could have
    kept before."""
    with opened(cell, begun=begun) as game:
        records = game.run()
    return read(records)


def play_side_by_side(tasks: Sequence[Task[T]]) -> list[T]:
    """What `play` gives for each task, from one game of cells that differ in nothing but their scenario."""
    if len(tasks) == 1:
        return [play(*tasks[0])]
    scenarios = [cell.scenario for cell, _, _ in tasks]
    with opened(tasks[0][0], scenarios[1:]) as game:
        records = game.run().apart(scenarios)
    return [read(one) for one, (_, read, _) in zip(records, tasks, strict=True)]


def grouped(tasks: Sequence[Task[T]], most: int) -> list[list[Task[T]]]:
    """Tasks in their order, those side by side that may share a game of at most so many worlds."""
    groups: list[list[Task[T]]] = []
    for task in tasks:
        before = groups[-1] if groups else []
        if before and alike(before[0][0], task[0]) and (len(before) + 1) * task[0].size.worlds <= most:
            before.append(task)
        else:
            groups.append([task])
    return groups


def alike(one: Cell, other: Cell) -> bool:
    """Do two cells differ in nothing but their scenario, and their scenarios neither in roster nor in calendar? Seats,
    which may keep something, play alone, and so do designs and pasts."""
    if any(cell.seats or cell.values or cell.past for cell in (one, other)):
        return False
    first, second = (
        (cell.scenario.calendar, cell.size, dict(cell.strategies), cell.lock_in, cell.first_world, cell.branch)
        for cell in (one, other)
    )
    return first == second


def played(cell: Cell, read: Read[T], workers: int = 1, chunk: int = 0, keeps: Keeps | None = None) -> T:
    """The same in chunks of worlds, on one or more processes, joined."""
    (found,) = all_played([(cell, read)], workers, chunk, keeps=keeps)
    return found


def all_played(
    asked: Iterable[tuple[Cell, Read[T]]],
    workers: int = 1,
    chunk: int = 0,
    tick: Tick = lambda worlds: None,
    keeps: Keeps | None = None,
) -> Iterator[T]:
    """What is read of each cell, in order. `tick` is told how many worlds have been finished. chunk: worlds to
    a chunk, `fair_chunk` unless given. keeps: where chunks are kept, and what is there is taken from.

    With several processes cells and readers travel: a reader is a function of a module, or a `partial` of one."""
    asked = list(asked)
    chunk = chunk or fair_chunk(sum(cell.size.worlds for cell, _ in asked), workers)
    if keeps is not None:
        chunk = keeps.begin(asked, chunk)
    for cell, _ in asked:
        if cell.size.worlds > chunk:
            _all_worlds_hold(cell)
    cut = [
        (cell.part(first, worlds), read, kept.state(cell.seats), first + worlds == cell.size.worlds)
        for cell, read in asked
        for first, worlds in pieces(cell.size.worlds, chunk)
    ]
    parts: list[T] = []
    # several processes have something to do each: cells share a game only where there is one
    most = chunk if workers == 1 else 1
    results = (_tasks_played if keeps is None else keeps.played)([task[:3] for task in cut], workers, most)
    for (cell, *_, is_last), found in zip(cut, results, strict=True):
        parts.append(found)
        tick(cell.size.worlds)
        if is_last:
            yield joined(parts)
            parts = []


def _tasks_played(tasks: Sequence[Task[T]], workers: int, most: int) -> Iterator[T]:
    """What is read of each task, in order. most: worlds that may share a game."""
    groups = grouped(tasks, most)
    names = [said(group) for group in groups]
    return chain.from_iterable(each(play_side_by_side, [(group,) for group in groups], workers, names))


def said(group: Sequence[Task[Any]]) -> str:
    """'baseline+aws=harvest, worlds 0 to 63': what a group plays, for whoever must know which is missing."""
    first, worlds = group[0][0].first_world, group[0][0].size.worlds
    ends = f"world {first}" if worlds == 1 else f"worlds {first} to {first + worlds - 1}"
    return f"{', '.join(cell.said for cell, _, _ in group)}, {ends}"


def _all_worlds_hold(cell: Cell) -> None:
    """InputError when shocks take some world of the cell out of a range, before any of its chunks is played."""
    first, size = cell.first_world, cell.size
    known = catalogue(load_roster(cell.scenario.roster))
    streams = Streams(size.seed, first, first + size.worlds, cell.branch)
    parameter_path.all_worlds_hold(cell.scenario, known, streams, size.draw, cell.values)


def joined(parts: Sequence[Any]) -> Any:
    """Tables or arrays of one cell's chunks as those of the cell."""
    first = parts[0]
    if len(parts) == 1:
        return first
    if isinstance(first, Mapping):
        return {name: joined([part[name] for part in parts]) for name in first}
    if isinstance(first, pd.DataFrame):
        return pd.concat(parts, ignore_index=True)
    return np.concatenate(parts)


def tables(name: str, wanted: Sequence[str], records: Records) -> Tables:
    """Tables of records (methods of Records) under a cell's name. A quarter of a world with a figure that is none,
    in any of them, counts as one that did not converge."""
    found = {table: getattr(records, table)(name) for table in wanted}
    broken = pd.concat([_broken(table) for table in found.values()])
    if len(broken):
        quarters = found["quarters"]
        keys = pd.MultiIndex.from_frame(quarters[["world", "quarter"]])
        quarters.loc[keys.isin(pd.MultiIndex.from_frame(broken)), "nonconverged"] = 1.0
    return found


def _broken(table: pd.DataFrame) -> pd.DataFrame:
    """World and quarter of the rows of a table that have a figure which is no finite number."""
    figures = np.isfinite(table.select_dtypes("number").to_numpy(dtype=float)).all(axis=1)
    return pd.DataFrame(table.loc[~figures, ["world", "quarter"]])


def run(
    cells: Sequence[Cell],
    workers: int = 1,
    chunk: int = 0,
    tick: Tick = lambda worlds: None,
    keeps: Keeps | None = None,
) -> Iterator[Played]:
    """Play all cells, in order, for their tables. `tick` is told how many worlds have been finished. keeps: where
    chunks are kept meanwhile."""
    for cell in cells:
        for name in cell.more_tables:
            if name not in MORE_TABLES:
                raise unknown("table", name, MORE_TABLES, "more_tables")
    asked = [(cell, partial(tables, cell.name, ("quarters", "offers", *cell.more_tables))) for cell in cells]
    for cell, found in zip(cells, all_played(asked, workers, chunk, tick, keeps), strict=True):
        yield Played(cell, found)
