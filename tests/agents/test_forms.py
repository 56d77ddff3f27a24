"""Forms: three, five or seven questions a role (and two on deals of clouds and labs), defaults that are always lawful,
and answers that mean what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.forms import LEVELS, NUMBER, PLAYABLE, SHARES, Answer, Answers, Form, Question, form, party_called, shown
from agents.forms.questions import in_steps
from agents.roster import cast, parties, unknown_party
from agents.seats import Heard
from agents.strategies import default_for
from experiments import scenarios
from sim.contract import expected, validated
from sim.errors import InputError
from sim.game import Game
from sim.roster import load_roster
from tests.agents.briefs import ROOMS

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


ASKED = {
    "cloud": ("order own_share exit_fee", "discount commitment deals sign", "porting_kit edge"),
    "vendor": ("price booking allocation", "research openness", "edge_share guarantee"),
    "lab": ("capacity mix term", "portability token_price deals sign", "training small_models"),
    "regulator": ("attention step remedy strength", "share", "fine signal"),
}
"""Questions of the core, those that the second level adds, and those that the third does."""


@pytest.mark.parametrize("role", PLAYABLE)
def test_a_level_asks_what_it_adds_to_the_one_before_and_every_question_sets_declared_fields(role: str) -> None:
    declared = {f.name for f in fields(ROOMS[role].rule)}
    for count, level in enumerate(LEVELS, 1):
        asked = shown(role, level)
        assert {question.id for question in asked} == set(" ".join(ASKED[role][:count]).split())
        on_deals = 2 if role in ("cloud", "lab") and level > 3 else 0
        strength = int(role == "regulator" and level == 3)  # asked wherever a remedy is
        assert len(asked) == level + on_deals + strength and form(ROSTER, FULL[role], level).questions == asked
        assert all(question.fields and set(question.fields) <= declared for question in asked)


def test_defaults_can_be_typed_and_the_rule_is_the_rule(heard: dict[str, Heard]) -> None:
    for level in LEVELS:
        for one, own, market, rule in situations(heard, level):
            for question in one.questions:
                for answers in (one.defaults(own, market, rule), one.says(rule, own, market)):
                    assert question.parse(question.text(answers[question.id])) == answers[question.id]
            assert one.decide(one.says(rule, own, market), own, market, rule) is rule


@given(role=st.sampled_from(PLAYABLE), data=st.data())
def test_any_lawful_answers_make_a_valid_decision(heard: dict[str, Heard], role: str, data: st.DataObject) -> None:
    one = form(ROSTER, FULL[role], 7)
    own, market, rule = data.draw(st.sampled_from(heard[FULL[role]].kept))
    answers = {question.id: data.draw(lawful(question)) for question in one.questions}
    validated(one.decide(answers, own, market, rule), LIKE[FULL[role]], FULL[role], "2026Q1")


@given(role=st.sampled_from(PLAYABLE), data=st.data())
def test_any_lawful_answer_is_read_back(heard: dict[str, Heard], role: str, data: st.DataObject) -> None:
    """What one answer makes of a decision of the game, the form reads as that answer: between bounds too, and for every
    option."""
    one = form(ROSTER, FULL[role], 7)
    own, market, rule = data.draw(st.sampled_from(heard[FULL[role]].kept))
    question = data.draw(st.sampled_from(one.questions))
    answer = data.draw(lawful(question))
    if question.id == "capacity":  # no more can be let go than is in use, in MW
        answer = question.lawful(max(answer, -own.used_h100e[0] / 1000.0))
    if question.id == "sign" and not own.offered_mw.any():  # nothing stands that could be signed
        answer = "no"
    answers: Answers = {question.id: answer}
    step: Answers = {"step": "remedy"} if question.id in ("remedy", "strength", "fine") else {}
    decision = one.decide({**step, **answers}, own, market, rule)
    validated(decision, LIKE[one.desk.name], one.desk.name, "2026Q1")
    assert one.says(decision, own, market)[question.id] == answers[question.id]


def lawful(question: Question) -> st.SearchStrategy[Any]:
    if question.kind == NUMBER:
        return st.floats(question.low, question.high).map(question.lawful)
    if question.kind == SHARES:
        part = st.floats(0.0, 1.0)
        whole = st.lists(part, min_size=len(question.options), max_size=len(question.options))
        return whole.map(lambda parts: question.lawful(tuple(parts)))
    return st.sampled_from(question.options)


WRONG = [
    ("cloud", "order", "lots", "'lots' is not a number; allowed is 0 to 10000 MW in steps of 10"),
    ("cloud", "order", "-5", "Closest: 0"),
    ("cloud", "exit_fee", "26", "0 to 25 % in steps of 1. Closest: 25"),
    ("cloud", "order", "nan", "is not a number"),
    ("vendor", "allocation", "strategc", "Closest: 'strategic'"),
    ("lab", "mix", "50 50", "for example"),
    ("lab", "mix", "50-25-25-10", "adds up to 110"),
    ("lab", "mix", "52-23-25-0",
     "is not allowed; give 4 numbers (AWS chip, GPU, TPU, other) in steps of 5 that add up to 100. Closest: "
     "50-25-25-0"),
    ("lab", "term", "9", "4, 8, 12, 20"),
    ("regulator", "attention", "3 3 2", "4 numbers"),
    ("regulator", "step", "fine", "is not one of the options"),
]  # fmt: skip


def test_a_wrong_answer_gets_a_sentence() -> None:
    for role, name, said, must_say in WRONG:
        (question,) = (one for one in form(ROSTER, FULL[role], 7).questions if one.id == name)
        with pytest.raises(InputError) as wrong:
            question.parse(said)
        assert must_say in str(wrong.value) and "\n" not in str(wrong.value)


TYPED: list[tuple[str, str, str, Answer]] = [
    ("cloud", "order", "1,250.0 MW", 1250.0), ("cloud", "own_share", " 35% ", 35.0),
    ("cloud", "discount", "−15 %", -15.0),
    ("vendor", "price", "+7", 7.0), ("vendor", "booking", "-.0", 0.0), ("vendor", "allocation", "2", "strategic"),
    ("vendor", "allocation", "Rebate Linked", "rebate-linked"), ("vendor", "allocation", "pro", "pro-rata"),
    ("vendor", "openness", "3", "open"),
    ("lab", "mix", "20/50/30/0", (20.0, 50.0, 30.0, 0.0)), ("lab", "mix", "20%-50%-30%-0%", (20.0, 50.0, 30.0, 0.0)),
    ("lab", "term", "12", "12"),
    ("lab", "term", "2", "20"), ("regulator", "attention", "1, 2, 4, 3", (1.0, 2.0, 4.0, 3.0)),
    ("regulator", "share", "y", "yes"),
    ("regulator", "step", "3", "open"), ("regulator", "step", "settle", "settle"),
]  # fmt: skip


def test_what_people_type_is_understood() -> None:
    """Units, per cent signs, thousands, other dashes, numbers and beginnings of options; options that are numbers are
    not counted."""
    for role, name, said, meant in TYPED:
        (question,) = (one for one in shown(role, 7) if one.id == name)
        assert question.parse(said) == meant, said


def test_seats_are_found_by_what_people_call_them() -> None:
    called = ("AWS", "nvidia", "European Commission", " Anthropic ", "google", "Amazon", "EU")
    found = [party_called(ROSTER, said)[1] for said in called]
    assert found == ["aws", "nvidia", "ec", "anthropic", "google", "aws", "ec"]


MEANT = [
    ("amazn", "aws"), ("microsft", "azure"), ("gogle", "google"), ("nvidea", "nvidia"), ("Nvida GPU", "nvidia"),
    ("anthropc", "anthropic"), ("anth", "anthropic"), ("Commision", "ec"),
]  # fmt: skip
UNDERSTOOD = [
    ("AMZN", "aws"),
    ("msft", "azure"),
    ("coreweave", "neocloud"),
    ("uk", "cma"),
    ("federal", "ftc"),
    ("AWS", "aws"),
]
"""Good enough to sit down by, though no party's name."""
STRANGERS = ("Tesla", "intel", "apple", "deepseek", "tsmc", "samsung", "china", "groq", "harvest", "doj", "x", "")


