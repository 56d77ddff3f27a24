"""What people said Trainium's share would be, against what came. People are numbers."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from workshop.scores import brier, class_chance
from workshop.state import State

Data = dict[str, Any]
GUESSED = "trainium_share_used"
"""What each person guesses."""


def persons(state: State) -> dict[str, str]:
    """Pseudonyms of people who guessed or voted, by number in the order in which they came."""
    seen = dict.fromkeys([str(one["who"]) for one in state.guesses])
    seen |= dict.fromkeys(state.debrief.votes)
    return {who: f"Person {number}" for number, who in enumerate(seen, 1)}


@dataclass(frozen=True)
class Forecaster:
    """A person's guesses against what came. known: how many of them have come; error: mean distance in points; usual:
    the same of guessing that nothing changes; lean: mean of guess less result; brier: of the direction."""

    person: str
    guesses: int
    known: int
    error: float | None = None
    usual: float | None = None
    lean: float | None = None
    brier: float | None = None


def _known(state: State) -> list[tuple[Data, float, float]]:
    """Guesses whose quarter has been played: the guess, Trainium's share in % before the turn, and what came. A guess
    in the first turn is held against its first quarter."""
    rows = [row for one in state.published for row in one.yardsticks]
    came = {row["quarter"]: 100.0 * row["room"][GUESSED] for row in rows}
    before, last = {}, None
    for one in state.published:
        first = 100.0 * one.yardsticks[0]["room"][GUESSED]
        before[one.turn] = first if last is None else last
        last = 100.0 * one.yardsticks[-1]["room"][GUESSED]
    return [(one, before[one["turn"]], came[one["of"]]) for one in state.guesses if one["of"] in came]


def calibration(state: State) -> list[Forecaster]:
    """Each person's record, the nearest first."""
    known, names, found = _known(state), persons(state), []
    for who in dict.fromkeys(str(one["who"]) for one in state.guesses):
        said = sum(one["who"] == who for one in state.guesses)
        mine = [(one["value"], now, came) for one, now, came in known if one["who"] == who]
        if not mine:
            found.append(Forecaster(names[who], said, 0))
            continue
        found.append(
            Forecaster(
                names[who],
                said,
                len(mine),
                mean(abs(guess - came) for guess, _, came in mine),
                mean(abs(now - came) for _, now, came in mine),
                mean(guess - came for guess, _, came in mine),
                mean(brier(class_chance([guess], now), came > now) for guess, now, came in mine),
            )
        )
    return sorted(found, key=lambda one: (one.error is None, one.error or 0.0))


def class_scores(state: State) -> list[tuple[str, int, str, str, str]]:
    """A row a quarter guessed of: how many guessed, the class's chance of a rise, what came, and its Brier score."""
    found = []
    known = _known(state)
    for quarter in sorted({one["of"] for one, _, _ in known}):
        here = [(one["value"], now, came) for one, now, came in known if one["of"] == quarter]
        now, came = here[0][1], here[0][2]
        chance = class_chance([guess for guess, _, _ in here], now)
        outcome = f"{now:.1f} to {came:.1f} %"
        found.append((quarter, len(here), f"{100.0 * chance:.0f} %", outcome, f"{brier(chance, came > now):.2f}"))
    return found


def room_guess(state: State) -> str:
    """The class's median guess of the last quarter that has come, and what came."""
    known = _known(state)
    if not known:
        return ""
    last = max(one["of"] for one, _, _ in known)
    values = [one["value"] for one, _, _ in known if one["of"] == last]
    came = next(came for one, _, came in known if one["of"] == last)
    return f"For {last} the class guessed {median(values):.1f} % (its median); {came:.1f} % came."
