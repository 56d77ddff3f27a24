"""The exchange of a quarter by hand: what is idle and may be sublet, what it costs, and whose pool it fills."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.market import sublets
from tests.sim.market.scene import (
    BUYERS,
    CORE,
    DESK,
    EXPERTS_HOME,
    FREE,
    NORTH_CHIP,
    NORTH_GPU,
    ROSTER,
    SOUTH_GPU,
    TIED,
    USERS_HOME,
    market,
)
from tests.small import row, small_parameters

pytestmark = pytest.mark.usefixtures("road")

PRICE = row([4.0, 2.0, 5.0, 3.0, 9.0, 7.0, 7.0], [4.0, 2.0, 5.0, 3.0, 9.0, 7.0, 7.0])
"""Posted, of all pools of the roster."""


@dataclass(frozen=True)
class Outcome:
    """What the exchange reads of a quarter, and writes."""

    committed: np.ndarray
    used: np.ndarray
    price_agreed: np.ndarray
    leaning: np.ndarray
    capacity: np.ndarray
    committed_by_pool: np.ndarray
    direct_use_by_pool: np.ndarray
    clearing: SimpleNamespace
    sublet: np.ndarray


def quarter() -> Any:
    """The tied lab has 100 GPUs of North, of which 30 are online and idle, and 50 of South, 10 idle; Desk's idle ones
    are not for sublet. The free lab waits for 20 GPUs in the first world and for 100 in the second; experts for 8
    chips."""
    committed, used, agreed = np.zeros((2, 5, BUYERS)), np.zeros((2, 5, BUYERS)), np.zeros((2, 5, BUYERS))
    for offer, h100e, in_use, price in (
        (NORTH_GPU, 100.0, 50.0, 3.0),
        (SOUTH_GPU, 50.0, 40.0, 6.0),
        (DESK, 30.0, 5.0, 4.0),
    ):
        committed[:, offer, TIED], used[:, offer, TIED], agreed[:, offer, TIED] = h100e, in_use, h100e * price
    leaning = np.zeros((2, 3, BUYERS))
    leaning[:, 0, FREE], leaning[:, 2, EXPERTS_HOME] = [20.0, 100.0], 8.0
    return Outcome(
        committed=committed,
        used=used,
        price_agreed=agreed,
        leaning=leaning,
        capacity=row([96.0, 60.0, 80.0, 10.0], [96.0, 60.0, 80.0, 10.0]),
        committed_by_pool=row([120.0, 10.0, 50.0, 0.0], [120.0, 10.0, 50.0, 0.0]),
        direct_use_by_pool=row([50.0, 0.0, 40.0, 0.0], [50.0, 0.0, 40.0, 0.0]),
        clearing=SimpleNamespace(shadow_price=row([0.6, 0.0, 0.0, 0.0], [3.0, 0.0, 0.0, 0.0])),
        sublet=np.zeros((2, BUYERS)),
    )


def test_idle_is_what_is_committed_and_online_less_what_is_used() -> None:
    """Four fifths of North's GPUs are online: 80 of 100, 50 in use. South serves all of its 50."""
    found = sublets._idle(CORE, quarter())
    assert found[:, [NORTH_GPU, SOUTH_GPU, DESK, NORTH_CHIP], TIED] == pytest.approx(
        row([30, 10, 0, 0], [30, 10, 0, 0])
    )
    assert found.sum(axis=(1, 2)) == pytest.approx([40.0, 40.0])


def test_a_part_is_offered_at_a_part_of_what_the_seller_pays() -> None:
    """30 at 3 and 10 at 6 are 3.75 on average; 40 % may be sublet for at least 60 %, in the second world a tenth for
    all of it."""
    p = small_parameters(resale_permission=(0.4, 0.1), exchange_reserve=(0.6, 1.0))
    outcome = quarter()
    offered, asked = sublets._offered(market(), outcome, sublets._idle(CORE, outcome), p)
    assert offered[:, 0, TIED] == pytest.approx([16.0, 4.0]) and offered.sum(axis=(1, 2)) == pytest.approx([16.0, 4.0])
    assert asked[:, 0, TIED] == pytest.approx([2.25, 3.75]) and asked.sum(axis=(1, 2)) == pytest.approx([2.25, 3.75])


