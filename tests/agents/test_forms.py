"""Forms: three, five or seven questions a role, defaults that are always lawful, and answers that mean what they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.forms import CHOICE, LEVELS, NUMBER, PLAYABLE, SHARES, YES_NO, Form, Question, form, party_called, shown
from agents.forms.questions import in_steps
from agents.roster import cast, parties, unknown_party
from agents.seats import Heard
from agents.strategies import default_for
from experiments import scenarios
from sim.contract import expected, validated
from sim.errors import InputError
from sim.game import Game
from sim.roster import load_roster

BASE = scenarios.load("baseline")
ROSTER = load_roster(BASE.roster)
LIKE = expected(ROSTER, 1)
FULL = {"cloud": "aws", "vendor": "nvidia", "lab": "anthropic", "regulator": "ec"}


@pytest.fixture(scope="module")
def heard() -> Iterator[dict[str, Heard]]:
    """Three quarters of a game, as each of four seats saw them."""
    seats = {party: Heard(default_for(role).maker()) for role, party in FULL.items()}
    game = Game(BASE, cast(seats=seats), worlds=1, quarters=3)
    game.run()
    game.close()
    yield seats


def situations(heard: dict[str, Heard], level: int) -> Iterator[tuple[Form, Any, Any, Any]]:
    for party, listener in heard.items():
        for own, market, rule in listener.kept:
            yield form(ROSTER, party, level), own, market, rule


@pytest.mark.parametrize("role", PLAYABLE)
@pytest.mark.parametrize("level", LEVELS)
def test_a_level_asks_so_many_questions(role: str, level: int) -> None:
    asked = shown(role, level)
    assert len(asked) == level
    assert [question.id for question in form(ROSTER, FULL[role], level).questions] == [
        question.id for question in asked
    ]


@pytest.mark.parametrize("role", PLAYABLE)
def test_every_question_sets_declared_decisions(role: str, heard: dict[str, Heard]) -> None:
    declared = {f.name for f in fields(heard[FULL[role]].kept[0][2])}
    for question in shown(role, 7):
        assert question.fields and set(question.fields) <= declared


@pytest.mark.parametrize("level", LEVELS)
def test_defaults_can_be_typed_and_the_rule_is_the_rule(heard: dict[str, Heard], level: int) -> None:
    for one, own, market, rule in situations(heard, level):
        for question in one.questions:
            for answers in (one.defaults(own, market, rule), one.says(rule, own, market)):
                assert question.parse(question.text(answers[question.id])) == answers[question.id]
        assert one.decide(one.says(rule, own, market), own, market, rule) is rule


def test_what_is_answered_is_read_back(heard: dict[str, Heard]) -> None:
    """The decision that an answer makes says that answer, when the form reads it."""
    for one, own, market, rule in situations(heard, 7):
        for question in one.questions:
            answer = another(question, one.says(rule, own, market)[question.id])
            answers = {**one.says(rule, own, market), question.id: answer}
            if question.id in ("remedy", "strength", "fine"):
                answers["step"] = "remedy"
            decision = one.decide(answers, own, market, rule)
            validated(decision, LIKE[one.desk.name], one.desk.name, "2026Q1")
            assert one.says(decision, own, market)[question.id] == answer, question.id


def another(question: Question, now: Any) -> Any:
    if question.kind in (CHOICE, YES_NO):
        return next(option for option in question.options if option != now)
    if question.kind == SHARES:
        return in_steps([*range(1, len(question.options) + 1)], question.total, question.step)
    return question.lawful(question.high if now < 0.5 * (question.low + question.high) else question.low)


@given(role=st.sampled_from(PLAYABLE), data=st.data())
def test_any_lawful_answers_make_a_valid_decision(heard: dict[str, Heard], role: str, data: st.DataObject) -> None:
    one = form(ROSTER, FULL[role], 7)
    own, market, rule = data.draw(st.sampled_from(heard[FULL[role]].kept))
    answers = {question.id: data.draw(lawful(question)) for question in one.questions}
    validated(one.decide(answers, own, market, rule), LIKE[FULL[role]], FULL[role], "2026Q1")


def lawful(question: Question) -> st.SearchStrategy[Any]:
    if question.kind == NUMBER:
        return st.floats(question.low, question.high).map(question.lawful)
    if question.kind == SHARES:
        part = st.floats(0.0, 1.0)
        whole = st.lists(part, min_size=len(question.options), max_size=len(question.options))
        return whole.map(lambda parts: question.lawful(tuple(parts)))
    return st.sampled_from(question.options)


@pytest.mark.parametrize(
    ("role", "number", "said", "must_say"),
    [
        ("cloud", 1, "lots", "'lots' is not a number; allowed is 0 to 10000 MW in steps of 10"),
        ("cloud", 1, "-5", "Closest: 0"),
        ("cloud", 5, "26", "0 to 25 % in steps of 1. Closest: 25"),
        ("cloud", 1, "nan", "is not a number"),
        ("vendor", 3, "strategc", "Closest: 'strategic'"),
        ("lab", 2, "50 50", "for example"),
        ("lab", 2, "50-25-25-10", "adds up to 110"),
        ("lab", 3, "9", "4, 8, 12, 20"),
        ("regulator", 1, "3 3 2", "4 numbers"),
        ("regulator", 2, "fine", "is not one of the options"),
    ],
)  # fmt: skip
def test_a_wrong_answer_gets_a_sentence(role: str, number: int, said: str, must_say: str) -> None:
    with pytest.raises(InputError) as wrong:
        form(ROSTER, FULL[role], 7).questions[number - 1].parse(said)
    assert must_say in str(wrong.value)
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("AWS", "aws"),
        ("nvidia", "nvidia"),
        ("European Commission", "ec"),
        (" Anthropic ", "anthropic"),
        ("google", "google"),
        ("Amazon", "aws"),
        ("EU", "ec"),
    ],
)
def test_seats_are_found_by_what_people_call_them(said: str, meant: str) -> None:
    assert party_called(ROSTER, said)[1] == meant


MEANT = [
    ("amazn", "aws"), ("AMZN", "aws"), ("microsft", "azure"), ("msft", "azure"), ("gogle", "google"), ("nvidea", "nvidia"), ("Nvida GPU", "nvidia"),
    ("anthropc", "anthropic"), ("anth", "anthropic"), ("coreweave", "neocloud"), ("Commision", "ec"), ("uk", "cma"), ("federal", "ftc"), ("AWS", "aws"),
]  # fmt: skip
STRANGERS = ("Tesla", "intel", "apple", "deepseek", "tsmc", "samsung", "china", "groq", "harvest", "doj", "x", "")


def test_a_wrong_party_gets_the_party_meant_or_none() -> None:
    """Whether somebody sits down, names a strategy of a party, or casts a game."""
    titles = {name: title for _, name, title in parties(ROSTER)}
    for said, meant in MEANT:
        assert str(unknown_party(ROSTER, said)).endswith(f"Closest: '{meant}'.")
        try:
            assert party_called(ROSTER, said)[1] == meant
        except InputError as wrong:
            assert f"Closest: '{titles[meant]}'" in str(wrong)
    for said in STRANGERS:
        assert "Closest" not in str(unknown_party(ROSTER, said))
        with pytest.raises(InputError, match="Some that can be played: AWS"):
            party_called(ROSTER, said)


def test_a_party_that_is_no_party_anywhere() -> None:
    with pytest.raises(InputError, match=r"--strategy: unknown party 'amazn'\. Closest: 'aws'"):
        scenarios.strategies_of(BASE, ["amazn=harvest"])
    with pytest.raises(InputError, match=r"unknown party 'Amazon'\. Closest: 'aws'"):
        Game(BASE, cast({"Amazon": "harvest"}), worlds=1, quarters=1)


@pytest.mark.parametrize(
    ("said", "must_say"), [("Amzon", "Closest: 'AWS'"), ("Enterprises", ""), ("Antropic", "Closest: 'Anthropic'")]
)
def test_a_seat_that_does_not_exist_gets_a_sentence(said: str, must_say: str) -> None:
    with pytest.raises(InputError) as wrong:
        form(ROSTER, said, 3)
    assert must_say in str(wrong.value)


def test_steps_add_up_and_keep_order() -> None:
    parts = in_steps([0.333, 0.333, 0.334], 100.0, 5.0)
    assert sum(parts) == 100.0
    assert all(part % 5.0 == 0.0 for part in parts)
    assert np.allclose(in_steps([0.0, 0.0], 10.0, 1.0), 5.0)


def test_a_mix_that_was_asked_for_stands(heard: dict[str, Heard]) -> None:
    """Enter asks for it again though the mix has moved; where nothing was asked for, it follows the mix that there is."""
    one = form(ROSTER, "anthropic", 3)
    (first, market, rule), (second, _, _), _ = heard["anthropic"].kept
    asked = one.decide({**one.says(rule, first, market), "mix": (20.0, 60.0, 20.0, 0.0)}, first, market, rule)
    for last, stands in ((asked, (20.0, 60.0, 20.0, 0.0)), (rule, None)):
        now = replace(second, last=last)
        mix = one.defaults(now, market, rule, first)["mix"]
        assert mix == (one.says(rule, second, market)["mix"] if stands is None else stands)
