"""Offer constants of labs, by hand: what a lab seeks first goes where its own mix says, others get what is left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.equilibrium import clearing
from sim.equilibrium.demand import Demand
from sim.market import constants, opening
from tests.sim.market.scene import (
    BUYERS,
    CORE,
    DESK,
    FREE,
    NORTH_CHIP,
    NORTH_GPU,
    SOUTH_GPU,
    TIED,
    cohorts,
    conditions,
    market,
    state,
)
from tests.sim.market.test_opening import PRICE, start
from tests.small import row, small_parameters

LAB = CORE.buyer_lab >= 0


def opened(anchors: dict[tuple[int, int], float] | None = None, **changes: Any) -> tuple[Any, ...]:
    """The opening, the mass that seeks, and what each buyer then asks of each offer: (worlds, offers, buyers)."""
    begun = start(**changes)
    if anchors is not None:
        held = np.zeros((5, BUYERS))
        for place, h100e in anchors.items():
            held[place] = h100e
        begun.tables.anchors = lambda site: held
    m = market(begun.root)
    c = opening.conditions(begun, CORE, PRICE)
    now, wanted = opening.open_site(begun, m, PRICE)
    committed = opening.held(begun, m, c)
    mass = constants.seeking(CORE, now, committed, wanted, begun.root)
    return begun, m, c, now, committed, mass, asked_by_buyer(m, now, c, mass)


def asked_by_buyer(m: Any, now: Any, c: Any, mass: np.ndarray) -> np.ndarray:
    routing = m.offers.routing(c)
    utility = m.utility(m.offers.work_price_on_terms(c.price, routing, c), now, c)
    asked = m.demand_on_offers(utility, m.switching_costs(now, c, mass), routing, mass, c.p)
    shares = clearing.shares_at(asked, np.zeros((2, len(CORE.pools))))
    return np.asarray((shares * mass[:, None]).sum(axis=3))


def test_a_labs_goal_is_its_mix_and_the_flow() -> None:
    """A lab with 60 GPUs and 20 chips seeks 40; a tenth waits. Flow is half GPUs of the South, half Desk. Weight of
    the flow 0.25: GPUs 0.75 x 0.75, chips 0.75 x 0.25, South and Desk 0.125 each; in the second world all flow."""
    held, mass, flow = np.zeros((2, 5, BUYERS)), np.zeros((2, BUYERS, CORE.incumbents)), np.zeros((2, 5))
    held[:, NORTH_GPU, FREE], held[:, NORTH_CHIP, FREE] = 60.0, 20.0
    mass[:, FREE, 0], mass[:, FREE, 5] = 30.0, 10.0
    flow[:, [SOUTH_GPU, DESK]] = 0.5
    p = small_parameters(lab_flow_weight=(0.25, 1.0), waiting_share=0.1)
    goal = constants.lab_goal(mass, held, flow, p)[:, :, FREE]
    expected = 36.0 * row([0.5625, 0.125, 0.0, 0.1875, 0.125], [0, 0.5, 0, 0, 0.5])
    assert goal == pytest.approx(expected, abs=1e-4)
    assert goal.sum(axis=1) == pytest.approx([36.0, 36.0])
    assert (goal > 0.0).all()


def test_what_a_lab_seeks_first_goes_where_its_mix_says() -> None:
    """Tied holds 100 GPUs and 7.5 (2.4) chips. Of what it seeks 5 % (10 %) wait; the rest goes 0.75 (0.5) by its mix,
    and by the market's flow. With one constant an offer for all it would not."""
    begun, m, c, now, held, mass, asked = opened()
    mix = held[:, :, TIED] / held[:, :, TIED].sum(axis=1, keepdims=True)
    flow, weight = constants.growth_flow(begun, m, held), np.array([[0.25], [0.5]])
    served = np.array([[0.95], [0.9]]) * mass[:, TIED].sum(axis=1, keepdims=True)
    assert asked[:, :, TIED] == pytest.approx(served * ((1.0 - weight) * mix + weight * flow), rel=1e-4)
    others = np.flatnonzero(~LAB)
    common = replace(now, constants=np.repeat(now.constants[:, :, others[:1]], BUYERS, axis=2))
    assert np.abs(asked_by_buyer(m, common, c, mass)[:, :, TIED] / asked[:, :, TIED] - 1.0).max() > 0.05


