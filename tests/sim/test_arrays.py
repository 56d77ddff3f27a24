"""Helpers on arrays: the same bits however an array is cut."""

import numpy as np
import pytest

from sim.arrays import power, ratio, total_by, total_by_group


def test_powers_are_those_of_school() -> None:
    base = np.array([[4.0, 0.25, 1.0], [0.0, 0.0, 0.0]])
    exponent = np.array([[0.5, -2.0, 7.0], [2.0, 0.0, -1.0]])
    assert power(base, exponent) == pytest.approx(np.array([[2.0, 16.0, 1.0], [0.0, 1.0, np.inf]]), rel=1e-15)


def test_a_broken_world_stays_broken() -> None:
    assert np.isnan(power(np.array([np.nan, 2.0]), -1.0)).tolist() == [True, False]


@pytest.mark.parametrize("exponent", [-1.0, 0.5, 2.0, -0.9])
def test_a_power_has_the_same_bits_however_it_is_laid_out(exponent: float) -> None:
    base = np.random.default_rng(5).uniform(0.5, 2.0, (40, 8))
    whole = power(np.asfortranarray(base), np.full((40, 1), exponent))
    for world in range(40):
        assert power(base[world : world + 1], np.full((1, 1), exponent)).tobytes() == whole[world].tobytes()


def test_totals_by_group_have_the_same_bits_in_any_batch() -> None:
    values = np.random.default_rng(6).uniform(0.0, 1e6, (31, 17))
    groups = np.eye(4)[np.arange(17) % 4]
    whole = total_by_group(values, groups)
    assert whole[:, 1] == pytest.approx(values[:, 1::4].sum(axis=1), rel=1e-14)
    for world in range(31):
        assert total_by_group(values[world : world + 1], groups).tobytes() == whole[world].tobytes()


def test_totals_by_place_are_added_item_by_item() -> None:
    """0.1 + 0.2 + 0.3 from the left, in every world; a place without items is 0."""
    amount = np.array([[0.1, 5.0, 0.2, 0.3], [0.3, 7.0, 0.2, 0.1]])
    found = total_by(amount, np.array([2, 0, 2, 2]), 4)
    assert found.tolist() == [[5.0, 0.0, (0.1 + 0.2) + 0.3, 0.0], [7.0, 0.0, (0.3 + 0.2) + 0.1, 0.0]]
    with pytest.raises(ValueError, match="3 places"):
        total_by(amount, np.array([0, 0, 0]), 1)


def test_nothing_over_nothing_is_nothing() -> None:
    assert ratio(np.array([3.0, 0.0, 2.0]), np.array([2.0, 0.0, 0.0])).tolist() == [1.5, 0.0, 0.0]
