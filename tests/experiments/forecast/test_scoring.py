"""Scores by hand and by closed form."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from experiments.forecast import naive, scoring, wording
from experiments.forecast.forecast import COLUMNS, LEVELS
from experiments.forecast.public_series import SERIES, known
from sim.errors import InputError
from tests.experiments.conftest import Command

Z = ndtri(np.array(LEVELS))


def _write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")


def normal(mean: float, sd: float) -> np.ndarray:
    return mean + sd * Z


def closed_form(mean: float, sd: float, fact: float) -> float:
    """CRPS of a normal (Gneiting and Raftery 2007): sd (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi))."""
    z = (fact - mean) / sd
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    return float(sd * (z * (2.0 * ndtr(z) - 1.0) + 2.0 * density - 1.0 / np.sqrt(np.pi)))


@pytest.mark.parametrize(
    ("mean", "sd", "fact"), [(0.0, 1.0, 0.0), (5.0, 2.0, 9.0), (-3.0, 0.1, -3.05), (10.0, 4.0, -2.0)]
)
def test_quantiles_of_a_normal_score_as_that_normal(mean: float, sd: float, fact: float) -> None:
    found = scoring.crps(normal(mean, sd)[None, :], np.array([fact]))[0]
    assert found == pytest.approx(closed_form(mean, sd, fact), rel=0.01, abs=0.003 * sd)


def test_a_certain_forecast_scores_its_distance() -> None:
    assert scoring.crps(np.full((1, 7), 4.0), np.array([6.5]))[0] == pytest.approx(2.5)


@given(st.lists(st.floats(-50.0, 50.0), min_size=7, max_size=7), st.floats(-60.0, 60.0), st.floats(0.1, 10.0))
def test_a_score_is_never_negative_scales_with_its_unit_and_prefers_the_middle(
    values: list[float], fact: float, factor: float
) -> None:
    quantiles = np.sort(np.array(values))[None, :]
    score = scoring.crps(quantiles, np.array([fact]))[0]
    assert score >= -1e-9
    assert scoring.crps(factor * quantiles, np.array([factor * fact]))[0] == pytest.approx(
        factor * score, rel=1e-9, abs=1e-9
    )
    assert scoring.crps(quantiles, quantiles[:, 3])[0] <= scoring.crps(quantiles, quantiles[:, 6] + 100.0)[0]


def _forecast(**rows: np.ndarray) -> pd.DataFrame:
    """Two quarters of each series, the second a tenth higher."""
    made = []
    for name, quantiles in rows.items():
        made += [
            (name, quarter, SERIES[name].unit, *(quantiles * k)) for quarter, k in (("2026Q1", 1.0), ("2026Q2", 1.1))
        ]
    return pd.DataFrame(made, columns=list(COLUMNS))


def test_a_table_of_scores_by_hand() -> None:
    """A certain forecast of 40 and 44 against 41 and 44; AWS's revenue of 2026 is not asked."""
    made = _forecast(amazon_capex_usd_bn=np.full(7, 40.0))
    facts = pd.DataFrame(
        {
            "series": ["amazon_capex_usd_bn"] * 2 + ["aws_revenue_usd_bn"],
            "quarter": ["2026Q1", "2026Q2", "2026Q1"],
            "value": [41.0, 44.0, 37.0],
        }
    )
    scored = scoring.compare(made, facts, known("2025Q4"))
    assert scored["crps"].tolist() == pytest.approx([1.0, 0.0])
    assert scored["within_90"].tolist() == [False, True]
    table = scoring.summary(scored)
    assert table["facts"].tolist() == [2] and table["within_50"].tolist() == [0.5]
    naive_last = scored["crps_last"].mean()
    assert table["skill_last"].tolist() == pytest.approx([1.0 - 0.5 / naive_last])


def _skills(*values: float) -> pd.DataFrame:
    return pd.DataFrame(
        {f"skill_{m}": values for m in naive.METHODS} | dict.fromkeys(scoring.BANDS, 1.0) | {"facts": 1}
    )


def test_skill_over_series_is_that_of_the_sums() -> None:
    """Ratios 1/4 and 1: the model's parts are 1/5 and 1/2 of each pair, so 0.7 against 1.3."""
    table = pd.DataFrame(
        {
            "skill_last": [0.75, 0.0],
            "skill_drift": [0.0, np.nan],
            "skill_damped": [np.nan, np.nan],
            "facts": [1, 3],
            "within_50": [1.0, 0.0],
            "within_80": [1.0, 1.0],
            "within_90": [1.0, 1.0],
        }
    )
    found = scoring.overall(table)
    assert found["skill_last"] == pytest.approx(1.0 - 0.7 / 1.3)
    assert found["skill_drift"] == 0.0 and np.isnan(found["skill_damped"])
    assert found["within_50"] == pytest.approx(0.25)


@pytest.mark.parametrize("value", [0.4, 0.0, -3.0, 1.0, -np.inf])
def test_the_skill_of_one_series_is_its_own(value: float) -> None:
    assert scoring.overall(_skills(value))["skill_last"] == pytest.approx(value)


def test_model_and_naive_forecast_are_treated_alike() -> None:
    """Whoever is three times better gains as much: the ratio of the totals turns over when the two change places."""
    ratios = np.array([3.0, 0.2, 1.0, 7.0])
    one, other = (1.0 - scoring.skill_of_sums(1.0 - r) for r in (ratios, 1.0 / ratios))
    assert one == pytest.approx(1.0 / other)


