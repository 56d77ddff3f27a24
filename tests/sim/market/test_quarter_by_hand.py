"""A quarter of commitments by hand: what ends, is released or bought out of; what is used when capacity is short; what
is billed."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sim.market.billing import market_price, served
from sim.market.contracts import TERMS, Book
from sim.market.state import SiteOutcome, SiteState
from tests.sim.market.scene import (
    BUYERS,
    DESK,
    EXPERTS_HOME,
    FREE,
    NORTH_CHIP,
    NORTH_GPU,
    POOLS,
    SOUTH_GPU,
    TIED,
    USERS_AWAY,
    USERS_HOME,
    cohorts,
    conditions,
    market,
    state,
)
from tests.small import row, small_parameters, small_rules

pytestmark = pytest.mark.usefixtures("road")

EXPERTS_AWAY = 3


# --- what is served ---------------------------------------------------------------------------------------------------


def test_bookings_are_served_as_far_as_capacity_is_online() -> None:
    booked, capacity = row([200.0, 50.0, 0.0], [80.0, 0.0, 10.0]), row([150.0, 100.0, 0.0], [20.0, 0.0, 1.0])
    assert served(booked, capacity).tolist() == [[0.75, 1.0, 1.0], [0.25, 1.0, 0.1]]


def test_a_price_is_the_mean_over_what_is_committed_and_the_last_one_for_who_has_nothing() -> None:
    committed, price = (
        row([[10.0, 0.0], [30.0, 0.0]], [[1.0, 2.0], [0.0, 2.0]]),
        row([[2.0, 9.0], [4.0, 9.0]], [[5.0, 6.0], [7.0, 8.0]]),
    )
    assert market_price(committed, price, row([1.0, 1.5], [1.0, 1.0])) == pytest.approx(row([3.5, 1.5], [5.0, 7.0]))


QUIET = {
    # Renting out: 100 GPUs and 60 chips at North, 80 GPUs at South; Desk has 40, half on GPUs and half on chips. One
    # quarter more than what is seen here, since a quarter passes first.
    "book": cohorts(
        (NORTH_GPU, EXPERTS_HOME, 3, 100.0, 4.0), (NORTH_CHIP, TIED, 3, 60.0, 2.0), (SOUTH_GPU, TIED, 3, 40.0, 6.0),
        (SOUTH_GPU, FREE, 2, 40.0, 5.0), (DESK, FREE, 4, 40.0, 3.0), worlds=(1.0, 2.0),
    ),
    # Wanted in use; the second world has twice as much of everything but wants.
    "wanted": [60.0, 0.0, 50.0, 0.0, 0.0, 32.0],
}  # fmt: skip


def quiet(**changes: object) -> tuple[SiteState, SiteOutcome]:
    """A quarter in which everybody has enough, so that nobody seeks: over-commitment is a quarter, take-or-pay 80 % and
    half."""
    p = small_parameters(overcommitment=0.25, take_or_pay=(0.8, 0.5), early_exit_take_up=0.0)
    wanted = row(QUIET["wanted"], QUIET["wanted"])
    capacity = row([90.0, 1e6, 60.0, 1e6], [88.0, 40.0, 1e6, 1e6])
    return market(p).resolve(state(QUIET["book"]), conditions(p, wanted=wanted, capacity=capacity, **changes))  # type: ignore[arg-type]


def test_what_is_used_is_wanted_paid_for_and_online() -> None:
    """First world. GPUs of North: 100 and 20 for Desk are booked, 90 are online: three quarters. South's: 80 booked, 60
    online. Experts have 100 and want 60, so 60 %: 100 x 0.6 x 0.75. The tied lab has 100 and wants 50: half of its 60
    chips, half of 40 times 0.75. The free lab has 80 and wants 32: 0.4 of 40 GPUs x 0.75, and of Desk's 40, of which 35
    are online. Second world: twice as much is booked. GPUs 240 for 88, chips 160 for 40; 30 % are wanted, a quarter, a
    fifth."""
    _, outcome = quiet()
    used = outcome.used
    assert outcome.clearing.by_buyer.max() < 1e-9  # nobody signs
    assert used[0, NORTH_GPU, EXPERTS_HOME] == pytest.approx(45.0)
    assert used[0, [NORTH_CHIP, SOUTH_GPU], TIED] == pytest.approx([30.0, 15.0])
    assert used[0, [SOUTH_GPU, DESK], FREE] == pytest.approx([12.0, 0.4 * 35.0])
    gpu, chip = 88 / 240, 40 / 160
    assert used[1, NORTH_GPU, EXPERTS_HOME] == pytest.approx(200 * 0.3 * gpu)
    assert used[1, [NORTH_CHIP, SOUTH_GPU], TIED] == pytest.approx([120 * 0.25 * chip, 80 * 0.25])
    assert used[1, [SOUTH_GPU, DESK], FREE] == pytest.approx([80 * 0.2, 80 * 0.2 * (0.5 * gpu + 0.5 * chip)])
    assert (used > 0.0).sum() == 10
    # By pool: Desk's 14 of the first world ran on GPUs and chips as 20 x 0.75 to 20.
    assert outcome.managed_use_by_pool[0] == pytest.approx([6.0, 8.0, 0.0, 0.0])
    assert outcome.direct_use_by_pool[0] == pytest.approx([45.0, 30.0, 27.0, 0.0])
    assert outcome.committed_by_pool == pytest.approx(row([120.0, 80.0, 80.0, 0.0], [240.0, 160.0, 160.0, 0.0]))
    assert outcome.managed_committed_by_pool == pytest.approx(row([20.0, 20.0, 0.0, 0.0], [40.0, 40.0, 0.0, 0.0]))


def test_what_is_billed_is_what_is_used_and_at_least_the_share_that_is_owed() -> None:
    """80 % of the commitment is owed in the first world, half in the second, at the price agreed: 4, 2, 6, 5 and 3 USD
    an hour."""
    _, outcome = quiet()
    bill = 1e6 * outcome.bill_musd_per_hour
    assert bill[0, NORTH_GPU, EXPERTS_HOME] == pytest.approx(4 * 80.0)  # 45 used
    assert bill[0, [NORTH_CHIP, SOUTH_GPU], TIED] == pytest.approx([2 * 48.0, 6 * 32.0])
    assert bill[0, [SOUTH_GPU, DESK], FREE] == pytest.approx([5 * 32.0, 3 * 32.0])
    assert bill[1, [NORTH_GPU, NORTH_CHIP], [EXPERTS_HOME, TIED]] == pytest.approx([4 * 100.0, 2 * 60.0])
    assert outcome.price_agreed[:, NORTH_CHIP, TIED] == pytest.approx([120.0, 240.0])


def test_own_use_comes_after_what_is_committed() -> None:
    """70 chips free of 150 and 40 asked for; of the second world's 200, 40 are free and 90 are asked for."""
    p = small_parameters(overcommitment=0.25, early_exit_take_up=0.0)
    c = conditions(
        p,
        wanted=row(QUIET["wanted"], QUIET["wanted"]),
        capacity=row([1e6, 150.0, 1e6, 1e6], [1e6, 200.0, 1e6, 1e6]),
        captive_wanted=row([0.0, 40.0, 0.0, 0.0], [0.0, 90.0, 0.0, 0.0]),
    )
    _, outcome = market(p).resolve(state(QUIET["book"]), c)  # type: ignore[arg-type]
    assert outcome.captive_used == pytest.approx(row([0.0, 40.0, 0.0, 0.0], [0.0, 40.0, 0.0, 0.0]))


