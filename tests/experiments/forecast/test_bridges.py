"""Bridges at inner values, and from the modelled part to the public figure: every number is worked out here."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from experiments.forecast import bridges, forecast, public_series
from experiments.forecast.bridges import Bridge, Fit
from experiments.forecast.forecast import LEVELS, Runs
from sim.streams import Streams


def bridge(form: str, **more: object) -> Bridge:
    return Bridge(series="aws_revenue_usd_bn", metric="m", form=form, source="test", window="2025Q1", **more)


# --- bridges ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "y"),
    [("ratio", math.log(9.0 / 4.0)), ("log-rest", math.log(5.0)), ("rest", 5.0), ("noise", math.log(2.25))],
)
def test_a_bridge_is_what_its_form_says(form: str, y: float) -> None:
    found = bridges.scale(form, 9.0, np.array([4.0]))
    assert found == pytest.approx([y])
    assert bridges.unscale("ratio" if form == "noise" else form, found, np.array([4.0])) == pytest.approx([9.0])


def test_what_is_more_than_reported_or_nothing_keeps_logarithms_finite() -> None:
    assert bridges.scale("log-rest", 3.0, np.array([5.0])) == pytest.approx([math.log(1e-6)])
    assert bridges.scale("ratio", 3.0, np.array([0.0])) == pytest.approx([math.log(3e6)])
    assert bridges.scale("rest", 3.0, np.array([5.0])).tolist() == [-2.0]


@pytest.mark.parametrize("worlds", [1, 3])
def test_a_line_is_numpys_line_read_at_its_last_point(worlds: int) -> None:
    y = np.array([[1.0, 4.0, 2.0, 7.0], [3.0, 3.0, 3.0, 3.0], [9.0, 5.0, 4.0, 1.0]])[:worlds]
    level, slope = bridges.line(y)
    for k in range(worlds):
        wanted = np.polyfit(np.arange(4.0), y[k], 1)
        assert (slope[k], level[k]) == pytest.approx((wanted[0], np.polyval(wanted, 3.0)), abs=1e-12)


def test_a_fit_with_a_trend_leaves_a_gap_and_a_spread() -> None:
    """1, 2, 3, 6: the line 1.6 a quarter, 5.4 at the end; left 0.4, −0.2, −0.8, 0.6. With a fade of 0.5 surprises are
    −0.4, −0.7, 1.0:
    0.16 + 0.49 + 1.0 = 1.65 over 4 − 2 − 1 degrees of freedom."""
    found = bridges.fit(bridge("rest", trend=True, fade=0.5), np.array([[1.0, 2.0, 3.0, 6.0]]))
    assert (found.level[0], found.slope[0], found.gap[0]) == pytest.approx((5.4, 1.6, 0.6))
    assert found.sd[0] == pytest.approx(math.sqrt(1.65))


def test_a_fit_without_a_trend_has_one_degree_more() -> None:
    """1, 2, 3, 6: the mean of 3; left −2, −1, 0, 3. Surprises with a fade of 1: 1, 1, 3: 11 over 4 − 2."""
    found = bridges.fit(bridge("rest", fade=1.0), np.array([[1.0, 2.0, 3.0, 6.0]]))
    assert (found.level[0], found.slope[0], found.gap[0], found.sd[0]) == pytest.approx((3.0, 0.0, 3.0, math.sqrt(5.5)))
    declared = bridges.fit(bridge("rest", residual_sd=0.25), np.array([[1.0, 2.0, 3.0, 6.0]] * 2))
    assert declared.sd.tolist() == [0.25, 0.25]


def test_the_quarters_ahead_by_hand() -> None:
    """Level 10, slope 4 damped by 0.5, a gap of 2 that fades by 0.8, noise of 0.5 with draws of 1 and −2:
    10 + 2 + 1.6 + 0.5; 10 + 3 + 1.28 + (0.8 x 0.5 − 1)."""
    fitted = Fit(np.array([10.0]), np.array([4.0]), np.array([2.0]), np.array([0.5]))
    found = bridges.ahead(bridge("rest", trend=True, damping=0.5, fade=0.8), fitted, np.array([[1.0, -2.0]]))
    assert found[0] == pytest.approx([14.1, 13.68])


@pytest.mark.parametrize(
    ("path", "quarters", "wanted"),
    [([2.0, 4.0, 9.0, 11.0], 1, [2.0, 4.0, 9.0, 11.0]), ([2.0, 4.0, 9.0, 11.0], 3, [2.0, 3.0, 5.0, 8.0]),
     ([2.0, 4.0], 5, [2.0, 3.0])],
)  # fmt: skip
def test_a_smoothed_path_is_the_mean_of_so_many_quarters(path: list[float], quarters: int, wanted: list[float]) -> None:
    assert bridges.smoothed(np.array([path]), quarters)[0] == pytest.approx(wanted)


def test_a_ratio_goes_back_slowly_to_the_mean_of_the_last_quarters() -> None:
    """ln 9, 9, 9, 1, 2, 3, 4 in logs: the last four have the mean 2.5, whatever was before; from 4 the way back is
    1.5 x 0.9, 1.5 x 0.81."""
    y = np.array([[9.0, 9.0, 9.0, 1.0, 2.0, 3.0, 4.0]])
    given = bridge("ratio", fade=0.9, residual_sd=0.0)
    found = bridges.fit(given, y)
    assert (found.level[0], found.gap[0]) == pytest.approx((2.5, 1.5))
    assert bridges.ahead(given, found, np.zeros((1, 2)))[0] == pytest.approx([2.5 + 1.35, 2.5 + 1.215])
    whole = bridges.fit(bridge("ratio", near=0, residual_sd=0.0), y)
    assert whole.level[0] == pytest.approx(37.0 / 7.0)


def test_spreads_are_drawn_towards_the_mean_of_all() -> None:
    """Spreads 0.2 on 2 degrees and 0.5 on 6: the mean square is (0.08 + 1.5) / 8 = 0.1975, which lends two degrees to
    each."""
    found = bridges.pooled({"a": (0.2, 2), "b": (0.5, 6)})
    assert found == pytest.approx({"a": math.sqrt((0.08 + 0.395) / 4.0), "b": math.sqrt((1.5 + 0.395) / 8.0)})


def test_a_stock_grows_by_additions_with_their_noise() -> None:
    """From 10: additions 2 and 3, times 2 and 1/3; the world itself has 11 at the origin."""
    found = bridges.of_flow(10.0, np.array([11.0]), np.array([[13.0, 16.0]]), np.log([[2.0, 1.0 / 3.0]]))
    assert found[0] == pytest.approx([14.0, 15.0])


# --- from the modelled part to the figure -----------------------------------------------------------------------------


def test_a_modelled_part_before_its_run_grows_as_in_the_first_year() -> None:
    """Logs of 1, 2, 2, 4 rise by 0.6 ln 2 a quarter on their line."""
    found = forecast.backcast(np.array([[1.0, 2.0, 2.0, 4.0, 9.0]]), 7)
    rate = np.polyfit(np.arange(4.0), np.log([1.0, 2.0, 2.0, 4.0]), 1)[0]
    assert rate == pytest.approx(0.6 * math.log(2.0))
    assert found[0] == pytest.approx([math.exp(-2.0 * rate), math.exp(-rate), 1.0, 2.0, 2.0, 4.0, 9.0])


def test_a_company_ahead_is_its_modelled_part_and_its_rest() -> None:
    """Reported 30, 32, 34, 36; a modelled part of 4 in every quarter and world: the rest is 32 at the end and rises by
    2, damped by a
    half. Ahead the part is 8 and then 12 (times the scale)."""
    given = bridge("rest", trend=True, damping=0.5, residual_sd=0.0, scale=0.001)
    reported = pd.Series([20.0, 30.0, 32.0, 34.0, 36.0], index=["2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4"])
    flat = np.full((2, 4), 4000.0)
    found = forecast.company(given, reported, Runs({"m": flat}, {"m": flat}), np.zeros((2, 4)))
    assert found[0] == pytest.approx([36.0 + 1.0, 36.0 + 1.5, 36.0 + 1.75, 36.0 + 1.875])
    noise = forecast.company(
        bridge("noise", residual_sd=0.5, fade=0.0),
        reported,
        Runs({}, {"m": np.array([[3.0, 5.0]])}),
        np.array([[2.0, -1.0]]),
    )
    assert noise[0] == pytest.approx([3.0 * math.e, 5.0 * math.exp(-0.5)])


def test_shares_are_of_the_stocks_forecast_and_awss_nvidia_has_the_noise_of_all_nvidia(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nvidia's stock of 100 grows by 10 in the model (whose estimate is 5 too high) and by 20 with its noise: AWS's, 30
    at first, grows by twice the modelled 4 (from what it has there: 36 − 32)."""
    monkeypatch.setattr(public_series, "aws_nvidia", lambda quarter: 30.0)
    facts = {"nvidia_installed_h100e": pd.Series([100.0])}
    found = {
        "nvidia_installed_h100e": np.array([[120.0]]),
        "tpu_installed_h100e": np.array([[20.0]]),
        "trainium_installed_h100e": np.array([[50.0]]),
        "amd_installed_h100e": np.array([[10.0]]),
    }
    ahead = {
        "aws_delivered_h100e": np.array([[76.0]]),
        "trainium_delivered_h100e": np.array([[40.0]]),
        "nvidia_delivered_h100e": np.array([[115.0]]),
    }
    past = {
        "aws_delivered_h100e": np.array([[9.0, 50.0]]),
        "trainium_delivered_h100e": np.array([[1.0, 18.0]]),
        "nvidia_delivered_h100e": np.array([[80.0, 105.0]]),
    }
    shares = forecast._shares(forecast.TODAY, Runs(past, ahead), found, facts)
    assert shares["trainium_share_installed"] == pytest.approx(np.array([[50.0 / 200.0]]))
    assert shares["trainium_share_of_aws"] == pytest.approx(np.array([[50.0 / (50.0 + 30.0 + 8.0)]]))


