"""A what-if that is being played: who looks at it, which worlds come next, and what is known of it so far.

Nothing here plays, waits or locks; who does stands in `explorer.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from experiments.batch.engine import Size
from experiments.whatif.answer import QUARTERS as TABLE
from experiments.whatif.answer import Answer
from experiments.whatif.bench import Asked
from workshop import views
from workshop.views import QUARTERS, View

FIRST = 2
"""Rounds of the first look, played side by side."""
ROUNDS = [(0, 4), (4, 4), (8, 28), (36, 28), (64, 64), (128, 64), (192, 64)]
"""(first world, number of worlds) of every round, for two workers in turn: halves of a first look at 8 worlds, halves
of the rest of a block of draws, blocks."""
GONE_SECONDS = 12.0
"""A page that has not been heard of for so long has been closed."""


@dataclass(frozen=True)
class Look:
    """Somebody looks at a question. heard: when a page was heard of last; worlds: how many it wants."""

    heard: float
    worlds: int

    def fresh(self, now: float) -> bool:
        """Is the page still there?"""
        return now - self.heard < GONE_SECONDS


@dataclass(frozen=True)
class Found:
    """What is known of a question. base, here: tables of rounds of worlds, without the change and with it; quarters:
    how far they have been played; worlds: in how many; version: grows with what is known; over: has all been played
    that was asked for?"""

    view: View
    base: tuple[pd.DataFrame, ...]
    here: tuple[pd.DataFrame, ...]
    quarters: int
    worlds: int
    version: int
    over: bool
    failed: str = ""

    @cached_property
    def answer(self) -> Answer | None:
        """The answer, as the bench gives it; None while nothing has been played. Worked out when somebody reads it:
        most who ask learn that nothing is new."""
        if not self.here:
            return None
        asked = Asked((self.view.same.question,), Size(self.worlds, self.quarters, self.view.seed))
        (answer,) = asked.answers([{TABLE: self._cut(parts)} for parts in (self.base, self.here)])
        return answer

    def _cut(self, parts: tuple[pd.DataFrame, ...]) -> pd.DataFrame:
        """Tables of rounds as one, with no more worlds and quarters than are asked for and there in all."""
        whole = pd.concat(parts, ignore_index=True)
        within = (whole["world"] < self.view.worlds) & (whole["quarter_number"] <= self.quarters)
        return whole if within.all() else whole[within].reset_index(drop=True)


@dataclass
class Run:
    """A question under way. order: of its asking; looks: page -> its look; done, base: round -> table, with the change
    and without; begun: rounds of the first look as far as they have come; failed: what went wrong, in a sentence."""

    view: View
    order: int
    looks: dict[str, Look] = field(default_factory=dict)
    done: dict[int, pd.DataFrame] = field(default_factory=dict)
    base: dict[int, pd.DataFrame] = field(default_factory=dict)
    begun: dict[int, pd.DataFrame] = field(default_factory=dict)
    busy: set[int] = field(default_factory=set)
    failed: str = ""

    @cached_property
    def name(self) -> str:
        """What tells it from any other: the address of its question."""
        return self.view.query()

    @cached_property
    def alike(self) -> bool:
        """Is what it asks the base itself, because nothing is moved, or nothing that does something?"""
        return self.view.question.scenario.digest == views.base_scenario().digest

    def wanted(self, now: float) -> int:
        """Worlds that somebody still wants of it."""
        return max((one.worlds for one in self.looks.values() if one.fresh(now)), default=0)

    @property
    def whole(self) -> int:
        """Rounds that are there, without a gap."""
        return next((number for number in range(len(ROUNDS)) if number not in self.done), len(ROUNDS))

    def next(self, worker: int, workers: int, now: float) -> int | None:
        """The next round for a worker, of those that somebody wants; None when there is none."""
        most = 0 if self.failed else self.wanted(now)
        for number, (first, _) in enumerate(ROUNDS):
            if first < most and number % workers == worker and number not in self.done and number not in self.busy:
                return number
        return None

    @property
    def shown(self) -> tuple[int, int]:
        """How many rounds are shown, and how many quarters of them: all that are whole, or the first look as far as its
        rounds have come, those that are much behind left out."""
        if self.whole >= min(FIRST, len(ROUNDS)):
            return self.whole, QUARTERS
        tables = self.begun | self.done
        come = [int(tables[number]["quarter_number"].max()) if number in tables else 0 for number in range(FIRST)]
        level = [quarters for quarters in come if 0 < come[0] <= 2 * quarters]
        return len(level), min(level, default=0)

    def found(self, view: View, version: int) -> Found:
        """What is known of it, in no more worlds than the view asks for."""
        rounds, quarters = self.shown
        numbers = [number for number in range(rounds) if ROUNDS[number][0] < view.worlds]
        tables = self.begun | self.done
        here = tuple(tables[number] for number in numbers)
        base = here if self.alike else tuple(self.base[number] for number in numbers)
        worlds = min(sum(ROUNDS[number][1] for number in numbers), view.worlds)
        over = bool(self.failed) or (quarters == QUARTERS and worlds >= view.worlds)
        return Found(view, base, here, quarters, worlds, version, over, self.failed)
