"""What each strategy of a chip designer does with one easy briefing, by hand, in two worlds that differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.strategies.vendor import MarginAndForecast
from agents.strategies.vendor_bots import NoviceVendor, SkilledVendor
from agents.strategies.vendor_kinds import OpenStack, Penetration, RebateLinked, StrategicAllocation
from sim.contract import VendorBriefing
from sim.parameters import Parameters
from tests.agents.briefs import MARKET, filled, two


def designer(own_design: bool = False, **changes: Any) -> VendorBriefing:
    """A chip that costs 5000 and sells at a margin of a half; own designs at a tenth of the way from cost to that."""
    known: dict[str, Any] = {
        "unit_cost_usd_per_h100e": two(5e3, 6e3),
        "chip_price_usd_per_h100e": two(11e3, 6.1e3),
        "gross_margin": two(0.5, 0.4),
        "own_design": own_design,
        "separation": two(0.1, 0.0),
        "order_flow_h100e": two([100, 50], [100, 50]),
        "order_growth": two([0.1, 0], [0, 0]),
        "backlog_h100e": two([50, 25], [50, 25]),
        "inventory_h100e": two([10, 5], [50, 5]),
        "h100e_per_wafer_at_arrival": two([10, 10], [10, 10]),
        "last_booking_wafers": two([10, 5], [10, 5]),
        "lead_quarters": two(2.0, 2.0),
        "cash_musd": two(0, 0),
        "research_share": two(0.6, 0.3),
        "openness": two(0.2, 0.7),
        "habits": Parameters({"booking_growth_cap": two(0.3, 0.3)}),
    }
    return filled(VendorBriefing, **{**known, **changes})


def test_the_default_takes_its_margin_and_books_what_is_expected() -> None:
    """5000 over a half, 6000 over 0.6; an own design 5000 and a tenth of the other 5000. 100 orders that grow by a
    tenth for two quarters are 121, at 10 a wafer; in the second world 40 too many in stock take a quarter of that
    away."""
    decided = MarginAndForecast().decide(designer(), MARKET)
    assert decided.chip_price_usd_per_h100e == pytest.approx([10e3, 10e3])
    assert decided.booking_wafers == pytest.approx(two([12.1, 5], [9, 5]))
    assert not decided.loyalty_rebate.any() and not decided.strategic_allocation.any()
    assert decided.research_share.tolist() == [0.6, 0.3] and decided.openness.tolist() == [0.2, 0.7]
    assert MarginAndForecast().decide(designer(True), MARKET).chip_price_usd_per_h100e == pytest.approx([5500, 6000])
    short = MarginAndForecast().decide(designer(backlog_h100e=two([90, 25], [450, 25])), MARKET)
    assert short.booking_wafers == pytest.approx(two([13, 5], [13, 5]))  # 14.1 and 29 within 30 % more than the last


def test_one_serves_the_largest_first_and_books_ahead() -> None:
    decided = StrategicAllocation(weight=0.6, ahead=1.2).decide(designer(), MARKET)
    assert decided.strategic_allocation.tolist() == [0.6, 0.6]
    assert decided.booking_wafers == pytest.approx(1.2 * two([12.1, 5], [9, 5]))


def test_one_raises_its_list_price_and_hands_it_back() -> None:
    """12 % more, 15 % back. An arm of a cloud has nobody to rebate, and its transfer price is left alone."""
    decided = RebateLinked().decide(designer(), MARKET)
    assert decided.chip_price_usd_per_h100e == pytest.approx([11.2e3, 11.2e3])
    assert decided.loyalty_rebate.tolist() == [0.15, 0.15]
    arm = RebateLinked().decide(designer(True), MARKET)
    assert arm.chip_price_usd_per_h100e == pytest.approx([5500, 6000]) and not arm.loyalty_rebate.any()


def test_one_prices_at_the_cost_to_come_and_never_below_the_cost_that_is() -> None:
    """A tenth a quarter for two quarters: 0.81 of 10 000. At 80 % off it would be below cost."""
    decided = Penetration(learning_quarters=2.0, cost_fall_a_quarter=0.1, ahead=1.5).decide(designer(), MARKET)
    assert decided.chip_price_usd_per_h100e == pytest.approx([8.1e3, 8.1e3])
    assert decided.booking_wafers == pytest.approx(1.5 * two([12.1, 5], [9, 5]))
    far = Penetration(learning_quarters=12.0, cost_fall_a_quarter=0.1).decide(designer(), MARKET)
    assert far.chip_price_usd_per_h100e == pytest.approx([5e3, 6e3])
    plain = Penetration().decide(designer(), MARKET)
    assert plain.chip_price_usd_per_h100e == pytest.approx([10e3 * 0.95**4] * 2)
    assert plain.booking_wafers == pytest.approx(1.3 * two([12.1, 5], [9, 5]))


def test_one_opens_its_stack_and_guarantees_prices() -> None:
    """A quarter of research goes to software, a fifth stays at least; an arm of a cloud has no price to guarantee."""
    decided = OpenStack().decide(designer(), MARKET)
    assert decided.openness.tolist() == [1.0, 1.0] and decided.research_share == pytest.approx([0.35, 0.2])
    assert decided.price_guarantee_mw.tolist() == [150, 150]
    assert decided.chip_price_usd_per_h100e == pytest.approx([10e3, 10e3])
    assert not OpenStack().decide(designer(True), MARKET).price_guarantee_mw.any()


def test_a_novice_books_what_was_ordered_and_cuts_its_price() -> None:
    """Four per cent off the price that is posted, never below cost: 5856 would be."""
    decided = NoviceVendor().decide(designer(order_flow_h100e=two([100, 50], [-10, 50])), MARKET)
    assert decided.chip_price_usd_per_h100e == pytest.approx([10560, 6e3])
    assert decided.booking_wafers == pytest.approx(two([10, 5], [0, 5]))
    assert NoviceVendor().decide(designer(True), MARKET).chip_price_usd_per_h100e == pytest.approx([5500, 6000])


def test_a_skilled_designer_leans_on_the_default_as_its_backlog_grows() -> None:
    """75 wait of 150 ordered, half a quarter: nothing beyond the usual. In the second world 375, two quarters beyond:
    0.1 and 0.2 x 2 on the price, -0.1 and 0.3 x 2 on bookings. More than four quarters count as four, within e^1.5."""
    skilled = SkilledVendor(
        price_level=0.1,
        price_backlog=0.2,
        booking_level=-0.1,
        booking_backlog=0.3,
        strategic_allocation=0.4,
        research_shift=-0.2,
        openness_shift=0.4,
    )
    own = designer(
        backlog_h100e=two([50, 25], [350, 25]), inventory_h100e=two([10, 5], [10, 5]), order_growth=two([0, 0], [0, 0])
    )
    decided, usual = skilled.decide(own, MARKET), MarginAndForecast().decide(own, MARKET)
    assert decided.chip_price_usd_per_h100e == pytest.approx(10e3 * np.exp([0.1, 0.5]))
    assert decided.booking_wafers == pytest.approx(usual.booking_wafers * np.exp([[-0.1], [0.5]]))
    assert decided.strategic_allocation.tolist() == [0.4, 0.4] and decided.research_share == pytest.approx([0.4, 0.2])
    assert decided.openness == pytest.approx([0.6, 1.0])
    swamped = designer(backlog_h100e=two([9e3, 0], [9e3, 0]))
    keen = SkilledVendor(price_level=0.6, price_backlog=0.5, booking_level=0.5, booking_backlog=0.5).decide(
        swamped, MARKET
    )
    assert keen.chip_price_usd_per_h100e == pytest.approx(10e3 * np.exp([1.5, 1.5]))
    booked = MarginAndForecast().decide(swamped, MARKET).booking_wafers
    assert keen.booking_wafers == pytest.approx(booked * np.exp(1.5))
    arm = skilled.decide(designer(True), MARKET)
    assert arm.chip_price_usd_per_h100e == pytest.approx([5500, 6000])
    cheap = SkilledVendor(price_level=-0.3, price_backlog=0.0).decide(designer(gross_margin=two(0.1, 0.1)), MARKET)
    assert cheap.chip_price_usd_per_h100e == pytest.approx([5e3, 6e3])
