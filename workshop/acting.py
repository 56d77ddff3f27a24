"""What facilitators did: who, when, what and why. Whatever a facilitator's form adds to a log is signed with who sent
it and the reason that was given.

Who is 'facilitator' or a co-host by number: nobody has a name here. Reasons are typed freely and leave the house in no
file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from workshop.cycles import LEFT_OUT
from workshop.log import BRANCHED, Event, New

LONGEST_WHY = 200
BY, BECAUSE = "sender", "because"
NOTED = "noted"
SIGNED = (
    *("briefed", "opened", "resumed", "paused", "extended", "locked", "published", "reopened", BRANCHED, "dropped"),
    *("submitted", "held", "released", "claimed", "let_in", "doored", "excused", "kept", "eased", "shocked", "said"),
    LEFT_OUT,
    NOTED,
)
"""Kinds of events that are signed when a facilitator brings them about."""
_SENDER: ContextVar[tuple[str, str]] = ContextVar("who sends the form that is answered just now, and why")


@dataclass(frozen=True)
class Act:
    """What a facilitator did. at: seconds since 1970; kind: of the event, and data: what of it is told; why: '' when no
    reason was given."""

    at: float
    turn: int
    who: str
    kind: str
    data: dict[str, Any]
    why: str


@contextmanager
def acting(who: str, why: str = "") -> Iterator[None]:
    """Everything that is added to a log in here, in this thread, is this facilitator's act; nobody's when who is ''."""
    token = _SENDER.set((who, " ".join(why.split())[:LONGEST_WHY]))
    try:
        yield
    finally:
        _SENDER.reset(token)


def signed(new: New) -> New:
    """An event with who brings it about, and why, when that is a facilitator."""
    who, why = _SENDER.get(("", ""))
    return replace(new, data={**new.data, BY: who, BECAUSE: why}) if who and new.kind in SIGNED else new


def act_of(event: Event, turn: int) -> Act | None:
    """The act that an event is; None when it is no facilitator's."""
    if BY not in event.data:
        return None
    told = {name: value for name, value in event.data.items() if isinstance(value, (str, int, float))}
    why = str(told.pop(BECAUSE, "")) or str(told.pop("reason", ""))
    return Act(event.at, turn, str(told.pop(BY)), event.kind, told, why)
