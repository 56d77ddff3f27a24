"""Plays cells of a study: chunks of worlds on one or more processes, the same bits however they are cut.

A cell is a scenario with a name. Worlds are cut into chunks of 64 (one block of draws), so that a chunk stays small in
memory; each process builds its own game and sends tables back, and cells come out whole and in the order they went in.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from copy import deepcopy
from dataclasses import dataclass, field
from multiprocessing import active_children, get_context
from typing import Any, TypeVar

import pandas as pd

from agents.roster import cast
from sim.contract import Seat
from sim.errors import InputError
from sim.game import Game
from sim.scenario import Scenario
from sim.streams import BLOCK

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
AHEAD = 3
"""Chunks in work or waiting to be fetched, per process: keeps processes busy and memory small."""


@dataclass(frozen=True)
class Cell:
    """One scenario to be played under a name. draw: do worlds draw the uncertain parameters? more_tables: tables beyond
    `quarters` and `offers` that are kept (methods of Records); lock_in: quarters whose lock-in index is measured. seats: parties held by something other than
    a strategy with a name; every chunk plays with its own copy. values: parameters given world by world, (worlds,) by scalar name, so that
    the worlds axis is a design."""

    name: str
    scenario: Scenario
    worlds: int
    quarters: int
    seed: int = 1
    draw: bool = True
    strategies: Mapping[str, str] = field(default_factory=dict)
    seats: Mapping[str, Seat] = field(default_factory=dict)
    more_tables: tuple[str, ...] = ()
    lock_in: tuple[int, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


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


Tables = dict[str, pd.DataFrame]
T = TypeVar("T")


def default_workers() -> int:
    """As many processes as there are processors, up to four: more would cost memory for little."""
    return max(1, min(os.cpu_count() or 1, 4))


def pieces(worlds: int, chunk: int = BLOCK) -> list[tuple[int, int]]:
    """(first world, number of worlds) of every chunk; a chunk is a multiple of a block of draws.

    A small remainder joins the chunk before it: a game has a fixed cost a quarter, whatever its worlds."""
    if chunk < BLOCK or chunk % BLOCK:
        raise ValueError(f"a chunk holds a multiple of {BLOCK} worlds, not {chunk}")
    starts = list(range(0, worlds, chunk))
    if len(starts) > 1 and worlds - starts[-1] < BLOCK // 4:
        starts.pop()
    return [(first, last - first) for first, last in zip(starts, [*starts[1:], worlds], strict=True)]


def play(cell: Cell, first: int, worlds: int) -> Tables:
    """One chunk of a cell, played from start to end."""
    game = Game(
        cell.scenario, cast(cell.strategies, deepcopy(cell.seats)), worlds=worlds, quarters=cell.quarters, seed=cell.seed,
        first_world=first, draw=cell.draw, lock_in=cell.lock_in,
        values={name: value[first : first + worlds] for name, value in cell.values.items()},
    )  # fmt: skip
    try:
        records = game.run()
        return {name: getattr(records, name)(cell.name) for name in ("quarters", "offers", *cell.more_tables)}
    finally:
        game.close()


def run(
    cells: Sequence[Cell], workers: int = 1, chunk: int = BLOCK, tick: Callable[[int], None] = lambda worlds: None
) -> Iterator[Played]:
    """Play all cells, in order. `tick` is told how many worlds have been finished."""
    tasks = [(cell, first, worlds) for cell in cells for first, worlds in pieces(cell.worlds, chunk)]
    results = each(play, tasks, workers)
    parts: list[Tables] = []
    for (cell, first, worlds), tables in zip(tasks, results, strict=True):
        parts.append(tables)
        tick(worlds)
        if first + worlds == cell.worlds:
            whole = {name: _joined([part[name] for part in parts]) for name in tables}
            parts = []
            yield Played(cell, whole)


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def each(function: Callable[..., T], tasks: Sequence[tuple[Any, ...]], workers: int = 1) -> Iterator[T]:
    """function(*task) for every task, in the order of tasks, on one or more processes."""
    return (
        _in_processes(function, tasks, workers) if min(workers, len(tasks)) > 1 else (function(*task) for task in tasks)
    )


def _in_processes(function: Callable[..., T], tasks: Sequence[tuple[Any, ...]], workers: int) -> Iterator[T]:
    """Results in the order of tasks, with only a few of them under way at a time."""
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    size = min(workers, len(tasks))
    pool = ProcessPoolExecutor(size, mp_context=get_context("spawn"), initializer=_leave_interrupts_to_parent)
    waiting, left = deque[Future[T]](), deque(tasks)
    try:
        while waiting or left:
            while left and len(waiting) < AHEAD * size:
                waiting.append(pool.submit(function, *left.popleft()))
            yield waiting.popleft().result()
        pool.shutdown()
    except BrokenProcessPool as error:
        raise InputError("a worker process was ended from outside (out of memory?); try --workers 1.") from error
    finally:
        if waiting or left:
            _stop(pool)


def _leave_interrupts_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End the pool's processes now: nobody waits for their results any more."""
    pool.shutdown(wait=False, cancel_futures=True)
    for process in active_children():
        process.terminate()
        process.join(timeout=5)
