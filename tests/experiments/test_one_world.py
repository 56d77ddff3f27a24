"""One world has no interval, no band and no verdict, wherever worlds are compared; several that agree have all
three."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.batch.engine import Size
from experiments.bots import terminal
from experiments.bots.grading import Step
from experiments.bots.tournament import Outcome, Rules
from experiments.calibration.posterior import spread_ratio, verdict
from experiments.calibration.tables import quantiles
from experiments.claims import verdicts
from experiments.forecast import forecast
from experiments.forecast.forecast import Runs
from experiments.pages import grades
from experiments.play import aftermath
from experiments.stats import estimate
from experiments.study import record
from experiments.study.design import read
from experiments.study.findings import UNDECIDED, Seen, judge
from experiments.study.influence import FEWEST
from experiments.study.terminal import short
from experiments.whatif import trials
from experiments.whatif.outcomes import OUTCOMES
from sim.errors import InputError
from tests.experiments.conftest import Command
from tests.game.play import BASE

SHARE = "trainium_share_used"
ALONE, AGREED = estimate(np.array([0.7])), estimate(np.full(3, 0.7))
NO_INTERVAL = "one world: no interval"


# --- study ------------------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_a_study_of_one_world_gives_no_verdict(command: Command) -> None:
    """After five quarters each of the four changes has begun to act; of one that has not, another sentence is said."""
    status, out, _ = command("study", "--quick", "--worlds", "1", "--quarters", "5", "--workers", "1", "--out", "s")
    assert status == 0 and "One world: no interval and no verdict; play two worlds or more." in out
    assert " ".join(out.split()).count(f" % ({NO_INTERVAL}). Measured") == 4 and out.count("No verdict") == 4
    assert not any(
        word in out for word in ("takes Trainium", "leaves Trainium", "about a", "±0.00", "Economics", "A queue")
    )
    for name in ("effects", "levels"):
        table = pd.read_csv(f"s/{name}.csv")
        assert table[["low", "high", "p5", "p95"]].isna().to_numpy().all()
        assert table[["mean", "median"]].notna().to_numpy().all() and set(table["worlds"]) == {1}
    report = Path("s/report.html").read_text(encoding="utf-8")
    assert "One world: no interval and no verdict" in report and "no verdict</span>" in report and ">nan" not in report

    def refused(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    summary = json.loads(Path("s/summary.json").read_text(encoding="utf-8"), parse_constant=refused)
    assert {finding["verdict"] for finding in summary["findings"]} == {UNDECIDED}
    assert summary["findings"][0]["core"]["low"] is None


def test_a_finding_of_one_world_is_undecided_and_of_several_that_agree_is_not() -> None:
    design = read()
    nothing = estimate(np.zeros(3))
    seen = Seen(AGREED, AGREED, nothing, nothing, False, {}, ("1 of 3", "1 of 3"))
    assert judge(design, seen)[0] == "moves"
    assert judge(design, replace(seen, used=ALONE, core=ALONE)) == (UNDECIDED, "No verdict: play two worlds or more.")
    apart = {"up": ALONE, "down": estimate(np.array([-0.7]))}  # parts of one world do not pull apart
    assert judge(design, replace(seen, used=nothing, alone=apart))[0] == "economics"
    assert (short(ALONE), short(AGREED)) == ("+0.70 ±–", "+0.70 ±0.00")


@pytest.mark.whole
def test_influence_wants_two_worlds_in_each_third() -> None:
    with pytest.raises(InputError, match=f"influence: 5 worlds have figures; {FEWEST} or more are needed"):
        record.measure_influence(1, worlds=5, quarters=1)


# --- claims -----------------------------------------------------------------------------------------------------------


def reading(values: list[float]) -> verdicts.Reading:
    one = estimate(np.array(values))
    return verdicts.Reading(OUTCOMES[SHARE], 4, "2026Q4", "baseline", 6.0, one.mean, one.low, one.high, one)


@pytest.mark.parametrize("rule", ["rises", "falls", "holds", "above"])
def test_a_claim_is_not_decided_by_one_world(rule: str) -> None:
    by = {"rises": 0.2, "falls": 0.2, "holds": 2.0, "above": 0.2}[rule]
    assert verdicts.decide(rule, by, reading([0.7]), queue=True) == verdicts.UNDECIDED
    assert verdicts.decide(rule, by, reading([0.7, 0.7]), queue=False) != verdicts.UNDECIDED
    assert verdicts.decide("consequence", 0.0, reading([0.7]), queue=False) == verdicts.NOT_TESTABLE
    assert reading([0.7]).words == f"+0.70 points ({NO_INTERVAL})"


def test_an_experiment_of_one_world_is_told_without_an_interval() -> None:
    measured = trials.measure([trials.read()["cost-edge"]], Size(1, 2))
    assert measured.table[["low", "high", "p5", "p95", "level_low", "level_high"]].isna().to_numpy().all()
    seen = verdicts.Seen(measured.table)

    class Test:
        experiment, outcome, rule, by, at = "cost-edge", SHARE, "rises", 0.2, 2

    found = verdicts.judge(Test(), seen)
    assert found.code == verdicts.UNDECIDED and NO_INTERVAL in found.sentence and "(one world)" in found.short


# --- tournament and grades --------------------------------------------------------------------------------------------


def outcome(payoff: Any) -> Outcome:
    payoff = np.array(payoff, dtype=float)
    asked = Rules(BASE, "cloud", "aws", ("build-to-demand", "harvest"), Size(payoff.shape[2], 1))
    return Outcome(asked, payoff)


@pytest.mark.whole
def test_a_tournament_of_one_world_names_no_winner(command: Command) -> None:
    words = ("--role", "cloud", "--strategy", "harvest", "--worlds", "1", "--quarters", "1", "--workers", "1")
    status, out, _ = command("tournament", *words)
    assert status == 0 and NO_INTERVAL in out and "no best response or equilibrium is named" in " ".join(out.split())
    assert out.count("*") == 1 and "symmetric" not in out  # the star of the heading, and none beside a number


def test_two_worlds_that_agree_name_one() -> None:
    payoff = [[[10.0, 10.0], [20.0, 20.0]], [[30.0, 30.0], [4.0, 4.0]]]
    assert outcome(payoff).best_responses() == {"build-to-demand": ("harvest",), "harvest": ("build-to-demand",)}
    assert outcome(np.array(payoff)[:, :, :1]).best_responses() == {}
    assert "95 % interval" not in str(terminal.report(outcome(np.array(payoff)[:, :, :1]))[-1])


def test_a_grade_of_one_world_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Step("cloud", "aws", "novice", "steady", ALONE)
    assert not step.holds and Step("cloud", "aws", "novice", "steady", AGREED).holds
    assert f"| {NO_INTERVAL} | 1 | **no** |" in grades.table([step])
    monkeypatch.setattr("sys.argv", ["grades", "1"])
    with pytest.raises(SystemExit, match="two worlds or more"):
        grades.main()


# --- forecast, calibration, the end of a game -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [("forecast",), ("validate", "--backtest"), ("validate", "--theory"), ("claims", "--run")]
)
def test_commands_that_judge_ask_for_more_worlds_than_one(command: Command, words: tuple[str, ...]) -> None:
    status, out, err = command(*words, "--worlds", "1")
    assert (status, out) == (2, "") and "--worlds = 1 is not allowed; give a whole number from" in err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(("worlds", "told"), [(19, True), (20, False)])
def test_a_forecast_of_few_worlds_says_so(monkeypatch: pytest.MonkeyPatch, worlds: int, told: bool) -> None:
    """A twentieth of nineteen worlds is less than one."""
    monkeypatch.setattr(forecast, "play", lambda *given: Runs({}, {}))
    monkeypatch.setattr(forecast, "paths", lambda *given: {})
    monkeypatch.setattr(forecast, "table", lambda *given: pd.DataFrame())
    notes: list[str] = []
    forecast.make("2026Q1", worlds, listener=forecast.Listener(tell=notes.append))
    assert bool(notes) == told and all("19 worlds: the outer quantiles" in line for line in notes)


def test_one_accepted_run_identifies_nothing() -> None:
    ratio = spread_ratio(np.full((1, 2), 0.5))
    assert np.isnan(ratio).all() and verdict(float(ratio[0])) == "cannot say"
    assert verdict(float(spread_ratio(np.array([[0.5], [0.51]]))[0])) == "identified"
    assert np.isnan(quantiles(np.array([3.0]))).tolist() == [True, False, True]


def test_the_end_of_a_game_gives_no_verdict_on_one_world() -> None:
    """One world of three has figures for both; of three whole ones all count."""
    columns = {who: [1e3, 2e3, 4e3] for who in aftermath.HOLDERS} | {aftermath.DEFAULT: [1e3, np.nan, np.nan]}
    table = pd.concat(
        [pd.DataFrame({"holder": who, "world": range(3), "objective": column}) for who, column in columns.items()]
    )
    against_default, against_skilled = aftermath.verdicts(table)
    assert against_default == (
        "Against the default strategy: no verdict (one world: no interval). 2 of 3 worlds have no figures."
    )
    assert against_skilled == "Against the skilled bot: the same in every world."


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_one_world_is_no_mean_and_one_quarter_no_quarters(command: Command) -> None:
    short = ("--worlds", "1", "--quarters", "1", "--workers", "1")
    _, ran, _ = command("run", "history", *short, "--out", "r")
    _, met, _ = command("tournament", "--role", "regulator", "--strategy", "hands-off", *short)
    said = " ".join((ran + met).split())
    assert "history: one world, seed 1" in said and "scenario baseline: 1 world, 1 quarter, seed 1." in said
    assert "1 worlds" not in said and "1 quarters" not in said
