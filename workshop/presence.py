"""Which teams look at their pages, and the bot that plays for a team that is away until it is back.

Who looks is known to this process alone; that a bot stands in, and that a team is back, stands in the log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from workshop.clock import Clock
from workshop.hall import MINUTE
from workshop.log import New
from workshop.rooms import Rooms
from workshop.state import OPEN, Seat, State


@dataclass
class Presence:
    """When a device of each team was last seen: it fetched a page, sent a form or held a stream; and when its page was
    last open in a browser, which holds a stream, asks for the version, or loads its page again without a script."""

    clock: Clock
    since: float = field(init=False)
    _seen: dict[tuple[str, str], float] = field(default_factory=dict)
    _open: dict[tuple[str, str], float] = field(default_factory=dict)
    phones: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.since = self.clock.now()

    def saw(self, session: str, party: str) -> None:
        """A device of a team is there now."""
        self._seen[session, party] = self.clock.now()

    def has_open(self, session: str, party: str) -> None:
        """A browser of a team has its page open now."""
        self.saw(session, party)
        self._open[session, party] = self.clock.now()

    def unused(self, session: str, seat: Seat) -> bool:
        """Was a seat taken since this server began, and its page never opened in a browser?"""
        return bool(seat.team) and self.since <= seat.since and self._open.get((session, seat.party), 0.0) < seat.since

    def last(self, session: str, party: str) -> float:
        """When a team was last seen; the start of this server when it has not been since."""
        return self._seen.get((session, party), self.since)


def look(rooms: Rooms, presence: Presence, session: str) -> None:
    """Put a bot in for each team that is away and has handed in nothing in an open turn; take it out when the team is
    back."""
    state = rooms.state(session)
    back = [party for party, (_, at) in state.hall.away.items() if presence.last(session, party) > at]
    gone = [seat.party for seat in state.humans if _gone(state, seat, presence, session, rooms.clock.now())]
    for party in back:
        returned(rooms, session, party)
    for party in gone:
        rooms.act(session, partial(_standing_in, party=party))


def _gone(state: State, seat: Seat, presence: Presence, session: str, now: float) -> bool:
    hall = state.hall
    if state.phase != OPEN or hall.grace is None or not seat.team or seat.party in hall.away:
        return False
    untouched = not seat.submitted and not seat.answers
    return untouched and now - presence.last(session, seat.party) > hall.grace


def _standing_in(state: State, party: str) -> list[New]:
    seat = state.seats[party]
    if state.phase != OPEN or party in state.hall.away or seat.submitted or seat.answers:
        return []
    return [New("stood_in", {"seat": party, "grade": state.hall.grade})]


def returned(rooms: Rooms, session: str, party: str) -> State:
    """A team is back: it has its seat again."""
    return rooms.act(session, lambda state: [New("returned", {"seat": party})] if party in state.hall.away else [])


def grace_words(state: State) -> dict[str, float | None]:
    """What a facilitator may choose: words -> seconds of grace."""
    return {"never": None, "after a minute": MINUTE, "after one turn's time": float(state.setup.seconds)}
