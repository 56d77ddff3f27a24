"""What each strategy of a cloud does with one easy briefing, by hand: prices, orders, terms, in two worlds that
differ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.strategies.cloud import BuildToDemand, needed_h100e, within_limits
from agents.strategies.cloud_bots import NoviceCloud, SkilledCloud
from agents.strategies.cloud_competition import BestResponse
from agents.strategies.cloud_kinds import FollowUtilisation, Harvest, LandGrab, OwnSiliconFirst
from sim.contract import CloudBriefing
from sim.parameters import Parameters
from tests.agents.briefs import MARKET, filled, two

AMPLE = 1e9
HABITS = {
    "cloud_markup": 0.3,
    "markup_anchor": 0.5,
    "captive_markup": 0.0,
    "price_adjustment": 0.5,
    "utilisation_response": 1.0,
    "scarcity_response": 0.1,
    "price_change_limit": 0.15,
    "target_utilisation": 0.9,
    "stock_adjustment": 0.5,
    "supply_line_weight": 0.5,
    "order_split_sensitivity": 0.0,
    "price_sensitivity": 4.0,
}
AIM = [2.8, 2.1, 4.2]
"""Cost of 2, 1.5 and 3 times 1.4: the start's mark-up of 50 % counts half, the usual 30 % the other half."""
STOCK = two([100, 50, 10], [200, 50, 10])


def owner(habits: dict[str, float] | None = None, **changes: Any) -> CloudBriefing:
    """Pools: GPU, own chip, GPU at the edge. An H100e of the own chip takes 2 MW, of GPUs 1. Posted as aimed at, use on
    target, and nothing scarce; the second world has twice the GPUs."""
    known: dict[str, Any] = {
        "own_design": np.array([False, True, False]),
        "edge": np.array([False, False, True]),
        "price_usd_per_h100e_hour": two(AIM, AIM),
        "long_run_cost_usd": two([2.0, 1.5, 3.0], [2.0, 1.5, 3.0]),
        "cash_cost_usd": np.full((2, 3), 0.5),
        "start_markup": np.full((2, 3), 0.5),
        "captive_share": np.zeros((2, 3)),
        "booked_share": np.full((2, 3), 0.9),
        "shadow_price": np.zeros((2, 3)),
        "installed_h100e": STOCK,
        "line_h100e": two([30, 10, 0], [30, 10, 0]),
        "deal_live_h100e": np.zeros((2, 3)),
        "deal_line_h100e": np.zeros((2, 3)),
        "target_stock_h100e": two([120, 50, 10], [120, 50, 10]),
        "expected_growth": two([0.1, 0, 0], [0.1, 0, 0]),
        "retiring_h100e": two([2, 5, 1], [2, 5, 1]),
        "lead_quarters": two(3.0, 3.0),
        "mw_per_h100e": two([1, 2, 1], [1, 2, 1]),
        "capex_musd_per_h100e": two([4, 3, 5], [4, 3, 5]),
        "wafers_per_h100e": two([0.25, 0.5, 0.5], [0.25, 0.5, 0.5]),
        "foundry_left": two(1.0, 1.0),
        "own_chip_value": two(1.0, 1.0),
        "room_mw": two(AMPLE, AMPLE),
        "budget_musd": two(AMPLE, AMPLE),
        "commitment_discount": two(0.1, 0.2),
        "exit_fee_years": two(0.05, 0.03),
        "porting_kit_musd": two(50, 10),
        "edge_programme_musd": two(5, 0),
        "offered_mw": np.zeros((2, 6)),
        "signed_ahead": np.zeros((2, 13)),
        "deal_power_mw": two(AMPLE, AMPLE),
        "habits": Parameters({name: two(value, value) for name, value in {**HABITS, **(habits or {})}.items()}),
    }
    return filled(CloudBriefing, **{**known, **changes})


def price(strategy: Any, own: CloudBriefing, market: Any = MARKET) -> np.ndarray:
    return strategy.decide(own, market).price_usd_per_h100e_hour


# --- the default ------------------------------------------------------------------------------------------------------


