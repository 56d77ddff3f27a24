"""Whether a class will be done in time: two thirds of an agenda are for playing, a third is for the debrief."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from workshop.agenda import Agenda
from workshop.hall import MINUTE
from workshop.state import LOBBY, PUBLISHED, REVIEW, State

PLAYED_PART = 2.0 / 3.0
REVEAL = 90.0
"""Seconds of a turn after its lock: playing it and looking at what came."""


@dataclass(frozen=True)
class Pace:
    """late: minutes by which the debrief begins late at this pace, at most 0 when it does not; turns: in how many
    turns in all it would begin on time, None when even dropping all that can be dropped does not help or nothing
    need be dropped."""

    late: float
    turns: int | None
    least: int

    @property
    def words(self) -> str:
        """In a sentence."""
        if self.late <= 0:
            return f"On time: at this pace the debrief begins {-self.late:.0f} minutes early."
        return f"Late: at this pace the debrief begins {ceil(self.late)} minutes late."


def pace(state: State, plan: Agenda, now: float, left: float | None) -> Pace | None:
    """How a class stands; None before its first briefing and after its last turn. The clock begins with the first
    briefing, at the minute that the script gives it."""
    if state.hall.began is None or state.phase == LOBBY or state.over:
        return None
    starts = MINUTE * (plan.script[1].minute if len(plan.script) > 1 else 0)
    allowed = PLAYED_PART * MINUTE * plan.minutes - starts
    a_turn = state.setup.seconds + REVEAL
    after = state.setup.turns - state.turn
    needed = _this_turn(state, left) + a_turn * after
    late = (now - state.hall.began + needed - allowed) / MINUTE
    least = max(state.turn + (1 if state.phase == PUBLISHED else 0), 1)
    droppable = state.setup.turns - least
    wanted = ceil(late * MINUTE / a_turn) if late > 0 else 0
    turns = state.setup.turns - min(wanted, droppable) if wanted and droppable > 0 else None
    return Pace(late, turns, least)


def _this_turn(state: State, left: float | None) -> float:
    if state.phase == PUBLISHED:
        return 0.0
    if state.phase == REVIEW or left is None:
        return REVEAL if state.phase != "briefing" else state.setup.seconds + REVEAL
    return left + REVEAL
