"""Helpers on arrays: the same bits however an array is cut."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim import kernels
from sim.arrays import once, power, ratio, total_by, total_by_group


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


def test_totals_by_place_have_the_same_bits_on_both_roads() -> None:
    amount = np.asfortranarray(np.random.default_rng(7).normal(0.0, 1e6, (9, 40)))
    place = np.arange(40) * 7 % 6
    found = []
    for road in kernels.ROADS:
        with kernels.on(road):
            found.append(total_by(amount, place, 6).tobytes())
    assert found[0] == found[1]


def test_no_road_is_taken_for_a_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_taken", [])
    assert total_by(np.ones((1, 2)), np.array([0, 0]), 1).tolist() == [[2.0]]
    assert kernels.taken("sums") is None


class Asked:
    """What a question is about: two fields, one of them with a field of its own."""

    def __init__(self, price: np.ndarray, deep: np.ndarray) -> None:
        self.price, self.p = price, SimpleNamespace(deep=deep)


class Answering:
    """Counts how often it works."""

    worked = 0

    @once("price", "p.deep")
    def product(self, asked: Asked) -> np.ndarray:
        self.worked += 1
        return asked.price * asked.p.deep

    @once()
    def whole(self, asked: Asked) -> np.ndarray:
        self.worked += 1
        return asked.price


def test_who_is_asked_about_the_same_arrays_answers_as_before() -> None:
    price, deep, answering, other = np.array([2.0]), np.array([3.0]), Answering(), Answering()
    first = answering.product(Asked(price, deep))
    assert answering.product(Asked(price, deep)) is first and first.tolist() == [6.0] and answering.worked == 1
    assert other.product(Asked(price, deep)) is not first  # each remembers its own


@pytest.mark.parametrize("changed", [Asked(np.array([2.0]), np.array([3.0])), Asked(np.array([5.0]), np.array([1.0]))])
def test_who_is_asked_about_other_arrays_works_anew(changed: Asked) -> None:
    """Of the same numbers or not: arrays are known by what they are, not by what stands in them."""
    price, answering = np.array([2.0]), Answering()
    before = answering.product(Asked(price, np.array([3.0])))
    assert answering.product(changed).tolist() == (changed.price * changed.p.deep).tolist()
    assert answering.worked == 2
    assert answering.product(Asked(price, np.array([3.0]))).tolist() == before.tolist()
    assert answering.worked == 3  # one answer is kept, and the deep field is another array


def test_where_no_field_is_named_all_of_it_counts() -> None:
    answering, asked = Answering(), Asked(np.array([2.0]), np.array([3.0]))
    assert answering.whole(asked) is answering.whole(asked)
    answering.whole(Asked(asked.price, asked.p.deep))
    assert answering.worked == 2
