"""How the core opens, by hand: who holds what, from where demand seeks, and constants that send it where stock and
deliveries say."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.equilibrium import clearing
from sim.market import constants, opening
from sim.market.contracts import Book
from sim.market.site import SiteMarket
from sim.market.traits import traits
from tests.sim.market.scene import (
    BUYERS,
    CORE,
    DESK,
    EDGE,
    FREE,
    NORTH_CHIP,
    NORTH_GPU,
    ROSTER,
    SOUTH_GPU,
    SOUTH_RIVAL,
    STOCK,
    TIED,
    market,
)
from tests.sim.market.scene import state as standing
from tests.small import row, small_parameters

PRICE = row([4.0, 2.0, 5.0, 3.0, 0.0, 6.0, 6.0], [4.0, 2.0, 5.0, 3.0, 0.0, 6.0, 6.0])
BOOKED = np.array([180.0, 40.0, 360.0, 20.0, 0.0, 8.0, 0.0])
TREND = np.array([40.0, 24.0, 60.0, 0.0, 500.0, 1.0, 0.0])
"""Recent deliveries by pool; a quarter of North's GPUs are its own."""


def start(**changes: Any) -> Any:
    """Managed service by halves in the first world, nine parts of ten on chips in the second; the labs hold GPUs and
    chips."""
    p = small_parameters(
        managed_software_skill=1.0,
        managed_share=0.25,
        managed_markup=0.25,
        short_term_premium=0.2,
        long_term_discount=0.1,
        routing_sensitivity=1.0,
        own_silicon_bonus=np.log([1.5, 13.5]),
        overcommitment=0.25,
        contract_term_quarters=4.0,
        managed_term_quarters=2.0,
        waiting_share=(0.05, 0.1),
        greenfield_share=(0.5, 0.25),
        lab_flow_weight=(0.25, 0.5),
        **changes,
    )
    anchors = np.zeros((5, BUYERS))
    anchors[NORTH_GPU, TIED], anchors[NORTH_CHIP, TIED], anchors[NORTH_CHIP, FREE] = 100.0, 30.0, 10.0
    made = SimpleNamespace(efficiency=np.ones((2, 3)), lean=np.zeros((2, 3)), watts_per_h100e=np.full((2, 3), 850.0))
    return SimpleNamespace(
        root=p,
        roster=ROSTER,
        worlds=2,
        quarter=0,
        made=lambda quarter, p: made,
        booked=lambda: (np.stack([BOOKED] * 2), np.zeros((2, 7))),
        tables=SimpleNamespace(
            stock=lambda quarter: np.stack([STOCK] * 2),
            trend=lambda: np.stack([TREND] * 2),
            anchors=lambda site: anchors,
        ),
        felt_over_price=lambda p: np.array([1.2, 1.0]),
    )


def laid_out() -> tuple[Any, Any, Any, np.ndarray]:
    begun = start()
    m = market(begun.root)
    c = opening.conditions(begun, CORE, PRICE)
    return begun, m, c, opening.held(begun, m, c)


def test_managed_service_takes_its_part_of_what_is_booked_as_far_as_its_pools_go() -> None:
    """North has 220 booked and sells a quarter as Desk: 55, half of it on each pool. Where nine parts of ten run on
    chips, nine tenths of the 40 chips let it be 40: 4 on GPUs, 36 on chips."""
    *_, held = laid_out()
    assert held.sum(axis=2) == pytest.approx(row([152.5, 360, 20, 12.5, 55], [176, 360, 20, 4, 40]))


def test_labs_hold_what_is_known_of_them_up_to_four_fifths_and_firms_the_rest_by_weight() -> None:
    """Of 12.5 chips the labs' 40 can be 10: a quarter each; of 4, 3.2. Firms: 0.6 at home to 0.4 away, experts a
    quarter of them; experts are half as fond of Desk as the average and twice as many in direct offers, users the other
    way round."""
    *_, held = laid_out()
    assert held[:, NORTH_GPU, TIED].tolist() == [100.0, 100.0]
    assert held[:, NORTH_CHIP, [TIED, FREE]] == pytest.approx(row([7.5, 2.5], [2.4, 0.8]))
    direct, desk = (
        np.array([0.3, 0.225, 0.0, 0.2, 0.15, 0.0]) / 0.875,
        np.array([0.075, 0.9, 0.0, 0.05, 0.6, 0.0]) / 1.625,
    )
    assert held[:, SOUTH_GPU] == pytest.approx(360 * np.array([direct, direct]))
    assert held[:, DESK] == pytest.approx(row(55 * desk, 40 * desk))


