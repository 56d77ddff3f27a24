"""A seat in a room, and a turn that was played: parts of a session's state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workshop.setup import HUMAN

Answers = dict[str, str]
"""Question -> answer as it was typed."""


@dataclass(frozen=True)
class Seat:
    """A seat. holder: 'human' or a bot's grade; team: who claimed it, '' while nobody has; since: when it did, in
    seconds since 1970; word: lets a second device of the team in. answers: the last that were saved, which are used
    when the turn is locked; revision: how often they were."""

    party: str
    holder: str
    team: str = ""
    word: str = ""
    answers: Answers = field(default_factory=dict)
    revision: int = 0
    submitted: bool = False
    late: Answers | None = None
    since: float = 0.0

    @property
    def human(self) -> bool:
        """Do people play it?"""
        return self.holder == HUMAN


@dataclass(frozen=True)
class Round:
    """A turn that was played. answers: of people's seats; quarters: the log of each quarter; yardsticks: figures of
    the room and of seats, a row a quarter; outcomes: what came of it for each seat, in words."""

    turn: int
    answers: dict[str, Answers]
    quarters: tuple[dict[str, Any], ...]
    yardsticks: tuple[dict[str, Any], ...]
    outcomes: dict[str, dict[str, Any]]