def test_one_exact_hit_does_not_turn_the_total_over() -> None:
    """Seven series three times too bad; then one of them exact: its part is 0, the others' 3/4 each."""
    assert scoring.overall(_skills(*[-2.0] * 7))["skill_last"] == pytest.approx(-2.0)
    assert scoring.overall(_skills(1.0, *[-2.0] * 6))["skill_last"] == pytest.approx(1.0 - 4.5 / 2.5)
    assert scoring.overall(_skills(1.0, -1e6))["skill_last"] == pytest.approx(0.0, abs=1e-5)
    assert scoring.overall(_skills(-np.inf, 0.999999))["skill_last"] == pytest.approx(0.0, abs=1e-5)


def test_exact_hits_are_told_whoever_makes_them() -> None:
    assert scoring.skill(0.0, 0.0) == 0.0 and scoring.skill(0.1, 0.0) == -np.inf and scoring.skill(0.0, 0.1) == 1.0
    assert scoring.overall(_skills(1.0, 1.0, 1.0))["skill_last"] == 1.0
    assert scoring.overall(_skills(0.0, 0.0))["skill_last"] == 0.0
    assert scoring.overall(_skills(-np.inf, -np.inf))["skill_last"] == -np.inf
    assert wording.percent(-np.inf, "+") == "−∞" and wording.percent(np.nan) == "–"


@given(st.lists(st.one_of(st.floats(-1e9, 1.0), st.just(-np.inf)), min_size=2, max_size=9), st.data())
def test_no_series_weighs_more_than_one(skills: list[float], data: st.DataObject) -> None:
    """Whatever one of n series does, the model's part of the whole moves by no more than 1 / n."""

    def part(values: list[float]) -> float:
        return float(np.mean(1.0 - 1.0 / (2.0 - np.array(values))))

    other = [data.draw(st.floats(-1e12, 1.0)), *skills[1:]]
    for values in (skills, other):
        total = scoring.skill_of_sums(np.array(values))
        assert 1.0 - 1.0 / (2.0 - total) == pytest.approx(part(values), abs=1e-9)
    assert abs(part(skills) - part(other)) <= 1.0 / len(skills) + 1e-12


def test_what_rounding_leaves_of_an_exact_hit_is_no_score() -> None:
    made = _forecast(aws_revenue_usd_bn=np.full(7, 36.2))
    facts = pd.DataFrame({"series": ["aws_revenue_usd_bn"], "quarter": ["2026Q1"], "value": [36.2 * (1.0 + 1e-12)]})
    assert scoring.compare(made, facts, known("2025Q4"))["crps"].tolist() == [0.0]


@pytest.mark.parametrize("where", ["p50", "value"])
def test_what_is_no_number_is_not_scored(where: str) -> None:
    made = _forecast(aws_revenue_usd_bn=normal(36.0, 1.0))
    facts = pd.DataFrame({"series": ["aws_revenue_usd_bn"], "quarter": ["2026Q1"], "value": [36.2]})
    (made if where == "p50" else facts).loc[0, where] = np.nan
    with pytest.raises(InputError, match="aws_revenue_usd_bn, 2026Q1: forecast or fact is no finite number"):
        scoring.compare(made, facts, known("2025Q4"))


def test_one_lucky_series_and_one_missed_threefold(command: Command) -> None:
    """The revenue is three times the fact, the rent is the quote itself: the total is no praise."""
    forecast = _forecast(aws_revenue_usd_bn=np.full(7, 108.6), h100_rental_usd_per_hour=np.full(7, 2.1))
    forecast[forecast["quarter"] == "2026Q1"].to_csv("f.csv", index=False)
    _write(
        "facts.csv",
        "series,quarter,value,unit\n"
        "aws_revenue_usd_bn,2026Q1,36.2,USD bn\n"
        "h100_rental_usd_per_hour,2026Q1,2.1,USD per hour\n",
    )
    status, out, _ = command("score", "f.csv", "facts.csv")
    total = re.search(r"Money and price \(2 series, each weighing one\): ([+−]\d+) % against last value", out)
    assert status == 0 and total and abs(int(total[1].replace("−", "-"))) < 10


def test_a_naive_forecast_stands_at_the_last_quarter_known_whatever_the_first_row() -> None:
    """A forecast of 2026Q2 alone is compared with two-step naive forecasts."""
    made = _forecast(amazon_capex_usd_bn=normal(40.0, 2.0))
    facts = pd.DataFrame(
        {"series": ["amazon_capex_usd_bn"] * 2, "quarter": ["2026Q1", "2026Q2"], "value": [41.0, 44.0]}
    )
    whole = scoring.compare(made, facts, known("2025Q4"))
    late = scoring.compare(made[made["quarter"] == "2026Q2"], facts, known("2025Q4"))
    assert late["crps_drift"].tolist() == whole["crps_drift"].tolist()[1:]


def test_stocks_are_told_apart_from_money() -> None:
    table = pd.DataFrame({"series": ["nvidia_installed_h100e", "trainium_share_of_aws", "aws_revenue_usd_bn"]})
    found = scoring.groups(table)
    assert {name: len(rows) for name, rows in found.items()} == {"stocks and shares": 2, "money and price": 1}


def test_a_short_history_has_a_last_value_only() -> None:
    quotes = pd.Series([3.0, 1.7], index=["2023Q4", "2025Q4"])
    assert scoring.naive_quantiles("drift", quotes, 2) is None
    found = scoring.naive_quantiles("last", quotes, 2)
    assert found is not None and found[:, 3] == pytest.approx([1.7, 1.7])
