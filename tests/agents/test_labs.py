"""What each strategy of a lab, and the rule of segments, does with one easy briefing, by hand, in two worlds that
differ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.strategies.lab import SteadyGrowth
from agents.strategies.lab_bots import NoviceLab, SkilledLab
from agents.strategies.lab_kinds import MultiHome, PortabilityFirst, PriceCutter, RunwayKeeper, SingleHome, lasts
from agents.strategies.segment import FollowSpending, follow_spending
from sim.contract import LabBriefing, SegmentBriefing
from sim.parameters import Parameters
from tests.agents.briefs import LAB, MARKET, filled, no_offers, two

DEALS = {"deal_cover": two(0.6, 0.6), "deal_start_quarters": two(4.0, 4.0), "deal_term_quarters": two(16.0, 16.0)}
HABITS = Parameters({"price_elasticity": two(-1.0, -2.0), "lab_credit": two(1.0, 1.0), **DEALS})
PLAN, SERVING = np.array([120e3, 20e3]), np.array([80e3, 60e3])
"""Compute for training by the plan and for serving: 200 000 and 80 000 H100e in all."""
FOLLOWS = np.array([3.6, 9.6])
"""Token prices that follow costs: 5 times the roots of 0.81 and 0.64, 8 times those of 1 and 1.44."""


def lab(**changes: Any) -> LabBriefing:
    """The first world wants 100 000 times 1.5 at half the price at an elasticity of -1, 40 % of it to train; the second
    20 000 times 2.5 at the same price, 80 % of it by a shock, half of that to train. Money lasts."""
    known: dict[str, Any] = {
        "start_h100e": two([100e3], [20e3]),
        "spending_index": two(1.5, 2.5),
        "felt_price_usd": two([2], [4]),
        "start_price_usd": two([4], [4]),
        "shock": two([1], [0.8]),
        "level": two(1, 1),
        "usual_term_quarters": two([8], [30]),
        "used_h100e": two(90e3, 70e3),
        "supplier_mix": two([0.5, 0.3, 0.2, 0], [0.1, 0.2, 0.7, 0]),
        "bill_musd": two(3e3, 100),
        "training_share": two(0.4, 0.5),
        "token_price_usd_per_mtoken": two(5, 8),
        "small_model_share": two(0.1, 0.2),
        "inference_h100e": SERVING,
        "serving_cost_index": two(0.81, 1),
        "market_cost_index": two(0.64, 1.44),
        "cash_musd": two(9e3, 300),
        "burn_musd": two(100, 0),
        "funding_left_musd": two(0, 100),
        "supplier_work_price_usd": two([3, 2, 0, 4], [1, 5, 5, 0]),
        "partner_supplies": two([0, 1, 1, 0], [0, 0, 0, 0]),
        "habits": HABITS,
        **no_offers(),
    }
    return filled(LabBriefing, **{**known, **changes})


def decided(strategy: Any, **changes: Any) -> Any:
    return strategy.decide(lab(**changes), MARKET)


def same(strategy: Any, decision: Any, *but: str) -> None:
    """A decision is the default's but for what it is about."""
    usual = decided(strategy)
    names = {
        "wanted_h100e",
        "training_share",
        "token_price_usd_per_mtoken",
        "term_quarters",
        "portability_musd",
        "supplier_preference",
    }
    assert all(np.array_equal(getattr(usual, name), getattr(decision, name)) for name in names - set(but))


# --- the default ------------------------------------------------------------------------------------------------------


def test_segments_want_what_spending_buys() -> None:
    """Twice as much at half the price with an elasticity of -1, four times with -2; times the shock and the level."""
    own = filled(
        SegmentBriefing,
        start_h100e=two([10, 20], [10, 20]),
        spending_index=two(1.5, 1),
        felt_price_usd=two([2, 4], [2, 4]),
        start_price_usd=two([4, 4], [4, 4]),
        shock=two([1, 0.5], [1, 1]),
        level=two(1, 0.5),
        habits=HABITS,
    )
    assert FollowSpending().decide(own, MARKET).wanted_h100e == pytest.approx(two([30, 15], [20, 10]))
    assert own.usual().wanted_h100e.tolist() == [[10, 20], [10, 20]]


def test_the_default_trains_on_the_plan_serves_on_top_and_follows_costs() -> None:
    found = decided(SteadyGrowth())
    assert follow_spending(lab())[:, 0] == pytest.approx([300e3, 40e3])
    assert found.wanted_h100e == pytest.approx(PLAN + SERVING) and found.training_share == pytest.approx([0.6, 0.25])
    assert found.token_price_usd_per_mtoken == pytest.approx(FOLLOWS)
    assert found.term_quarters.tolist() == [8, 20] and found.portability_musd.tolist() == [40, 20]
    assert not found.supplier_preference.any() and found.small_model_share.tolist() == [0.1, 0.2]


