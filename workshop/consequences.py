"""What each team's own decisions did, told after every turn as the terminal tells it: the quarters played again with
the rule's decision in one turn instead of the team's. Worked out beside the play once a turn's result is there, and
kept in the log under the turn, so that it is there when the turn is published and a restart loses nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from functools import partial
from typing import Any

from agents.seats import Recorded
from experiments.play.because import Span, sentences, together, weight
from workshop.alternatives import playable
from workshop.analyses import Desk
from workshop.log import New
from workshop.rooms import Rooms, task_of
from workshop.state import Round, State
from workshop.table import Task, book_of

Data = dict[str, Any]
BECAUSE = "because"
NOTHING = "Your decisions are the rule of thumb's so far, or what they changed is too small to tell."


def told(task: Task, spans: Mapping[str, tuple[Span, ...]]) -> dict[str, dict[str, Any]]:
    """'seats': party -> what its own decisions did to the last quarter that was played, a sentence a decision; 'why':
    party -> one sentence on the decision that counted most so far. spans: the quarters of each turn that people
    decided, by party. Everybody else repeats the record."""
    book = book_of(task)
    again = together(book, spans, {party: Recorded(book.decisions(party)) for party in playable(task)})
    with closing(next(iter(again.values())).game):
        said = {party: sentences(one.follow(book).last_quarter(), one.without_effect()) for party, one in again.items()}
        return {"seats": said, "why": {party: weight(one.weightiest()) for party, one in again.items()}}


def spans(state: State) -> dict[str, tuple[Span, ...]]:
    """Party -> first and last quarter of each turn that people decided, counted from 1, of teams that decided in the
    last turn. A turn's last quarter is that up to which its decisions were held."""
    found: dict[str, list[Span]] = {party: [] for party in teams(state, state.rounds[-1])}
    first = 1
    for one in state.rounds:
        for party in found.keys() & one.answers.keys():
            found[party].append((first, first + len(one.quarters) - 1))
        first += len(one.quarters)
    return {party: tuple(mine) for party, mine in found.items()}


def look(rooms: Rooms, desk: Desk, session: str) -> None:
    """Have what the last turn's decisions did worked out, unless it is there, is under way or could not be."""
    state = rooms.state(session)
    if not _due(state) or (session, _name(state.rounds[-1])) in desk.troubles:
        return
    desk.begin(rooms, session, _name(state.rounds[-1]), partial(_find, rooms, session, desk, state))


def shown(state: State, party: str) -> list[str] | None:
    """What a team is told of its own decisions after the last turn that was published; None while it is not known, or
    when people did not decide."""
    found = _kept(state, state.published[-1]) if state.published else None
    said = None if found is None else found["seats"].get(party)
    return None if said is None else list(said) or [NOTHING]


def why(state: State, party: str) -> str:
    """One sentence on the decision that counted most for a team up to the last turn that was published; '' while it is
    not known."""
    found = _kept(state, state.published[-1]) if state.published else None
    return str((found or {}).get("why", {}).get(party, ""))


def awaited(state: State, desk: Desk, session: str, party: str) -> bool:
    """Will a team be told before long?"""
    if not state.published or (session, _name(state.published[-1])) in desk.troubles:
        return False
    return party in teams(state, state.published[-1]) and _kept(state, state.published[-1]) is None


def _name(one: Round) -> str:
    return f"{BECAUSE} {one.turn}"


def mark(one: Round) -> str:
    """Equal for a turn that came out the same."""
    return str(one.quarters[-1].get("digest", ""))


def teams(state: State, one: Round) -> list[str]:
    """Seats that people decided for in a turn; one that nobody has taken is played as it is filled in."""
    return [party for party, answers in one.answers.items() if answers or state.seats[party].team]


def _due(state: State) -> bool:
    return bool(state.rounds and teams(state, state.rounds[-1])) and _kept(state, state.rounds[-1]) is None


def _kept(state: State, one: Round) -> Data | None:
    found = state.debrief.found.get(_name(one))
    return found if found is not None and found["of"] == mark(one) else None


def _find(rooms: Rooms, session: str, desk: Desk, state: State) -> None:
    found, of = desk.call(told, task_of(state), spans(state)), mark(state.rounds[-1])
    new = New("found", {"what": _name(state.rounds[-1]), "data": {"of": of, **found}})
    rooms.act(session, lambda now: [new] if _due(now) and mark(now.rounds[-1]) == of else [])
