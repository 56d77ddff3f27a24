"""Owners' own use by hand: it belongs to the owner and runs where its capacity stands."""

from __future__ import annotations

import numpy as np
import pytest

from sim.economy import Economy
from sim.roster import load_roster
from tests.small import small_parameters

ROSTER = load_roster("default")
NAMES = [ROSTER.pool_name(pool) for pool in range(len(ROSTER.pools))]


def by_pool(**named: float) -> np.ndarray:
    """Amounts by pool of the core in two worlds, the rest 0."""
    found = np.zeros((2, len(NAMES)))
    for name, value in named.items():
        found[:, NAMES.index(name.replace("__", "/").replace("_", "-") + "/core")] = value
    return found


def wanted(at_start: np.ndarray, online: np.ndarray, cost: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Own use wanted by pool, where not 0: spending has doubled, cost is what it was unless said."""
    p, one = small_parameters(price_elasticity=-1.0, price_adaptation=1.0, demand_level=1.0), np.ones_like(online)
    begun = Economy.start(np.zeros(2), one, at_start)
    begun = Economy(**{**vars(begun), "spending": np.array([2.0, 1.0])})
    found = begun.owners_want(ROSTER, at_start, one, one if cost is None else cost, online, p).own_wanted
    assert np.isfinite(found).all()
    return {name: found[:, pool] for pool, name in enumerate(NAMES) if found[:, pool].any()}


def test_a_chip_that_arrives_in_an_own_fleet_is_used() -> None:
    """Meta ran 100 on Nvidia and had no AMD. It wants 200 (100 in the second world), and three parts of four of what is
    online are Nvidia: AMD gets a quarter. A fleet that had nothing wants nothing."""
    found = wanted(by_pool(meta__nvidia=100.0), by_pool(meta__nvidia=300.0, meta__amd=100.0, xai_fleet__nvidia=50.0))
    assert found.keys() == {"meta/nvidia/core", "meta/amd/core"}
    assert found["meta/nvidia/core"] == pytest.approx([150.0, 75.0])
    assert found["meta/amd/core"] == pytest.approx([50.0, 25.0])


def test_a_cloud_runs_its_own_use_where_it_keeps_capacity_for_itself() -> None:
    """Google keeps 15 % of its Nvidia chips and 62 % of its TPUs: of 200 and 100 that are online 30 and 62. On Nvidia
    it had 46 and on TPUs none; half the cost doubles what is wanted of it."""
    cost = np.ones((2, len(NAMES)))
    cost[1] = 0.5
    found = wanted(by_pool(google__nvidia=46.0), by_pool(google__nvidia=200.0, google__tpu=100.0), cost)
    assert found["google/nvidia/core"] == pytest.approx([30.0, 30.0])
    assert found["google/tpu/core"] == pytest.approx([62.0, 62.0])


def test_nothing_online_runs_nothing() -> None:
    assert wanted(by_pool(meta__nvidia=100.0), by_pool()) == {}
