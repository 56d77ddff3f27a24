"""Shadow prices: worked by hand, against scipy's own search for the dual's minimum, and by properties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize

from sim.equilibrium.choice import Nests
from sim.equilibrium.clearing import (
    acceptance_rate,
    clear,
    dual_value,
    quantity_at,
)
from sim.equilibrium.demand import effective_penalty, pool_demand
from tests.markets import parts, plain_market, random_market

pytestmark = pytest.mark.usefixtures("road")

MOST_STEPS_EXPECTED = 30


seeds = st.integers(0, 2**31 - 1)
several = settings(max_examples=30, deadline=None)


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_one_world_is_full_and_one_is_not() -> None:
    # exp(V) = (4, 1), 100 buyers. With capacity 50 the first offer's 4 must fall to 2: lambda = ln 2; 50, 25, 25 wait.
    utility = np.log([[[4.0], [1.0]]] * 2)
    result = clear(plain_market(utility, np.full((2, 1), 100.0)), np.array([[50.0, 80.0], [90.0, 80.0]]))
    assert result.shadow_price == pytest.approx(np.array([[np.log(2.0), 0.0], [0.0, 0.0]]), abs=1e-9)
    assert result.pool_quantity == pytest.approx(np.array([[50.0, 25.0], [400 / 6, 100 / 6]]))
    assert result.outside[:, 0, 0] == pytest.approx([25.0, 100 / 6])
    assert result.logsum[:, 0, 0] == pytest.approx(np.log([4.0, 6.0]))
    assert acceptance_rate(result.shadow_price)[0] == pytest.approx([0.5, 1.0])
    assert result.converged.all()


def test_all_offers_full() -> None:
    # Shares 0.3 and 0.2 leave 0.5: exp(V - lambda) must be 0.6 and 0.4.
    utility = np.log([[[6.0], [2.0]], [[3.0], [1.0]]])
    result = clear(plain_market(utility, np.array([[100.0], [200.0]])), np.array([[30.0, 20.0], [60.0, 40.0]]))
    assert result.shadow_price == pytest.approx(np.log([[10.0, 5.0], [5.0, 2.5]]))


def test_an_empty_pool_turns_everyone_away() -> None:
    result = clear(plain_market(np.log([[[4.0], [1.0]]] * 2), np.full((2, 1), 100.0)), np.array([[0.0, 80.0], [90, 0]]))
    assert result.converged.all()
    assert result.pool_quantity == pytest.approx(np.array([[0.0, 50.0], [80.0, 0.0]]), abs=1e-4)


def test_a_managed_offer_meets_the_average_shadow_price_and_uses_both_pools() -> None:
    routing = np.array([[[[1, 0], [0, 1], [0.5, 0.5]]], [[[1, 0], [0, 1], [0.25, 0.75]]]], dtype=float)
    price, weight = np.array([[0.4, 0.0], [0.4, 0.8]]), np.array([[1.0, 2.0], [1.0, 1.0]])
    groups = ((0, slice(0, 2)),)
    assert effective_penalty(routing, price, weight, groups)[0] == pytest.approx(
        np.array([[0.4, 0.8], [0.0, 0.0], [0.2, 0.4]])
    )
    assert effective_penalty(routing, price, weight, groups)[1, :, 0] == pytest.approx([0.4, 0.8, 0.7])
    by_buyer = np.array([[[10.0, 0.0], [5.0, 0.0], [2.0, 6.0]], [[10.0, 0.0], [5.0, 0.0], [2.0, 6.0]]])
    assert pool_demand(by_buyer, routing, groups) == pytest.approx(np.array([[14.0, 9.0], [12.0, 11.0]]))


def test_groups_of_buyers_are_routed_on_their_own() -> None:
    routing = np.array([[[[1.0, 0.0]], [[0.0, 1.0]]]])  # one managed offer: the first group on pool 0, the second on 1
    by_buyer = np.array([[[3.0, 4.0, 5.0]]])
    assert pool_demand(by_buyer, routing, ((0, slice(0, 1)), (1, slice(1, 3)))).tolist() == [[3.0, 9.0]]


def test_price_rationing_favours_buyers_who_mind_less() -> None:
    utility = np.zeros((2, 1, 2)) + 1.0
    weight = np.array([[0.5, 1.5], [1.0, 1.0]])
    market = replace(plain_market(utility, np.full((2, 2), 50.0)), weight=weight)
    result = clear(market, np.full((2, 1), 30.0))

    def asked(price: float, world: int) -> float:
        value = np.exp(1.0 - weight[world] * price)
        return float((50.0 * value / (1.0 + value)).sum() - 30.0)

    by_root = [brentq(asked, 0.0, 20.0, args=(world,), xtol=1e-14) for world in range(2)]
    assert result.shadow_price[:, 0] == pytest.approx(by_root, rel=1e-8)
    assert result.by_buyer[0, 0, 0] > 15.0 > result.by_buyer[0, 0, 1]
    assert result.by_buyer[1, 0] == pytest.approx([15.0, 15.0])


def test_a_warm_start_changes_the_way_and_not_the_end() -> None:
    market, capacity = random_market(7, worlds=4)
    cold = clear(market, capacity)
    again = clear(market, capacity, cold.shadow_price)
    far = clear(market, capacity, np.full_like(capacity, 3.0))
    assert (again.evaluations == 1).all()
    assert far.by_buyer == pytest.approx(cold.by_buyer, abs=1e-6)


# --- properties -------------------------------------------------------------------------------------------------------


@several
@given(seeds)
def test_capacity_holds_and_only_full_pools_carry_a_price(seed: int) -> None:
    market, capacity = random_market(seed)
    result = clear(market, capacity)
    assert result.converged.all()
    assert (result.evaluations <= MOST_STEPS_EXPECTED).all()
    assert (result.shadow_price >= 0.0).all()
    assert (result.pool_quantity <= capacity * (1.0 + 1e-9)).all()
    assert np.abs(result.shadow_price * (capacity - result.pool_quantity) / capacity).max() < 1e-8
    everyone = result.by_buyer.sum(axis=1) + result.outside.sum(axis=2)
    assert everyone == pytest.approx(market.mass.sum(axis=2))
    assert quantity_at(market, result.shadow_price) == pytest.approx(result.pool_quantity)


@several
@given(seeds)
def test_nearly_empty_pools_of_managed_offers_clear_too(seed: int) -> None:
    # A managed offer that draws a little on a full pool can only be held back by a very high shadow price.
    market, capacity = random_market(seed)
    capacity = capacity * 10.0 ** np.random.default_rng(seed).uniform(-3.0, 0.0, capacity.shape)
    result = clear(market, capacity)
    assert result.converged.all()
    assert (result.pool_quantity <= capacity * (1.0 + 1e-9)).all()


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_scipy_finds_the_same_minimum_of_the_dual(seed: int) -> None:
    market, capacity = random_market(seed)
    result = clear(market, capacity)
    for world in range(len(capacity)):
        keep = np.arange(len(capacity)) == world
        one, room = market.worlds(keep), capacity[keep]
        found = minimize(
            lambda price, one=one, room=room: dual_value(one, room, price[None])[0],
            np.full(capacity.shape[1], 0.5),
            bounds=[(0.0, None)] * capacity.shape[1],
            method="L-BFGS-B",
            options={"ftol": 1e-15, "gtol": 1e-9},
        )
        mine = dual_value(one, room, result.shadow_price[keep])[0]
        assert mine <= found.fun + 1e-9 * abs(found.fun)
        assert mine == pytest.approx(found.fun, rel=1e-7)


@several
@given(seeds)
def test_the_order_of_offers_does_not_matter(seed: int) -> None:
    market, capacity = random_market(seed)
    offers = market.x.shape[1]
    order = np.random.default_rng(seed).permutation(offers)
    shuffled = replace(
        market,
        x=market.x[:, order],
        routing=market.routing[:, :, order],
        scale=market.scale[:, order],
        nests=Nests.of(market.nests.labels[order]),
    )
    one, other = clear(market, capacity), clear(shuffled, capacity)
    assert other.shadow_price == pytest.approx(one.shadow_price, abs=1e-7)
    assert other.by_buyer == pytest.approx(one.by_buyer[:, order], abs=1e-6)


@several
@given(seeds)
def test_twice_the_buyers_and_twice_the_capacity_is_the_same_market(seed: int) -> None:
    market, capacity = random_market(seed)
    one, other = clear(market, capacity), clear(replace(market, mass=2.0 * market.mass), 2.0 * capacity)
    assert other.shadow_price == pytest.approx(one.shadow_price, abs=1e-9)
    assert other.by_buyer == pytest.approx(2.0 * one.by_buyer)


@several
@given(seeds)
def test_more_capacity_never_raises_its_own_shadow_price(seed: int) -> None:
    market, capacity = random_market(seed)
    more = capacity.copy()
    more[:, 0] *= 1.3
    before, after = clear(market, capacity).shadow_price[:, 0], clear(market, more).shadow_price[:, 0]
    assert (after <= before + 1e-8).all()


@several
@given(seeds)
def test_one_world_equals_that_world_in_the_batch_bit_for_bit(seed: int) -> None:
    market, capacity = random_market(seed)
    start = np.random.default_rng(seed).uniform(0.0, 1.0, capacity.shape)
    batch = clear(market, capacity, start)
    for world in range(len(capacity)):
        keep = np.arange(len(capacity)) == world
        assert parts(clear(market.worlds(keep), capacity[keep], start[keep]), 0) == parts(batch, world)


@several
@given(seeds, st.sampled_from(["x", "mass", "capacity", "start"]))
def test_a_broken_world_leaves_the_others_bit_for_bit(seed: int, what: str) -> None:
    market, capacity = random_market(seed)
    start = np.zeros_like(capacity)
    whole = clear(market, capacity, start)
    if what in ("capacity", "start"):
        broken = {"capacity": capacity.copy(), "start": start.copy()}
        broken[what][0] = np.nan
        result = clear(market, broken["capacity"], broken["start"])
    else:
        array = getattr(market, what).copy()
        array[0] = np.nan
        result = clear(replace(market, **{what: array}), capacity, start)
    assert not result.converged[0]
    for world in range(1, len(capacity)):
        assert parts(result, world) == parts(whole, world)