def test_the_default_trains_less_when_money_runs_out() -> None:
    """300 in the bank and 100 promised pay a burn of 200 for two quarters of the four that it wants: half of the plan.
    In debt it is two fifths, the least. Shares stay between a fifth and four fifths."""
    short = decided(SteadyGrowth(), cash_musd=two(300, -900), burn_musd=two(200, 50), funding_left_musd=two(100, 100))
    assert short.wanted_h100e == pytest.approx(np.array([60e3, 8e3]) + SERVING)
    assert short.training_share == pytest.approx([60 / 140, 0.2])
    plenty = decided(SteadyGrowth(), cash_musd=two(800, 200), burn_musd=two(200, 50), funding_left_musd=two(0, 0))
    assert plenty.wanted_h100e == pytest.approx(PLAN + SERVING)
    nothing = decided(SteadyGrowth(), inference_h100e=two(1e3, 0), level=two(1, 0))
    assert nothing.training_share.tolist() == [0.8, 0.5]  # who wants nothing keeps the share that it started with


def test_the_default_trains_and_charges_by_what_money_can_be_found() -> None:
    """Burn of 200 against 800 / 8 + 240 / 4 = 160: 40 less than is paid, over 100 for training, is 40 % less, cut at a
    quarter a quarter: 0.75 of the 40 of 80 thousand H100e that trained, of a plan of 120. In the second world means are
    ample. Where nobody pays by credit the plan stands."""
    last = replace(lab().usual(), training_share=two(0.5, 0.5))
    money = {
        "cash_musd": two(800, 1e6),
        "burn_musd": two(200, 1),
        "funding_left_musd": two(1e6, 1e6),
        "funding_year_musd": two(240, 1e6),
        "bill_musd": two(200, 200),
        "used_h100e": two(80e3, 80e3),
        "last": last,
    }
    found, part = decided(SteadyGrowth(), **money), 0.75 * 40 / 120
    assert found.wanted_h100e == pytest.approx(PLAN * np.array([part, 1.0]) + SERVING)
    dearer = 1.0 + 0.4 * (1.0 - part)
    assert found.token_price_usd_per_mtoken == pytest.approx(FOLLOWS * np.array([dearer, 1.0]))
    without = Parameters({"price_elasticity": two(-1.0, -2.0), "lab_credit": two(0.0, 0.0), **DEALS})
    assert decided(SteadyGrowth(), **money, habits=without).wanted_h100e == pytest.approx(PLAN + SERVING)


# --- kinds ------------------------------------------------------------------------------------------------------------


def test_one_stays_at_home() -> None:
    """What it has most of from its investor, GPUs; without one what it has most of. Half as long again, 20 at most."""
    found = decided(SingleHome())
    assert found.supplier_preference.tolist() == [[-3, 3, -3, -3], [-3, -3, 3, -3]]
    assert found.term_quarters.tolist() == [12, 20] and not found.portability_musd.any()
    same(SteadyGrowth(), found, "supplier_preference", "term_quarters", "portability_musd")


def test_one_keeps_a_floor_with_the_two_cheapest() -> None:
    """GPUs at 2 and AWS's chip at 3: 0.3 is ln 7/6 below 0.35, 0.5 is not below. In the second world the chip at 1 and,
    equals, GPUs and TPU at 5: ln 3.5, ln 1.75 and nothing. Last quarter's leaning counts by four fifths; a share of
    nothing counts as 2 %; 6 at most."""
    found = decided(MultiHome())
    first = np.log(0.35 / 0.3)
    assert found.supplier_preference == pytest.approx(two([0, first, 0, 0], [np.log(3.5), np.log(1.75), 0, 0]))
    last = LAB.rule.__class__(**{**vars(LAB.rule), "supplier_preference": two([1, 1, 1, 1], [-0.5, 9, 0, 0])})
    again = decided(MultiHome(answer=2.0), last=last, supplier_mix=two([0.5, 0.3, 0.2, 0], [0.0, 0.2, 0.8, 0]))
    wanted = two([0.8, 0.8 + 2 * first, 0, 0], [2 * np.log(17.5) - 0.4, 6, 0, 0])
    assert again.supplier_preference == pytest.approx(wanted)
    same(SteadyGrowth(), found, "supplier_preference")
    none = decided(MultiHome(), supplier_work_price_usd=np.zeros((2, 4)))
    assert not none.supplier_preference.any()


def test_one_can_leave() -> None:
    """Three quarters at most, and 2 % of a bill of 3000; of 100 it would be less than the 20 that are usual."""
    found = decided(PortabilityFirst())
    assert found.term_quarters.tolist() == [3, 3] and found.portability_musd.tolist() == [60, 20]
    assert decided(PortabilityFirst(longest_term=4.0), usual_term_quarters=two([2], [9])).term_quarters.tolist() == [
        2,
        4,
    ]
    assert decided(PortabilityFirst(), bill_musd=two(1e7, 0)).portability_musd.tolist() == [10_000, 20]
    same(SteadyGrowth(), found, "term_quarters", "portability_musd")


