"""The engine: the same bits whatever the chunks and workers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from sim.arrays import Array
from sim.errors import InputError
from sim.records import Records, digest


def cells(worlds: int) -> list[Cell]:
    baseline = scenarios.load("baseline")
    surge = scenarios.with_shocks(baseline, ["edge-surge"])
    return [Cell(scenario, Size(worlds, 1)) for scenario in (baseline, surge)]


def test_chunks_are_blocks_of_draws() -> None:
    assert engine.pieces(200) == [(0, 64), (64, 64), (128, 72)]  # the last 8 worlds join the chunk before
    assert engine.pieces(90) == [(0, 64), (64, 26)]
    assert engine.pieces(200, 128) == [(0, 128), (128, 72)]
    with pytest.raises(ValueError, match="64"):
        engine.pieces(200, 65)


@pytest.mark.parametrize(
    ("worlds", "workers", "chunk"),
    [
        (10_000, 1, 256),
        (10_000, 2, 256),
        (300, 1, 256),
        (300, 2, 64),
        (600, 2, 128),
        (40, 1, 64),
        (40, 4, 64),
        (130, 1, 128),
    ],
)
def test_a_chunk_leaves_every_process_work(worlds: int, workers: int, chunk: int) -> None:
    """Two chunks a process at least, blocks of 64, at most 256 worlds."""
    assert engine.fair_chunk(worlds, workers) == chunk


@pytest.mark.whole
def test_chunks_and_workers_change_no_bit() -> None:
    once = list(engine.run(cells(90), chunk=64))
    whole = list(engine.run(cells(90), chunk=128))
    apart = list(engine.run(cells(90), workers=2))
    for one, other, third in zip(once, whole, apart, strict=True):
        assert one.cell.name == other.cell.name == third.cell.name
        pd.testing.assert_frame_equal(one.quarters, other.quarters, check_exact=True)
        pd.testing.assert_frame_equal(one.offers, other.offers, check_exact=True)
        assert digest(one.quarters) == digest(third.quarters)
        assert digest(one.offers) == digest(third.offers)
    assert list(once[0].quarters["world"].unique()) == list(range(90))


@pytest.mark.whole
def test_two_runs_give_the_same_digest_and_another_seed_another() -> None:
    one, again = (next(engine.run(cells(3)[:1])) for _ in range(2))
    assert digest(one.quarters) == digest(again.quarters)
    other = next(engine.run([Cell(scenarios.load("baseline"), Size(3, 1, seed=2))]))
    assert digest(one.quarters) != digest(other.quarters)


@pytest.mark.whole
def test_progress_counts_worlds() -> None:
    told: list[int] = []
    list(engine.run(cells(2), tick=told.append))
    assert told == [2, 2]


@pytest.mark.whole
def test_a_broken_cell_stops_the_rest() -> None:
    broken = Cell(scenarios.load("baseline"), Size(70, 1), {"aws": "no-such-strategy"}, name="broken")
    with pytest.raises(InputError, match="no-such-strategy"):
        list(engine.run([broken, *cells(90)], workers=2))


def shares(records: Records) -> dict[str, Array]:
    """A reader that can travel to another process."""
    return {"used": records.metric("trainium_share_used"), "world": records.world}


@pytest.mark.whole
def test_what_is_read_of_a_cell_is_joined_in_the_order_of_worlds() -> None:
    cell = Cell(scenarios.load("baseline"), Size(80, 1), first_world=5)
    whole = engine.played(cell, shares)
    assert [part.size.worlds for part in (cell.part(*piece) for piece in engine.pieces(80))] == [64, 16]
    assert whole["world"].tolist() == list(range(5, 85))
    assert whole["used"].shape == (80, 1)
    assert np.array_equal(engine.play(cell.part(70, 1), shares)["used"][0], whole["used"][70])


def test_a_part_of_a_design_keeps_each_world_its_values() -> None:
    cell = Cell(scenarios.load("baseline"), Size(4, 1), values={"price_elasticity": np.array([-1.0, -1.1, -1.2, -1.3])})
    assert cell.part(1, 2).values["price_elasticity"].tolist() == [-1.1, -1.2]
    assert (cell.name, cell.part(1, 2).first_world, cell.part(1, 2).part(1, 1).first_world) == ("baseline", 1, 2)


@pytest.mark.whole
def test_a_game_is_closed_when_reading_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []
    monkeypatch.setattr("sim.game.Game.close", lambda game: closed.append(game.quarter))

    def fails(records: Records) -> None:
        raise RuntimeError("cannot be read")

    with pytest.raises(RuntimeError, match="cannot be read"):
        engine.played(Cell(scenarios.load("baseline"), Size(1, 2)), fails)
    assert closed[-1:] == [2] and closed[:-1] in ([], [8])  # the quarters before may have been played already
