"""What labs know and what their money does, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim.labs.product import compute_per_token, next_stock
from sim.labs.purse import LONGEST_RUNWAY, runway
from sim.supply.tables import INITIAL_GROWTH


def test_what_labs_know_fades_and_grows_with_training() -> None:
    """d = 0.1, g = 0.12: without training 0.9 is left; with training as at the start 0.9 + 0.22."""
    stock = next_stock(np.ones((2, 2)), np.array([[0.0, 1.0], [2.0, 1.0 + INITIAL_GROWTH]]), np.array([[0.1], [0.1]]))
    assert stock == pytest.approx(np.array([[0.9, 1.12], [1.34, 0.9 + 0.22 * 1.12]]))


@pytest.mark.parametrize("decay", [0.05, 0.12, 0.3])
def test_training_that_goes_on_growing_keeps_its_pace(decay: float) -> None:
    """The stock of the start is what growth at the usual pace has left: it grows on at that pace."""
    stock = np.ones(1)
    for quarter in range(12):
        stock = next_stock(stock, np.array([(1.0 + INITIAL_GROWTH) ** quarter]), np.array([decay]))
    assert stock == pytest.approx([(1.0 + INITIAL_GROWTH) ** 12])


def test_small_models_take_less_compute_per_token() -> None:
    """Half of research instead of a tenth at a saving of 0.8: exp(-0.32)."""
    found = compute_per_token(np.array([[0.5], [0.1]]), np.array([0.1]), np.array([[0.8], [0.8]]))
    assert found == pytest.approx(np.array([[np.exp(-0.32)], [1.0]]))


def test_runway_is_cash_over_burn() -> None:
    cash, burn = np.array([40.0, 40.0, -5.0, 4000.0]), np.array([10.0, 0.0, 1.0, 1.0])
    assert runway(cash, burn) == pytest.approx([4.0, LONGEST_RUNWAY, 0.0, LONGEST_RUNWAY])
