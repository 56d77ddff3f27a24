"""The call market: maximal volume, a price inside the clearing interval, nobody forced, nothing made or lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.equilibrium import exchange

pytestmark = pytest.mark.usefixtures("road")

Order = tuple[int, int]
orders = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 9)), min_size=0, max_size=7)


def call(*books: tuple[list[Order], list[Order]]) -> exchange.Call:
    """Books of (price, quantity) in one world each, padded with empty orders."""
    length = max((len(side) for book in books for side in book), default=0)
    padded = [
        np.array([[*side, *[(0, 0)] * (length - len(side))] for side in sides], dtype=float).reshape(
            len(books), length, 2
        )
        for sides in zip(*books, strict=True)
    ]
    bids, asks = padded
    return exchange.call(bids[..., 1], bids[..., 0], asks[..., 1], asks[..., 0])


def most(bids: list[Order], asks: list[Order]) -> float:
    """Largest volume, by trying every limit as the price."""
    prices = {price for price, _ in (*bids, *asks)}
    return max(
        (min(sum(q for p, q in bids if p >= at), sum(q for p, q in asks if p <= at)) for at in prices), default=0.0
    )


def test_two_books_by_hand() -> None:
    """World 0: one unit of value 9 meets a cost of 3: price 6. World 1: the best bid is below the best ask."""
    done = call(([(9, 1)], [(3, 1)]), ([(2, 1)], [(3, 1)]))
    assert done.volume == pytest.approx([1.0, 0.0]) and done.price == pytest.approx([6.0, 0.0])
    assert done.gains == pytest.approx([6.0, 0.0])
    assert list(done.traded) == [True, False]


def test_a_rejected_bid_keeps_the_price_up() -> None:
    """Two bids of 9 and 8 for one unit at a cost of 2: the price lies between 8 and 9."""
    done = call(([(9, 1), (8, 1)], [(2, 1)]))
    assert (done.price_lo[0], done.price_hi[0]) == (8.0, 9.0)
    assert done.bought[0] == pytest.approx([1.0, 0.0])


@settings(max_examples=150, deadline=None)
@given(orders, orders, orders, orders)
def test_volume_is_the_largest_and_units_and_money_balance(
    bids: list[Order], asks: list[Order], other_bids: list[Order], other_asks: list[Order]
) -> None:
    done = call((bids, asks), (other_bids, other_asks))
    for world, (b, a) in enumerate(((bids, asks), (other_bids, other_asks))):
        assert done.volume[world] == pytest.approx(most(b, a))
        bought, sold = done.bought[world], done.sold[world]
        assert bought.sum() == pytest.approx(done.volume[world]) == sold.sum()
        assert np.all(bought[: len(b)] <= [q + 1e-9 for _, q in b]) and np.all(
            sold[: len(a)] <= [q + 1e-9 for _, q in a]
        )
        assert all(price >= done.price[world] for (price, _), got in zip(b, bought, strict=False) if got > 0.0)
        assert all(price <= done.price[world] for (price, _), got in zip(a, sold, strict=False) if got > 0.0)
        best = (max((p for p, q in b if q), default=-1), min((p for p, q in a if q), default=99))
        assert (done.volume[world] > 0.0) == (best[0] >= best[1])
        assert done.price_lo[world] <= done.price[world] <= done.price_hi[world]  # all 0 where nothing is traded
        assert done.volume[world] > 0.0 or done.price[world] == 0.0
        assert done.gains[world] == pytest.approx(done.buyer_surplus[world] + done.seller_surplus[world])
        assert done.buyer_surplus[world] >= -1e-9 and done.seller_surplus[world] >= -1e-9


@settings(max_examples=80, deadline=None)
@given(orders, orders, st.randoms(use_true_random=False), st.integers(0, 6))
def test_neither_the_order_of_orders_nor_splitting_one_matters(
    bids: list[Order], asks: list[Order], chance: object, which: int
) -> None:
    plain = call((bids, asks))
    mixed = bids[:]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    if asks:
        price, quantity = asks[which % len(asks)]
        rest = [order for k, order in enumerate(asks) if k != which % len(asks)]
        split = [*rest, (price, quantity // 2), (price, quantity - quantity // 2)]
    else:
        split = asks
    other = call((mixed, split))
    assert other.volume == pytest.approx(plain.volume) and other.price == pytest.approx(plain.price)
    assert other.gains == pytest.approx(plain.gains)


def test_a_world_alone_gives_the_same_bits_and_a_broken_one_leaves_others_alone() -> None:
    books = ([(9, 3), (5, 2)], [(3, 1), (4, 7)]), ([(7, 3), (7, 2)], [(7, 1), (4, 1)])
    both, alone = call(*books), call(books[1])
    assert both.price[1] == alone.price[0] and np.array_equal(both.sold[1], alone.sold[0])
    bids = np.array([[np.nan, 1.0], [7.0, 5.0]])
    done = exchange.call(np.ones((2, 2)), bids, np.ones((2, 2)), np.array([[1.0, 1.0], [4.0, 6.0]]))
    clean = exchange.call(np.ones((1, 2)), bids[1:], np.ones((1, 2)), np.array([[4.0, 6.0]]))
    assert done.price[1] == clean.price[0]


@pytest.mark.parametrize("large", ["bids", "asks", "both"])
def test_a_huge_book_beside_it_hides_no_trade(large: str) -> None:
    """What is too little to be a trade is so by the orders of its own world: a bid of 9 meets a cost of 3 whatever the
    books of the next world hold."""
    many = 10**15
    beside = ([(1, many if large != "asks" else 1)], [(4, many if large != "bids" else 1)])
    done = call(([(9, 1)], [(3, 1)]), beside)
    assert done.volume.tolist() == [1.0, 0.0] and done.price.tolist() == [6.0, 0.0]


def test_a_trade_that_rounding_makes_is_none() -> None:
    """A unit of 9 and one of 2 ten billion times as large, for a cost of 3: the unit counts. A hundred million times
    larger still, it is lost in the rounding of its own book."""
    for size, volume in ((1e10, 1.0), (1e18, 0.0)):
        done = exchange.call(*(np.array([one]) for one in ([1.0, size], [9.0, 2.0], [1.0], [3.0])))
        assert done.volume.tolist() == [volume]
