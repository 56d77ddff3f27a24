"""Switching costs and lock-in, by hand, by brute force and by repeated application of the chain."""

from __future__ import annotations

import numpy as np
import pytest

from sim.finance import annuity, falling_annuity
from sim.market.lock_in import (
    Origins,
    SwitchingCosts,
    factors,
    half_life,
    money_to_utils,
    one_step_index,
    porting_cost_years,
    stationary,
    transition,
)

pytestmark = pytest.mark.usefixtures("road")


def test_annuity_by_hand() -> None:
    # 1.1 a quarter is 1.4641 a year. Over one quarter 1.1; over two 0.1 / (1 - 1 / 1.21) = 0.121 / 0.21.
    assert annuity(np.array([0.4641, 0.4641]), np.array([1.0, 2.0])) == pytest.approx([1.1, 0.121 / 0.21])


def test_annuity_without_interest_spreads_evenly() -> None:
    assert annuity(np.array([0.0, 1e-9]), np.array([8.0, 8.0])) == pytest.approx([1 / 8, 1 / 8])


def test_annuity_pays_back_one_dollar() -> None:
    yearly, horizon = np.array([0.08, 0.2]), np.array([6.0, 13.0])
    payment = annuity(yearly, horizon)
    for world in range(2):
        quarters = np.arange(1, int(horizon[world]) + 1)
        assert (payment[world] * (1.0 + yearly[world]) ** (-quarters / 4)).sum() == pytest.approx(1.0)


def test_payments_that_fall_pay_back_one_dollar() -> None:
    yearly, decline, horizon = np.array([0.08, 0.2]), np.array([0.15, 0.3]), np.array([6.0, 13.0])
    first = falling_annuity(yearly, decline, horizon)
    for world in range(2):
        quarters = np.arange(1, int(horizon[world]) + 1) / 4
        # each payment is (1 - g) a year below the first, which comes after a quarter as if it had fallen once
        assert (first[world] * ((1.0 - decline[world]) / (1.0 + yearly[world])) ** quarters).sum() == pytest.approx(1.0)


def test_nothing_falls_at_no_decline() -> None:
    assert falling_annuity(np.array([0.1]), np.array([0.0]), np.array([20.0])) == pytest.approx(
        annuity(np.array([0.1]), np.array([20.0]))
    )


def test_porting_is_learned_made_easier_by_portability_and_free_within_a_stack() -> None:
    cost = porting_cost_years(
        base_years=np.array([0.4, 1.0]),
        portability=np.array([0.5, 0.0]),
        factor=np.array([[1.0, 2.0], [1.0, 1.0]]),
        from_factor=np.array([1.0, 0.5, 1.0]),
        ports=np.array([[[0.0, 3.0], [0.0, 0.0]], [[0.0, 3.0], [1.0, 1.0]]]),
        learning=np.array([0.5, 1.0]),
        same_stack=np.array([[True, False], [False, True], [False, False]]),
    )
    assert cost.shape == (2, 2, 3, 2)
    assert cost[0, 0] == pytest.approx(np.array([[0.0, 0.1], [0.1, 0.0], [0.2, 0.1]]))  # (1 + 3)^-0.5 = 0.5
    assert cost[0, 1] == pytest.approx(np.array([[0.0, 0.4], [0.2, 0.0], [0.4, 0.4]]))
    assert cost[1, 0] == pytest.approx(np.array([[0.0, 0.25], [0.5, 0.0], [1.0, 0.25]]))
    assert cost[1, 1] == pytest.approx(np.array([[0.0, 0.5], [0.25, 0.0], [0.5, 0.5]]))


def test_money_becomes_utility_like_a_price_rise() -> None:
    # Half a year of the bill spread at 0.5 a quarter doubles the price: alpha ln 2.
    utils = money_to_utils(np.array([0.5, 0.0]), np.array([3.0, 3.0]), np.array([0.5, 0.5]))
    assert utils == pytest.approx([3.0 * np.log(2.0), 0.0])


def test_origins_add_greenfield_and_tied_demand() -> None:
    origins = Origins.of(np.array([0, 1, -1]), np.array([5, 6, 5]), families=2)
    assert origins.stack.tolist() == [0, 1, 2, 2, 3]  # a user of a managed service has no stack of its own
    assert origins.cloud.tolist() == [5, 6, 5, -1, -1]
    assert (origins.no_stack, origins.tied) == (2, 3)


