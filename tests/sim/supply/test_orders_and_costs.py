"""What owners decide and what equipment costs, by hand on the small roster: orders, growth, tariffs, margins."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.finance import annuity, falling_annuity
from sim.supply.costs import costs
from tests.sim.supply.scene import (
    CHIP,
    GPU,
    MADE,
    NORTH_CHIP,
    NORTH_GPU,
    ROSTER,
    SOUTH_GPU,
    SOUTH_RIVAL,
    due,
    fleet,
    industry,
    produced,
    supply,
)
from tests.small import row, small_parameters


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
