"""Whether bands of previews hold: what is drawn is lawful, what is played on is what the preview assumes, and what
held is counted by games."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agents.forms import Answers, form
from agents.strategies import default_for
from experiments.pages import previews
from experiments.play import coverage
from experiments.play.coverage import FIGURE, MOST_PARTS, Trial
from experiments.play.preview import KEYS, QUARTERS
from sim.errors import InputError
from sim.roster import load_roster
from tests.experiments.play.logs import BASE

CLOUD = form(load_roster(BASE.roster), "aws", 7)
RULE: Answers = {
    question.id: question.options[0] if question.options else question.lawful(question.low)
    for question in CLOUD.questions
}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Two turns of AWS."""
    return coverage.played(Trial("aws", 4, 2))


def always(far: float, where: float) -> Answers:
    return coverage.drawn(CLOUD, None, RULE, lambda name: [far, *[where] * MOST_PARTS])


def test_a_quarter_of_answers_are_the_rules() -> None:
    assert always(0.1, 0.9) == RULE


def test_answers_near_the_rule_are_within_some_steps_and_others_anywhere() -> None:
    order = CLOUD.questions[0]
    assert always(0.5, 1.0)[order.id] == order.low + coverage.NEAR_STEPS * order.step
    assert always(0.9, 0.5)[order.id] == order.lawful(0.5 * (order.low + order.high))
    for where in np.linspace(0.0, 0.99, 12):
        for far in (0.3, 0.99):
            for question in CLOUD.questions:
                assert question.lawful(always(far, float(where))[question.id]) == always(far, float(where))[question.id]


@pytest.mark.whole
def test_a_row_for_each_turn_figure_and_quarter_ahead(rows: pd.DataFrame) -> None:
    figures = rows[rows["kind"] == FIGURE]
    assert len(figures) == 2 * len(KEYS["cloud"]) * QUARTERS
    assert set(rows["turn"]) == {1, 2} and set(rows["ahead"]) == set(range(1, QUARTERS + 1))
    assert (rows["inside"] == ((rows["low"] <= rows["came"]) & (rows["came"] <= rows["high"]))).all()


@pytest.mark.whole
def test_turns_go_on_from_what_was_played(rows: pd.DataFrame) -> None:
    """What came of the first quarter of a turn is what was played, and its cash is the last one's and its flow."""
    first = rows[(rows["kind"] == FIGURE) & (rows["ahead"] == 1)].set_index(["figure", "turn"])["came"]
    then = rows[(rows["kind"] == FIGURE) & (rows["ahead"] == 2)].set_index(["figure", "turn"])["came"]
    assert first["Cash", 2] - first["Cash", 1] == pytest.approx(first["Free cash flow a quarter", 2], rel=0.2)
    assert then["Cash", 1] - first["Cash", 1] == pytest.approx(then["Free cash flow a quarter", 1], rel=0.2)


def test_bands_that_are_a_point_are_no_test() -> None:
    table = pd.DataFrame({"low": [0.0, 1.0], "high": [0.0, 2.0]})
    assert coverage.open_bands(table).index.tolist() == [1]


def test_held_counts_games_as_units() -> None:
    """Two games, one with 9 of 10 and one with 7 of 10: 16 of 20."""
    table = pd.DataFrame(
        {
            "party": "aws",
            "against": "steady",
            "seed": [1] * 10 + [2] * 10,
            "inside": [True] * 9 + [False] + [True] * 7 + [False] * 3,
        }
    )
    found = coverage.held(table)
    assert (found.part, found.tries, found.units) == (0.8, 20, 2)
    assert found.low < 0.8 < found.high


def test_the_rule_is_the_default_of_its_role() -> None:
    assert type(coverage._Holder(CLOUD).rule) is type(default_for("cloud").maker())


def test_what_cannot_be_played_beside_the_rest_is_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may change the second question: the others are as drawn."""
    second = CLOUD.questions[1].id

    def check(self: object, answers: Answers, own: object, rule: Answers) -> None:
        if answers[second] != rule[second]:
            raise InputError("not so.")

    free = always(0.9, 0.6)
    monkeypatch.setattr(type(CLOUD), "check", check)
    assert always(0.9, 0.6) == {**free, second: RULE[second]}


@pytest.mark.parametrize("words", [["1"], ["x"], ["-2"], ["2", "3"]])
def test_a_number_of_seeds_that_gives_no_interval_is_refused_before_anything_is_played(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert previews.main(words) == 2 and "two seeds or more" in capsys.readouterr().err
