"""What teams do: join, take a seat, save and submit decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from agents.forms import CHOICE, SHARES, Form, Objection, Question, form
from agents.forms.questions import number
from experiments import scenarios
from sim.errors import InputError
from sim.quarters import label, ordinal
from sim.roster import load_roster
from workshop import tokens
from workshop.log import New
from workshop.rooms import GRACE, RefusedError, Rooms
from workshop.state import BRIEFING, LOBBY, OPEN, PAUSED, Answers, Seat, State

LONGEST_NAME = 30
LONGEST_WHY = 200
AHEAD = 4
"""Quarters ahead of a turn of which people guess."""


@dataclass(frozen=True)
class Handed:
    """What a team hands in. revision: of the answers that it had before it; key: given out with the form, so that a
    second press does nothing; reason: why a facilitator decides for a team; why: the team's own reason,
    in a line."""

    party: str
    answers: Answers
    revision: int
    key: str = ""
    reason: str = ""
    why: str = ""


class StaleError(RefusedError):
    """Somebody else of the team has saved in between. mine, theirs: both versions."""

    def __init__(self, mine: Answers, theirs: Seat) -> None:
        super().__init__("Somebody in your team has saved another version in between.")
        self.mine, self.theirs = mine, theirs


@dataclass
class Failures:
    """Counts what went wrong for each device, and for each address in a wider measure: a class shares one."""

    seconds: float = 60.0
    most: Mapping[str, int] = field(default_factory=lambda: {"device": 8, "address": 200})
    says: str = "Too many wrong codes from here; please wait a minute."
    _seen: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def check(self, now: float, **who: str) -> None:
        """RefusedError when somebody has failed too often lately."""
        for kind, name in who.items():
            kept = [at for at in self._seen.get((kind, name), ()) if at > now - self.seconds]
            self._seen[kind, name] = kept
            if len(kept) >= self.most[kind]:
                raise RefusedError(self.says, 429)

    def failed(self, now: float, **who: str) -> None:
        """Somebody failed."""
        for kind, name in who.items():
            self._seen.setdefault((kind, name), []).append(now)


def arrivals() -> Failures:
    """Counts who asks for seats: a class behind one address sits down in a minute, a script does not go on."""
    said = "Very many ask for seats from here just now; wait a minute, or use the card on your table."
    return Failures(most={"device": 8, "address": 60}, says=said)


@lru_cache(maxsize=256)
def form_of(scenario: str, party: str, level: int) -> Form:
    """The form of a seat."""
    return form(load_roster(scenarios.load(scenario).roster), party, level)


def seat_form(state: State, party: str) -> Form:
    """The form of a seat in a room; RefusedError when there is no such seat."""
    if party not in state.seats:
        raise RefusedError("There is no such seat in this session.", 404)
    return form_of(state.setup.scenario, party, state.setup.level)


def seat_questions(state: State, party: str) -> tuple[Question, ...]:
    """The questions of a seat, each with the options that are possible this turn; before a briefing a remedy with
    those within the agency's powers."""
    form = seat_form(state, party)
    possible = {"remedy": form.desk.remedies} | (state.brief or {}).get("seats", {}).get(party, {}).get("possible", {})
    return tuple(
        replace(one, options=tuple(possible[one.id])) if one.kind == CHOICE and one.id in possible else one
        for one in form.questions
    )


def clean(name: str) -> str:
    """A team's name on one line, as long as a page holds; what it means to a browser is the pages' care."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())[:LONGEST_NAME]


def claim(rooms: Rooms, session: str, party: str, name: str, by: str = "") -> str:
    """Take a seat for a team, if nobody has it; gives the team's word. by: a number that stands for the device."""
    word = tokens.word()

    def decide(state: State) -> list[New]:
        claimable(state, party)
        return [New("claimed", {"seat": party, "team": named(state, name), "word": word, "by": by})]

    rooms.act(session, decide)
    return word


def claimable(state: State, party: str) -> None:
    """RefusedError unless a team may take this seat."""
    seat = state.seats.get(party)
    if seat is None:
        raise RefusedError("There is no such seat in this session.", 404)
    if seat.team:
        raise RefusedError(f"This seat was taken a moment ago by {seat.team}; please take another.")
    if not seat.human:
        raise RefusedError("A bot plays this seat; ask the facilitator to free it.")


def named(state: State, name: str) -> str:
    """The name that a team gives itself, or one that nobody has yet."""
    taken = {one.team for one in state.seats.values()} | {one.team for one in state.hall.knocks}
    return clean(name) or tokens.nickname(taken)


def second_device(state: State, word: str) -> str:
    """The seat of the team that a word belongs to; RefusedError when it is nobody's."""
    given = "-".join(word.casefold().replace("-", " ").split())
    for seat in state.seats.values():
        if seat.word and tokens.same(seat.word, given):
            return seat.party
    raise RefusedError("No team in this session has this word.", 404)


