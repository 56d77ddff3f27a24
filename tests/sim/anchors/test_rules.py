"""Deals on the supply side, by hand: lead times, nothing ordered twice, arrears, limits. Errors here show in no
aggregate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.anchors.rules import Anchors, Limits, forward_mw, steps_mw
from sim.anchors.state import AnchorState
from sim.anchors.struck import Struck
from sim.anchors.table import Deals
from sim.parameters import Parameters
from tests.small import row

LEAD = 3
"""Quarters from booking to chips made; installed a quarter later."""
PLENTY = 1e9


def p(**changes: Any) -> Parameters:
    plain = {
        "foundry_lead_quarters": np.full(2, float(LEAD)),
        "announced_deals_level": np.ones(2),
        "deals_bind": np.ones(2),
        "anchor_factor": np.ones((2, 2)),
        "target_utilisation": np.full(2, 0.8),
        "investor_tie_share": np.full((2, 1), 0.3),
        "contract_release_share": np.zeros((2, 1)),
    }
    return Parameters({**plain, **changes})


def anchors(path: dict[int, float], quarters: int = 40, partner: float = 1.0) -> Anchors:
    """One lab with one deal at the second offer, which is the second of three pools; two owners, two lines. path: level
    from a quarter on; twice as much in the second world."""
    held = np.zeros(quarters)
    for quarter, level in path.items():
        held[quarter:] = level
    one, left = np.array([1]), np.arange(quarters, 0.0, -1.0)[None]
    rise = np.stack([np.zeros((1, quarters)), held[None]])
    zero = np.array([0])
    deals = Deals(zero, zero, one, one, zero, np.array([partner]), np.array([0.8]), held[None], rise, left)
    return Anchors(deals, np.array([0, 1, 1]), 2, np.array([0, 1, 0]), 2)


def limits(room: float = PLENTY, budget: float = PLENTY) -> Limits:
    return Limits(np.full((2, 2), room), np.full((2, 2), budget), np.full((2, 3), 0.5), np.full((2, 3), 2.0))


def live(amount: float) -> np.ndarray:
    """Commitments (worlds, offers, buyers): the lab's at the second offer, twice in the second world."""
    found = np.zeros((2, 2, 1))
    found[:, 1, 0] = amount, 2.0 * amount
    return found


def nothing() -> AnchorState:
    none = np.zeros((2, 3))
    return AnchorState(np.ones((2, 1)), none, none, none, np.zeros((2, 2)))


def played(path: dict[int, float], quarters: int, delay: int = LEAD) -> list[dict[str, float]]:
    """The first world quarter by quarter: chips for deals are made `delay` quarters after they were ordered, installed
    a quarter later and then signed, as far as is owed."""
    rules, state, has, orders, found = anchors(path), nothing(), 0.0, dict.fromkeys(range(-9, 99), 0.0), []
    stock = 0.0
    for t in range(1, quarters + 1):
        stock += float(state.arriving[0, 1])
        made, before = np.zeros((2, 3)), state.backlog
        made[:, 1] = orders[t - delay], 2.0 * orders[t - delay]
        state = rules.arrived(state, before, made, np.full((2, 3), PLENTY))
        now = rules.standing(state, state.kept, live(has), t, limits(), p())
        assert now.order[1] == pytest.approx(2.0 * now.order[0])
        orders[t], has = float(now.order[0, 1]), min(float(now.owed[0, 0]), stock)
        state = rules.ordered(state, now.order)
        found.append({"order": orders[t], "step": float(now.step[0, 1]), "live": has, "line": float(now.line[0, 1])})
    return found


def test_an_order_is_placed_a_lead_time_and_a_quarter_before_it_is_owed_and_once() -> None:
    """100 are owed from quarter 6 on. Ordered and booked in 2, made in 5, installed and signed in 6; never again."""
    found = played({6: 100.0}, 14)
    assert [one["order"] for one in found] == [0, 100] + [0] * 12
    assert [one["step"] for one in found] == [0, 100] + [0] * 12
    assert [one["live"] for one in found] == [0] * 5 + [100] * 9
    assert [one["line"] for one in found] == [0, 0, 100, 100, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0]


