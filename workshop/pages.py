"""What pages are made of: a room's state in the words and tables that people read. Nothing here knows of HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any

from agents.forms import CHOICE, SHARES, YES_NO, Question
from agents.roster import parties
from experiments import scenarios
from experiments.play.fork import PARTY_SHOWN, SHOWN
from sim.roster import load_roster
from workshop import people
from workshop.agenda import agenda
from workshop.charts import Chart
from workshop.state import Answers, Seat, State

PHASE_WORDS = {
    "lobby": "Lobby: teams are taking their seats",
    "briefing": "Briefing: read, and fill in a draft",
    "open": "Open: decide and submit",
    "paused": "Paused: the clock stands, you may still decide",
    "locked": "Locked: the turn is being played",
    "resolving": "Locked: the turn is being played",
    "review": "Played: the facilitator looks at the result first",
    "published": "Published: see what came of it",
}
SHOWN_IN = {
    **dict.fromkeys(("briefing", "open", "paused"), "form"),
    **dict.fromkeys(("locked", "resolving", "review"), "played"),
    "lobby": "lobby",
    "published": "published",
}
"""What a team sees in a phase."""
GLOSSES = {
    "trainium_share_used": "Part of all AI compute in use that runs on AWS's own chip.",
    "price_over_cost": "What renters pay over what capacity costs in the long run; 1 just pays for itself.",
    "utilisation": "Part of the capacity that is rented or in its owner's use.",
    "unserved_share": "Part of the demand that found no capacity and waits.",
}
TITLES = {
    "trainium_share_used": "Trainium's share",
    "price_over_cost": "Price over cost",
    "utilisation": "Use of capacity",
    "unserved_share": "Demand that waits",
}
GUESSED = "trainium_share_used"
"""What each person guesses."""
ROLE_WORDS = {"cloud": "a cloud", "vendor": "a chip designer", "lab": "an AI lab", "regulator": "a regulator"}


@lru_cache(maxsize=8)
def everyone(scenario: str) -> dict[str, tuple[str, str]]:
    """Party -> (title, role)."""
    return {name: (title, role) for role, name, title in parties(load_roster(scenarios.load(scenario).roster))}


def title_of(state: State, party: str) -> str:
    """What a party is called."""
    desk = people.seat_form(state, party).desk
    return desk.title if desk.role == "vendor" else everyone(state.setup.scenario)[party][0]


def role_of(state: State, party: str) -> str:
    """The role of a party."""
    return everyone(state.setup.scenario)[party][1]


def role_words(state: State, party: str) -> str:
    """'a cloud'."""
    return ROLE_WORDS[role_of(state, party)]


def role_brief(state: State, party: str) -> str:
    """A seat's brief, as its agenda has it."""
    return agenda(state.setup.agenda).briefs.get(party, "")


@dataclass(frozen=True)
class Asked:
    """A question on a page: what it starts from, what is saved, and what the rule would do."""

    question: Question
    value: str
    start: str
    rule: str

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Options with the part that each has."""
        given = self.value.split("-")
        known = given if len(given) == len(self.question.options) else [""] * len(self.question.options)
        return list(zip(self.question.options, known, strict=True))

    @property
    def chosen(self) -> bool:
        """Is one of several options picked?"""
        return self.question.kind in (CHOICE, YES_NO)

    @property
    def shared(self) -> bool:
        """Are parts of a whole given?"""
        return self.question.kind == SHARES


def questions(state: State, party: str, typed: Answers | None = None) -> list[Asked]:
    """A seat's form as it stands now. typed: what stands in it in the place of what is saved; an option that is not
    there to be chosen leaves what was."""
    seat = state.seats[party]
    shown = (state.brief or {}).get("seats", {}).get(party, {"start": {}, "rule": {}})
    found = []
    for question in people.seat_questions(state, party):
        start = shown["start"].get(question.id, "")
        value = seat.answers.get(question.id, start)
        new = (typed or {}).get(question.id, value)
        value = new if question.kind not in (CHOICE, YES_NO) or new in question.options else value
        found.append(Asked(question, value, start, shown["rule"].get(question.id, "")))
    return found


def seat_status(seat: Seat, state: State) -> str:
    """Where a seat stands in this turn, in a word or two."""
    if not seat.human or seat.party in state.hall.away:
        return "bot"
    if not seat.team:
        return "free"
    if state.phase not in ("open", "paused"):
        return "seated"
    return "submitted" if seat.submitted else "draft saved" if seat.answers else "deciding"


def charts(
    state: State, found: dict[str, Any] | None = None, hidden: bool = False, told: bool = False
) -> list[tuple[Chart, str]]:
    """The room's yardsticks over the quarters that were played, with a fork's band where there is one, and what each
    means. hidden: with the turn that is not published yet; told: with people's guesses."""
    rounds = state.rounds if hidden else state.published
    rows = [row for one in rounds for row in one.yardsticks]
    ahead = [row["quarter"] for row in found["rows"]] if found else []
    quarters = list(dict.fromkeys([*(row["quarter"] for row in rows), *ahead]))
    charts = []
    for name, _, scale in SHOWN:
        played = {row["quarter"]: scale * row["room"][name] for row in rows}
        line = [played.get(quarter) for quarter in quarters]
        band, before = (_band(found, rows_of, name, scale) for rows_of in ("rows", "plain"))
        guesses = [(one["of"], one["value"]) for one in state.guesses] if name == GUESSED and told else []
        chart = Chart(TITLES[name], quarters, line, scale == 100.0, band, marks(state, found), guesses, before)
        charts.append((chart, GLOSSES[name]))
    return charts