def test_a_wrong_party_gets_the_party_meant_or_none() -> None:
    """Whether somebody sits down, names a strategy of a party, or casts a game."""
    titles = {name: title for _, name, title in parties(ROSTER)}
    for said, meant in (*MEANT, *UNDERSTOOD):
        assert str(unknown_party(ROSTER, said)).endswith(f"Closest: '{meant}'.")
    for said, meant in MEANT:
        with pytest.raises(InputError, match=f"Closest: '{titles[meant]}'"):
            party_called(ROSTER, said)
    assert [party_called(ROSTER, said)[1] for said, _ in UNDERSTOOD] == [meant for _, meant in UNDERSTOOD]
    for said in STRANGERS:
        assert "Closest" not in str(unknown_party(ROSTER, said))
        with pytest.raises(InputError, match="Some that can be played: AWS"):
            party_called(ROSTER, said)


def test_a_party_that_is_no_party_anywhere() -> None:
    with pytest.raises(InputError, match=r"--strategy: unknown party 'amazn'\. Closest: 'aws'"):
        scenarios.strategies_of(BASE, ["amazn=harvest"])
    with pytest.raises(InputError, match=r"unknown party 'Amazon'\. Closest: 'aws'"):
        Game(BASE, cast({"Amazon": "harvest"}), worlds=1, quarters=1)


def test_a_seat_that_does_not_exist_gets_a_sentence() -> None:
    for said, must_say in (
        ("Amzon", "Closest: 'AWS'"),
        ("Antropic", "Closest: 'Anthropic'"),
        ("Enterprises", "'Enterprises' only follows rules and cannot be played"),
    ):
        with pytest.raises(InputError) as wrong:
            form(ROSTER, said, 3)
        assert must_say in str(wrong.value)


