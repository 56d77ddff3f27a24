"""Bertrand equilibria: first-order conditions, limits, best replies, and worlds that stay apart."""

from __future__ import annotations

import numpy as np
import pytest

from sim.equilibrium import competition
from sim.equilibrium.competition import Market


def market(worlds: int = 3, offers: int = 5, log_price: bool = False, firms: int = 3) -> Market:
    chance = np.random.default_rng(4)
    return Market(
        chance.normal(1.0, 0.7, (worlds, offers)),
        chance.uniform(0.5, 1.5, (worlds, offers)),
        chance.uniform(1.6, 5.0, worlds),
        np.arange(offers) % firms,
        np.ones(worlds),
        log_price,
    )


@pytest.mark.parametrize("log_price", [False, True])
def test_many_random_markets_all_solve_their_first_order_conditions(log_price: bool) -> None:
    found = competition.equilibrium(market(500, 8, log_price))
    assert found.converged.all() and found.residual.max() < competition.TOLERANCE
    assert found.share.sum(axis=1) + found.outside == pytest.approx(np.ones(500))


@pytest.mark.parametrize("log_price", [False, True])
def test_an_equilibrium_is_everybodys_best_response(log_price: bool) -> None:
    game = market(4, 5, log_price)
    found = competition.equilibrium(game)
    weight = game.weight(found.price)
    mine = game.firm == 0
    one = Market(
        game.quality[:, mine],
        game.cost[:, mine],
        game.sensitivity,
        np.zeros(mine.sum(), dtype=int),
        game.outside,
        log_price,
    )
    answer = competition.best_response(one, weight[:, ~mine].sum(axis=1)[:, None])
    assert answer.price == pytest.approx(found.price[:, mine], rel=1e-9)


def test_no_small_change_of_price_pays() -> None:
    """Second method: profit of firm 0 at the best response against profit a little off it, in both forms."""
    for log_price in (False, True):
        game = market(3, 1, log_price, firms=1)
        rivals = np.full((3, 1), 2.0)
        best = competition.best_response(game, rivals).price

        def profit(price: np.ndarray, game: Market = game) -> np.ndarray:
            weight = game.weight(price)
            return np.asarray((weight / (weight + 3.0) * (price - game.cost))[:, 0])

        for off in (0.98, 1.02):
            assert np.all(profit(best) > profit(best * off))


def test_a_merger_raises_prices_and_rivals_follow() -> None:
    apart = market(3, 3, firms=3)
    together = Market(apart.quality, apart.cost, apart.sensitivity, np.array([0, 0, 1]), apart.outside)
    before, after = competition.equilibrium(apart).price, competition.equilibrium(together).price
    assert np.all(after[:, :2] > before[:, :2]) and np.all(after[:, 2] > before[:, 2])


def test_a_monopolist_in_the_log_form_is_capped() -> None:
    dull = Market(np.zeros((1, 1)), np.ones((1, 1)), np.array([0.8]), np.array([0]), np.full(1, 1e9), True)
    assert competition.equilibrium(dull).price[0, 0] == pytest.approx(5.0, rel=1e-6)


def test_a_world_alone_gives_the_same_bits() -> None:
    whole, found = market(4), competition.equilibrium(market(4))
    for world in range(4):
        only = Market(
            whole.quality[[world]], whole.cost[[world]], whole.sensitivity[[world]], whole.firm, whole.outside[[world]]
        )
        assert np.array_equal(competition.equilibrium(only).price[0], found.price[world])
