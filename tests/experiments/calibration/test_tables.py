"""What a calibration leaves, row by row: fit, coverage, what is identified and recovered, on worlds made by hand."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from experiments.calibration import tables
from experiments.calibration.campaign import Campaign, Found, Rounds, Sizes, campaign
from experiments.calibration.history_matching import sobol, values
from experiments.calibration.patterns import Pattern
from experiments.calibration.posterior import Recovery, spread_ratio
from sim.quarters import ordinal
from sim.streams import Streams
from tests.experiments.calibration.made import pattern

LABELS = ("2025Q1", "2025Q2", "2025Q3")
WORLDS = 21
GRID = np.arange(float(WORLDS))[:, None]
"""Quantiles of 0 to 20 are twenty times their level: 1, 10 and 19 at 5 %, 50 % and 95 %."""


@pytest.fixture(scope="module")
def whole() -> Campaign:
    return campaign(
        "history-2024Q4", Sizes(first=64, wave=24, waves=1, last=24, accepted=12, members=8, check=16, truths=2)
    )


def job(*patterns: Pattern) -> SimpleNamespace:
    """As much of a campaign as rows need."""
    return SimpleNamespace(
        plan=SimpleNamespace(pattern=patterns), seed=3, scenario=SimpleNamespace(pipeline_until="2025Q1")
    )


def named(row: tables.Row, columns: tuple[str, ...]) -> dict[str, object]:
    return dict(zip(columns, row, strict=True))


# --- fit --------------------------------------------------------------------------------------------------------------

PLAYED = {"delivered_h100e": np.concatenate([GRID, GRID, GRID], axis=1)}


@pytest.mark.parametrize(
    ("observed", "aim", "near", "held"),
    [
        (10.4, 0.5, True, True), (10.6, 0.5, False, True), (9.4, 0.5, False, True), (19.0, 9.0, True, True),
        (19.1, 9.5, True, False), (0.9, 9.5, True, False), (1.0, 8.9, False, True),
    ],
)  # fmt: skip
def test_a_fit_is_the_median_within_its_aim_and_what_was_observed_within_the_band(
    observed: float, aim: float, near: bool, held: bool
) -> None:
    (row,) = tables.fit_rows(job(pattern(observed=observed, aim=aim)), LABELS, PLAYED)
    found = named(row, tables.FIT)
    assert (found["median"], found["low_5"], found["high_95"]) == pytest.approx((10.0, 1.0, 19.0))
    assert (found["within_aim"], found["in_band"]) == (near, held)
    assert (found["pattern"], found["observed"], found["tolerance"], found["aim"]) == (
        "a",
        observed,
        pytest.approx(0.5),
        aim,
    )


def test_an_aim_in_logs_is_a_ratio() -> None:
    """A median of 10 against 12.2: ln 1.22 is 0.199; against 12.3 0.207."""
    close, beyond = (
        named(tables.fit_rows(job(pattern(observed=o, aim=0.2, log=True)), LABELS, PLAYED)[0], tables.FIT)
        for o in (12.2, 12.3)
    )
    assert close["within_aim"] and not beyond["within_aim"]


# --- coverage ---------------------------------------------------------------------------------------------------------


def test_coverage_of_stock_is_after_the_pipeline_with_and_without_the_error_of_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Worlds 100 to 120 at 2025Q2, and ten times that at 2025Q3. The band without error is 101 to 119."""
    observed = {"all": 118.0, "trainium": 125.0}
    monkeypatch.setattr(tables, "installed", lambda quarter: observed)
    path = np.concatenate([GRID, 100.0 + GRID, 1000.0 + 10.0 * GRID], axis=1)
    played = {"delivered_h100e": path, "trainium_delivered_h100e": path}
    rows = [named(row, tables.COVERAGE) for row in tables.coverage_rows(job(), LABELS, played)]
    assert [(row["point"], row["quarter"]) for row in rows] == [
        ("all", "2025Q2"),
        ("trainium", "2025Q2"),
        ("all", "2025Q3"),
        ("trainium", "2025Q3"),
    ]
    assert [row["in_band_of_model_alone"] for row in rows] == [True, False, False, False]
    for row in rows[:2]:
        noise = Streams(3, 0, WORLDS).at("calibration-measurement", row["point"], ordinal("2025Q2")).normal()
        blurred = (100.0 + GRID[:, 0]) * np.exp(0.04 * noise)
        low, median, high = np.quantile(blurred, [0.05, 0.5, 0.95])
        assert (row["low_5"], row["median"], row["high_95"]) == pytest.approx((low, median, high))
        assert row["in_band"] == (low <= row["observed"] <= high) and high - low > 18.0
    assert {row["kind"] for row in rows} == {"stock"}