def test_money_lasts_as_long_as_it_pays_the_burn() -> None:
    """400 at 50 a quarter; nothing in debt, whatever the burn; forty when nothing burns, and at most."""
    cases = {(300, 100, 50): 8, (-500, 400, 50): 0, (-500, 400, 0.5): 0, (9e9, 0, 1): 40, (5, 0, 0): 40, (5, 0, -3): 40}
    for (cash, funding, burn), quarters in cases.items():
        own = lab(cash_musd=two(cash, 0), funding_left_musd=two(funding, 0), burn_musd=two(burn, 1))
        assert lasts(own).tolist() == [quarters, 0]


def test_one_cuts_its_price_while_money_lasts() -> None:
    """Exactly six quarters will do: a quarter off and a tenth more compute to serve. A little less, and it is the
    usual."""
    money = {"cash_musd": two(600, 599), "burn_musd": two(100, 100), "funding_left_musd": two(0, 0)}
    found = decided(PriceCutter(), **money)
    assert found.token_price_usd_per_mtoken == pytest.approx([0.75 * 3.6, 9.6])
    assert found.wanted_h100e == pytest.approx([120e3 + 88e3, 20e3 + 60e3])
    assert found.training_share == pytest.approx([120 / 208, 0.25])


def test_one_keeps_its_runway() -> None:
    """Four of eight quarters are half: training 1 - 0.3 / 2 less 0.7 / 2, prices a tenth up, ports halved. Twelve are
    half as much again: 15 % more training. With nothing left it trains three tenths of the plan, at prices a fifth up;
    with plenty three tenths more."""
    half = decided(RunwayKeeper(), cash_musd=two(400, 600), burn_musd=two(100, 50), funding_left_musd=two(0, 0))
    assert half.wanted_h100e == pytest.approx(PLAN * [0.5, 1.15] + SERVING)
    assert half.token_price_usd_per_mtoken == pytest.approx(FOLLOWS * [1.1, 1.0])
    assert half.portability_musd == pytest.approx([20, 20])
    ends = decided(RunwayKeeper(), cash_musd=two(-1, 9e9), burn_musd=two(100, 1), funding_left_musd=two(0, 0))
    assert ends.wanted_h100e == pytest.approx(PLAN * [0.3, 1.3] + SERVING)
    assert ends.token_price_usd_per_mtoken == pytest.approx(FOLLOWS * [1.2, 1.0])
    assert ends.portability_musd == pytest.approx([0, 20])


# --- bots -------------------------------------------------------------------------------------------------------------


def test_a_novice_hopes() -> None:
    found = decided(NoviceLab())
    assert found.wanted_h100e == pytest.approx(1.3 * (PLAN + SERVING)) and found.term_quarters.tolist() == [20, 20]
    assert found.token_price_usd_per_mtoken == pytest.approx(0.7 * FOLLOWS) and not found.portability_musd.any()


def test_a_skilled_lab_leans_on_the_default_and_to_cheap_chips() -> None:
    """Training times 1.5, serving by half, prices twice as high. The cheapest chip costs 2, or 1: two log odds for each
    log point that one is dearer, 6 at most; what is not sold is no advantage."""
    skilled = SkilledLab(
        training_level=np.log(1.5),
        serving_level=np.log(0.5),
        price_level=np.log(2.0),
        term_factor=0.5,
        portability_factor=3.0,
        cheap_chips=2.0,
    )
    found = decided(skilled)
    assert found.wanted_h100e == pytest.approx(1.5 * PLAN + 0.5 * SERVING)
    assert found.training_share.tolist() == [0.8, 0.5] and found.token_price_usd_per_mtoken == pytest.approx(
        2 * FOLLOWS
    )
    assert found.term_quarters.tolist() == [4, 10] and found.portability_musd == pytest.approx([120, 60])
    wanted = 2 * np.log(two([2 / 3, 1, 1, 0.5], [1, 0.2, 0.2, 1]))
    assert found.supplier_preference == pytest.approx(wanted)
    far = decided(
        SkilledLab(cheap_chips=4.0, term_factor=2.0), supplier_work_price_usd=two([100, 1, 2, 0], [0, 0, 0, 0])
    )
    assert far.supplier_preference == pytest.approx(two([-6, 0, -4 * np.log(2), 0], [0, 0, 0, 0]))
    assert far.term_quarters.tolist() == [16, 20]
    assert decided(SkilledLab(term_factor=0.5), usual_term_quarters=two([1], [2])).term_quarters.tolist() == [1, 1]