def test_noise_is_drawn_by_series_and_a_world_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, np.ndarray] = {}

    def company(bridge: Bridge, reported: object, runs: Runs, normal: np.ndarray) -> np.ndarray:
        drawn[bridge.series] = normal
        return normal

    monkeypatch.setattr(forecast, "company", company)
    monkeypatch.setattr(forecast, "_shares", lambda *given: {})
    metrics = {one.metric for one in bridges.declared().values()}
    ahead = {name: np.full((3, 2), 1e9) * np.array([1.0, 2.0]) for name in metrics}
    forecast.paths(forecast.TODAY, Runs(ahead, ahead, broken=(1,)), seed=4)
    for name, normal in drawn.items():
        whole = Streams(4, 0, 4).at("forecast", name, 0).normal(forecast.LONGEST_GAME)[:, :2]
        assert np.array_equal(normal, whole[[0, 2, 3]])
    assert len({one.tobytes() for one in drawn.values()}) == len(drawn) > 5


def test_quantiles_by_weight() -> None:
    """Weights 0.2, 0.5, 0.3 of 3, 1, 2: 1 holds the lower half, 2 up to 0.8, 3 the rest."""
    found = forecast.quantiles(np.array([[3.0], [1.0], [2.0]]), (0.4, 0.7, 0.9), np.array([0.2, 0.5, 0.3]))
    assert found[:, 0].tolist() == [1.0, 2.0, 3.0]


