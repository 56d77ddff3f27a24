"""Signed capacity in a quarter, by hand: into the book before anyone seeks, in use in full, not handed back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.equilibrium.choice import Nests
from sim.market import signed
from sim.market.signed import Room
from sim.market.state import Owed
from tests.sim.market.scene import (
    BUYERS,
    CORE,
    DESK,
    EXPERTS_HOME,
    FREE,
    NORTH_CHIP,
    NORTH_GPU,
    OFFERS,
    POOLS,
    SOUTH_GPU,
    TIED,
    cohorts,
    conditions,
    market,
    state,
)
from tests.small import row, small_parameters

CHIPS = 1
"""Position of the pool of North's chips."""
OWN = np.full((2, BUYERS), 4.0)
"""Terms of buyers' own contracts, quarters."""


def owed(*deals: tuple[int, int, float, float], coming: dict[int, float] | None = None) -> Owed:
    """(offer, buyer, H100e, quarters left); twice as much in the second world."""
    level, term, later = np.zeros((2, OFFERS, BUYERS)), np.zeros((2, OFFERS, BUYERS)), np.zeros((2, BUYERS))
    for offer, buyer, h100e, left in deals:
        level[:, offer, buyer], term[:, offer, buyer] = (h100e, 2.0 * h100e), left
    for buyer, h100e in (coming or {}).items():
        later[:, buyer] = h100e
    cost, owed_part = np.full_like(level, 1.0), np.full_like(level, 0.8)
    return Owed(level, term, cost, owed_part, later)


def plain(**changes: Any) -> Any:
    p = small_parameters(overcommitment=0.25, short_term_premium=0.2, long_term_discount=0.1, early_exit_take_up=0.5)
    return conditions(p.replace(**changes.pop("p", {})), **changes)


def test_what_is_due_is_signed_for_the_term_that_is_left_at_its_price() -> None:
    """40 (140) beyond the 60 live, for 12 quarters at 1.8. More than the book's 20 quarters is cut to them."""
    book, c = cohorts((NORTH_CHIP, TIED, 4, 60.0, 3.0)), np.full((2, OFFERS, BUYERS), 1.8)
    room = Room(np.zeros((2, POOLS)), np.full((2, POOLS), 1e3), np.zeros((2, POOLS)))
    after, new = signed.sign_due(CORE, book, room, owed((NORTH_CHIP, TIED, 100.0, 12)), c, OWN)
    assert new[:, NORTH_CHIP, TIED].tolist() == [40.0, 140.0] and new.sum() == 180.0
    assert after.capacity_h100e[:, NORTH_CHIP, TIED, 11].tolist() == [40.0, 140.0]
    assert after.hourly_bill_usd()[:, NORTH_CHIP, TIED] == pytest.approx([180 + 40 * 1.8, 180 + 140 * 1.8])
    long, _ = signed.sign_due(CORE, book, room, owed((NORTH_CHIP, TIED, 100.0, 31)), c, OWN)
    assert long.capacity_h100e[:, NORTH_CHIP, TIED, 19].tolist() == [40.0, 140.0]
    none, new = signed.sign_due(CORE, book, room, owed((NORTH_CHIP, TIED, 30.0, 12)), c, OWN)
    assert not new.any() and none.live()[:, NORTH_CHIP, TIED].tolist() == [60.0, 60.0]


def test_short_pools_give_every_deal_the_same_part_after_commitments_and_own_use() -> None:
    """Of 300 chips 200 are let and 40 North's own: 60 are left for 90 and 30 (180 and 60)."""
    load, own = np.full((2, POOLS), 200.0), np.full((2, POOLS), 40.0)
    room = Room(load, np.full((2, POOLS), 300.0), own)
    deals = owed((NORTH_CHIP, TIED, 90.0, 8), (NORTH_CHIP, FREE, 30.0, 8), (SOUTH_GPU, FREE, 10.0, 8))
    _, new = signed.sign_due(CORE, cohorts(), room, deals, np.ones((2, OFFERS, BUYERS)), OWN)
    assert new[:, NORTH_CHIP, [TIED, FREE]] == pytest.approx(row([45, 15], [45, 15]))
    assert new[:, SOUTH_GPU, FREE] == pytest.approx([10, 20])
    full = Room(load + 90.0, np.full((2, POOLS), 300.0), own)
    assert full.free.tolist() == [[0.0] * POOLS] * 2


