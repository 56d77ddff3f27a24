"""Offers as buyers see them, by hand: useful work by skill, managed service over its pools, terms, and what of it is
served."""

from __future__ import annotations

import numpy as np
import pytest

from sim.market.offers import available, usual_terms
from tests.sim.market.scene import (
    BUYERS,
    CORE,
    DESK,
    EDGE,
    EXPERTS_HOME,
    FREE,
    NORTH_CHIP,
    NORTH_GPU,
    POOLS,
    ROSTER,
    SOUTH_GPU,
    SOUTH_RIVAL,
    TIED,
    cohorts,
    conditions,
    market,
    state,
)
from tests.small import row, small_parameters, small_rules


def routed(*shares: list[float]) -> np.ndarray:
    """Routing in which managed service is spread in each region as given, the same in both worlds."""
    plain = np.zeros((2, 2, 5, POOLS))
    plain[:, :, [NORTH_GPU, SOUTH_GPU, SOUTH_RIVAL, NORTH_CHIP], [0, 2, 3, 1]] = 1.0
    plain[:, :, DESK] = np.array(shares)
    return plain


# --- useful work ------------------------------------------------------------------------------------------------------


def test_who_lacks_skill_gets_less_work_out_of_a_young_stack() -> None:
    """A gap of 40 % costs skill 0.75 a tenth, skill 0.5 a fifth, skill 0.25 three tenths of the chip's work, and skill
    1 nothing."""
    c = conditions(software_gap=row([0.0, 0.2, 0.4], [0.0, 0.4, 0.8]), efficiency=row([1.0, 1.0, 1.0], [1.0, 0.5, 2.0]))
    found = market().offers.work_price(c.price, routed([1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]), c)
    assert found[0, NORTH_CHIP] == pytest.approx([2 / 0.9, 2 / 0.7, 2.0, 2 / 0.9, 2 / 0.7, 2.5])
    assert found[0, SOUTH_RIVAL] == pytest.approx([3 / 0.95, 3 / 0.85, 3.0, 3 / 0.95, 3 / 0.85, 3 / 0.9])
    # In the second world the gap is twice as wide, the chip does twice the work of a GPU and the rival half of it.
    assert found[1, NORTH_CHIP] == pytest.approx([1.25, 2.5, 1.0, 1.25, 2.5, 2 / 1.2])
    assert found[1, SOUTH_RIVAL] == pytest.approx([3 / 0.45, 3 / 0.35, 6.0, 3 / 0.45, 3 / 0.35, 7.5])
    assert found[:, NORTH_GPU] == pytest.approx(np.full((2, BUYERS), 4.0))
    assert found[:, SOUTH_GPU] == pytest.approx(np.full((2, BUYERS), 5.0))


def test_managed_service_costs_what_its_pools_cost_its_own_engineers_and_a_mark_up() -> None:
    """Engineers close three quarters of a gap of 0.4: the chip does 0.9 for 2, or 1.8 where it does twice the work. Of
    the GPU at 4 a quarter at home and half away; 20 % on top in the first world, 50 % in the second. The buyer's own
    skill plays no part."""
    p = small_parameters(managed_software_skill=0.75, managed_markup=(0.2, 0.5))
    c = conditions(
        p, software_gap=row([0.0, 0.2, 0.4], [0.0, 0.2, 0.4]), efficiency=row([1.0, 1.0, 1.0], [1.0, 1.0, 2.0])
    )
    offers, routing = market(p).offers, routed([0.25, 0.75, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0])
    assert offers.managed_efficiency(c) == pytest.approx(row([1.0, 0.9, 1.0, 0.95], [1.0, 1.8, 1.0, 0.95]))
    home, away = 0.25 * 4 + 0.75 * 2 / 0.9, 0.5 * 4 + 0.5 * 2 / 0.9
    other_home, other_away = 0.25 * 4 + 0.75 * 2 / 1.8, 0.5 * 4 + 0.5 * 2 / 1.8
    found = offers.work_price(c.price, routing, c)[:, DESK]
    assert found[0] == pytest.approx(1.2 * np.repeat([home, away], 3))
    assert found[1] == pytest.approx(1.5 * np.repeat([other_home, other_away], 3))
    # What is paid for an H100e, useful or not: 2.5 and 3 at cost.
    paid = offers.price_paid(c, routing)
    assert paid[:, DESK] == pytest.approx(np.array([[1.2], [1.5]]) * np.repeat([2.5, 3.0], 3))
    assert paid[:, :DESK] == pytest.approx(np.broadcast_to(np.array([4.0, 5.0, 3.0, 2.0])[:, None], (2, 4, BUYERS)))


# --- routing ----------------------------------------------------------------------------------------------------------


ONLINE = row([300.0, 100.0, 400.0, 50.0], [300.0, 100.0, 400.0, 50.0])


