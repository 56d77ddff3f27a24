"""Questions as people meet them: what may be answered, what Enter means, and what is said when there is no such
form."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.forms import NUMBER, PLAYABLE, Question, form, shown
from agents.forms.desk import desk
from agents.forms.questions import in_steps, number, plain
from sim.decisions import SIGNALS, STEPS, THEORIES
from sim.errors import InputError
from sim.remedies import TITLES
from sim.roster import load_roster
from tests.agents.briefs import CLOUD, LAB, MARKET, REGULATOR, ROOMS, VENDOR, two

ROSTER = load_roster("default")
RANGES = {
    "cloud": {
        "order": (0, 10_000, 10),
        "own_share": (0, 100, 5),
        "discount": (-40, 50, 5),
        "commitment": (0, 35, 5),
        "exit_fee": (0, 25, 1),
        "porting_kit": (0, 500, 10),
        "edge": (0, 400, 5),
        "deals": (0, 2000, 50),
    },
    "vendor": {
        "price": (-20, 15, 1),
        "booking": (-50, 60, 5),
        "research": (20, 80, 5),
        "edge_share": (0, 100, 5),
        "guarantee": (0, 300, 10),
    },
    "lab": {
        "capacity": (-1000, 2000, 10),
        "portability": (0, 300, 10),
        "training": (20, 80, 5),
        "token_price": (-40, 10, 1),
        "small_models": (0, 50, 5),
        "deals": (0, 2000, 50),
    },
    "regulator": {"strength": (0, 100, 10), "fine": (0, 20, 1)},
}
"""Least, most and step of every number that is asked for."""
OPTIONS = {
    "allocation": ("pro-rata", "strategic", "rebate-linked"),
    "openness": ("closed", "neutral", "open"),
    "term": ("4", "8", "12", "20"),
    "step": (*STEPS, "settle"),
    "remedy": TITLES,
    "share": ("no", "yes"),
    "sign": ("no", "yes"),
    "signal": SIGNALS,
    "mix": ("AWS chip", "GPU", "TPU", "other"),
    "attention": THEORIES,
}
ANEW = {
    *("deals", "sign", "order", "own_share", "price", "booking", "edge_share", "capacity", "token_price", "step"),
    "fine",
}
"""Changes against now, and acts of one quarter: Enter does what the rule would do, not what was answered last."""


def numbers(role: str) -> list[Question]:
    return [question for question in shown(role, 7) if question.kind == NUMBER]


@pytest.mark.parametrize("role", PLAYABLE)
def test_numbers_are_taken_between_their_bounds_in_their_steps(role: str) -> None:
    assert {question.id for question in numbers(role)} == set(RANGES[role])
    for question in numbers(role):
        low, high, step = RANGES[role][question.id]
        for taken in (low, low + step, high):
            assert question.parse(str(taken)) == taken
        for refused, closest in (
            (low - step, low),
            (high + step, high),
            (low + 0.4 * step, low),
            (low + 0.6 * step, low + step),
        ):
            with pytest.raises(InputError, match=rf"Closest: {re.escape(plain(closest))}\.$"):
                question.parse(str(refused))
        assert question.lawful(float("nan")) == question.lawful(float("inf")) == low
        assert question.lawful(low + 1.49 * step) == low + step and question.lawful(low + 1.51 * step) == low + 2 * step


def test_options_are_those_that_the_market_knows() -> None:
    asked = [question for role in PLAYABLE for question in shown(role, 7) if question.kind != NUMBER]
    assert {question.id: question.options for question in asked} == OPTIONS
    assert {question.id: (question.total, question.step) for question in asked if question.total} == {
        "mix": (100.0, 5.0),
        "attention": (10.0, 1.0),
    }
    assert all(question.allowed == " | ".join(question.options) for question in asked if not question.total)


def test_a_step_that_does_not_divide_the_range_ends_within_it() -> None:
    odd = Question("a", "A", "", NUMBER, 3, ("a",), "", low=1.0, high=10.0, step=4.0)
    assert [odd.lawful(value) for value in (0.0, 2.9, 3.1, 9.0, 10.0, 99.0)] == [1, 1, 5, 9, 9, 9]
    assert odd.same(3.0, 5.0) and not odd.same(2.9, 5.0)


def test_parts_are_in_steps_by_largest_remainders_and_the_first_first() -> None:
    """Thirds of 20 steps of 5: 6.67 each, and two get one more. Halves of an odd number: the first."""
    assert in_steps([1.0, 1.0, 1.0], 100.0, 5.0) == (35.0, 35.0, 30.0)
    assert in_steps([1.0, 1.0], 5.0, 1.0) == (3.0, 2.0)
    assert in_steps([0.62, 0.38, 0.0], 10.0, 1.0) == (6.0, 4.0, 0.0)
    assert in_steps([-3.0, float("nan"), 1.0], 10.0, 1.0) == (0.0, 0.0, 10.0)
    assert in_steps([2.0, 6.0], 100.0, 5.0) == (25.0, 75.0)


@pytest.mark.parametrize(
    ("role", "examples"),
    [
        ("cloud", ["10000", "100", "50", "35", "25", "500", "400", "2000", "no"]),
        ("lab", ["2000", "25-25-25-25", "4", "300", "80", "10", "50", "2000", "no"]),
        ("regulator", ["3-3-2-2", "none", TITLES[0], "100", "20", "no", "silence"]),
    ],
)
def test_an_example_is_an_answer_that_is_allowed(role: str, examples: list[str]) -> None:
    questions = shown(role, 7)
    assert [question.example for question in questions] == examples
    assert [question.text(question.parse(question.example)) for question in questions] == examples


def test_numbers_as_people_write_them() -> None:
    read = {"12": 12, " 7 MW": 7, "40 %": 40, "+3.5": 3.5, "-.5": -0.5, "\u22128": -8, "1,250,000": 1.25e6, "3.": 3}
    assert {text: number(text, "MW a quarter") for text in read} == read
    assert [number(text) for text in ("1,25", "1e3", "", "--1", "0x1", "9" * 400, "7 MW")] == [None] * 7
    assert [plain(value) for value in (40.0, 2.5, -8.0, 1_250_000.0, 0.1 + 0.2)] == [
        "40",
        "2.5",
        "-8",
        "1250000",
        "0.3",
    ]


# --- Enter ------------------------------------------------------------------------------------------------------------


def before(room: Any, **fields: Any) -> Any:
    """The room's briefing a quarter after its rule has been changed by hand."""
    return replace(room.own, last=replace(room.rule, **fields))


