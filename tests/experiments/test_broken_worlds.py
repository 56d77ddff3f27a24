"""A world without figures is counted and named, is in no mean, and makes nothing best, wherever worlds are compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Played, Size
from experiments.bots import payoffs, terminal, tournament
from experiments.bots.grading import Step
from experiments.bots.payoffs import Contest
from experiments.bots.tournament import Outcome, Rules
from experiments.calibration.campaign import Rounds
from experiments.calibration.tables import quantiles
from experiments.claims.verdicts import Seen
from experiments.forecast import forecast
from experiments.forecast.forecast import whole_worlds
from experiments.stats import estimate
from experiments.study import panels, record, result
from experiments.study.design import Planner, read
from experiments.study.effects import Outcomes
from experiments.theory import metamorphic, trial
from experiments.theory.evidence import ABOVE, NOTHING, REPORTED, Evidence, judged
from experiments.theory.statistics import correlated
from experiments.whatif import trials
from sim.errors import InputError
from sim.records import Records
from tests.experiments.conftest import Command
from tests.game.play import BASE

SHARE = "trainium_share_used"
PLAY = engine.run


def breaking(cell: str, world: int, column: str = "money_imbalance") -> Callable[..., Iterator[Played]]:
    """Plays as the engine does; one world of one cell has no figure in one column from the second quarter on."""

    def run(cells: Sequence[Cell], *rest: Any, **named: Any) -> Iterator[Played]:
        for played in PLAY(cells, *rest, **named):
            frame = played.quarters
            if played.cell.name == cell:
                frame.loc[(frame["world"] == world) & (frame["quarter_number"] >= 2), column] = np.nan
            yield played

    return run


# --- study ------------------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_a_study_leaves_a_broken_world_out_and_says_so(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """World 1 of the cell 'open' is broken: effects that rest on that cell are over the two other worlds, by a pivot
    of what was played; the others are over all three."""
    monkeypatch.setattr(engine, "run", breaking("open", 1))
    status, out, _ = command("study", "--quick", "--worlds", "3", "--quarters", "3", "--workers", "1", "--out", "s")
    assert status == 0 and "Worlds without figures, left out of the numbers of their cells: open 1." in out
    assert "1 of 3 worlds has no figures" in out
    effects, levels = (pd.read_csv(f"s/{name}.csv") for name in ("effects", "levels"))
    row = effects.query(f"kind == 'main' and effect == 'lock-in' and metric == '{SHARE}'").iloc[0]
    assert (row["worlds"], row["broken_worlds"]) == (2, 1)
    quarters = pd.read_parquet("s/quarters.parquet").query("quarter_number == 3 and world != 1")
    wide = 100.0 * quarters.pivot(index="world", columns="cell", values=SHARE)
    on, off = (
        ["open", "open+antitrust", "open+edge", "open+antitrust+edge"],
        ["baseline", "antitrust", "edge", "antitrust+edge"],
    )
    assert row["mean"] == pytest.approx((wide[on].to_numpy() - wide[off].to_numpy()).mean(), rel=1e-5)
    other = effects.query(f"kind == 'cell' and effect == 'edge' and metric == '{SHARE}'").iloc[0]
    assert (other["worlds"], other["broken_worlds"]) == (3, 0)
    assert set(levels.loc[levels["broken_worlds"] == 1, "cell"]) == {"open"}
    assert not effects.isna().to_numpy().any()
    for name in ("summary.json", "provenance.json"):
        assert json.loads(Path(f"s/{name}").read_text(encoding="utf-8"))["broken_worlds"] == {"open": [1]}
    assert "left out of the numbers of their cells: open 1." in Path("s/report.html").read_text(encoding="utf-8")


def test_a_world_that_is_broken_once_has_no_values_at_all() -> None:
    """Its figures before and after are not to be trusted, and every row is over the same worlds."""
    planned = Planner(read(), Size(3, 2), quick=True).cells()[:1]
    outcomes = Outcomes()
    for played in breaking("baseline", 2)([one.cell for one in planned]):
        outcomes.add("baseline", played.quarters)
    assert outcomes.broken == {"baseline": [2]} and not outcomes.missed(["baseline"]).any()
    assert np.isnan(outcomes.path("baseline", SHARE)).tolist() == [[False] * 2, [False] * 2, [True] * 2]
    found = result.Result(read(), Size(3, 2), True, planned, outcomes, [2], None, {}, [])  # type: ignore[arg-type]
    assert found.broken == "Worlds without figures, left out of the numbers of their cells: baseline 2."
    assert panels.middle(outcomes.path("baseline", SHARE)) == pytest.approx(
        outcomes.path("baseline", SHARE)[:2].mean(axis=0)
    )


def test_a_world_that_is_broken_is_not_counted_as_one_that_did_not_converge() -> None:
    """Tables mark it so; it is in no figure, and those that did not converge are."""
    planned = Planner(read(), Size(3, 2), quick=True).cells()[:1]
    outcomes = Outcomes()
    for played in PLAY([one.cell for one in planned]):
        frame = played.quarters
        frame.loc[frame["world"] == 1, ["nonconverged", "money_imbalance"]] = (1.0, np.nan)
        frame.loc[frame["world"] == 2, "nonconverged"] = 1.0
        outcomes.add("baseline", frame)
    assert outcomes.missed(["baseline"]).tolist() == [False, False, True]


@pytest.mark.whole
def test_influence_is_measured_on_whole_worlds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(record, "run", breaking("open", 3))
    turning = record.measure_influence(1, worlds=8, quarters=2)["signs"]
    assert set(turning["worlds"]) == {7}
    assert "1 of 8 worlds has no figures" in capsys.readouterr().err


# --- claims -----------------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_an_experiment_says_over_how_many_worlds_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = trials.read()["cost-edge"]
    size = Size(worlds=3, quarters=2)
    whole = trials.measure([trial], size).table
    monkeypatch.setattr(engine, "run", breaking("cost-edge", 0))
    table = trials.measure([trial], size).table
    assert set(table["worlds"]) == {2} and set(table["broken"]) == {1} and set(whole["broken"]) == {0}
    assert np.isfinite(table[["base", "level", "mean"]].to_numpy()).all()
    assert "; 1 of 3 worlds has no figures)" in Seen(table).reading("cost-edge", SHARE, 2).words
    assert "no figures" not in Seen(whole).reading("cost-edge", SHARE, 2).words


# --- tournament -------------------------------------------------------------------------------------------------------


def outcome(payoff: np.ndarray, *names: str) -> Outcome:
    return Outcome(Rules(BASE, "cloud", "aws", names, Size(payoff.shape[2], 1)), payoff)


def test_a_strategy_that_breaks_worlds_is_not_ranked_and_is_no_answer() -> None:
    """The second earns most where it has figures; in world 0 every game that it is in has none."""
    payoff = np.full((3, 3, 4), 1000.0) + np.arange(4)
    payoff[1] += 500.0
    payoff[2] += 100.0
    payoff[1, :, 0] = payoff[:, 1, 0] = np.nan
    found = outcome(payoff, "build-to-demand", "harvest", "land-grab")
    assert found.broken == {"harvest": 1}
    assert [name for name, _ in found.ranks()] == ["land-grab", "build-to-demand"]
    assert found.ranks()[0][1].mean == pytest.approx(100.0) and found.ranks()[0][1].worlds == 4
    assert found.best_responses() == {"build-to-demand": ("land-grab",), "land-grab": ("land-grab",)}
    text = "\n".join(str(part) for part in terminal.report(found))
    assert "harvest: 1 of 4 worlds has no figures" in text
    rows = tournament.table(found).set_index(["strategy", "rivals"])
    assert rows.loc[("harvest", "land-grab"), ["worlds", "broken_worlds"]].tolist() == [3, 1]


def test_without_a_whole_default_nobody_is_ranked() -> None:
    payoff = np.ones((2, 2, 3))
    payoff[0, 0, 1] = np.inf
    found = outcome(payoff, "build-to-demand", "harvest")
    assert found.broken == {"build-to-demand": 1}
    assert (found.ranks(), found.best_responses()) == ([], {})
    assert "nobody is ranked" in "\n".join(str(part) for part in terminal.report(found))


def test_a_broken_game_that_no_strategy_explains_counts_for_both_sides() -> None:
    payoff = np.ones((3, 3, 2))
    payoff[1, 2, 0] = np.nan
    assert outcome(payoff, "build-to-demand", "harvest", "land-grab").broken == {"harvest": 1, "land-grab": 1}


def test_a_world_without_figures_somewhere_earns_nothing_that_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [Contest(Cell(BASE, Size(2, 1)), "cloud", "aws")]
    assert np.isfinite(payoffs.payoffs(asked)[0]).all()
    monkeypatch.setattr(payoffs, "finite_worlds", lambda *values: np.array([True, False]))
    assert np.isfinite(payoffs.payoffs(asked)[0]).tolist() == [True, False]


def test_a_grade_does_not_hold_on_what_is_left_of_broken_worlds() -> None:
    gain = np.linspace(5.0, 6.0, 20)
    assert Step("cloud", "aws", "novice", "steady", estimate(gain)).holds
    assert not Step("cloud", "aws", "novice", "steady", estimate(np.append(gain, np.nan))).holds


# --- theory -----------------------------------------------------------------------------------------------------------


def test_a_hypothesis_does_not_hold_on_what_is_left_of_broken_worlds() -> None:
    sample = np.array([0.5, 0.6, 0.7, np.nan])
    assert judged("", sample[:3], ABOVE).holds
    assert not judged("", sample, ABOVE).holds and judged("", sample, REPORTED).holds
    assert not judged("", np.array([0.0, np.nan]), NOTHING).holds
    assert judged("", sample, ABOVE).estimate.left_out == "1 of 4 worlds has no figures"


def test_a_known_failure_is_no_excuse_for_broken_worlds() -> None:
    known = next(one for one in trial.HYPOTHESES if one.key == "S15")
    whole, broken = (judged("", np.array([-1.0, -2.0, last]), ABOVE) for last in (-3.0, np.nan))
    assert trial.Verdict(known, (whole,)).verdict == trial.KNOWN
    assert trial.Verdict(known, (broken,)).verdict == trial.FAILS and not trial.Verdict(known, (broken,)).reason


def test_evidence_of_a_broken_world_supports_nothing() -> None:
    cell = Cell(scenarios.load("baseline"), Size(3, 2), name="one")
    e = Evidence()
    for played in breaking("one", 1)([cell]):
        e.add(played)
    assert np.isnan(e.path("one", SHARE)).any(axis=1).tolist() == [False, True, False]
    assert not e.same("one", "one", (SHARE,)).holds


def test_a_correlation_with_a_broken_world_is_none() -> None:
    grid = np.arange(12.0)
    assert correlated("", grid, grid).holds
    found = correlated("", grid, np.where(grid == 3.0, np.nan, grid))
    assert not found.holds and (found.estimate.worlds, found.estimate.broken) == (11, 1)


def test_a_change_that_breaks_a_metric_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure that is none must not hide behind those that are right, wherever it stands."""
    monkeypatch.setattr(metamorphic, "errors", lambda *given: {"a": 0.0, "b": np.nan, "c": 1e-12})
    assert np.isnan(metamorphic.largest(None, None))  # type: ignore[arg-type]