def test_a_deal_is_used_in_full_and_the_rest_over_one_and_overcommitment() -> None:
    """Live 100, 60 of it owed: 60 + 40 / 1.25; in the second world all is."""
    live = cohorts((NORTH_CHIP, TIED, 4, 100.0, 3.0)).live()
    deals, over = owed((NORTH_CHIP, TIED, 60.0, 8)), np.full(2, 1.25)
    assert signed.usable(live, deals, over)[:, NORTH_CHIP, TIED].tolist() == [92.0, 100.0]
    assert signed.usable(live, None, over)[:, NORTH_CHIP, TIED].tolist() == [80.0, 80.0]
    assert np.asarray(signed.shielded(live, deals))[:, NORTH_CHIP, TIED] == pytest.approx([0.4, 0.0])
    assert signed.deal_live(live, deals).sum() == 160.0


def test_deals_capacity_is_used_before_the_rest() -> None:
    """Of 60 for a deal and 50 more, 40 of them usable, a lab that wants 80 uses the deal and half of the rest; one that
    wants 45 three quarters of the deal. Wanting all of it, or with nothing owed, it uses what it ever did."""
    live, over = cohorts((NORTH_CHIP, TIED, 4, 60.0, 3.0), (SOUTH_GPU, TIED, 4, 50.0, 3.0)).live(), np.full(2, 1.25)
    deals, wanted = (
        replace(owed((NORTH_CHIP, TIED, 60.0, 8)), level=np.zeros((2, OFFERS, BUYERS))),
        np.zeros((2, BUYERS)),
    )
    deals.level[:, NORTH_CHIP, TIED], live = 60.0, np.stack([live[0]] * 2)
    wanted[:, TIED] = 80.0, 45.0
    used = signed.used(live, deals, wanted, over)
    assert used[:, [NORTH_CHIP, SOUTH_GPU], TIED] == pytest.approx(row([60, 20], [45, 0]))
    all_of_it = signed.used(live, deals, wanted + 1e3, over)
    assert all_of_it == pytest.approx(signed.usable(live, deals, over))
    plain_use = signed.used(live, owed(), wanted, over)
    assert plain_use[:, :, TIED].sum(axis=1) == pytest.approx([80.0, 45.0])


def test_what_is_signed_again_does_not_come_back() -> None:
    """30 of use ended at chips and 10 at GPUs; 20 (50) were signed again at chips."""
    ended, new = np.zeros((2, BUYERS, CORE.incumbents)), np.zeros((2, OFFERS, BUYERS))
    ended[:, TIED, NORTH_CHIP], ended[:, TIED, NORTH_GPU] = 30.0, 10.0
    new[:, NORTH_CHIP, TIED] = 20.0, 50.0
    left = signed.signed_for(ended, new)
    assert left[:, TIED, [NORTH_CHIP, NORTH_GPU]].tolist() == [[10.0, 10.0], [0.0, 10.0]]
    assert left.sum() == 30.0


def test_a_tie_stands_only_where_no_deal_with_the_investor_does() -> None:
    """North invests in Tied: a deal there takes the tie's place, one with the South does not."""
    at_north, at_south = owed((NORTH_CHIP, TIED, 5.0, 8)), owed((SOUTH_GPU, TIED, 5.0, 8))
    assert np.asarray(signed.without_tie(CORE, at_north))[:, TIED].tolist() == [False, False]
    assert np.asarray(signed.without_tie(CORE, at_south)).all() and signed.without_tie(CORE, None) is True
    tied = plain(p={"investor_tie_share": np.full((2, 2), 0.3)})
    assert market()._tied_share(tied)[:, TIED].tolist() == [0.3, 0.3]
    assert not market()._tied_share(replace(tied, owed=at_north)).any()


def test_a_lab_seeks_what_it_wants_beyond_its_deal_and_uses_the_deal() -> None:
    """It wants 150; 100 (200) are owed and nothing is live: 50 seek and nothing in the second world, where it uses what
    it signed. Nobody else gets less choice: firms' seeking is as it was."""
    wanted = np.zeros((2, BUYERS))
    wanted[:, [TIED, EXPERTS_HOME]] = 150.0, 80.0
    c = plain(wanted=wanted)
    _, without = market().resolve(state(), c)
    after, outcome = market().resolve(state(), replace(c, owed=owed((NORTH_CHIP, TIED, 100.0, 8))))
    assert outcome.seekers.mass.sum(axis=2)[:, TIED] == pytest.approx([50.0, 0.0])
    assert outcome.seekers.mass[:, EXPERTS_HOME] == pytest.approx(without.seekers.mass[:, EXPERTS_HOME])
    assert outcome.used[1, :, TIED].sum() == pytest.approx(200.0)
    assert outcome.committed[:, NORTH_CHIP, TIED].min() >= 100.0 - 1e-9
    assert after.book.capacity_h100e[1, NORTH_CHIP, TIED, 7] == 200.0
    assert outcome.used[0, :, TIED].sum() <= 150.0 + 1e-9