# --- what ends --------------------------------------------------------------------------------------------------------


def test_a_surplus_is_handed_back_in_part_where_the_fee_is_below_what_is_still_owed() -> None:
    """100 are committed and 60 wanted, so at 25 % over-commitment a quarter of it is too much; 60 % of that is handed
    back, 15 %. Two quarters are left, of which 80 % are owed: 1.6 quarters. Firms at home owe North 0.6 years, cut to
    half by the region: 1.2 quarters, below; South 0.9 years: 1.8 quarters, above. The fee is due on what is handed
    back. In the second world nothing is too much, since all 80 are wanted."""
    p = small_parameters(
        overcommitment=0.25, take_or_pay=0.8, early_exit_take_up=0.6, exit_fee_factor=row([0.5, 1.0], [0.5, 1.0])
    )
    book = cohorts(
        (NORTH_GPU, EXPERTS_HOME, 3, 60.0, 4.0),
        (SOUTH_GPU, EXPERTS_HOME, 3, 40.0, 5.0),
        (SOUTH_GPU, EXPERTS_AWAY, 3, 100.0, 5.0),
    )
    wanted = np.zeros((2, BUYERS))
    wanted[:, EXPERTS_HOME], wanted[:, EXPERTS_AWAY] = [60.0, 80.0], [60.0, 80.0]
    c = conditions(p, wanted=wanted, exit_fee_years=row([0.6, 0.9, 0.0], [0.6, 0.9, 0.0]))
    after, back, fee = market(p)._expire(state(book), c)
    live = after.book.live()
    assert live[:, NORTH_GPU, EXPERTS_HOME] == pytest.approx([51.0, 60.0])
    assert live[:, SOUTH_GPU, EXPERTS_HOME] == pytest.approx([40.0, 40.0])  # 0.9 x 4 x 0.5 = 1.8 quarters
    assert live[:, SOUTH_GPU, EXPERTS_AWAY] == pytest.approx([100.0, 100.0])
    assert 1e6 * fee[:, NORTH_GPU, EXPERTS_HOME] == pytest.approx([60 * 4 * 0.15 * 1.2, 0.0])
    assert 1e6 * fee.sum() == pytest.approx(43.2) and back.sum() == 0.0