# --- forecast and calibration -----------------------------------------------------------------------------------------


@pytest.mark.whole
def test_a_forecast_leaves_broken_worlds_out_and_each_other_keeps_its_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quantiles of worlds 0, 1, 3 of four, with the noise that they have among all four."""
    whole = forecast.paths(forecast.TODAY, forecast.play(forecast.TODAY, 1, worlds=4))
    played = Records.metric

    def breaking(records: Records, name: str) -> np.ndarray:
        values = played(records, name)
        if name == "money_imbalance" and records.before is None:  # of the prelude
            values[2, -1] = np.nan
        return values

    monkeypatch.setattr(Records, "metric", breaking)
    runs = forecast.play(forecast.TODAY, 1, worlds=4)
    assert runs.broken == (2,) and len(runs.past["nvidia_revenue_musd"]) == 3
    for name in ("nvidia_installed_h100e", "h100_rental_usd_per_hour"):  # bridges that are fitted to each world alone
        assert np.array_equal(forecast.paths(forecast.TODAY, runs)[name], np.delete(whole[name], 2, axis=0))
    told: list[str] = []
    made = forecast.make("2026Q1", worlds=4, listener=forecast.Listener(tell=told.append))
    assert told[-1] == "1 of 4 worlds has no figures; left out: 2."
    assert np.isfinite(made[list(forecast.COLUMNS[3:])].to_numpy()).all()


def test_a_forecast_of_less_than_two_whole_worlds_is_refused() -> None:
    run = {"a": np.ones((3, 2))}
    with pytest.raises(InputError, match="2 of 3 worlds have no figures"):
        whole_worlds(run, run, [0, 2])


def test_runs_without_figures_are_ruled_out_of_a_calibration() -> None:
    """One broken run would make every distance, and so every chance of acceptance, no number."""
    u, y = np.arange(8.0).reshape(4, 2), np.ones((4, 3))
    y[1, 2] = np.nan
    rounds = Rounds().plus(u, y, 1.0).plus(u, np.ones((4, 3)), 0.5)
    assert rounds.broken == (1, 0)
    together_u, together_y = rounds.together()
    assert together_u[:3].tolist() == u[[0, 2, 3]].tolist() and np.isfinite(together_y).all() and len(together_u) == 7
    with pytest.raises(InputError, match="none of the 4 runs"):
        Rounds().plus(u, np.full((4, 3), np.nan), 1.0)
    assert quantiles(np.array([1.0, np.nan, 3.0, 2.0])) == pytest.approx((1.1, 2.0, 2.9))
