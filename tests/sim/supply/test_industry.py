"""A quarter of the supply side by hand on the small roster: what is made, sold abroad, delivered, powered, retired."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.economy import Economy, powered_mw
from sim.supply.deals import Guarantee
from sim.supply.state import IndustryState
from sim.supply.technology import Production
from tests.sim.supply.scene import (
    EDGE_GPU,
    HOUSE_GPU,
    MADE,
    NORTH_GPU,
    SOUTH_GPU,
    due,
    fleet,
    industry,
    produced,
    supply,
)
from tests.small import row, small_parameters

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
    nothing = np.zeros((2, 1))
    world = replace(Economy.start(np.zeros(2), nothing, nothing), power=np.array([1.5, 1.5]))
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