def test_everybody_else_shares_one_constant_on_what_labs_leave() -> None:
    begun, m, _, now, held, mass, asked = opened()
    assert (now.constants[:, :, ~LAB] == now.constants[:, :, [0]]).all()
    expiring = now.book.capacity_h100e[..., 0].sum(axis=2)
    target = expiring + 0.12 * held.sum(axis=(1, 2))[:, None] * constants.growth_flow(begun, m, held)
    served = np.array([0.95, 0.9]) * mass.sum(axis=(1, 2))
    whole = target * (served / target.sum(axis=1))[:, None]
    left = whole - asked[:, :, LAB].sum(axis=2)
    assert asked[:, :, ~LAB].sum(axis=2) == pytest.approx(left, rel=1e-5)


def test_others_keep_a_tenth_of_what_they_have_expiring() -> None:
    """Labs whose goal is more than the market's leave nothing: a tenth of the 50 that others have expiring is asked
    all the same."""
    now = state(cohorts((NORTH_GPU, 0, 1, 50.0, 4.0), (NORTH_GPU, FREE, 1, 10.0, 4.0)))
    goal, mass, flow = np.zeros((2, 5, BUYERS)), np.zeros((2, BUYERS, CORE.incumbents)), np.full((2, 5), 0.2)
    goal[:, NORTH_GPU, FREE], mass[:, :, 0] = 1000.0, 60.0 / BUYERS
    p = small_parameters(waiting_share=0.0)
    left = constants._left_to_others(now, now.book.live(), mass, flow, goal, p)
    served = 60.0 / (60.0 + 0.12 * 60.0)
    assert left[:, NORTH_GPU] == pytest.approx(0.1 * 50.0 * served)
    assert left[:, SOUTH_GPU] == pytest.approx(0.12 * 60.0 * 0.2 * served)


def test_a_lab_that_holds_nothing_takes_the_common_constants() -> None:
    *_, now, _, _, _ = opened({(NORTH_GPU, TIED): 100.0})
    assert (now.constants[:, :, FREE] == now.constants[:, :, 0]).all()
    assert (now.constants[:, :, TIED] != now.constants[:, :, 0]).any()
    *_, nobody, _, _, _ = opened({})
    assert (nobody.constants == nobody.constants[:, :, [0]]).all() and np.isfinite(nobody.constants).all()


def test_no_lab_knows_of_another() -> None:
    """What Free holds at North comes out of what firms hold; Tied's constants do not move."""
    *_, one, _, _, _ = opened({(NORTH_GPU, TIED): 50.0, (NORTH_GPU, FREE): 5.0})
    *_, other, _, _, _ = opened({(NORTH_GPU, TIED): 50.0, (NORTH_GPU, FREE): 40.0, (SOUTH_GPU, FREE): 9.0})
    assert one.constants[:, :, TIED] == pytest.approx(other.constants[:, :, TIED], rel=1e-9)
    assert (one.constants[:, :, FREE] != other.constants[:, :, FREE]).any()


def alike(seed: int = 3) -> Demand:
    """Two buyers, a lab last, who see the same and hold the same; the lab is twice as large in the second world."""
    rng = np.random.default_rng(seed)
    m = market()
    x = np.repeat(rng.uniform(0.5, 2.0, (2, 5, 1, 1)), 2, axis=2) * np.ones((2, 5, 2, 7)) * 1e5
    mass = np.ones((2, 2, 7)) * np.array([[1.0, 1.0], [1.0, 2.0]])[:, :, None]
    routing = np.ascontiguousarray(np.broadcast_to(np.eye(5), (2, 1, 5, 5)))
    return Demand(x, mass, routing, m.scale, np.ones((2, 2)), m.nests, ((0, slice(0, 2)),))


