"""Runs of a design: metrics as they are played, and of the quarters before an opening."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from experiments.batch.runs import design, play_all, play_before, read, read_before
from experiments.library import LIBRARY
from sim import prelude
from sim.kept import Kept
from sim.scenario import Scenario
from tests.game.play import play

METRICS = ("used_h100e", "price_usd_per_h100e_hour")
GIVEN = {"price_elasticity": np.array([-1.1, -1.3, -1.5]), "power_growth_start": np.array([0.5, 1.0, 2.0])}


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prelude, "KEPT", Kept(512))


def opening() -> Scenario:
    """The baseline whose worlds draw from declared ranges."""
    found = scenarios.files.load("baseline", LIBRARY)
    assert found.prelude is not None
    return replace(found, ensemble="", prelude=replace(found.prelude, ensemble=""))


def test_worlds_of_a_design_are_a_cell() -> None:
    cell = design(opening(), GIVEN, 4)
    assert (cell.size.worlds, cell.size.quarters, cell.size.seed) == (3, 20, 4) and cell.values is GIVEN


def test_what_is_played_before_is_what_a_game_has_on_record() -> None:
    """The scenario's own quarters do not matter to it, and neither do values that history sets itself."""
    labels, before = play_before(opening(), METRICS, GIVEN, 4, 1)
    assert labels == ("2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4")
    records = play(opening(), 3, 2, seed=4, values=GIVEN)
    assert records.before is not None
    for name in METRICS:
        assert before[name].shape == (3, 8) and before[name].tobytes() == records.before.metric(name).tobytes()
    _, other = play_before(opening(), METRICS, {"price_elasticity": GIVEN["price_elasticity"]}, 4, 1)
    assert all(before[name].tobytes() == other[name].tobytes() for name in METRICS)


def test_what_is_played_is_what_a_game_has_on_record() -> None:
    short = replace(opening(), quarters=2)
    labels, after = play_all(short, METRICS, GIVEN, 4, 1)
    records = play(short, 3, 2, seed=4, values=GIVEN)
    assert labels == ("2026Q1", "2026Q2") == records.quarters_played
    found = read(METRICS, records)
    assert set(found) == set(METRICS) and all(after[name].tobytes() == found[name].tobytes() for name in METRICS)
    assert set(read_before(METRICS[:1], records)) == {"used_h100e"}


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "chunk"), [(1, 64), (1, 128), (2, 64)])
def test_what_is_played_before_does_not_depend_on_chunks_and_processes(workers: int, chunk: int) -> None:
    """130 worlds, in pieces of 64 or of 128: every process and every piece plays its own past."""
    cell = Cell(replace(opening(), quarters=1), Size(130, 1, 4))
    whole = play(cell.scenario, 130, 1, seed=4)
    assert whole.before is not None
    found = engine.played(cell, partial(read_before, METRICS), workers, chunk)
    after = engine.played(cell, partial(read, METRICS), workers, chunk)
    for name in METRICS:
        assert found[name].tobytes() == whole.before.metric(name).tobytes()
        assert after[name].tobytes() == whole.metric(name).tobytes()