def test_the_default_moves_half_of_the_way_to_its_aim_and_with_the_market() -> None:
    """20 % below the aim in logs: half of it is 0.1. Five points above the use aimed at add 0.05; half a util of
    scarcity 0.05 more, and 0.2 are cut at 0.15. A pool with nothing in service is under no pressure, one never posted
    starts at its aim, and cash cost is the floor."""
    below = np.array(AIM) * np.exp(-0.2)
    own = owner(
        price_usd_per_h100e_hour=two(below, [2.8, 0.0, 4.2]),
        booked_share=two([0.9, 0.95, 0.95], [0.5, 0.5, 0.9]),
        shadow_price=two([0, 0, 0.5], [0, 0, 0]),
        installed_h100e=two([100, 50, 10], [100, 0, 10]),
        cash_cost_usd=two([0.5] * 3, [2.7, 0.5, 0.5]),
    )
    found = price(BuildToDemand(), own)
    assert found[0] == pytest.approx(below * np.exp([0.1, 0.15, 0.15]))
    assert found[1] == pytest.approx([2.7, 2.1, 4.2])  # cut by 0.15 to 2.41, and the floor
    idle = price(BuildToDemand(), owner({"price_change_limit": 9.0}, booked_share=np.full((2, 3), 0.6)))
    assert idle == pytest.approx(np.array([AIM, AIM]) * np.exp(-0.3))


def test_the_default_orders_losses_growth_and_part_of_the_gap() -> None:
    """2 retire and a tenth of 100 is growth: 12, for three quarters 36. Half of a gap of 20 and a quarter of the 6 that
    the line is short of: 23.5. Of chips 5 and a quarter of 5, at 2 MW; of the edge 1 and a quarter of 3. In the second
    world 80 GPUs are too many: 22 - 40 + 9 is nothing."""
    assert needed_h100e(owner()) == pytest.approx(two([23.5, 6.25, 1.75], [0, 6.25, 1.75]))
    assert BuildToDemand().order_mw(owner()) == pytest.approx(two([23.5, 12.5, 1.75], [0, 12.5, 1.75]))


EARNING = {"price_usd_per_h100e_hour": two([5 / 1.8, 5 / 3, 4.2], [5 / 1.8, 5 / 3, 4.2])}
"""While nine tenths are let, and half a dollar goes into running them, GPUs earn 2.00 an hour and chips 1.00."""
NEEDED = {"installed_h100e": two([100, 50, 10], [100, 50, 10])}
"""23.5 MW of GPUs are needed and 12.5 of chips, in both worlds."""


def test_orders_are_split_by_what_a_chip_earns_per_unit_of_what_is_short() -> None:
    """Money alone: an H100e of GPUs earns 2 on 4 musd, of chips 1 on 3: 23.5 / 2 and 12.5 / 3 share the 36 MW. At two
    thirds of the room, power counts a third and money two: 2 over 4^(2/3), and 1 over 3^(2/3) 2^(1/3). The edge is not
    touched, and where only chips are needed all stays."""
    split = {"order_split_sensitivity": 1.0}
    by_money = BuildToDemand().order_mw(owner(split, **EARNING, **NEEDED))
    gpus, chips = 23.5 / 2, 12.5 / 3
    assert by_money == pytest.approx(np.tile([36 * gpus / (gpus + chips), 36 * chips / (gpus + chips), 1.75], (2, 1)))
    cut = BuildToDemand().order_mw(owner(split, **EARNING, **NEEDED, room_mw=two(24, AMPLE)))
    gpus, chips = 23.5 * 2 / 4 ** (2 / 3), 12.5 / (3 ** (2 / 3) * 2 ** (1 / 3))
    assert cut[0] == pytest.approx([24 * gpus / (gpus + chips), 24 * chips / (gpus + chips), 1.75])
    assert cut[1] == pytest.approx(by_money[1])
    only = BuildToDemand().order_mw(owner(split, **EARNING))
    assert only[1] == pytest.approx([0, 12.5, 1.75])


def test_where_the_foundry_is_short_wafers_count() -> None:
    """Nothing of what was booked is made: 2 on a quarter of a wafer, and 1 on a half, are 8 and 2."""
    got = BuildToDemand().order_mw(
        owner({"order_split_sensitivity": 0.5}, **EARNING, **NEEDED, foundry_left=two(0.0, 1.0))
    )
    assert got[0, 1] / got[0, 0] == pytest.approx(12.5 / 23.5 / 2)
    assert got[1, 1] / got[1, 0] == pytest.approx(12.5 / 23.5 * (2 / 3) ** 0.5)


