"""Bands of a seat's figures ahead: what they are drawn from, what they are not, and that a decision like the rule's
makes no difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.strategies import default_for
from experiments.batch.engine import Cell, Size
from experiments.play import preview, rehearsal
from experiments.play.log import Logbook
from experiments.play.log_file import PERSON
from experiments.play.preview import KEYS, Band
from experiments.play.rehearsal import announced
from sim.game import Game
from sim.shocks import Shock
from sim.streams import Streams
from tests.experiments.play.logs import BASE

WORLDS, AHEAD = 3, 2


class Book(Logbook):
    """A log in memory."""

    def write(self) -> None:
        """Nothing is written."""


@dataclass
class Played:
    """A game of one quarter, its log, and what AWS's rule would do next."""

    book: Book
    game: Game
    own: Any
    rule: Any


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    content = Logbook.new(Path("game.json"), Cell(BASE, Size(1, 6, 5)), {"aws": PERSON}, 3).content
    book = Book(Path("game.json"), content)
    game = book.game({"aws": default_for("cloud").maker()})
    game.step()
    book.add(game)
    shown = game.brief()
    own = shown.own("cloud", "aws")
    yield Played(book, game, own, default_for("cloud").maker().decide(own, shown.market))
    game.close()


def asked(p: Played, decision: Any, book: Book | None = None) -> preview.Preview:
    return preview.preview(book or p.book, "aws", decision, WORLDS, AHEAD, p.game)


@pytest.mark.whole
def test_the_rules_own_decision_makes_no_difference(played: Played) -> None:
    found = asked(played, played.rule)
    assert found.quarters == ("2026Q2", "2026Q3") and (found.worlds, found.broken) == (WORLDS, 0)
    assert [line.name for line in found.lines] == [key.name for key in KEYS["cloud"]]
    for line in found.lines:
        assert line.mine == line.rule and set(line.apart) == {Band(0.0, 0.0, 0.0)}
        assert line.now is not None and len(line.mine) == AHEAD


def test_money_spent_is_missing_at_once(played: Played) -> None:
    """A porting kit for another $100 m costs as much in the quarter, less tax at most."""
    dearer = replace(played.rule, porting_kit_musd=played.rule.porting_kit_musd + 100.0)
    flow = next(line for line in asked(played, dearer).lines if line.name == "free_cash_flow_musd")
    assert -0.1 - 1e-9 <= flow.apart[0].low <= flow.apart[0].high < -0.05


@pytest.mark.whole
def test_nothing_that_others_decided_is_read(played: Played) -> None:
    """The same log in which every rival decided otherwise, and the past of a rival's secrets is another."""
    order = replace(played.rule, order_mw=played.rule.order_mw + 50.0)
    before = asked(played, order)
    one = played.book.content.played[0]
    others = {party: {} if party != "aws" else decided for party, decided in one.decisions.items()}
    content = played.book.content.model_copy(update={"played": [one.model_copy(update={"decisions": others})]})
    rehearsal._KEPT.clear()
    assert asked(played, order, Book(Path("game.json"), content)) == before


@pytest.mark.whole
def test_worlds_that_were_kept_say_what_new_ones_say(played: Played) -> None:
    order = replace(played.rule, order_mw=played.rule.order_mw + 50.0)
    asked(played, played.rule)
    kept = asked(played, order)
    rehearsal._KEPT.clear()
    assert asked(played, order) == kept


def test_what_is_not_announced_is_not_known() -> None:
    """In 2026Q2 what began in 2026Q1 is known, and what is announced from 2026Q2 on; what comes unannounced is not."""

    def shock(first: str, announced: str | None = None) -> Shock:
        return Shock(
            parameter="edge_potential_share",
            quarters=(first, "2029Q4"),
            source="",
            multiply_by=2.0,
            announced=announced,
        )

    began, said, secret = shock("2026Q1"), shock("2027Q1", "2026Q2"), shock("2026Q3")
    scenario = replace(BASE, shocks=(began, said, secret))
    assert announced(scenario, 2026 * 4 + 1).shocks == (began, said)


@pytest.mark.parametrize(
    ("grows", "now", "expected"),
    [(True, 10.0, [[20.0], [30.0]]), (False, 10.0, [[14.0], [16.0]]), (True, -10.0, [[-6.0], [-4.0]])],
)
def test_figures_go_on_from_the_board(grows: bool, now: float, expected: list[list[float]]) -> None:
    """Two worlds went from 4 to 8 and from 3 to 9; a figure below nothing cannot go on by a factor."""
    found = preview._from_board(np.array([[4.0, 8.0], [3.0, 9.0]]), now, grows)
    assert found.tolist() == expected


def test_a_share_stays_a_share() -> None:
    """From odds of 1 to 3 the odds grow threefold, to 1; where odds fall by 9, from 1 to 3 to 1 to 27. A share of
    nothing has no odds to go on from, and moves by an amount."""
    found = preview._from_board(np.array([[0.25, 0.5], [0.5, 0.1]]), 0.25, False, True)
    assert found == pytest.approx(np.array([[0.5], [1.0 / 28.0]]))
    assert preview._from_board(np.array([[0.0, 0.1]]), 0.25, False, True) == pytest.approx(np.array([[0.35]]))


def test_before_the_first_quarter_figures_are_those_of_the_worlds() -> None:
    assert preview._from_board(np.array([[4.0, 8.0]]), None, True).tolist() == [[4.0, 8.0]]


def test_a_band_holds_its_ends_and_what_lies_between() -> None:
    band = Band(5.0, 50.0, 95.0)
    assert [band.holds(value) for value in (4.9, 5.0, 95.0, 95.1)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("worlds", "low", "high"),
    [(16, 1.0, 16.0), (19, 1.0, 19.0), (39, 2.0, 38.0)],
)
def test_a_band_is_where_one_more_world_would_lie(worlds: int, low: float, high: float) -> None:
    """The k-th of n worlds 1, 2, ... n has k parts of n + 1 below it: 5 % is the second of 39, the first of 19, and
    below the first of 16, which then is the end. Half is the middle one."""
    band = Band.of(np.arange(1.0, worlds + 1.0))
    assert (band.low, band.middle, band.high) == pytest.approx((low, 0.5 * (worlds + 1), high))


def test_a_band_holds_another_world_nine_times_in_ten() -> None:
    """Of 19 and one more, all drawn alike, the one more is outside with 2 chances in 20."""
    draws = Streams(1, 0, 4096).at("bands", "test", 0).normal(20)
    inside = [Band.of(one[:19]).holds(one[19]) for one in draws]
    assert np.mean(inside) == pytest.approx(0.9, abs=4.0 * np.sqrt(0.09 / 4096))
