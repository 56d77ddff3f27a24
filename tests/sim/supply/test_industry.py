"""A quarter of the supply side by hand on the small roster: what is made, sold abroad, delivered, powered, retired,
ordered, priced."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.economy import Economy, powered_mw
from sim.finance import annuity, falling_annuity
from sim.supply.capacity import AGES, Fleet
from sim.supply.costs import costs
from sim.supply.deals import Guarantee
from sim.supply.industry import QUEUE, Industry
from sim.supply.state import IndustryState
from sim.supply.technology import Production
from tests.small import row, small_parameters, small_roster

ROSTER = small_roster()
GPU, RIVAL, CHIP = range(3)
NORTH_GPU, NORTH_CHIP, SOUTH_GPU, SOUTH_RIVAL, HOUSE_GPU, EDGE_GPU, EDGE_CHIP = range(7)
"""Pools. Lines are families at the core, then at the edge."""
MADE = Production(
    h100e_per_wafer=row([10, 5, 20], [10, 5, 20]),
    h100e_per_chip=row([2, 1, 4], [2, 1, 4]),
    watts_per_h100e=row([850, 1700, 425], [850, 1700, 425]),
    cost_per_h100e=row([10e3, 8e3, 5e3], [10e3, 8e3, 5e3]),
    efficiency=np.ones((2, 3)),
    lean=np.zeros((2, 3)),
)
STOCK = row([100, 50, 200, 40, 500, 10, 0], [100, 50, 200, 40, 500, 10, 0])
"""At the start; 60 wafers a quarter were booked for the core then: 600 H100e of GPUs."""
FLOW = row([200, 0, 300, 0, 100, 0, 0], [200, 0, 300, 0, 100, 0, 0])


def industry(p: Any = None, **tables: Any) -> Industry:
    """Rules for a start without a known pipeline and without recent growth."""
    plain = {
        "given": np.zeros((0, 2, 7)),
        "flow": lambda: FLOW,
        "recent_growth": lambda: np.zeros(2),
        "stock": lambda quarter: STOCK,
    }
    start: Any = SimpleNamespace(
        tables=SimpleNamespace(**{**plain, **tables}),
        worlds=2,
        quarter=100,
        last_priced=102,
        made=lambda quarter, p: MADE,
        root=None,
        own_cost_factor=row([1, 1, 0.5], [1, 1, 0.5]),
    )
    return Industry(ROSTER, start, p or small_parameters())


def fleet(by_pool: np.ndarray, watts: float = 1000.0, age: int = 0) -> Fleet:
    """Everything of one age."""
    h100e = np.zeros((2, 7, AGES))
    h100e[..., age] = by_pool
    return Fleet(h100e, np.full_like(h100e, watts), np.ones_like(h100e))


def supply(**changes: Any) -> IndustryState:
    pools, families, lines = np.zeros((2, 7)), np.zeros((2, 3)), np.zeros((2, 6))
    plain: dict[str, Any] = {
        "fleet": fleet(pools),
        "arriving": pools,
        "arriving_watts": pools + 1000.0,
        "arriving_chips": pools + 0.5,
        "backlog": pools,
        "target": pools,
        "growth": pools,
        "queue": np.zeros((2, 6, QUEUE)),
        "inventory": lines,
        "order_flow": lines,
        "cumulative": families + 1e3,
        "priced": families + 1e3,
        "price": pools + 4.0,
        "chip_price": families + 20e3,
        "allocation": families,
        "deal": pools + 1.0,
        "guarantee": Guarantee.none(families + 20e3),
        "rebate": families,
        "design_progress": families,
        "booked_share": pools,
        "retired": pools,
    }
    return IndustryState(**{**plain, **changes})


def due(*wafers: float) -> np.ndarray:
    """A foundry queue with so many wafers due now, by line."""
    queue = np.zeros((2, 6, QUEUE))
    queue[..., 0] = wafers
    return queue


def produced(state: IndustryState, p: Any, level: Any = (1.0, 1.0), powered: Any = 1e9) -> Any:
    """After a quarter."""
    mw = np.broadcast_to(np.asarray(powered, dtype=float), (2, 3))
    return industry(p).produce(state, p, 1, np.asarray(level, dtype=float), mw)


# --- made -------------------------------------------------------------------------------------------------------------


def test_the_foundry_makes_what_it_can_and_edge_wafers_may_crowd_the_core() -> None:
    """60 wafers at the start, times headroom 1.5, the foundry's level and its factor: 90, less half of the edge's 20;
    in the second world 60 x 1.5 x 0.5 = 45, with nothing crowded out. GPUs' 80 are prepaid by half, the rival's 40 by a
    quarter: 40 and 10 first, and the rest, 40 and 30, shares what is left."""
    p = small_parameters(foundry_headroom=1.5, foundry_crowding=(0.5, 0.0), foundry_capacity_factor=(0.8, 1.0))
    _, made = produced(supply(queue=due(80.0, 40.0, 0.0, 20.0, 0.0, 0.0)), p, level=(1.25, 0.5))
    first = 30 / 70  # 80 wafers less 50 prepaid
    assert made.wafers == pytest.approx(row([40 + 40 * first, 10 + 30 * first, 0, 20, 0, 0], [36, 9, 0, 20, 0, 0]))
    assert made.output == pytest.approx(made.wafers * np.tile([10.0, 5.0, 20.0], 2))


def test_what_is_sold_abroad_is_not_for_the_market() -> None:
    """A quarter of the core's 200 GPUs goes abroad, none of the edge's 50; the second world keeps them all."""
    p = small_parameters(supply_diversion=row([0.25, 0, 0], [0, 0, 0.5]))
    backlog = row([1000, 0, 0, 0, 0, 1000, 0], [1000, 0, 0, 0, 0, 1000, 0])
    after, made = produced(supply(queue=due(20.0, 0.0, 0.0, 5.0, 0.0, 0.0), backlog=backlog), p)
    assert made.diverted == pytest.approx(row([50, 0, 0, 0, 0, 0], [0] * 6))
    assert made.delivered == pytest.approx(row([150, 0, 0, 0, 0, 50, 0], [200, 0, 0, 0, 0, 50, 0]))
    assert after.arriving is made.delivered and not after.inventory.any()


def test_stock_on_hand_is_delivered_and_what_nobody_wants_is_kept() -> None:
    state = supply(
        queue=due(20.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        inventory=row([30, 0, 7, 0, 0, 0], [0, 0, 7, 0, 0, 0]),
        backlog=row([100, 0, 60, 0, 0, 0, 0], [220, 0, 60, 0, 0, 0, 0]),
    )
    after, made = produced(state, small_parameters())
    assert made.delivered == pytest.approx(row([100, 0, 60, 0, 0, 0, 0], [200 * 22 / 28, 0, 200 * 6 / 28, 0, 0, 0, 0]))
    assert after.inventory == pytest.approx(row([70, 0, 7, 0, 0, 0], [0, 0, 7, 0, 0, 0]))


def test_who_is_served_first_when_short() -> None:
    """200 GPUs for backlogs of 300, 200 and 100. The largest first: weights 1 + 3.5, 1 + 2.33 and 1 + 1.17 of them (a
    pool's backlog over the mean of all seven). A rebate of 10 % puts North and House, who buy nothing else, ahead by 5
    x 0.1; South, three quarters of whose bought chips are GPUs, by three quarters of that."""
    backlog = row([300, 0, 200, 0, 100, 0, 0], [300, 0, 200, 0, 100, 0, 0])
    held = row([0, 0, 100, 100, 0, 0, 0], [0, 0, 100, 100, 0, 0, 0])
    state = supply(
        queue=due(20.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        backlog=backlog,
        fleet=fleet(held),
        allocation=row([1, 0, 0], [0, 0, 0]),
        rebate=row([0, 0, 0], [0.1, 0, 0]),
    )
    _, made = produced(state, small_parameters())
    mean = 600 / 7
    largest = np.array([300 * (1 + 300 / mean), 200 * (1 + 200 / mean), 100 * (1 + 100 / mean)])
    loyal = np.array([300 * 1.5, 200 * (1 + 5 * 0.1 * 0.75), 100 * 1.5])
    buyers = [NORTH_GPU, SOUTH_GPU, HOUSE_GPU]
    assert made.delivered[0, buyers] == pytest.approx(200 * largest / largest.sum())
    assert made.delivered[1, buyers] == pytest.approx(200 * loyal / loyal.sum())


def test_a_backlog_beyond_four_quarters_is_cancelled() -> None:
    """50 are made and 80 ordered a quarter: no more than 320 stay on order of 1000 less 50. In the second world 200
    were made and 10 ordered: 800, all that is left of 1000."""
    state = supply(
        backlog=row([600, 0, 400, 0, 0, 0, 0], [600, 0, 400, 0, 0, 0, 0]),
        order_flow=row([80, 0, 0, 0, 0, 0], [10, 0, 0, 0, 0, 0]),
    )
    queue = due(5.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    queue[1, 0, 0], queue[:, 1, 2] = 20.0, 9.0
    after, made = produced(IndustryState(**{**vars(state), "queue": queue}), small_parameters(foundry_headroom=5.0))
    assert after.backlog == pytest.approx(row([192, 0, 128, 0, 0, 0, 0], [480, 0, 320, 0, 0, 0, 0]))
    assert made.cancelled.sum(axis=1) == pytest.approx([630.0, 0.0])
    assert after.queue[:, 1, 1].tolist() == [9.0, 9.0] and after.queue.sum() == 18.0


def test_a_guarantee_caps_what_a_quarters_deliveries_cost() -> None:
    """North's list price rose by a quarter, from 16 000: a fifth is saved on 100 MW a quarter. It has 400 MW on order,
    at 1 kW an H100e, and gets 100 MW: all of it at 0.80 of list, however long the backlog. In the second world 200 MW
    come: 0.90. South, with less on order, pays list."""
    p = small_parameters(pue=1.0, foundry_headroom=1e6)
    made = Production(**{**vars(MADE), "watts_per_h100e": np.full((2, 3), 1000.0)})
    state = supply(
        queue=due(1.0, 0.0, 0.0, 0.0, 0.0, 0.0) * np.array([12.5e3, 25e3])[:, None, None],
        backlog=row([400e3, 0, 100e3, 0, 0, 0, 0], [400e3, 0, 100e3, 0, 0, 0, 0]),
        order_flow=np.full((2, 6), 1e6),
        guarantee=Guarantee(row([100.0, 0, 0], [100.0, 0, 0]), np.full((2, 3), 16e3)),
    )
    rules = industry(p)
    rules.start.made = lambda quarter, p: made  # type: ignore[method-assign]
    _, found = rules.produce(state, p, 1, np.ones(2), np.full((2, 3), 1e9))
    assert found.delivered[:, [NORTH_GPU, SOUTH_GPU]] == pytest.approx(row([100e3, 25e3], [200e3, 50e3]))
    assert found.deal[:, [NORTH_GPU, SOUTH_GPU]] == pytest.approx(row([0.8, 1.0], [0.9, 1.0]))
    assert found.costs.capex_usd_per_h100e[:, NORTH_GPU] == pytest.approx(
        20e3 * np.array([0.8, 0.9]) * p.system_cost_factor
    )


# --- installed and powered --------------------------------------------------------------------------------------------


def test_what_arrived_is_installed_powered_as_far_as_sites_go_and_retired_at_its_life() -> None:
    """North runs 800 of the newest and gets 200 of 500 W: 0.8 + 0.1 MW times a PUE of 1.25 are 1.125 MW, and its sites
    have 0.9. The edge needs none of it. Equipment that has passed its 6 quarters goes in the first world."""
    p = small_parameters(pue=1.25, retirement_quarters=(6.0, 7.0))
    held = fleet(row([800, 0, 0, 0, 0, 40, 0], [800, 0, 0, 0, 0, 40, 0]))
    held.h100e[:, SOUTH_GPU, 5] = 60.0
    arriving = row([200, 0, 0, 0, 0, 0, 0], [200, 0, 0, 0, 0, 0, 0])
    state = supply(
        fleet=held,
        arriving=arriving,
        arriving_watts=np.full((2, 7), 500.0),
        arriving_chips=np.full((2, 7), 0.25),
        retired=np.ones((2, 7)),
    )
    after, made = produced(state, p, powered=[[0.9, 9.0, 9.0], [9.0, 0.03, 9.0]])
    assert made.retired[:, SOUTH_GPU].tolist() == [60.0, 0.0] and after.retired[:, SOUTH_GPU].tolist() == [61.0, 1.0]
    assert made.installed[:, [NORTH_GPU, SOUTH_GPU]].tolist() == [[1000, 0], [1000, 60]]
    assert made.powered_share == pytest.approx(row([0.8, 1, 1], [1, 0.4, 1]))
    assert made.online[:, [NORTH_GPU, SOUTH_GPU, EDGE_GPU]] == pytest.approx(row([800, 0, 40], [1000, 24, 40]))
    assert after.fleet.chips()[:, NORTH_GPU].tolist() == [850.0, 850.0]


def test_power_of_sites_grows_from_what_ran_and_its_headroom() -> None:
    """100 MW ran. Headroom 1.08 and a level of 0.5 (1.0), grown by half since; two quarters ahead by 10 % a year once
    more."""
    p = small_parameters(
        power_headroom=1.08,
        power_level=(0.5, 1.0),
        power_growth_start=0.21,
        power_growth_long_run=0.21,
        power_half_life_quarters=4.0,
    )
    world: Any = SimpleNamespace(power=np.array([1.5, 1.5]))
    at_start = row([100, 20, 0], [100, 20, 0])
    assert powered_mw(world, at_start, 3, p) == pytest.approx(row([81, 16.2, 0], [162, 32.4, 0]))
    assert powered_mw(world, at_start, 3, p, ahead=2) == pytest.approx(1.1 * row([81, 16.2, 0], [162, 32.4, 0]))
    begun = Economy.start(np.zeros(2), np.ones((2, 7)), np.zeros((2, 7)))
    assert begun.moved(1, np.ones(2), p).power == pytest.approx([1.21**0.25] * 2)


def test_power_that_is_spoken_for_is_what_runs_arrives_and_is_on_order() -> None:
    """0.1 MW run and 0.05 arrive, times a PUE of 1.25; 30 on order at 0.002 MW. The edge does not count."""
    held = fleet(row([100, 0, 0, 0, 0, 70, 0], [0, 0, 0, 0, 0, 70, 0]))
    state = supply(
        fleet=held,
        arriving=row([50, 0, 0, 0, 0, 9, 0], [50, 0, 8, 0, 0, 9, 0]),
        backlog=row([30, 0, 0, 0, 0, 5, 0], [0, 15, 0, 0, 0, 5, 0]),
    )
    made: Any = SimpleNamespace(costs=SimpleNamespace(mw_per_h100e=np.full((2, 7), 0.002)))
    assert industry().committed_mw(state, small_parameters(pue=1.25), made) == pytest.approx(
        row([0.2475, 0, 0], [0.0925, 0.01, 0])
    )


# --- decided ----------------------------------------------------------------------------------------------------------


def decided(price: np.ndarray, order_mw: np.ndarray) -> Any:
    booking = np.zeros((2, 3, 2))
    booking[:, GPU], booking[:, CHIP] = [7.0, 3.0], [2.0, 0.0]
    return SimpleNamespace(
        clouds=SimpleNamespace(price_usd_per_h100e_hour=price, order_mw=order_mw),
        vendors=SimpleNamespace(
            booking_wafers=booking,
            chip_price_usd_per_h100e=row([1, 2, 3], [4, 5, 6]),
            strategic_allocation=row([1, 0, 0], [0, 0, 0]),
        ),
    )


def test_prices_orders_and_bookings_are_taken_in_within_the_cap() -> None:
    """A cap of half over a long-run cost of 4 is 6; of nothing, 4. 3 MW at 0.002 are 1500 H100e, and half of the order
    flow is new."""
    p = small_parameters(price_cap_markup=(0.5, 0.0), foundry_lead_quarters=(3.0, 2.0))
    made: Any = SimpleNamespace(
        costs=SimpleNamespace(long_run_usd=np.full((2, 7), 4.0), mw_per_h100e=np.full((2, 7), 0.002))
    )
    price = np.broadcast_to([5.0, 7.0, 3.0, 4.0, 6.0, 9.0, 1.0], (2, 7))
    order = row([3, 0, 1, 0, 0, 0.5, 0], [0, 0, 0, 2, 0, 0, 0])
    before = supply(backlog=np.full((2, 7), 10.0), order_flow=np.full((2, 6), 100.0), queue=due(1, 1, 1, 1, 1, 1))
    after = industry(p).order(before, made, decided(price, order), p)
    assert after.price.tolist() == [[5, 6, 3, 4, 6, 6, 1], [4, 4, 3, 4, 4, 4, 1]]
    assert after.backlog == pytest.approx(row([1510, 10, 510, 10, 10, 260, 10], [10, 10, 10, 1010, 10, 10, 10]))
    assert after.order_flow == pytest.approx(row([1050, 50, 50, 175, 50, 50], [50, 550, 50, 50, 50, 50]))
    assert after.queue[0, :, 2].tolist() == [7, 0, 2, 3, 0, 0] and after.queue[1, :, 1].tolist() == [7, 0, 2, 3, 0, 0]
    assert after.queue.sum() == 2 * (6 + 12)
    assert after.chip_price.tolist() == [[1, 2, 3], [4, 5, 6]] and after.allocation.tolist() == [[1, 0, 0], [0, 0, 0]]


def test_owners_learn_how_full_they_are_and_what_demand_calls_for() -> None:
    """Of 100 installed 90 are online and 84.15 booked: 0.935, since what stands dark can be let to nobody. More than
    there is counts as full, and nothing booked where nothing is online as empty. Growth is half of ln 1.21 and half of
    what was expected, within the cap."""
    p = small_parameters(growth_smoothing=0.5, order_growth_cap=(0.3, 0.1))
    state = supply(
        fleet=fleet(row([100, 0, 50, 0, 0, 0, 0], [100, 0, 50, 0, 0, 0, 0])),
        target=np.full((2, 7), 100.0),
        growth=np.full((2, 7), 0.1),
    )
    online = row([90, 0, 50, 0, 0, 0, 0], [100, 0, 25, 0, 0, 0, 0])
    booked = row([84.15, 0, 60, 0, 0, 0, 0], [20, 0, 10, 0, 0, 0, 0])
    after = industry().aimed(state, online, np.full((2, 7), 121.0), booked, p)
    assert after.booked_share[:, [NORTH_GPU, SOUTH_GPU, NORTH_CHIP]] == pytest.approx(row([0.935, 1, 0], [0.2, 0.4, 0]))
    assert after.growth[:, 0] == pytest.approx([0.5 * np.log(1.21) + 0.05, 0.1]) and (after.target == 121.0).all()


def test_a_lines_growth_is_that_of_its_pools_by_target() -> None:
    """GPUs at the core: 0.2 of 100, 0.1 of 300, nothing of 100."""
    state = supply(
        growth=row([0.2, 0.5, 0.1, 0, 0, 0.3, 0], [0.2, 0.5, 0.1, 0, 0, 0.3, 0]),
        target=row([100, 10, 300, 0, 100, 7, 0], [0, 10, 0, 0, 0, 7, 0]),
    )
    assert industry().line_growth(state) == pytest.approx(row([0.1, 0, 0.5, 0.3, 0, 0], [0, 0, 0.5, 0.3, 0, 0]))


# --- what it costs ----------------------------------------------------------------------------------------------------


def test_a_tariff_is_paid_on_chips_and_owners_pay_their_own_factor() -> None:
    """Chips at 10 000: with a tariff of 10 % and systems 1.5 times as dear 16 500; South pays half more for everything.
    850 W at a PUE of
    1.2 are 1.02 kW: at 10 USD a watt 10 200 of site, at 0.1 USD a kWh 0.102 an hour, and operations 0.08 at 850 W."""
    p = small_parameters(
        accelerator_tariff=(0.1, 0.0),
        system_cost_factor=1.5,
        pue=1.2,
        site_capex_musd_per_mw=10.0,
        power_price_usd_per_kwh=0.1,
        operations_usd_per_h100e_hour=0.08,
        target_utilisation=0.8,
    )
    found = costs(ROSTER, p, MADE, np.full((2, 7), 10e3))
    assert found.capex_usd_per_h100e[:, [NORTH_GPU, SOUTH_GPU]] == pytest.approx(row([16.5e3, 24.75e3], [15e3, 22.5e3]))
    assert found.site_usd_per_h100e[0, [NORTH_GPU, SOUTH_RIVAL]] == pytest.approx([10.2e3, 20.4e3])
    assert found.running_usd_per_h100e_hour[0, [NORTH_GPU, SOUTH_RIVAL, NORTH_CHIP]] == pytest.approx(
        [0.182, 0.364, 0.091]
    )
    assert found.mw_per_h100e[0, NORTH_GPU] == pytest.approx(0.00102)
    charge = falling_annuity(p.cost_of_capital, p.earnings_decline, p.retirement_quarters)
    capital = (
        found.capex_usd_per_h100e[:, 0] * charge + 10.2e3 * annuity(p.cost_of_capital, p.site_life_quarters)
    ) / 2190
    assert found.long_run_usd[:, NORTH_GPU] == pytest.approx((capital + 0.182) / 0.8)


def test_experience_and_design_make_chips_cheaper() -> None:
    """Twice the output at a progress ratio of 0.8 is a fifth cheaper. Own designs have their factor; a shock doubles
    the rival's."""
    p = small_parameters(
        progress_ratio=(0.8, 0.9), experience_spillover=0.0, unit_cost_factor=row([1, 2, 1], [1, 2, 1])
    )
    twice = row([2e3, 1e3, 2e3], [2e3, 1e3, 2e3])
    found = industry().unit_cost(MADE, twice, np.full((2, 3), 1e3), p)
    assert found == pytest.approx(row([8e3, 16e3, 2e3], [9e3, 16e3, 2.25e3]))
    state = supply(design_progress=row([np.log(2.0), 0, 0], [0, 0, 0]))
    _, made = produced(state, p)
    assert made.unit_cost[:, GPU] == pytest.approx([5e3, 10e3])


def test_merchants_take_their_margin_and_own_designs_a_transfer_price() -> None:
    """10 000 at a margin of 60 % is 25 000. An own chip is booked at cost, or part of the way to 5 000 / 0.5 = 10
    000."""
    p = small_parameters(vendor_gross_margin=row([0.6, 0.2, 0.5], [0.6, 0.2, 0.5]))
    found = industry().list_price(row([10e3, 8e3, 5e3], [10e3, 8e3, 5e3]), p, np.array([0.0, 0.3]))
    assert found == pytest.approx(row([25e3, 10e3, 5e3], [25e3, 10e3, 6.5e3]))


def test_output_adds_experience_and_the_tables_prices_hold_what_they_know() -> None:
    """Edge output counts for a half. Up to the last quarter whose prices are known, experience is in them already."""
    p = small_parameters(edge_ecosystem_spillover=(0.5, 0.0), foundry_headroom=5.0)
    state = supply(queue=due(10.0, 0.0, 0.0, 4.0, 0.0, 0.0))
    rules = industry()
    early, _ = rules.produce(state, p, 2, np.ones(2), np.full((2, 3), 1e9))
    late, _ = rules.produce(state, p, 3, np.ones(2), np.full((2, 3), 1e9))
    assert early.cumulative[:, GPU].tolist() == [1120.0, 1100.0] and late.cumulative[:, GPU].tolist() == [
        1120.0,
        1100.0,
    ]
    assert early.priced is early.cumulative and late.priced is state.priced