def test_labs_that_are_like_the_market_get_its_constants(monkeypatch: pytest.MonkeyPatch) -> None:
    """All hold what deliveries grow by, and see the same: the lab's constants are the common ones, by the flow alone
    and with its own mix."""
    flow, asked = np.tile(np.array([0.4, 0.3, 0.1, 0.15, 0.05]), (2, 1)), alike()
    held = flow[:, :, None] * 100.0 * np.array([[1.0, 1.0], [1.0, 2.0]])[:, None]
    book = np.zeros((2, 5, 2, 20))
    book[..., 0], book[..., 3] = 0.1 * held, 0.9 * held
    now = replace(state(), book=type(cohorts())(book, book), constants=np.zeros((2, 5, 2)))
    site = replace(CORE, buyer_lab=np.array([-1, 0]))
    monkeypatch.setattr(constants, "growth_flow", lambda *_: flow)
    monkeypatch.setattr(constants, "seeking", lambda *_: asked.mass)
    monkeypatch.setattr(constants, "_asked", lambda *_: asked)
    for weight in (1.0, 0.25):
        c = conditions(small_parameters(lab_flow_weight=weight, waiting_share=0.05))
        m = type("M", (), {"site": site})()
        found = constants.solved(type("S", (), {"root": c.p})(), m, now, c, held, held.sum(axis=1))  # type: ignore[arg-type]
        assert found[:, :, 1] == pytest.approx(found[:, :, 0], rel=1e-7)


def test_the_order_of_labs_moves_nothing() -> None:
    """Solved side by side, each lab's constants go where it goes."""
    rng = np.random.default_rng(5)
    x, mass = rng.uniform(1e4, 1e5, (2, 5, BUYERS, 7)), rng.uniform(1.0, 3.0, (2, BUYERS, 7))
    m, site = market(), CORE
    routing = np.ascontiguousarray(np.broadcast_to(np.eye(5), (2, 2, 5, 5)))
    asked = Demand(x, mass, routing, m.scale, np.ones((2, BUYERS)), m.nests, site.region_slices)
    goal = rng.uniform(0.5, 1.5, (2, 5, BUYERS))
    swap = np.arange(BUYERS)
    swap[[TIED, FREE]] = FREE, TIED
    one = constants._alone(asked, site, goal)
    other = constants._alone(replace(asked, x=x[:, :, swap], mass=mass[:, swap]), site, goal[:, :, swap])
    assert one[:, :, LAB].any() and not one[:, :, ~LAB].any()
    assert other.tobytes() == np.ascontiguousarray(one[:, :, swap]).tobytes()


def test_labs_are_solved_anew_on_what_they_have_come_to_hold() -> None:
    """Tied moved to chips: with the constants found anew what it seeks goes there. Firms keep theirs, and so does a lab
    that holds nothing."""
    begun, m, c, now, *_ = opened({(NORTH_GPU, TIED): 100.0})
    book = cohorts((NORTH_CHIP, TIED, 1, 60.0, 2.0), (NORTH_CHIP, TIED, 5, 90.0, 2.0))
    later, wanted = replace(now, book=book), np.full((2, BUYERS), 150.0 / 1.25) * (np.arange(BUYERS) == TIED)
    found = constants.anew(begun, m, later, c, wanted)
    rest = np.arange(BUYERS) != TIED
    assert (found[:, :, rest] == now.constants[:, :, rest]).all()
    mass = constants.seeking(CORE, later, book.live(), wanted, begun.root)
    asked = asked_by_buyer(m, replace(later, constants=found), c, mass)[:, :, TIED]
    share = asked / asked.sum(axis=1, keepdims=True)
    flow = constants.growth_flow(begun, m, book.live())
    assert share[:, NORTH_CHIP] == pytest.approx([0.75, 0.5] + np.array([0.25, 0.5]) * flow[:, NORTH_CHIP], rel=1e-4)