def test_long_run_demand_leaves_out_what_is_signed_and_not_live_yet() -> None:
    """Of 150 wanted 100 are signed for later: owners see the other 50 of its long-run demand, a third."""
    wanted = np.zeros((2, BUYERS))
    wanted[:, TIED] = 150.0
    c = plain(wanted=wanted)
    _, without = market().resolve(state(), replace(c, owed=owed()))
    _, outcome = market().resolve(state(), replace(c, owed=owed(coming={TIED: 100.0})))
    assert outcome.sought_long_run == pytest.approx(without.sought_long_run / 3.0)
    assert outcome.seekers.mass == pytest.approx(without.seekers.mass)


def test_no_deal_and_deals_that_owe_nothing_are_the_same_market() -> None:
    """The two roads through a quarter agree where nothing is owed."""
    wanted = np.full((2, BUYERS), 30.0)
    book = cohorts(
        (NORTH_GPU, EXPERTS_HOME, 2, 50.0, 4.0), (DESK, FREE, 1, 10.0, 4.0), (NORTH_CHIP, TIED, 3, 60.0, 2.0)
    )
    c = plain(wanted=wanted, exit_fee_years=np.full((2, 3), 0.1))
    one, first = market().resolve(state(book), c)
    other, second = market().resolve(state(book), replace(c, owed=owed()))
    assert other.book.live() == pytest.approx(one.book.live(), rel=1e-12)
    assert second.used == pytest.approx(first.used, rel=1e-12)
    assert second.exit_fee_musd_per_hour == pytest.approx(first.exit_fee_musd_per_hour, rel=1e-12)


def test_a_deal_is_not_handed_back_and_leaving_it_costs_take_or_pay() -> None:
    """It wants 10 of 100 live, 60 of them owed: only of the other 40 half of the surplus goes back. A lab released from
    its investor's cloud gives up all, and owes take-or-pay of what is left of the deal's part and nothing else."""
    wanted = np.zeros((2, BUYERS))
    wanted[:, TIED] = 10.0
    book = cohorts((NORTH_CHIP, TIED, 5, 100.0, 2.0))
    c = replace(plain(wanted=wanted), owed=owed((NORTH_CHIP, TIED, 60.0, 8)))
    after, _, fee = market()._expire(state(book), c)
    surplus = 1.0 - 10.0 / np.array([60.0 + 40.0 / 1.25, 100.0])
    free = np.array([0.4, 0.0])
    assert after.book.live()[:, NORTH_CHIP, TIED] == pytest.approx(100.0 * (1.0 - 0.5 * surplus * free))
    assert not fee.any()
    leaving = replace(c, p=c.p.replace(contract_release_share=row([1.0, 0.0], [1.0, 0.0])))
    after, _, fee = market()._expire(state(book), leaving)
    assert not after.book.live()[:, NORTH_CHIP, TIED].any()
    assert 1e6 * fee[:, NORTH_CHIP, TIED] == pytest.approx(200.0 * (1.0 - free) * 0.8 * 4.0)


def test_a_deals_price_lies_between_cost_and_what_it_is_worth_from_the_quote_of_its_term() -> None:
    """North's chip at 2, 1.8 for three years; new capacity costs 1. As good as elsewhere it is worth 1.8, half of the
    gain on top of cost: 1.4. Worth half of that, 0.9: no gain, at cost. Scarce, and worth a fifth more: 1.58."""
    deals, alpha = owed((NORTH_CHIP, TIED, 10.0, 12)), np.full((2, BUYERS), 2.0)
    labs, short = np.array([TIED]), np.zeros((2, POOLS))
    c = plain(p={"deal_surplus_share": np.full(2, 0.5)})

    def found(gain: float, shadow: float) -> list[float]:
        by_offer = np.zeros((2, OFFERS, 1))
        by_offer[:, NORTH_CHIP] = gain
        worth = signed.Worth(labs, by_offer, short + shadow, alpha)
        return list(signed.prices(CORE, deals, c, worth)[:, NORTH_CHIP, TIED])

    assert found(0.0, 0.0) == pytest.approx([1.4, 1.4])
    assert found(-2.0 * np.log(2.0), 0.0) == pytest.approx([1.0, 1.0])
    assert found(2.0 * np.log(1.2), 5.0) == pytest.approx([1.58, 1.58])
    assert found(5.0, 0.0) == pytest.approx([1.4, 1.4])