@pytest.mark.parametrize("log", [False, True])
def test_coverage_of_a_pattern_is_on_its_scale_with_its_own_error(log: bool) -> None:
    one = pattern(observed=19.5, measurement=0.3, log=log)
    played = {"delivered_h100e": np.concatenate([GRID, GRID, GRID], axis=1) + 1.0}
    row = tables._pattern_point(job(one), one, one.value(played, LABELS))
    found = named(row, tables.COVERAGE)
    on_scale = np.log(1.0 + GRID[:, 0]) if log else 1.0 + GRID[:, 0]
    blurred = on_scale + 0.3 * Streams(3, 0, WORLDS).at("calibration-measurement", "a", 0).normal()
    assert (found["low_5"], found["median"], found["high_95"]) == pytest.approx(
        tuple(np.quantile(blurred, [0.05, 0.5, 0.95]))
    )
    assert found["observed"] == pytest.approx(np.log(19.5) if log else 19.5) and found["quarter"] == "2025Q3"
    assert found["in_band_of_model_alone"] and (found["kind"], found["point"]) == ("pattern", "a")
    outside = tables._pattern_point(
        job(one), pattern(observed=21.0, measurement=0.0, log=log), one.value(played, LABELS)
    )
    assert outside[-2:] == (False, False)


def test_stock_is_summed_by_family_of_amazon_and_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        ("2025Q1", "aws", "nvidia", 1.0),
        ("2025Q1", "aws", "trainium", 2.0),
        ("2025Q1", "google", "tpu", 4.0),
        ("2024Q4", "aws", "nvidia", 8.0),
    ]
    made = [{"quarter": q, "owner": o, "family": f, "h100e": str(v)} for q, o, f, v in rows]
    monkeypatch.setattr(tables, "table", lambda path: made)
    assert tables.installed("2025Q1") == {"all": 7.0, "aws": 3.0, "nvidia": 1.0, "tpu": 4.0, "trainium": 2.0}


# --- what is identified -----------------------------------------------------------------------------------------------


def test_the_best_identified_parameter_comes_first_with_how_often_it_was_recovered(whole: Campaign) -> None:
    names = list(whole.ranges)
    accepted = sobol(len(names), 64, 4)
    accepted[:, 2] = 0.5 + 0.1 * (accepted[:, 2] - 0.5)
    inside = np.ones((4, len(names)), dtype=bool)
    inside[0, 2] = False
    ratio = np.tile(np.array([[0.1], [0.2], [0.4], [0.8]]), len(names))
    rows = [
        named(row, tables.KNOWN)
        for row in tables.identified_rows(
            whole, Found(accepted, accepted, 0, 1.0, 0.1), Recovery(inside, ratio, np.ones(4))
        )
    ]
    first, spread = rows[0], spread_ratio(accepted)
    assert first["parameter"] == names[2] and first["verdict"] == "identified" and first["recovered"] == 0.75
    assert first["spread_ratio"] == pytest.approx(accepted[:, 2].std(ddof=1) * np.sqrt(12.0))
    assert [row["spread_ratio"] for row in rows] == sorted(spread) and len(rows) == len(names)
    given = values(whole.ranges, accepted)
    for row in rows:
        one = whole.ranges[str(row["parameter"])]
        assert (row["low_5"], row["median"], row["high_95"]) == pytest.approx(
            tuple(np.quantile(given[row["parameter"]], [0.05, 0.5, 0.95]))
        )
        assert (row["prior_low"], row["prior_default"], row["prior_high"], row["unit"]) == (
            one.low,
            one.default,
            one.high,
            one.unit,
        )
        assert row["shipped"] is (row["parameter"] in whole.plan.parameters) and row[
            "recovery_spread_ratio"
        ] == pytest.approx(0.3)


