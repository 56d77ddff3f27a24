"""Labs in a quarter before an opening, by hand: they are given what is known of them, and seek nothing beyond."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

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


def given(*places: tuple[int, int, float], deal: tuple[int, int, float, float] | None = None) -> Owed:
    """(offer, buyer, H100e) that are known, in both worlds; deal: the part that one owes, and quarters left."""
    known, level, term = np.zeros((3, 2, OFFERS, BUYERS))
    for offer, buyer, h100e in places:
        known[:, offer, buyer] = h100e
    if deal:
        level[:, deal[0], deal[1]], term[:, deal[0], deal[1]] = deal[2:]
    return Owed(level, term, np.full_like(level, 1.0), np.full_like(level, 0.8), np.zeros((2, BUYERS)), known=known)


def faced(owed: Owed, wanted: dict[int, float], **changes: Any) -> Any:
    """Conditions of a quarter in which buyers want so much, H100e in use; everybody signs for four quarters."""
    wants = np.zeros((2, BUYERS))
    for buyer, h100e in wanted.items():
        wants[:, buyer] = h100e
    p = small_parameters(overcommitment=0.25, short_term_premium=0.2, long_term_discount=0.1, deal_surplus_share=0.5)
    return replace(conditions(p, wanted=wants, **changes), owed=owed)


def room(capacity: float, load: float = 0.0, own: float = 0.0) -> Room:
    return Room(np.full((2, POOLS), load), np.full((2, POOLS), capacity), np.full((2, POOLS), own))


def test_what_is_known_and_no_deals_is_signed_for_a_buyers_own_term() -> None:
    """30 more to 50 at the GPUs for 4 quarters, and 40 of a deal at the chips for the 9 that are left of it."""
    owed = given((NORTH_GPU, TIED, 50.0), (NORTH_CHIP, TIED, 40.0), deal=(NORTH_CHIP, TIED, 40.0, 9.0))
    book = cohorts((NORTH_GPU, TIED, 3, 20.0, 2.0), worlds=(1.0, 1.0))
    own = np.full((2, BUYERS), 4.0)
    after, new = signed.sign_due(CORE, book, room(1e3), owed, np.full((2, OFFERS, BUYERS), 2.0), own)
    assert new[:, NORTH_GPU, TIED].tolist() == [30.0, 30.0] and new.sum() == 140.0
    assert after.capacity_h100e[:, NORTH_GPU, TIED, 3].tolist() == [30.0, 30.0]
    assert after.capacity_h100e[:, NORTH_CHIP, TIED, 8].tolist() == [40.0, 40.0]


def test_labs_are_given_four_fifths_of_what_a_pool_has_to_let_at_most() -> None:
    """Of 100, 20 are the owner's own use: labs that are said to have 160 get 64 by what is said of each, 40 and 24.
    What the rest of a market has let stands: where 50 are let to others, 30 are free for both."""
    owed = given((SOUTH_GPU, TIED, 100.0), (SOUTH_GPU, FREE, 60.0))
    price, own = np.ones((2, OFFERS, BUYERS)), np.full((2, BUYERS), 4.0)
    _, new = signed.sign_due(CORE, cohorts(), room(100.0, own=20.0), owed, price, own)
    assert new[:, SOUTH_GPU, [TIED, FREE]] == pytest.approx(row([40, 24], [40, 24]))
    _, new = signed.sign_due(CORE, cohorts(), room(100.0, load=50.0, own=20.0), owed, price, own)
    assert new[:, SOUTH_GPU, [TIED, FREE]] == pytest.approx(row([18.75, 11.25], [18.75, 11.25]))


def test_nothing_is_given_of_what_runs_behind_a_service() -> None:
    owed = given((DESK, TIED, 10.0))
    _, new = signed.sign_due(CORE, cohorts(), room(1e3), owed, np.ones((2, OFFERS, BUYERS)), np.full((2, BUYERS), 4.0))
    assert not new.any()


def test_without_a_deal_it_is_priced_as_it_is_posted() -> None:
    """North posts 2 for a year and its term is four quarters: 2. With a deal on all of it, between cost and worth."""
    book = state(cohorts((NORTH_CHIP, TIED, 2, 25.0, 1.0)))
    posted = faced(given((NORTH_CHIP, TIED, 40.0)), {})
    quote = signed.quotes(CORE, posted.term[:, None], posted)[:, NORTH_CHIP, TIED]
    assert market()._deal_price(book, posted.owed, posted)[:, NORTH_CHIP, TIED] == pytest.approx(quote)
    paid = market().offers.price_paid(posted, market().offers.routing(posted))
    assert quote == pytest.approx(paid[:, NORTH_CHIP, TIED])
    deal = faced(given((NORTH_CHIP, TIED, 40.0), deal=(NORTH_CHIP, TIED, 40.0, 12.0)), {})
    assert (market()._deal_price(book, deal.owed, deal)[:, NORTH_CHIP, TIED] < quote).all()


def test_labs_have_what_is_known_in_the_quarter_itself_and_seek_nothing() -> None:
    """50 are known and used over 1.25, 40; of a deal all is used. It wants more, and neither seeks nor waits. Others do
    both as ever."""
    for owed, used in (
        (given((NORTH_CHIP, TIED, 50.0)), 40.0),
        (given((NORTH_CHIP, TIED, 50.0), deal=(NORTH_CHIP, TIED, 50.0, 8.0)), 50.0),
    ):
        book = cohorts((NORTH_GPU, EXPERTS_HOME, 1, 20.0, 4.0), (NORTH_CHIP, TIED, 1, 30.0, 2.0), worlds=(1.0, 1.0))
        after, outcome = market().resolve(state(book), faced(owed, {TIED: 400.0, EXPERTS_HOME: 80.0}))
        assert outcome.committed[:, NORTH_CHIP, TIED] == pytest.approx([50.0, 50.0])
        assert outcome.committed[:, :, TIED].sum(axis=1) == pytest.approx([50.0, 50.0])
        assert outcome.used[:, NORTH_CHIP, TIED] == pytest.approx([used, used])
        assert outcome.frozen.conditions.wanted[:, TIED] == pytest.approx([used, used])
        assert not outcome.seekers.mass[:, TIED].any() and not after.waiting[:, TIED].any()
        assert (outcome.seekers.mass[:, EXPERTS_HOME].sum(axis=1) > 0.0).all()


def test_what_is_no_longer_known_of_a_lab_runs_out() -> None:
    """It had 30 in its last quarter, and 20 for two more: the 30 are not sought again, the 20 stay."""
    book = cohorts((NORTH_GPU, TIED, 1, 30.0, 4.0), (NORTH_GPU, TIED, 3, 20.0, 4.0), worlds=(1.0, 1.0))
    _, outcome = market().resolve(state(book), faced(given((NORTH_GPU, TIED, 5.0)), {TIED: 50.0}))
    assert outcome.committed[:, NORTH_GPU, TIED] == pytest.approx([20.0, 20.0])
    assert not outcome.seekers.mass[:, TIED].any()
