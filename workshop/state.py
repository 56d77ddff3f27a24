"""What a session is now: a pure replay of its log, and the only rules of what may follow what.

    lobby -> briefing -> open -> (paused) -> locked -> resolving -> review -> published -> briefing -> ...

`after(state, event)` gives the next state. Nothing here reads a clock, a database or a model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from workshop import acting, dealing, debriefing, hall, phases
from workshop import cycles as predicting
from workshop.acting import NOTED, Act
from workshop.dealing import EVERYBODY, Dealing
from workshop.debriefing import Debriefing, with_fork
from workshop.hall import Hall
from workshop.log import BRANCHED, Event
from workshop.phases import BRIEFING as BRIEFING
from workshop.phases import LOBBY as LOBBY
from workshop.phases import LOCKED as LOCKED
from workshop.phases import OPEN as OPEN
from workshop.phases import PAUSED as PAUSED
from workshop.phases import PUBLISHED as PUBLISHED
from workshop.phases import RESOLVING as RESOLVING
from workshop.phases import REVIEW as REVIEW
from workshop.seat import Answers as Answers
from workshop.seat import Round as Round
from workshop.seat import Seat as Seat
from workshop.setup import HUMAN, Setup

Data = dict[str, Any]


@dataclass(frozen=True)
class State:
    """A session on one branch. last: place of the last event; deadline: of the open turn; left: seconds that a paused
    turn has; brief: what everybody is shown before the turn, None until it is made; attempt: how often a turn was
    locked; said: by the facilitator since the last briefing; guesses: what each person said of a quarter to come; acts:
    of facilitators."""

    setup: Setup
    seats: dict[str, Seat]
    branch: int = 0
    last: int = 0
    phase: str = LOBBY
    turn: int = 0
    deadline: float | None = None
    left: float | None = None
    attempt: int = 0
    brief: dict[str, Any] | None = None
    coming: dict[str, Any] | None = None
    rounds: tuple[Round, ...] = ()
    cards: tuple[dict[str, str], ...] = ()
    said: tuple[tuple[float, str], ...] = ()
    forks: tuple[dict[str, Any], ...] = ()
    reasons: tuple[dict[str, Any], ...] = ()
    guesses: tuple[dict[str, Any], ...] = ()
    dealing: Dealing = field(default_factory=Dealing)
    debrief: Debriefing = field(default_factory=Debriefing)
    hall: Hall = field(default_factory=Hall)
    cycles: predicting.Cycles = ()
    acts: tuple[Act, ...] = ()

    @property
    def over(self) -> bool:
        """Has the last turn been published?"""
        return self.phase == PUBLISHED and self.turn >= self.setup.turns

    @property
    def humans(self) -> tuple[Seat, ...]:
        """Seats that people play, in order."""
        return tuple(seat for seat in self.seats.values() if seat.human)

    @property
    def waiting(self) -> tuple[Seat, ...]:
        """Claimed seats that have not submitted in this turn."""
        return tuple(one for one in self.humans if one.team and not one.submitted and one.party not in self.hall.away)

    @property
    def holders(self) -> dict[str, str]:
        """Who plays each seat now: 'human' or a bot's grade, also of the bot that plays for a team that is away."""
        away = self.hall.away
        return {one.party: away[one.party][0] if one.party in away else one.holder for one in self.seats.values()}

    @property
    def published(self) -> tuple[Round, ...]:
        """Turns that everybody may see."""
        hidden = 1 if self.phase == REVIEW else 0
        return self.rounds[: len(self.rounds) - hidden]

    @property
    def played(self) -> tuple[dict[str, Any], ...]:
        """The log of every quarter that was played."""
        return tuple(quarter for one in self.rounds for quarter in one.quarters)

    @property
    def mark(self) -> str:
        """Of the turn that is decided: a form with another one is from another turn, or from before a rewind."""
        return f"{self.branch}.{self.turn}"

    def seconds_of(self, turn: int) -> float:
        """A turn's time, with what everybody has more of."""
        return self.setup.seconds_of(turn) * (1.0 + self.dealing.share(EVERYBODY))

    def more_time(self, *parties: str) -> float:
        """The most seconds that any of these has beyond the deadline of this turn."""
        return self.dealing.more_time(self.setup.seconds_of(max(self.turn, 1)), *parties)

    def may(self, kind: str) -> bool:
        """May an event of this kind come now?"""
        return kind not in phases.MAY_FOLLOW or self.phase in phases.MAY_FOLLOW[kind]

    def seat(self, party: str, **changes: Any) -> State:
        """The same with a seat changed."""
        return replace(self, seats={**self.seats, party: replace(self.seats[party], **changes)})