def test_a_lab_is_released_from_its_investor_and_looks_again() -> None:
    """30 % of what stays committed to North is released, and comes back with what has expired, less the
    over-commitment; in the second world 60 %. South and the other lab are not touched, and what is released is not
    bought out of too."""
    p = small_parameters(
        overcommitment=0.25, early_exit_take_up=1.0, contract_release_share=row([0.3, 0.9], [0.6, 0.9])
    )
    book = cohorts(
        (NORTH_CHIP, TIED, 1, 50.0, 2.0),
        (NORTH_CHIP, TIED, 5, 100.0, 2.0),
        (SOUTH_GPU, TIED, 1, 20.0, 5.0),
        (NORTH_GPU, FREE, 5, 100.0, 4.0),
    )
    wanted = np.zeros((2, BUYERS))
    wanted[:, FREE] = 80.0
    c = conditions(p, wanted=wanted, exit_fee_years=np.full((2, 3), 0.01))
    after, back, fee = market(p)._expire(state(book), c)
    live = after.book.live()
    assert live[:, NORTH_CHIP, TIED] == pytest.approx([70.0, 40.0])
    assert live[:, NORTH_GPU, FREE] == pytest.approx([100.0, 100.0])
    assert back[:, TIED, NORTH_CHIP] == pytest.approx([(50 + 30) / 1.25, (50 + 60) / 1.25])
    assert back[:, TIED, SOUTH_GPU] == pytest.approx([16.0, 16.0])
    assert back.sum(axis=(1, 2)) == pytest.approx([64 + 16, 88 + 16]) and not fee.any()


def test_what_waits_is_lost_to_nobody_but_the_investor_does_not_keep_its_claim_on_it() -> None:
    """Nothing is online: all that seeks waits, in use terms. What was owed to an investor looks anew as growth."""
    p = small_parameters(
        overcommitment=(0.0, 0.25), greenfield_share=1.0, investor_tie_share=row([0.4, 0.0], [0.4, 0.0])
    )
    wanted = np.zeros((2, BUYERS))
    wanted[:, TIED], wanted[:, USERS_AWAY] = 50.0, 10.0
    after, outcome = market(p).resolve(state(), conditions(p, wanted=wanted, capacity=np.zeros((2, POOLS))))
    assert outcome.seekers.mass[:, TIED, -2:] == pytest.approx(row([30.0, 20.0], [30.0, 20.0]))
    assert after.waiting[:, TIED, -2:] == pytest.approx(row([30.0, 0.0], [30.0, 0.0]), abs=1e-4)
    assert after.waiting[:, USERS_AWAY, -2] == pytest.approx([10.0, 10.0], abs=1e-4)


PLAIN = {
    "residency_weight": 0.0, "confidentiality_weight": 0.0, "platform_convenience": 0.0, "ecosystem_strength": 0.0,
    "carbon_weight": 0.0, "porting_cost_years": 0.0, "porting_intangible": 0.0, "cloud_intangible": 0.0,
    "lab_price_sensitivity_factor": 1.0, "overcommitment": 0.0,
}  # fmt: skip
"""Buyers mind prices and charges only; a lab minds them as alpha says."""


