"""Commitments quarter by quarter: two worlds with terms of their own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.market.contracts import (
    TERMS,
    Book,
    bill,
    book_in_growth,
    booked_ratio,
    forward_cover,
    shortfall,
    term_price_factor,
)

pytestmark = pytest.mark.usefixtures("road")


def empty(worlds: int = 2, offers: int = 1, buyers: int = 1) -> Book:
    nothing = np.zeros((worlds, offers, buyers, TERMS))
    return Book(nothing, nothing)


def each(*values: float) -> np.ndarray:
    """One number a world, for one offer and one buyer."""
    return np.array(values)[:, None, None]


def test_terms_of_one_and_three_quarters() -> None:
    book = empty().sign(each(10.0, 10.0), each(2.0, 5.0), np.array([[1.0], [3.0]]))
    assert book.live()[:, 0, 0].tolist() == [10.0, 10.0]
    assert book.hourly_bill_usd()[:, 0, 0].tolist() == [20.0, 50.0]
    assert book.owed_usd_per_hour_quarters()[:, 0, 0].tolist() == [20.0, 150.0]
    history = []
    for _ in range(4):
        book, expired = book.roll()
        history.append((book.live()[:, 0, 0].tolist(), expired[:, 0, 0].tolist()))
    assert history == [
        ([0.0, 10.0], [10.0, 0.0]),
        ([0.0, 10.0], [0.0, 0.0]),
        ([0.0, 0.0], [0.0, 10.0]),
        ([0.0, 0.0], [0.0, 0.0]),
    ]


def test_terms_may_differ_by_buyer_and_by_offer() -> None:
    capacity, price = np.ones((1, 2, 2)), np.ones((1, 2, 2))
    by_buyer = empty(1, 2, 2).sign(capacity, price, np.array([[1.0, 4.0]]))
    assert by_buyer.capacity_h100e[0, :, 0, 0].tolist() == [1.0, 1.0]
    assert by_buyer.capacity_h100e[0, :, 1, 3].tolist() == [1.0, 1.0]
    by_offer = empty(1, 2, 2).sign(capacity, price, np.array([[[1.0, 4.0], [2.0, 3.0]]]))
    assert [by_offer.capacity_h100e[0, o, b, k] for o, b, k in ((0, 0, 0), (0, 1, 3), (1, 0, 1), (1, 1, 2))] == [
        1.0
    ] * 4


def test_a_term_is_kept_on_the_axis() -> None:
    book = empty().sign(each(1.0, 1.0), each(1.0, 1.0), np.array([[0.2], [99.0]]))
    assert book.capacity_h100e[0, 0, 0, 0] == 1.0
    assert book.capacity_h100e[1, 0, 0, TERMS - 1] == 1.0


def test_cohorts_keep_their_own_price() -> None:
    book = empty().sign(each(10.0, 10.0), each(2.0, 2.0), np.full((2, 1), 3.0))
    book, _ = book.roll()
    book = book.sign(each(5.0, 1.0), each(1.0, 4.0), np.full((2, 1), 3.0))
    assert book.hourly_bill_usd()[:, 0, 0].tolist() == [25.0, 24.0]
    assert book.owed_usd_per_hour_quarters()[:, 0, 0].tolist() == [2 * 20.0 + 3 * 5.0, 2 * 20.0 + 3 * 4.0]


def test_release_hands_back_a_share_of_every_cohort() -> None:
    book = empty().sign(each(10.0, 10.0), each(2.0, 2.0), np.array([[1.0], [2.0]])).release(each(0.25, 1.0))
    assert book.live()[:, 0, 0].tolist() == [7.5, 0.0]
    assert book.hourly_bill_usd()[:, 0, 0].tolist() == [15.0, 0.0]


def test_a_book_is_never_changed_in_place() -> None:
    book = empty().sign(each(10.0, 10.0), each(2.0, 2.0), np.full((2, 1), 2.0))
    before = book.capacity_h100e.copy()
    book.roll()
    book.sign(each(1.0, 1.0), each(1.0, 1.0), np.full((2, 1), 2.0))
    book.release(each(0.5, 0.5))
    assert (book.capacity_h100e == before).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, TERMS)), min_size=1, max_size=10))
def test_what_is_signed_is_live_or_expired(signings: list[tuple[int, int]]) -> None:
    book, expired = empty(), np.zeros((2, 1, 1))
    for capacity, term in signings:
        book, out = book.roll()
        expired = expired + out
        book = book.sign(each(capacity, 2 * capacity), each(1.0, 1.0), np.full((2, 1), float(term)))
    total = sum(capacity for capacity, _ in signings)
    assert (book.live() + expired)[:, 0, 0].tolist() == [total, 2 * total]
    for _ in range(TERMS):
        book, out = book.roll()
        expired = expired + out
    assert expired[:, 0, 0].tolist() == [total, 2 * total]
    assert book.live().sum() == 0.0


def test_a_book_without_growth_runs_off_evenly_and_one_with_growth_is_young() -> None:
    # Two quarters' term; signing doubles every quarter in the second world: one part old, two parts new.
    book = book_in_growth(each(12.0, 12.0), each(2.0, 3.0), np.full((2, 1), 2.0), np.array([0.0, 1.0]))
    assert book.capacity_h100e[:, 0, 0, :3] == pytest.approx(np.array([[6.0, 6.0, 0.0], [4.0, 8.0, 0.0]]))
    assert book.hourly_bill_usd()[:, 0, 0] == pytest.approx([24.0, 36.0])


def test_a_book_in_growth_keeps_its_terms_on_the_axis() -> None:
    """For a quarter all of it is new; what is longer than the axis is as long as the axis, and even without growth."""
    book = book_in_growth(each(12.0, 40.0), each(1.0, 1.0), np.array([[1.0], [99.0]]), np.array([0.5, 0.0]))
    assert book.capacity_h100e[0, 0, 0].tolist() == [12.0] + [0.0] * (TERMS - 1)
    assert book.capacity_h100e[1, 0, 0] == pytest.approx(np.full(TERMS, 40.0 / TERMS))
    terms = np.array([[[0.3], [2.0]], [[3.4], [1.0]]])  # by offer: rounded, and a quarter at least
    both = book_in_growth(np.full((2, 2, 1), 6.0), np.ones((2, 2, 1)), terms, np.array([1.0, 1.0]))
    assert both.capacity_h100e[0, :, 0, :3] == pytest.approx(np.array([[6, 0, 0], [2, 4, 0]]))
    assert both.capacity_h100e[1, :, 0, :3] == pytest.approx(np.array([[6 / 7, 12 / 7, 24 / 7], [6, 0, 0]]))


def test_a_book_in_growth_goes_on_growing_at_that_rate() -> None:
    growth, term = np.array([0.0, 0.25]), np.array([[6.0], [9.0]])
    book = book_in_growth(each(100.0, 100.0), each(1.0, 1.0), term, growth)
    newest = np.array([book.capacity_h100e[0, 0, 0, 5], book.capacity_h100e[1, 0, 0, 8]])
    rolled, _ = book.roll()
    after = rolled.sign((newest * (1.0 + growth))[:, None, None], each(1.0, 1.0), term)
    assert after.capacity_h100e == pytest.approx(book.capacity_h100e * (1.0 + growth)[:, None, None, None])


def test_take_or_pay_by_hand() -> None:
    # 100 committed at 2 with 90 % owed: idle pays 180, full 200; 30 beyond at 2.6 makes 278. Without the clause 160.
    commitment, use = np.full((2, 3), 100.0), np.array([[80.0, 100.0, 130.0]] * 2)
    share, overage = np.array([[0.9], [0.0]]), np.array([[2.6], [3.0]])
    owed = bill(commitment, use, np.array([[2.0], [2.0]]), overage, share)
    assert owed == pytest.approx(np.array([[180.0, 200.0, 278.0], [160.0, 200.0, 290.0]]))
    assert shortfall(commitment, use, share) == pytest.approx(np.array([[10.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))


def test_longer_terms_are_cheaper() -> None:
    term = np.array([1.0, 2.5, 4.0, 8.0, 12.0, 16.0])
    factor = term_price_factor(term, np.array([[0.3], [0.0]]), np.array([[0.2], [0.1]]))
    assert factor[0] == pytest.approx([1.3, 1.15, 1.0, 0.9, 0.8, 0.8])
    assert factor[1] == pytest.approx([1.0, 1.0, 1.0, 0.95, 0.9, 0.9])


def test_booked_ratio_and_forward_cover() -> None:
    assert booked_ratio(np.array([72.0, 5.0]), np.array([90.0, 0.0])).tolist() == [0.8, 0.0]
    book = empty().sign(each(10.0, 10.0), each(1.0, 1.0), np.array([[1.0], [3.0]]))
    cover = [forward_cover(book, ahead)[:, 0, 0].tolist() for ahead in range(4)]
    assert cover == [[10.0, 10.0], [0.0, 10.0], [0.0, 10.0], [0.0, 0.0]]
