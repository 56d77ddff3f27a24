"""Deals and messages as a team's page tells them: what waits for an answer, what was offered, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from experiments import scenarios
from sim.quarters import label, ordinal
from sim.roster import load_roster
from workshop import deals, pages
from workshop.dealing import ACCEPTED, DECLINED, OPEN, WITHDRAWN, Offer
from workshop.state import State

SHOWN_MESSAGES = 12
SMALL_MW = 10.0
"""Offers below that are no question for a team: the rule of thumb answers them, and the page says so in a line."""


@dataclass(frozen=True)
class Waiting:
    """An offer that waits for this team's answer. number: of an offer of this turn, '' for one that stands in the
    briefing; answer: what the team has said so far; rule: what happens if it says nothing."""

    other: str
    title: str
    number: str
    lines: list[tuple[str, str]]
    answer: str
    rule: str

    @property
    def ends(self) -> str:
        """Until when it can be answered."""
        if self.number:
            return "Made in this turn. Unanswered, it stands in your next briefing and then lapses."
        return "Stands until this turn is locked, and then lapses."


def title_of(state: State, party: str) -> str:
    """What the other side of a deal is called, also when it is no seat of this room."""
    return pages.title_of(state, party) if party in state.seats else pages.everyone(state.setup.scenario)[party][0]


def waiting(state: State, party: str) -> list[Waiting]:
    """What a team has to answer in this turn."""
    shown, signs = deals.table_of(state, party) or {"standing": []}, state.dealing.signs(state.turn, party)
    found = []
    for one in shown["standing"]:
        other = one["party"]
        if _is_small(one):
            continue
        answer = {True: "sign", False: "decline", None: ""}[signs.get(other)]
        rule = "the rule of thumb signs it" if one["rule"] else "the rule of thumb lets it lapse"
        found.append(Waiting(other, title_of(state, other), "", terms(state, one["terms"]), answer, rule))
    for offer in state.dealing.of_turn(state.turn, party):
        if offer.to == party and offer.status == OPEN:
            title = title_of(state, offer.maker)
            found.append(Waiting(offer.maker, title, str(offer.number), terms(state, offer.terms), "", ""))
    return found


def _is_small(one: dict[str, Any]) -> bool:
    return bool(one["terms"]["mw"] < SMALL_MW)


def small(state: State, party: str) -> str:
    """Small offers that stand, in a sentence; '' when there are none."""
    shown = deals.table_of(state, party) or {"standing": []}
    found = [one for one in shown["standing"] if _is_small(one)]
    if not found:
        return ""
    total, signs = sum(one["terms"]["mw"] for one in found), sum(one["rule"] for one in found)
    who = ", ".join(title_of(state, one["party"]) for one in found)
    return f"Small offers, {total:.1f} MW together, of {who}: the rule of thumb signs {signs} of {len(found)}."


def came_of(state: State, party: str) -> list[str]:
    """What became of a team's offers of the turn that was published last, and what the market signed, in sentences."""
    turn = state.published[-1].turn if state.published else 0
    found = []
    for offer in state.dealing.of_turn(turn, party):
        mine = offer.maker == party
        other = title_of(state, offer.to if mine else offer.maker)
        if mine or offer.status != WITHDRAWN:
            who = f"Your offer to {other}" if mine else f"The offer of {other}"
            found.append(f"{who}, {offer.terms['mw']:,.0f} MW: {fate(state, offer)}.")
    return [*found, *news(state, party)]


def to_answer(state: State, party: str) -> int:
    """How many offers have no answer yet."""
    return sum(not one.answer for one in waiting(state, party))


def terms(state: State, given: dict[str, float]) -> list[tuple[str, str]]:
    """Terms of an offer in words, were it signed in this turn."""
    steps = deals.first_step(state, given)
    last = label(ordinal(steps[0][0]) + int(given["term_quarters"]) - 1)
    (first, small), (_, middle), (full, size) = steps
    price = f"${given['price_usd']:.2f} an H100e-hour" if given["price_usd"] > 0.0 else "found by the market"
    found = [
        ("Size", f"{size:,.0f} MW on {chip(state, given['family'])}"),
        ("Path", f"{small:,.0f} MW in {first}, {middle:,.0f} MW, {size:,.0f} MW from {full} to {last}"),
        ("Price", price),
        ("Paid also when not used", f"{100.0 * given['take_or_pay']:.0f} %"),
    ]
    return found + ([("Stake", f"${given['equity_musd']:,.0f}m")] if given["equity_musd"] > 0.0 else [])


