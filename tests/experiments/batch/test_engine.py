"""The engine: the same bits whatever the chunks and workers."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell
from sim.records import digest


def cells(worlds: int) -> list[Cell]:
    baseline = scenarios.load("baseline")
    surge = scenarios.with_shocks(baseline, ["edge-surge"])
    return [Cell(scenario.name, scenario, worlds, quarters=1) for scenario in (baseline, surge)]


def test_chunks_are_blocks_of_draws() -> None:
    assert engine.pieces(200) == [(0, 64), (64, 64), (128, 72)]  # the last 8 worlds join the chunk before
    assert engine.pieces(90) == [(0, 64), (64, 26)]
    assert engine.pieces(200, 128) == [(0, 128), (128, 72)]
    with pytest.raises(ValueError, match="64"):
        engine.pieces(200, 65)


def test_chunks_and_workers_change_no_bit() -> None:
    once = list(engine.run(cells(90)))
    whole = list(engine.run(cells(90), chunk=128))
    apart = list(engine.run(cells(90), workers=2))
    for one, other, third in zip(once, whole, apart, strict=True):
        assert one.cell.name == other.cell.name == third.cell.name
        pd.testing.assert_frame_equal(one.quarters, other.quarters, check_exact=True)
        pd.testing.assert_frame_equal(one.offers, other.offers, check_exact=True)
        assert digest(one.quarters) == digest(third.quarters)
        assert digest(one.offers) == digest(third.offers)
    assert list(once[0].quarters["world"].unique()) == list(range(90))


def test_two_runs_give_the_same_digest_and_another_seed_another() -> None:
    one, again = (next(engine.run(cells(3)[:1])) for _ in range(2))
    assert digest(one.quarters) == digest(again.quarters)
    other = next(engine.run([Cell("baseline", scenarios.load("baseline"), 3, 1, seed=2)]))
    assert digest(one.quarters) != digest(other.quarters)


def test_progress_counts_worlds() -> None:
    told: list[int] = []
    list(engine.run(cells(2), tick=told.append))
    assert told == [2, 2]


def test_a_broken_cell_stops_the_rest() -> None:
    broken = Cell("broken", scenarios.load("baseline"), 70, quarters=0)
    with pytest.raises(ValueError, match="quarters"):
        list(engine.run([broken, *cells(90)], workers=2))