def test_the_bridge_of_all_worlds_is_that_of_the_weightiest() -> None:
    """A world that weighs nothing does not move the common bridge: a rest of 32 that rises by 2 in the other two."""
    given = bridge("rest", trend=True, residual_sd=0.0)
    reported = pd.Series([30.0, 32.0, 34.0, 36.0], index=["2025Q1", "2025Q2", "2025Q3", "2025Q4"])
    past = np.array([[4.0] * 4, [4.0] * 4, [9.0, 20.0, 1.0, 4.0]])
    weights = np.array([0.5, 0.5, 0.0])
    found = forecast.company(given, reported, Runs({"m": past}, {"m": np.full((3, 2), 4.0)}, weights), np.zeros((3, 2)))
    assert found[0] == pytest.approx([38.0, 40.0])


def test_a_table_of_quantiles_over_worlds() -> None:
    """Twenty-one worlds 0 to 20: quantiles are twenty times their level."""
    found = {name: np.arange(21.0)[:, None] * np.array([1.0, 2.0]) for name in public_series.SERIES}
    table = forecast.table(forecast.TODAY, found)
    first = table[table["series"] == "aws_revenue_usd_bn"]
    assert first["quarter"].tolist() == ["2026Q1", "2026Q2"] and first["unit"].tolist() == ["USD bn"] * 2
    assert first.iloc[0][list(forecast.COLUMNS[3:])].tolist() == pytest.approx([20.0 * level for level in LEVELS])
    assert first.iloc[1]["p90"] == pytest.approx(36.0) and len(table) == 2 * len(public_series.SERIES)


def test_a_forecast_reaches_from_the_next_quarter_to_the_longest_game() -> None:
    assert [forecast.quarters_to(to) for to in ("2026Q1", "2027Q4", "2040Q4")] == [1, 8, 60]