def begun(data: Data) -> State:
    """The first state of a session."""
    setup = Setup(**data)
    return State(setup, {party: Seat(party, holder) for party, holder in setup.seats.items()})


def replay(events: Iterable[Event]) -> State:
    """The state that a log leads to. Its first event creates the session."""
    events = iter(events)
    first = next(events)
    state = replace(begun(first.data), last=first.seq)
    for event in events:
        state = after(state, event)
    return state


def after(state: State, event: Event) -> State:
    """The state after one more event. ValueError when it may not come in this phase: the log never holds such."""
    if not state.may(event.kind):
        raise ValueError(f"'{event.kind}' may not come in phase '{state.phase}'")
    if event.kind in hall.MOVES:
        moved = replace(state, hall=hall.MOVES[event.kind](state.hall, event.data, event.at))
    else:
        moved = MOVES[event.kind](state, event.data, event.at)
    act = acting.act_of(event, moved.turn)
    return replace(moved, branch=event.branch, last=event.seq, acts=(*moved.acts, *((act,) if act else ())))


# --- rounds -----------------------------------------------------------------------------------------------------------


def _dealt(state: State, data: Data, at: float) -> State:
    shown = data["brief"]
    return replace(state, coming=shown) if state.phase == PUBLISHED else replace(state, brief=shown)


def _briefed(state: State, data: Data, at: float) -> State:
    seats = {
        party: replace(seat, submitted=False, late=None, answers=dict(data.get("answers", {}).get(party, {})))
        for party, seat in state.seats.items()
    }
    brief = state.coming or state.brief
    moved = replace(state, phase=BRIEFING, turn=state.turn + 1, seats=seats, brief=brief, coming=None, said=())
    return moved if state.hall.began is not None else replace(moved, hall=replace(state.hall, began=at))


def _opened(state: State, data: Data, at: float) -> State:
    return replace(state, phase=OPEN, deadline=data["deadline"], left=None)


def _paused(state: State, data: Data, at: float) -> State:
    return replace(state, phase=PAUSED, deadline=None, left=data["left"])


def _extended(state: State, data: Data, at: float) -> State:
    if state.phase == PAUSED:
        return replace(state, left=(state.left or 0.0) + data["seconds"])
    return replace(state, deadline=(state.deadline or at) + data["seconds"])


def _locked(state: State, data: Data, at: float) -> State:
    return replace(state, phase=LOCKED, deadline=None, left=None, attempt=state.attempt + 1)


def _resolving(state: State, data: Data, at: float) -> State:
    return replace(state, phase=RESOLVING)


def _resolved(state: State, data: Data, at: float) -> State:
    quarters, figures = tuple(data["quarters"]), tuple(data["yardsticks"])
    told = Round(state.turn, data["answers"], quarters, figures, data["outcomes"])
    return replace(state, phase=REVIEW, rounds=(*state.rounds, told), coming=data["brief"])


def _reopened(state: State, data: Data, at: float) -> State:
    seats = {
        party: replace(seat, submitted=False, answers=seat.late or seat.answers, late=None)
        for party, seat in state.seats.items()
    }
    return replace(state, phase=OPEN, deadline=data["deadline"], rounds=state.rounds[:-1], coming=None, seats=seats)


def _published(state: State, data: Data, at: float) -> State:
    return replace(state, phase=PUBLISHED)


def _branched(state: State, data: Data, at: float) -> State:
    """A rewind: people keep their seats, what they had answered in the turn comes back as a draft, and turns that were
    dropped since stay dropped."""
    seats = {
        party: replace(
            seat,
            submitted=False,
            late=None,
            answers=dict(data["answers"].get(party, {})),
            **data["seats"][party],
        )
        for party, seat in state.seats.items()
    }
    dealt = state.dealing.taken_up(data.get("dealing", {}))
    kept, said = hall.hall(data["hall"]) if "hall" in data else state.hall, (*state.said, (at, data["says"]))
    acts = tuple(Act(**one) for one in data["acts"]) if "acts" in data else state.acts
    guesses = (*state.guesses, *data.get("guesses", ()))
    setup = replace(state.setup, turns=data.get("turns", state.setup.turns))
    moved = replace(state, setup=setup, seats=seats, said=said, attempt=0, dealing=dealt, hall=kept)
    return replace(moved, acts=acts, guesses=tuple(guesses))


