"""What seats do with deals and messages: offer, take back, answer, sign, write. An offer is held to its declared ranges
before it is kept, so that nothing reaches the market that it would refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from agents.forms import CHOICE, NUMBER, Question
from sim.deal_terms import USUAL, CloudDeals
from sim.errors import InputError, closest
from sim.quarters import label, ordinal
from workshop.bargains import deals_on
from workshop.dealing import OPEN as STANDS
from workshop.dealing import Offer
from workshop.log import New
from workshop.rooms import GRACE, RefusedError, Rooms
from workshop.state import BRIEFING, OPEN, PAUSED, State

LONGEST_MESSAGE = 300
MOST_MESSAGES = 30
"""Messages that a seat may write in a turn."""
MOST_OFFERS = 20
"""Offers that a seat may make in a turn."""
Terms = dict[str, float]
_DECLARED = {f.name.removeprefix("deal_"): f.metadata for f in fields(CloudDeals)}


def _number(name: str, title: str, unit: str, step: float, meaning: str, scale: float = 1.0) -> Question:
    """A term as it is asked for, in its declared range; a size begins at its first step. scale: how many of its unit
    the declared one holds."""
    declared = _DECLARED[name]
    low = step if name == "mw" else scale * declared["low"]
    bounds = {"low": low, "high": scale * declared["high"], "step": step}
    return Question(name, title, unit, NUMBER, 5, (f"deal_{name}",), meaning, **bounds)


TERMS_ASKED = (
    _number("mw", "Size", "MW", 10.0, "Power when the deal has come to its size."),
    _number(
        "start_quarters",
        "First step after signing",
        "quarters",
        1.0,
        "Capacity is ordered and powered first. From then on the deal grows in three even steps, a quarter each.",
    ),
    _number("term_quarters", "Length", "quarters", 1.0, "Quarters for which it runs, from its first step on."),
    _number(
        "price_usd",
        "Price",
        "$ an H100e-hour",
        0.01,
        "For the computing power of one Nvidia H100 for an hour. 0: the market finds a price from which both gain, and "
        "signs nothing where there is none.",
    ),
    _number("take_or_pay", "Paid also when not used", "%", 5.0, "What of it the lab owes when it leaves.", scale=100.0),
    _number(
        "equity_musd",
        "Stake",
        "$m",
        10.0,
        "Money that the cloud pays the lab for a stake as the deal is signed. Without a named price it comes back in "
        "the price.",
    ),
)
START: dict[str, str] = {
    "mw": "100",
    "start_quarters": f"{USUAL['start_quarters']:.0f}",
    "term_quarters": f"{USUAL['term_quarters']:.0f}",
    "price_usd": "0",
    "take_or_pay": f"{100.0 * USUAL['take_or_pay']:.0f}",
    "equity_musd": "0",
}
"""What an offer starts from."""


def table_of(state: State, party: str) -> dict[str, Any] | None:
    """What a seat's briefing shows of deals; None where it signs none."""
    found = ((state.brief or {}).get("seats", {}).get(party) or {}).get("deals")
    return found if deals_on(state.setup.level) else None


def chips(state: State, party: str) -> Question:
    """Which chip an offer is about."""
    shown = table_of(state, party) or {"partners": []}
    titles = tuple(dict.fromkeys(title for one in shown["partners"] for _, title in one["families"]))
    return Question("family", "Chip", "", CHOICE, 5, ("deal_family",), "", options=titles)


def offer(rooms: Rooms, session: str, party: str, given: Mapping[str, str]) -> State:
    """Offer a deal; it takes the place of an open one to the same party. RefusedError in a sentence."""

    def decide(state: State) -> list[New]:
        to = given.get("to", "")
        terms = terms_of(state, party, to, given)
        _in_time(rooms, state, party)
        if len(state.dealing.of_turn(state.turn, party)) >= MOST_OFFERS:
            raise RefusedError("Your team has made as many offers in this turn as it may; talk to each other first.")
        _none_agreed(state, party, to)
        mine = [one for one in state.dealing.of_turn(state.turn, party) if (one.maker, one.to) == (party, to)]
        if mine and mine[-1].status == STANDS and mine[-1].terms == terms:
            return []  # sent twice
        return [New("offered", {"seat": party, "to": to, "terms": terms})]

    return rooms.act(session, decide)


def terms_of(state: State, party: str, to: str, given: Mapping[str, str]) -> Terms:
    """The terms of an offer as the market takes them. RefusedError names what is wrong, in a sentence."""
    shown = table_of(state, party)
    if not deals_on(state.setup.level):
        said = f"Deals for years ahead are left to the rule of thumb in a session of {state.setup.level} questions."
        raise RefusedError(said, 422)
    if shown is None:
        raise RefusedError("This seat signs no deals for capacity; clouds and labs do.", 422)
    if to == party:
        raise RefusedError("A deal takes two: you cannot offer one to yourself.", 422)
    known = {one["party"]: one for one in shown["partners"]}
    if to not in known:
        hint = closest(to[:40], known)
        raise RefusedError(f"'{to[:40]}' is nobody whom you may sign a deal with. {hint}", 422)
    try:
        found = {one.id: _value(one, given.get(one.id, START[one.id])) for one in TERMS_ASKED}
    except InputError as error:
        raise RefusedError(str(error), 422) from None
    return {**found, "family": _family(known[to], given.get("family", ""), to), **_size(found, known[to], to)}


def _value(question: Question, text: str) -> float:
    if question.id == "start_quarters" and text.strip().startswith(("-", "−", "0")):
        raise InputError(
            f"{question.title}: a deal that is to start {text.strip()[:20]} quarters after signing would start before "
            f"it is signed or as it is; give {question.allowed}."
        )
    value = question.parse(text[:40])
    assert isinstance(value, float)
    return round(value / 100.0, 4) if question.id == "take_or_pay" else round(value, 4)


