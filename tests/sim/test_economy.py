"""The world outside the market, by hand in two worlds: indices a quarter on, edge demand, and what owners want."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.economy import Economy
from tests.small import small_parameters

START = Economy.start(np.array([10.0, 20.0]), np.ones((2, 2)), np.array([[100.0, 50.0], [10.0, 20.0]]))


def test_a_world_begins_at_one() -> None:
    for index in (START.spending, START.power, START.foundry, START.budget):
        assert index.tolist() == [1.0, 1.0]
    assert START.edge.tolist() == [10.0, 20.0] and START.own_wanted.tolist() == [[100.0, 50.0], [10.0, 20.0]]


def test_indices_grow_by_a_quarter_of_their_years() -> None:
    """Three half-lives in, growth has an eighth of its start left: 1.0 to 0.2 is 0.3 a year, and power 0.9 to 0.1 is
    0.2. The foundry grows by 1.4641 a year, a tenth a quarter; budgets by 2.0736, 1.2 a quarter. Every index stood at
    2 or 3."""
    p = small_parameters(
        spending_growth_start=1.0,
        spending_growth_long_run=0.2,
        spending_growth_half_life_quarters=4.0,
        power_growth_start=0.9,
        power_growth_long_run=0.1,
        power_half_life_quarters=4.0,
        foundry_growth=0.4641,
        capital_budget_growth=1.0736,
        edge_potential_share=0.0,
    )
    stood = np.array([2.0, 3.0])
    found = replace(START, spending=stood, power=stood, foundry=stood, budget=stood).moved(13, np.ones(2), p)
    for index, growth in (
        (found.spending, 1.3**0.25),
        (found.power, 1.2**0.25),
        (found.foundry, 1.1),
        (found.budget, 1.2),
    ):
        assert index == pytest.approx(stood * growth)
    assert found.edge.tolist() == [10.0, 20.0], "no potential is left: what was adopted stays"
    assert found.own_wanted is START.own_wanted


def test_edge_demand_grows_towards_a_share_of_the_core_as_spending_has_it_now() -> None:
    """Spending grows by 16 % a year from 2 on: 2 x 1.16 ^ 0.25. A fifth of 1000 H100e times that is the potential m;
    a quarter adds (p + q N / m) (m - N) / 4."""
    p = small_parameters(
        spending_growth_start=0.16,
        spending_growth_long_run=0.16,
        edge_potential_share=0.2,
        edge_innovation=0.04,
        edge_imitation=0.6,
    )
    found = replace(START, spending=np.full(2, 2.0)).moved(1, np.array([1000.0, 2000.0]), p)
    for world, (adopted, core) in enumerate(((10.0, 1000.0), (20.0, 2000.0))):
        most = 0.2 * core * 2.0 * math.sqrt(math.sqrt(1.16))
        assert found.edge[world] == pytest.approx(adopted + (0.04 + 0.6 * adopted / most) * (most - adopted) / 4.0)


def test_owners_want_more_as_spending_and_demand_rise_and_less_as_capacity_costs_more() -> None:
    """Spending of 2 and 3 and a level of demand of 1.5 and 0.5 make 3 and 1.5 times as much. Budgets take in half of
    the way, in logs, from 1 to 4 and 16: 2 and 4; from 1.0 to 0.25: 0.5. With an elasticity of -1 against a price felt
    of 1 and 2 at the start that is a half and a quarter; twice and four times as much. The pools are of two owners,
    each of which runs what it wants where its only pool stands."""
    p = small_parameters(demand_level=[1.5, 0.5], price_elasticity=-1.0, price_adaptation=0.5)
    felt = np.array([[1.0, 1.0], [1.0, 2.0]])
    cost = np.array([[4.0, 16.0], [0.25, 0.25]])
    at_start = np.array([[100.0, 50.0], [10.0, 20.0]])
    roster: Any = SimpleNamespace(
        owners=("one", "two"), pool_owner=np.array([0, 1]), captive_share=np.array([0.5, 1.0])
    )
    online = np.array([[7.0, 3.0], [5.0, 1.0]])
    found = replace(START, spending=np.array([2.0, 3.0])).owners_want(roster, at_start, felt, cost, online, p)
    assert found.own_price == pytest.approx(np.array([[2.0, 4.0], [0.5, 0.5]]))
    assert found.own_wanted == pytest.approx(np.array([[300.0 / 2.0, 150.0 / 4.0], [15.0 * 2.0, 30.0 * 4.0]]))
    assert found.spending.tolist() == [2.0, 3.0] and found.edge is START.edge
