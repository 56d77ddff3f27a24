"""How a room is run beside its turns, as a part of its state: the door, who waits at it, table cards, seats whose team
is away, the room beside it, and how long it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

OPEN_DOOR, ASK, CLOSED = "open", "ask", "closed"
DOORS = (OPEN_DOOR, ASK, CLOSED)
SCREEN = "screen"
"""The card that opens the read-only screen."""
MINUTE = 60.0
Data = dict[str, Any]


@dataclass(frozen=True)
class Knock:
    """A team that waits to be let in. number: which knock it is; its device is known to the rights alone."""

    number: int
    party: str
    team: str


@dataclass(frozen=True)
class Hall:
    """door: 'open' (who has the code sits down), 'ask' (the facilitator lets each team in) or 'closed' (table cards
    and team words alone); because: why the server set it so, in a sentence. cards: party -> secret of its table card,
    128 bits. grace: seconds after which a bot of `grade` plays for a team that is away, None for never; away: party ->
    (the bot's grade, since when). began: when the first briefing was shown. until: when the session is forgotten.
    twin: the session of the room beside it, letter: which of the two this is."""

    door: str = OPEN_DOOR
    because: str = ""
    knocks: tuple[Knock, ...] = ()
    knocked: int = 0
    cards: dict[str, str] = field(default_factory=dict)
    grace: float | None = MINUTE
    grade: str = "steady"
    away: dict[str, tuple[str, float]] = field(default_factory=dict)
    began: float | None = None
    until: float | None = None
    twin: str = ""
    letter: str = ""

    def data(self) -> Data:
        """As the event of a rewind holds it."""
        return asdict(self)


def hall(data: Data) -> Hall:
    """A hall as an event held it."""
    knocks = tuple(Knock(**one) for one in data["knocks"])
    away = {party: (str(grade), float(at)) for party, (grade, at) in data["away"].items()}
    return Hall(**{**data, "knocks": knocks, "away": away})


def _doored(now: Hall, data: Data, at: float) -> Hall:
    return replace(now, door=data["door"], because=data.get("because", ""))


def _carded(now: Hall, data: Data, at: float) -> Hall:
    return replace(now, cards={**now.cards, **data["cards"]})


def _knocked(now: Hall, data: Data, at: float) -> Hall:
    one = Knock(now.knocked + 1, data["seat"], data["team"])
    return replace(now, knocks=(*now.knocks, one), knocked=one.number)


def _answered(now: Hall, data: Data, at: float) -> Hall:
    return replace(now, knocks=tuple(one for one in now.knocks if one.number not in data["knocks"]))


def _excused(now: Hall, data: Data, at: float) -> Hall:
    return replace(now, grace=data["grace"], grade=data["grade"])


def _stood_in(now: Hall, data: Data, at: float) -> Hall:
    return replace(now, away={**now.away, data["seat"]: (data["grade"], at)})


def _returned(now: Hall, data: Data, at: float) -> Hall:
    return replace(now, away={party: since for party, since in now.away.items() if party != data["seat"]})


def _kept(now: Hall, data: Data, at: float) -> Hall:
    return replace(now, until=data["until"])


def _paired(now: Hall, data: Data, at: float) -> Hall:
    return replace(now, twin=data["twin"], letter=data["letter"])


MOVES: dict[str, Callable[[Hall, Data, float], Hall]] = {
    "doored": _doored,
    "carded": _carded,
    "knocked": _knocked,
    "let_in": _answered,
    "excused": _excused,
    "stood_in": _stood_in,
    "returned": _returned,
    "kept": _kept,
    "paired": _paired,
}
"""Events that change the hall and nothing else; they may come in any phase."""
