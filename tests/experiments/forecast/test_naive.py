"""Naive forecasts and scores at inner values, worked out by another way than the code's; and how they are told."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from experiments.forecast import naive, scoring, wording
from experiments.forecast.forecast import LEVELS

Z = ndtri(np.array(LEVELS))


# --- naive forecasts --------------------------------------------------------------------------------------------------


def test_smoothing_by_hand() -> None:
    """1, 2, 4 with weights of 0.5, 0.2 and a damping of 0.8. Level 1, slope 1: expected 1.8, error 0.2; level 1.9,
    slope 0.84;
    expected 2.572, error 1.428; level 3.286, slope 0.9576."""
    errors, level, slope = naive.smooth(np.array([1.0, 2.0, 4.0]), 0.5, 0.2, 0.8)
    assert errors == pytest.approx([0.2, 1.428]) and (level, slope) == pytest.approx((3.286, 0.9576))


def test_weights_of_a_point_of_the_cube() -> None:
    assert naive._weights(np.array([0.6, 0.5, 0.25])) == pytest.approx((0.6, 0.3, 0.8 + 0.18 * 0.25))


def test_damped_smoothing_ahead_by_the_weights_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """With those weights: level 3.286 + 0.9576 (0.8 + 0.64 + ...); spread of the errors over max(2 − 3, 1) degrees,
    wider by
    c_1 = 0.5 + 0.2 x 0.8 and c_2 = 0.5 + 0.2 x 0.8 x 1.8."""
    monkeypatch.setattr(naive, "_weights", lambda point, damping: (0.5, 0.2, 0.8))
    found = naive.damped(np.array([1.0, 2.0, 4.0]), 3)
    assert found.centre == pytest.approx([3.286 + 0.9576 * k for k in (0.8, 1.44, 1.952)])
    sigma = math.sqrt(0.04 + 1.428**2)
    assert found.sd == pytest.approx(
        [sigma, sigma * math.sqrt(1.0 + 0.66**2), sigma * math.sqrt(1.0 + 0.66**2 + 0.788**2)]
    )


def test_a_local_trend_goes_on_by_the_weights_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights 0.5, 0.2 and no damping on 1, 2, 4: from level 1 and slope 1 errors 0 and 1, level 3.5, slope 1.2; spread
    over max(2 − 2, 1) degrees, wider by c_1 = 0.7 and c_2 = 0.9."""
    asked: list[tuple[float, float]] = []

    def weights(point: np.ndarray, damping: tuple[float, float]) -> tuple[float, float, float]:
        asked.append(damping)
        return (0.5, 0.2, 1.0)

    monkeypatch.setattr(naive, "_weights", weights)
    found = naive.local_trend(np.array([1.0, 2.0, 4.0]), 3)
    assert set(asked) == {(1.0, 1.0)} and found.centre == pytest.approx([4.7, 5.9, 7.1])
    assert found.sd == pytest.approx([1.0, math.sqrt(1.49), math.sqrt(1.49 + 0.81)])


def test_the_weights_are_those_of_least_errors() -> None:
    """No point of a grid over the cube has smaller errors than the one found."""
    y = np.array([1.0, 1.5, 1.2, 2.4, 2.0, 3.1, 2.9, 3.8])
    found = naive.damped(y, 1)

    def errors(a: float, b: float, p: float) -> float:
        return float((naive.smooth(y, *naive._weights(np.array([a, b, p])))[0] ** 2).sum())

    best = min(
        errors(a, b, p)
        for a in np.linspace(0.01, 0.99, 9)
        for b in np.linspace(0.01, 0.99, 9)
        for p in (0.01, 0.5, 0.99)
    )
    assert found.sd[0] ** 2 * (len(y) - 1 - naive.WEIGHTS) <= best * 1.001


def test_naive_quantiles_are_in_logarithms_above_zero_only() -> None:
    """Last value of 1, 2, 4, 8: ln 2 a step, so 8 times 2 to the normal quantile. Of 1, 0, 1, −2: steps −1, 1, −3, so
    −2 ± root of 11/3."""
    found = naive.quantiles("last", np.array([1.0, 2.0, 4.0, 8.0]), 1, np.array([0.25, 0.5]))
    assert found[0] == pytest.approx([8.0 * 2.0 ** float(ndtri(0.25)), 8.0])
    below = naive.quantiles("last", np.array([1.0, 0.0, 1.0, -2.0]), 1, np.array([0.5, 0.75]))
    assert below[0] == pytest.approx([-2.0, -2.0 + math.sqrt(11.0 / 3.0) * float(ndtri(0.75))])


# --- scores -----------------------------------------------------------------------------------------------------------