def test_a_site_opens_with_its_books_prices_and_wants() -> None:
    """A fifth of what is committed is on top of what is wanted. A cohort a quarter, each 1.12 times the one before;
    managed service for two quarters, the labs for 8 and 2: at 1.133 of the price for a year, 0.95 and 1.133. Budgets
    have taken in a price 20 % higher in the first world."""
    begun, m, c, held = laid_out()
    state, wanted = opening.open_site(begun, m, PRICE)
    assert wanted == pytest.approx(held.sum(axis=1) / 1.25)
    assert state.book.live() == pytest.approx(held)
    for offer, buyer, term in ((SOUTH_GPU, 0, 4), (DESK, 0, 2), (NORTH_GPU, TIED, 8), (NORTH_CHIP, FREE, 2)):
        cohorts = state.book.capacity_h100e[:, offer, buyer]
        assert not cohorts[:, term:].any()
        assert cohorts[:, 1:term] == pytest.approx(1.12 * cohorts[:, : term - 1])
    bill, short = state.book.hourly_bill_usd(), 1.0 + 0.2 * 2 / 3
    assert bill[:, SOUTH_GPU, 0] == pytest.approx(5.0 * held[:, SOUTH_GPU, 0])
    assert bill[:, NORTH_GPU, TIED] == pytest.approx(4.0 * 0.95 * held[:, NORTH_GPU, TIED])
    assert bill[:, NORTH_CHIP, FREE] == pytest.approx(2.0 * short * held[:, NORTH_CHIP, FREE])
    desk = 1.25 * np.array([0.5 * 4 + 0.5 * 2, 0.1 * 4 + 0.9 * 2])
    assert bill[:, DESK, :2] == pytest.approx(short * desk[:, None] * held[:, DESK, :2])
    assert state.managed_mix[:, 0, :, 0] == pytest.approx(row([0.5, 0.5, 0, 0], [0.1, 0.9, 0, 0]))
    work = m.offers.work_price(c.price, m.offers.routing(c), c)
    work[:, DESK] *= short / np.array(
        [1.0, 1.0, 0.95, 1.0, 1.0, short]
    )  # over what each buyer's own term usually costs
    assert state.market_price == pytest.approx((held * work).sum(axis=1) / held.sum(axis=1))
    assert (
        state.felt_price == pytest.approx(state.market_price * np.array([[1.2], [1.0]]))
        and state.start_price is state.felt_price
    )
    assert state.constants.shape == (2, 5, BUYERS) and state.waiting.shape == state.displaced.shape == (2, BUYERS, 7)


def test_a_service_opens_on_what_is_online_and_not_at_the_stock_of_its_emptiest_pool() -> None:
    """No chip stands yet: a quarter of the 180 GPUs that are booked at North is Desk's, 45, all of it on GPUs."""
    begun = start()
    begun.tables.stock = lambda quarter: np.stack([STOCK * np.array([1, 0, 1, 1, 1, 1, 1])] * 2)
    begun.booked = lambda: (np.stack([BOOKED * np.array([1, 0, 1, 1, 1, 1, 1])] * 2), np.zeros((2, 7)))
    begun.tables.anchors = lambda site: np.zeros((5, BUYERS))
    m = market(begun.root)
    held = opening.held(begun, m, opening.conditions(begun, CORE, PRICE))
    assert held.sum(axis=2) == pytest.approx(row([135, 360, 20, 0, 45], [135, 360, 20, 0, 45]))
    state, _ = opening.open_site(begun, m, PRICE)
    assert state.managed_mix[:, 0, :, 0] == pytest.approx(row([1, 0, 0, 0], [1, 0, 0, 0]))
    assert all(np.isfinite(getattr(state, name)).all() for name in ("constants", "market_price", "felt_price"))


def test_growth_goes_where_deliveries_went() -> None:
    """To rent out come 30 GPUs (a quarter is North's own) and 24 chips at North, 60 GPUs at South. Desk takes its part
    of North's bookings, 55 of 220, of all 54; direct offers share the rest of their pool's. Nothing came of the rival:
    a hundred-thousandth of all."""
    begun, m, _, held = laid_out()
    flow = constants.growth_flow(begun, m, held)
    pace = row([30 * 0.75, 60, 0, 24 * 0.75, 54 / 4], [30 * 180 / 220, 60, 0, 24 * 180 / 220, 54 * 40 / 220])
    pace[:, SOUTH_RIVAL] = 1e-5 * 114
    assert flow == pytest.approx(pace / pace.sum(axis=1, keepdims=True))