def test_a_bid_is_the_posted_price_and_what_scarcity_adds_within_its_bound() -> None:
    """GPUs are posted at 4 for 97 and at 5 for 81 H100e (one is added to each pool). North's shadow price of 0.6 weighs
    96 of the 176: 0.327 utils, over an alpha of 3 for users, 4.5 for labs. The second world's 3 utils pass the bound of
    0.2 for users."""
    p = small_parameters(price_sensitivity=3.75, lab_price_sensitivity_factor=1.2, exchange_value_bound=0.5)
    found = sublets._bids(market(p), quarter(), PRICE, p)
    posted, shadow = (4 * 97 + 5 * 81) / 178, 0.6 * 96 / 176
    assert found[0, 0, [USERS_HOME, FREE]] == pytest.approx(posted * np.exp([shadow / 3.0, shadow / 4.5]))
    assert found[1, 0, [USERS_HOME, FREE]] == pytest.approx(posted * np.exp([0.5, 5 * shadow / 4.5]))
    assert found[:, 2] == pytest.approx(np.full((2, BUYERS), 2.0)) and found[:, 1] == pytest.approx(
        np.full((2, BUYERS), 3.0)
    )


def test_a_trade_by_hand() -> None:
    """16 are offered for at least 2.25. The free lab wants 20 and bids 4.5: all 16 go, and its rejected 4 keep the
    price at what it bids. In the second world 3 times as many may be sublet (all 40 idle) and it wants 100. Chips are
    wanted and not offered. A hand of 2190 hours: 16 at 4.5 are 0.158 musd; three quarters of it came from North's GPUs,
    the rest from South's."""
    p = small_parameters(
        resale_permission=(0.4, 1.0),
        exchange_reserve=0.6,
        exchange_spread=0.0,
        price_sensitivity=1e6,
        lab_price_sensitivity_factor=1.0,
    )
    outcome, posted = quarter(), (4 * 97 + 5 * 81) / 178
    after, traded = sublets.trade(
        market(p), outcome, PRICE, row([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), np.zeros((2, 2, BUYERS)), p
    )
    assert traded.volume == pytest.approx(row([16, 0, 0], [40, 0, 0])) and traded.bought[:, FREE] == pytest.approx(
        [16.0, 40.0]
    )
    assert traded.price[:, 0] == pytest.approx([posted, posted], rel=1e-5)
    assert traded.index == pytest.approx(row([posted, 2.0, 3.0], [posted, 2.0, 3.0]), rel=1e-5)
    hours = 2190 / 1e6
    assert traded.paid_musd[:, FREE] == pytest.approx(np.array([16.0, 40.0]) * posted * hours, rel=1e-5)
    assert traded.received_musd[:, TIED] == pytest.approx(traded.paid_musd[:, FREE])
    assert traded.gains_musd == pytest.approx(np.array([16.0, 40.0]) * (posted - 2.25) * hours, rel=1e-5)
    assert after.direct_use_by_pool == pytest.approx(row([62, 0, 44, 0], [80, 0, 50, 0]))
    assert after.sublet[:, FREE] == pytest.approx([16.0, 40.0]) and after.sublet.sum() == pytest.approx(56.0)


def test_noise_moves_bids_and_asks_apart() -> None:
    """A spread of 10 % with draws of 2 and -1: bids are e^0.2 of what they were and asks e^-0.1."""
    p = small_parameters(resale_permission=1.0, exchange_reserve=0.6, exchange_spread=0.1, price_sensitivity=1e6)
    chance = np.zeros((2, 2, BUYERS))
    chance[:, 0], chance[:, 1] = 2.0, -1.0
    _, traded = sublets.trade(market(p), quarter(), PRICE, np.ones((2, 3)), chance, p)
    posted, hours = (4 * 97 + 5 * 81) / 178, 2190 / 1e6
    # World 0: 20 of 40 are wanted, so asks that are rejected set the price; in both the gains are what bids exceed asks
    # by.
    gains = np.array([20.0, 40.0]) * (posted * np.exp(0.2) - 2.25 * np.exp(-0.1)) * hours
    assert traded.gains_musd == pytest.approx(gains, rel=1e-5)
    assert traded.price[0, 0] == pytest.approx(2.25 * np.exp(-0.1), rel=1e-5)


def test_the_first_index_is_the_posted_price_where_capacity_is_rented() -> None:
    """House's own fleet and the edge do not count: (4 x 301 + 5 x 401) / 702; in the second world South has nothing but
    the one."""
    installed = row([300.0, 100.0, 400.0, 50.0, 1000.0, 10.0, 0.0], [300.0, 100.0, 0.0, 50.0, 1000.0, 10.0, 0.0])
    found = sublets.opening_index(ROSTER, PRICE, installed)
    assert found == pytest.approx(row([(4 * 301 + 5 * 401) / 702, 3, 2], [(4 * 301 + 5) / 302, 3, 2]))
