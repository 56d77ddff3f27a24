"""Surplus and concentration by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim.equilibrium.welfare import chained_index, compensating_variation, consumer_surplus, hhi


def test_surplus_is_the_log_sum_in_money() -> None:
    got = consumer_surplus(np.array([2.0, 3.0]), np.array([0.5, 1.5]), np.array([10.0, 100.0]))
    assert got == pytest.approx([40.0, 200.0])
    change = compensating_variation(np.array([2.0, 3.0]), np.array([2.5, 2.4]), np.array([0.5, 1.5]), np.full(2, 100.0))
    assert change == pytest.approx([100.0, -40.0])


def test_concentration() -> None:
    assert hhi(np.array([[5.0, 0.0], [1.0, 1.0], [30.0, 10.0], [0.0, 0.0]])) == pytest.approx([10000, 5000, 6250, 0])


def test_price_index_by_hand() -> None:
    # One item doubles. Bought 1 : 1 before (Laspeyres 1.5), 1 : 3 after (Paasche 5 / 4). Elsewhere prices halve.
    last, now = np.array([[1.0, 1.0], [2.0, 4.0]]), np.array([[2.0, 1.0], [1.0, 2.0]])
    got = chained_index(np.array([100.0, 80.0]), last, now, np.ones((2, 2)), np.array([[1.0, 3.0], [5.0, 1.0]]))
    assert got == pytest.approx([100.0 * np.sqrt(1.5 * 1.25), 40.0])
    assert chained_index(np.array([7.0]), np.ones((1, 2)), np.ones((1, 2)) * 3, np.zeros((1, 2)), np.zeros((1, 2))) == [
        7.0
    ]