# --- seats ------------------------------------------------------------------------------------------------------------


def _claimed(state: State, data: Data, at: float) -> State:
    return state.seat(data["seat"], team=data["team"], word=data["word"], holder=HUMAN, since=at)


def _released(state: State, data: Data, at: float) -> State:
    return state.seat(data["seat"], team="", word="")


def _held(state: State, data: Data, at: float) -> State:
    return state.seat(data["seat"], holder=data["holder"])


def _drafted(state: State, data: Data, at: float) -> State:
    seat = state.seats[data["seat"]]
    return state.seat(seat.party, answers=data["answers"], revision=seat.revision + 1, submitted=False)


def _submitted(state: State, data: Data, at: float) -> State:
    seat = state.seats[data["seat"]]
    given = state.seat(seat.party, answers=data["answers"], revision=seat.revision + 1, submitted=True)
    if not data.get("reason"):
        return given
    told = {"turn": state.turn, "seat": seat.party, "reason": data["reason"]}
    return replace(given, reasons=(*state.reasons, told))


def _guessed(state: State, data: Data, at: float) -> State:
    """A person's guess in this turn; the last one stands."""
    others = [one for one in state.guesses if (one["turn"], one["who"]) != (state.turn, data["who"])]
    return replace(state, guesses=(*others, {**data, "turn": state.turn}))


def _late(state: State, data: Data, at: float) -> State:
    return state.seat(data["seat"], late=data["answers"])


def _said(state: State, data: Data, at: float) -> State:
    """What is said stands on every screen until the next briefing or step of the debrief; '' takes it away before."""
    return replace(state, said=(*state.said, (at, data["text"])) if data["text"] else ())


def _shocked(state: State, data: Data, at: float) -> State:
    laid = replace(state, cards=(*state.cards, {"card": data["card"], "from": data["from"]}))
    return replace(laid, coming=None) if state.phase == PUBLISHED else replace(laid, brief=None)


def _dropped(state: State, data: Data, at: float) -> State:
    return replace(state, setup=replace(state.setup, turns=data["turns"]))


def _dealing(move: Callable[[Dealing, int, Data, float], Dealing]) -> Callable[[State, Data, float], State]:
    return lambda state, data, at: replace(state, dealing=move(state.dealing, state.turn, data, at))


def _walked(state: State, data: Data, at: float) -> State:
    return replace(state, debrief=debriefing.walked(state.debrief, data, state.over), said=())


def _forked(state: State, data: Data, at: float) -> State:
    return replace(state, forks=with_fork(state.forks, data))


def _part(name: str, move: Callable[[Any, Data], Any]) -> Callable[[State, Data, float], State]:
    return lambda state, data, at: replace(state, **{name: move(getattr(state, name), data)})


MOVES: dict[str, Callable[[State, Data, float], State]] = {
    "dealt": _dealt,
    "briefed": _briefed,
    "opened": _opened,
    "paused": _paused,
    "resumed": _opened,
    "extended": _extended,
    "locked": _locked,
    "resolving": _resolving,
    "resolved": _resolved,
    "reopened": _reopened,
    "published": _published,
    BRANCHED: _branched,
    "claimed": _claimed,
    "released": _released,
    "held": _held,
    "drafted": _drafted,
    "submitted": _submitted,
    "late": _late,
    "guessed": _guessed,
    "said": _said,
    "shocked": _shocked,
    "forked": _forked,
    "dropped": _dropped,
    NOTED: lambda state, data, at: state,
    **{kind: _dealing(move) for kind, move in dealing.MOVES.items()},
    **{kind: _part("debrief", move) for kind, move in debriefing.MOVES.items()},
    "walked": _walked,
    **{kind: _part("cycles", move) for kind, move in predicting.MOVES.items()},
}
