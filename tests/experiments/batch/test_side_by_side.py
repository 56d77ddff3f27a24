"""Cells that differ in nothing but their scenario share a game, and read as if each had been played alone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from agents.roster import cast
from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size, Task
from sim.game import Game
from sim.records import digest
from sim.streams import Branch

TABLES = ("quarters", "offers", "parties", "lock_in")
BASE = scenarios.load("baseline")
SURGE, BAN = (scenarios.with_shocks(BASE, [card]) for card in ("edge-surge", "switching-charges-banned"))
CELL = Cell(BASE, Size(5, 3), lock_in=(2,), first_world=2)
CELLS = [CELL, replace(CELL, scenario=SURGE, name="surge"), replace(CELL, scenario=BAN, name="ban")]


def read(cell: Cell) -> partial[engine.Tables]:
    return partial(engine.tables, cell.name, TABLES)


def tasks(cells: list[Cell]) -> list[Task[engine.Tables]]:
    return [(cell, read(cell), {}) for cell in cells]


@pytest.mark.whole
def test_every_table_is_that_of_a_game_of_its_own() -> None:
    together = engine.play_side_by_side(tasks(CELLS))
    for cell, found in zip(CELLS, together, strict=True):
        alone = engine.play(cell, read(cell))
        assert found["quarters"]["world"].unique().tolist() == [2, 3, 4, 5, 6]
        for table in TABLES:
            assert len(found[table]) > 0
            assert digest(found[table]) == digest(alone[table]), (cell.name, table)
    assert len({digest(found["quarters"].drop(columns="cell")) for found in together}) == 3


@pytest.mark.whole
def test_cells_share_games_on_one_process_and_none_on_two(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []
    played = [replace(cell, size=Size(2, 1), lock_in=()) for cell in CELLS]
    list(engine.run(played[:1]))  # the quarters before are played once for all
    monkeypatch.setattr("sim.game.Game.close", lambda game: closed.append(game.given.worlds))
    names = [one.cell.name for one in engine.run(played)]
    assert names == ["baseline", "surge", "ban"]
    assert closed == [6]


def test_groups_keep_the_order_and_the_room_of_a_chunk() -> None:
    other = replace(CELL, strategies={"aws": "novice-cloud"}, name="other")
    asked = tasks([*CELLS, other, CELL])
    names = [[cell.name for cell, _, _ in group] for group in engine.grouped(asked, 10)]
    assert names == [["baseline", "surge"], ["ban"], ["other"], ["baseline"]]
    assert [len(group) for group in engine.grouped(asked, 14)] == [2, 1, 1, 1]
    assert [len(group) for group in engine.grouped(asked, 15)] == [3, 1, 1]
    assert [len(group) for group in engine.grouped(asked, 1)] == [1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    "changed",
    [
        {"scenario": scenarios.load("backtest")},
        {"size": Size(5, 4)},
        {"size": Size(5, 3, seed=2)},
        {"size": Size(5, 3, draw=False)},
        {"strategies": {"aws": "novice-cloud"}},
        {"lock_in": ()},
        {"first_world": 3},
        {"branch": Branch(0, 1)},
        {"seats": {"aws": object()}},
        {"values": {"price_elasticity": np.full(5, -1.0)}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_keeps_cells_apart(changed: dict[str, object]) -> None:
    assert engine.alike(CELL, replace(CELL, scenario=SURGE, name="surge", more_tables=("parties",)))
    assert not engine.alike(CELL, replace(CELL, **changed))  # type: ignore[arg-type]
    assert not engine.alike(replace(CELL, **changed), CELL)  # type: ignore[arg-type]


def test_scenarios_of_another_calendar_are_refused() -> None:
    with pytest.raises(ValueError, match="share roster and calendar"):
        Game(BASE, cast({}), quarters=1, beside=[scenarios.load("backtest")])
