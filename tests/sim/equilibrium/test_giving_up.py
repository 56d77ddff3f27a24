"""Clearing that runs out of evaluations gives back the best place it saw, tells of it truly, and has not converged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sim.equilibrium import clearing
from sim.equilibrium.clearing import Clearing, clear, logsum_at, quantity_at, shares_at
from sim.equilibrium.demand import Demand
from sim.labs import tokens
from tests.markets import plain_market, random_market

pytestmark = pytest.mark.usefixtures("road")

ASTRAY = (23, 64, 98, 175, 289)
"""Markets on whose way the residual rises for a while, so that the last place seen is not the best one."""
LONGEST = 16
"""Evaluations that the slowest of them needs."""


@pytest.fixture
def given() -> Iterator[pytest.MonkeyPatch]:
    """What sets the number of evaluations for a while."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def hard_market(seed: int) -> tuple[Demand, np.ndarray]:
    """A random market with little room in some pools, from ample to a thousandth."""
    market, capacity = random_market(seed)
    return market, capacity * 10.0 ** np.random.default_rng(seed).uniform(-3.0, 0.0, capacity.shape)


def within(given: pytest.MonkeyPatch, most: int, market: Demand, capacity: np.ndarray) -> Clearing:
    """The market cleared with at most so many evaluations."""
    given.setattr(clearing, "MOST_EVALUATIONS", most)
    return clear(market, capacity)


def left_over(result: Clearing, market: Demand, capacity: np.ndarray) -> np.ndarray:
    """Largest |min(lambda, ln K/Q)| at the prices that came back, (worlds,)."""
    short = np.log(capacity / quantity_at(market, result.shadow_price))
    return np.abs(np.minimum(result.shadow_price, short)).max(axis=1)


def test_a_world_that_is_given_up_beside_one_that_is_done_by_hand(given: pytest.MonkeyPatch) -> None:
    """exp(V) = (4, 1), 100 buyers: 66.7 and 16.7 are asked for at first. With room for both a world is done at once;
    with room for 50 it is given up there, short by ln(66.7 / 50)."""
    market = plain_market(np.log([[[4.0], [1.0]]] * 2), np.full((2, 1), 100.0))
    result = within(given, 1, market, np.array([[50.0, 80.0], [90.0, 80.0]]))
    assert result.converged.tolist() == [False, True]
    assert result.evaluations.tolist() == [1.0, 1.0]
    assert result.residual == pytest.approx([np.log(4.0 / 3.0), 0.0])
    assert result.shadow_price.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert result.pool_quantity == pytest.approx(np.array([[400 / 6, 100 / 6]] * 2))
    assert result.outside[:, 0, 0] == pytest.approx([100 / 6] * 2)


@pytest.mark.parametrize("seed", ASTRAY)
def test_what_comes_back_belongs_to_the_prices_that_come_back(given: pytest.MonkeyPatch, seed: int) -> None:
    market, capacity = hard_market(seed)
    for most in range(1, LONGEST + 1):
        result = within(given, most, market, capacity)
        assert result.residual == pytest.approx(left_over(result, market, capacity), rel=1e-7, abs=1e-12)
        assert result.converged.tolist() == (result.residual <= 1e-9).tolist()
        assert result.pool_quantity == pytest.approx(quantity_at(market, result.shadow_price))
        shares = shares_at(market, result.shadow_price)
        assert result.shares == pytest.approx(shares)
        assert result.by_buyer == pytest.approx((market.mass[:, None] * shares).sum(axis=3))
        assert result.outside == pytest.approx(market.mass * (1.0 - shares.sum(axis=1)))
        assert result.logsum == pytest.approx(logsum_at(market, result.shadow_price))


@pytest.mark.parametrize("seed", ASTRAY)
def test_it_is_the_best_place_that_was_seen(given: pytest.MonkeyPatch, seed: int) -> None:
    """One evaluation more never leaves more undone, though the way leads astray; enough of them bring all home."""
    market, capacity = hard_market(seed)
    by_most = [within(given, most, market, capacity) for most in range(1, LONGEST + 1)]
    astray = 0
    for one, other in pairwise(by_most):
        assert (other.residual <= one.residual).all()
        assert (other.evaluations >= one.evaluations).all()
        astray += (one.residual == other.residual)[~other.converged].sum()
    assert astray > 0 and not by_most[0].converged.any() and by_most[-1].converged.all()
    for most, result in enumerate(by_most, start=1):
        assert (result.evaluations[~result.converged] == most).all()
        done = result.converged
        assert (result.evaluations[done] == by_most[-1].evaluations[done]).all()


def test_a_market_for_tokens_that_is_given_up_says_so(given: pytest.MonkeyPatch) -> None:
    """Two equal labs and the outside, 90 who choose: 30 each at first. With room for 10 at one, it is short by ln 3."""
    given.setattr(clearing, "MOST_EVALUATIONS", 1)
    room = np.array([[10.0, 100.0], [100.0, 100.0]])
    sale = tokens.sell(np.zeros((2, 2, 1)), np.full((2, 1), 90.0), room, np.zeros((2, 2)))
    assert sale.residual == pytest.approx([np.log(3.0), 0.0])
    assert sale.sold[:, :, 0] == pytest.approx(np.full((2, 2), 30.0))
    assert sale.shadow_price.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_a_market_without_a_number_is_given_up_at_once_and_alone() -> None:
    market, capacity = hard_market(ASTRAY[0])
    capacity[0, 0] = np.nan
    result = clear(market, capacity)
    assert np.isnan(result.residual[0]) and result.evaluations[0] == 1.0
    assert result.converged.tolist() == [False] + [True] * (len(capacity) - 1)


def test_clearing_gives_up_where_the_page_on_the_model_says() -> None:
    page = (Path(__file__).parents[3] / "docs" / "explanation" / "model.md").read_text(encoding="utf-8")
    ((tolerance, most),) = re.findall(
        r"Tolerance is (\S+) on max .*?; a world that misses it within (\d+) evaluations", page
    )
    assert (float(tolerance), int(most)) == (clearing.TOLERANCE, clearing.MOST_EVALUATIONS)
