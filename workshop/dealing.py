"""What seats say beside their decisions, as a log leaves it: deals that they offer each other, messages, a reason a
turn, and who has more time. Pure moves, no clock and no model.

An offer of this turn is answered while the turn lasts. Accepted, both sides name it in one quarter, and the market
signs it; nobody has answered, it stands in the other side's next briefing, is answered there, and lapses. A message
binds nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

OPEN, ACCEPTED, DECLINED, WITHDRAWN = "open", "accepted", "declined", "withdrawn"
Data = dict[str, Any]
EVERYBODY = ""
"""Stands for all parties where more time is given."""
Terms = dict[str, float]
"""Names of `sim.deal_terms.TERMS` -> what is offered."""


@dataclass(frozen=True)
class Offer:
    """What one seat offers another in a turn. number: its place among all offers of the session."""

    number: int
    turn: int
    maker: str
    to: str
    terms: Terms
    status: str = OPEN

    def between(self, one: str, other: str) -> bool:
        """Is it between these two?"""
        return {self.maker, self.to} == {one, other}


@dataclass(frozen=True)
class Message:
    """What one seat writes another. at: seconds since 1970."""

    turn: int
    at: float
    maker: str
    to: str
    text: str


@dataclass(frozen=True)
class Dealing:
    """All offers and messages so far; answers: (turn, party, other) -> does the party sign what the other offered the
    turn before, and what stands in its briefing? whys: (turn, party) -> its reason in a line; extra: party -> what it
    has beyond everybody's deadline, as part of a turn's own time and in seconds (EVERYBODY: for all)."""

    offers: tuple[Offer, ...] = ()
    messages: tuple[Message, ...] = ()
    answers: tuple[tuple[tuple[int, str, str], bool], ...] = ()
    whys: tuple[tuple[tuple[int, str], str], ...] = ()
    extra: tuple[tuple[str, tuple[float, float]], ...] = ()

    def offer(self, number: int) -> Offer | None:
        """An offer by its number."""
        return self.offers[number] if 0 <= number < len(self.offers) else None

    def of_turn(self, turn: int, party: str = "") -> list[Offer]:
        """Offers of a turn, of a party or to it where one is named."""
        return [one for one in self.offers if one.turn == turn and (not party or party in (one.maker, one.to))]

    def signs(self, turn: int, party: str) -> dict[str, bool]:
        """What a party answers in a turn to offers that stand in its briefing, by the other side."""
        return {other: yes for (when, who, other), yes in self.answers if (when, who) == (turn, party)}

    def agreed(self, turn: int, one: str, other: str) -> Offer | None:
        """The offer of a turn that both of a pair have agreed to."""
        found = [offer for offer in self.of_turn(turn, one) if offer.between(one, other) and offer.status == ACCEPTED]
        return found[0] if found else None

    def why(self, turn: int, party: str) -> str:
        """A party's reason in a turn; '' when it gave none."""
        return dict(self.whys).get((turn, party), "")

    def share(self, party: str) -> float:
        """What a party has beyond the deadline, as part of a turn's own time."""
        return dict(self.extra).get(party, (0.0, 0.0))[0]

    def more_time(self, own: float, *parties: str) -> float:
        """The most seconds that any of these has beyond the deadline of a turn. own: seconds of the turn itself."""
        known = dict(self.extra)
        mine = [known[party] for party in parties if party in known]
        return max((share * own + seconds for share, seconds in mine), default=0.0)

    def written(self, party: str) -> list[Message]:
        """Messages from and to a party, in order."""
        return [one for one in self.messages if party in (one.maker, one.to)]

    def again(self, turn: int) -> Data:
        """What a turn's dealing is when the room goes back to it: offers stand open again, answers and reasons are
        drafts, messages stay, and who has more time has it still."""
        kept = [{**asdict(one), "status": OPEN} for one in self.of_turn(turn) if one.status != WITHDRAWN]
        answers = [[*key, yes] for key, yes in self.answers if key[0] == turn]
        whys = [[*key, why] for key, why in self.whys if key[0] == turn]
        messages = [asdict(one) for one in self.messages if one.turn == turn]
        extra = [[party, *more] for party, more in self.extra]
        return {"offers": kept, "answers": answers, "whys": whys, "messages": messages, "extra": extra}

    def taken_up(self, data: Data) -> Dealing:
        """With what came along to an earlier turn; numbers go on from what is there."""
        first = len(self.offers)
        came = tuple(Offer(**{**one, "number": first + k}) for k, one in enumerate(data.get("offers", ())))
        drafts = tuple(((turn, who, other), yes) for turn, who, other, yes in data.get("answers", ()))
        found = replace(self, offers=(*self.offers, *came), answers=(*self.answers, *drafts))
        whys = tuple(((turn, who), why) for turn, who, why in data.get("whys", ()))
        messages = tuple(Message(**one) for one in data.get("messages", ()))
        found = replace(found, whys=(*self.whys, *whys), messages=(*self.messages, *messages))
        extra = tuple((party, (share, seconds)) for party, share, seconds in data.get("extra", ()))
        return replace(found, extra=extra) if "extra" in data else found

    def _marked(self, numbers: set[int], status: str) -> Dealing:
        return replace(
            self, offers=tuple(replace(one, status=status) if one.number in numbers else one for one in self.offers)
        )