def test_a_distribution_goes_through_its_quantiles_and_on_in_a_straight_line() -> None:
    """Four equal steps: probabilities 1/8, 3/8, 5/8, 7/8. Between two quantiles linear in the normal score."""
    quantiles = np.array([[1.0, 2.0, 4.0, 5.0, 9.0, 11.0, 12.0]])
    found = scoring.spread_out(quantiles, 4)[0]
    wanted = np.interp(ndtri([0.125, 0.375, 0.625, 0.875]), Z, quantiles[0])
    assert found == pytest.approx(wanted)
    outer = scoring.spread_out(quantiles, 100)[0]
    low, high = ((y[1] - y[0]) / (z[1] - z[0]) for y, z in (((1.0, 2.0), Z[:2]), ((11.0, 12.0), Z[5:])))
    assert outer[0] == pytest.approx(1.0 + low * (float(ndtri(0.005)) - Z[0]))
    assert outer[-1] == pytest.approx(12.0 + high * (float(ndtri(0.995)) - Z[-1]))


@pytest.mark.parametrize("fact", [-3.0, 0.4, 5.2, 30.0])
def test_a_score_is_that_of_its_definition(fact: float) -> None:
    """Mean distance to the fact less half the mean distance of any two values."""
    quantiles = np.array([[1.0, 2.0, 4.0, 5.0, 9.0, 11.0, 12.0]])
    x = scoring.spread_out(quantiles)[0]
    wanted = np.abs(x - fact).mean() - 0.5 * np.abs(x[:, None] - x[None, :]).mean()
    assert scoring.crps(quantiles, np.array([fact]))[0] == pytest.approx(wanted)


def test_a_short_history_is_judged_and_one_with_a_gap_is_cut() -> None:
    """0.08 a quarter in logs, growing with the root of time, about the last value."""
    quotes = pd.Series([3.0, 2.0, 5.0, 1.5], index=["2023Q4", "2025Q2", "2025Q3", "2025Q4"])
    found = scoring.naive_quantiles("last", quotes, 4)
    assert found is not None
    assert found[0] == pytest.approx(1.5 * np.exp(0.08 * Z)) and found[3] == pytest.approx(1.5 * np.exp(0.16 * Z))
    assert scoring.naive_quantiles("damped", quotes, 1) is None
    whole = pd.Series([1.0, 2.0, 4.0, 8.0], index=["2025Q1", "2025Q2", "2025Q3", "2025Q4"])
    assert scoring.naive_quantiles("drift", whole, 1)[0] == pytest.approx(
        naive.quantiles("drift", whole.to_numpy(), 1, np.array(LEVELS))[0]
    )


def test_a_summary_is_by_series_in_the_order_of_the_record() -> None:
    """Scores 1 and 3 against 4 and 4: skill 1/2; a naive forecast that lacks once is compared
    with where it is: 3 against 1."""
    names = ("aws_revenue_usd_bn", "trainium_share_of_aws")
    rows = [
        (names[0], "USD bn", 1.0, 4.0, 2.0, np.nan, True, True, True),
        (names[0], "USD bn", 3.0, 4.0, 6.0, 1.0, False, True, True),
        (names[1], "0-1", 0.2, 0.1, 0.0, 0.2, False, False, True),
    ]
    scored = pd.DataFrame(
        rows, columns=["series", "unit", "crps", "crps_last", "crps_drift", "crps_damped", *scoring.BANDS]
    )
    table = scoring.summary(scored).set_index("series")
    assert table.index.tolist() == [names[1], names[0]]
    assert table.loc[names[0], ["facts", "crps", "skill_last", "skill_drift"]].tolist() == [2, 2.0, 0.5, 0.5]
    assert table.loc[names[0], "skill_damped"] == pytest.approx(1.0 - 3.0 / 1.0)
    assert table.loc[names[1], ["skill_last", "skill_drift", "skill_damped"]].tolist() == [-1.0, -np.inf, 0.0]
    assert table.loc[names[0], list(scoring.BANDS)].tolist() == [0.5, 1.0, 1.0]
    assert wording.rows(table.reset_index())[1] == (
        "aws_revenue_usd_bn",
        "2",
        "2",
        "+50 %",
        "+50 %",
        "−200 %",
        "50 %",
        "100 %",
        "100 %",
    )
    assert wording.rows(table.reset_index())[0][3:6] == ("−100 %", "−∞", "+0 %")


def test_losses_are_told_the_worst_first() -> None:
    table = pd.DataFrame(
        {
            "series": ["a", "b", "c"],
            "skill_last": [-0.1, 0.2, -0.5],
            "skill_drift": [0.3, 0.0, -2.0],
            "skill_damped": [np.nan] * 3,
        }
    )
    assert wording.losses(table) == ["`c`: behind last value (−50 %), drift (−200 %)", "`a`: behind last value (−10 %)"]


def test_skills_over_series_leave_out_what_nobody_has() -> None:
    table = pd.DataFrame(
        {"skill_last": [0.75, 0.0], "skill_drift": [-1.0, -1.0], "skill_damped": [np.nan] * 2, "facts": 1}
        | dict.fromkeys(scoring.BANDS, 1.0)
    )
    assert wording.skills(table) == "+46 % against last value, −100 % against drift"
