"""A person's turn line by line: what each word does, what is said of it, and what Enter hands over."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agents.forms import Form, Question, shown
from agents.strategies import default_for
from experiments.play import drivers, page
from experiments.play.drivers import Turn
from experiments.play.page import HEIGHT, Paper, Situation
from experiments.play.person import HOW, MORE, Left, Person
from experiments.play.words import glossary
from experiments.screen import Screen
from sim.quarters import ordinal
from tests.agents.briefs import CLOUD, REGULATOR

START = {"order": 200.0, "own_share": 50.0, "exit_fee": 5.0}
EXAMPLE = "1 120"
RULE = {"order": 120.0, "own_share": 35.0, "exit_fee": 3.0}
ORDER, OWN_SHARE, FEE = "New capacity order", "Own-chip share of the order", "Exit fee, of the remaining contract"
AS_IT_WAS = f"{ORDER}: 200 MW; {OWN_SHARE}: 50 %; {FEE}: 5 %. Enter plays the turn."
EXPLAINED = [
    f"{number} {question.title}: {question.help} Allowed: {question.allowed}."
    for number, question in enumerate(shown("cloud", 7), 1)
    if question.level == 3
]
EXPLAINED = [f"{number}{one[1:]}" for number, one in enumerate(EXPLAINED, 1)]


TOLD_MORE = MORE.format(example=EXAMPLE).splitlines()


class Typed:
    """Lines that somebody types, or ways to stop; prompts are kept."""

    def __init__(self, *lines: str | BaseException) -> None:
        self.lines, self.prompts = list(lines), []

    def __call__(self, prompt: str) -> str:
        self.prompts.append(prompt)
        line = self.lines.pop(0)
        if isinstance(line, BaseException):
            raise line
        return line


def seated(*lines: str | BaseException, form: Form | None = None) -> tuple[Person, io.StringIO]:
    file = io.StringIO()
    whole = form or CLOUD.form(3)
    person = Person(whole, ordinal("2025Q4"), 8, Screen(file=file, width=999), ask=Typed(*lines))
    person._minds = lambda answers, s: []  # type: ignore[method-assign]
    return person, file


def situation(form: Any, start: dict[str, Any], rule: dict[str, Any]) -> Situation:
    none = np.zeros((1, 4))
    agency = SimpleNamespace(not_possible=np.zeros((1, 4, 5)), commitments_offered=none, evidence_over_proof=none)
    now: Any = Turn(agency, None, None)  # type: ignore[arg-type]
    roster: Any = None
    return Situation(roster, form, "2026Q3", 3, 8, now, (), None, start, rule)


def turn(*lines: str | BaseException) -> tuple[dict[str, Any], list[str]]:
    """The answers of a turn that ends with Enter, and what is said in it."""
    person, file = seated(*lines, "")
    answers = person._answers(situation(person.form, START, RULE))
    said = file.getvalue().splitlines()
    assert said[0] == HOW.format(example=EXAMPLE) and not person.ask.lines  # type: ignore[attr-defined]
    return answers, said[1:]


def test_enter_plays_what_stands_there() -> None:
    answers, said = turn()
    assert answers == START and answers is not START and said == []


@pytest.mark.parametrize(
    ("typed", "changed", "said"),
    [
        ("1 300", {"order": 300.0}, f"{ORDER}: 300 MW"),
        ("1=300", {"order": 300.0}, f"{ORDER}: 300 MW"),
        ("  3   12 %", {"exit_fee": 12.0}, f"{FEE}: 12 %"),
        ("Own-Share 65", {"own_share": 65.0}, f"{OWN_SHARE}: 65 %"),
        ("3 12; order=0 ;", {"order": 0.0, "exit_fee": 12.0}, f"{FEE}: 12 %; {ORDER}: 0 MW"),
        ("rule", RULE, f"{ORDER}: 120 MW; {OWN_SHARE}: 35 %; {FEE}: 3 %"),
    ],
)
def test_an_answer_stands_and_is_said(typed: str, changed: dict[str, float], said: str) -> None:
    assert turn(typed) == ({**START, **changed}, [f"{said}. Enter plays the turn."])


def test_reset_takes_what_enter_had() -> None:
    answers, said = turn("1 300", "RULE", "reset")
    assert answers == START and said[2:] == [AS_IT_WAS]


NO_QUESTION = (
    "is no question; give its number, 1 to 3, and an answer, such as 1 120. Enter alone plays the turn, ? explains, "
    "q saves and leaves."
)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0 5", f"'0' {NO_QUESTION}"),
        ("4 5", f"'4' {NO_QUESTION}"),
        ("own_share 5", f"'own_share' {NO_QUESTION}"),
        ("1=3=4", f"{ORDER}: '3=4' is not a number; allowed is 0 to 10000 MW in steps of 10."),
        ("1 300; prices 3", f"'prices' {NO_QUESTION}"),
        ("1 300; 3 26", f"{FEE}: 26 is not allowed; give 0 to 25 % in steps of 1. Closest: 25."),
    ],
)
def test_a_line_is_taken_whole_or_not_at_all(typed: str, said: str) -> None:
    assert turn(typed) == (START, [said])


def test_the_example_is_the_rules_answer() -> None:
    """Where the first question takes parts of a whole, it is parts of a whole."""
    person, file = seated("8 5", "", form=REGULATOR.form(3))
    rule = {"attention": (2.0, 2.0, 2.0, 4.0)}
    assert person._answers(situation(person.form, rule, rule)) == rule
    assert "give its number, 1 to 4, and an answer, such as 1 2-2-2-4. Enter alone" in file.getvalue()


def test_a_number_alone_explains_and_asks() -> None:
    answers, said = turn("2", " 20 ", "3", "  ", "2", "7")
    assert answers == {**START, "own_share": 20.0}
    assert said == [
        EXPLAINED[1],
        f"{OWN_SHARE}: 20 %. Enter plays the turn.",
        EXPLAINED[2],
        f"{FEE} stays as it was.",
        EXPLAINED[1],
        f"{OWN_SHARE}: 7 is not allowed; give 0 to 100 % in steps of 5. Closest: 5.",
    ]


def test_prompts_name_the_quarter_and_what_is_asked() -> None:
    person, _ = seated("2", "20", "")
    person._answers(situation(person.form, START, RULE))
    assert person.ask.prompts == ["2026Q3> ", f"{OWN_SHARE} [0 to 100 % in steps of 5]: ", "2026Q3> "]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("typed", "explained"),
    [("?", [*EXPLAINED, *TOLD_MORE]), ("help", [*EXPLAINED, *TOLD_MORE]),
     ("? 3", EXPLAINED[2:]), ("2?", EXPLAINED[1:2]),
     ("help order", EXPLAINED[:1]), ("Own-Share ?", EXPLAINED[1:2]), ("words", glossary("cloud").splitlines())],
)  # fmt: skip
def test_what_is_explained(typed: str, explained: list[str]) -> None:
    assert turn(typed) == (START, explained)


@pytest.mark.parametrize(
    ("lines", "how"),
    [(("q",), "quit"), (("QUIT",), "quit"), (("exit",), "quit"), (("save",), "quit"), ((EOFError(),), "ended"),
     ((KeyboardInterrupt(),), "interrupted"), (("2", EOFError()), "ended"),
     (("2", KeyboardInterrupt()), "interrupted")],
)  # fmt: skip
def test_ways_to_leave(lines: tuple[str | BaseException, ...], how: str) -> None:
    person, _ = seated(*lines)
    with pytest.raises(Left) as left:
        person._answers(situation(person.form, START, RULE))
    assert (left.value.how, str(left.value)) == (how, how)


def test_the_page_again_has_the_answers_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def shows(word: str) -> Callable[..., str]:
        return lambda s, paper: seen.append((word, s.start, s.rule, paper)) or word

    monkeypatch.setattr(page, "page", shows("the page"))
    monkeypatch.setattr(page, "market_page", shows("the market"))
    answers, said = turn("1 300", "show", "1 400", "market")
    assert said[1::2] == ["the page", "the market"] and answers["order"] == 400.0
    paper = Paper(999, HEIGHT)
    assert seen == [
        ("the page", {**START, "order": 300.0}, RULE, paper),
        ("the market", {**START, "order": 400.0}, RULE, paper),
    ]


# --- a turn -----------------------------------------------------------------------------------------------------------


def test_the_paper_is_the_screen_or_a_whole_page() -> None:
    person, _ = seated()
    assert person.paper == Paper(999, 40)
    person.console = Screen(file=io.StringIO(), force_terminal=True, width=90, height=30)
    assert person.paper == Paper(90, 30)


@pytest.mark.parametrize("room", [CLOUD, REGULATOR])
def test_the_rule_is_the_default_of_the_role(room: Any) -> None:
    person, _ = seated(form=room.form(3))
    assert type(person.rule) is type(default_for(room.desk.role).maker())


class Told:
    """A form that tells what it is asked."""

    desk = SimpleNamespace(role="lab", name="me")

    def now(self, own: object) -> tuple[Question, ...]:
        question: Any = SimpleNamespace(id="from", text=lambda answer: "here")
        return (question,)

    def check(self, *given: object) -> None:
        """Everything can be played."""

    def defaults(self, *given: object) -> dict[str, object]:
        return {"from": ("defaults", *given)}

    def says(self, *given: object) -> dict[str, object]:
        return {"from": ("says", *given)}

    def decide(self, answers: dict[str, object], *given: object) -> tuple[object, ...]:
        return ("decided", answers, *given)


def test_a_turn_from_the_briefing_to_the_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recorded quarter as it was; then the rule is heard, the page shown, and the answers are a decision."""
    shown_pages: list[Situation] = []
    monkeypatch.setattr(page, "page", lambda s, paper: shown_pages.append(s) or "the page")
    monkeypatch.setattr(drivers, "outcome", lambda *given: (*given[:3], list(given[3]), given[4]))
    file, told = io.StringIO(), Told()
    form: Any = told
    recorded: Any = {2: "recorded"}
    person = Person(form, ordinal("2025Q4"), 8, Screen(file=file, width=200), recorded, Typed("", ""))
    person.rule = SimpleNamespace(decide=lambda own, market: f"rule on {own}")  # type: ignore[assignment]
    person.game = SimpleNamespace(roster="roster", records="records")  # type: ignore[assignment]
    first, second, third = (SimpleNamespace(quarter=quarter) for quarter in (1, 2, 3))
    start = {"from": ("defaults", "own 1", first, "rule on own 1", None)}
    decided = [person.decide("own 1", first)]  # type: ignore[arg-type]
    assert decided == [("decided", start, "own 1", first, "rule on own 1")]
    turns: list[Any] = [Turn("own 1", first, decided[0])]  # type: ignore[arg-type]
    says: Any = {"from": ("says", "rule on own 1", "own 1", first)}
    outcome: Any = ("lab", "me", "records", [], "own 1")
    assert shown_pages == [
        Situation(
            "roster",  # type: ignore[arg-type]
            form,
            "2026Q1",
            1,
            8,
            Turn("own 1", first, None),  # type: ignore[arg-type]
            person.played,
            outcome,
            start,  # type: ignore[arg-type]
            says,
            by_rule="rule on own 1",
        )
    ]
    assert person.decide("own 2", second) == "recorded"  # type: ignore[arg-type]
    turns.append(Turn("own 2", second, "recorded"))  # type: ignore[arg-type]
    assert person.played == turns and len(shown_pages) == 1
    person.decide("own 3", third)  # type: ignore[arg-type]
    assert shown_pages[1].quarter == "2026Q3" and shown_pages[1].turn == 3
    assert shown_pages[1].start == {"from": ("defaults", "own 3", third, "rule on own 3", "own 2")}
    assert shown_pages[1].outcome == ("lab", "me", "records", turns, "own 3")
    assert [line for line in file.getvalue().splitlines() if line == "the page"] == ["the page"] * 2
    last: Any = person.outcome(None)
    assert last[4] is None and len(last[3]) == 3
