"""Predict and reveal: a room of any size guesses what a change does, before it is shown. Pure: a session's cycles are
the replay of its log, as turns are.

    asked -> pairs predict -> closed -> shown -> the next is asked -> ...

A change whose worlds cannot be played is left out in the place of being shown; what was predicted of it counts nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

LOWER, SAME, HIGHER = "lower", "same", "higher"
SIGNS = {LOWER: "lower", SAME: "about the same", HIGHER: "higher"}
MOST, STEP, NEAR = 6.0, 0.25, 0.25
"""Largest size that is asked for, its step, and the change that still counts as about the same: percentage points."""
LEFT_OUT = "cycle_left_out"
Data = dict[str, Any]


@dataclass(frozen=True)
class Guess:
    """What a pair predicts. size: percentage points, 0 where the sign is 'same'."""

    who: str
    sign: str
    size: float

    @property
    def value(self) -> float:
        """The change in percentage points, with its sign."""
        return {LOWER: -1.0, SAME: 0.0, HIGHER: 1.0}[self.sign] * self.size

    @property
    def words(self) -> str:
        """'lower by 1.5 points'."""
        return SIGNS[self.sign] if self.sign == SAME else f"{SIGNS[self.sign]} by {self.size:g} points"


@dataclass(frozen=True)
class Cycle:
    """One change that is predicted. asked: its title, question and address on the what-if page; guesses: one a pair;
    closed: when no more predictions were taken, None until then; shown: what the model says, None until then; left_out:
    why it could not be played, in a sentence, '' unless the facilitator went on without it."""

    number: int
    asked: Data
    guesses: tuple[Guess, ...] = ()
    shown: Data | None = None
    closed: float | None = None
    left_out: str = ""

    @property
    def over(self) -> bool:
        """Was it shown, or left out?"""
        return self.shown is not None or bool(self.left_out)

    def of(self, who: str) -> Guess | None:
        """What a pair has predicted."""
        return next((one for one in self.guesses if one.who == who), None)

    @property
    def came(self) -> str:
        """The sign of what the middle world shows; '' before that."""
        return "" if self.shown is None else sign_of(float(self.shown["middle"]))

    @property
    def right(self) -> int:
        """Pairs that had the sign."""
        return sum(one.sign == self.came for one in self.guesses)

    @property
    def within(self) -> int:
        """Pairs whose prediction lies where nine worlds in ten lie."""
        if self.shown is None:
            return 0
        return sum(self.shown["low"] <= one.value <= self.shown["high"] for one in self.guesses)

    @property
    def middle(self) -> float | None:
        """The middle prediction."""
        return median(one.value for one in self.guesses) if self.guesses else None


Cycles = tuple[Cycle, ...]


def sign_of(change: float) -> str:
    """The sign that a change counts as."""
    return SAME if abs(change) < NEAR else HIGHER if change > 0.0 else LOWER


def current(cycles: Cycles) -> Cycle | None:
    """The cycle that was asked last."""
    return cycles[-1] if cycles else None


def is_open(cycles: Cycles) -> bool:
    """May pairs predict now?"""
    return bool(cycles) and not cycles[-1].over and cycles[-1].closed is None


def waits(cycles: Cycles) -> bool:
    """Are predictions closed, and has the model not been shown yet?"""
    return bool(cycles) and not cycles[-1].over and cycles[-1].closed is not None


# --- events -----------------------------------------------------------------------------------------------------------


def _asked(cycles: Cycles, data: Data) -> Cycles:
    if is_open(cycles) or waits(cycles):
        raise ValueError("a cycle is asked when the last one was shown")
    return (*cycles, Cycle(len(cycles) + 1, data))


def _predicted(cycles: Cycles, data: Data) -> Cycles:
    """A pair's prediction; its last one stands."""
    if waits(cycles):
        raise ValueError("no cycle is open")
    last = _last(cycles)
    others = tuple(one for one in last.guesses if one.who != data["who"])
    return (*cycles[:-1], replace(last, guesses=(*others, Guess(data["who"], data["sign"], data["size"]))))


def _shown(cycles: Cycles, data: Data) -> Cycles:
    return (*cycles[:-1], replace(_last(cycles), shown=data))


def _closed(cycles: Cycles, data: Data) -> Cycles:
    return (*cycles[:-1], replace(_last(cycles), closed=data["at"]))


def _left_out(cycles: Cycles, data: Data) -> Cycles:
    if not waits(cycles):
        raise ValueError("a cycle is left out while it waits for what the model says")
    return (*cycles[:-1], replace(_last(cycles), left_out=data["failed"]))


def _last(cycles: Cycles) -> Cycle:
    if not cycles or cycles[-1].over:
        raise ValueError("no cycle is open")
    return cycles[-1]


MOVES: Mapping[str, Callable[[Cycles, Data], Cycles]] = {
    "cycle_asked": _asked,
    "cycle_predicted": _predicted,
    "cycle_closed": _closed,
    "cycle_shown": _shown,
    LEFT_OUT: _left_out,
}
"""Event -> what it makes of a session's cycles."""


# --- pictures of guesses ----------------------------------------------------------------------------------------------


def heaps(guesses: Sequence[Guess], width: float = 0.5) -> list[tuple[float, int]]:
    """Predictions heaped to the nearest multiple of a width: (change, how many), from the lowest on."""
    found: dict[float, int] = {}
    for one in guesses:
        place = round(one.value / width) * width + 0.0
        found[place] = found.get(place, 0) + 1
    return sorted(found.items())