def _size(found: Terms, partner: Mapping[str, Any], to: str) -> Terms:
    if found["mw"] > partner["power"]:
        raise RefusedError(
            f"Size: {found['mw']:,.0f} MW is more power than there will be for it; a deal with this party may ask for "
            f"{partner['power']:,.0f} MW at most.",
            422,
        )
    return {"mw": found["mw"]}


def _family(partner: Mapping[str, Any], word: str, to: str) -> float:
    titles = {title: place for place, title in partner["families"]}
    if word in titles:
        return float(titles[word])
    if not word:
        return float(partner["families"][0][0])
    raise RefusedError(f"Chip: '{word[:40]}' is not sold there; give {' or '.join(titles)}.", 422)


def withdraw(rooms: Rooms, session: str, party: str, number: str) -> State:
    """Take an offer of one's own back while nobody has answered it."""

    def decide(state: State) -> list[New]:
        found = _found(state, number)
        if found.maker != party:
            raise RefusedError("Only the team that made an offer takes it back.", 403)
        if found.status != STANDS:
            return [] if found.status == "withdrawn" else _gone(found)
        _in_time(rooms, state, party)
        return [New("withdrawn", {"seat": party, "offer": found.number})]

    return rooms.act(session, decide)


def answer(rooms: Rooms, session: str, party: str, number: str, sign: bool) -> State:
    """Accept or decline an offer of this turn: accepted, it is signed when the turn is played."""

    def decide(state: State) -> list[New]:
        found = _found(state, number)
        if found.to != party:
            raise RefusedError("This offer was made to another team.", 403)
        if found.status != STANDS:
            same = found.status == ("accepted" if sign else "declined")
            return [] if same else _gone(found)
        _in_time(rooms, state, party)
        if sign:
            _none_agreed(state, party, found.maker)
        return [New("answered", {"seat": party, "offer": found.number, "sign": sign})]

    return rooms.act(session, decide)


def sign(rooms: Rooms, session: str, party: str, other: str, yes: bool) -> State:
    """Say what becomes of an offer that stands in the briefing; it may be changed until the turn is locked."""

    def decide(state: State) -> list[New]:
        shown = table_of(state, party) or {"standing": []}
        if other not in [one["party"] for one in shown["standing"]]:
            raise RefusedError("No offer of this party stands; it may have lapsed.", 404)
        if state.dealing.signs(state.turn, party).get(other) == yes:
            return []
        _in_time(rooms, state, party)
        if yes:
            _none_agreed(state, party, other)
        return [New("signed", {"seat": party, "other": other, "sign": yes})]

    return rooms.act(session, decide)


def message(rooms: Rooms, session: str, party: str, given: Mapping[str, str]) -> State:
    """Write to another team. It binds nobody."""
    text, to = " ".join(given.get("text", "").split())[:LONGEST_MESSAGE], given.get("to", "")

    def decide(state: State) -> list[New]:
        if not text:
            raise RefusedError("There is nothing to send: the message is empty.", 422)
        if to == party:
            raise RefusedError("This message would go to yourself.", 422)
        if to not in readers(state, party):
            raise RefusedError("Nobody reads messages in this seat: a bot plays it, or no team has taken it.", 422)
        sent = [one for one in state.dealing.messages if (one.maker, one.turn) == (party, state.turn)]
        if len(sent) >= MOST_MESSAGES:
            raise RefusedError(f"Your team has sent {MOST_MESSAGES} messages in this turn; talk to each other.", 429)
        if sent and (sent[-1].to, sent[-1].text) == (to, text):
            return []  # sent twice
        return [New("messaged", {"seat": party, "to": to, "text": text})]

    return rooms.act(session, decide)


def readers(state: State, party: str) -> list[str]:
    """Seats that read messages: those of teams."""
    if not deals_on(state.setup.level):
        return []
    return [seat.party for seat in state.humans if seat.team and seat.party != party]


def first_step(state: State, terms: Terms) -> list[tuple[str, float]]:
    """The path of a deal that is signed in this turn: quarter -> MW, its three steps."""
    begins = ordinal(str((state.brief or {})["quarter"])) + int(terms["start_quarters"])
    return [(label(begins + k), terms["mw"] * (k + 1) / 3.0) for k in range(3)]


# --- what all of them ask ---------------------------------------------------------------------------------------------


def _in_time(rooms: Rooms, state: State, party: str) -> None:
    """RefusedError when deals of this turn are closed."""
    if state.phase not in (BRIEFING, OPEN, PAUSED):
        raise RefusedError("Deals of this turn are closed; the next briefing shows what stands.")
    if state.phase == OPEN and rooms.clock.now() > (state.deadline or 0.0) + state.more_time(party) + GRACE:
        raise RefusedError("The time is up: deals of this turn are closed.")


def _none_agreed(state: State, party: str, other: str) -> None:
    """The market takes one deal a pair and quarter."""
    if state.dealing.agreed(state.turn, party, other) or state.dealing.signs(state.turn, party).get(other):
        raise RefusedError("You two have agreed on a deal in this turn already; the next one is for the next turn.")


def _found(state: State, number: str) -> Offer:
    found = state.dealing.offer(int(number)) if number.isascii() and number.isdecimal() and len(number) < 9 else None
    if found is None or found.turn != state.turn:
        raise RefusedError("There is no such offer in this turn; it may have lapsed.", 404)
    return found


def _gone(found: Offer) -> list[New]:
    said = {"accepted": "It has been accepted", "declined": "It has been declined", "withdrawn": "It was taken back"}
    raise RefusedError(f"This offer is not open any more. {said[found.status]}.")
