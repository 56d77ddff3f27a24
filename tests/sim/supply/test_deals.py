"""Rebates and guarantees worked by hand on the default roster."""

from __future__ import annotations

import numpy as np
import pytest

from sim.roster import load_roster
from sim.supply import deals
from sim.supply.deals import Guarantee, Terms
from sim.supply.negotiation import Negotiation
from tests.small import row, small_parameters, small_roster

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
    found = deals.rebated(ROSTER, terms, deals.loyalty(ROSTER, held))
    assert found[:, pool("azure/nvidia/core")] == pytest.approx([1.0, 1.0 - 0.2 * 0.75])
    assert found[:, pool("azure/amd/core")] == pytest.approx([1.0, 1.0])


def guaranteed(mw: float) -> Guarantee:
    """So many MW of GPUs a quarter at the price at which it began, 1000."""
    none, some = np.zeros((2, FAMILIES)), np.zeros((2, FAMILIES))
    some[:, ROSTER.families.index("nvidia")] = mw
    began, now = np.full((2, FAMILIES), 1000.0), np.full((2, FAMILIES), 1250.0)
    terms = Terms.none(began).renewed(none, some, began).renewed(none, some, now)
    return Guarantee(terms.guarantee_mw, terms.guaranteed_price)


def test_a_guarantee_keeps_the_price_at_which_it_began_for_the_largest_buyer() -> None:
    """The price rose from 1000 to 1250, a fifth is saved on what is covered. 100 MW a quarter, and 400 are on order.
    100 MW are delivered, all of them covered: 0.80; in the second world 250, two fifths: 0.92. AWS, with 300 on order,
    pays list, and so does who gets nothing this quarter."""
    guarantee = guaranteed(100.0)
    on_order = amounts(azure__nvidia=400.0, aws__nvidia=300.0, azure__amd=50.0)
    delivered = amounts(azure__nvidia=100.0, aws__nvidia=100.0, azure__amd=50.0)
    delivered[1, pool("azure/nvidia/core")] = 250.0
    found = guarantee.factor(ROSTER, np.full((2, FAMILIES), 1250.0), on_order, delivered)
    assert found[:, pool("azure/nvidia/core")] == pytest.approx([0.8, 0.92])
    assert np.delete(found, pool("azure/nvidia/core"), axis=1) == pytest.approx(np.ones((2, POOLS - 1)))
    nothing = guarantee.factor(ROSTER, np.full((2, FAMILIES), 1250.0), on_order, 0.0 * delivered)
    assert (nothing == 1.0).all()


def test_the_two_largest_customers_with_equal_orders_share_one_guarantee() -> None:
    """50 of 100 MW each. AWS gets 50, all of it covered: 0.80; Azure 100, half of it: 0.90. A fifth is saved on 100 MW
    in all, not on 150. Oracle has a little less on order."""
    on_order = amounts(azure__nvidia=400.0, aws__nvidia=400.0, oracle__nvidia=399.0)
    delivered = amounts(azure__nvidia=100.0, aws__nvidia=50.0, oracle__nvidia=40.0)
    found = guaranteed(100.0).factor(ROSTER, np.full((2, FAMILIES), 1250.0), on_order, delivered)
    assert found[:, pool("aws/nvidia/core")] == pytest.approx([0.8, 0.8])
    assert found[:, pool("azure/nvidia/core")] == pytest.approx([0.9, 0.9])
    assert found[:, pool("oracle/nvidia/core")].tolist() == [1.0, 1.0]
    assert ((1.0 - found) * delivered).sum(axis=1) == pytest.approx([0.2 * 100.0] * 2)


def test_a_guarantee_begins_anew_after_a_break_and_is_worth_nothing_when_prices_fall() -> None:
    """Granted at 1000, dropped at 1250 in the second world, granted again at 1100."""
    nvidia = ROSTER.families.index("nvidia")
    none, some = np.zeros((2, FAMILIES)), np.zeros((2, FAMILIES))
    some[:, nvidia] = 200.0
    first = some * np.array([[1.0], [0.0]])
    prices = [np.full((2, FAMILIES), usd) for usd in (1000.0, 1250.0, 1100.0, 900.0)]
    terms = (
        Terms.none(prices[0])
        .renewed(none, some, prices[0])
        .renewed(none, first, prices[1])
        .renewed(none, some, prices[2])
    )
    assert terms.guaranteed_price[:, nvidia].tolist() == [1000.0, 1100.0]
    orders = amounts(azure__nvidia=400.0)
    guarantee = Guarantee(terms.guarantee_mw, terms.guaranteed_price)
    fallen = guarantee.factor(ROSTER, prices[3], orders, orders)
    assert fallen[:, pool("azure/nvidia/core")].tolist() == [1.0, 1.0]


# --- bargaining -------------------------------------------------------------------------------------------------------


def test_leverage_bends_list_prices_of_merchants_within_a_band() -> None:
    """At a weight of a half, leverage of 1.21 times the first is 1.1, of 4 is cut at 1.25, of a quarter at 0.8; an own
    chip stays."""
    small, p = small_roster(), small_parameters(bargaining_weight=(0.5, 1.0))
    negotiation = Negotiation(small)
    assert negotiation.pools.tolist() == [0, 1, 2, 3]  # rented at the core
    first, now = np.full((2, 4), 0.5), row([0.605, 9.0, 2.0, 0.125], [0.55, 9.0, 0.45, 0.5])
    terms = Terms(np.zeros((2, 3)), np.zeros((2, 3)), np.ones((2, 3)), first)
    assert negotiation.negotiated(now, terms, p) == pytest.approx(
        row([1.1, 1, 1.25, 0.8, 1, 1, 1], [1.1, 1, 0.9, 1, 1, 1, 1])
    )
    opening = Terms.none(np.ones((2, 3)))
    assert (
        negotiation.negotiated(now, opening, p) == 1.0
    ).all()  # the first leverage is what later ones are measured in
