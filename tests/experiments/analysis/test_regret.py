"""Regret by hand, states that are left out, and figures that are drawn with their data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.analysis import effects, regret, regret_terminal, where
from experiments.analysis.ensemble import Ensemble
from experiments.analysis.regret import HIGH, LOW
from sim.errors import InputError
from tests.experiments.analysis.made import OUTCOMES, design, written
from tests.experiments.conftest import Command

THREE = '[[strategies]]\nname = "default"\n[[strategies]]\nname = "harvest"\nseats = { aws = "harvest" }\n'
THREE += '[[strategies]]\nname = "land-grab"\nseats = { aws = "land-grab" }\n'
PAYS = np.array([[0.3, 0.1, 0.2, 0.2], [0.2, 0.2, 0.2, 0.2], [0.0, 0.4, 0.1, 0.2]])
"""Of three players in four worlds."""


def plain(shares: np.ndarray, worlds: np.ndarray, quarter: int) -> np.ndarray:
    return PAYS.copy()


def batch(folder: Path, **lost: object) -> Ensemble:
    path = design(folder, 0, "", 4, THREE)
    return Ensemble.open(written(folder, path, plain, **lost))  # type: ignore[arg-type]


def test_regret_by_hand(tmp_path: Path) -> None:
    made = batch(tmp_path)
    asked = where.condition("trainium_share_used >= 0.2", OUTCOMES)
    found = regret.regret(made, regret.options(made), (OUTCOMES[0], 2, HIGH), asked)
    default, harvest, grab = found.rows
    assert (default.name, harvest.name, grab.name) == ("default", "harvest", "land-grab")
    # best in each world: 0.3, 0.4, 0.2, 0.2
    assert (default.worst, harvest.worst, grab.worst) == pytest.approx((0.3, 0.2, 0.3))
    assert (default.mean, harvest.mean, grab.mean) == pytest.approx((0.3 / 4, 0.3 / 4, 0.4 / 4))
    assert harvest.p90 == pytest.approx(np.quantile([0.1, 0.2, 0.0, 0.0], 0.9))
    assert (default.best, harvest.best, grab.best) == (0.75, 0.5, 0.5)
    assert (default.met, harvest.met, grab.met) == (0.75, 1.0, 0.5)
    assert found.least_regret == "harvest" and default.worst_at == (0, 1) and grab.worst_at == (2, 0)
    assert grab.gain.mean == pytest.approx(PAYS[2].mean() - PAYS[0].mean())


def test_of_one_state_nobody_is_the_cautious_choice(tmp_path: Path) -> None:
    alone = Ensemble.open(written(tmp_path, design(tmp_path, 0, "", 1, THREE), lambda s, w, q: PAYS[:, :1].copy()))
    found = regret.regret(alone, regret.options(alone), (OUTCOMES[0], 2, HIGH), None)
    assert regret_terminal.remarks(found) == [
        "One state says nothing of others: no option is named; give the batch two worlds or more."
    ]
    fan = effects.differences(alone, OUTCOMES[0], regret.options(alone))[0]
    assert fan.mean[-1] == pytest.approx(-0.1) and np.isnan([fan.p5, fan.p95]).all() and fan.low is None


def test_all_who_share_the_smallest_largest_regret_are_named(tmp_path: Path) -> None:
    """Each gives up a quarter in one of two worlds."""
    equal = np.array([[0.5, 0.25], [0.25, 0.5], [0.25, 0.5]])
    path = design(tmp_path, 0, "", 2, THREE, name="same")
    same = Ensemble.open(written(tmp_path, path, lambda s, w, q: equal.copy()))
    found = regret.regret(same, regret.options(same), (OUTCOMES[0], 2, HIGH), None)
    assert regret_terminal.remarks(found) == ["All options have the same largest regret: it prefers none."]
    low = regret.regret(batch(tmp_path), regret.options(same), (OUTCOMES[0], 2, HIGH), None)
    assert regret_terminal.remarks(low) == ["Smallest largest regret: players harvest, at most 20.0 points."]


def test_what_is_wanted_low_is_the_mirror(tmp_path: Path) -> None:
    made = batch(tmp_path)
    found = regret.regret(made, regret.options(made), (OUTCOMES[0], 2, LOW), None)
    assert [row.worst for row in found.rows] == pytest.approx([0.3, 0.2, 0.3])
    assert np.isnan(found.rows[0].met)


@pytest.mark.whole
def test_a_state_without_a_figure_is_left_out_for_all_and_named(tmp_path: Path, command: Command) -> None:
    made = batch(tmp_path, broken=((2, 1),))
    found = regret.regret(made, regret.options(made), (OUTCOMES[0], 2, HIGH), None)
    assert (found.states, found.states_in_all) == (3, 4)
    assert [row.worst for row in found.rows] == pytest.approx([0.0, 0.1, 0.3])
    status, shown, _ = command("regret", str(made.folder), "--where", "trainium_share_used > 0.15", "--out", "r")
    assert status == 0 and "1 state of 4 left out for all options: 1 run lost (point 2, world 1" in shown
    assert pd.read_csv(tmp_path / "r" / "regret.csv")["states_left_out"].tolist() == [1, 1, 1]
    assert (tmp_path / "r" / "figures" / "regret.png").stat().st_size > 5000


def test_states_that_not_every_option_has_played_are_told_apart_from_lost_ones(
    tmp_path: Path, command: Command
) -> None:
    made = batch(tmp_path, broken=((2, 1),), unwanted=((0, 3), (0, 2)))
    found = regret.regret(made, regret.options(made), (OUTCOMES[0], 2, HIGH), None)
    assert (found.states, found.states_in_all, found.short) == (1, 4, 2)
    status, shown, _ = command("regret", str(made.folder))
    assert status == 0 and "3 states of 4 left out for all options: 1 run lost (point 2, world 1 (has" in shown
    assert "; 2 not played under every option, whose points have fewer worlds." in " ".join(shown.split())


def test_a_surface_compares_points_in_the_worlds_that_they_share(tmp_path: Path) -> None:
    """A plane, and a world whose luck is large: points that have not played it lie on the plane still."""
    path = design(tmp_path, 2, 'method = "full-factorial"\nlevels = 3\n', 3)
    luck = np.array([0.0, 0.0, 50.0])
    out = written(tmp_path, path, lambda x, worlds, quarter: x[:, :1] - x[:, 1:] + luck, unwanted=((0, 2), (4, 2)))
    laid = effects.surface(
        Ensemble.open(out), OUTCOMES[0], 2, ["porting_into_factor_trainium", "unit_cost_factor_nvidia"]
    )
    assert laid is not None and laid.explained == pytest.approx(1.0) and laid.at.max() == pytest.approx(1.0)


def test_a_batch_of_other_rules_is_said_in_one_line_and_compared_in_what_it_kept(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = batch(tmp_path)
    monkeypatch.setattr("experiments.batch.fingerprint.code", lambda: "0123456789ab")
    monkeypatch.setenv("COLUMNS", "80")
    status, shown, error = command("regret", str(made.folder))
    assert status == 0 and error.count("\n") == 1 and error.startswith("fully-booked: ") and "…" not in shown
    assert "was played by other rules (model" in error
    status, shown, error = command("compare", f"{made.folder}:default", f"{made.folder}:harvest")
    assert status == 0 and "trainium_share_used" in shown and "utilisation" in shown


def test_values_of_a_lever_are_options_where_they_are_crossed(tmp_path: Path) -> None:
    path = design(tmp_path, 2, 'method = "full-factorial"\nlevels = 3\n', 2)
    made = Ensemble.open(written(tmp_path, path, lambda x, worlds, quarter: x[:, :1] + 10.0 * x[:, 1:] + 0.0 * worlds))
    chosen = regret.options(made, "unit_cost_factor_nvidia")
    found = regret.regret(made, chosen, (OUTCOMES[0], 2, HIGH), None)
    assert chosen.names == ("1", "1.5", "2") and found.states == 3 * 2
    assert [row.worst for row in found.rows] == pytest.approx([10.0, 5.0, 0.0])
    with pytest.raises(InputError, match="unknown dimension 'price_elasticity'"):
        regret.options(made, "price_elasticity")


def test_a_sample_that_crosses_nothing_has_no_options(tmp_path: Path) -> None:
    path = design(tmp_path, 2, 'method = "latin-hypercube"\npoints = 8\n', 2)
    made = Ensemble.open(written(tmp_path, path, lambda x, worlds, quarter: x[:, :1] + 0.0 * worlds))
    with pytest.raises(InputError, match="nothing in its design can be chosen"):
        regret.options(made)


def test_swings_and_the_surface_of_a_plane(tmp_path: Path) -> None:
    """Three levels of two numbers: ends lie one step of the whole range apart, and a plane is found whole."""
    path = design(tmp_path, 2, 'method = "full-factorial"\nlevels = 3\n', 2)
    made = Ensemble.open(written(tmp_path, path, lambda x, worlds, quarter: x[:, :1] - 4.0 * x[:, 1:] + 0.1 * worlds))
    wide, narrow = effects.swings(made, OUTCOMES[0], 2)
    assert (wide.name, narrow.name) == ("unit_cost_factor_nvidia", "porting_into_factor_trainium")
    assert (wide.low.mean, wide.high.mean) == pytest.approx((2.0, -2.0))
    assert (narrow.low.mean, narrow.high.mean) == pytest.approx((-0.5, 0.5))
    laid = effects.surface(made, OUTCOMES[0], 2, [wide.name, narrow.name])
    assert laid is not None and laid.explained == pytest.approx(1.0)
    assert laid.fitted[0, 0] == pytest.approx(0.05) and laid.fitted[-1, -1] == pytest.approx(-2.95)


def test_paired_differences_hold_nothing_of_what_all_share(tmp_path: Path) -> None:
    """A world's own luck is a hundred times the effect, and cancels."""
    path = design(tmp_path, 0, "", 4, THREE)
    luck = np.array([100.0, -50.0, 0.0, 7.0])
    made = Ensemble.open(written(tmp_path, path, lambda x, worlds, quarter: luck + np.array([[0.0], [1.0], [-2.0]])))
    apart = effects.differences(made, OUTCOMES[0], regret.options(made))
    assert [one.mean[-1] for one in apart] == pytest.approx([1.0, -2.0])
    assert (
        apart[0].low is not None and apart[0].low[-1] == pytest.approx(1.0) and apart[0].p95[-1] == pytest.approx(1.0)
    )


