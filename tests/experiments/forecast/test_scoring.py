"""Scores by hand and by closed form, and files that can or cannot be scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from experiments.forecast import scoring
from experiments.forecast.forecast import COLUMNS, LEVELS
from experiments.forecast.public_series import SERIES, known
from tests.experiments.conftest import Command

Z = ndtri(np.array(LEVELS))


def normal(mean: float, sd: float) -> np.ndarray:
    return mean + sd * Z


# --- the score ------------------------------------------------------------------------------------------------------------------


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


def test_skill_over_series_is_a_geometric_mean_of_ratios() -> None:
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
    assert found["skill_last"] == pytest.approx(0.5)  # sqrt(0.25 * 1)
    assert found["skill_drift"] == 0.0 and np.isnan(found["skill_damped"])
    assert found["within_50"] == pytest.approx(0.25)


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


def test_facts_on_other_series_of_the_project_are_passed_over(command: Command) -> None:
    _write("f.csv", GOOD)
    _write("facts.csv", FACT + "meta_capex_usd_bn,2026Q1,20,USD bn\n")
    assert command("score", "f.csv", "facts.csv")[0] == 0


def test_a_short_history_has_a_last_value_only() -> None:
    quotes = pd.Series([3.0, 1.7], index=["2023Q4", "2025Q4"])
    assert scoring.naive_quantiles("drift", quotes, 2) is None
    found = scoring.naive_quantiles("last", quotes, 2)
    assert found is not None and found[:, 3] == pytest.approx([1.7, 1.7])


# --- files ---------------------------------------------------------------------------------------------------------------------


def _write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")


GOOD = "series,quarter,unit,p5,p10,p25,p50,p75,p90,p95\namazon_capex_usd_bn,2026Q1,USD bn,1,2,3,4,5,6,7\n"
FACT = "series,quarter,value,unit\namazon_capex_usd_bn,2026Q1,40,USD bn\n"
BAD_FORECASTS = [
    (GOOD.replace("1,2,3,4,5,6,7", "1,2,3,9,5,6,7"), ("line 2", "p50 = 9", "p75 = 5", "cross")),
    (GOOD.replace("amazon_capex", "amazn_capex"), ("amazn_capex_usd_bn", "'amazon_capex_usd_bn'")),
    (GOOD.replace("2026Q1", "2026-Q1"), ("line 2", "2026-Q1")),
    (GOOD.replace(",p95", ""), ("p95",)),
    (GOOD.replace(",7\n", ",seven\n"), ("line 2", "p95", "seven")),
    (GOOD.replace("USD bn", "USD m"), ("unit", "USD m", "USD bn")),
    (GOOD + GOOD.splitlines()[1] + "\n", ("line 3", "given twice")),
    (GOOD.splitlines()[0] + "\n", ("no row",)),
    ("", ("not a table",)),
    (GOOD + "amazon_capex_usd_bn,2026Q3,USD bn,1,2,3,4,5,6,7\n", ("missing between",)),
]
BAD_FACTS = [
    (FACT.replace("amazon", "amazom"), ("line 2", "'amazon_capex_usd_bn'")),
    (FACT.replace("USD bn", "EUR bn"), ("unit", "EUR bn", "'USD bn'")),
    (FACT.replace("2026Q1", "2026Q5"), ("2026Q5",)),
    (FACT.replace(",40,", ",inf,"), ("value", "inf", "finite")),
    (FACT.replace("2026Q1", "2031Q1"), ("none of its 1 facts", "2026Q1")),
    (FACT.replace("value", "worth"), ("value", "missing")),
    ("series,quarter,value,unit\ntrainium_share_installed,2026Q1,5.5,0-1\n", ("5.5", "not a share", "0 to 1")),
]


@pytest.mark.parametrize(("text", "said"), BAD_FORECASTS)
def test_a_forecast_that_cannot_be_scored_is_one_sentence(command: Command, text: str, said: tuple[str, ...]) -> None:
    _write("f.csv", text)
    _write("facts.csv", FACT)
    status, _, err = command("score", "f.csv", "facts.csv", "--out", "scores.csv")
    assert status == 2 and err.count("\n") == 1
    assert all(word in err for word in ("f.csv", *said)), err
    assert not Path("scores.csv").exists()


@pytest.mark.parametrize(("text", "said"), BAD_FACTS)
def test_facts_that_cannot_be_used_are_one_sentence(command: Command, text: str, said: tuple[str, ...]) -> None:
    _write("f.csv", GOOD)
    _write("facts.csv", text)
    status, _, err = command("score", "f.csv", "facts.csv")
    assert status == 2 and err.count("\n") == 1
    assert all(word in err for word in ("facts.csv", *said)), err


def test_facts_come_in_other_units_and_several_files(command: Command) -> None:
    _write("f.csv", GOOD)
    Path("facts").mkdir()
    _write("facts/one.csv", FACT.replace("40,USD bn", "40000,USD m"))
    _write("facts/two.csv", FACT.replace("amazon_capex_usd_bn,2026Q1,40", "aws_revenue_usd_bn,2026Q1,37"))
    status, out, _ = command("score", "f.csv", "facts", "--out", "s.csv")
    assert status == 0 and "1 facts lie outside" in out
    assert pd.read_csv("s.csv")["fact"].tolist() == [40.0]