def test_managed_service_runs_where_capacity_stands_where_work_is_cheap_and_on_own_chips() -> None:
    """Work costs 4 and 2; at a sensitivity of 2 that is 300 / 16 against 100 / 4, times the bonus: 2 and 4. A ban at
    home takes all of the bonus away in the first world, and half of it in the second."""
    p = small_parameters(
        routing_sensitivity=2.0, own_silicon_bonus=np.log([2.0, 4.0]), implementation_quality=(1.0, 0.5)
    )
    c = conditions(p, rules=small_rules(p, self_preferencing_ban=row([1.0, 0.0], [1.0, 0.0])), capacity=ONLINE)
    found = market(p).offers.routing(c)
    gpu, chip = 300 / 16, 100 / 4
    for world, region, bonus in ((0, 0, 1.0), (0, 1, 2.0), (1, 0, 2.0), (1, 1, 4.0)):
        total = gpu + bonus * chip
        assert found[world, region, DESK] == pytest.approx([gpu / total, bonus * chip / total, 0.0, 0.0])
    direct = [(NORTH_GPU, 0), (SOUTH_GPU, 2), (SOUTH_RIVAL, 3), (NORTH_CHIP, 1)]
    assert all((found[:, :, offer] == np.eye(POOLS)[pool]).all() for offer, pool in direct)


def test_managed_service_goes_around_pools_that_are_full() -> None:
    """By halves without limits. 100 are live: parts of 50 meet room for 50 and 150, which take 1/2 and 3/4 of what they
    are asked: 0.25 to 0.375. In the second world GPUs have no room at all; and with none anywhere it is as without
    limits."""
    p = small_parameters(routing_sensitivity=1.0, own_silicon_bonus=np.log(1.5))
    c, offers = conditions(p, capacity=ONLINE), market(p).offers  # 300 / 4 to 1.5 x 100 / 2: even
    live = np.zeros((2, 5))
    live[:, DESK] = 100.0
    assert offers.routing(c)[:, :, DESK] == pytest.approx(np.broadcast_to([0.5, 0.5, 0.0, 0.0], (2, 2, POOLS)))
    found = offers.routing(c, row([50.0, 150.0, 9.0, 9.0], [0.0, 20.0, 9.0, 9.0]), live)[:, :, DESK]
    assert found[0] == pytest.approx(np.broadcast_to([0.4, 0.6, 0.0, 0.0], (2, POOLS)), abs=1e-7)
    assert found[1] == pytest.approx(np.broadcast_to([0.0, 1.0, 0.0, 0.0], (2, POOLS)))
    for rest in (0.0, 1e-9):  # what rounding leaves of full GPUs draws nothing to them
        full = offers.routing(c, np.full((2, POOLS), [rest, 0.0, 0.0, 0.0]), live)[:, :, DESK]
        assert full == pytest.approx(np.broadcast_to([0.5, 0.5, 0.0, 0.0], (2, 2, POOLS)))


def test_managed_service_does_not_run_where_nothing_is_online() -> None:
    """No chips in the first world: all on GPUs, however much a chip of its own is liked. Nothing at all in the second:
    as if there were as much of each, by price alone 1/4 to 1/2."""
    p = small_parameters(routing_sensitivity=1.0, own_silicon_bonus=(9.0, 0.0))
    found = market(p).offers.routing(conditions(p, capacity=row([300.0, 0.0, 400.0, 50.0], [0.0, 0.0, 400.0, 50.0])))
    assert found[0, :, DESK].tolist() == [[1.0, 0.0, 0.0, 0.0]] * 2
    assert found[1, :, DESK] == pytest.approx(np.array([[1 / 3, 2 / 3, 0.0, 0.0]] * 2))


# --- terms and what is sold -------------------------------------------------------------------------------------------


def test_each_cloud_has_its_own_price_of_a_short_term() -> None:
    """Half of the premium at 2.5 quarters, half of the discount at 8: North asks 30 %, South 10 %, 20 % is usual. Desk
    is for a quarter in the first world and for eight in the second, whoever buys it."""
    p = small_parameters(short_term_premium=(0.2, 0.4), long_term_discount=(0.1, 0.3), managed_term_quarters=(1.0, 8.0))
    term = row([1.0, 2.5, 4.0, 8.0, 12.0, 20.0], [1.0, 2.5, 4.0, 8.0, 12.0, 20.0])
    c = conditions(p, term=term, short_premium=row([0.3, 0.1, 0.0], [0.5, 0.0, 0.0]))
    by_offer, usual = market(p).offers.term_factors(c)
    for offer in (NORTH_GPU, NORTH_CHIP):
        assert by_offer[:, offer] == pytest.approx(row([1.3, 1.15, 1, 0.95, 0.9, 0.9], [1.5, 1.25, 1, 0.85, 0.7, 0.7]))
    for offer in (SOUTH_GPU, SOUTH_RIVAL):
        assert by_offer[:, offer] == pytest.approx(row([1.1, 1.05, 1, 0.95, 0.9, 0.9], [1, 1, 1, 0.85, 0.7, 0.7]))
    assert by_offer[:, DESK] == pytest.approx(row([1.3] * 6, [0.85] * 6))
    assert usual[:, 0] == pytest.approx(row([1.2, 1.1, 1, 0.95, 0.9, 0.9], [1.4, 1.2, 1, 0.85, 0.7, 0.7]))


