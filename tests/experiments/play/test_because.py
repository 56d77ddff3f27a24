"""What a seat's own decisions did: the game played again beside itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.strategies import default_for
from experiments.batch.engine import Cell, Size
from experiments.play import because
from experiments.play.because import RULE, SKILLED, YOU, Again, Consequence
from experiments.play.log import Logbook
from experiments.play.log_file import PERSON
from tests.experiments.play.logs import BASE


class Book(Logbook):
    """A log in memory."""

    def write(self) -> None:
        """Nothing is written."""


class Generous:
    """Plays the rule, with another $100 m for its porting kit in the first quarter."""

    def decide(self, own: Any, market: Any) -> Any:
        decided = default_for("cloud").maker().decide(own, market)
        more = 100.0 * (market.quarter == 1)
        return replace(decided, porting_kit_musd=decided.porting_kit_musd + more)


@pytest.fixture(scope="module")
def again() -> Iterator[tuple[Again, Any]]:
    content = Logbook.new(Path("game.json"), Cell(BASE, Size(1, 2, 5)), {"aws": PERSON}, 3).content
    book = Book(Path("game.json"), content)
    game = book.game({"aws": Generous()})
    for _ in range(2):
        game.step()
        book.add(game)
    played = because.alone(book, "aws").follow(book)
    yield played, game
    played.close()
    game.close()


def test_the_first_place_is_the_game_that_was_played(again: tuple[Again, Any]) -> None:
    beside, game = again
    for name in ("revenue_musd", "cash_musd", "share"):
        played = game.records.party("cloud", "aws", name)[0]
        assert np.array_equal(beside.game.records.party("cloud", "aws", name)[0], played)


def test_a_decision_that_is_the_rules_changed_nothing(again: tuple[Again, Any]) -> None:
    """Place 2 takes the rule's decision in the second quarter, which was the rule's anyway; places 1 and 3 are the rule
    all along."""
    cash = again[0].game.records.party("cloud", "aws", "cash_musd")
    assert np.array_equal(cash[0], cash[2]) and np.array_equal(cash[1], cash[3])
    assert again[0].seat.changed[2] == ""


def test_money_spent_is_told_with_its_decision(again: tuple[Again, Any]) -> None:
    beside = again[0]
    assert beside.seat.changed[1].startswith("Porting kit and software, own chip 200 $m a quarter (the rule: 100)")
    cash = beside.game.records.party("cloud", "aws", "cash_musd")
    assert -100.0 - 1e-6 <= cash[0, 0] - cash[1, 0] < -50.0
    worst = beside.weightiest()
    assert worst is not None and worst.decided == "2026Q1"
    assert set(beside.paths()) == {YOU, RULE, SKILLED} and len(beside.paths()[YOU]) == 2


def test_sentences_name_decision_figure_and_date() -> None:
    found = [
        Consequence("2026Q1", "Order 3000 MW (the rule: 990)", "Free cash flow a quarter", "2026Q3", -7310.0),
        Consequence("2026Q1", "Order 3000 MW (the rule: 990)", "Revenue a quarter", "2026Q3", 560.0),
    ]
    assert because.sentences(found, "Exit fee 9% (the rule: 5)") == [
        "2026Q1, Order 3000 MW (the rule: 990): free cash flow −$7.31 bn, revenue +$0.56 bn in 2026Q3.",
        "Not felt yet: Exit fee 9% (the rule: 5).",
    ]
    assert because.sentences([], "") == []
    assert "had cost you $7.31 bn" in because.weight(replace(found[0], figure="objective"))
    assert because.weight(None).startswith("No single decision")


def test_a_picture_of_paths() -> None:
    """Two quarters: all begin at 0, where their marks meet; then you are at 8, the bot at 4, the rule at 0."""
    paths = {YOU: np.array([0.0, 8.0]), RULE: np.array([0.0, 0.0]), SKILLED: np.array([0.0, 4.0])}
    lines = because.picture(paths, 2026 * 4).splitlines()
    assert lines[0].split() == ["8.0", "|", "Y"] and lines[4].split() == ["4.0", "|", "s"]
    assert lines[8].split() == ["0.0", "|", "*", "r"] and lines[-1].split() == ["26Q1", "26Q2"]