@lru_cache(maxsize=8)
def _chips(scenario: str) -> tuple[str, ...]:
    return load_roster(scenarios.load(scenario).roster).family_titles


def chip(state: State, family: float) -> str:
    """What a chip family is called."""
    return _chips(state.setup.scenario)[int(family)]


FATES = {DECLINED: "declined", WITHDRAWN: "taken back"}


def fate(state: State, offer: Offer) -> str:
    """What has become of an offer, in words."""
    if offer.status in FATES:
        return FATES[offer.status]
    seat = state.seats.get(offer.to)
    people = seat is not None and seat.human
    rounds = {one.turn: one for one in state.published}
    if offer.turn not in rounds:
        if offer.status == ACCEPTED:
            return "agreed: signed when the turn is played"
        return "waits for an answer" if people else "a bot answers it a quarter after this turn begins"
    if signed(state, offer):
        return "signed"
    if offer.status == ACCEPTED:
        return "agreed, not signed: the market found no price from which both gain, or no power"
    soon = offer.turn + 1 not in rounds and (people or state.setup.quarters_a_turn == 1)
    return "stands in their briefing" if soon and not state.over else "not signed; it has lapsed"


def signed(state: State, offer: Offer) -> bool:
    """Has the market signed it? Of a pair it signs one deal a quarter."""
    pair = {offer.maker, offer.to}
    rounds = [one for one in state.published if one.turn in (offer.turn, offer.turn + 1)]
    struck = [one for played in rounds for one in (played.outcomes.get(offer.maker) or {}).get("deals", ())]
    return any({one["cloud"], one["lab"]} == pair and one["family"] == int(offer.terms["family"]) for one in struck)


def sent(state: State, party: str) -> list[tuple[Offer, str, list[tuple[str, str]], str]]:
    """Offers that a team made or has agreed to, in this turn and the one before, the newest first: title of the other
    side, terms, what has become of it."""
    found = []
    for offer in reversed(state.dealing.offers):
        mine = offer.maker == party or (offer.to == party and offer.status != OPEN)
        if mine and offer.turn in (state.turn, state.turn - 1) and party in (offer.maker, offer.to):
            other = offer.to if offer.maker == party else offer.maker
            lines = terms(state, offer.terms) if offer.turn == state.turn else terms(state, offer.terms)[:1]
            found.append((offer, title_of(state, other), lines, fate(state, offer)))
    return found


def news(state: State, party: str) -> list[str]:
    """Deals of a party that the market signed in the last published turn, in sentences."""
    if not state.published:
        return []
    told = state.published[-1].outcomes.get(party) or {}
    found = []
    for one in told.get("deals", ()):
        other = one["lab"] if one["cloud"] == party else one["cloud"]
        size = f"{one['mw']:,.0f} MW" if one["mw"] >= SMALL_MW else f"{one['mw']:.1f} MW"
        price = f"${one['price']:.2f} an H100e-hour"
        found.append(f"{one['quarter']}: signed with {title_of(state, other)}, {size} on {one['chip']} at {price}.")
    return found


def written(state: State, party: str) -> list[tuple[str, str, int]]:
    """The last messages of a team: who to whom, the text, the turn."""
    found = []
    for one in state.dealing.written(party)[-SHOWN_MESSAGES:]:
        maker = "You" if one.maker == party else title_of(state, one.maker)
        to = "you" if one.to == party else title_of(state, one.to)
        found.append((f"{maker} to {to}", one.text, one.turn))
    return found


def partners(state: State, party: str) -> list[tuple[str, str, dict[str, Any]]]:
    """With whom a team may sign: name, title, and who plays it; the people first."""
    shown = deals.table_of(state, party) or {"partners": []}
    found = []
    for one in shown["partners"]:
        seat = state.seats.get(one["party"])
        who = seat.team if seat is not None and seat.human and seat.team else "bot"
        found.append((one["party"], f"{title_of(state, one['party'])} ({'team ' + who if who != 'bot' else who})", one))
    return sorted(found, key=lambda one: one[1].endswith("(bot)"))
