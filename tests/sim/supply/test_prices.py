"""Posted prices by hand, and the two single-seller prices against a search for the best price."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from sim.supply.prices import (
    adjust,
    capacity_filling_price,
    chip_price,
    managed_price,
    monopoly_price,
    pressure,
    target_price,
    transfer_price,
)


def test_target_price_leans_on_the_markup_of_the_start() -> None:
    got = target_price(np.array([2.0, 2.0, 2.0]), np.full(3, 1.0), np.full(3, 0.5), np.array([0.0, 0.5, 1.0]))
    assert got == pytest.approx([3.0, 3.5, 4.0])


def test_pressure_comes_from_use_and_from_scarcity() -> None:
    got = pressure(np.array([1.0, 0.7]), np.full(2, 0.9), np.full(2, 0.5), np.array([0.8, 0.0]), np.full(2, 0.25))
    assert got == pytest.approx([0.25, -0.1])


def test_prices_move_part_of_the_way_within_a_limit_and_above_cash_cost() -> None:
    price, target = np.array([2.0, 2.0, 2.0, 2.0]), np.array([8.0, 8.0, 2.0, 0.02])
    got = adjust(
        price, target, np.full(4, 0.5), np.array([0, 0, 0.1, 0]), np.array([9.0, 0.2, 9.0, 9.0]), np.full(4, 0.5)
    )
    assert got == pytest.approx([4.0, 2.0 * np.exp(0.2), 2.0 * np.exp(0.1), 0.5])


def test_the_filling_price_sells_exactly_the_capacity() -> None:
    utility, alpha, market, capacity = (
        np.array([3.0, 1.0]),
        np.array([0.8, 1.5]),
        np.full(2, 1000.0),
        np.array([400.0, 50]),
    )
    price = capacity_filling_price(utility, alpha, market, capacity)
    for world in range(2):

        def spare(p: float, w: int = world) -> float:
            value = np.exp(utility[w] - alpha[w] * p)
            return market[w] * value / (1.0 + value) - capacity[w]

        assert price[world] == pytest.approx(brentq(spare, -20.0, 40.0, xtol=1e-13))


def test_no_other_price_earns_the_monopolist_more() -> None:
    utility, alpha, cost = np.array([3.0, 1.0]), np.array([0.8, 1.5]), np.array([0.5, 1.2])
    price = monopoly_price(utility, alpha, cost)
    for world in range(2):

        def loss(p: float, w: int = world) -> float:
            value = np.exp(utility[w] - alpha[w] * p)
            return -(p - cost[w]) * value / (1.0 + value)

        found = minimize_scalar(loss, bounds=(cost[world], 20.0), method="bounded", options={"xatol": 1e-10})
        assert price[world] == pytest.approx(found.x, abs=1e-6)


def test_chip_and_transfer_prices() -> None:
    assert chip_price(np.array([30.0, 30.0]), np.array([0.7, 0.0])) == pytest.approx([100.0, 30.0])
    got = transfer_price(np.full(3, 30.0), np.full(3, 0.7), np.array([0.0, 0.5, 1.0]))
    assert got == pytest.approx([30.0, 65.0, 100.0])


def test_managed_service_is_priced_by_the_work_of_its_pools() -> None:
    # Pools at 2 and 3 an hour; the second does 1.5 hours' work in one. Three quarters on the first, plus 20 %.
    price, efficiency = np.array([[2.0, 3.0], [2.0, 6.0]]), np.array([[1.0, 1.5], [1.0, 1.5]])
    routing = np.array([[[[0.75, 0.25]]], [[[0.0, 1.0]]]])
    assert managed_price(price, routing, np.array([0.2, 0.0]), efficiency)[:, 0, 0] == pytest.approx([2.4, 4.0])
