"""Runs that are kept: the same tables, played once; what differs in anything is played."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.strategies import default_for
from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from experiments.batch.shelf import Shelf, key

BASE = Cell(scenarios.load("baseline"), Size(2, 1))


@pytest.fixture
def games(monkeypatch: pytest.MonkeyPatch) -> list[Cell]:
    """Cells of the games that are opened."""
    kept, play = [], engine.play

    def counting(cell: Cell, *rest: Any) -> Any:
        kept.append(cell)
        return play(cell, *rest)

    monkeypatch.setattr(engine, "play", counting)
    return kept


@pytest.mark.whole
def test_a_baseline_is_played_once_and_paired_again(games: list[Cell]) -> None:
    shelf, other = Shelf(), replace(BASE, strategies={"aws": "harvest"}, name="other")
    first, _ = shelf.run([BASE, other])
    again, third = shelf.run([BASE, replace(other, name="third")])
    assert len(games) == 3 and len(shelf) == 3
    assert again.quarters.equals(first.quarters)
    assert third.quarters["cell"].unique().tolist() == ["third"]
    assert [one.cell.name for one in shelf.run([other, BASE])] == ["other", "baseline"] and len(games) == 3


def test_two_of_the_same_at_once_are_one(games: list[Cell]) -> None:
    other = replace(BASE, strategies={"aws": "harvest"}, name="other")
    found = list(Shelf().run([BASE, BASE, other, BASE]))
    assert [one.cell.name for one in found] == ["baseline", "baseline", "other", "baseline"] and len(games) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"size": Size(3, 1)}, {"size": Size(2, 2)}, {"size": Size(2, 1, seed=2)}, {"size": Size(2, 1, draw=False)},
        {"strategies": {"aws": "harvest"}}, {"scenario": scenarios.load("history")}, {"more_tables": ("parties",)},
        {"lock_in": (1,)}, {"first_world": 1}, {"values": {"power_level": np.array([1.0, 1.1])}},
    ],
)  # fmt: skip
def test_cells_that_differ_in_anything_are_not_the_same(change: dict[str, Any]) -> None:
    assert key(replace(BASE, **change)) != key(BASE)
    assert key(replace(BASE, **change)) == key(replace(BASE, **change))


def test_parameters_of_worlds_count_by_value() -> None:
    one, other = (replace(BASE, values={"power_level": np.array([1.0, level])}) for level in (1.1, 1.2))
    assert key(one) != key(other)


def test_a_seat_without_a_name_is_played_every_time(games: list[Cell]) -> None:
    shelf, mine = Shelf(), replace(BASE, seats={"aws": default_for("cloud").maker()})
    for _ in range(2):
        list(shelf.run([mine]))
    assert key(mine) == "" and len(games) == 2 and len(shelf) == 0
