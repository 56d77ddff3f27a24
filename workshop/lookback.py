"""What a debrief says, in words and tables: what happened turn by turn, the pivot, why, par, awards, and guesses. Reads
states only; people and teams are under pseudonyms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from experiments.library import titles
from experiments.play.fork import SHOWN
from workshop import deal_words, pages, people
from workshop.agenda import cases
from workshop.alternatives import VARIANTS
from workshop.analyses import CARDS, CHANCE, OWN, REST, ROOM, decided
from workshop.debriefing import STEPS, Step
from workshop.guesses import calibration, class_scores, persons, room_guess
from workshop.lenses import LENSES, Lens
from workshop.scores import equal
from workshop.state import Round, State

__all__ = ["STEPS", "VARIANTS", "calibration", "cases", "class_scores", "persons", "room_guess"]

Data = dict[str, Any]
FILLED, AS_BEFORE = "as filled in", "as before"
MOST_SAID = 4
"""Lines of a seat in a turn of the timeline on the wall."""
LEAST_MW = {True: 10.0, False: 100.0}
"""Deals from this size on are told: with people in them, and without."""
OTHERS_WORDS = {
    "recorded": "others follow recorded decisions",
    "skilled": "others played by skilled bots",
}
CAUSES = {
    OWN: {ROOM: "What people decided", "": "Own decisions"},
    REST: {ROOM: "What bots decided", "": "Others' decisions"},
    CARDS: {ROOM: "Shock cards", "": "Shock cards"},
    CHANCE: {ROOM: "Chance: which world it was", "": "Chance: which world it was"},
}


# --- who --------------------------------------------------------------------------------------------------------------


def alias(state: State, party: str) -> str:
    """A team under a pseudonym: its place in the order of seats."""
    return f"Team {list(state.setup.seats).index(party) + 1}"


def step_of(state: State) -> Step | None:
    """The step of the walk that is shown; None before it begins."""
    number = state.debrief.number
    return STEPS[number - 1] if number else None


def work_words(state: State, what: str) -> str:
    """What is worked out, in words. what: its name at the desk."""
    kind, _, rest = what.partition(" ")
    if kind == "fork":
        return f"a fork from {rest.split()[0]}"
    if kind == "why":
        return f"why {who_words(state, rest)} came out so"
    if kind == "because":
        return f"what each team's decisions did by the end of turn {rest}"
    return {"pivot": "the pivot", "par": "the scores", "final": "each team's final board"}.get(kind, what)


def neighbours(state: State) -> tuple[str, str]:
    """Names of the steps before and after the one that is shown, '' where there is none."""
    number = state.debrief.number
    before = STEPS[number - 2].name if number > 1 else ""
    return before, STEPS[number].name if number < len(STEPS) else ""


# --- what happened ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Happened:
    """A turn as it went. quarters: first and last; decided: seat -> its decisions in words; events: cards, cases and
    deals in words; ends: the yardsticks as they stood at its end, as (title, figure, how it moved)."""

    turn: int
    quarters: str
    decided: list[tuple[str, list[str]]]
    events: list[str]
    ends: list[tuple[str, str, str]]


def timeline(state: State) -> list[Happened]:
    """Turn by turn: who decided what, which cards were laid, what regulators and deals did, and where it led."""
    found, before = [], None
    for one in state.published:
        quarters = [str(quarter["quarter"]) for quarter in one.quarters]
        span = quarters[0] if len(quarters) == 1 else f"{quarters[0]} to {quarters[-1]}"
        decisions = [
            (pages.title_of(state, party), said(state, one, party))
            for party in state.setup.seats
            if party in one.answers
        ]
        found.append(Happened(one.turn, span, decisions, _events(state, one, before), _ends(one, before)))
        before = one
    return found


def looked_at(state: State) -> Happened | None:
    """The turn that the wall looks at, with what seats decided anew in it; None for the whole game."""
    told = {one.turn: one for one in timeline(state)}.get(state.debrief.turn)
    if told is None:
        return None
    rounds = {one.turn: one for one in state.published}
    here, before = rounds[told.turn], rounds.get(told.turn - 1)
    seats = [party for party in state.setup.seats if party in here.answers]
    return replace(told, decided=[(pages.title_of(state, one), _anew(state, here, before, one)) for one in seats])


def _anew(state: State, one: Round, before: Round | None, party: str) -> list[str]:
    """What a seat decided that it had not decided in the turn before, as much of it as a wall can hold."""
    old = before.answers.get(party, {}) if before else {}
    given = one.answers[party]
    new = {name: answer for name, answer in given.items() if old.get(name) != answer}
    if given and not new:
        return [AS_BEFORE]
    words = said(state, replace(one, answers={party: new}), party)
    more = len(words) - MOST_SAID + 1
    return words if more <= 1 else [*words[: MOST_SAID - 1], f"and {more} more"]


def said(state: State, one: Round, party: str) -> list[str]:
    """A seat's decisions of a turn in words; what was left as it was filled in is said so, once."""
    given = one.answers.get(party, {})
    form = people.seat_form(state, party)
    words = []
    for question in form.questions:
        if question.id in given:
            unit = f" {question.unit}" if question.unit else ""
            words.append(f"{question.title}: {given[question.id]}{unit}")
    return words or [FILLED]