def test_a_path_that_rises_is_ordered_step_by_step() -> None:
    """10 more a quarter from 5 on: 10 ordered a quarter from 1 on, and never late."""
    path = {quarter: 10.0 * (quarter - 4) for quarter in range(5, 30)}
    found = played(path, 16)
    assert [one["order"] for one in found] == pytest.approx([10.0] * 16)
    assert [one["live"] for one in found] == pytest.approx([path.get(t, 0.0) for t in range(1, 17)])


def test_what_is_late_is_not_ordered_twice_while_it_is_on_its_way() -> None:
    """Chips come two quarters late: arrears of 100 in quarters 6 and 7, one order."""
    found = played({6: 100.0}, 14, delay=LEAD + 2)
    assert sum(one["order"] for one in found) == 100.0
    assert [one["live"] for one in found][4:9] == [0.0, 0.0, 0.0, 100.0, 100.0]


def test_what_was_installed_and_not_signed_is_ordered_again() -> None:
    """100 owed, 100 installed last quarter, but only 60 live: others had it. 40 are due again."""
    now = anchors({0: 100.0}).standing(nothing(), np.ones((2, 1)), live(60.0), 3, limits(), p())
    assert now.order.tolist() == [[0, 40, 0], [0, 80, 0]]
    assert now.live.tolist() == [[60.0], [120.0]] and now.step.tolist() == [[0, 0, 0], [0, 0, 0]]


def test_more_than_is_owed_counts_for_what_will_be() -> None:
    """The lab holds 150 and is owed 100, later 170: 20 to order. To the market 50 of the 150 are its own."""
    now = anchors({0: 100.0, 4: 170.0}).standing(nothing(), np.ones((2, 1)), live(150.0), 0, limits(), p())
    assert now.order.tolist() == [[0, 20, 0], [0, 40, 0]] and now.coming.tolist() == [[20.0], [40.0]]
    assert now.live_by_pool.tolist() == [[0, 100, 0], [0, 200, 0]]
    market = anchors({0: 100.0}).of_market(np.full((2, 3), 400.0), live(150.0), now, p())
    assert market.tolist() == [[400, 400 - 100 / 0.8, 400], [400, 400 - 200 / 0.8, 400]]


def test_the_opening_line_is_what_deals_will_need_within_a_lead_time() -> None:
    """60 are live of what will be 100 a lead time and a quarter on. 30 arrive and 50 are on order: half of each is for
    the deal; in the second world, twice the deal, all of both."""
    under_way = np.tile([7.0, 30.0, 7.0], (2, 1)), np.tile([7.0, 50.0, 7.0], (2, 1))
    state = anchors({0: 60.0, LEAD: 80.0, LEAD + 1: 100.0}).begin(live(60.0), *under_way, p())
    assert state.arriving.tolist() == [[0, 15, 0], [0, 30, 0]] and state.backlog.tolist() == [[0, 25, 0], [0, 50, 0]]
    assert state.flow.tolist() == [[0, 20], [0, 40]]
    now = anchors({0: 60.0, LEAD + 1: 100.0}).standing(state, np.ones((2, 1)), live(60.0), 0, limits(), p())
    assert now.order.tolist() == [[0, 0, 0], [0, 0, 0]]


def test_chips_are_handed_to_deals_pro_rata_and_cancelled_with_the_rest() -> None:
    """40 of a backlog of 100 are for the deal. 50 are delivered, 20 of them its; of the other 20, 15 are left where the
    backlog is cut to that."""
    state = replace(nothing(), arriving=row([0, 9, 0], [0, 9, 0]), backlog=row([0, 40, 0], [0, 40, 0]))
    after = anchors({}).arrived(state, np.full((2, 3), 100.0), np.full((2, 3), 50.0), row([50, 50, 50], [15, 15, 15]))
    assert after.installed.tolist() == [[0, 9, 0], [0, 9, 0]]
    assert after.arriving.tolist() == [[0, 20, 0], [0, 20, 0]] and after.backlog.tolist() == [[0, 20, 0], [0, 15, 0]]


def test_orders_for_deals_keep_within_power_and_four_fifths_of_the_budget() -> None:
    """100 (200) H100e take 50 (100) MW and 200 (400) musd."""
    rules, one = anchors({4: 100.0}), np.ones((2, 1))
    order = rules.standing(nothing(), one, live(0.0), 0, limits(room=60.0), p()).order
    assert order[:, 1].tolist() == [100.0, 120.0]
    free = limits(room=60.0, budget=125.0)
    order = rules.standing(nothing(), one, live(0.0), 0, free, p()).order
    assert order[:, 1].tolist() == [50.0, 50.0]
    assert free.less(order, rules.pool_owner).room_mw.tolist() == [[60.0, 35.0], [60.0, 35.0]]
    assert free.less(order, rules.pool_owner).budget_musd.tolist() == [[125.0, 25.0], [125.0, 25.0]]


