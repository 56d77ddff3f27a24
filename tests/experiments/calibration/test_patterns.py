"""Patterns by hand, and plans: what they fit, hold out and call observed."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from experiments.calibration.campaign import PLANS
from experiments.calibration.patterns import load_plan
from experiments.pages.reference import DOCS
from sim.errors import InputError
from sim.roster import DATA, table
from tests.experiments.calibration.made import pattern

LABELS = ("2025Q1", "2025Q2", "2025Q3")
PLAYED = {
    "delivered_h100e": np.array([[10.0, 14.0, 24.0], [10.0, 20.0, 40.0]]),
    "nvidia_revenue_musd": np.array([[1.0, 2.0, 6.0], [2.0, 2.0, 2.0]]),
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [24.0, 40.0]),
        ({"total": ("deliveries_h100e",)}, [10.0, 20.0]),
        ({"total": ("deliveries_h100e",), "quarters": ("2025Q2", "2025Q3")}, [14.0, 30.0]),
        ({"total": ("nvidia_revenue_musd",), "per": ("delivered_h100e",)}, [0.25, 0.05]),
        # Sums over sums: (2 + 6) / (14 + 24) and (2 + 2) / (20 + 40), not the mean of each quarter's.
        ({"total": ("nvidia_revenue_musd",), "per": ("delivered_h100e",), "quarters": ("2025Q2", "2025Q3")},
         [8 / 38, 4 / 60]),
        # Two metrics over one and one over two, over two quarters; and deliveries of 0 + 10 per 34, 0 + 20 per 50.
        ({"total": ("nvidia_revenue_musd", "delivered_h100e"), "per": ("delivered_h100e",),
          "quarters": ("2025Q1", "2025Q3")}, [41 / 34, 54 / 50]),
        ({"total": ("delivered_h100e",), "per": ("delivered_h100e", "nvidia_revenue_musd"),
          "quarters": ("2025Q1", "2025Q3")}, [34 / 41, 50 / 54]),
        ({"total": ("deliveries_h100e",), "per": ("delivered_h100e",), "quarters": ("2025Q1", "2025Q3")},
         [10 / 34, 20 / 50]),
        ({"total": ("nvidia_revenue_musd",), "per": ("deliveries_h100e",), "quarters": ("2025Q2", "2025Q3")},
         [8 / 14, 4 / 30]),
        # ... and what such a share became: 8/38 over 3/24, and less it; 4/60 over 4/30.
        (
            {"total": ("nvidia_revenue_musd",), "per": ("delivered_h100e",), "quarters": ("2025Q2", "2025Q3"),
             "over": ("2025Q1", "2025Q2"), "how": "ratio"},
            [(8 / 38) / (3 / 24), 0.5],
        ),
        (
            {"total": ("nvidia_revenue_musd",), "per": ("delivered_h100e",), "quarters": ("2025Q2", "2025Q3"),
             "over": ("2025Q1", "2025Q2"), "how": "difference"},
            [8 / 38 - 3 / 24, 4 / 60 - 4 / 30],
        ),
        ({"total": ("deliveries_h100e",), "over": ("2025Q2",), "how": "ratio"}, [2.5, 2.0]),
        ({"total": ("nvidia_revenue_musd",), "over": ("2025Q1",), "how": "difference"}, [5.0, 0.0]),
    ],
)  # fmt: skip
def test_a_pattern_is_what_its_data_say(changes: dict[str, object], expected: list[float]) -> None:
    assert pattern(**changes).value(PLAYED, LABELS) == pytest.approx(np.array(expected))


def test_a_pattern_with_given_stock_reads_what_was_played_so() -> None:
    """Ten times as much where stock is given: of the same metrics, and of none that was only played freely."""
    given = {f"{name}@given": 10.0 * value for name, value in PLAYED.items() if name == "delivered_h100e"}
    both = {**PLAYED, **given}
    demand, supply = pattern(total=("deliveries_h100e",), stock="given"), pattern(total=("deliveries_h100e",))
    assert demand.metrics() == {"delivered_h100e@given"} and supply.metrics() == {"delivered_h100e"}
    assert demand.value(both, LABELS).tolist() == [100.0, 200.0] and supply.value(both, LABELS).tolist() == [10.0, 20.0]
    mixed = pattern(total=("nvidia_revenue_musd",), per=("delivered_h100e",), stock="given")
    assert mixed.metrics() == {"nvidia_revenue_musd@given", "delivered_h100e@given"}
    with pytest.raises(KeyError, match="nvidia_revenue_musd"):
        mixed.value(both, LABELS)


@pytest.mark.parametrize("name", PLANS)
def test_plans_judge_supply_freely_and_demand_with_stock_given(name: str) -> None:
    plan = load_plan(name)
    stock = {one.name: one.stock for one in plan.fitted}
    assert stock["deliveries"] == "free" and stock["booked"] == "given" and set(stock.values()) == {"free", "given"}


def test_tolerance_and_scale_of_comparison() -> None:
    assert pattern().tolerance == pytest.approx(0.5)  # 0.3 and 0.4 at right angles
    assert pattern(log=True).target == pytest.approx(0.693147, abs=1e-6)
    assert pattern(log=True).compared(np.array([1.0, 2.0])) == pytest.approx(np.array([0.0, 0.693147]), abs=1e-6)


def test_a_mean_is_over_its_quarters_and_a_bound_is_kept_or_missed() -> None:
    one = pattern(quarters=("2025Q1", "2025Q3"), how="mean", bound="at most", log=True, observed=20.0)
    assert one.value(PLAYED, LABELS).tolist() == [17.0, 25.0]  # (10 + 24) / 2 and (10 + 40) / 2
    assert one.compared(np.array([17.0, 0.0, 40.0])) == pytest.approx([np.log(20.0), np.log(20.0), np.log(40.0)])
    linear = pattern(bound="at most", observed=20.0)
    assert linear.compared(np.array([17.0, 25.0])).tolist() == [20.0, 25.0]


def test_switching_is_at_most_what_the_cma_found_within_a_factor_of_two() -> None:
    (one,) = (found for found in load_plan("history-2025Q4").fitted if found.name == "switching")
    assert one.bound == "at most" and one.observed == 0.01 and np.exp(one.tolerance) == pytest.approx(2.0, abs=0.01)
    # the decision came out in July 2025: a calibration as of the end of 2024 does not know it
    assert "switching" not in {found.name for found in load_plan("history-2024Q4").pattern}


@pytest.mark.parametrize("name", PLANS)
def test_plans_fit_six_to_eleven_patterns_hold_out_two_and_keep_their_cut(name: str) -> None:
    plan = load_plan(name)
    assert 6 <= len(plan.fitted) <= 11
    assert sum(one.role == "held-out" for one in plan.pattern) >= 2
    assert name.endswith(plan.measured_to)
    assert not set(plan.parameters) & set(plan.watched)


def test_a_plan_that_looks_ahead_is_refused(tmp_path: Path) -> None:
    text = (DOCS.parent / "experiments" / "data" / "history-2024Q4.toml").read_text(encoding="utf-8")
    (tmp_path / "late.toml").write_text(
        text.replace('quarters = ["2024Q4"]', 'quarters = ["2025Q1"]', 1), encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"late\.toml: deliveries: uses a quarter after the cut 2024Q4"):
        load_plan("late", tmp_path)
    (tmp_path / "odd.toml").write_text(text.replace('"booked_ratio"', '"booked_rate"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"odd\.toml: booked: unknown metric 'booked_rate'"):
        load_plan("odd", tmp_path)


@pytest.mark.parametrize("name", PLANS)
def test_what_plans_call_observed_is_what_the_tables_say(name: str) -> None:
    """A second way to the numbers: sums over installed.csv and series.csv, rounding allowed for."""
    plan = load_plan(name)
    found = {one.name: one for one in plan.pattern}
    last = plan.measured_to
    stock: dict[tuple[str, str], float] = defaultdict(float)
    for row in table(DATA / "installed.csv"):
        stock[row["quarter"], "all"] += float(row["h100e"])
        stock[row["quarter"], row["family"]] += float(row["h100e"])
        if row["owner"] == "aws":
            stock[row["quarter"], "aws"] += float(row["h100e"])
    before = {"2025Q4": "2025Q1", "2024Q4": "2024Q3"}[last]
    assert found["deliveries"].observed == pytest.approx(stock[last, "all"] - stock[before, "all"], rel=1e-4)
    for family in ("nvidia", "tpu", "trainium"):
        assert found[f"{family}-share"].observed == pytest.approx(stock[last, family] / stock[last, "all"], abs=1e-4)
    assert found["fleet-mix"].observed == pytest.approx(stock[last, "trainium"] / stock[last, "aws"], abs=1e-4)
    series = {(row["series"], row["quarter"]): float(row["value"]) for row in table(DATA / "series.csv")}
    for which, companies in (
        ("nvidia-revenue", ("nvidia_data_center_revenue_usd_bn",)),
        ("capital-spending", ("amazon_capex_usd_bn", "microsoft_capex_usd_bn", "alphabet_capex_usd_bn")),
    ):
        one = found[which]
        now, then = (sum(series[c, q] for c in companies for q in quarters) for quarters in (one.quarters, one.over))
        assert one.observed == pytest.approx(now / then, rel=1e-3)