def test_growth_that_waited_moves_free_of_charge_and_what_ran_and_waited_pays() -> None:
    """100 are wanted, 60 of North's GPUs are live, and there is no room for more. In the first world the other 40 are
    growth of that mix; in the second they ran on North's GPUs until now. Both wait. A quarter later South has room:
    whoever of the 40 signs there has left North's bill of 4 USD an hour at 0.1 years of it, if it ran."""
    p = small_parameters(**PLAIN, greenfield_share=0.0, egress_cost_years=0.1)
    capacity = np.zeros((2, 5, BUYERS, TERMS))
    capacity[:, NORTH_GPU, FREE, 5], capacity[1, NORTH_GPU, FREE, 0] = 60.0, 40.0
    wanted, only, room = np.zeros((2, BUYERS)), np.zeros((2, 5), bool), row([60.0, 0, 0, 0], [60.0, 0, 0, 0])
    wanted[:, FREE], only[:, [NORTH_GPU, SOUTH_GPU]] = 100.0, True
    c, m = conditions(p, wanted=wanted, available=only, capacity=room), market(p)
    after, outcome = m.resolve(state(Book(capacity, 4.0 * capacity)), c)
    assert after.waiting[:, FREE, NORTH_GPU] == pytest.approx([40.0, 40.0], abs=1e-4)
    assert after.displaced[:, FREE, NORTH_GPU] == pytest.approx([0.0, 40.0], abs=1e-4)
    then, outcome = m.resolve(after, replace(c, capacity=row([60.0, 0, 1e6, 0], [60.0, 0, 1e6, 0])))
    signed = outcome.signed[:, SOUTH_GPU, FREE]
    assert (signed > 1.0).all() and outcome.seekers.mass[:, FREE].sum(axis=1) == pytest.approx([40.0, 40.0], abs=1e-4)
    assert outcome.switched[:, FREE] == pytest.approx([0.0, signed[1]])
    assert 1e6 * outcome.switching_fee_musd_per_hour[:, 0, FREE] == pytest.approx([0.0, signed[1] * 4.0 * 0.1 * 4])
    # Who waits on has still left nothing in the first world, and all of it in the second.
    assert then.displaced[:, FREE, NORTH_GPU] == pytest.approx([0.0, 40.0 - signed[1]], abs=1e-4)


def test_long_run_demand_is_split_as_choice_splits_it_by_the_price_of_a_term() -> None:
    """For a quarter North asks 1.43 times its yearly price and South 1.00 times; both post 4, which is what cost calls
    for. In one nest at half a lambda twice as many (1.43 squared) choose South, by choice and in the long run."""
    p = small_parameters(
        **PLAIN,
        greenfield_share=1.0,
        egress_cost_years=0.0,
        price_sensitivity=1.0,
        dissimilarity=0.5,
        short_term_premium=0.0,
        price_elasticity=-1.0,
    )
    wanted, only = np.zeros((2, BUYERS)), np.zeros((2, 5), bool)
    wanted[:, FREE], only[:, [NORTH_GPU, SOUTH_GPU]] = [100.0, 50.0], True
    price, premium = row([4.0, 2.0, 4.0, 3.0], [4.0, 2.0, 4.0, 3.0]), row([0.43, 0.0, 0.0], [0.43, 0.0, 0.0])
    c = conditions(
        p,
        wanted=wanted,
        available=only,
        price=price,
        long_run_price=price,
        short_premium=premium,
        term=np.ones((2, BUYERS)),
    )
    _, outcome = market(p).resolve(state(market_price=np.full((2, BUYERS), 4.0)), c)
    chosen, long_run = outcome.clearing.by_buyer[:, [NORTH_GPU, SOUTH_GPU], FREE], outcome.sought_long_run
    assert chosen[:, 1] / chosen[:, 0] == pytest.approx([1.43**2] * 2)
    assert long_run[:, [0, 2]] == pytest.approx(chosen) and not long_run[:, [1, 3]].any()


def test_a_tie_binds_labs_with_an_investor_as_far_as_rules_leave_it() -> None:
    """30 % and 20 %; a ban at home at half strength halves it, one away does not."""
    p = small_parameters(investor_tie_share=row([0.3, 0.9], [0.2, 0.9]), implementation_quality=1.0)
    c = conditions(p, rules=small_rules(p, exclusivity_ban=row([0.5, 0.0], [0.0, 1.0])))
    found = market(p)._tied_share(c)
    assert found[:, TIED] == pytest.approx([0.15, 0.2])
    assert np.delete(found, TIED, axis=1).sum() == 0.0


