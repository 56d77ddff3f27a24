"""Accounts: the ledger closes, depreciation adds up to what was spent, cash follows from income."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.accounts.ledger import Ledger, built, depreciation, free_cash_flow, net_book_value, operating_income
from sim.accounts.state import Assets
from sim.supply.capacity import AGES


def test_what_one_pays_another_receives() -> None:
    ledger = Ledger(("lab", "cloud", "vendor"), 2)
    ledger.pay("lab", "cloud", np.array([10.0, 20.0]), "rental")
    ledger.pay("lab", "cloud", np.array([1.0, 0.0]), "egress")
    ledger.pay("cloud", "vendor", np.array([4.0, 25.0]), "chips")
    assert ledger.net("lab").tolist() == [-11.0, -20.0]
    assert ledger.net("cloud").tolist() == [7.0, -5.0]
    assert ledger.net("vendor").tolist() == [4.0, 25.0]
    assert ledger.by_kind["rental"].tolist() == [10.0, 20.0]
    assert ledger.imbalance().tolist() == [0.0, 0.0]


def test_an_unknown_party_is_refused() -> None:
    with pytest.raises(KeyError):
        Ledger(("lab", "cloud"), 1).pay("lab", "nobody", np.array([1.0]), "rental")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd"), st.floats(0, 1e9)), max_size=30))
def test_the_ledger_balances_whatever_is_paid(payments: list[tuple[str, str, float]]) -> None:
    ledger = Ledger(tuple("abcd"), 2)
    amounts = np.array([1.0, 0.1])
    for payer, payee, amount in payments:
        ledger.pay(payer, payee, amount * amounts, payer + payee)
    assert ledger.imbalance() == pytest.approx([0.0, 0.0], abs=1e-12)
    moved = sum(amount for *_, amount in payments)
    assert sum(ledger.by_kind.values(), np.zeros(2)) == pytest.approx(moved * amounts)
    assert sum(ledger.net(party) for party in "abcd") == pytest.approx([0.0, 0.0], abs=1e-6 * max(moved, 1.0))


def test_the_ledger_does_not_keep_hold_of_an_amount() -> None:
    ledger, amount = Ledger(("a", "b"), 1), np.array([5.0])
    ledger.pay("a", "b", amount, "x")
    ledger.pay("a", "b", amount, "x")
    assert amount.tolist() == [5.0] and ledger.by_kind["x"].tolist() == [10.0]


def test_depreciation_by_hand_with_another_life_in_each_world() -> None:
    # 100 two quarters ago, 40 now. A life of two: only the 40 is written down, 20 a quarter. Of four: 25 + 10.
    assets = Assets.empty(2, 1).add(np.full((2, 1), 100.0)).add(np.zeros((2, 1))).add(np.full((2, 1), 40.0))
    life = np.array([2.0, 4.0])
    assert depreciation(assets.capex_by_age, life)[:, 0] == pytest.approx([20.0, 35.0])
    assert net_book_value(assets.capex_by_age, life)[:, 0] == pytest.approx([20.0, 25.0 + 30.0])


@settings(max_examples=30, deadline=None)
@given(st.integers(1, AGES), st.lists(st.floats(0, 1e4), min_size=1, max_size=8))
def test_book_value_falls_by_depreciation_and_rises_by_spending(life: int, spending: list[float]) -> None:
    assets, lives, value, written = Assets.empty(2, 1), np.array([float(life), 7.0]), np.zeros((2, 1)), np.zeros((2, 1))
    for quarter in range(len(spending) + AGES):
        capex = np.full((2, 1), spending[quarter] if quarter < len(spending) else 0.0)
        assets = assets.add(capex)
        charge = depreciation(assets.capex_by_age, lives)
        value, written = value + capex - charge, written + charge
        assert net_book_value(assets.capex_by_age, lives) == pytest.approx(value, abs=1e-6)
    assert written == pytest.approx(np.full((2, 1), sum(spending)))


def test_income_and_cash_flow() -> None:
    income = operating_income(
        np.array([60.0, 60.0]), np.array([20.0, 20.0]), np.array([10.0, 10.0]), np.array([0.0, 7.0])
    )
    assert income.tolist() == [30.0, 23.0]
    flow = free_cash_flow(
        income, np.array([10.0, 10.0]), np.array([0.0, 7.0]), np.array([6.0, 4.0]), np.array([50.0, 0.0])
    )
    assert flow.tolist() == [-16.0, 36.0]  # a write-off costs no cash


def test_every_site_is_paid_once_whenever() -> None:
    """Over any course of orders, payments are what was delivered and the rise of what is under way; none is below 0."""
    chance = np.random.default_rng(8)
    building, paid, delivered = np.full((3, 2), 7.0), np.zeros((3, 2)), np.zeros((3, 2))
    for _ in range(12):
        due, ordered = (
            chance.uniform(0.0, 9.0, (3, 2)),
            chance.uniform(0.0, 30.0, (3, 2)) * (chance.random((3, 2)) < 0.7),
        )
        payment, building = built(building, due, ordered, np.array([1.0, 3.0, 5.0]))
        assert payment.min() >= 0.0 and building.min() >= 0.0
        paid, delivered = paid + payment, delivered + due
        assert paid == pytest.approx(delivered + building - 7.0)
