"""What each holder of a seat decided: asked quarter by quarter, told in the words of the form."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agents.forms import shown
from experiments.batch import engine
from experiments.play import decided
from experiments.play.log import Logbook
from experiments.text import Sheet

BOOK: Any = SimpleNamespace(path=Path("g/game.json"), scenario=SimpleNamespace(roster="default"))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([100.0, 301.0, -200.0], "67"),
        ([-70.0, -71.0, -72.0], "−71"),
        ([0.2, -0.8], "0"),
        ([(10.0, 0.0), (0.0, 10.0), (2.0, 8.0)], "4-6"),
        ([(5.0, -3.0)], "5-−3"),
        ([(5.0,)], "5"),
    ],
)
def test_the_mean_of_numbers_and_of_parts(given: list[Any], told: str) -> None:
    assert decided.usual(shown("cloud", 3)[0], given) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["open", "none", "open"], "open (2 of 3)"),
        (["none", "open", "open", "none", "none"], "none (3 of 5)"),
        (["open", "none"], "open (1 of 2)"),
        (["open"], "open"),
    ],
)
def test_the_most_frequent_of_options(given: list[Any], told: str) -> None:
    assert decided.usual(shown("regulator", 3)[1], given) == told


def test_all_questions_of_a_seat_are_told() -> None:
    form = decided.full_form(BOOK, "anthropic")
    assert form.questions == shown("lab", 7) and form.desk.title == "Anthropic"


def test_answers_are_heard_in_a_game_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two quarters, and the game is closed; the seat's decisions are told by the form."""
    done: list[Any] = []

    def game(seats: Any) -> Any:
        def run() -> None:
            for quarter in (1, 2):
                done.append(seats["ec"].decide(f"own {quarter}", f"market {quarter}"))

        return SimpleNamespace(run=run, close=lambda: done.append("closed"))

    def load(path: Path) -> Any:
        assert path == Path("g/game.json")
        return SimpleNamespace(scenario=BOOK.scenario, game=game)

    monkeypatch.setattr(Logbook, "load", load)
    monkeypatch.setattr(decided.Form, "says", lambda form, *heard: (form.desk.name, form.level, *heard))
    seat: Any = SimpleNamespace(decide=lambda own, market: f"decided on {own}, {market}")
    said = ["decided on own 1, market 1", "decided on own 2, market 2"]
    assert decided.answers(BOOK.path, "ec", seat) == [
        ("ec", 7, said[0], "own 1", "market 1"),
        ("ec", 7, said[1], "own 2", "market 2"),
    ]
    assert done == [*said, "closed"]


def test_a_row_a_question_and_a_column_a_holder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first holder answers 10 and 20 to everything, the second 30 and 60, but for options."""

    def each(asked: Any, tasks: Any, workers: int) -> Any:
        assert asked is decided.answers and workers == 3
        for path, party, seat in tasks:
            assert (path, party) == (BOOK.path, "anthropic")
            yield [
                {q.id: "12" if q.options == ("4", "8", "12", "20") else number for q in shown("lab", 7)}
                for number in seat
            ]

    monkeypatch.setattr(engine, "each", each)
    holders: Any = {"you": (10.0, 20.0), "bot": (30.0, 60.0)}
    titles = (
        "Compute to add to what you use, MW",
        "Suppliers of new bookings, %",
        "Length of new contracts, quarters",
        "Work on a second back end, $m a quarter",
        "Training's share of compute, %",
        "Token price change, %",
        "Small models' share of research, %",
        "Power offered to clouds, MW",
        "Sign what clouds offered",
    )
    rows = tuple((title, *(("12", "12") if title.startswith("Length") else ("15", "45"))) for title in titles)
    assert decided.sheet(BOOK, "anthropic", holders, 3) == Sheet(
        "What each decided in your world, mean over the quarters", ("", "you", "bot"), rows
    )


def test_a_question_without_a_unit_is_its_title(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {q.id: 1.0 for q in shown("regulator", 7)}
    monkeypatch.setattr(engine, "each", lambda asked, tasks, workers: [[given] for _ in tasks])
    told = decided.sheet(BOOK, "ec", {"you": BOOK}, 1)
    assert [row[0] for row in told.rows[:3]] == [
        "Where to look, points",
        "One step this quarter",
        "Remedy, if at that step",
    ]
