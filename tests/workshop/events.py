"""Sessions and events for tests of the workshop, and a clock that is set by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workshop.log import Event, New
from workshop.setup import HUMAN, Setup

NOON = 1_700_000_000.0


@dataclass
class HandClock:
    """A clock that stands until it is set."""

    time: float = NOON

    def now(self) -> float:
        return self.time


def setup(**changes: Any) -> Setup:
    """Two people and a bot, two turns of a quarter."""
    given: dict[str, Any] = {
        "title": "A class",
        "agenda": "a",
        "scenario": "baseline",
        "seed": 7,
        "turns": 2,
        "quarters_a_turn": 1,
        "unplayed": 0,
        "level": 3,
        "seconds": 210,
        "seats": {"aws": HUMAN, "nvidia": HUMAN, "anthropic": "skilled"},
    }
    return Setup(**{**given, **changes})


BRIEF: dict[str, Any] = {"quarter": "2026Q1", "public": {}, "seats": {}}
ROUND: dict[str, Any] = {
    "answers": {"aws": {"order": "600"}},
    "quarters": [{}],
    "yardsticks": [{}],
    "brief": BRIEF,
    "outcomes": {},
}
STORY = (
    New("created", setup().data()),
    New("dealt", {"brief": BRIEF}),
    New("claimed", {"seat": "aws", "team": "Blue", "word": "kiwi"}),
    New("briefed"),
    New("opened", {"deadline": NOON + 210}),
    New("drafted", {"seat": "aws", "answers": {"order": "500"}}),
    New("submitted", {"seat": "aws", "answers": {"order": "600"}}),
    New("locked"),
    New("resolving"),
    New("resolved", ROUND, "resolved:1:1"),
    New("published"),
    New("briefed"),
)
"""A turn from the lobby to the next briefing."""


def events(*new: New, branch: int = 0) -> list[Event]:
    """Events at their places."""
    return [Event(branch, seq, NOON + seq, one.kind, one.data, one.key) for seq, one in enumerate(new, start=1)]