def typed(form: Form, given: Mapping[str, str]) -> Answers:
    """Answers from the fields of a page, parts of a whole joined; what was not asked is not taken."""
    found = {}
    for question in form.questions:
        if question.kind == SHARES:
            parts = [given.get(f"{question.id}-{k}", "").strip() for k in range(len(question.options))]
            if any(parts):
                found[question.id] = "-".join(part or "0" for part in parts)
        elif question.id in given:
            found[question.id] = given[question.id].strip()
    return found


def problems(state: State, party: str, answers: Answers) -> dict[str, str]:
    """Question -> what is wrong with its answer, or why it does not go with the others, in a sentence."""
    found, whole = {}, {one.id: one for one in seat_form(state, party).questions}
    for question in seat_questions(state, party):
        if question.id in answers and (wrong := _wrong(question, answers[question.id])):
            lacks = "" if _wrong(whole[question.id], answers[question.id]) else _not_now(state, party, answers)
            found[question.id] = lacks or wrong
    if not found and (objected := _objection(state, party, answers)):
        found[objected.question] = objected.said
    return found


def _wrong(question: Question, answer: str) -> str:
    try:
        question.parse(answer)
    except InputError as error:
        return str(error)
    return ""


def _not_now(state: State, party: str, answers: Answers) -> str:
    """What an option lacks that is not possible this turn; '' where nobody knows."""
    objected = _objection(state, party, answers)
    return objected.said if objected else ""


def _objection(state: State, party: str, answers: Answers) -> Objection | None:
    """Why a seat's answers cannot be played together, with what is filled in where it did not answer."""
    shown, mine = (state.brief or {}).get("seats", {}).get(party, {}), seat_form(state, party)
    if not shown.get("grounds"):
        return None
    try:
        given, rule = (
            {one.id: one.parse(typed[one.id]) for one in mine.questions}
            for typed in ({**shown["start"], **answers}, shown["rule"])
        )
    except InputError:  # what is wrong with a single answer is told beside it
        return None
    return mine.objection(given, shown["grounds"], rule)


def save(rooms: Rooms, session: str, handed: Handed) -> State:
    """Keep a draft: it is played when the turn is locked, unless something else is submitted."""
    return _hand_in(rooms, session, handed, "drafted")


def submit(rooms: Rooms, session: str, handed: Handed) -> State:
    """Hand in a turn's decisions. Too late, they are kept and not played, unless the turn is reopened."""
    return _hand_in(rooms, session, handed, "submitted")


def _hand_in(rooms: Rooms, session: str, handed: Handed, kind: str) -> State:
    key = f"{kind}:{handed.key}" if handed.key else None
    now = rooms.clock.now()

    def decide(state: State) -> list[New]:
        if key and rooms.log.with_key(session, state.branch, key):
            return []
        _lawful(state, handed, kind)
        data = {"seat": handed.party, "answers": handed.answers, "reason": handed.reason}
        said = {"seat": handed.party, "why": handed.why}
        told = [New("reasoned", said)] if handed.why != state.dealing.why(state.turn, handed.party) else []
        back = [New("returned", {"seat": handed.party})] if handed.party in state.hall.away else []
        return [New(_as_what(state, handed.party, now, kind), data, key), *told, *back]

    return rooms.act(session, decide)


def guess(rooms: Rooms, session: str, device: str, text: str) -> State:
    """Keep what a person expects of Trainium's share, in %, a year ahead. The person is known by a number that only its
    browser leads to."""
    value = number(text, "%")
    if value is None or not 0.0 <= value <= 100.0:
        raise RefusedError(f"Your guess: '{text[:20]}' is not allowed; give a number from 0 to 100.", 422)

    def decide(state: State) -> list[New]:
        if not state.brief or not state.may("guessed"):
            raise RefusedError("Guesses are taken while a turn is briefed or open; this one was not kept.", 409)
        first = str(state.brief["quarter"])
        data = {"who": tokens.hashed(f"{session} {device}")[:8], "of": label(ordinal(first) + AHEAD), "value": value}
        return [New("guessed", data)]

    return rooms.act(session, decide)


def guessed(state: State, session: str, device: str) -> float | None:
    """What a person has guessed in this turn."""
    who = tokens.hashed(f"{session} {device}")[:8]
    return next((one["value"] for one in state.guesses if (one["turn"], one["who"]) == (state.turn, who)), None)


def _lawful(state: State, handed: Handed, kind: str) -> None:
    """What is submitted as it was saved in between, by the same phone's own draft or another's, is no other version."""
    seat = state.seats[handed.party]
    if wrong := problems(state, handed.party, handed.answers):
        raise RefusedError(next(iter(wrong.values())), 422)
    if handed.revision != seat.revision and not (kind == "submitted" and handed.answers == seat.answers):
        raise StaleError(handed.answers, seat)


def _as_what(state: State, party: str, now: float, kind: str) -> str:
    """What a decision is at this moment: before the turn a draft, after its time late."""
    if state.phase == LOBBY:
        raise RefusedError("The game has not begun; decisions come after the briefing.")
    if state.phase == BRIEFING:
        return "drafted"
    more = state.more_time(party)
    in_time = state.phase == PAUSED or (state.phase == OPEN and now <= (state.deadline or now) + more + GRACE)
    return kind if in_time else "late"
