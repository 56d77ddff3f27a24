"""Placebos: changes that theory says must do nothing to a share. A model that shows an effect here is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.theory import memory
from experiments.theory.memory import frictionless
from sim.metrics import METRICS
from sim.records import Records
from tests.game.play import BASE, changed, first_quarter, play, shock, watch

pytestmark = pytest.mark.theory

WORLDS, QUARTERS = 3, 10
SHARES = [one.name for one in METRICS if "share" in one.name and "operating_income" not in one.name]
CORE = [
    "trainium_share_used_core",
    "trainium_share_installed_core",
    "trainium_share_spend_core",
    "trainium_share_units_core",
]
CORE += ["used_core_h100e", "price_usd_per_h100e_hour", "booked_ratio_trainium", "utilisation", "shadow_price_trainium"]
REGIONS = ("us", "eu", "uk", "rest")


def moved(one: Records, other: Records, names: list[str], rounding: float = 0.0) -> list[str]:
    """Which metrics are not the same bit for bit, or further apart than rounding."""
    pairs = {name: (one.metric(name), other.metric(name)) for name in names}
    return [name for name, (a, b) in pairs.items() if not np.allclose(a, b, rtol=rounding, atol=0.0)]


# --- S08b: edge demand without a Trainium edge chip and without crowding ----------------------------------------------


@pytest.mark.whole
def test_an_edge_surge_leaves_the_core_exactly_alone() -> None:
    """With money to spare: an owner's money is one, and what the edge costs is not there for the core. Sums over an
    owner's pools hold the edge too, so what is exact comes out of them with its last bit rounded otherwise."""
    surge = (shock("edge_potential_share", 0.9, "2026Q3"), shock("edge_imitation", 1.5, "2026Q3"))
    rich = {"other_cash_factor": 10.0, "lender_multiple": 20.0}
    before, after = (play(changed(*shocks, **rich), WORLDS, QUARTERS) for shocks in ((), surge))
    assert moved(before, after, CORE, rounding=1e-12) == []
    assert np.all(after.metric("used_edge_h100e")[:, -1] > 1.1 * before.metric("used_edge_h100e")[:, -1])
    assert np.all(after.metric("trainium_share_used")[:, -1] < before.metric("trainium_share_used")[:, -1])
    assert np.all(after.metric("trainium_share_used_edge") == 0.0)


@pytest.mark.whole
def test_the_placebo_can_fail_crowding_lets_the_edge_reach_the_core() -> None:
    surge = (shock("edge_potential_share", 0.9), shock("edge_imitation", 1.5))
    crowded = {"foundry_crowding": 1.0, "foundry_capacity_factor": 0.7}
    before, after = (play(changed(*shocks, **crowded), WORLDS, QUARTERS) for shocks in ((), surge))
    assert moved(before, after, CORE) != []


@pytest.mark.whole
def test_the_placebo_can_fail_a_trainium_edge_chip_sells() -> None:
    after = play(changed(trainium_edge_available=1.0), WORLDS, QUARTERS)
    assert np.all(after.metric("trainium_share_used_edge")[:, -1] > 0.0)


# --- S24: a fine alone ------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_a_fine_alone_moves_money_and_no_share() -> None:
    fined = changed(*(shock(f"fine_share_{region}", 0.1, "2026Q3") for region in REGIONS))
    (before, free), (after, paid) = watch(BASE, WORLDS, QUARTERS), watch(fined, WORLDS, QUARTERS)
    assert moved(before, after, [*SHARES, *CORE]) == []
    for quarter, (one, other) in enumerate(zip(free.quarters, paid.quarters, strict=True)):
        extra = other.statement.cash_costs - one.statement.cash_costs
        bills = sum(outcome.bill_musd_per_hour.sum(axis=(1, 2)) for outcome in one.outcomes) * 2190.0
        expected = 0.1 * bills if quarter >= 2 else 0.0 * bills
        assert np.allclose(extra.sum(axis=1), expected, rtol=1e-9, atol=1e-6)
    cash = [witness.quarters[-1].balance.cash.sum(axis=1) for witness in (free, paid)]
    assert np.all(cash[1] < cash[0])


@pytest.mark.whole
def test_the_placebo_can_fail_where_money_binds_a_fine_reaches_the_core() -> None:
    """Owners with neither other business nor lenders order what their purse allows."""
    poor = {"other_cash_factor": 0.0, "lender_multiple": 0.0}
    fine = [shock(f"fine_share_{region}", 0.1, "2026Q3") for region in REGIONS]
    before, after = (play(changed(*shocks, **poor), WORLDS, QUARTERS) for shocks in ((), fine))
    assert moved(before, after, CORE) != []


