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
    Clearing,
    acceptance_rate,
    clear,
    dual_value,
    quantity_at,
)
from sim.equilibrium.demand import Demand, effective_penalty, pool_demand
from sim.equilibrium.exchange import leaning
from tests.markets import plain_market, random_market

pytestmark = pytest.mark.usefixtures("road")

MOST_STEPS_EXPECTED = 30


def parts(result: Clearing, world: int) -> list[bytes]:
    return [np.ascontiguousarray(getattr(result, name)[world]).tobytes() for name in vars(result)]


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


# --- utilities beyond what a float's exponential holds ----------------------------------------------------------------


def far_market(levels: tuple[float, ...] = (79.0, 76.0, 2.0)) -> Demand:
    """Nests of two and of one at lambda 0.1, two buyers, two kinds of incumbent; a world a level that is added to V."""
    nests = Nests.of(np.array([0, 0, 1]))
    scale = nests.scale(np.full(len(levels), 0.1))
    base = np.array([[0.4, 0.1], [0.2, 0.3], [-0.5, -0.2]])
    utility = base + np.array(levels)[:, None, None]
    stay = np.exp(-np.array([[[0.0, 3.0], [0.0, 3.0]], [[2.0, 0.0], [2.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]]]))
    worlds = len(levels)
    return Demand.of(
        utility,
        np.broadcast_to(stay, (worlds, 3, 2, 2)),
        np.broadcast_to(np.array([[60.0, 20.0], [30.0, 10.0]]), (worlds, 2, 2)).copy(),
        np.broadcast_to(np.eye(3), (worlds, 1, 3, 3)).copy(),
        scale,
        np.ones((worlds, 2)),
        nests,
        ((0, slice(0, 2)),),
    )


def by_long_numbers(market: Demand, price: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Shares by the formula as it stands, in numbers with a wider exponent, (worlds, offers, buyers, incumbents)."""
    reference = far_market((0.0,) * len(levels))
    wide, scale = np.longdouble, market.scale[:, :, None, None].astype(np.longdouble)
    lifted = (np.array(levels)[:, None] - price)[:, :, None, None].astype(wide)
    x = reference.x.astype(wide) * np.exp(lifted / scale)
    nest = x[:, 0] + x[:, 1]
    pull = np.exp(np.log(nest) * wide(0.1))
    whole = 1.0 + pull + x[:, 2]
    return np.stack([x[:, 0] / nest * pull / whole, x[:, 1] / nest * pull / whole, x[:, 2] / whole], axis=1)


@pytest.mark.skipif(np.finfo(np.longdouble).maxexp < 10_000, reason="no numbers with a wider exponent on this machine")
@pytest.mark.parametrize("room", [(20.0, 20.0, 20.0), (1.0, 200.0, 5.0), (200.0, 200.0, 1e-3), (300.0, 300.0, 300.0)])
def test_far_utilities_clear_as_the_formula_says(room: tuple[float, ...]) -> None:
    levels = (79.0, 76.0, 2.0)
    market, capacity = far_market(levels), np.tile(room, (3, 1))
    result = clear(market, capacity)
    assert result.converged.all()
    shares = by_long_numbers(market, result.shadow_price, levels)
    assert result.shares == pytest.approx(shares.astype(float), rel=1e-8, abs=1e-300)
    waiting = (1.0 - shares.sum(axis=1)).astype(float)
    assert result.outside == pytest.approx(market.mass * waiting, rel=1e-6, abs=1e-12)
    assert quantity_at(market, result.shadow_price) == pytest.approx(result.pool_quantity)
    assert np.isfinite(dual_value(market, capacity, result.shadow_price)).all()


def test_an_offer_at_800_utils_serves_everybody_and_is_worth_800() -> None:
    market = plain_market_of(np.array([[[800.0], [799.0]]] * 2), np.full((2, 1), 100.0))
    result = clear(market, np.full((2, 2), 200.0))
    first = np.exp(1.0) / (1.0 + np.exp(1.0))
    assert result.pool_quantity == pytest.approx(100.0 * np.array([[first, 1.0 - first]] * 2))
    assert result.outside[:, 0, 0].tolist() == [0.0, 0.0]
    assert result.logsum[:, 0, 0] == pytest.approx(np.full(2, 800.0 + np.log1p(np.exp(-1.0))), rel=1e-14)


def test_what_leans_to_an_offer_follows_its_exponential_at_any_level() -> None:
    market = far_market((79.0,))
    assert market.far is not None and market.far.all()
    exponent = (
        np.log(far_stay())
        + ((np.array([[0.4, 0.1], [0.2, 0.3], [-0.5, -0.2]]) + 79.0) / market.scale[0][:, None])[..., None]
    )
    by_hand = np.exp(exponent - exponent.max(axis=0))
    waiting = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    leans = leaning(market, waiting, np.array([0, 1, -1]), 2)
    expected = (waiting[0] * by_hand / by_hand.sum(axis=0)).sum(axis=2)
    assert leans[0] == pytest.approx(expected[:2], rel=1e-12)


def plain_market_of(utility: np.ndarray, mass: np.ndarray) -> Demand:
    plain = plain_market(np.zeros_like(utility), mass)
    stay = np.ones((*utility.shape, 1))
    return Demand.of(utility, stay, plain.mass, plain.routing, plain.scale, plain.weight, plain.nests, plain.groups)


def test_far_worlds_and_near_ones_do_not_touch_each_other() -> None:
    levels = (79.0, 2.0, 76.0)
    capacity = np.tile([20.0, 25.0, 15.0], (3, 1))
    together = clear(far_market(levels), capacity)
    for world, level in enumerate(levels):
        assert parts(clear(far_market((level,)), capacity[[world]]), 0) == parts(together, world)


def test_a_tilt_may_take_a_demand_beyond_the_range_and_moves_the_shares_it_should() -> None:
    # exp(69 / 0.1) times exp(30 / 0.1) is more than a float holds: the first offer is then as good as 99 utils.
    tilt = np.ones((1, 3, 2))
    tilt[:, 0] = np.exp(300.0)
    lifted = far_market((69.0,))
    assert lifted.far is None
    asked = quantity_at(lifted, np.zeros((1, 3)), tilt)
    assert asked == pytest.approx(np.array([[120.0, 0.0, 0.0]]), abs=1e-9)
    scale, further = market_scale(), np.ones((1, 3, 2))
    further *= np.exp(2.0 / scale)[None, :, None]  # two utils more on every offer
    assert quantity_at(far_market((79.0,)), np.full((1, 3), 80.0), further) == pytest.approx(
        quantity_at(far_market((81.0,)), np.full((1, 3), 80.0)), rel=1e-9
    )


def market_scale() -> np.ndarray:
    return np.array([0.1, 0.1, 1.0])


def test_utilities_of_usual_size_are_put_together_as_before() -> None:
    market = far_market((2.0,))
    reference = far_market((0.0,))
    assert market.far is None and market.exponent is None
    direct = np.exp((np.array([[0.4, 0.1], [0.2, 0.3], [-0.5, -0.2]]) + 2.0) / market.scale[0][:, None])
    assert market.x[0].tobytes() == (direct[..., None] * far_stay()).tobytes()
    assert reference.x.shape == market.x.shape


def far_stay() -> np.ndarray:
    return np.exp(-np.array([[[0.0, 3.0], [0.0, 3.0]], [[2.0, 0.0], [2.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]]]))
