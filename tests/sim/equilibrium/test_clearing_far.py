"""Shadow prices where utilities are beyond what a float's exponential holds."""

from __future__ import annotations

import numpy as np
import pytest

from sim.equilibrium.choice import Nests
from sim.equilibrium.clearing import (
    clear,
    dual_value,
    quantity_at,
)
from sim.equilibrium.demand import Demand
from sim.equilibrium.exchange import leaning
from tests.markets import parts, plain_market

pytestmark = pytest.mark.usefixtures("road")


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
