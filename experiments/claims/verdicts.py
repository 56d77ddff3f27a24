"""What an experiment says of a claim, by a rule that the claim declares beforehand.

A rule is read on the paired difference (rises, falls, holds) or on the level (above). A difference counts when its
95 % interval leaves 0 out and it is larger than what the outcome calls nothing; one world has no interval and decides
nothing. A claim is supported when it is at least as large as the claim says. Where nothing moves because buyers queue
for full capacity, nothing can be said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from experiments.stats import Estimate, brackets, interval, number
from experiments.whatif.outcomes import OUTCOMES, Outcome

SUPPORTS, SMALLER, CONTRADICTS = "supports", "visible, but small", "contradicts"
NO_EFFECT, SUPPLY, UNDECIDED = "no visible effect", "cannot say: supply binds", "undecided"
NOT_TESTABLE = "not testable here"
CODES = (SUPPORTS, SMALLER, CONTRADICTS, NO_EFFECT, SUPPLY, UNDECIDED, NOT_TESTABLE)
TIGHT = 50.0
"""Supply that binds on this share of Trainium's capacity, in per cent, can hide an effect in a queue."""
NOTHING_TO_TEST = "It describes the world, feeds the model or stays outside of it; no experiment here could decide it."
HELD_BACK = "Capacity binds and more buyers wait for it, so part of what they want does not show."
RULES = ("rises", "falls", "holds", "above", "consequence")


class Test(Protocol):
    """The fields of a claim that a verdict rests on."""

    @property
    def experiment(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def by(self) -> float: ...
    @property
    def at(self) -> int: ...


@dataclass(frozen=True)
class Reading:
    """An outcome of an experiment at a horizon: level here and there, and the paired change."""

    outcome: Outcome
    quarter_number: int
    quarter: str
    against: str
    base: float
    level: float
    level_low: float
    level_high: float
    change: Estimate

    @property
    def words(self) -> str:
        """'+0.42 points (95 % interval +0.31 to +0.53; nine worlds in ten +0.1 to +0.8)'."""
        c, unit = self.change, self.outcome.change_unit
        broken = f"; {c.left_out}" if c.broken else ""
        band = f"; nine worlds in ten {number(c.p5)} to {number(c.p95)}" if c.decides else ""
        return f"{number(c.mean)} {unit} ({interval(c)}{band}{broken})"


@dataclass(frozen=True)
class Verdict:
    """code: one of CODES. sentence: what the model says, with its numbers; short: the same for a table's cell."""

    code: str
    sentence: str
    short: str
    reading: Reading | None = None


class Seen:
    """Looks things up in a measured table."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.rows = {(r["experiment"], r["outcome"], int(r["quarter_number"])): r for r in table.to_dict("records")}
        self.horizons = sorted({int(quarter) for quarter in table["quarter_number"]})

    def has(self, experiment: str, outcome: str = "") -> bool:
        """Was this experiment measured, on this outcome if one is named?"""
        return any(key[0] == experiment and outcome in ("", key[1]) for key in self.rows)

    def reached(self, at: int) -> int:
        """The horizon itself, or the last one before it that was played; the first one at least."""
        return max([one for one in self.horizons if one <= at], default=self.horizons[0])

    def reading(self, experiment: str, outcome: str, at: int) -> Reading:
        """An outcome of an experiment at a horizon."""
        row = self.rows[experiment, outcome, self.reached(at)]
        mean, low, high, median, p5, p95 = (float(row[k]) for k in ("mean", "low", "high", "median", "p5", "p95"))
        base, level, level_low, level_high = (float(row[k]) for k in ("base", "level", "level_low", "level_high"))
        return Reading(
            OUTCOMES[outcome],
            int(row["quarter_number"]),
            str(row["quarter"]),
            str(row["against"]),
            base,
            level,
            level_low,
            level_high,
            Estimate(mean, low, high, median, p5, p95, int(row["worlds"]), int(row.get("broken", 0))),
        )


def judge(test: Test, seen: Seen) -> Verdict:
    """What the model says of a claim."""
    if not test.experiment or not seen.has(test.experiment):
        return Verdict(NOT_TESTABLE, NOTHING_TO_TEST, "–")
    reading = seen.reading(test.experiment, test.outcome, test.at)
    queue = longer_queue(test, reading.outcome, seen)
    code = decide(test.rule, test.by, reading, queue)
    held_back = f" {HELD_BACK}" if queue and code in (SMALLER, SUPPLY) else ""
    return Verdict(code, _sentence(test, code, reading) + held_back, _short(test, reading), reading)


def longer_queue(test: Test, outcome: Outcome, seen: Seen) -> bool:
    """Does capacity bind, and do more buyers wait for it than in the other cell?"""
    if outcome.queue is None:
        return False
    binding, pressure = (seen.reading(test.experiment, name, test.at) for name in outcome.queue)
    return binding.level >= TIGHT and pressure.change.low > 0.0


def decide(rule: str, by: float, reading: Reading, queue: bool) -> str:
    """The code of a verdict. by: the size that the claim calls for; queue: do more buyers wait for full capacity?"""
    if rule == "consequence":
        return NOT_TESTABLE
    if rule == "above":
        return _side(reading.level_low >= by, reading.level_high < by)
    if not reading.change.decides:
        return UNDECIDED
    low, high, mean = reading.change.low, reading.change.high, reading.change.mean
    if rule == "holds":
        return _side(-by < low and high < by, low >= by or high <= -by)
    if reading.change.holds_zero or abs(mean) < reading.outcome.null:
        return SUPPLY if queue else NO_EFFECT
    claimed = mean if rule == "rises" else -mean
    if claimed < 0.0:
        return CONTRADICTS
    return SUPPORTS if claimed >= by else SMALLER


def _side(inside: bool, outside: bool) -> str:
    return SUPPORTS if inside else CONTRADICTS if outside else UNDECIDED


def _sentence(test: Test, code: str, reading: Reading) -> str:
    title, when = reading.outcome.title, f"at q{reading.quarter_number} ({reading.quarter})"
    if test.rule == "above":
        span = (
            f"95 % interval {reading.level_low:.1f} to {reading.level_high:.1f}"
            if reading.change.decides
            else reading.change.why_not
        )
        level = f"{reading.level:.1f} {reading.outcome.unit} {when}"
        said = f"{title} is {level} ({span}); {reading.against}: {reading.base:.1f}"
    else:
        said = f"{title}: {reading.words} {when}; {reading.against}: {reading.base:.1f} {reading.outcome.unit}"
    follows = "What would follow, not a test: " if test.rule == "consequence" else ""
    return f"{follows}{said}."


def _short(test: Test, reading: Reading) -> str:
    """'share +0.42 points [+0.31, +0.53] at q20'; for what would follow, in brackets."""
    o, c, when = reading.outcome, reading.change, f"at q{reading.quarter_number}"
    if test.rule == "above":
        span = f"[{reading.level_low:.1f}, {reading.level_high:.1f}]" if c.decides else brackets(c)
        return f"{o.brief} {reading.level:.1f} {o.unit} {span} {when}"
    text = f"{o.brief} {number(c.mean)} {o.change_unit} {brackets(c)} {when}"
    return f"(would follow: {text})" if test.rule == "consequence" else text
