"""Plays what-ifs beside their base on shared draws: a first answer from few worlds, and better ones as more join.

What has been played is kept, so that a second question meets a base that is there. A world is the same in any round:
an answer of 64 worlds is that of a run of 64, bit for bit. Whoever has seen enough closes the iterator: no further
round is played; or says so by `stop`, which is asked between two quarters."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from experiments.batch import engine
from experiments.batch.engine import Cell, Keeps, Size, Tables, Tick
from experiments.batch.shelf import key
from experiments.whatif import steps
from experiments.whatif.answer import LOCK_IN, QUARTERS, Answer
from experiments.whatif.question import Question
from experiments.whatif.steps import Stop, Stopped
from sim.errors import InputError
from sim.streams import BLOCK

FIRST = 16
"""Worlds of the first answer."""
MOST_KEPT = 4096
"""Worlds, over all scenarios, that are kept."""


def rounds(worlds: int) -> list[tuple[int, int]]:
    """(first world, number of worlds) of every round: a few at first, then the rest of their block of draws, then
    blocks."""
    ends = [end for end in (FIRST, *range(BLOCK, worlds, BLOCK)) if end < worlds] + [worlds]
    return [(first, last - first) for first, last in zip([0, *ends[:-1]], ends, strict=True)]


@dataclass(frozen=True)
class Asked:
    """What is asked in one sitting: questions on one base, and how much is played. lock_in: quarters whose lock-in
    index is measured."""

    questions: tuple[Question, ...]
    size: Size
    lock_in: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.questions:
            raise InputError("what if what? Give --shock or --set.")
        if len({(one.base.name, one.base.digest) for one in self.questions}) > 1:
            raise InputError("what-ifs side by side need one base; ask them one by one.")

    def cells(self, first: int, worlds: int) -> list[Cell]:
        """The base, then a cell a question, of some of the worlds."""
        size = replace(self.size, worlds=worlds)
        found = [self.questions[0].base, *(one.scenario for one in self.questions)]
        # one name for all: equal scenarios are one run, whatever they are called
        return [Cell(one, size, name="whatif", first_world=first, lock_in=self.lock_in) for one in found]

    def answers(self, played: Sequence[Tables]) -> tuple[Answer, ...]:
        """An answer a question, from the tables of the base and of each question."""
        base, *changed = played
        return tuple(Answer.of(one, self.size, base, mine) for one, mine in zip(self.questions, changed, strict=True))


class Bench:
    """Where questions are played. Keeps what was played, the oldest first to go."""

    def __init__(self, workers: int = 1, most_kept: int = MOST_KEPT) -> None:
        self.workers, self.most_kept = workers, most_kept
        self._kept: OrderedDict[str, tuple[int, Tables]] = OrderedDict()

    @property
    def kept_worlds(self) -> int:
        """Worlds that are kept, over all scenarios."""
        return sum(worlds for worlds, _ in self._kept.values())

    def ask(
        self, asked: Asked, tick: Tick = lambda worlds: None, stop: Stop | None = None
    ) -> Iterator[tuple[Answer, ...]]:
        """An answer a question after every round, each from all worlds so far. Closing it ends the work. stop: ends it
        between two quarters, on one process; what was not finished by then is not kept."""
        so_far: list[list[Tables]] = [[] for _ in range(1 + len(asked.questions))]
        for first, worlds in rounds(asked.size.worlds):
            try:
                played = self._played(asked.cells(first, worlds), tick, stop)
            except Stopped:
                return
            for parts, tables in zip(so_far, played, strict=True):
                parts.append(tables)
            yield asked.answers([joined(parts) for parts in so_far])

    def last(self, asked: Asked, tick: Tick = lambda worlds: None, keeps: Keeps | None = None) -> tuple[Answer, ...]:
        """The answers from all worlds, played in one go. keeps: where chunks are kept meanwhile."""
        return asked.answers(self._played(asked.cells(0, asked.size.worlds), tick, keeps=keeps))

    def _played(
        self, cells: Sequence[Cell], tick: Tick, stop: Stop | None = None, keeps: Keeps | None = None
    ) -> list[Tables]:
        """Tables of each cell; those that are kept come from there, and of two that are alike one is played."""
        names = [key(cell) for cell in cells]
        fresh = {name: cell for name, cell in zip(names, cells, strict=True) if name not in self._kept}
        found = {name: self._kept[name][1] for name in names if name in self._kept}
        wanted = (QUARTERS, *((LOCK_IN,) if cells[0].lock_in else ()))
        reading = [(cell, partial(engine.tables, cell.name, wanted)) for cell in fresh.values()]
        if stop is not None:
            played = steps.played(reading, stop)
        else:
            played = engine.all_played(reading, self.workers, tick=tick, keeps=keeps) if reading else iter(())
        found |= dict(zip(fresh, played, strict=True))
        for name, cell in zip(names, cells, strict=True):
            self._keep(name, cell.size.worlds, found[name])
        tick(sum(cell.size.worlds for cell in cells) - sum(cell.size.worlds for cell in fresh.values()))
        return [found[name] for name in names]

    def _keep(self, name: str, worlds: int, tables: Tables) -> None:
        self._kept[name] = (worlds, tables)
        self._kept.move_to_end(name)
        while self.kept_worlds > self.most_kept and len(self._kept) > 1:
            self._kept.popitem(last=False)


def joined(parts: Sequence[Tables]) -> Tables:
    """Tables of the worlds of several rounds as one."""
    return {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