def test_dearer_gpus_and_weightier_own_chips_move_orders_to_them_and_leave_the_sum() -> None:
    """Twice the price halves what GPUs earn on a dollar; a weight of two says the same of chips."""
    split = {"order_split_sensitivity": 1.0}
    usual, dearer, weighty = (
        BuildToDemand().order_mw(owner(split, **EARNING, **NEEDED, **change))
        for change in (
            {},
            {"capex_musd_per_h100e": two([8, 3, 5], [8, 3, 5])},
            {"own_chip_value": two(2.0, 2.0)},
        )
    )
    assert (dearer[:, 1] > usual[:, 1]).all() and dearer == pytest.approx(weighty)
    assert dearer[:, 1] / dearer[:, 0] == pytest.approx(2 * usual[:, 1] / usual[:, 0])
    for order in (usual, dearer):
        assert order[:, :2].sum(axis=1) == pytest.approx([36, 36])


def test_a_chip_that_earns_nothing_counts_a_twentieth_of_its_rent_and_one_never_posted_its_cost() -> None:
    """0.4 x 0.9 less 0.5 is nothing: 0.018; 5 / 3 of cost, nine tenths let, less 0.5 is 1."""
    split = {"order_split_sensitivity": 1.0}
    poor = owner(split, **NEEDED, price_usd_per_h100e_hour=two([5 / 1.8, 0.4, 4.2], [5 / 1.8, 0.0, 4.2]))
    poor = replace(poor, long_run_cost_usd=two([2, 5 / 3, 3], [2, 5 / 3, 3]))
    got = BuildToDemand().order_mw(poor)
    assert got[:, 1] / got[:, 0] == pytest.approx(np.array([0.018, 1.0]) * 12.5 / 3 / (23.5 / 2))


def test_an_owner_without_a_chip_of_its_own_orders_what_it_needs() -> None:
    none = owner({"order_split_sensitivity": 1.0}, **EARNING, **NEEDED, own_design=np.zeros(3, bool))
    assert BuildToDemand().order_mw(none) == pytest.approx(np.tile([23.5, 12.5, 1.75], (2, 1)))


def test_orders_keep_within_power_and_money_and_the_edge_needs_neither() -> None:
    """20 and 10 MW of 30: 15 are free. At 4 and 1.5 musd a MW they cost 95, and 38 are there. What is ample cuts
    nothing, and nothing is not divided."""
    wanted = two([20, 10, 5], [20, 10, 5])
    cut = within_limits(owner(room_mw=two(15, AMPLE), budget_musd=two(AMPLE, 38)), wanted)
    assert cut == pytest.approx(two([10, 5, 5], [8, 4, 5]))
    both = within_limits(owner(room_mw=two(15, 3), budget_musd=two(38, 38)), wanted)
    assert both == pytest.approx(two([8, 4, 5], [2, 1, 5]))
    assert within_limits(owner(room_mw=two(60, 60), budget_musd=two(190, 190)), wanted) == pytest.approx(wanted)
    assert within_limits(owner(room_mw=two(0, 0)), two([0, 0, 5], [1, 0, 5])).tolist() == [[0, 0, 5], [0, 0, 5]]


# --- kinds ------------------------------------------------------------------------------------------------------------


def test_one_follows_use_whatever_capacity_costs() -> None:
    """1.2 times ten points above the use aimed at is e^0.12; forty below is cut at -0.15; cost plays no part, and what
    is not in service stays."""
    own = owner(
        booked_share=two([1.0, 0.5, 0.9], [0.9, 0.95, 0.5]),
        long_run_cost_usd=np.full((2, 3), 9.0),
        installed_h100e=two([1, 1, 1], [1, 1, 0]),
    )
    found = price(FollowUtilisation(), own)
    assert found == pytest.approx(np.array([AIM, AIM]) * np.exp(two([0.12, -0.15, 0], [0, 0.06, 0])))
    assert price(FollowUtilisation(), owner(price_usd_per_h100e_hour=np.zeros((2, 3)))) == pytest.approx(
        two([2, 1.5, 3], [2, 1.5, 3])
    )


