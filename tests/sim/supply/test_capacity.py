"""Orders, foundry, deliveries and fleets: hand-worked quarters in two worlds, and what is conserved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from sim.arrays import total_by
from sim.finance import growth_factor
from sim.supply.capacity import (
    AGES,
    Fleet,
    allocate_foundry,
    booking_rule,
    critical_adjustment,
    deliver,
    expect_growth,
    long_run_cost,
    long_run_target,
    newsvendor,
    order_rule,
    powered_share,
)

seeds = st.integers(0, 2**31 - 1)
several = settings(max_examples=50, deadline=None)


# --- orders ---


def test_order_rule_by_hand() -> None:
    # Gap 40, line short by 10: 5 + 0.5 x 40 + 0.5 x beta x 10. The second world ignores its line and is 40 over.
    stock, target = np.array([60.0, 140.0]), np.array([100.0, 100.0])
    got = order_rule(
        stock, target, np.full(2, 20.0), np.full(2, 30.0), np.full(2, 5.0), np.full(2, 0.5), np.array([1, 0])
    )
    assert got == pytest.approx([30.0, -15.0])


def loop(adjustment: float, lead: int, quarters: int = 400) -> np.ndarray:
    """Path of a stock that starts 1 below target and ignores its supply line."""
    path, orders = [-1.0], [0.0] * (lead - 1)
    for _ in range(quarters):
        orders.append(-adjustment * path[-1])
        path.append(path[-1] + orders.pop(0))
    return np.array(path)


def test_critical_adjustment_parts_calm_from_swings_and_swings_from_explosion() -> None:
    explosion, oscillation = critical_adjustment(np.array([2.0, 5.0]))
    assert explosion[0] == pytest.approx(1.0) and oscillation[0] == pytest.approx(0.25)  # one quarter's delay, by hand
    for lead, worst, calm in zip((2, 5), explosion, oscillation, strict=True):
        assert loop(calm * 0.98, lead).max() <= 1e-12  # never overshoots
        assert loop(calm * 1.3, lead).max() > 1e-6
        assert np.abs(loop(worst * 0.97, lead)[-20:]).max() < 0.5
        assert np.abs(loop(worst * 1.03, lead)[-20:]).max() > 1.0


def test_newsvendor_agrees_with_integration() -> None:
    mean, sd = np.array([100.0, 50.0]), np.array([25.0, 20.0])
    got = newsvendor(mean, sd, np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    assert got["critical_ratio"] == pytest.approx([0.75, 0.5])
    assert got["K_star"][1] == pytest.approx(50.0)
    for world in range(2):
        capacity = got["K_star"][world]
        lost = quad(lambda d, w=world, k=capacity: (d - k) * norm.pdf(d, mean[w], sd[w]), capacity, capacity + 400)[0]
        assert got["expected_lost_sales"][world] == pytest.approx(lost, rel=1e-6)
        assert got["expected_sales"][world] == pytest.approx(mean[world] - lost, rel=1e-6)
        assert got["expected_utilisation"][world] == pytest.approx((mean[world] - lost) / capacity, rel=1e-6)


def test_long_run_target_leaves_headroom() -> None:
    got = long_run_target(
        np.array([[40.0], [40.0]]), np.array([[30.0], [30.0]]), np.array([[10.0], [0.0]]), np.array([0.8, 1])
    )
    assert got.tolist() == [[100.0], [70.0]]


def test_expected_growth_is_smoothed_and_held_between_nothing_and_the_cap() -> None:
    target, last = np.full((2, 3), 100.0) * np.exp([0.1, 1.0, -1.0]), np.full((2, 3), 100.0)
    got = expect_growth(np.full((2, 3), 0.06), target, last, np.array([0.5, 1.0]), np.array([0.2, 0.3]))
    assert got == pytest.approx(np.array([[0.08, 0.2, 0.0], [0.1, 0.3, 0.0]]))


# --- foundry ---


def test_prepaid_wafers_come_first_and_the_rest_share() -> None:
    # 60 booked, 20 of them prepaid. Capacity 30: 20 prepaid, then 10 for the other 40. Capacity 10: half the prepaid.
    bookings, prepaid = np.array([[40.0, 20.0]] * 3), np.array([[0.5, 0.0]] * 3)
    made = allocate_foundry(bookings, prepaid, np.array([30.0, 10.0, 100.0]))
    assert made == pytest.approx(np.array([[25.0, 5.0], [10.0, 0.0], [40.0, 20.0]]))


@several
@given(seeds)
def test_the_foundry_never_makes_more_than_it_can_or_than_was_booked(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bookings, prepaid = rng.uniform(0, 100, (4, 5)) * (rng.random((4, 5)) < 0.8), rng.random((4, 5))
    capacity = rng.uniform(0, 300, 4) * (rng.random(4) < 0.9)
    made = allocate_foundry(bookings, prepaid, capacity)
    assert (made >= 0.0).all() and (made <= bookings * (1 + 1e-12)).all()
    assert made.sum(axis=1) == pytest.approx(np.minimum(capacity, bookings.sum(axis=1)))
    assert (made >= bookings * prepaid * np.minimum(1.0, capacity / 500.0)[:, None] - 1e-9).all()


@several
@given(seeds)
def test_bookings_stay_between_half_the_last_and_the_cap(seed: int) -> None:
    rng = np.random.default_rng(seed)
    flow, backlog, inventory, last = (rng.uniform(0, 100, (3, 4)) for _ in range(4))
    per_wafer = rng.uniform(1, 50, (3, 4))
    booked = booking_rule(
        flow, rng.uniform(0, 0.2, (3, 4)), np.full((3, 4), 3.0), backlog, inventory, per_wafer, last, 0.2
    )
    assert (booked >= 0.5 * last - 1e-9).all()
    assert (booked <= 1.2 * np.maximum(last, flow / per_wafer) + 1e-9).all()


def test_bookings_follow_orders_that_grow_and_rise_with_backlog() -> None:
    def booked(backlog: float, inventory: float) -> float:
        one = np.ones((1, 1))
        return float(
            booking_rule(100 * one, 0.1 * one, 2 * one, backlog * one, inventory * one, 10 * one, 10 * one, 0.5 * one)[
                0, 0
            ]
        )

    assert booked(50.0, 10.0) == pytest.approx(12.1)  # half a quarter's backlog and a tenth in stock need no correction
    assert booked(60.0, 10.0) > 12.1 > booked(50.0, 20.0)


# --- deliveries ---


def test_deliveries_share_by_backlog_and_priority() -> None:
    line, backlog = np.array([0, 0, 1]), np.array([[30.0, 10.0, 5.0]] * 2)
    available = np.array([[20.0, 100.0], [36.0, 2.0]])
    equal = deliver(backlog, available, line, np.ones((2, 3)))
    assert equal == pytest.approx(np.array([[15.0, 5.0, 5.0], [27.0, 9.0, 2.0]]))
    # Priority 3 for the second pool: 10 each of 20; of 36 it would get 18, needs 10, and the rest goes to the first.
    ahead = deliver(backlog, available, line, np.array([[1.0, 3.0, 1.0]] * 2))
    assert ahead == pytest.approx(np.array([[10.0, 10.0, 5.0], [26.0, 10.0, 2.0]]))


@several
@given(seeds)
def test_deliveries_never_exceed_the_backlog_or_what_there_is_and_waste_nothing_when_priorities_are_equal(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    line = rng.integers(0, 3, 7)
    backlog = rng.uniform(0, 50, (4, 7)) * (rng.random((4, 7)) < 0.8)
    available = rng.uniform(0, 100, (4, 3)) * (rng.random((4, 3)) < 0.8)
    asked = total_by(backlog, line, 3)
    for priority in (np.ones((4, 7)), rng.uniform(0.2, 5.0, (4, 7))):
        given_out = deliver(backlog, available, line, priority)
        assert (given_out >= 0.0).all() and (given_out <= backlog * (1 + 1e-12)).all()
        assert (total_by(given_out, line, 3) <= np.minimum(available, asked) * (1 + 1e-12) + 1e-12).all()
    equal = deliver(backlog, available, line, np.ones((4, 7)))
    assert total_by(equal, line, 3) == pytest.approx(np.minimum(available, asked))


def test_by_owner_adds_up() -> None:
    amount = np.array([[1.0, 2.0, 4.0], [3.0, 0.0, 1.0]])
    assert total_by(amount, np.array([1, 0, 1]), 3).tolist() == [[2.0, 5.0, 0.0], [0.0, 4.0, 0.0]]


# --- stocks ---


def new_fleet(worlds: int = 2, pools: int = 1) -> Fleet:
    nothing = np.zeros((worlds, pools, AGES))
    return Fleet(nothing, nothing, nothing)


def test_a_fleet_retires_by_vintage() -> None:
    # Ten arrive, then five of another kind; life is two quarters in the first world and three in the second.
    life, fleet = np.array([2.0, 3.0]), new_fleet()
    watts, chips = np.array([[1000.0], [1000.0]]), np.array([[1.0], [1.0]])
    fleet, retired = fleet.age(np.array([[10.0], [10.0]]), watts, chips, life)
    assert fleet.total()[:, 0].tolist() == [10.0, 10.0] and retired.sum() == 0.0
    fleet, retired = fleet.age(np.array([[5.0], [5.0]]), 0.5 * watts, 0.2 * chips, life)
    assert fleet.total()[:, 0].tolist() == [15.0, 15.0] and retired.sum() == 0.0
    assert fleet.chips()[:, 0].tolist() == [11.0, 11.0]
    assert fleet.it_mw()[:, 0] == pytest.approx([0.0125, 0.0125])
    fleet, retired = fleet.age(np.zeros((2, 1)), watts, chips, life)
    assert retired[:, 0].tolist() == [10.0, 0.0]
    assert fleet.total()[:, 0].tolist() == [5.0, 15.0]


@pytest.mark.whole
@several
@given(seeds)
def test_a_fleet_loses_and_gains_nothing_but_what_retires_and_arrives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    life, fleet = rng.integers(1, AGES + 1, 3).astype(float), new_fleet(3, 2)
    for _ in range(60):
        arriving = rng.uniform(0, 10, (3, 2))
        due = np.stack([fleet.h100e[world, :, int(life[world]) - 1] for world in range(3)])
        before = fleet.total()
        fleet, retired = fleet.age(arriving, np.ones((3, 2)), np.ones((3, 2)), life)
        assert fleet.total() + retired == pytest.approx(before + arriving)
        assert retired == pytest.approx(due)
        assert ((fleet.h100e > 0.0).sum(axis=2) <= life[:, None]).all()


def test_what_retires_soon_is_told_per_quarter() -> None:
    # Vintages of ages 0, 1, 2 hold 4, 6, 10. With a life of three, age 2 goes next quarter and age 1 the quarter after.
    nothing = np.zeros((2, 1, AGES))
    h100e = nothing.copy()
    h100e[:, 0, :3] = [4.0, 6.0, 10.0]
    fleet = Fleet(h100e, nothing, nothing)
    assert fleet.retiring(np.array([3.0, 3.0]), np.array([1.0, 2.0]))[:, 0].tolist() == [10.0, 8.0]
    assert fleet.retiring(np.array([2.0, 20.0]), np.array([1.0, 4.0]))[:, 0].tolist() == [6.0, 0.0]  # age 2 is gone


def test_sites_power_what_they_can() -> None:
    needed, powered = np.array([[10.0, 20.0, 0.0], [10.0, 5.0, 1.0]]), np.array([[20.0, 15.0, 0.0], [0.0, 5.0, 1.0]])
    assert powered_share(needed, powered).tolist() == [[1.0, 0.75, 1.0], [0.0, 1.0, 1.0]]


# --- costs ---


def test_long_run_cost_by_hand() -> None:
    # 21 900 and 8 760 USD at a tenth a quarter are 1 and 0.4 USD an hour of 2190; 0.2 to run; 80 % used.
    one = np.ones(2)
    got = long_run_cost(21900 * one, 8760 * one, 0.2 * one, np.array([0.1, 0.2]), 0.1 * one, np.array([0.8, 1.0]))
    assert got == pytest.approx([2.0, 2.6])


def test_growth_by_quarter() -> None:
    assert growth_factor(np.array([0.21, 0.0]), 2) == pytest.approx([1.1, 1.0])
    assert growth_factor(np.array([0.4641]), 1) == pytest.approx([1.1])
