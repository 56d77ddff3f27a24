"""Nested logit worked by hand: utilities are logs of whole numbers, so that shares are simple fractions."""

from __future__ import annotations

import numpy as np
import pytest

from sim.equilibrium.choice import (
    Nests,
    aggregate,
    choose,
    cross_elasticity,
    diversion,
    exponentials,
    own_elasticity,
)

pytestmark = pytest.mark.usefixtures("road")


def separate(offers: int) -> Nests:
    return Nests.of(np.arange(offers))


def test_plain_logit_in_two_worlds() -> None:
    utility = np.log([[2.0, 3.0], [1.0, 2.0]])
    chosen = choose(utility, separate(2), np.ones((2, 2)))
    assert chosen.shares == pytest.approx(np.array([[2 / 6, 3 / 6], [1 / 4, 2 / 4]]))
    assert chosen.outside == pytest.approx([1 / 6, 1 / 4])
    assert chosen.logsum == pytest.approx(np.log([6.0, 4.0]))


def test_outside_utility_enters_the_denominator() -> None:
    chosen = choose(np.log([[2.0, 3.0], [1.0, 2.0]]), separate(2), np.ones((2, 2)), float(np.log(5.0)))
    assert chosen.shares == pytest.approx(np.array([[0.2, 0.3], [1 / 8, 2 / 8]]))
    assert chosen.outside == pytest.approx([0.5, 5 / 8])
    assert chosen.logsum == pytest.approx(np.log([10.0, 8.0]))


def test_two_nests_with_another_dissimilarity_in_each_world() -> None:
    # The nest of two has x = (3, 1): 4^0.5 = 2 in the first world, 4 in the second, where lambda is 1.
    nests = Nests.of(np.array([0, 0, 1]))
    scale = nests.scale(np.array([0.5, 1.0]))
    assert scale.tolist() == [[0.5, 0.5, 1.0], [1.0, 1.0, 1.0]]
    chosen = choose(scale * np.log([[3.0, 1.0, 5.0]] * 2), nests, scale)
    assert chosen.nest_shares == pytest.approx(np.array([[2 / 8, 5 / 8], [4 / 10, 5 / 10]]))
    assert chosen.shares == pytest.approx(np.array([[3 / 16, 1 / 16, 10 / 16], [0.3, 0.1, 0.5]]))
    assert chosen.outside == pytest.approx([1 / 8, 1 / 10])
    assert chosen.logsum == pytest.approx(np.log([8.0, 10.0]))


def test_a_nest_of_one_has_no_dissimilarity() -> None:
    nests = separate(2)
    utility = np.log([[2.0, 3.0]])
    for dissimilarity in (0.2, 0.9):
        scale = nests.scale(np.array([dissimilarity]))
        chosen = choose(utility, nests, scale)
        assert chosen.shares == pytest.approx(np.array([[2 / 6, 3 / 6]]))


def test_dissimilarity_may_differ_by_nest() -> None:
    nests = Nests.of(np.array([0, 1, 0, 1]))
    assert nests.scale(np.array([[0.5, 0.8], [0.6, 0.7]])).tolist() == [[0.5, 0.8, 0.5, 0.8], [0.6, 0.7, 0.6, 0.7]]


def test_offers_of_a_nest_need_not_stand_side_by_side() -> None:
    utility = np.log([[3.0, 5.0, 1.0, 2.0], [1.0, 2.0, 4.0, 8.0]])
    apart, together, order = Nests.of(np.array([0, 1, 0, 1])), Nests.of(np.array([0, 0, 1, 1])), [0, 2, 1, 3]
    dissimilarity = np.array([0.5, 0.7])
    one = choose(utility, apart, apart.scale(dissimilarity))
    other = choose(utility[:, order], together, together.scale(dissimilarity))
    assert one.shares[:, order] == pytest.approx(other.shares)
    assert one.nest_shares == pytest.approx(other.nest_shares)
    assert [apart.first(0), apart.first(1), together.first(1)] == [0, 1, 2]


def test_an_offer_that_is_not_eligible_is_not_chosen_and_an_empty_nest_does_no_harm() -> None:
    nests = Nests.of(np.array([0, 0, 1]))
    scale = nests.scale(np.array([0.5, 0.5]))
    utility = np.array([[-np.inf, -np.inf, np.log(3.0)], [-np.inf, 0.0, np.log(2.0)]])
    chosen = choose(utility, nests, scale)
    assert chosen.shares == pytest.approx(np.array([[0.0, 0.0, 3 / 4], [0.0, 1 / 4, 2 / 4]]))
    assert chosen.nest_shares == pytest.approx(np.array([[0.0, 3 / 4], [1 / 4, 2 / 4]]))


def test_further_axes_are_buyers_who_choose_on_their_own() -> None:
    nests = Nests.of(np.array([0, 0, 1]))
    scale = nests.scale(np.array([0.5, 0.8]))
    utility = np.linspace(-1.0, 2.0, 2 * 3 * 2 * 2).reshape(2, 3, 2, 2)
    chosen = choose(utility, nests, scale)
    alone = choose(utility[:, :, 1, 0], nests, scale)
    assert chosen.shares[:, :, 1, 0] == pytest.approx(alone.shares, rel=1e-14)
    assert chosen.logsum[:, 1, 0] == pytest.approx(alone.logsum, rel=1e-14)
    assert chosen.shares.sum(axis=1) + chosen.outside == pytest.approx(np.ones((2, 2, 2)))


