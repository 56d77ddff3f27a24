"""Calibration: waves that rule out what is wrong, acceptance, recovery of known parameters, restarts."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from experiments.batch import engine
from experiments.batch.runs import design, play_all, read
from experiments.batch.target import claimed
from experiments.calibration import posterior, tables
from experiments.calibration.__main__ import main as calibrate_command
from experiments.calibration.campaign import PLANS, Campaign, Found, Sizes, campaign
from experiments.calibration.history_matching import CUTOFF, Emulator, Target, features, next_wave, sobol, values
from experiments.calibration.patterns import load_plan
from experiments.calibration.rounds import run_rounds
from experiments.pages import history
from experiments.pages.reference import DOCS
from experiments.scenarios import catalogue_of
from sim.errors import InputError

TINY = Sizes(first=64, wave=24, waves=1, last=24, accepted=12, members=8, check=16, truths=2)


# --- waves and acceptance, on a model that is known -------------------------------------------------------------------


def known_model(u: np.ndarray, chance: float = 0.0) -> np.ndarray:
    """Two patterns of three coordinates; the third plays no part."""
    noise = chance * np.cos(1e4 * u.sum(axis=1))
    return np.stack([2.0 * u[:, 0] + u[:, 1] * u[:, 0] + noise, u[:, 1] - u[:, 0] ** 2], axis=1)


def test_the_emulator_is_exact_on_a_quadratic() -> None:
    u = sobol(3, 256, seed=1)
    emulator = Emulator.fit(u, known_model(u))
    other = sobol(3, 50, seed=2)
    assert emulator.mean(other) == pytest.approx(known_model(other), abs=0.01)
    assert features(other).shape == (50, 1 + 3 + 6)


def test_waves_keep_the_truth_and_rule_out_the_rest() -> None:
    truth = np.array([[0.3, 0.7, 0.5]])
    target = Target(known_model(truth)[0], np.array([0.02, 0.02]), ("a", "b"))
    u = sobol(3, 512, seed=1)
    emulator = Emulator.fit(u, known_model(u, chance=0.01))
    assert emulator.plausible(truth, target).all()
    # 0.9 instead of 0.3: the first pattern is 2.43 against 0.81, 80 tolerances away.
    assert not emulator.plausible(np.array([[0.9, 0.7, 0.5]]), target).any()
    found, left = next_wave(3, 200, 5, lambda points: emulator.plausible(points, target))
    assert len(found) == 200
    assert 0.001 < left < 0.1
    assert (emulator.implausibility(found, target) <= CUTOFF).all()
    with pytest.raises(InputError, match="every one of"):
        next_wave(3, 10, 5, lambda points: np.zeros(len(points), dtype=bool))


def test_acceptance_takes_near_runs_and_widens_the_kernel_only_when_it_must() -> None:
    y = np.concatenate([np.zeros((300, 1)), np.full((300, 1), 8.0)])
    target = Target(np.zeros(1), np.ones(1), ("a",))
    near = posterior.accept(y, target, 100, seed=1)
    assert near.scale == 1.0
    assert near.runs.tolist() == list(range(300))  # those 8 tolerances away have a chance of e^-32
    wide = posterior.accept(y, target, 400, seed=1)
    assert wide.scale > 1.0
    assert len(wide.runs) >= 400
    assert np.array_equal(near.runs, posterior.accept(y, target, 100, seed=1).runs)


def test_the_medoid_is_in_the_middle_and_spread_is_measured_against_the_prior() -> None:
    u = np.array([[0.1, 0.5], [0.5, 0.6], [0.9, 0.5], [0.5, 0.4], [0.52, 0.5]])
    assert posterior.medoid(u) == 4
    even = sobol(1, 4096, seed=3)
    assert posterior.spread_ratio(even) == pytest.approx(np.ones(1), abs=0.01)
    assert posterior.spread_ratio(0.25 + 0.5 * even) == pytest.approx(np.full(1, 0.5), abs=0.01)
    assert [posterior.verdict(ratio) for ratio in (0.3, 0.8, 1.0)] == ["identified", "a little", "stays prior"]


def test_known_parameters_are_recovered_at_the_nominal_rate() -> None:
    u = sobol(3, 4096, seed=1)
    target = Target(np.zeros(2), np.array([0.15, 0.15]), ("a", "b"))
    found = posterior.recover(u, known_model(u), target, truths=60, wanted=100, seed=1)
    # 60 truths, chance 0.9: sd of the rate is sqrt(0.9 x 0.1 / 60) = 0.039; four of them on either side, kernels widen
    # a little.
    assert (np.abs(found.inside.mean(axis=0) - 0.9) < 0.16).all()
    ratio = np.median(found.ratio, axis=0)
    assert ratio[0] < 0.6
    assert ratio[1] < 0.8
    assert ratio[2] == pytest.approx(1.0, abs=0.1)  # plays no part: stays prior


# --- the real thing, small --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def job() -> Campaign:
    short = campaign("history-2024Q4", TINY)
    return replace(short, scenario=replace(short.scenario, quarters=4))


@pytest.mark.slow
def test_a_restart_goes_on_from_the_last_whole_round_with_the_same_bits(job: Campaign, tmp_path: Path) -> None:
    whole = run_rounds(job, tmp_path / "whole", 1)
    assert len(run_rounds(job, tmp_path / "cut", 1, stop_after=1).u) == 1
    folder = next((tmp_path / "cut").iterdir())
    (folder / "round-1.part").write_bytes(b"half a file of a run that was killed")
    stamp = (folder / "round-0.npz").stat().st_mtime_ns
    again = run_rounds(job, tmp_path / "cut", 1)
    assert (folder / "round-0.npz").stat().st_mtime_ns == stamp
    for one, other in ((whole.u, again.u), (whole.y, again.y)):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert whole.left == again.left


def test_rounds_of_other_settings_are_not_taken_up(job: Campaign) -> None:
    assert job.key != replace(job, seed=2).key
    assert job.key != replace(job, sizes=replace(TINY, wave=25)).key
    assert job.key != replace(job, scenario=replace(job.scenario, known_until="")).key


@pytest.mark.whole
def test_every_world_of_a_design_has_its_own_parameters_however_it_is_cut(job: Campaign) -> None:
    """Eighty worlds in two chunks: the last equals the same point played on its own in the same world."""
    u = sobol(len(job.ranges), 80, seed=4)
    short = replace(job.scenario, quarters=2)
    given = values(job.ranges, u)
    _, played = play_all(short, ("delivered_h100e", "utilisation"), given, 3, 1)
    alone = engine.play(design(short, given, 3).part(79, 1), partial(read, ("utilisation",)))
    assert np.array_equal(played["utilisation"][79:], alone["utilisation"])
    assert len(set(played["utilisation"][:, -1])) == 80


def test_the_growth_path_is_dated_by_hand(job: Campaign) -> None:
    """Start 3, long run 0.2, half-life 4 quarters: a year on (3 - 0.2) / 2 + 0.2 = 1.6 is left."""
    u = np.full((2, len(job.ranges)), 0.5)
    ranges = {
        name: one.model_copy(update={"low": one.default, "high": one.default}) for name, one in job.ranges.items()
    }
    fixed = {"spending_growth_start": 3.0, "spending_growth_long_run": 0.2, "spending_growth_half_life_quarters": 4.0}
    ranges |= {
        name: job.ranges[name].model_copy(update={"low": value - 1e-9, "default": value, "high": value + 1e-9})
        for name, value in fixed.items()
    }
    spread = {
        name: one.model_copy(update={"low": one.default - 1e-9, "high": one.default + 1e-9})
        for name, one in ranges.items()
    }
    found = tables.columns(replace(job, ranges=spread), u)
    assert found["spending_growth_start@2023Q4"] == pytest.approx(np.full(2, 3.0))
    assert found["spending_growth_start@2024Q4"] == pytest.approx(np.full(2, 1.6))
    assert "spending_growth_start" not in found


def test_an_ensemble_is_written_so_that_it_can_be_drawn_from(
    job: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim import ensembles

    members = sobol(len(job.ranges), 8, seed=2)
    tables.write_ensemble(job, Found(members, members, 3, 1.0, 0.1), tables.Places.beside(tmp_path))
    monkeypatch.setattr(ensembles, "FOLDER", tmp_path)
    read = ensembles.load("history-2024Q4", "2023Q4", catalogue_of(job.scenario))
    assert (read.members, read.central) == (8, 3)
    assert read.values["price_elasticity"] == pytest.approx(values(job.ranges, members)["price_elasticity"])
    assert not set(read.values) & set(job.plan.watched)


def test_a_yearly_share_is_told_in_per_cent() -> None:
    assert history.figure(0.0123, "1/year") == "1.2 % a year" and history.figure(0.0123, "share") == "1.2 %"


def test_the_page_on_history_says_what_the_tables_say() -> None:
    assert (DOCS / "explanation" / "history.md").read_text(encoding="utf-8") == history.text(), (
        "python tasks.py calibrate"
    )


@pytest.mark.parametrize("name", PLANS)
def test_shipped_tables_belong_to_the_plan(name: str) -> None:
    plan = load_plan(name)
    with (tables.TABLES / f"{name}-fit.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["pattern"]: row for row in csv.DictReader(file)}
    assert set(rows) == {one.name for one in plan.pattern}
    for one in plan.pattern:
        assert float(rows[one.name]["observed"]) == pytest.approx(one.observed, rel=1e-5)
        assert rows[one.name]["role"] == one.role


def test_rounds_have_one_writer_and_a_place_that_exists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    for out, why in (("rounds", "is being written by another run"), ("file", "is a file")):
        with claimed(tmp_path / "rounds"), pytest.raises(SystemExit) as ended:
            calibrate_command(["--quick", "--out", str(tmp_path / out)])
        assert ended.value.code == 2 and why in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
