"""Vendors' and clouds' terms in the market: who pays what, balance sheets that close, what programmes open."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.seats import Sets
from tests.game.play import BASE, changed, game_of, play

FIELDS = [
    ("cloud", "aws", "commitment_discount", 0.35),
    ("cloud", "aws", "edge_programme_musd", 200.0),
    ("vendor", "nvidia", "loyalty_rebate", 0.2),
    ("vendor", "nvidia", "research_share", 0.8),
    ("vendor", "nvidia", "openness", 1.0),
    ("lab", "anthropic", "supplier_preference", 2.0),
]


@pytest.mark.whole
@pytest.mark.parametrize(("role", "party", "field", "value"), FIELDS, ids=[one[2] for one in FIELDS])
def test_every_decision_moves_the_market_and_everything_balances(
    role: str, party: str, field: str, value: float
) -> None:
    def leaning(own: Any, decided: Any) -> np.ndarray:
        return np.asarray(decided.supplier_preference + np.array([value, 0.0, 0.0, 0.0]))

    change: Any = leaning if field == "supplier_preference" else value
    moved = play(BASE, 3, 8, seats={party: Sets(role, {field: change})})
    assert moved.digest() != play(BASE, 3, 8).digest()
    for name in ("money_imbalance", "chip_imbalance", "demand_imbalance"):
        assert moved.metric(name).max() < 1e-9


@pytest.mark.whole
def test_a_price_guarantee_is_worth_something_only_when_prices_rise() -> None:
    def rising(own: Any, decided: Any) -> np.ndarray:
        return np.asarray(decided.chip_price_usd_per_h100e * 1.3)

    def bill(guarantee: float, **how: Any) -> np.ndarray:
        seat = Sets("vendor", {"price_guarantee_mw": guarantee, **how})
        return play(BASE, 2, 4, seats={"nvidia": seat}).metric("nvidia_revenue_musd")[:, -1]

    late = {"chip_price_usd_per_h100e": rising}
    assert np.all(bill(5000.0, **late) <= bill(0.0, **late))


@pytest.mark.whole
def test_without_weight_on_bargaining_everybody_pays_list() -> None:
    with game_of(changed(bargaining_weight=0.0), 2, 4) as game:
        game.run()
        assert np.all(game.state.supply.deal == 1.0)
    with game_of(BASE, 2, 4) as game:
        game.step()
        assert np.allclose(game.state.supply.deal, 1.0)  # a game starts on list prices
        game.run()
        assert not np.allclose(game.state.supply.deal, 1.0)
        own = game.roster.family_is_own[game.roster.pool_family]
        assert np.all(game.state.supply.deal[:, own] == 1.0)


@pytest.mark.whole
def test_an_edge_programme_opens_an_own_product_and_costs_income_before() -> None:
    """S09, in short: AWS spends for seven quarters; where luck allows, Trainium is used at the edge afterwards."""
    sure = changed(edge_programme_success=1.0)
    spent, plain = play(sure, 2, 18, seats={"aws": Sets("cloud", {"edge_programme_musd": 250.0})}), play(sure, 2, 18)
    assert np.all(spent.metric("trainium_share_used_edge")[:, -1] > 0.0) and np.all(
        plain.metric("trainium_share_used_edge") == 0.0
    )
    income = "aws_ai_operating_income_musd"
    assert np.all(spent.metric(income)[:, 2] < plain.metric(income)[:, 2])