def test_a_lab_that_walks_out_is_owed_less_and_a_ban_lifts_the_tied_part() -> None:
    """A quarter released a quarter of a year: three quarters are left. A ban that leaves nothing of ties frees the 30 %
    that a deal with an investor cloud holds of it, and nothing of a deal with another cloud."""
    rules, leaving = anchors({0: 100.0}), p(contract_release_share=np.full((2, 1), 0.25))
    none = np.zeros((2, 1))
    kept = rules.left(nothing(), none, leaving).kept
    assert kept.tolist() == [[0.75], [0.75]]
    assert rules.owed(kept, np.zeros(2), leaving).tolist() == [[75.0], [150.0]]
    banned = np.array([[0.0], [1.0]])
    assert rules.binding(kept, banned, p()) == pytest.approx(np.array([[0.525], [0.75]]))
    stranger = anchors({0: 100.0}, partner=0.0)
    assert stranger.binding(kept, banned, p()).tolist() == [[0.75], [0.75]]
    assert stranger.left(nothing(), none, leaving).kept.tolist() == [[1.0], [1.0]]
    broke = np.array([[0.5], [0.0]])  # gives back half of what the release leaves, and the second world's lab nothing
    assert rules.left(nothing(), broke, leaving).kept.tolist() == [[0.375], [0.75]]


def test_power_of_the_steps_that_land_in_four_quarters() -> None:
    """60 more in quarter 6, at half a MW: 30 MW of the second owner's, seen in quarter 2."""
    rules, kept, mw = anchors({0: 40.0, 6: 100.0}), np.ones((2, 1)), np.full((2, 3), 0.5)
    assert steps_mw(rules, kept, 2, 4, mw, p()).tolist() == [[0.0, 30.0], [0.0, 60.0]]
    assert not steps_mw(rules, kept, 1, 4, mw, p()).any() and not steps_mw(rules, kept, 3, 4, mw, p()).any()


def test_power_of_the_steps_that_land_later_as_far_as_a_deal_of_today_reaches() -> None:
    """20 from quarter 6 on, 100 from 10 and 300 from 14, at half a MW: seen from quarter 2 the 80 of quarter 10 come
    later than in four quarters, and the 200 of quarter 14 are two quarters beyond what can be signed."""
    rules, kept, mw = anchors({6: 20.0, 10: 100.0, 14: 300.0}), np.ones((2, 1)), np.full((2, 3), 0.5)
    assert forward_mw(rules, kept, 2, 4, mw, p()).tolist() == [[0.0, 40.0], [0.0, 80.0]]
    assert forward_mw(rules, kept, 4, 4, mw, p()).tolist() == [[0.0, 140.0], [0.0, 280.0]]


def test_who_believes_that_labs_hold_twice_as_much_of_a_chip_believes_it_of_deals() -> None:
    """The deal is for the second family: the first one's factor is nothing to it. What was struck in play is not
    scaled: it follows what labs want."""
    rules, kept, now = anchors({1: 100.0}), np.ones((2, 1)), np.full(2, 3.0)
    doubled = p(anchor_factor=np.array([[5.0, 2.0], [5.0, 0.5]]))
    assert rules.owed(kept, now, doubled).tolist() == [[200.0], [100.0]]
    struck = Struck.none(2, 1, 1, 1)
    struck = replace(struck, path=struck.path + 30.0)
    assert struck.joined(rules).owed(kept, now, doubled).tolist() == [[230.0], [130.0]]


def test_no_deal_orders_nothing() -> None:
    rules = Anchors(Deals.none(2), np.array([0, 1, 1]), 2, np.array([0, 1, 0]), 2)
    state = rules.begin(live(5.0), np.ones((2, 3)), np.ones((2, 3)), p())
    now = rules.standing(state, state.kept, live(5.0), 1, limits(), p())
    assert not now.order.any() and not now.line.any() and not now.step.any() and not rules.deals.any