def test_managed_service_is_priced_at_its_own_term_and_not_at_its_buyers() -> None:
    """Two quarters for a buyer of twelve: a premium of 0.2 counts two thirds, 1.133; direct offers cost 0.90, the
    discount of 0.1. A term of 2.4 is two quarters, signed and priced. Choice sees both over the buyer's usual 0.90."""
    p = small_parameters(
        short_term_premium=0.2, long_term_discount=0.1, managed_term_quarters=(2.0, 2.4), managed_markup=0.0
    )
    c = conditions(p, term=np.full((2, BUYERS), 12.0), short_premium=np.full((2, 3), 0.2))
    offers, routing = market(p).offers, routed([1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0])
    assert offers.terms(c)[:, [NORTH_GPU, DESK], FREE].tolist() == [[12.0, 2.0], [12.0, 2.0]]
    assert offers.term_factors(c)[0][:, [NORTH_GPU, DESK], FREE] == pytest.approx(row([0.9, 17 / 15], [0.9, 17 / 15]))
    paid = offers.price_paid(c, routing)[:, [NORTH_GPU, DESK], FREE]
    assert (
        paid == pytest.approx(row([3.6, 4 * 17 / 15], [3.6, 4 * 17 / 15])) and pytest.approx(1.133, abs=5e-4) == 17 / 15
    )
    found = offers.work_price_on_terms(c.price, routing, c)[:, [NORTH_GPU, DESK], FREE]
    assert found == pytest.approx(row([4.0, 4 * 17 / 13.5], [4.0, 4 * 17 / 13.5]))


def test_usual_terms_follow_the_kind_of_buyer_within_the_axis() -> None:
    """Firms take the usual term, the tied lab twice, the free one half of it, plants at the edge one and a half; whole
    quarters, 1 to 20."""
    p = small_parameters(contract_term_quarters=(6.0, 11.0))
    found = usual_terms(ROSTER, CORE, p)
    assert found[:, [EXPERTS_HOME, TIED, FREE]].tolist() == [
        [6.0, 12.0, 3.0],
        [11.0, 20.0, 6.0],
    ]  # 22 is more than 20; 5.5 rounds to even
    assert usual_terms(ROSTER, EDGE, p)[:, 0].tolist() == [9.0, 16.0]
    assert usual_terms(ROSTER, CORE, small_parameters(contract_term_quarters=0.2))[0].tolist() == [1.0] * BUYERS


def test_an_offer_with_a_launch_parameter_is_sold_from_its_launch() -> None:
    found = available(ROSTER, EDGE, small_parameters(trainium_edge_available=(0.4, 0.6)))
    assert found.tolist() == [[True, False], [True, True]]
    assert available(ROSTER, CORE, small_parameters()).all()


# --- managed service over its pools -----------------------------------------------------------------------------------


def test_managed_service_is_served_as_the_pools_are_on_which_it_was_signed() -> None:
    """100 for a quarter on GPUs, 200 for two quarters, a quarter of them on GPUs: 150 each. Of the GPUs 80 %, of chips
    40 % are online: 180 of 300 are served, two thirds of that by GPUs. In the second world nothing is booked."""
    book = cohorts(
        (DESK, TIED, 1, 60.0, 1.0), (DESK, FREE, 1, 40.0, 1.0), (DESK, FREE, 2, 200.0, 1.0), worlds=(1.0, 0.0)
    )
    mix = np.zeros((2, 1, POOLS, 20))
    mix[:, 0, 0, 0], mix[:, 0, 0, 1], mix[:, 0, 1, 1] = 1.0, 0.25, 0.75
    offers, now = market().offers, state(book, managed_mix=mix)
    assert offers.managed_committed(now)[:, 0] == pytest.approx(row([150.0, 150.0, 0.0, 0.0], [0.0] * 4))
    assert offers.managed_load(now) == pytest.approx(row([150.0, 150.0, 0.0, 0.0], [0.0] * 4))
    online = row([0.8, 0.4, 1.0, 1.0], [0.8, 0.4, 1.0, 1.0])
    assert offers.managed_served(now, online)[:, 0] == pytest.approx([0.6, 1.0])
    used = np.zeros((2, 5, BUYERS))
    used[:, DESK, TIED], used[:, DESK, FREE], used[:, NORTH_GPU] = 50.0, 40.0, 7.0
    assert offers.managed_use(now, used, online) == pytest.approx(row([60.0, 30.0, 0.0, 0.0], [0.0] * 4))
