"""Why a key figure changed, from quarters of a few numbers: what was expected, and each driver's part by hand."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from experiments.play import drivers
from experiments.play.drivers import Outcome, Turn, log_mean, outcome, split
from tests.experiments.play.turns import HOUR, Kept, told, turn

LN2 = math.log(2.0)


# --- products ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "mean"),
    [(8.0, 4.0, 4.0 / LN2), (4.0, 8.0, 4.0 / LN2), (0.25, 0.5, 0.25 / LN2), (3.0, 3.0, 3.0), (0.0, 2.0, 0.0),
     (2.0, 0.0, 0.0), (-1.0, 2.0, 0.0), (2.0, -1.0, 0.0), (1.0, math.e, math.e - 1.0)],
)  # fmt: skip
def test_logarithmic_mean(a: float, b: float, mean: float) -> None:
    assert log_mean(a, b) == pytest.approx(mean)


def test_of_what_is_nearly_the_same_the_mean_is_either() -> None:
    assert log_mean(1.0, 1.0 + 5e-13) == 1.0 and log_mean(1.0, 1.0 - 5e-13) == 1.0
    assert log_mean(2e15, 2e15 + 1000.0) == 2e15, "relative to its size"
    assert log_mean(1e-13, 2e-13) == pytest.approx(1e-13 / LN2), "however small"


@pytest.mark.parametrize(
    ("before", "now", "parts"),
    [
        ((2.0, 3.0), (4.0, 3.0), [6.0, 0.0]),
        ((1.0, 1.0), (2.0, 4.0), [7.0 / 3.0, 14.0 / 3.0]),  # ln 2 and ln 4 of ln 8
        ((4.0, 1.0), (1.0, 2.0), [-4.0, 2.0]),  # -2 ln 2 and ln 2
        ((0.0, 3.0, 2.0), (2.0, 3.0, 2.0), [12.0, 0.0, 0.0]),
        ((2.0, 3.0), (2.0, 0.0), [-6.0, 0.0]),
    ],
)
def test_a_product_by_hand(before: tuple[float, ...], now: tuple[float, ...], parts: list[float]) -> None:
    assert split(before, now) == pytest.approx(parts)


def test_factors_are_as_many_before_as_now() -> None:
    with pytest.raises(ValueError, match="shorter"):
        split((2.0, 3.0), (2.0,))


def test_the_largest_drivers_are_told_and_the_others_together() -> None:
    def of(*amounts: float) -> Outcome:
        return Outcome("t", 0.0, "", 0.0, 0.0, tuple(zip("abcd", amounts, strict=False)))

    assert of(1.0, -5.0, 2.0, -0.5).largest() == [("b", -5.0), ("c", 2.0), ("a", 1.0), ("everything else", -0.5)]
    assert of(1.0, -5.0, 2.0, -0.5).largest(1) == [("b", -5.0), ("everything else", 2.5)]
    assert of(1.0, -5.0, 2.0).largest() == [("b", -5.0), ("c", 2.0), ("a", 1.0)]


def test_there_is_nothing_before_the_first_quarter() -> None:
    kept: Any = Kept(0, {})
    assert outcome("cloud", "me", kept, [], None) is None
    assert outcome("vendor", "me", Kept(2, {}), [turn()], None) is None  # type: ignore[arg-type]


# --- cloud ------------------------------------------------------------------------------------------------------------


def offer(
    quarter: str, family: str, installed: float, used: float, price: float, cloud: str = "me"
) -> dict[str, object]:
    names = ("cloud", "quarter", "family", "installed_h100e", "used_h100e", "price_usd_per_h100e_hour")
    return dict(zip(names, (cloud, quarter, family, installed, used, price), strict=True))


def fleet(gpu: float, mine: float, booked: float = 0.5, price: float = 2.0) -> Turn:
    return turn(
        installed_h100e=[gpu, mine],
        booked_share=[booked, 1.0],
        price_usd_per_h100e_hour=[price, price / 2.0],
        own_design=(False, True),
        families=(0, 1),
    )


def test_a_clouds_first_quarter() -> None:
    """Booked: half of 3000 H100e at $2, and 1000 at $1."""
    kept: Any = Kept(1, {"cloud me revenue_musd": [9.0]})
    meaning = "your capacity as booked, at posted prices"
    assert told(outcome("cloud", "me", kept, [fleet(3e3, 1e3)], None)) == (
        "revenue",
        4e3 * HOUR,
        meaning,
        9.0,
        None,
        {},
    )
    own_fleet = outcome("cloud", "me", kept, [fleet(3e3, 1e3, price=0.0)], None)
    assert told(own_fleet) == ("revenue", None, meaning, 9.0, None, {})


def test_what_changed_a_clouds_revenue() -> None:
    """GPUs double in number, the own chip in price and in use of it, and contracts pay twice as much of what is posted.

    Before: GPUs 1000 x 0.5 x $4 and own chips 1000 x 0.25 x $4 pay all of 3000 $/h. Now: 2000 x 0.5 x $4 and
    1000 x 0.5 x $8 pay twice of 8000 $/h. GPUs: from 2000 to 8000, in halves by number and by contracts; own chips:
    from 1000 to 8000, in thirds by use, price and contracts."""
    then, now = "2026Q2", "2026Q3"
    rows = [
        offer("2026Q1", "gpu", 9e9, 9e9, 9.0),
        offer(then, "gpu", 600.0, 400.0, 4.0),
        offer(then, "spare", 400.0, 100.0, 4.0),
        offer(then, "mine", 1e3, 250.0, 4.0),
        offer(now, "gpu", 2e3, 1e3, 4.0),
        offer(now, "mine", 1e3, 500.0, 8.0),
        offer(now, "gpu", 7e9, 7e9, 7.0, cloud="other"),
    ]
    kept: Any = Kept(3, {"cloud me revenue_musd": [1.0, 3e3 * HOUR, 16e3 * HOUR]}, rows)
    turns = [fleet(5.0, 5.0), fleet(1e3, 1e3), fleet(2e3, 1e3), fleet(7e7, 7e7)]
    assert told(outcome("cloud", "me", kept, turns, None)) == (
        "revenue",
        4.5e3 * HOUR,
        "your capacity, used and paid as the quarter before",
        16e3 * HOUR,
        3e3 * HOUR,
        {
            "GPU capacity": 3e3 * HOUR,
            "use of capacity": 7e3 / 3.0 * HOUR,
            "posted prices": 7e3 / 3.0 * HOUR,
            "contracts at older prices, and other income": (3e3 + 7e3 / 3.0) * HOUR,
        },
    )


def test_own_chips_that_begin_are_put_down_to_their_capacity() -> None:
    rows = [
        offer("2026Q1", "gpu", 1e3, 500.0, 4.0),
        offer("2026Q1", "mine", 0.0, 0.0, 3.0),
        offer("2026Q2", "gpu", 1e3, 500.0, 4.0),
        offer("2026Q2", "mine", 1e3, 500.0, 2.0),
    ]
    kept: Any = Kept(2, {"cloud me revenue_musd": [2e3 * HOUR, 3e3 * HOUR]}, rows)
    found = outcome("cloud", "me", kept, [fleet(1e3, 0.0), fleet(1e3, 1e3)], None)
    assert told(found)[-1] == {"own-chip capacity": 1e3 * HOUR}


@pytest.mark.parametrize(
    ("installed", "used", "group"),
    [(4e3, 1e3, (4e3, 0.25, 3.0 * HOUR)), (4e3, 0.0, (0.0, 0.0, 0.0)), (0.0, 1e3, (0.0, 0.0, 0.0))],
)
def test_a_kind_of_chip(installed: float, used: float, group: tuple[float, ...]) -> None:
    rows = pd.DataFrame([offer("q", "gpu", installed, used, 3.0)])
    assert drivers._group(rows) == pytest.approx(group)


def test_who_posts_nothing_has_no_contracts_to_compare() -> None:
    kept: Any = Kept(1, {}, [offer("2026Q1", "gpu", 1e3, 500.0, 0.0)])
    found = drivers._cloud_groups(kept, "me", ["mine"], -1, 5.0)
    assert found == {"own-chip": (0.0, 0.0, 0.0, 0.0), "GPU": (1e3, 0.5, 0.0, 0.0)}


# --- vendor -----------------------------------------------------------------------------------------------------------


def shop(price: float, stock: float, orders: float = 0.0) -> Turn:
    """Lines of the core and the edge."""
    return turn(chip_price_usd_per_h100e=price, inventory_h100e=[stock, 100.0], order_flow_h100e=[orders, 50.0])


USUAL = "the usual flow of orders at the price they were taken at"


def test_a_vendors_first_quarter() -> None:
    kept: Any = Kept(1, {"vendor me revenue_musd": [30.0]})
    assert told(outcome("vendor", "me", kept, [shop(20e3, 0.0, 950.0)], None)) == (
        "revenue",
        20.0,
        USUAL,
        30.0,
        None,
        {},
    )


@pytest.mark.parametrize(
    ("stock", "last", "parts"),
    [
        # price and volume double, 1000 to 2000 at $10,000 to $20,000: half of 30 each, 15 by 1000 more chips
        (((500.0, 500.0), 300.0), 40.0, {"list price of chips": 15.0, "chips made": 12.0, "chips from stock": 3.0}),
        # more into stock than before: 200 drawn, then 100 put there
        (((700.0, 500.0), 600.0), 40.0, {"list price of chips": 15.0, "chips made": 19.5, "chips from stock": -4.5}),
        # the same number: a chip is worth its price of now
        (((500.0, 500.0), 400.0), 20.0, {"list price of chips": 10.0, "chips made": -2.0, "chips from stock": 2.0}),
    ],
)
def test_what_changed_a_vendors_revenue(
    stock: tuple[tuple[float, float], float], last: float, parts: dict[str, float]
) -> None:
    (first, second), third = stock
    kept: Any = Kept(3, {"vendor me revenue_musd": [5.0, 10.0, last]})
    turns = [shop(10e3, first), shop(10e3, second), shop(20e3, third, 950.0)]
    assert told(outcome("vendor", "me", kept, turns, None)) == ("revenue", 20.0, USUAL, last, 10.0, parts)


def test_stock_before_the_first_quarter_is_nothing() -> None:
    """What stands in the first briefing was put there: 600 of 600, with the edge's, and then 200 are drawn."""
    kept: Any = Kept(2, {"vendor me revenue_musd": [10.0, 20.0]})
    found = outcome("vendor", "me", kept, [shop(10e3, 500.0), shop(10e3, 300.0)], None)
    assert told(found)[-1] == {"chips made": 2.0, "chips from stock": 8.0}