def _events(state: State, one: Round, before: Round | None) -> list[str]:
    quarters = [str(quarter["quarter"]) for quarter in one.quarters]
    names = titles("shocks")
    words = [f"Card from {card['from']}: {names[card['card']]}" for card in state.cards if card["from"] in quarters]
    earlier = [before.quarters[-1]] if before else []
    for last, now in pairwise([*earlier, *one.quarters] if earlier else [one.quarters[0], *one.quarters]):
        words += _changes(last, now, _signed(state, one, str(now["quarter"])))
    return words


def _signed(state: State, one: Round, quarter: str) -> list[str]:
    """Deals of a quarter in which people have a seat, and large ones: private till now."""
    found = {}
    for told in one.outcomes.values():
        for deal in told.get("deals", ()):
            people = {deal["cloud"], deal["lab"]} & set(one.answers)
            if deal["quarter"] == quarter and deal["mw"] >= LEAST_MW[bool(people)]:
                cloud, lab = (deal_words.title_of(state, deal[side]) for side in ("cloud", "lab"))
                size = f"{deal['mw']:,.0f} MW of {deal['chip']} at ${deal['price']:.2f} an H100e-hour"
                found[deal["cloud"], deal["lab"], deal["family"]] = f"{quarter}: {cloud} and {lab} signed {size}"
    return list(found.values())


COUNTED = (
    ("cases_open", "a case was opened", "a case was closed or decided"),
    ("case_remedy_strength", "a remedy came into force", "a remedy fell away"),
)


def _changes(last: Data, now: Data, signed: list[str]) -> list[str]:
    """What regulators and deals did in a quarter. signed: deals of the room's seats, in words."""
    figure = {name: values[0] for name, values in now.get("outcomes", {}).items()}
    old = {name: values[0] for name, values in last.get("outcomes", {}).items()}
    words = []
    for name, more, less in COUNTED:
        apart = figure.get(name, 0.0) - old.get(name, 0.0)
        if abs(apart) > 1e-9:
            words.append(f"{now['quarter']}: {more if apart > 0 else less}")
    words += signed
    if (struck := round(figure.get("deals_struck", 0.0))) > len(signed):
        size = figure.get("deals_struck_mw", 0.0)
        deals = f"{struck} deal{'s' if struck > 1 else ''} between labs and clouds in the whole market, {size:,.0f} MW"
        words.append(f"{now['quarter']}: {deals}")
    return words


def _ends(one: Round, before: Round | None) -> list[tuple[str, str, str]]:
    found = []
    for name, _, scale in SHOWN:
        unit, digits = ("\u00a0%", 1) if scale == 100.0 else ("", 2)
        value = scale * one.yardsticks[-1]["room"][name]
        moved = "" if before is None else f"{value - scale * before.yardsticks[-1]['room'][name]:+.{digits}f}"
        found.append((pages.TITLES[name], f"{value:.{digits}f}{unit}", moved.replace("-", "−")))
    return found


# --- the pivot --------------------------------------------------------------------------------------------------------


def who_words(state: State, who: str) -> str:
    """'the room', or what a seat is called."""
    return "Trainium's share in the room" if who == ROOM else f"{pages.title_of(state, who)}'s value"


def unit_of(who: str) -> str:
    """What a result is counted in."""
    return "points" if who == ROOM else "$bn"


def number(value: float, who: str = "") -> str:
    """A change with its sign, as many digits as it needs."""
    size = abs(value)
    digits = 0 if size >= 100.0 else 1 if size >= 10.0 else 2
    text = f"{value:+.{digits}f}"
    return text.lstrip("+-") if float(text) == 0.0 else text.replace("-", "−")


