"""Rounds of a calibration on a model that is known, so that nothing is played: waves, restarts, who is accepted, and
what is written."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.batch import unfinished
from experiments.batch.runs import labels_of
from experiments.calibration import __main__ as command
from experiments.calibration import posterior, rounds, tables
from experiments.calibration.campaign import Campaign, Rounds, Sizes, campaign
from experiments.calibration.history_matching import Emulator, next_wave, sobol, values
from sim.errors import InputError

SIZES = Sizes(first=256, wave=48, waves=2, last=64, accepted=20, members=8, check=16, truths=2)
TRUTH = 0.35
"""Where all coordinates of the world that is to be found stand."""


@pytest.fixture(scope="module")
def job() -> Campaign:
    return campaign("history-2024Q4", SIZES)


def patterns(job: Campaign, u: np.ndarray) -> np.ndarray:
    """A known model: pattern k is observed where coordinate k has its true value, and moves eight tolerances a unit."""
    target = job.target
    return target.observed + 8.0 * target.tolerance * (u[:, : len(target.names)] - TRUTH)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Instead of games; remembers (round, points)."""
    asked: list[tuple[int, int]] = []

    def play_round(job: Campaign, u: np.ndarray, number: int, workers: int, keeps: Any) -> np.ndarray:
        asked.append((number, len(u)))
        return patterns(job, u)

    monkeypatch.setattr(rounds, "play_round", play_round)
    return asked


# --- waves ------------------------------------------------------------------------------------------------------------


def test_what_fitted_patterns_should_be(job: Campaign) -> None:
    """By the plan itself: logs where it says so; measurement and discrepancy at right angles."""
    for k, one in enumerate(job.plan.fitted):
        assert job.target.names[k] == one.name
        assert job.target.observed[k] == pytest.approx(np.log(one.observed) if one.log else one.observed)
        assert job.target.tolerance[k] ** 2 == pytest.approx(one.measurement**2 + one.discrepancy**2)


def test_rounds_begin_evenly_and_go_on_in_what_is_not_ruled_out(
    job: Campaign, played: list[tuple[int, int]], tmp_path: Path
) -> None:
    told: list[str] = []
    found = rounds.run_rounds(job, tmp_path, 1, told.append)
    assert played == [(0, 256), (1, 48), (2, 48), (3, 64)] and found.broken == (0, 0, 0, 0)
    assert np.array_equal(found.u[0], sobol(len(job.ranges), 256, job.seed * 1000)) and found.left[0] == 1.0
    for number in (1, 2, 3):
        before = Emulator.fit(np.concatenate(found.u[:number]), np.concatenate(found.y[:number]))
        assert before.plausible(found.u[number], job.target).all() and 0.0 < found.left[number] < 0.6
        again, left = next_wave(
            len(job.ranges),
            len(found.u[number]),
            job.seed * 1000 + number,
            lambda u, e=before: e.plausible(u, job.target),
        )
        assert np.array_equal(found.u[number], again) and found.left[number] == left
    assert told[0] == "history-2024Q4: round 0: 256 runs, 100.00% of the prior not ruled out"
    assert (
        told[3] == f"history-2024Q4: round 3: 64 runs, {found.left[3]:.2%} of the prior not ruled out"
        and len(told) == 4
    )


def test_a_stopped_calibration_goes_on_with_the_same_bits_and_plays_nothing_twice(
    job: Campaign, played: list[tuple[int, int]], tmp_path: Path
) -> None:
    whole = rounds.run_rounds(job, tmp_path / "whole", 1)
    played.clear()
    assert len(rounds.run_rounds(job, tmp_path / "cut", 1, stop_after=2).u) == 2
    again = rounds.run_rounds(job, tmp_path / "cut", 1)
    assert played == [(0, 256), (1, 48), (2, 48), (3, 64)] and again.left == whole.left
    assert all(np.array_equal(a, b) for a, b in zip((*whole.u, *whole.y), (*again.u, *again.y), strict=True))
    (folder,) = (tmp_path / "cut").iterdir()
    assert folder.name == f"history-2024Q4-{job.key}"
    assert sorted(path.name for path in folder.iterdir()) == [*(f"round-{k}.npz" for k in range(4)), "rules.json"]


