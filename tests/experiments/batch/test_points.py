"""How points are cut into chunks, and that a cut changes no bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import scenarios
from experiments.batch import parts
from experiments.batch.engine import Cell, Size, played
from experiments.batch.points import Chunk, Plan, Setting, chunks, first_round, job, room
from experiments.batch.runs import read
from tests.experiments.batch.tiny import tiny

HISTORY, BASE = scenarios.load("history"), scenarios.load("baseline")


def plan_of(points: int, worlds: int, settings: int = 1) -> Plan:
    """Points in turn of settings that differ in their players."""
    found = tuple(
        Setting(HISTORY, Size(worlds, 1), {} if k == 0 else {"aws": "harvest"}, {"players": f"p{k}"})
        for k in range(settings)
    )
    per = np.repeat(np.arange(settings, dtype=np.int64), points)
    return Plan("p", found, per, {"porting_factor_us": np.linspace(0.1, 1.0, points * settings)}, ("utilisation",))


@pytest.mark.whole
@given(points=st.integers(1, 40), worlds=st.integers(1, 400), places=st.sampled_from([64, 128, 256]))
def test_every_run_is_in_exactly_one_chunk_and_none_is_too_large(points: int, worlds: int, places: int) -> None:
    plan = plan_of(points, worlds, 2)
    cut = list(chunks(plan, first_round(plan), places))
    runs = [(p, w) for one in cut for p in one.points for w in range(one.first_world, one.first_world + one.worlds)]
    assert sorted(runs) == [(p, w) for p in range(2 * points) for w in range(worlds)]
    assert [one.number for one in cut] == list(range(len(cut)))
    assert all(one.runs <= places + 15 for one in cut)  # a small remainder joins the chunk before it
    assert all(len({plan.setting[p] for p in one.points}) == 1 for one in cut)
    assert all(one.first_world % 64 == 0 for one in cut)


@pytest.mark.parametrize(("runs", "places"), [(1, 64), (1024, 64), (2048, 128), (4096, 256), (10**6, 256)])
def test_a_chunk_is_small_where_there_is_little_to_play(runs: int, places: int) -> None:
    assert room(plan_of(1, runs)) == places


def test_scenarios_of_one_calendar_stand_side_by_side_and_others_do_not() -> None:
    surge = scenarios.with_shocks(BASE, ["edge-surge"])
    settings = tuple(Setting(one, Size(4, 1)) for one in (BASE, surge, scenarios.load("backtest")))
    plan = Plan("p", settings, np.arange(3, dtype=np.int64), {}, ("utilisation",))
    cut = list(chunks(plan, first_round(plan), 64))
    assert [one.points for one in cut] == [(0, 1), (2,)]
    made = job(plan, cut[0])
    assert made.cell.scenario is BASE and made.beside == (surge,)


def test_a_chunk_is_told_by_its_points_and_worlds() -> None:
    assert Chunk(0, (3, 4, 7), 0, 16).said() == "points 3 to 7, worlds 0 to 15"
    assert Chunk(0, (3,), 64, 1).said() == "point 3, world 64"


@pytest.mark.whole
def test_every_point_has_the_bits_of_a_game_of_its_own(tmp_path: Path) -> None:
    plan = tiny(tmp_path, worlds=3, quarters=2)
    (chunk,) = chunks(plan, first_round(plan), 64)
    path = tmp_path / "part.parquet"
    path.write_bytes(parts.play(job(plan, chunk)).content)
    for point, value in enumerate((0.5, 1.0, 2.0)):
        cell = Cell(HISTORY, Size(3, 2), values={"porting_into_factor_trainium": np.full(3, value)})
        alone = played(cell, lambda records: read(("utilisation", "trainium_share_used"), records))
        for name, values in alone.items():
            for quarter in (1, 2):
                ((points, worlds, mine),) = parts.outcome([path], name, quarter)
                assert worlds[points == point].tolist() == [0, 1, 2]
                assert mine[points == point].tobytes() == np.ascontiguousarray(values[:, quarter - 1]).tobytes()


@pytest.mark.whole
@pytest.mark.parametrize("places", [64, 128])
def test_the_digest_is_the_same_however_points_and_worlds_are_cut(tmp_path: Path, places: int) -> None:
    plan = tiny(tmp_path, values=(0.5, 2.0), worlds=70)
    asked = [[(0, 0, 70), (1, 0, 70)], [(1, 64, 6), (0, 0, 64), (0, 64, 6), (1, 0, 64)]]
    found = set()
    for number, one in enumerate(asked):
        paths = []
        for chunk in chunks(plan, one, places):
            paths.append(tmp_path / f"{number}-{chunk.number}.parquet")
            paths[-1].write_bytes(parts.play(job(plan, chunk)).content)
        found |= {parts.digest(paths), parts.digest(paths[::-1])}
    assert len(found) == 1
    assert parts.digest(paths[1:]) not in found


def test_a_job_in_halves_is_the_job() -> None:
    plan = plan_of(5, 3)
    (chunk,) = chunks(plan, first_round(plan), 64)
    first, second = job(plan, chunk).halves()
    assert (first.chunk.points, second.chunk.points) == ((0, 1), (2, 3, 4))
    assert (len(first.beside), len(second.beside)) == (1, 2)
    name = "porting_factor_us"
    whole = job(plan, chunk).cell.values[name]
    assert np.concatenate([first.cell.values[name], second.cell.values[name]]).tolist() == whole.tolist()
    low, high = job(plan, Chunk(0, (4,), 64, 3)).halves()
    assert [(one.chunk.first_world, one.chunk.worlds, one.cell.first_world) for one in (low, high)] == [
        (64, 1, 64),
        (65, 2, 65),
    ]
