"""Whether a class will be done in time: two thirds of an agenda are for playing, a third is for the debrief."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from workshop.agenda import Agenda
from workshop.hall import MINUTE
from workshop.state import BRIEFING, LOBBY, PUBLISHED, REVIEW, State

PLAYED_PART = 2.0 / 3.0
REVEAL = 90.0
"""Seconds of a turn after its lock: playing it and looking at what came."""


@dataclass(frozen=True)
class Pace:
    """late: minutes by which the debrief begins late at this pace, at most 0 when it does not; turns: in how many
    turns in all it would begin on time, or as nearly as can be, None when none need be dropped or can be; enough: does
    dropping them suffice?"""

    late: float
    turns: int | None
    enough: bool = True

    @property
    def words(self) -> str:
        """In a sentence."""
        if self.late <= 0:
            return f"On time: at this pace the debrief begins {_minutes(round(-self.late))} early."
        return f"Late: at this pace the debrief begins {_minutes(ceil(self.late))} late."


def _minutes(count: int) -> str:
    return "1 minute" if count == 1 else f"{count} minutes"


def pace(state: State, plan: Agenda, now: float, left: float | None) -> Pace | None:
    """How a class stands; None before its first briefing and after its last turn. The clock begins with the first
    briefing, at the minute that the script gives it. Each turn takes its own time, with what teams have more of."""
    if state.hall.began is None or state.phase == LOBBY or state.over:
        return None
    starts = MINUTE * (plan.script[1].minute if len(plan.script) > 1 else 0)
    allowed = PLAYED_PART * MINUTE * plan.minutes - starts
    after = [_takes(state, turn) for turn in range(state.turn + 1, state.setup.turns + 1)]
    late = now - state.hall.began + _this_turn(state, left) + sum(after) - allowed
    droppable = after[1 if state.phase == PUBLISHED else 0 :]  # the briefing of the next turn is there
    saved, turns = 0.0, state.setup.turns
    while late > saved and droppable:
        saved, turns = saved + droppable.pop(), turns - 1
    return Pace(late / MINUTE, turns if turns < state.setup.turns else None, saved >= late)


def _takes(state: State, turn: int) -> float:
    """Seconds of a whole turn: the room waits for teams that have more time."""
    more = state.dealing.more_time(state.setup.seconds_of(turn), *(seat.party for seat in state.humans if seat.team))
    return state.seconds_of(turn) + more + REVEAL


def _this_turn(state: State, left: float | None) -> float:
    if state.phase == PUBLISHED:
        return 0.0
    if state.phase == BRIEFING:
        return _takes(state, state.turn)
    if state.phase == REVIEW or left is None:
        return REVEAL
    return left + state.more_time(*(seat.party for seat in state.waiting)) + REVEAL