def test_exponentials_divide_by_lambda() -> None:
    assert exponentials(np.log([[4.0, 3.0]]), np.array([[0.5, 1.0]])) == pytest.approx(np.array([[16.0, 3.0]]))


# --- utilities beyond what a float's exponential holds ----------------------------------------------------------------


def test_levels_near_79_with_a_small_lambda_stay_finite() -> None:
    # Nest of 79 and 78.9 at lambda 0.1: S^lambda = exp(79) (1 + 1/e)^0.1, against exp(78): exp(V / lambda) is exp(790).
    nests = Nests.of(np.array([0, 0, 1]))
    scale = nests.scale(np.array([0.1, 0.1]))
    chosen = choose(np.array([[79.0, 78.9, 78.0], [0.0, -0.1, -1.0]]), nests, scale)
    pull, rival = (1.0 + np.exp(-1.0)) ** 0.1, np.exp(-1.0)
    nest = pull / (pull + rival)
    parts = np.array([1.0, np.exp(-1.0)]) / (1.0 + np.exp(-1.0))
    assert chosen.shares[0] == pytest.approx([*(nest * parts), 1.0 - nest], rel=1e-12)
    assert chosen.outside[0] == pytest.approx(np.exp(-79.0) / (pull + rival), rel=1e-12)
    assert chosen.logsum[0] == pytest.approx(79.0 + np.log(pull + rival), rel=1e-14)
    assert chosen.shares[1] == pytest.approx(np.array([*(pull * parts), rival]) / (1.0 + pull + rival), rel=1e-12)


@pytest.mark.parametrize("level", [500.0, 699.0, 701.0, 5000.0, -5000.0])
def test_a_level_that_all_share_moves_no_probability(level: float) -> None:
    nests = Nests.of(np.array([0, 0, 1]))
    scale = nests.scale(np.array([0.5, 0.8]))
    utility = np.array([[1.0, 0.3, -0.4], [0.2, 0.9, -np.inf]])
    plain, lifted = choose(utility, nests, scale, 0.25), choose(utility + level, nests, scale, 0.25 + level)
    assert lifted.shares == pytest.approx(plain.shares, rel=1e-9)
    assert lifted.nest_shares == pytest.approx(plain.nest_shares, rel=1e-9)
    assert lifted.outside == pytest.approx(plain.outside, rel=1e-9)
    assert lifted.logsum == pytest.approx(plain.logsum + level, rel=1e-12)


def test_a_far_world_changes_no_bit_of_its_neighbour_and_its_own_do_not_depend_on_it() -> None:
    nests = Nests.of(np.array([0, 0, 1]))
    utility = np.array([[1.0, 0.3, -0.4], [90.0, 89.0, 85.0], [np.nan, 1.0, 1.0]])
    scale = nests.scale(np.array([0.1, 0.1, 0.1]))
    together = choose(utility, nests, scale)
    for world in (0, 1):
        alone = choose(utility[[world]], nests, scale[[world]])
        for name in vars(together):
            assert getattr(alone, name)[0].tobytes() == np.ascontiguousarray(getattr(together, name)[world]).tobytes()
    by_hand = np.exp(utility[0] / scale[0])
    inside = (by_hand[0] + by_hand[1]) ** 0.1
    assert together.outside[0] == pytest.approx(1.0 / (1.0 + inside + by_hand[2]), rel=1e-12)
    assert np.isnan(together.shares[2]).all()


def test_elasticities_agree_with_a_small_change_of_price() -> None:
    alpha, price = np.array([[1.2], [0.8]]), np.array([[2.0, 1.4], [1.0, 3.0]])
    quality = np.array([[3.0, 2.6], [1.0, 2.0]])

    def shares(p: np.ndarray) -> np.ndarray:
        return choose(quality - alpha * p, separate(2), np.ones((2, 2))).shares

    step = 1e-6
    dearer = price.copy()
    dearer[:, 0] *= np.exp(step)
    change = (np.log(shares(dearer)) - np.log(shares(price))) / step
    assert own_elasticity(alpha, price, shares(price))[:, 0] == pytest.approx(change[:, 0], rel=1e-4)
    assert cross_elasticity(alpha, price, shares(price))[:, 0] == pytest.approx(change[:, 1], rel=1e-4)


def test_diversion_sends_everyone_somewhere() -> None:
    shares, outside = np.array([[0.2, 0.5], [0.5, 0.25]]), np.array([0.3, 0.25])
    assert diversion(shares, outside, 0) == pytest.approx(np.array([[5 / 8, 3 / 8], [0.5, 0.5]]))
    assert diversion(shares, outside, 1).sum(axis=1) == pytest.approx([1.0, 1.0])


def test_aggregate_weighs_types() -> None:
    shares = np.array([[[0.2, 0.6], [0.4, 0.0]], [[0.1, 0.3], [0.5, 0.5]]])  # worlds, offers, types
    assert aggregate(shares, np.array([[0.5, 0.5], [0.0, 1.0]])) == pytest.approx(np.array([[0.4, 0.2], [0.3, 0.5]]))