def test_steps_add_up_and_keep_order() -> None:
    parts = in_steps([0.333, 0.333, 0.334], 100.0, 5.0)
    assert sum(parts) == 100.0
    assert all(part % 5.0 == 0.0 for part in parts)
    assert np.allclose(in_steps([0.0, 0.0], 10.0, 1.0), 5.0)


def test_a_mix_that_was_asked_for_stands(heard: dict[str, Heard]) -> None:
    """Enter asks for it again though the mix has moved; where nothing was asked for, it follows the mix that there
    is."""
    one = form(ROSTER, "anthropic", 3)
    (first, market, rule), (second, _, _), _ = heard["anthropic"].kept
    asked = one.decide({**one.says(rule, first, market), "mix": (20.0, 60.0, 20.0, 0.0)}, first, market, rule)
    follows = one.says(rule, second, market)["mix"]
    assert follows != (20.0, 60.0, 20.0, 0.0)
    for last, stands in ((asked, (20.0, 60.0, 20.0, 0.0)), (rule, follows)):
        assert one.defaults(replace(second, last=last), market, rule, first)["mix"] == stands


# --- a regulator's steps ----------------------------------------------------------------------------------------------


def agency() -> Any:
    """An investigation about tying that lacks proof for a charge (45 % of the 70 % it takes), nothing elsewhere; fees
    may be opened."""
    codes = np.ones((1, 4, 5))
    codes[0, :, 0] = 0.0
    codes[0, 1, 3] = 3.0
    codes[0, 3, 2] = 0.0
    return SimpleNamespace(
        not_possible=codes, commitments_offered=np.zeros((1, 4)), evidence_over_proof=np.array([[0.0, 0.45, 0.1, 0.5]])
    )


def test_steps_that_cannot_be_taken_are_not_offered() -> None:
    step = next(one for one in form(ROSTER, "ec", 3).now(agency()) if one.id == "step")
    assert step.options == ("none", "open")


@pytest.mark.parametrize(
    ("points", "step", "said"),
    [
        ((0.0, 10.0, 0.0, 0.0), "charge", "charge about tying: it needs 70% of the proof, and you "
         "hold 45%."),
        ((10.0, 0.0, 0.0, 0.0), "open", "open about self-preferencing: the case is not at that stage; it is possible "
         "about exit-fees (give that most points)."),
        ((0.0, 0.0, 0.0, 10.0), "settle", "settle: nobody offers commitments about exit-fees."),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_taken_is_refused_with_its_bar(points: tuple[float, ...], step: str, said: str) -> None:
    mine = form(ROSTER, "ec", 3)
    with pytest.raises(InputError) as raised:
        mine.check({"attention": points, "step": step}, agency(), {})
    assert str(raised.value) == said
    mine.check({"attention": (0.0, 0.0, 0.0, 10.0), "step": "open"}, agency(), {})
    mine.check({"attention": points, "step": step}, agency(), {"attention": points, "step": step})


def test_an_objection_is_the_same_from_plain_data_and_names_its_question() -> None:
    """What a page keeps of a briefing and sends as JSON says what the terminal says."""
    mine, answers = form(ROSTER, "ec", 3), {"attention": (0.0, 10.0, 0.0, 0.0), "step": "charge"}
    found = mine.objection(answers, json.loads(json.dumps(mine.grounds(agency()))), {})
    assert found is not None and (found.question, found.instead) == ("step", "none")
    with pytest.raises(InputError) as raised:
        mine.check(answers, agency(), {})
    assert found.said == str(raised.value)
    cloud = form(ROSTER, "aws", 3)
    assert cloud.grounds(SimpleNamespace()) == {} and cloud.objection({"order": 1.0}, {}, {}) is None


def test_enter_can_always_be_played(heard: dict[str, Heard]) -> None:
    """The rule would take a step about fees; the agency looks at tying since last quarter, where nothing can be done:
    Enter takes no step, where it would have taken one that is refused."""
    mine, (own, market, rule) = form(ROSTER, "ec", 3), heard["ec"].kept[0]
    fees = np.array([[0.0, 0.0, 0.0, 1.0]])
    opens = replace(rule, step=np.array([2.0]), theory=np.array([3.0]), attention=fees)
    tying = replace(opens, step=np.array([0.0]), attention=np.array([[0.0, 1.0, 0.0, 0.0]]))
    possible = replace(own, not_possible=agency().not_possible, last=tying)
    given = mine.defaults(possible, market, opens)
    assert (given["attention"], given["step"]) == ((0.0, 10.0, 0.0, 0.0), "none")
    assert mine.defaults(replace(possible, last=opens), market, opens)["step"] == "open"
    mine.check(given, possible, mine.says(opens, possible, market))