def test_one_grabs_land_below_everybody_and_lets_all_leave() -> None:
    """The market's mean of prices that are posted is 2.2: a tenth below it, 1.98, is less than cost; a tenth below
    the own 1.6 is 1.44, and 15 % a quarter is the most. Half as much again is ordered, exit is free, a year is 5 %
    cheaper."""
    market = filled(type(MARKET), price_usd_per_h100e_hour=two([2.4, 2.0, 0.0], [9.0, 9.0, 0.0]))
    own = owner(
        price_usd_per_h100e_hour=two([2.3, 1.6, 4.2], [2.1, 1.8, 3.1]), long_run_cost_usd=two([2, 1.4, 3], [2, 1.4, 3])
    )
    decided = LandGrab().decide(own, market)
    first = [2.0, 1.44, 4.2 * np.exp(-0.15)]
    assert decided.price_usd_per_h100e_hour == pytest.approx(two(first, [2.0, 1.62, 3.0]))
    assert decided.order_mw == pytest.approx(1.5 * two([23.5, 12.5, 1.75], [0, 12.5, 1.75]))
    assert decided.exit_fee_years.tolist() == [0, 0] and decided.commitment_discount.tolist() == [0.05, 0.05]


def test_one_lives_off_those_who_cannot_leave() -> None:
    """A quarter of the GPUs' book ends, all of the chips' and nothing is committed at the edge: 0.35 x 0.3 x 0.75 on
    the aim. With nothing up for renewal the rise is 10.5 %."""
    own = owner(committed_h100e=two([80, 40, 0], [80, 40, 5]), expiring_h100e=two([20, 40, 0], [0, 40, 0]))
    decided = Harvest().decide(own, MARKET)
    assert decided.price_usd_per_h100e_hour == pytest.approx(np.array(AIM) * two([1.07875, 1, 1], [1.105, 1, 1.105]))
    assert decided.order_mw == pytest.approx(0.6 * two([23.5, 12.5, 1.75], [0, 12.5, 1.75]))
    assert decided.exit_fee_years.tolist() == [0.25, 0.25] and decided.commitment_discount.tolist() == [0.3, 0.3]


def test_one_counts_its_own_chip_three_times_what_it_earns() -> None:
    """2 on 4 musd against 3 x 1 on 3: 23.5 / 2 of GPUs and 12.5 of chips share 36 MW, or the 18 there is room for, and
    then half of it counts by power: 2 on 4^.5 against 3 on (3 x 2)^.5. A quarter of 12 % below the usual price, three
    times the kits."""
    split = {"order_split_sensitivity": 1.0}
    decided = OwnSiliconFirst().decide(owner(split, **EARNING, **NEEDED, room_mw=two(AMPLE, 18)), MARKET)
    gpus, chips = 23.5 / 2, 12.5
    assert decided.order_mw[0] == pytest.approx([36 * gpus / (gpus + chips), 36 * chips / (gpus + chips), 1.75])
    gpus, chips = 23.5, 12.5 * 3 / 6**0.5
    assert decided.order_mw[1] == pytest.approx([18 * gpus / (gpus + chips), 18 * chips / (gpus + chips), 1.75])
    usual = OwnSiliconFirst().decide(owner(), MARKET)
    assert usual.price_usd_per_h100e_hour == pytest.approx(two([2.8, 0.97 * 2.1, 4.2], [2.8, 0.97 * 2.1, 4.2]))
    assert usual.porting_kit_musd.tolist() == [150, 30] and usual.exit_fee_years.tolist() == [0.05, 0.03]
    floor = price(OwnSiliconFirst(), owner(cash_cost_usd=two([0.5, 2.08, 0.5], [0.5, 0.5, 0.5])))
    assert floor[:, 1] == pytest.approx([2.08, 0.97 * 2.1])
    none = owner(own_design=np.zeros(3, bool))
    assert OwnSiliconFirst().decide(none, MARKET).porting_kit_musd.tolist() == [50, 10]