@pytest.mark.parametrize("role", PLAYABLE)
def test_in_the_first_quarter_enter_is_what_the_rule_would_do(role: str) -> None:
    room = ROOMS[role]
    assert room.form().defaults(room.own, MARKET, room.rule) == room.form().says(room.rule, room.own, MARKET)
    assert {question.id for question in shown(role, 7) if not question.stands} == ANEW & set(
        room.form().says(room.rule, room.own, MARKET)
    )


def test_later_enter_keeps_what_stands_and_does_anew_what_does_not() -> None:
    """A cloud keeps a fee of 12 %, and orders what the rule would, not 40 MW again. A designer keeps its openness and
    asks for the rule's 3 % on the price again, and for its tenth of wafers for the edge; a lab keeps training at 60 %
    and adds the rule's 10 MW; a regulator keeps its remedy of 80 %, and takes no second step."""
    kept = before(CLOUD, order_mw=two([20, 20, 0], [0, 0, 0]), exit_fee_years=two(0.12, 0))
    found = CLOUD.form().defaults(kept, MARKET, CLOUD.rule)
    assert (found["order"], found["own_share"], found["exit_fee"], found["edge"]) == (200.0, 50.0, 12.0, 5.0)
    kept = before(
        VENDOR, openness=two(1, 1), chip_price_usd_per_h100e=two(99e3, 1), booking_wafers=two([150, 50], [1, 1])
    )
    found = VENDOR.form().defaults(kept, MARKET, VENDOR.rule)
    assert (found["openness"], found["price"], found["booking"], found["edge_share"]) == ("open", 3.0, 10.0, 10.0)
    kept = before(LAB, training_share=two(0.6, 0.2), wanted_h100e=two(1e6, 0), token_price_usd_per_mtoken=two(4.0, 1))
    found = LAB.form().defaults(kept, MARKET, LAB.rule)
    assert (found["training"], found["capacity"]) == (60.0, 10.0)
    assert found["token_price"] == 10.0  # the rule's 4.9 against last quarter's 4 are 22.5 % more, and 10 % the most
    kept = before(
        REGULATOR, step=two(4, 0), remedy=two(3, 0), strength=two(0.8, 0), fine_share=two(0.1, 0), signal=two(1, 0)
    )
    found = REGULATOR.form().defaults(kept, MARKET, REGULATOR.rule)
    assert (found["step"], found["fine"], found["remedy"], found["strength"]) == ("none", 0.0, TITLES[3], 80.0)
    assert found["signal"] == "caution"