def nothing(ranked: list[Data]) -> bool:
    """Does no turn move anything, in any world?"""
    return all(one["low"] == one["high"] == 0.0 for one in ranked)


def pivot_words(ranked: list[Data]) -> str:
    """What the ranking says, in a sentence."""
    if not ranked:
        return "nothing has been compared yet."
    if nothing(ranked):
        return "the rule of thumb in any turn comes to the same."
    first = [one for one in ranked if one["rank"] == 1]
    if not any(one["clear"] for one in first):
        return "no turn moved it clearly."
    if len(first) > 1:
        names = " and ".join(str(one["turn"]) for one in sorted(first, key=lambda one: int(one["turn"])))
        return f"turns {names} moved it most, and cannot be told apart."
    return f"turn {first[0]['turn']} moved it most."


def bar(value: float, ranked: list[Data]) -> tuple[float, float]:
    """Where a bar of a ranking begins and how long it is, in % of its field; 0 stands in the middle."""
    widest = max([abs(end) for one in ranked for end in (one["low"], one["high"], one["mean"])] + [1e-12])
    length = 50.0 * min(abs(value) / widest, 1.0)
    return (50.0 if value >= 0.0 else 50.0 - length, length)


# --- why --------------------------------------------------------------------------------------------------------------


def cause(name: str, who: str) -> str:
    """What a cause is called in an account of a result."""
    words = CAUSES[name]
    return words.get(who, words[""])


def why_words(account: Data) -> str:
    """What an account says, in a sentence."""
    clear = [part for part in account["parts"] if part["clear"]]
    if not clear:
        return "No cause stands out: every interval holds 0."
    largest = max(clear, key=lambda part: abs(part["value"]))
    return f"The largest clear part: {cause(largest['name'], account['of']).lower()}."


def accounts(state: State) -> list[Data]:
    """Accounts of results that were asked for."""
    return [one for what, one in state.debrief.found.items() if what.startswith("why ")]


def lenses(state: State, party: str) -> tuple[Lens, ...]:
    """How a seat's result is looked at."""
    return LENSES[pages.role_of(state, party)]


# --- par --------------------------------------------------------------------------------------------------------------


def par_words(row: Data) -> str:
    """How a lens is told: its percentile, or that it ties."""
    if row["tied"] and row["tied"] == row["of"]:
        return "tie in every world: the lens tells nothing"
    if row["percentile"] != row["percentile"]:
        return "no figure"
    tie = f", a tie in {row['tied']} of {row['of']} worlds" if row["tied"] else ""
    return f"{row['percentile']:.0f}{tie}"


def raw(value: float) -> str:
    """A lens's figure."""
    size = abs(value)
    text = f"{value:,.0f}" if size >= 100.0 else f"{value:.1f}" if size >= 10.0 else f"{value:.2f}"
    return text.replace("-", "−")


def awards(state: State) -> list[tuple[str, str, str]]:
    """Award, who has it (several in a tie), and its lens; only for those who reach the skilled bot's median, and only
    where the lens tells teams from the bot."""
    found: dict[str, list[tuple[float, str, str]]] = {}
    for party, rows in state.debrief.found.get("par", {}).get("seats", {}).items():
        for row in rows:
            if row["percentile"] >= 50.0 and row["tied"] < row["of"]:
                found.setdefault(row["award"], []).append((row["percentile"], party, row["title"]))
    said = []
    for award, each in found.items():
        best = max(percentile for percentile, _, _ in each)
        winners = [pages.title_of(state, party) for percentile, party, _ in each if equal(percentile, best)]
        said.append((award, " and ".join(winners), f"{each[0][2]}: {best:.0f} of 100 against the skilled bot"))
    return said + _best_forecaster(state)


def _best_forecaster(state: State) -> list[tuple[str, str, str]]:
    known = [one for one in calibration(state) if one.error is not None]
    if not known:
        return []
    best = min(one.error for one in known if one.error is not None)
    winners = [one.person for one in known if one.error is not None and equal(one.error, best)]
    return [("Best forecaster", " and ".join(winners), f"{best:.1f} points off on average")]


def seats_of(state: State) -> tuple[str, ...]:
    """Seats that people decided for; all of them in a session of bots."""
    return decided(state)