# --- S28: a shorter reported life -------------------------------------------------------------------------------------


@pytest.mark.whole
def test_a_shorter_reported_life_raises_depreciation_and_leaves_cash_alone() -> None:
    shorter = changed(shock("useful_life_quarters", 16.0, "2026Q3"))
    (before, long_), (after, short) = watch(BASE, WORLDS, QUARTERS), watch(shorter, WORLDS, QUARTERS)
    assert moved(before, after, [*SHARES, *CORE, "aws_ai_revenue_musd", "aws_ai_capex_musd"]) == []
    for quarter, (one, other) in enumerate(zip(long_.quarters, short.quarters, strict=True)):
        assert np.array_equal(one.balance.cash, other.balance.cash)
        flows = [
            seen.statement.free_cash_flow for seen in (one, other)
        ]  # summed in another order: the last bits may differ
        assert np.allclose(*flows, rtol=1e-12, atol=1e-6)
        later = quarter >= 2
        assert np.all((other.statement.depreciation > one.statement.depreciation) == later)
        mine, theirs = (s.operating_income + s.write_off for s in (other.statement, one.statement))
        assert np.all((mine < theirs) == later)  # what is written down sooner loses less when it is scrapped


# --- S25: a regulator without a case ----------------------------------------------------------------------------------


@pytest.mark.whole
def test_an_announced_remedy_without_anticipation_does_nothing_before_its_day() -> None:
    announced = shock("switching_fee_ban_us", 1.0, "2027Q2", announced="2026Q1")
    patient = {"anticipation": 0.0}
    before, after = (play(changed(*shocks, **patient), WORLDS, 8) for shocks in ((), (announced,)))
    names = [metric.name for metric in METRICS]
    changes = [
        [n for n in names if not np.array_equal(before.metric(n)[:, q], after.metric(n)[:, q])] for q in range(8)
    ]
    assert changes[:5] == [[]] * 5  # 2026Q1 to 2027Q1
    assert "switching_spend_musd" in changes[5]


@pytest.mark.whole
def test_an_announced_remedy_is_conceded_in_part_when_firms_anticipate() -> None:
    announced = shock("switching_fee_ban_us", 1.0, "2027Q2", announced="2026Q3")
    eager = {"anticipation": 0.5}
    before, after = (play(changed(*shocks, **eager), WORLDS, 6) for shocks in ((), (announced,)))
    spend = [records.metric("switching_spend_musd") for records in (before, after)]
    assert np.array_equal(spend[0][:, :2], spend[1][:, :2])
    assert np.all(spend[0][:, 2] != spend[1][:, 2])


# --- S32: all frictions off -------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_without_frictions_where_demand_comes_from_does_not_matter() -> None:
    """Every incumbent, greenfield included, chooses alike; the last position (owed to an investor) is empty."""
    market, state, conditions = first_quarter(frictionless(BASE), WORLDS)
    routing = market.offers.routing(conditions)
    costs = market.switching_costs(state, conditions, state.waiting)
    utility = market.utility(market.offers.work_price(conditions.price, routing, conditions), state, conditions)
    asked = market.demand_on_offers(utility, costs, routing, np.ones_like(state.waiting), conditions.p)
    free = asked.x[..., :-1]
    assert np.allclose(free, free[..., :1], rtol=1e-12)


def test_with_frictions_it_does() -> None:
    market, state, conditions = first_quarter(BASE, WORLDS)
    routing = market.offers.routing(conditions)
    costs = market.switching_costs(state, conditions, state.waiting)
    utility = market.utility(market.offers.work_price(conditions.price, routing, conditions), state, conditions)
    asked = market.demand_on_offers(utility, costs, routing, np.ones_like(state.waiting), conditions.p)
    assert np.abs(asked.x[..., :-1] / asked.x[..., :1] - 1.0).max() > 0.1


@pytest.mark.whole
def test_without_frictions_history_is_forgotten() -> None:
    """With terms of a quarter everything re-chooses: who started where gives the same share path."""
    names = [
        "trainium_share_used",
        "nvidia_share_used",
        "tpu_share_used",
        "hhi_cloud",
        "hhi_silicon",
        "price_over_cost",
    ]
    one, other = (memory.play(frictionless(BASE), swap, all_ending=True) for swap in (False, True))
    for name in names:
        assert np.allclose(one.metric(name), other.metric(name), rtol=1e-7), name


@pytest.mark.whole
def test_with_frictions_history_is_remembered() -> None:
    for all_ending in (False, True):
        one, other = (memory.play(BASE, swap, all_ending) for swap in (False, True))
        assert np.all(np.abs(one.metric("nvidia_share_used") - other.metric("nvidia_share_used")).max(axis=1) > 1e-3)