# --- what is signed ---------------------------------------------------------------------------------------------------


def test_a_cohort_of_managed_service_remembers_where_it_was_signed() -> None:
    """60 stand at halves; 20 signed at home on chips only and 40 away on GPUs only: two thirds GPUs. 60 of each: 7/12
    of all GPUs. In the second world nothing is signed and all stays. Direct offers are signed for each buyer's own
    term."""
    p = small_parameters(managed_term_quarters=2.0)
    c, m = conditions(p, term=row([4, 8, 12, 1, 4, 20], [4, 8, 12, 1, 4, 20])), market(p)
    routing = m.offers.routing(c).copy()
    routing[:, 0, DESK], routing[:, 1, DESK] = [0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]
    signed = np.zeros((2, 5, BUYERS))
    signed[0, DESK, [USERS_HOME, FREE]], signed[:, NORTH_GPU, TIED], signed[:, SOUTH_GPU, FREE] = [20.0, 40.0], 5.0, 6.0
    chosen = SimpleNamespace(
        cleared=SimpleNamespace(by_buyer=signed),
        paid=np.full((2, 5, BUYERS), 3.0),
        frozen=SimpleNamespace(routing=routing),
    )
    before = state(cohorts((DESK, TIED, 2, 60.0, 1.0), (DESK, TIED, 1, 10.0, 1.0)))
    after = m._sign(before, chosen, c)  # type: ignore[arg-type]
    assert after.managed_mix[0, 0, :, 1] == pytest.approx([7 / 12, 5 / 12, 0.0, 0.0])
    assert after.managed_mix[1, 0, :, 1] == pytest.approx([0.5, 0.5, 0.0, 0.0])
    assert after.managed_mix[:, 0, :, 0] == pytest.approx(np.broadcast_to([0.5, 0.5, 0.0, 0.0], (2, POOLS)))
    book = after.book.capacity_h100e
    assert book[:, DESK, :, 1].sum(axis=1).tolist() == [120.0, 60.0]
    assert book[:, NORTH_GPU, TIED, 11].tolist() == [5.0, 5.0] and book[:, SOUTH_GPU, FREE, 19].tolist() == [6.0, 6.0]
    assert after.book.hourly_bill_usd()[:, NORTH_GPU, TIED].tolist() == [15.0, 15.0]


def test_orders_answer_demand_at_cost_based_prices() -> None:
    """All want 90 and have nothing, one offer is sold, at 4; at cost it would be 2 in the first world and still 4 in
    the second. With an elasticity of -1 twice as much is wanted at half the price, and e^(alpha ln 2) times as many
    prefer it to waiting."""
    p = small_parameters(
        overcommitment=0.0, greenfield_share=1.0, investor_tie_share=0.0, price_elasticity=-1.0, price_sensitivity=3.0
    )
    p = p.replace(carbon_weight=np.zeros(2), ecosystem_strength=np.zeros(2), greenfield_habit=np.zeros(2))
    only = np.zeros((2, 5), bool)
    only[:, NORTH_GPU] = True
    wanted = np.zeros((2, BUYERS))
    wanted[:, EXPERTS_HOME] = 90.0
    c = conditions(
        p,
        wanted=wanted,
        available=only,
        long_run_price=row([2.0] * POOLS, [4.0] * POOLS),
        watts_per_h100e=np.full((2, 3), 850.0),
    )
    live = cohorts((NORTH_GPU, EXPERTS_HOME, 5, 10.0, 4.0))
    now = state(live, market_price=np.full((2, BUYERS), 4.0))
    m = market(p)
    utility = m.utility(m.offers.work_price(c.price, m.offers.routing(c), c), now, c)[0, NORTH_GPU, EXPERTS_HOME]
    _, outcome = m.resolve(now, c)
    odds = np.exp(utility) * np.array([2.0 ** (3.0 * 1.2), 1.0])  # experts mind prices 1.2 times as much
    # Live use is 10: of 180 and 90 wanted at cost, 170 and 80 seek.
    assert outcome.sought_long_run[:, 0] == pytest.approx(np.array([170.0, 80.0]) * odds / (1.0 + odds))
