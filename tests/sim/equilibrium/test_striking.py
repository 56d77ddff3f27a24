"""The price of a deal, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim.equilibrium.striking import Alternatives, strike, taste, worth


def test_half_of_the_gain_goes_on_top_of_cost_and_no_gain_is_no_deal() -> None:
    """Cost 2. Worth 4: at half, 3; worth 1: nothing to share, and nobody signs."""
    found = strike(np.array([2.0, 2.0, 2.0]), np.array([4.0, 1.0, 2.0]), np.array([0.5, 0.5, 0.5]))
    assert found.price.tolist() == [3.0, 2.0, 2.0] and found.both_gain.tolist() == [True, False, False]


def test_the_owner_gets_more_with_a_larger_part_and_never_more_than_it_is_worth() -> None:
    cost, value = np.full(5, 1.5), np.full(5, 2.5)
    price = strike(cost, value, np.linspace(0.0, 1.0, 5)).price
    assert price == pytest.approx([1.5, 1.75, 2.0, 2.25, 2.5])


def test_what_it_is_worth_is_the_gain_over_the_best_elsewhere_in_money() -> None:
    """Quote 3, alpha 2. As good as elsewhere: the quote. Worse by 2 ln 2: half. Better by 2 ln 1.5: half more where the
    pool is that short, a fifth more where its shadow price is 2 ln 1.2, and the quote where there is enough of it."""
    gain = 2.0 * np.log([1.0, 0.5, 1.5, 1.5, 1.5, 0.5])
    shadow = 2.0 * np.log([2.0, 1.0, 2.0, 1.2, 1.0, 2.0])
    found = worth(np.full(6, 3.0), gain, shadow, np.full(6, 2.0))
    assert found == pytest.approx([3.0, 1.5, 4.5, 3.6, 3.0, 1.5])


def test_elsewhere_leaves_the_offer_out_and_always_holds_waiting() -> None:
    """Nests of offers 0 and 1 (lambda 0.5), and of 2. Without 0: ln(1 + 4^0.5 + 3); without 2: ln(1 + (5 + 4)^0.5)."""
    x, scale, nest = np.array([[5.0, 4.0, 3.0]]), np.array([[0.5, 0.5, 1.0]]), np.array([0, 0, 1])
    assert Alternatives.of(x, scale, nest).without(0) == pytest.approx([np.log(6.0)])
    assert Alternatives.of(x, scale, nest).without(2) == pytest.approx([np.log(4.0)])
    only = np.array([[5.0]]), np.array([[1.0]]), np.array([0])
    assert Alternatives.of(*only).without(0) == pytest.approx([0.0])


def test_what_cannot_be_had_counts_for_nothing() -> None:
    x, scale, nest = np.array([[2.0, 0.0, 3.0]]), np.array([[0.5, 0.5, 1.0]]), np.array([0, 0, 1])
    assert Alternatives.of(x, scale, nest).without(0) == pytest.approx([np.log(4.0)], abs=1e-12)


def test_tastes_add_what_those_who_like_it_best_gain() -> None:
    """Of an offer that a lab would choose for p of its demand, the first p gain -ln(1 - p) / p each: the logit's
    surplus of having it. The next ones lose."""
    part = np.array([0.1, 0.25, 0.5, 0.8])
    found = np.log(part / (1.0 - part)) + taste(np.zeros(4), part)
    assert found == pytest.approx(-np.log(1.0 - part) / part)
    assert (taste(part, part + 0.1) < -np.log(part / (1.0 - part))).all()


def test_tastes_are_the_mean_over_the_slice_and_none_without_one() -> None:
    u = np.linspace(0.2, 0.6, 200_001)
    middle = 0.5 * (u[1:] + u[:-1])
    by_sum = np.log((1.0 - middle) / middle).mean()
    assert taste(np.array([0.2, 0.3]), np.array([0.6, 0.3])) == pytest.approx([by_sum, 0.0], abs=1e-8)