def _band(found: dict[str, Any] | None, rows: str, name: str, scale: float) -> dict[str, tuple[float, float, float]]:
    """A fork's band of a yardstick by quarter; rows: 'rows', or 'plain' for the same worlds without its change."""
    known = (found or {}).get(rows, [])
    return {row["quarter"]: tuple(scale * value for value in row["room"][name]) for row in known}


def guessed(state: State) -> list[tuple[str, int, str, str]]:
    """Quarter, number of guesses, their median with the lowest and highest, and what came ('' when nobody knows)."""
    came = {row["quarter"]: 100.0 * row["room"][GUESSED] for one in state.published for row in one.yardsticks}
    found = []
    for quarter in sorted({one["of"] for one in state.guesses}):
        said = [one["value"] for one in state.guesses if one["of"] == quarter]
        told = f"{median(said):.1f} % ({min(said):.1f} to {max(said):.1f})"
        found.append((quarter, len(said), told, f"{came[quarter]:.1f} %" if quarter in came else ""))
    return found


def beside(both: list[State]) -> list[tuple[str, str, list[str]]]:
    """Title, quarter and each room's figure of two rooms with the same seed, quarters that both have seen."""
    rows: list[tuple[str, str, list[str]]] = []
    seen = [{row["quarter"]: row["room"] for one in state.published for row in one.yardsticks} for state in both]
    for name, _, scale in SHOWN:
        for quarter in (one for one in seen[0] if one in seen[1]):
            told = [
                f"{scale * room[quarter][name]:.1f} %" if scale == 100.0 else f"{room[quarter][name]:.2f}"
                for room in seen
            ]
            rows.append((TITLES[name], quarter, told))
    return rows


def marks(state: State, found: dict[str, Any] | None) -> dict[str, str]:
    """Quarters with something to see."""
    shown = {one["from"]: "shock" for one in state.cards}
    return shown | ({found["from"]: "from here"} if found else {})


def decisions(state: State, party: str) -> list[tuple[str, list[str]]]:
    """What a seat of people decided turn by turn: question -> answers, '–' where a turn was left as filled in."""
    found = []
    for question in people.seat_form(state, party).questions:
        given = [one.answers.get(party, {}).get(question.id, "–") for one in state.published]
        found.append((f"{question.title}{', ' + question.unit if question.unit else ''}", given))
    return found


def figures(state: State, party: str) -> list[tuple[str, list[str]]]:
    """A seat's own figures by quarter."""
    rows = [row for one in state.published for row in one.yardsticks]
    return [
        (words, [f"{scale * row['seats'][party][name]:,.1f}" for row in rows])
        for name, words, scale in PARTY_SHOWN[role_of(state, party)]
    ]


def played_quarters(state: State) -> list[str]:
    """Quarters that everybody may see."""
    return [row["quarter"] for one in state.published for row in one.yardsticks]


def button(state: State) -> str:
    """What a team's button says: before the turn is open there is only a draft."""
    return "Save as a draft" if state.phase == "briefing" else "Submit · a draft is played too"


def round_key(state: State) -> str:
    """Changes when a team is shown something else."""
    told = ".told" if state.debrief.revealed else ""
    return f"{state.branch}.{state.turn}.{state.attempt}.{SHOWN_IN[state.phase]}{told}"