def test_there_is_no_form_of_another_role_or_level() -> None:
    with pytest.raises(InputError, match=r"unknown role that can be played 'labs'\. Closest: 'lab'"):
        shown("labs", 3)
    for level in (0, 4, 9):
        with pytest.raises(InputError, match=rf"^level {level} is not allowed; give 3, 5 or 7\.$"):
            shown("lab", level)
    assert np.array_equal([len(shown(role, 5)) for role in PLAYABLE], [7, 5, 7, 5])


# --- whose form it is -------------------------------------------------------------------------------------------------

MARKET_OWNER, OWN_FLEET = ("order", "commitment", "exit_fee"), ("order",)
DEALS = ("deals", "sign")
ASKED = {
    "aws": ("order", "own_share", "discount", "commitment", "exit_fee", "porting_kit", "edge", *DEALS),
    "azure": ("order", "own_share", "discount", "commitment", "exit_fee", "porting_kit", "edge", *DEALS),
    "oracle": (*MARKET_OWNER, *DEALS), "neocloud": (*MARKET_OWNER, "edge", *DEALS),
    "meta": OWN_FLEET, "others": OWN_FLEET,
    "nvidia": ("price", "booking", "allocation", "research", "openness", "edge_share", "guarantee"),
    "cerebras": ("price", "booking", "allocation", "research", "openness", "guarantee"),
    "trainium": ("price", "booking", "research", "openness", "edge_share"),
    "tpu": ("price", "booking", "research", "openness", "edge_share"),
    "mistral": tuple(question.id for question in shown("lab", 7)),
    "cma": tuple(question.id for question in shown("regulator", 7)),
}  # fmt: skip


def test_a_party_is_asked_what_it_can_decide() -> None:
    """Own chips, the edge and renting out as the roster has them; an arm of a cloud has one customer."""
    assert {name: tuple(q.id for q in form(ROSTER, name, 7).questions) for name in ASKED} == ASKED
    assert [q.id for q in form(ROSTER, "oracle", 3).questions] == ["order", "exit_fee"]


def test_a_desk_is_what_the_roster_says_of_a_party() -> None:
    maturity = np.array([0.97, 0.80, 0.78, 0.86, 0.60, 0.70, 0.60])
    found = {
        name: desk(ROSTER, role, name, "title")
        for role, name in (("cloud", "google"), ("cloud", "meta"), ("vendor", "tpu"), ("lab", "xai"))
    }
    marks = {
        name: (one.title, one.rents_out, one.has_own_chip, one.has_edge, one.own_design) for name, one in found.items()
    }
    assert marks == {
        "google": ("title", True, True, True, False),
        "meta": ("title", False, False, False, False),
        "tpu": ("TPU team (Google)", False, False, True, True),
        "xai": ("title", False, False, False, False),
    }
    assert all(one.maturity.tolist() == maturity.tolist() for one in found.values())
