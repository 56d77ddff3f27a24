"""Bridges, naive forecasts and scores by hand and by closed form; the forecast, its files, and the backtest's one-way view of time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from experiments import bridges, forecast, naive, public_series, scoring
from experiments.bridges import Bridge
from experiments.forecast import COLUMNS, LEVELS, Runs
from experiments.public_series import SERIES, known
from sim.quarters import ordinal
from tests.experiments.conftest import Command

Z = ndtri(np.array(LEVELS))


def normal(mean: float, sd: float) -> np.ndarray:
    return mean + sd * Z


# --- bridges ------------------------------------------------------------------------------------------------------------------


def _bridge(form: str, **more: object) -> Bridge:
    return Bridge(
        series="aws_revenue_usd_bn", metric="aws_ai_revenue_musd", form=form, source="test", window="2025Q1", **more
    )  # type: ignore[arg-type]


def test_the_rest_of_a_business_grows_on_its_line() -> None:
    """Reported 10, 12, 14, 16 with a modelled part of 2, 3, 4, 5: the rest 8, 9, 10, 11 rises by 1; no noise, no damping."""
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
    assert bridges.of_flow(10.0, stock, np.zeros((2, 2))).tolist() == stock.tolist()
    noisy = bridges.of_flow(10.0, stock, np.array([[np.log(2.0), 0.0], [0.0, np.log(0.5)]]))
    assert noisy == pytest.approx(np.array([[14.0, 17.0], [11.0, 12.5]]))


def test_levelling_keeps_growth_and_smoothing_looks_back() -> None:
    assert bridges.levelled(np.array([[9.0, 1.0, 2.0, 3.0, 4.0]]), np.array([8.0]))[0] == pytest.approx(
        [18.0, 2.0, 4.0, 6.0, 8.0]
    )
    odd = bridges.levelled(np.array([[4.0, 4.0, 4.0, 0.0]]), np.array([8.0]))[
        0
    ]  # the line ends at 1.2, a quarter of the mean is 0.75
    assert odd[:3] == pytest.approx([4.0 * 8.0 / 1.2] * 3)
    assert bridges.smoothed(np.array([[2.0, 4.0, 9.0, 11.0]]), 2).tolist() == [[2.0, 3.0, 6.5, 10.0]]
    assert bridges.level_at_origin(
        np.array([[12.0, 14.0, 16.0, 18.0, 99.0], [10.0, 30.0, 50.0, 70.0, 0.0]])
    ).tolist() == pytest.approx([10.0, 5.0])


def test_a_modelled_part_is_cast_back_at_its_own_growth() -> None:
    found = forecast.backcast(np.array([[8.0, 16.0, 32.0, 64.0, 65.0]]), 7)
    assert found[0] == pytest.approx([2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 65.0])
    assert forecast.backcast(found, 3)[0] == pytest.approx([32.0, 64.0, 65.0])


def test_a_reported_series_is_spliced_at_the_origin() -> None:
    """Without noise, and with a modelled part that stands still, the first quarter ahead is the last one reported, in every world."""
    bridge = _bridge("ratio", residual_sd=0.0, fade=1.0)
    reported = pd.Series([20.0, 22.0, 24.0, 30.0], index=["2025Q1", "2025Q2", "2025Q3", "2025Q4"])
    past, ahead = np.array([[3.0, 4.0, 4.0, 5.0], [5.0, 5.0, 6.0, 9.0]]), np.array([[7.0] * 5, [2.0] * 5])
    runs = Runs({bridge.metric: past}, {bridge.metric: ahead})
    found = forecast.company(bridge, reported, runs, np.zeros((2, 5)))
    assert found == pytest.approx(np.full((2, 5), 30.0))


def test_every_bridge_leads_to_a_series_and_fits_no_later_than_the_origin() -> None:
    names = set(bridges.declared())
    assert names <= set(SERIES) and len(names) == len(SERIES) - 2  # two shares follow from the stocks
    assert all(not one.window or ordinal(one.window) <= ordinal("2024Q1") for one in bridges.declared().values())


# --- naive forecasts ----------------------------------------------------------------------------------------------------------


def test_last_value_and_drift_by_hand() -> None:
    """1, 2, 4: steps 1 and 2. Last: 4, sigma^2 = (1 + 4) / 2. Drift: + 1.5 a quarter, sigma^2 = 0.5 / 1."""
    y = np.array([1.0, 2.0, 4.0])
    last, drift = naive.last_value(y, 2), naive.drift(y, 2)
    assert last.centre.tolist() == [4.0, 4.0]
    assert last.sd == pytest.approx(np.sqrt([2.5, 5.0]))
    assert drift.centre == pytest.approx([5.5, 7.0])
    assert drift.sd == pytest.approx(np.sqrt(0.5 * np.array([1.5, 4.0])))


def test_damped_smoothing_follows_a_line_and_levels_off() -> None:
    """On an exact line its one-step errors vanish only without damping, so that the fitted trend is nearly undamped and falls short."""
    found = naive.damped(np.arange(12.0), 4)
    assert 11.5 < found.centre[0] <= 12.0 + 1e-9
    assert np.all(np.diff(np.diff(found.centre)) < 0.0)
    assert np.all(np.diff(found.sd) >= 0.0)


def test_naive_quantiles_of_positive_series_stay_positive_and_in_order() -> None:
    found = naive.quantiles("drift", np.array([1.0, 0.4, 0.9, 0.2]), 6, np.array(LEVELS))
    assert np.all(found > 0.0) and np.all(np.diff(found, axis=1) > 0.0)


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


# --- what is known when ---------------------------------------------------------------------------------------------------------


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


# --- the commands ---------------------------------------------------------------------------------------------------------------


def test_a_forecast_has_every_series_and_quarter_and_scores_itself(command: Command) -> None:
    status, out, _ = command("forecast", "--to", "2026Q2", "--worlds", "4", "--workers", "1", "--out", "f.csv")
    assert status == 0 and "Not advice" in out
    made = pd.read_csv("f.csv")
    assert list(made.columns) == list(COLUMNS)
    assert made.groupby("series")["quarter"].apply(list).to_dict() == {name: ["2026Q1", "2026Q2"] for name in SERIES}
    assert (np.diff(made[scoring.QUANTILES].to_numpy(), axis=1) >= 0.0).all()
    facts = made[["series", "quarter", "unit"]].assign(value=made["p50"])
    facts.to_csv("facts.csv", index=False)
    status, out, _ = command("score", "f.csv", "facts.csv", "--out", "scores.csv")
    assert status == 0 and "within the 90 % band" in out
    scored = pd.read_csv("scores.csv")
    assert len(scored) == 2 * len(SERIES) and scored["within_50"].all()


def test_a_forecast_is_the_same_however_many_processes_make_it() -> None:
    one = forecast.make("2026Q1", worlds=66, workers=1)
    two = forecast.make("2026Q1", worlds=66, workers=2)
    pd.testing.assert_frame_equal(one, two, check_exact=True)


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
    _write("forecast.csv", "mine")
    status, _, err = command("forecast", "--to", "2026Q1")
    assert status == 2 and "--overwrite" in err
    assert Path("forecast.csv").read_text(encoding="utf-8") == "mine"
