"""The benchmark's pieces run at tiny sizes. Nothing here is timed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import aims, batches, beside, measure, plain_mesa
from benchmarks.__main__ import table


def test_a_game_is_measured() -> None:
    found = measure.best_of(1, 2, 2)
    assert found["worlds"] == 2 and found["play_seconds"] > 0.0 and found["nonconverged"] == 0.0


def test_a_batch_is_measured() -> None:
    found = batches.played(2, workers=1, quarters=1)
    assert found["runs"] == 2 and found["model"] > found["writing"] > 0.0
    assert batches.kept(2)["values"] == 2 * 16 * 20 * 10


def test_ours_and_others_stand_side_by_side() -> None:
    """Ratios by hand: 4 runs of 20 quarters beside 2 of 40; 1,000 runs beside 4."""
    found = {"runs": 512.0, "by_the_clock": 3.0, "ours": 4.0, "model": 0.98, "writing": 0.06, "mesa": 2.0}
    found |= {"mesa_in_batch_run": 1.0, "aggregate_values": 1e7, "aggregate_seconds": 0.4, "whatif_16": 1.25}
    said = beside.text(found)
    assert "ours plays 1.0 x its quarters" in said and "EMA Workbench: not installed here" in said
    assert "6.0%   at most 0.05: not met" in said and "0.40   at most 0.5: met" in said
    assert "250 x ours" in beside.text({**found, "ema": 1000.0})


def test_the_aggregate_of_made_up_values_is_measured() -> None:
    assert batches.kept(2, then_read=True)["aggregate_seconds"] > 0.0


@pytest.mark.slow
def test_who_keeps_a_hundred_million_values_holds_few_of_them() -> None:
    """In a process of its own: the peak is of its whole life, which begins at some 200 MiB for the model alone."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.batches", "--values"],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        check=True,
        timeout=1200.0,
    )
    said = {name: float(number.replace(",", "")) for name, number in map(str.split, done.stdout.splitlines())}
    assert said["values"] == 1e8 and said["peak_memory_mib"] < 500.0


@pytest.mark.whole
def test_the_profile_names_our_modules() -> None:
    rows = measure.where_time_goes(1, 1)
    assert "sim/equilibrium/clearing.py" in {row["module"] for row in rows}
    assert sum(row["share"] for row in rows) == pytest.approx(1.0)
    assert measure.top_functions(1, 1, 3)[0]["function"] == "game.run"


def test_plain_mesa_plays_the_same_kind_of_market() -> None:
    model = plain_mesa.PlainMarket(labs=20, rng=1)
    for _ in range(3):
        model.step()
    assert 0.0 < model.share < 1.0 and model.price > 0.0
    assert all(offer.used <= offer.capacity * 1.06 for offer in model.offers)
    assert plain_mesa.run(1, 2, labs=5)["runs"] == 1


def test_the_table_can_be_read() -> None:
    one = {
        "worlds": 1,
        "quarters": 2,
        "setup_seconds": 0.1,
        "play_seconds": 0.2,
        "runs_per_second": 5.0,
        "nonconverged": 0.0,
        "evaluations_per_quarter": 4.0,
    }
    found = {
        "machine": {"python": "3", "numpy": "2", "mesa": "3", "kernels": "numpy", "cores": 2},
        "import_seconds": 1.0,
        "one_world": one,
        "many_worlds": {**one, "worlds": 64},
        "ratio_of_runs_per_second": 1.0,
        "peak_memory_mib": 100.0,
        "time_by_module": [{"module": "sim/equilibrium/clearing.py", "seconds": 1.0, "share": 0.5, "calls": 1}],
        "time_by_function": [{"function": "game.run", "seconds": 1.0, "calls": 1}],
        "plain_mesa": {"quarters": 40, "seconds": 1.0, "runs_per_second": 1.0},
    }
    text = table(found)
    assert "R = 64, 2 quarters" in text and "plain Mesa, 40 q." in text and "sim/equilibrium/clearing.py" in text
    assert max(map(len, text.splitlines())) <= 120


def test_memory_is_measured_in_mib() -> None:
    assert 20.0 < measure.peak_memory_mib() < 20_000.0


def test_an_aim_scales_with_the_machine() -> None:
    """A machine half as fast as the reference has twice the time."""
    rows = [{"name": "a", "seconds": 1.5, "aim": 1.0}, {"name": "b", "seconds": 3.0, "aim": 1.0}]
    said = aims.text(rows, aims.REFERENCE / 2.0).splitlines()
    assert said[-2].split() == ["a", "1.50", "1.00", "2.00", "met"] and said[-1].split()[-2:] == ["1.50", "x"]


@pytest.mark.slow
def test_what_people_wait_for_is_really_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aims, "game", lambda worlds, quarters=20: lambda: None)
    heavy = ("fork", "slider", "kept", "2 x 256")
    short = [aim for aim in aims.aims() if not aim.long and not any(word in aim.name for word in heavy)]
    for aim in short:
        aim.run()
    assert {aim.name for aim in aims.aims()} >= {aim.name for aim in short} and len(short) == 5
    assert len(aims.forked()()["quarters"]) == 300 * aims.FORKED