def test_one_answers_its_rivals() -> None:
    """At alpha 4 and a cost of 2 the best price is 4/3 (2 + s (p - 2)): 3 where it leaves a share of a quarter. It has
    that at 3 already; at 6 it has a 49th, and at half the price 16 times the odds. It goes 0.4 of the way. 5 % of the
    market stay away."""
    habits = {"price_change_limit": 1.0, "price_sensitivity": 4.0}
    own = owner(
        habits,
        price_usd_per_h100e_hour=two([3.0, 2.1, 4.2], [6.0, 2.1, 4.2]),
        market_share=two([0.25 / 0.95, 0, 1], [1 / 49 / 0.95, 0, 1]),
    )
    found = price(BestResponse(), own)
    assert found == pytest.approx(two([3.0, 2.1, 4.2], [6.0 * 0.5**0.4, 2.1, 4.2]), rel=2e-5)
    # Full and scarce: 0.8 utils over alpha are e^0.2 on the price of now, more than the best answer; within e^1.
    full = owner(
        habits,
        price_usd_per_h100e_hour=two([3.0, 2.1, 4.2], [3.0, 2.1, 4.2]),
        market_share=two([0.25 / 0.95, 0, 0], [0.25 / 0.95, 0, 0]),
        booked_share=two([0.99, 0.9, 0.9], [0.98, 0.9, 0.9]),
        shadow_price=two([0.8, 0, 0], [0.8, 0, 0]),
    )
    assert price(BestResponse(speed=1.0), full)[:, 0] == pytest.approx([3.0 * np.exp(0.2), 3.0], rel=1e-5)


# --- bots -------------------------------------------------------------------------------------------------------------


def test_a_novice_sells_at_cost_plus_a_tenth_and_forgets_what_is_on_the_way() -> None:
    """2.2, 1.65 and 3.3, 15 % a quarter at most. The line seems empty: GPUs 12 + 10 + 9, chips 5 + 3.75."""
    own = owner(
        price_usd_per_h100e_hour=two([2.8, 1.6, 0.0], [2.1, 1.2, 3.3]), cash_cost_usd=two([0.5] * 3, [0.5, 1.5, 0.5])
    )
    decided = NoviceCloud().decide(own, MARKET)
    assert decided.price_usd_per_h100e_hour == pytest.approx(two([2.8 * 0.85, 1.65, 3.3], [2.2, 1.5, 3.3]))
    assert decided.order_mw == pytest.approx(two([31, 17.5, 1.75], [0, 17.5, 1.75]))
    assert NoviceCloud().decide(owner(room_mw=two(0, AMPLE)), MARKET).order_mw[0].tolist() == [0, 0, 1.75]


def test_a_skilled_cloud_leans_on_the_default() -> None:
    """0.02 on every price, 0.1 per util, 0.05 less on chips, 15 % at most; orders times 1.5, half of that for chips,
    and as price is over cost: 1.4. Its own terms; twice the kits."""
    skilled = SkilledCloud(
        price_level=0.02,
        price_scarcity=0.1,
        own_price_level=-0.05,
        order_level=np.log(1.5),
        own_order_level=np.log(0.5),
        order_margin=1.0,
        exit_fee_years=0.4,
        commitment_discount=0.07,
        porting_kit_factor=2.0,
    )
    own = owner({"scarcity_response": 0.0}, shadow_price=two([1.0, 0, 3.0], [0, 0, 0]))
    decided = skilled.decide(own, MARKET)
    assert decided.price_usd_per_h100e_hour == pytest.approx(
        np.array(AIM) * np.exp(two([0.12, -0.03, 0.15], [0.02, -0.03, 0.02]))
    )
    assert decided.order_mw == pytest.approx(two([23.5 * 2.1, 12.5 * 1.05, 1.75 * 2.1], [0, 12.5 * 1.05, 1.75 * 2.1]))
    assert decided.exit_fee_years.tolist() == [0.4, 0.4] and decided.commitment_discount.tolist() == [0.07, 0.07]
    assert decided.porting_kit_musd.tolist() == [100, 20]
    floor = SkilledCloud(price_level=-0.2, order_level=0.0).decide(owner(cash_cost_usd=np.full((2, 3), 2.0)), MARKET)
    assert floor.price_usd_per_h100e_hour[:, 1].tolist() == [2.0, 2.0]
    cut = SkilledCloud(order_level=np.log(2.0), own_order_level=0.0, order_margin=0.0).decide(
        owner(room_mw=two(36, AMPLE)), MARKET
    )
    assert cut.order_mw == pytest.approx(two([23.5, 12.5, 3.5], [0, 25, 3.5]))
