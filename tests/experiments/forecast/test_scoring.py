"""Scores by hand and by closed form, and files that can or cannot be scored."""

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


def normal(mean: float, sd: float) -> np.ndarray:
    return mean + sd * Z


# --- the score --------------------------------------------------------------------------------------------------------


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


def test_facts_on_other_series_of_the_project_are_passed_over(command: Command) -> None:
    _write("f.csv", GOOD)
    _write("facts.csv", FACT + "meta_capex_usd_bn,2026Q1,20,USD bn\n")
    assert command("score", "f.csv", "facts.csv")[0] == 0


def test_a_short_history_has_a_last_value_only() -> None:
    quotes = pd.Series([3.0, 1.7], index=["2023Q4", "2025Q4"])
    assert scoring.naive_quantiles("drift", quotes, 2) is None
    found = scoring.naive_quantiles("last", quotes, 2)
    assert found is not None and found[:, 3] == pytest.approx([1.7, 1.7])


# --- files ------------------------------------------------------------------------------------------------------------


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


LINE = FACT.splitlines()[1]
NOTED = FACT.replace("unit", "unit,note").replace(LINE, LINE + ',"two\nlines"')
WRONG_LINES = [
    (FACT.replace("unit\n", "unit\n\n \n").replace("40", "forty"), ("line 4", "value = 'forty'")),
    (FACT.replace(LINE, LINE + ","), ("line 2 has 5 fields, the header has 4.",)),
    (FACT.replace(",USD bn", ""), ("line 2 has 3 fields, the header has 4.",)),
    (FACT.replace("\n", "\r\n") + "\r\n\r\naws_revenue_usd_bn,2026Q1,x,USD bn\r\n", ("line 5", "value = 'x'")),
    ("\ufeff" + FACT.replace("40", "-"), ("line 2", "value = '-'")),
    (NOTED + LINE.replace("1,40", "2,x") + ",\n", ("line 4", "value = 'x'")),
    (FACT + "\n,,,\n" + LINE + "\n", ("line 5", "2026Q1 is given twice")),
    (FACT.replace("USD bn", '"USD bn'), ("line 2", "not a row of a table")),
    (FACT.replace(",", ";"), ("'series' is missing", "separated by commas")),
    (FACT.replace("unit", "value"), ("'value' stands twice",)),
    *(
        (FACT.replace("40", given), ("line 2", f"value = '{given}'", "finite number"))
        for given in ("1e999", "-1e999", "nan", "Infinity", "True", "1_000", "1e-999", "0x10", "4 0", "\u0664\u0660")
    ),
    (FACT.replace("40", "9" * 5000), ("line 2", "value = '999", "...", "finite number")),
]


@pytest.mark.parametrize(("text", "said"), WRONG_LINES)
def test_a_wrong_line_is_named_as_the_file_counts(command: Command, text: str, said: tuple[str, ...]) -> None:
    _write("f.csv", GOOD)
    Path("facts.csv").write_bytes(text.encode())
    status, out, err = command("score", "f.csv", "facts.csv")
    assert (status, out) == (2, "") and err.count("\n") == 1 and len(err) < 400
    assert all(word in err for word in ("facts.csv", *said)), err


def test_the_line_of_a_forecast_is_the_files_too(command: Command) -> None:
    _write("facts.csv", FACT)
    _write("f.csv", GOOD.replace("\n", "\n\n\n", 1).replace("1,2,3", "1,1e999,3"))
    _, _, err = command("score", "f.csv", "facts.csv")
    assert "f.csv: line 4: p10 = '1e999' is not allowed" in err
    _write("f.csv", GOOD + "\n" + GOOD.splitlines()[1] + "\n")
    assert "f.csv: line 4: amazon_capex_usd_bn, 2026Q1 is given twice" in command("score", "f.csv", "facts.csv")[2]


def test_space_empty_lines_and_marks_of_other_editors_change_nothing(command: Command) -> None:
    _write("f.csv", GOOD)
    plain, odd = FACT, "\ufeff\r\n" + FACT.replace(",", " , ").replace("\n", "\r\n\r\n") + ",,,\r\n"
    for name, text in (("plain", plain), ("odd", odd)):
        Path("facts.csv").write_bytes(text.encode())
        assert command("score", "f.csv", "facts.csv", "--out", f"{name}.csv")[0] == 0
    assert Path("plain.csv").read_bytes() == Path("odd.csv").read_bytes()


def test_a_file_of_facts_that_is_named_twice_counts_once(command: Command) -> None:
    _write("f.csv", GOOD)
    Path("facts").mkdir()
    _write("facts/one.csv", FACT)
    for named in (("facts/one.csv", "facts/one.csv"), ("facts", "facts/one.csv"), ("facts", "facts/../facts")):
        status, out, _ = command("score", "f.csv", *named)
        assert status == 0 and "Forecast from 2025Q4, 1 facts" in out
    _write("other.csv", FACT.replace("40", "41"))
    status, _, err = command("score", "f.csv", "facts", "other.csv")
    assert status == 2 and "other.csv: line 2: amazon_capex_usd_bn, 2026Q1 is given twice" in err


def test_facts_come_in_other_units_and_several_files(command: Command) -> None:
    _write("f.csv", GOOD)
    Path("facts").mkdir()
    _write("facts/one.csv", FACT.replace("40,USD bn", "40000,USD m"))
    _write("facts/two.csv", FACT.replace("amazon_capex_usd_bn,2026Q1,40", "aws_revenue_usd_bn,2026Q1,37"))
    status, out, _ = command("score", "f.csv", "facts", "--out", "s.csv")
    assert status == 0 and "1 facts lie outside" in out
    assert pd.read_csv("s.csv")["fact"].tolist() == [40.0]