def test_what_seeks_first_is_what_expires_and_what_grows() -> None:
    """One cohort of the book, where it was; and 12 % growth, half (a quarter) of it with no stack of its own."""
    begun, m, _, held = laid_out()
    state, wanted = opening.open_site(begun, m, PRICE)
    mass = constants.seeking(CORE, state, held, wanted, begun.root)
    newest = state.book.capacity_h100e[..., 0]
    grown, fresh = 0.12 * held, np.array([0.5, 0.25])
    assert mass[..., :5] == pytest.approx((newest + grown * (1.0 - fresh)[:, None, None]).transpose(0, 2, 1))
    assert mass[..., 5] == pytest.approx(0.12 * held.sum(axis=1) * fresh[:, None]) and not mass[..., 6].any()


def test_constants_send_the_first_demand_where_stock_and_deliveries_say() -> None:
    """With them, and capacity without limits, all ask for what seeks but 5 % (10 %) that wait. Offers share it as
    what expires at them, and as deliveries share the growth of all that is committed."""
    begun, m, c, held = laid_out()
    state, wanted = opening.open_site(begun, m, PRICE)
    mass = constants.seeking(CORE, state, held, wanted, begun.root)
    routing = m.offers.routing(c)
    utility = m.utility(m.offers.work_price_on_terms(c.price, routing, c), state, c)
    asked = m.demand_on_offers(utility, m.switching_costs(state, c, mass), routing, mass, c.p)
    one_to_one = np.ascontiguousarray(np.broadcast_to(np.eye(5), (2, 2, 5, 5)))
    found = clearing.quantity_at(replace(asked, routing=one_to_one), np.zeros((2, 5)), np.ones((2, 5, BUYERS)))
    target = state.book.capacity_h100e[..., 0].sum(axis=2)
    target = target + 0.12 * held.sum(axis=(1, 2))[:, None] * constants.growth_flow(begun, m, held)
    assert found.sum(axis=1) == pytest.approx(np.array([0.95, 0.9]) * mass.sum(axis=(1, 2)), rel=1e-6)
    assert found / found.sum(axis=1, keepdims=True) == pytest.approx(
        target / target.sum(axis=1, keepdims=True), rel=1e-5
    )


def test_growth_is_counted_once() -> None:
    """At the edge GPUs and chips have 100 each, 10 of each expire, and all grow by 24. Only GPUs were delivered of
    late, so that 34 should go to them and 10 to chips, though half of the growth starts from the mix of today."""
    begun = start(trainium_edge_available=1.0)
    m = SiteMarket(EDGE, ROSTER, traits(EDGE, ROSTER), begun.root)
    c, buyers = opening.conditions(begun, EDGE, PRICE), len(EDGE.buyers)
    committed = np.full((2, 2, buyers), 100.0 / buyers)
    later = np.zeros((2, 2, buyers, 20))
    later[..., 0], later[..., 3] = 10.0 / buyers, 90.0 / buyers
    nobody = np.zeros((2, buyers, EDGE.incumbents))
    now = standing(
        Book(later, 6.0 * later),
        managed_mix=np.zeros((2, 0, 2, 20)),
        waiting=nobody,
        ports=np.zeros((2, buyers, 3)),
        gravity=np.ones((2, buyers, 3)),
        constants=np.zeros((2, 2, buyers)),
        market_price=np.full((2, buyers), 6.0),
    )
    wanted = committed.sum(axis=1) / 1.25
    begun.root = begun.root.replace(greenfield_share=np.array([0.5, 0.5]))
    opened = replace(now, constants=constants.solved(begun, m, now, c, committed, wanted))
    mass, routing = constants.seeking(EDGE, now, committed, wanted, begun.root), m.offers.routing(c)
    assert mass.sum(axis=(1, 2)) == pytest.approx([44.0, 44.0])
    utility = m.utility(m.offers.work_price_on_terms(c.price, routing, c), opened, c)
    asked = m.demand_on_offers(utility, m.switching_costs(opened, c, mass), routing, mass, c.p)
    found = clearing.quantity_at(asked, np.zeros((2, 2)), np.ones((2, 2, buyers)))
    assert found == pytest.approx(np.array([[0.95], [0.9]]) * np.array([34.0, 10.0]), rel=1e-4)


def test_an_offer_that_is_not_sold_has_no_constant() -> None:
    """The chip at the edge is on sale in the second world only."""
    begun = start(trainium_edge_available=(0.0, 1.0))
    begun.tables.anchors = lambda site: np.zeros((2, len(site.buyers)))
    begun.booked = lambda: (np.array([[180.0, 40.0, 360.0, 20.0, 0.0, 8.0, 4.0]] * 2), np.zeros((2, 7)))
    state, _ = opening.open_site(begun, SiteMarket(EDGE, ROSTER, traits(EDGE, ROSTER), begun.root), PRICE)
    assert not state.constants[0, 1].any() and state.constants[1, 1].all() and state.constants[:, 0].all()
