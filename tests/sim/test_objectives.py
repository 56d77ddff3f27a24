"""What parties are there for, worked by hand on made-up records."""

from __future__ import annotations

import numpy as np
import pytest

from sim import objectives
from sim.errors import InputError


class Books:
    """Records of one party, given as (worlds, quarters) by name."""

    def __init__(self, **figures: list[list[float]]) -> None:
        self.figures = {name: np.array(values, dtype=float) for name, values in figures.items()}

    def party(self, role: str, party: str, name: str) -> np.ndarray:
        return self.figures[name]


def value(role: str, **figures: list[list[float]]) -> np.ndarray:
    return objectives.objective(Books(**figures), role, "somebody")  # type: ignore[arg-type]


def test_a_payment_in_a_year_is_worth_one_tenth_less() -> None:
    assert objectives.discounted(np.array([[0.0, 0.0, 0.0, 110.0], [0.0, 0.0, 0.0, 0.0]])) == pytest.approx(
        [100.0, 0.0]
    )


def test_an_owner_is_worth_its_flow_its_books_and_fading_residual_income() -> None:
    """Four quarters; books of 1000; profit of 50 a quarter: 164 a year after tax, 100 of which is the cost of
    capital."""
    worth = value(
        "cloud",
        free_cash_flow_musd=[[0.0] * 4, [0.0] * 4],
        operating_income_musd=[[50.0] * 4, [0.0] * 4],
        book_value_musd=[[1000.0] * 4, [1000.0] * 4],
    )
    assert worth == pytest.approx([(1000.0 + 3.0 * (0.82 * 200.0 - 100.0)) / 1.1, (1000.0 - 300.0) / 1.1])


def test_capacity_bought_at_cost_near_the_end_is_not_a_loss() -> None:
    """Spending 100 in the last quarter moves the flow by -100 and the books by +100; only a quarter of a year's capital
    is lost."""
    without, spent = (
        value(
            "cloud",
            free_cash_flow_musd=[[0.0, 0.0, 0.0, -bought]],
            operating_income_musd=[[0.0] * 4],
            book_value_musd=[[0.0, 0.0, 0.0, bought]],
        )
        for bought in (0.0, 100.0)
    )
    assert without == pytest.approx([0.0])
    assert spent == pytest.approx([-3.0 * 0.1 * 25.0 / 1.1])


def test_a_vendor_is_worth_its_flow_and_three_years_of_profit() -> None:
    worth = value("vendor", free_cash_flow_musd=[[0.0] * 4], operating_income_musd=[[10.0] * 4])
    assert worth == pytest.approx([3.0 * 0.82 * 40.0 / 1.1])


def test_a_lab_below_its_runway_floor_pays_for_it() -> None:
    """It loses 10 a quarter and so should hold 40; with 40 in cash it pays nothing, with 0 half of 40 every quarter."""
    flow, serving = [[-10.0] * 4] * 2, [[0.0] * 4] * 2
    rich, poor = value(
        "lab", free_cash_flow_musd=flow, operating_income_musd=serving, cash_musd=[[40.0] * 4, [0.0] * 4]
    )
    years = 1.1 ** (-np.arange(1, 5) / 4)
    assert rich == pytest.approx(-10.0 * years.sum())
    assert poor == pytest.approx(-30.0 * years.sum())


def test_a_regulator_pays_for_errors_and_for_haste() -> None:
    good, bad = value(
        "regulator",
        buyer_surplus_musd=[[100.0]] * 2,
        entry_value_musd=[[40.0]] * 2,
        error_cost_musd=[[0.0], [30.0]],
        legitimacy_cost_musd=[[0.0], [5.0]],
    )
    assert good - bad == pytest.approx(35.0 / 1.1**0.25)
    assert good == pytest.approx(120.0 / 1.1**0.25)


def test_segments_have_no_objective() -> None:
    with pytest.raises(InputError, match="unknown role with an objective 'segment'"):
        value("segment")