def test_rounds_of_other_rules_are_refused(
    job: Campaign, played: list[tuple[int, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds.run_rounds(job, tmp_path, 1, stop_after=1)
    newer = {**rounds.rules(), "numpy": "99.0"}
    monkeypatch.setattr(rounds, "rules", lambda: newer)
    with pytest.raises(InputError, match=r"^--out: .* begun with another version \(numpy: .*, here 99\.0\)"):
        rounds.run_rounds(job, tmp_path, 1)
    assert played == [(0, 256)]


def test_a_round_that_is_interrupted_keeps_its_chunks(
    job: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The free games are there, those with stock given are not: only these are played again, and then nothing is left
    but the round."""
    small = replace(job, sizes=replace(SIZES, first=2))
    asked: list[str] = []

    def game(task: Any) -> list[dict[str, np.ndarray]]:
        ((cell, read, _),) = task
        asked.append(cell.scenario.name)
        names = read.args[0]
        return [{name: np.ones((cell.size.worlds, len(rounds_labels(cell.scenario)))) for name in names}]

    def interrupted(task: Any) -> list[dict[str, np.ndarray]]:
        if task[0][0].scenario.name == job.opening.name:
            raise KeyboardInterrupt
        return game(task)

    monkeypatch.setattr(unfinished.engine, "play_side_by_side", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rounds.run_rounds(small, tmp_path, 1, stop_after=1)
    (place,) = tmp_path.iterdir()
    assert len(list((place / "round-0-free.unfinished" / "parts").iterdir())) == 1
    monkeypatch.setattr(unfinished.engine, "play_side_by_side", game)
    asked.clear()
    rounds.run_rounds(small, tmp_path, 1, stop_after=1)
    assert asked == [job.opening.name]
    assert sorted(path.name for path in place.iterdir()) == ["round-0.npz", "rules.json"]


def rounds_labels(scenario: Any) -> tuple[str, ...]:
    """Quarters that a scenario plays, or its past for one that opens after it."""
    return labels_of(scenario if scenario.prelude is None else scenario.prelude)


def test_a_stopped_calibration_prints_the_command_that_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*given: object, **how: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "calibrate", stopped)
    with pytest.raises(SystemExit) as ended:
        command.main(["--out", str(tmp_path / "my rounds"), "--quick"])
    said = capsys.readouterr().err
    assert ended.value.code == 130 and "what was played is kept. Go on with: python3 tasks.py calibrate --out '" in said


def test_runs_without_figures_are_counted_told_and_left_out(
    job: Campaign, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def play_round(job: Campaign, u: np.ndarray, number: int, workers: int, keeps: Any) -> np.ndarray:
        found = patterns(job, u)
        found[:2, 1] = np.nan
        return found

    monkeypatch.setattr(rounds, "play_round", play_round)
    told: list[str] = []
    found = rounds.run_rounds(job, tmp_path, 1, told.append, stop_after=1)
    assert found.broken == (2,) and len(found.u[0]) == len(found.y[0]) == 254 and np.isfinite(found.y[0]).all()
    assert told == [
        "history-2024Q4: round 0: 254 runs, 100.00% of the prior not ruled out",
        "history-2024Q4: round 0: 2 of 256 worlds have no figures and are ruled out",
    ]


def test_a_round_is_played_with_its_own_parameters_and_seed(job: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patterns on their scale of comparison: played freely every metric is the first parameter a quarter, with stock
    given three times that."""
    asked: list[tuple[Any, ...]] = []
    labels = tuple(f"{year}Q{k}" for year in (2023, 2024) for k in (1, 2, 3, 4))

    def playing(times: float) -> Any:
        def play(*given: Any) -> tuple[tuple[str, ...], dict[str, np.ndarray]]:
            asked.append(given)
            size = times * next(iter(given[2].values()))
            return labels, {name: size[:, None] * np.arange(1.0, 9.0) for name in given[1]}

        return play

    monkeypatch.setattr(rounds, "play_all", playing(1.0))
    monkeypatch.setattr(rounds, "play_before", playing(3.0))
    u = sobol(len(job.ranges), 4, 9)
    found = rounds.play_round(job, u, 3, 2)
    (free, free_metrics, given, *rest), (opening, known_metrics, also, *same) = asked
    assert free is job.scenario and opening is job.opening and also is given
    assert rest == same == [job.seed * 1000 + 3, 2, None]
    assert {*free_metrics, *(f"{name}@given" for name in known_metrics)} == set(job.plan.metrics())
    assert {name: v.tolist() for name, v in given.items()} == {
        name: v.tolist() for name, v in values(job.ranges, u).items()
    }
    size = next(iter(given.values()))[:, None] * np.arange(1.0, 9.0)
    path = {name: 3.0 * size if name.endswith("@given") else size for name in job.plan.metrics()}
    for k, one in enumerate(job.plan.fitted):
        value = one.value(path, labels)
        assert found[:, k] == pytest.approx(np.log(value) if one.log else value)


def test_a_plan_without_given_stock_is_played_once(job: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: object) -> Any:
        raise AssertionError("nothing was asked of the quarters before")

    monkeypatch.setattr(rounds, "play_all", lambda *given: (("2024Q1",), dict.fromkeys(given[1], 1.0)))
    monkeypatch.setattr(rounds, "play_before", never)
    assert rounds.play_both(job, ("used_h100e",), {}, 1, 1) == (("2024Q1",), {"used_h100e": 1.0})
    monkeypatch.setattr(rounds, "play_before", lambda *given: (("2024Q1",), dict.fromkeys(given[1], 2.0)))
    _, both = rounds.play_both(job, ("used_h100e", "used_h100e@given", "capex_musd@given"), {}, 1, 1)
    assert both == {"used_h100e": 1.0, "used_h100e@given": 2.0, "capex_musd@given": 2.0}


def test_a_campaign_opens_on_the_history_that_it_calibrates(job: Campaign) -> None:
    """Neither draws from the ensemble that is to be made; rounds of another opening are not taken up."""
    assert job.opening.prelude == job.scenario and job.opening.start == job.plan.measured_to
    assert job.scenario.ensemble == job.opening.ensemble == ""
    other = replace(job, opening=replace(job.opening, root_parameters={}))
    assert other.key != job.key


# --- who is accepted --------------------------------------------------------------------------------------------------


def test_what_is_found_lies_about_the_truth(job: Campaign, played: list[tuple[int, int]], tmp_path: Path) -> None:
    """Among all runs that the last emulator does not rule out; members are some of those accepted, in their order."""
    done = rounds.run_rounds(job, tmp_path, 1)
    found = rounds.find(job, done)
    fitted = len(job.plan.fitted)
    assert len(found.accepted) >= 20 and len(found.members) == 8 and found.left == done.left[-1]
    assert (np.abs(found.accepted[:, :fitted] - TRUTH).mean(axis=0) < 0.2).all()
    whole = {row.tobytes() for row in np.concatenate(done.u)}
    accepted = [row.tobytes() for row in found.accepted]
    members = [row.tobytes() for row in found.members]
    assert set(members) <= set(accepted) <= whole and [one for one in accepted if one in set(members)] == members
    shipped = [k for k, name in enumerate(job.ranges) if name in job.plan.parameters]
    assert found.central == posterior.medoid(found.members[:, shipped])


def test_where_nothing_is_plausible_nothing_is_found(job: Campaign) -> None:
    u = sobol(len(job.ranges), 64, 2)
    far = Rounds().plus(u, patterns(job, u) + 1e3 * job.target.tolerance, 1.0)
    with pytest.raises(InputError, match="history-2024Q4: no run is plausible; widen a range or a tolerance"):
        rounds.find(job, far)


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ship", [False, True])
def test_a_plan_from_start_to_end_is_written_beside_its_rounds_or_where_it_ships(
    played: list[tuple[int, int]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    ship: bool,
) -> None:
    shipped = tables.Places(tmp_path / "ensembles", tmp_path / "tables")
    monkeypatch.setattr(tables.Places, "product", classmethod(lambda cls: shipped))
    written: list[tuple[object, ...]] = []
    monkeypatch.setattr(tables, "write_tables", lambda *given: written.append(given))
    command.calibrate("history-2024Q4", SIZES, tmp_path / "rounds", 1, ship)
    place = shipped.ensembles if ship else tmp_path / "rounds"
    said = tomllib.loads((place / "history-2024Q4.toml").read_text(encoding="utf-8"))
    ((job, found, done, recovery, to, workers),) = written
    assert said["accepted_of"] == len(found.accepted) and said["central"] == found.central and said["seed"] == job.seed
    assert said["kernel_scale"] == pytest.approx(found.scale, abs=5e-4) and set(said["tolerance"]) == set(
        job.target.names
    )
    assert (to.ensembles, to.tables) == ((shipped.ensembles, shipped.tables) if ship else (tmp_path / "rounds",) * 2)
    assert recovery.inside.shape == (2, len(job.ranges)) and len(done.u) == 4 and workers == 1
    err = capsys.readouterr().err
    assert (
        f"history-2024Q4: {len(found.accepted)} accepted at scale {found.scale:.2f}, 8 shipped," in err
        and "round 3" in err
    )


def test_the_command_takes_each_plan_once_and_ships_nothing_in_a_quick_look(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(command, "calibrate", lambda *given, ship: asked.append((*given, ship)))
    twice = ["--plan", "history-2024Q4", "--plan", "history-2024Q4"]
    command.main(["--quick", "--out", str(tmp_path / "r"), "--workers", "3", *twice])
    assert asked == [("history-2024Q4", command.QUICK, tmp_path / "r", 3, False)]
    command.main(["--out", str(tmp_path / "r"), "--workers", "1"])
    assert [(one[0], one[1], one[-1]) for one in asked[1:]] == [(name, Sizes(), True) for name in command.PLANS]


def test_rounds_of_other_sizes_are_another_key(job: Campaign) -> None:
    assert (
        len(
            {
                job.key,
                replace(job, sizes=replace(SIZES, accepted=21)).key,
                replace(job, ranges=dict(list(job.ranges.items())[1:])).key,
            }
        )
        == 3
    )
