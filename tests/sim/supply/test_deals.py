"""Rebates and guarantees worked by hand on the default roster."""

from __future__ import annotations

import numpy as np
import pytest

from sim.roster import load_roster
from sim.supply import deals
from sim.supply.deals import Terms

ROSTER = load_roster("default")
POOLS, FAMILIES = len(ROSTER.pools), len(ROSTER.families)


def pool(name: str) -> int:
    return next(k for k in range(POOLS) if ROSTER.pool_name(k) == name)


def amounts(**named: float) -> np.ndarray:
    found = np.zeros((2, POOLS))
    for name, value in named.items():
        found[:, pool(name.replace("__", "/") + "/core")] = value
    return found


def test_loyalty_is_a_familys_part_of_a_buyers_merchant_chips() -> None:
    loyal = deals.loyalty(
        ROSTER, amounts(azure__nvidia=300.0, azure__amd=100.0, azure__maia=900.0, aws__nvidia=50.0, aws__trainium=50.0)
    )
    assert loyal[0, pool("azure/nvidia/core")] == pytest.approx(0.75)
    assert loyal[0, pool("azure/maia/core")] == 0.0  # an own design is not bought
    assert loyal[0, pool("aws/nvidia/core")] == 1.0


def test_a_rebate_is_paid_in_proportion_to_loyalty() -> None:
    price = np.full((2, FAMILIES), 1000.0)
    rebate = np.zeros((2, FAMILIES))
    rebate[1, ROSTER.families.index("nvidia")] = 0.2
    held = amounts(azure__nvidia=300.0, azure__amd=100.0)
    terms = Terms.none(price).renewed(rebate, np.zeros_like(rebate), price)
    found = deals.factor(ROSTER, terms, price, deals.loyalty(ROSTER, held), held, np.ones_like(held))
    assert found[:, pool("azure/nvidia/core")] == pytest.approx([1.0, 1.0 - 0.2 * 0.75])
    assert found[:, pool("azure/amd/core")] == pytest.approx([1.0, 1.0])


def test_a_guarantee_keeps_the_price_at_which_it_began_for_the_largest_buyer() -> None:
    """200 MW of 400 on order are covered; the price rose from 1000 to 1250, so half the order is 20 % cheaper."""
    nvidia = ROSTER.families.index("nvidia")
    began, now = np.full((2, FAMILIES), 1000.0), np.full((2, FAMILIES), 1250.0)
    mw = np.zeros((2, FAMILIES))
    mw[:, nvidia] = [200.0, 0.0]
    terms = Terms.none(began).renewed(0.0 * mw, mw, began).renewed(0.0 * mw, mw, now)
    assert terms.guaranteed_price[0, nvidia] == 1000.0 and terms.guaranteed_price[1, nvidia] == 1250.0
    orders = amounts(azure__nvidia=400.0, aws__nvidia=100.0)
    found = deals.factor(ROSTER, terms, now, deals.loyalty(ROSTER, orders), orders, np.ones_like(orders))
    assert found[:, pool("azure/nvidia/core")] == pytest.approx([0.9, 1.0])
    assert found[:, pool("aws/nvidia/core")] == pytest.approx([1.0, 1.0])