@pytest.mark.whole
def test_every_figure_has_its_data_beside_it(tmp_path: Path, command: Command) -> None:
    path = design(tmp_path, 2, 'method = "full-factorial"\nlevels = 3\n', 2, THREE)
    out = written(
        tmp_path, path, lambda x, worlds, quarter: x[:, :1] * x[:, 1:] + 0.1 * worlds * quarter, broken=((1, 1),)
    )
    status, shown, _ = command("figures", str(out), "--out", "f")
    assert status == 0 and "1 run of 54 lost" in shown
    names = {"fans", "differences", "regret", "tornado", "surface"}
    made = {one.name for one in (tmp_path / "f").iterdir()}
    assert {f"{name}{end}" for name in names for end in (".png", ".svg", ".csv")} <= made
    fans = pd.read_csv(tmp_path / "f" / "fans.csv")
    assert len(fans) == 3 * 2 and set(fans["option"]) == {"default", "harvest", "land-grab"}
    assert "names are labels" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("regret", "--want", "higher"), "--want: unknown wish 'higher'. Closest: 'high'."),
        (("regret", "--options", "player"), "--options: unknown dimension 'player'. Closest: 'players'."),
        (("regret", "--outcome", "utilization"), "--outcome: unknown outcome 'utilization'. Closest: 'utilisation'."),
        (("figures", "--surface", "a,b"), "--surface: unknown number 'a'."),
        (("sensitivity",), "sensitivity needs [sample] method = 'sobol' or 'morris'"),
        (("sensitivity", "--at", "q2,q2"), "--at: quarter 'q2' is given twice"),
    ],
)
def test_wrong_input_is_one_sentence(tmp_path: Path, command: Command, words: tuple[str, ...], said: str) -> None:
    made = batch(tmp_path)
    status, _, told = command(words[0], str(made.folder), *words[1:])
    assert status == 2 and said in told and len(told.splitlines()) == 1