def test_factors_are_the_exponential_of_each_cost() -> None:
    rng = np.random.default_rng(3)
    family, owner = np.array([0, 1, 0, -1]), np.array([0, 0, 1, 1])
    origins = Origins.of(family, owner, families=2)
    worlds, buyers = 2, 3
    costs = SwitchingCosts(
        stack_utils=rng.random((worlds, buyers, 4, 3)),
        stack_years=np.zeros((worlds, buyers, 4, 3)),
        cloud_utils=rng.random((worlds, buyers, 2, 2)),
        cloud_fee_years=np.zeros((worlds, buyers, 2)),
        cloud_price=np.ones((worlds, buyers, 2)),
    )
    scale = rng.uniform(0.4, 1.0, (worlds, 4))
    result = factors(costs, origins, family, owner, scale)
    assert result.shape == (worlds, 4, buyers, 6)
    for world, offer, buyer, origin in np.ndindex(*result.shape):
        target = family[offer] if family[offer] >= 0 else 2
        sigma = costs.stack_utils[world, buyer, origins.stack[origin], target]
        if origins.cloud[origin] not in (-1, owner[offer]):
            sigma += costs.cloud_utils[world, buyer, origins.cloud[origin], owner[offer]]
        expected = np.exp(-sigma / scale[world, offer])
        assert result[world, offer, buyer, origin] == pytest.approx(expected, rel=1e-12)


def two_offers(switching: float, merit: float) -> np.ndarray:
    return transition(np.array([[merit, 0.0]]), np.array([[[0.0, switching], [switching, 0.0]]]))


def test_transition_by_hand_in_two_worlds() -> None:
    # Leaving costs ln 3: 3 of 4 stay. In the second world the first offer is worth ln 2 more: 6 of 7 stay, 2 of 5 come.
    utility, cost = np.log([[1.0, 1.0], [2.0, 1.0]]), np.log(3.0) * (1.0 - np.eye(2))
    chain = transition(utility, np.stack([cost, cost]))
    assert chain[0] == pytest.approx(np.array([[0.75, 0.25], [0.25, 0.75]]))
    assert chain[1] == pytest.approx(np.array([[6 / 7, 1 / 7], [2 / 5, 3 / 5]]))
    assert stationary(chain) == pytest.approx(np.array([[0.5, 0.5], [14 / 19, 5 / 19]]))  # 2/5 over 2/5 + 1/7
    eigenvalue, quarters = half_life(chain)
    assert eigenvalue == pytest.approx([0.5, 6 / 7 + 3 / 5 - 1])
    assert quarters == pytest.approx([1.0, np.log(0.5) / np.log(6 / 7 + 3 / 5 - 1)])


def test_stationary_shares_are_where_many_quarters_lead() -> None:
    rng = np.random.default_rng(11)
    chain = transition(rng.normal(size=(3, 5)), rng.uniform(0.0, 2.0, (3, 5, 5)) * (1.0 - np.eye(5)))
    far = np.linalg.matrix_power(chain, 500)[:, 0]
    assert stationary(chain) == pytest.approx(far, abs=1e-10)


def test_a_lead_is_halved_in_the_half_life() -> None:
    chain = two_offers(np.log(3.0), 0.0)
    lead = np.array([1.0, 0.0])
    after = lead @ chain[0]
    assert after[0] - 0.5 == pytest.approx(0.25)
    assert half_life(two_offers(0.0, 0.7))[1] == pytest.approx([0.0], abs=0.05)  # nothing is remembered


def test_large_utilities_do_not_overflow() -> None:
    assert np.isfinite(transition(np.array([[2000.0, 0.0]]), np.zeros((1, 2, 2)))).all()


def test_index_is_zero_without_frictions_and_sums_to_zero_with_them() -> None:
    rng = np.random.default_rng(5)
    installed = rng.dirichlet(np.ones(4), 2)
    utility, cost = rng.normal(size=(2, 4)), rng.uniform(0.5, 2.0, (2, 4, 4)) * (1.0 - np.eye(4))
    actual, merit, trapped = one_step_index(installed, utility, np.zeros_like(cost))
    assert actual == pytest.approx(merit) and trapped == pytest.approx(np.zeros((2, 4)), abs=1e-12)
    actual, merit, trapped = one_step_index(installed, utility, cost)
    assert (actual - merit).sum(axis=1) == pytest.approx([0.0, 0.0], abs=1e-12)
    assert (trapped > 0.0).all()
    dearer = cost.copy()
    dearer[:, 1] *= 1.5
    dearer[:, 1, 1] = 0.0
    assert (one_step_index(installed, utility, dearer)[2][:, 1] > trapped[:, 1]).all()


def test_index_does_not_care_how_offers_are_numbered() -> None:
    rng = np.random.default_rng(6)
    installed, utility = rng.dirichlet(np.ones(4), 2), rng.normal(size=(2, 4))
    cost, order = rng.uniform(0.5, 2.0, (2, 4, 4)) * (1.0 - np.eye(4)), [2, 0, 3, 1]
    before = one_step_index(installed, utility, cost)
    after = one_step_index(installed[:, order], utility[:, order], cost[:, order][:, :, order])
    for one, other in zip(before, after, strict=True):
        assert other == pytest.approx(one[:, order])


def test_an_entrant_loses_when_it_is_dear_to_move_to_it() -> None:
    cost = np.array([[[0.0, 1.0], [0.0, 0.0]], [[0.0, 2.0], [0.0, 0.0]]])
    actual, merit, _ = one_step_index(np.array([[1.0, 0.0]] * 2), np.zeros((2, 2)), cost)
    index = (actual - merit)[:, 1]
    assert index[1] < index[0] < 0.0