# --- worlds and files -------------------------------------------------------------------------------------------------


def test_fresh_worlds_draw_the_members_in_turn_and_leave_the_rest_to_chance(
    whole: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen worlds of six members: 0 to 5, 0 to 5, 0 to 3. What is only watched keeps its own draw."""
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(tables, "play_both", lambda *given: asked.append(given) or (LABELS, {}))
    members = sobol(len(whole.ranges), 6, 1)
    assert tables.fresh_worlds(whole, Found(members, members, 0, 1.0, 0.1), 2) == (LABELS, {})
    ((job, metrics, given, seed, workers),) = asked
    assert (job, seed, workers) == (whole, whole.seed * 1000 + 999, 2)
    assert set(given) == set(whole.plan.parameters)
    wanted = values(whole.ranges, members)
    for name, drawn in given.items():
        assert drawn.tolist() == [*wanted[name], *wanted[name], *wanted[name][:4]]
    assert set(metrics) == {
        *whole.plan.metrics(),
        "aws_delivered_h100e",
        *(f"{f}_delivered_h100e" for f in ("nvidia", "tpu", "trainium", "amd")),
    }


def test_every_table_is_written_and_facts_count_what_was_run(
    whole: Campaign, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    members, broken = sobol(len(whole.ranges), 6, 1), np.ones((5, 2))
    broken[3, 0] = np.nan
    monkeypatch.setattr(tables, "fresh_worlds", lambda *given: (LABELS, {"x": broken}))
    for name, rows in (
        ("fit_rows", [("a", 1.23456789)]),
        ("coverage_rows", [("b", 2)]),
        ("identified_rows", [("c", True)]),
    ):
        monkeypatch.setattr(tables, name, lambda *given, rows=rows: rows)
    done = replace(Rounds(), u=(np.ones((7, 1)), np.ones((5, 1))), y=(np.ones((7, 1)), np.ones((5, 1))), broken=(2, 1))
    recovery = Recovery(np.array([[True, False], [True, True]]), np.ones((2, 2)), np.array([1.0, 4.0]))
    tables.write_tables(
        whole, Found(members, members[:4], 0, 1.5, 0.125), done, recovery, tables.Places.beside(tmp_path), 1
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"history-2024Q4-{kind}.csv" for kind in ("coverage", "facts", "fit", "identified")
    ]
    with (tmp_path / "history-2024Q4-facts.csv").open(encoding="utf-8", newline="") as file:
        assert {row["what"]: row["value"] for row in csv.DictReader(file)} == {
            "runs": "12",
            "accepted": "6",
            "members": "4",
            "kernel scale": "1.5",
            "part of the prior not ruled out": "0.125",
            "truths tried": "2",
            "90 % intervals that hold the truth": "0.75",
            "kernel scale in recovery": "2.5",
            "runs without figures": "3",
            "fresh worlds without figures": "1",
        }
    text = (tmp_path / "history-2024Q4-fit.csv").read_text(encoding="utf-8")
    assert text == ",".join(tables.FIT) + "\na,1.23457\n"


def test_a_table_that_cannot_be_written_leaves_the_old_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tables.write_rows(tmp_path / "deep" / "t.csv", ("a",), [(1,)])

    def denied(*given: object) -> None:
        raise PermissionError

    with monkeypatch.context() as patched, pytest.raises(PermissionError):
        patched.setattr(Path, "replace", denied)
        tables.write_rows(tmp_path / "deep" / "t.csv", ("a",), [(2,)])
    assert (tmp_path / "deep" / "t.csv").read_text() == "a\n1\n"