def _offered(dealing: Dealing, turn: int, data: Data, at: float) -> Dealing:
    """A new offer takes the place of an open one to the same party."""
    before = {
        one.number
        for one in dealing.of_turn(turn, data["seat"])
        if (one.maker, one.to, one.status) == (data["seat"], data["to"], OPEN)
    }
    marked = dealing._marked(before, WITHDRAWN)
    new = Offer(len(dealing.offers), turn, data["seat"], data["to"], dict(data["terms"]))
    return replace(marked, offers=(*marked.offers, new))


def _withdrawn(dealing: Dealing, turn: int, data: Data, at: float) -> Dealing:
    return dealing._marked({data["offer"]}, WITHDRAWN)


def _answered(dealing: Dealing, turn: int, data: Data, at: float) -> Dealing:
    """An answer to an offer of this turn; agreed is one a pair, so that other open ones of the pair go."""
    offer = dealing.offers[data["offer"]]
    if not data["sign"]:
        return dealing._marked({offer.number}, DECLINED)
    others = {
        one.number
        for one in dealing.of_turn(turn, offer.maker)
        if one.between(offer.maker, offer.to) and one.status == OPEN and one.number != offer.number
    }
    return dealing._marked(others, WITHDRAWN)._marked({offer.number}, ACCEPTED)


def _signed(dealing: Dealing, turn: int, data: Data, at: float) -> Dealing:
    """An answer to what stands in the briefing; the last one counts."""
    key = (turn, data["seat"], data["other"])
    kept = tuple(one for one in dealing.answers if one[0] != key)
    return replace(dealing, answers=(*kept, (key, data["sign"])))


def _messaged(dealing: Dealing, turn: int, data: Data, at: float) -> Dealing:
    return replace(dealing, messages=(*dealing.messages, Message(turn, at, data["seat"], data["to"], data["text"])))


def _reasoned(dealing: Dealing, turn: int, data: Data, at: float) -> Dealing:
    """A party's reason; the last one of a turn counts."""
    key = (turn, data["seat"])
    return replace(dealing, whys=(*(one for one in dealing.whys if one[0] != key), (key, data["why"])))


def _eased(dealing: Dealing, turn: int, data: Data, at: float) -> Dealing:
    kept = tuple(one for one in dealing.extra if one[0] != data["seat"])
    return replace(dealing, extra=(*kept, (data["seat"], (data.get("share", 0.0), data.get("seconds", 0.0)))))


MOVES: dict[str, Callable[[Dealing, int, Data, float], Dealing]] = {
    "offered": _offered,
    "withdrawn": _withdrawn,
    "answered": _answered,
    "signed": _signed,
    "messaged": _messaged,
    "reasoned": _reasoned,
    "eased": _eased,
}


def clauses(dealing: Dealing, turn: int, people: frozenset[str]) -> dict[str, Data]:
    """What a turn's deals say for each party, by the other side: 'signs' what stands in its briefing, 'agreed' in the
    turn, and offers that go out 'now' (to bots) or 'later' (to people). people: seats that people hold."""
    found: dict[str, Data] = {}

    def of(party: str) -> Data:
        return found.setdefault(party, {"signs": {}, "agreed": {}, "now": {}, "later": {}})

    for (when, party, other), yes in dealing.answers:
        if when == turn:
            of(party)["signs"][other] = yes
    for offer in dealing.of_turn(turn):
        if offer.status == ACCEPTED:
            of(offer.maker)["agreed"][offer.to] = of(offer.to)["agreed"][offer.maker] = offer.terms
        elif offer.status == OPEN:
            of(offer.maker)["later" if offer.to in people else "now"][offer.to] = offer.terms
    return found
