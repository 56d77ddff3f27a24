"""What a person is told before a decision is played: numbers by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiments.play import reported
from experiments.play.warnings import warnings


def world(**figures: Any) -> Any:
    """A briefing or a decision of one world."""
    return SimpleNamespace(
        last="a decision", **{name: np.array([value], dtype=float) for name, value in figures.items()}
    )


def cloud(**changes: Any) -> Any:
    """1,000 MW stand and have power; 300 MW are on order, and power is free for 200 MW more: power comes by (1300 + 200
    - 1000) / 3 = 167 MW a quarter. A MW costs $20 m."""
    usual = {
        "installed_h100e": [1e6, 5e5],
        "powered_h100e": [1e6, 5e5],
        "line_h100e": [3e5, 0.0],
        "mw_per_h100e": [1e-3, 1e-3],
        "capex_musd_per_h100e": [0.02, 0.02],
        "room_mw": 200.0,
        "budget_musd": 5e3,
        "payable_musd": 30e3,
        "cash_musd": 8e3,
    }
    own = world(**{**usual, **changes})
    own.edge = np.array([False, True])
    return own


def order(mw: float) -> Any:
    return world(order_mw=[mw, 50.0])


def test_what_is_within_plan_and_power_is_not_warned_of() -> None:
    assert warnings("cloud", cloud(), "2026Q1", order(200.0)) == []


def test_chips_beyond_power_stand_dark_until_power_has_caught_up() -> None:
    """300 MW too many, at 167 MW a quarter: two quarters after the three that an order takes."""
    said = warnings("cloud", cloud(budget_musd=90e3), "2026Q1", order(500.0))
    assert said == [
        "Your order is 300 MW more than you have power for: those chips stand dark until about 2027Q2 (power came to "
        "167 MW a quarter by what is planned)."
    ]


def test_sellers_take_what_can_be_paid_and_power_is_counted_on_that() -> None:
    """2,000 MW for $40 bn, of which $30 bn can be paid: 1,500 MW, 1,300 MW beyond power."""
    money, power = warnings("cloud", cloud(), "2026Q1", order(2000.0))
    assert money == (
        "Your order costs $40.0 bn and you can pay for $30.0 bn by the time it falls due: sellers take 1,500 MW of "
        "2,000 MW."
    )
    assert power.startswith("Your order is 1,300 MW more than you have power for")


def test_more_than_planned_is_told_with_where_the_money_comes_from() -> None:
    (said,) = warnings("cloud", cloud(room_mw=1e4), "2026Q1", order(500.0))
    assert said.startswith("Your order costs $10.0 bn, $5.0 bn more than the $5.0 bn planned for the quarter.")
    assert said.endswith("The rest of the firm and lenders pay what your cash does not.")


def test_a_lab_is_told_until_when_its_cash_lasts() -> None:
    """A bill of 1,000 for 100 MW; 100 MW more burn 2,000 a quarter: 3,000 of cash and funding last a quarter and a
    half."""
    own = world(used_h100e=1e5, bill_musd=1e3, burn_musd=1e3, cash_musd=2e3, funding_year_musd=1e3, waiting_h100e=0.0)
    (said,) = warnings("lab", own, "2026Q1", world(wanted_h100e=2e5))
    assert "$3.0 bn, last until 2026Q2" in said
    assert warnings("lab", world(**{**vars_of(own), "cash_musd": 2e4}), "2026Q1", world(wanted_h100e=1e5)) == []


def vars_of(own: Any) -> dict[str, float]:
    return {name: float(value[0]) for name, value in vars(own).items() if name != "last"}


def vendor() -> Any:
    return world(
        lead_quarters=3.0,
        h100e_per_wafer_at_arrival=[100.0, 100.0],
        order_growth=[0.0, 0.0],
        order_flow_h100e=[9e4, 1e4],
        backlog_h100e=[0.0, 0.0],
        inventory_h100e=[0.0, 0.0],
        unit_cost_usd_per_h100e=5e3,
    )


@pytest.mark.parametrize(
    ("wafers", "price", "told"),
    [
        (1000.0, 9e3, []),
        (2000.0, 9e3, ["goes into stock"]),
        (500.0, 9e3, ["customers wait"]),
        (1000.0, 4e3, ["loses money"]),
    ],
)
def test_a_designer_is_told_of_stock_of_queues_and_of_losses(wafers: float, price: float, told: list[str]) -> None:
    """100 k H100e are ordered a quarter: 1,000 wafers of 100."""
    decided = world(booking_wafers=[wafers, 0.0], chip_price_usd_per_h100e=price)
    said = warnings("vendor", vendor(), "2026Q1", decided)
    assert len(said) == len(told) and all(word in one for word, one in zip(told, said, strict=True))
    assert all("2026Q4" in one for one in said if "makes" in one)


def test_a_report_is_a_range() -> None:
    """0.8 with a tenth of noise: nine of ten truths lie within a factor e^0.1645 = 1.179; never more than all."""
    assert reported.use(0.8) == pytest.approx((0.8 / 1.17880, 0.8 * 1.17880), rel=1e-4)
    assert reported.use(0.95)[1] == 1.0
    assert reported.percent((0.24, 0.31)) == "24-31" and reported.percent((0.001, 0.002)) == "0"
    assert reported.amount((442e3, 853e3)) == "442-853k" and reported.amount((5.77e6, 11.1e6)) == "5.8-11m"
