"""Bridges, naive forecasts and scores by hand and by closed form; the forecast, its files, and the backtest's one-way
view of time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from experiments.forecast import bridges, forecast, naive, public_series, scoring
from experiments.forecast.bridges import Bridge
from experiments.forecast.forecast import COLUMNS, LEVELS, Runs
from experiments.forecast.public_series import SERIES, known
from sim.quarters import ordinal
from tests.experiments.conftest import Command

Z = ndtri(np.array(LEVELS))


def normal(mean: float, sd: float) -> np.ndarray:
    return mean + sd * Z


# --- bridges ----------------------------------------------------------------------------------------------------------


def _bridge(form: str, **more: object) -> Bridge:
    return Bridge(
        series="aws_revenue_usd_bn", metric="aws_ai_revenue_musd", form=form, source="test", window="2025Q1", **more
    )  # type: ignore[arg-type]


def test_the_rest_of_a_business_grows_on_its_line() -> None:
    """Reported 10, 12, 14, 16 with a modelled part of 2, 3, 4, 5: the rest 8, 9, 10, 11 rises by 1; no noise, no
    damping."""
    y = bridges.scale("rest", np.array([[10.0, 12.0, 14.0, 16.0]]), np.array([[2.0, 3.0, 4.0, 5.0]]))
    fitted = bridges.fit(_bridge("rest", trend=True), y)
    assert (fitted.level[0], fitted.slope[0], fitted.gap[0], fitted.sd[0]) == pytest.approx(
        (11.0, 1.0, 0.0, 0.0), abs=1e-12
    )
    ahead = bridges.ahead(_bridge("rest", trend=True), fitted, np.zeros((1, 3)))
    assert bridges.unscale("rest", ahead, np.array([[6.0, 7.0, 8.0]]))[0] == pytest.approx([18.0, 20.0, 22.0])


def test_a_damped_trend_and_a_gap_that_fades_by_hand() -> None:
    bridge = _bridge("rest", trend=True, damping=0.5, fade=0.5)
    fitted = bridges.Fit(np.array([10.0]), np.array([4.0]), np.array([2.0]), np.array([0.0]))
    found = bridges.ahead(bridge, fitted, np.zeros((1, 2)))[0]
    assert found == pytest.approx([10.0 + 4.0 * 0.5 + 2.0 * 0.5, 10.0 + 4.0 * 0.75 + 2.0 * 0.25])


def test_noise_builds_up_and_fades() -> None:
    found = bridges.wander(0.5, np.array([2.0, 1.0]), np.array([[1.0, 0.0, -1.0], [1.0, 1.0, 1.0]]))
    assert found.tolist() == [[2.0, 1.0, -1.5], [1.0, 1.5, 1.75]]


@pytest.mark.parametrize("form", ["ratio", "log-rest", "rest"])
def test_scale_and_unscale_are_inverse(form: str) -> None:
    reported, modelled = np.array([[9.0, 20.0]]), np.array([[4.0, 5.0]])
    assert bridges.unscale(form, bridges.scale(form, reported, modelled), modelled) == pytest.approx(reported)


def test_a_stock_keeps_its_additions_without_noise_and_never_falls_with_it() -> None:
    stock = np.array([[12.0, 15.0], [11.0, 14.0]])
    assert bridges.of_flow(10.0, np.full(2, 10.0), stock, np.zeros((2, 2))).tolist() == stock.tolist()
    noisy = bridges.of_flow(10.0, np.full(2, 10.0), stock, np.array([[np.log(2.0), 0.0], [0.0, np.log(0.5)]]))
    assert noisy == pytest.approx(np.array([[14.0, 17.0], [11.0, 12.5]]))


def test_a_modelled_part_is_cast_back_at_its_own_growth() -> None:
    found = forecast.backcast(np.array([[8.0, 16.0, 32.0, 64.0, 65.0]]), 7)
    assert found[0] == pytest.approx([2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 65.0])
    assert forecast.backcast(found, 3)[0] == pytest.approx([32.0, 64.0, 65.0])


def test_a_reported_series_is_spliced_at_the_origin() -> None:
    """Without noise, and with a modelled part that stands still from the origin on, the first quarter ahead is the last
    one reported, in every world: nothing is rescaled to another run."""
    bridge = _bridge("ratio", residual_sd=0.0, fade=1.0)
    reported = pd.Series([20.0, 22.0, 24.0, 30.0], index=["2025Q1", "2025Q2", "2025Q3", "2025Q4"])
    past, ahead = np.array([[3.0, 4.0, 4.0, 5.0], [5.0, 5.0, 6.0, 9.0]]), np.array([[5.0] * 5, [9.0] * 5])
    runs = Runs({bridge.metric: past}, {bridge.metric: ahead})
    found = forecast.company(bridge, reported, runs, np.zeros((2, 5)))
    assert found == pytest.approx(np.full((2, 5), 30.0))


def test_every_bridge_leads_to_a_series_and_fits_no_later_than_the_origin() -> None:
    names = set(bridges.declared())
    assert names <= set(SERIES) and len(names) == len(SERIES) - 2  # two shares follow from the stocks
    assert all(not one.window or ordinal(one.window) <= ordinal("2024Q1") for one in bridges.declared().values())


# --- naive forecasts --------------------------------------------------------------------------------------------------


def test_last_value_and_drift_by_hand() -> None:
    """1, 2, 4: steps 1 and 2. Last: 4, sigma^2 = (1 + 4) / 2. Drift: + 1.5 a quarter, sigma^2 = 0.5 / 1."""
    y = np.array([1.0, 2.0, 4.0])
    last, drift = naive.last_value(y, 2), naive.drift(y, 2)
    assert last.centre.tolist() == [4.0, 4.0]
    assert last.sd == pytest.approx(np.sqrt([2.5, 5.0]))
    assert drift.centre == pytest.approx([5.5, 7.0])
    assert drift.sd == pytest.approx(np.sqrt(0.5 * np.array([1.5, 4.0])))


def test_damped_smoothing_follows_a_line_and_levels_off() -> None:
    """On an exact line its one-step errors vanish only without damping, so that the fitted trend is nearly undamped
    and falls short."""
    found = naive.damped(np.arange(12.0), 4)
    assert 11.5 < found.centre[0] <= 12.0 + 1e-9
    assert np.all(np.diff(np.diff(found.centre)) < 0.0)
    assert np.all(np.diff(found.sd) >= 0.0)


def test_naive_quantiles_of_positive_series_stay_positive_and_in_order() -> None:
    found = naive.quantiles("drift", np.array([1.0, 0.4, 0.9, 0.2]), 6, np.array(LEVELS))
    assert np.all(found > 0.0) and np.all(np.diff(found, axis=1) > 0.0)


# --- what is known when -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", ["2024Q4", "2025Q4"])
def test_nothing_later_than_the_origin_is_known(last: str) -> None:
    found = known(last)
    assert set(found) == set(SERIES)
    for name, values in found.items():
        assert max(ordinal(q) for q in values.index) == ordinal(last), name


def test_shares_of_the_stock_are_shares_of_its_parts() -> None:
    found = known("2025Q4")
    total = sum(found[f"{family}_installed_h100e"]["2025Q4"] for family in public_series.FAMILIES)
    assert found["trainium_share_installed"]["2025Q4"] == pytest.approx(
        found["trainium_installed_h100e"]["2025Q4"] / total
    )
    assert found["trainium_share_of_aws"]["2025Q4"] == pytest.approx(1.02 / (1.02 + 1.43), rel=1e-3)


def test_gaps_cut_a_history() -> None:
    assert public_series.gapless(pd.Series([1.0, 2.0, 3.0], index=["2024Q4", "2023Q4", "2025Q1"])).tolist() == [
        1.0,
        3.0,
    ]


# --- the commands -----------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_a_forecast_has_every_series_and_quarter_and_scores_itself(command: Command) -> None:
    status, out, _ = command("forecast", "--to", "2026Q2", "--worlds", "4", "--workers", "1", "--out", "f.csv")
    assert status == 0 and "Not advice" in out
    made = pd.read_csv("f.csv")
    assert list(made.columns) == ["method", *COLUMNS] and made["method"].unique().tolist() == ["model", "combination"]
    other = made[made["method"] == "combination"]
    made = made[made["method"] == "model"]
    assert not np.array_equal(made[scoring.QUANTILES].to_numpy(), other[scoring.QUANTILES].to_numpy())
    assert (np.diff(other[scoring.QUANTILES].to_numpy(), axis=1) >= 0.0).all() and len(other) == len(made)
    assert made.groupby("series")["quarter"].apply(list).to_dict() == {name: ["2026Q1", "2026Q2"] for name in SERIES}
    assert (np.diff(made[scoring.QUANTILES].to_numpy(), axis=1) >= 0.0).all()
    facts = made[["series", "quarter", "unit"]].assign(value=made["p50"])
    facts.to_csv("facts.csv", index=False)
    status, out, _ = command("score", "f.csv", "facts.csv", "--out", "scores.csv")
    assert status == 0 and "within the 90 % band" in out
    scored = pd.read_csv("scores.csv")
    assert len(scored) == 2 * len(SERIES) and scored["within_50"].all()


@pytest.mark.slow
def test_a_forecast_is_the_same_however_many_processes_make_it() -> None:
    one = forecast.make("2026Q1", worlds=66, workers=1)
    two = forecast.make("2026Q1", worlds=66, workers=2)
    pd.testing.assert_frame_equal(one, two, check_exact=True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("forecast", "--to", "2025Q4"), ("--to = 2025Q4", "2026Q1")),
        (("forecast", "--to", "2099Q1"), ("--to = 2099Q1", "2040Q4")),
        (("forecast", "--to", "soon"), ("--to", "soon")),
        (("forecast", "--worlds", "1"), ("--worlds = 1",)),
        (("score", "none.csv", "none.csv"), ("none.csv", "does not exist")),
    ],
)
def test_wrong_words_are_one_sentence(command: Command, words: tuple[str, ...], said: tuple[str, ...]) -> None:
    status, _, err = command(*words)
    assert status == 2 and all(word in err for word in said), err
    assert list(Path().iterdir()) == []


def test_an_existing_file_is_kept(command: Command) -> None:
    Path("forecast.csv").write_text("mine", encoding="utf-8")
    status, _, err = command("forecast", "--to", "2026Q1")
    assert status == 2 and "--overwrite" in err
    assert Path("forecast.csv").read_text(encoding="utf-8") == "mine"