def test_what_labs_seek_comes_from_their_mix_and_in_part_from_nothing() -> None:
    """Three quarters GPUs, a quarter chips, a fifth of it without a stack; who holds nothing starts from nothing."""
    now = state(cohorts((NORTH_GPU, TIED, 2, 75.0, 1.0), (NORTH_CHIP, TIED, 2, 25.0, 1.0)))
    found = signed.origins(now, np.array([TIED, FREE]), small_parameters(greenfield_share=0.2))
    assert found[0, 0] == pytest.approx([0.6, 0, 0, 0.2, 0, 0.2, 0]) and found[0, 1].tolist() == [0, 0, 0, 0, 0, 1, 0]


def test_a_lab_pays_less_for_what_it_could_do_without() -> None:
    """The same deal at the same quote: with rivals at a tenth of their price the chip is worth less to the lab, and its
    price falls, but not below cost."""
    deals, book = owed((NORTH_CHIP, TIED, 10.0, 12)), cohorts((NORTH_CHIP, TIED, 2, 25.0, 1.0))
    c = plain(p={"deal_surplus_share": np.full(2, 0.5)})
    cheap = replace(c, price=c.price * np.where(np.arange(POOLS) == CHIPS, 1.0, 0.1))
    fond = np.zeros((2, OFFERS, BUYERS))
    fond[:, NORTH_CHIP, TIED] = 3.0
    now = state(book, constants=fond)
    one, other = (market()._deal_price(now, deals, each)[:, NORTH_CHIP, TIED] for each in (c, cheap))
    assert (other <= one).all() and (other >= 1.0).all() and (one <= 1.4 + 1e-12).all() and (other < one).any()


def test_a_deal_goes_on_top_of_earlier_ones_in_what_its_lab_wants() -> None:
    """100 wanted, 20 signed at the first offer: 30 more are its slice from 0.2 to 0.5. What is signed in all is wanted
    at least."""
    before, level = np.zeros((2, 2, 1)), np.zeros((2, 2, 1))
    before[:, 0], level[:, 0], level[1, 1] = 20.0, 30.0, 150.0
    first, last = signed.slices(before, level, np.full((2, 1), 100.0))
    assert first[:, :, 0].tolist() == [[0.2, 0.0], [0.1, 0.0]]
    assert last[:, :, 0].tolist() == [[0.5, 0.0], [0.25, 0.75]]


def test_an_offer_is_worth_more_where_others_are_sold_out() -> None:
    """Two offers alike and waiting: the first over ln(1 + 1). With a shadow price of ln 4 on the other: over
    ln(1 + 1/4)."""
    x, scale, nests = np.ones((1, 2, 1, 2)), np.ones((1, 2)), Nests.of(np.arange(2))
    origin, none = np.array([[[1.0, 0.0]]]), np.zeros((1, 2, 1))
    half = none.copy()
    half[:, 0] = 0.5  # tastes add 2 ln 2
    short = none.copy()
    short[:, 1] = np.log(4.0)
    taste = 2.0 * np.log(2.0)
    for scarce, elsewhere in ((none, np.log(2.0)), (short, np.log(1.25))):
        found = signed.gains(x, scale, nests, origin, (none, half), scarce)
        assert found[0, :, 0] == pytest.approx([taste - elsewhere, 0.0])


def test_what_a_service_runs_on_makes_it_scarce() -> None:
    """An offer of the first pool, and a service that runs on it by a quarter in one region, by half in the other."""
    routing = np.array([[[[1.0, 0.0], [0.25, 0.75]], [[1.0, 0.0], [0.5, 0.5]]]])
    found = signed.scarcity(routing, np.array([[2.0, 0.0]]), np.array([0, 1]))
    assert found[0].tolist() == [[2.0, 2.0], [0.5, 1.0]]
