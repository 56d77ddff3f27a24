"""Where money comes from, by hand in two worlds: the rest of the firm, lenders to their multiple, shareholders."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts.lending import Raised, credit, interest, part_paid, payable, rest_of_firm
from sim.accounts.settlement import Bookkeeper
from sim.accounts.state import Assets
from tests.sim.accounts.test_settlement import NONE, ROSTER, bills
from tests.small import row, small_parameters


def test_the_firm_comes_first_then_lenders_then_shareholders() -> None:
    """100 short: 30 inside, 50 of credit, 20 called. 10 short: all inside. 40 in hand repay 25 that are owed."""
    found = Raised.of(
        row([-100.0, -10.0, 40.0], [-30.0, 0.0, 40.0]),
        row([0.0, 9.0, 25.0], [0.0, 9.0, 60.0]),
        row([50.0, 50.0, 50.0], [0.0, 0.0, 0.0]),
        row([30.0, 30.0, 30.0], [0.0, 30.0, 30.0]),
    )
    assert found.rest == pytest.approx(row([30, 10, 0], [0, 0, 0]))
    assert found.drawn == pytest.approx(row([50, 0, 0], [0, 0, 0]))
    assert found.called == pytest.approx(row([20, 0, 0], [30, 0, 0]))
    assert found.repaid == pytest.approx(row([0, 0, 25], [0, 0, 40]))
    assert found.net == pytest.approx(row([100, 10, -25], [30, 0, -40]))


money = st.floats(-1e6, 1e6)


@settings(max_examples=50, deadline=None)
@given(money, money.map(abs), money.map(abs), money.map(abs))
def test_nobody_ends_below_nothing_and_nothing_is_paid_backwards(
    cash: float, debt: float, credit_: float, rest: float
) -> None:
    one = Raised.of(*(np.array([[amount]]) for amount in (cash, debt, credit_, rest)))
    assert min(part.min() for part in (one.rest, one.drawn, one.repaid, one.called)) >= 0.0
    assert cash + one.net[0, 0] >= -1e-6 and one.owed(np.array([[debt]])).min() >= 0.0
    assert one.drawn[0, 0] <= credit_ and one.rest[0, 0] <= rest


def test_lenders_stop_at_their_multiple() -> None:
    """5 and 3 times four quarters of 10: 200 and 120, less 150 owed; nothing on losses."""
    p = small_parameters(lender_multiple=(5.0, 3.0))
    found = credit(row([10.0, -10.0, 10.0], [10.0, -10.0, 10.0]), row([150.0, 0.0, 0.0], [150.0, 0.0, 0.0]), p)
    assert found == pytest.approx(row([50, 0, 200], [0, 0, 120]))


def test_interest_is_a_quarter_of_the_year_s() -> None:
    assert interest(row([400.0], [400.0]), np.array([0.02, 0.06])) == pytest.approx(row([6.0], [10.0]))


def test_new_orders_may_cost_what_can_be_paid_when_they_fall_due() -> None:
    """North: 50 cash, credit of 4 x 4 x 20 less 300 owed, and four quarters of 20 less 3 of tax and 5 of interest, and
    30 x 1.5 from the firm: 50 + 20 + 4 x 57 - 100 on order = 198. South has orders beyond its means."""
    p = small_parameters(lender_multiple=4.0, other_cash_factor=1.5)
    balance: Any = SimpleNamespace(cash=row([50.0, 0, 0], [50.0, 0, 0]), debt=row([300.0, 0, 0], [300.0, 0, 0]))
    last: Any = SimpleNamespace(
        revenue=row([30.0, 1, 0], [30.0, 1, 0]),
        cash_costs=row([10.0, 0, 0], [10.0, 0, 0]),
        tax=row([3.0, 0, 0], [3.0, 0, 0]),
        interest=row([5.0, 0, 0], [5.0, 0, 0]),
    )
    orders = row([100.0, 90, 0], [100.0, 90, 0])
    rest = rest_of_firm(ROSTER, p)
    assert rest == pytest.approx(row([45, 0, 0], [45, 0, 0]))
    assert payable(balance, last, orders, rest, p) == pytest.approx(row([198, 0, 0], [198, 0, 0]))
    assert np.isinf(payable(balance, None, orders, rest, p)).all()


def test_sellers_take_the_part_of_orders_that_can_be_paid() -> None:
    """Of 396 half is taken where 198 can be paid; 198 and less are taken whole, also where rounding makes them more;
    who can pay nothing gets nothing."""
    most = row([198.0, 0, 5], [198.0, np.inf, 5])
    found = part_paid(row([396.0, 10, 0], [198.0 * (1.0 + 1e-9), 500, 5]), most)
    assert found.tolist() == [[0.5, 0.0, 1.0], [1.0, 1.0, 1.0]]


def test_a_quarter_s_shortfall_is_raised_through_the_ledger() -> None:
    """North earns 110, pays 2000 for a programme and has 1000: 890 short, of which 30 come from the firm; losing money,
    it gets no credit. South earns 80 and has 500, pays 10 of interest on 400 and repays them."""
    p = small_parameters(**NONE, lender_spread=0.06)
    books = Bookkeeper(ROSTER)
    opened = books.open(Assets.empty(2, 3), np.zeros((2, 3)), np.zeros((2, 3)))
    opened = replace(opened, debt=row([0, 400.0, 0], [0, 0, 0]))
    found = books.settle(opened, bills(edge_programme_musd=row([2000.0, 0, 0], [0, 0, 0])), (), p)
    assert found.ledger.imbalance().max() < 1e-12
    assert found.balance.cash == pytest.approx(row([0, 170, 200], [1110, 580, 200]))
    assert found.balance.debt.tolist() == [[0, 0, 0], [0, 0, 0]]
    kinds = found.ledger.by_kind
    assert [float(kinds[k][0]) for k in ("rest of the firm", "loans", "capital called", "repayment", "interest")] == (
        pytest.approx([30, 0, 860, 400, 10])
    )
    assert found.statement.interest == pytest.approx(row([0, 10, 0], [0, 0, 0]))
    assert found.statement.financing == pytest.approx(row([890, -400, 0], [0, 0, 0]))
    assert found.statement.free_cash_flow == pytest.approx(row([-1890, 70, 0], [110, 80, 0]))
