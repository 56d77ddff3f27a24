"""Scrapping by hand: which vintages a new chip is worth the place of, who leaves first, and when nobody does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.supply.capacity import AGES, Fleet
from sim.supply.costs import Costs
from sim.supply.scrapping import make_room, needed_mw, powered, replaceable_mw, worn_out_watts, worth_replacing
from sim.units import HOURS_PER_QUARTER
from tests.game.play import changed, play, world_bytes
from tests.sim.supply.scene import EDGE_GPU, NORTH_CHIP, NORTH_GPU, ROSTER, SOUTH_GPU, fleet, produced, supply
from tests.small import row, small_parameters

PLAIN = {
    "cost_of_capital": 0.0,
    "earnings_decline": 0.0,
    "retirement_quarters": 20.0,
    "target_utilisation": 0.8,
    "pue": 1.25,
    "scrapping_hurdle": 2.0,
}
POOLS = (2, 7)
NORTH = 0


def parameters(**changes: Any) -> Any:
    return small_parameters(**{**PLAIN, **changes})


def costs(long_run: float = 9.0) -> Costs:
    """A new H100e takes 1 kW of a site (800 W at the chip), runs at 0.2 USD an hour, and over 20 quarters its system
    costs 0.8 USD an hour."""
    system = 0.8 * HOURS_PER_QUARTER * 20.0
    figures = (system, 5000.0, 0.2, 0.001, long_run)
    return Costs(*(np.full(POOLS, figure) for figure in figures))


def vintages(watts: float = 2400.0, **by_age: tuple[int, float]) -> Fleet:
    """So much in a pool by age (age12=(NORTH_GPU, 50)), all of so many watts."""
    h100e = np.zeros((2, 7, AGES))
    for age, (pool, amount) in by_age.items():
        h100e[:, pool, int(age[3:5])] += amount
    return Fleet(h100e, np.where(h100e > 0.0, watts, 0.0), np.ones_like(h100e))


def short_of(north: float, south: float = 0.0) -> np.ndarray:
    return row([north, south, 0], [north, south, 0])


# --- what is worth replacing ------------------------------------------------------------------------------------------


def test_the_limit_by_hand() -> None:
    """At 2.50 and 80 % use an H100e earns 2. A new chip keeps 2 - 0.2 - 0.8 = 1 on its kW, 1000 a MW. At a hurdle of 2
    a vintage that keeps less than 500 goes: at m MW an H100e it keeps 2 / m - 200, so m = 2 / 700, of which 1 / 1.25 is
    at the chip. At 1000 nothing is scrapped."""
    limit = worn_out_watts(np.full(POOLS, 2.5), costs(), parameters(scrapping_hurdle=(2.0, 1000.0)))
    assert limit[0] == pytest.approx([2e6 / 700 / 1.25] * 7)
    assert np.isinf(limit[1]).all()


def test_a_new_chip_that_does_not_pay_replaces_nothing() -> None:
    """At 1.25 an H100e earns 1, which running and the system take in full."""
    assert np.isinf(worn_out_watts(np.full(POOLS, 1.25), costs(), parameters())).all()


def test_own_use_is_worth_what_it_is_booked_at() -> None:
    """Where nobody rents, the long-run cost of 2.50 stands for the price."""
    none, posted = np.zeros(POOLS), np.full(POOLS, 2.5)
    assert worn_out_watts(none, costs(2.5), parameters()).tolist() == (
        worn_out_watts(posted, costs(), parameters()).tolist()
    )


def test_where_power_is_all_that_counts_a_vintage_goes_at_the_hurdle() -> None:
    """At a price without bound, costs are nothing: who takes more than twice the watts of new chips goes."""
    assert worn_out_watts(np.full(POOLS, 1e9), costs(), parameters()) == pytest.approx(np.full(POOLS, 1600.0))


@pytest.mark.parametrize("dearer", [{"scrapping_hurdle": 3.0}, {"target_utilisation": 0.6}])
def test_less_is_replaced_at_a_higher_hurdle_and_where_new_chips_earn_less(dearer: dict[str, float]) -> None:
    price = np.full(POOLS, 2.5)
    assert (worn_out_watts(price, costs(), parameters(**dearer)) > worn_out_watts(price, costs(), parameters())).all()


def test_the_edge_keeps_its_vintages() -> None:
    """2400 W are a twentieth more than 2286, half of what takes all; 2600 W are beyond. The edge has power of its
    own."""
    held = vintages(age12=(NORTH_GPU, 50.0), age10=(SOUTH_GPU, 50.0), age08=(EDGE_GPU, 50.0))
    held.watts_per_h100e[:, SOUTH_GPU, 10] = 2600.0
    worth = worth_replacing(ROSTER, held, np.full(POOLS, 2.5), costs(), parameters())
    assert worth[:, NORTH_GPU, 12] == pytest.approx([0.5, 0.5]) and worth[:, SOUTH_GPU, 10].tolist() == [1.0, 1.0]
    assert worth.sum() == pytest.approx(3.0)


def test_room_that_old_vintages_leave() -> None:
    """50 at 2400 W and a PUE of 1.25 are 0.15 MW of North's, half of them worth replacing, in the world that
    scraps."""
    held = vintages(age12=(NORTH_GPU, 50.0), age08=(EDGE_GPU, 50.0))
    mw = replaceable_mw(ROSTER, held, np.full(POOLS, 2.5), costs(), parameters(scrapping_hurdle=(2.0, 1000.0)))
    assert mw == pytest.approx(row([0.075, 0, 0], [0, 0, 0]))


# --- who leaves -------------------------------------------------------------------------------------------------------


def test_the_oldest_leave_first_and_only_as_far_as_power_goes() -> None:
    """A hundred take 0.3 MW. Of 0.36 MW that North lacks, 0.15 come from the 50 of age 12, 0.15 of each of its two
    pools of age 10 would be 0.3: of both 70 % leave. Age 3 is as hungry and stays; so does South. Enough has come to
    every pool."""
    held = vintages(age12=(NORTH_GPU, 50.0), age10=(NORTH_GPU, 50.0), age03=(NORTH_GPU, 50.0))
    held.h100e[:, NORTH_CHIP, 10] = 50.0
    held.h100e[:, SOUTH_GPU, 20] = 50.0
    held.h100e[..., 0] = 1000.0
    held = Fleet(held.h100e, np.full_like(held.h100e, 2400.0), held.chips_per_h100e)
    left, gone = make_room(held, np.ones_like(held.h100e), short_of(0.36), ROSTER.pool_owner, parameters())
    assert gone[:, NORTH_GPU, [12, 10, 3]] == pytest.approx(row([50, 35, 0], [50, 35, 0]))
    assert gone[:, NORTH_CHIP, 10] == pytest.approx([35.0, 35.0]) and gone.sum() == pytest.approx(2 * 120.0)
    assert left.h100e == pytest.approx(held.h100e - gone)


def test_no_pool_gives_up_more_power_than_it_was_given() -> None:
    """120 have come, of a third of the watts: of 30 of age 12 and 30 of age 10 the younger keep 20, though much more
    power is short."""
    held = vintages(age12=(NORTH_GPU, 30.0), age10=(NORTH_GPU, 30.0), age00=(NORTH_GPU, 120.0))
    held.watts_per_h100e[..., 0] = 800.0
    worth = np.where(np.arange(AGES) > 0, np.ones_like(held.h100e), 0.0)
    left, gone = make_room(held, worth, short_of(9.0), ROSTER.pool_owner, parameters())
    assert gone[:, NORTH_GPU, [12, 10]] == pytest.approx(row([30, 10], [30, 10])) and gone.sum() == pytest.approx(80.0)
    assert left.total()[:, NORTH_GPU] == pytest.approx([140.0, 140.0])


def test_nothing_leaves_where_power_is_loose() -> None:
    held = vintages(age12=(NORTH_GPU, 50.0))
    held.h100e[..., 0] = 90.0
    left, gone = make_room(held, np.ones_like(held.h100e), short_of(-0.1), ROSTER.pool_owner, parameters())
    assert left is held and gone.sum() == 0.0


def test_what_is_not_worth_replacing_stays_dark() -> None:
    """50 of 2 kW at a PUE of 1.25 need 0.125 MW and have 0.1; 2000 W an H100e are below the limit."""
    held = vintages(2000.0, age12=(NORTH_GPU, 50.0))
    left, gone, share = powered(ROSTER, held, np.full(POOLS, 2.5), costs(), short_of(0.1), parameters())
    assert gone.sum() == 0.0 and left is held and share[:, NORTH] == pytest.approx([0.8, 0.8])


@pytest.mark.whole
@given(st.integers(0, 2**32 - 1))
def test_power_is_conserved_and_no_more_leaves_than_is_short(seed: int) -> None:
    """What is left and what left need the power that there was. What leaves frees min(short, worth replacing), where
    enough has come; of no pool more than has come."""
    rng = np.random.default_rng(seed)
    p, shape = parameters(), (2, 7, AGES)
    held = Fleet(rng.uniform(0, 100, shape) * (rng.random(shape) < 0.3), rng.uniform(300, 3000, shape), np.ones(shape))
    worth = rng.random(shape) * (rng.random(shape) < 0.7) * ~ROSTER.pool_is_edge[:, None]
    short = rng.uniform(-0.5, 1.0, (2, 3))
    held.h100e[..., 0], worth[..., 0] = rng.choice([1e6, 20.0], (2, 1)), 0.0
    left, gone = make_room(held, worth, short, ROSTER.pool_owner, p)
    had, has, can = (
        needed_mw(ROSTER, Fleet(h100e, held.watts_per_h100e, held.chips_per_h100e), p)
        for h100e in (held.h100e, left.h100e, held.h100e * worth)
    )
    enough = held.h100e[:, 0, 0] > 1e5
    freed = np.clip(short, 0.0, can)
    assert (had - has)[enough] == pytest.approx(freed[enough], abs=1e-6) and (had - has <= freed + 1e-6).all()
    gone_mw, came_mw = ((h100e * held.watts_per_h100e) for h100e in (gone, held.h100e))
    assert (gone_mw.sum(axis=2) <= came_mw[..., 0] + 1e-6).all()
    assert (
        left.h100e + gone == pytest.approx(held.h100e)
        and (left.h100e >= -1e-12).all()
        and (gone[worth == 0.0] == 0).all()
    )


def test_a_world_does_not_see_its_neighbours() -> None:
    held = vintages(age12=(NORTH_GPU, 50.0), age10=(NORTH_GPU, 60.0), age00=(NORTH_GPU, 90.0))
    short = row([0.1, 0, 0], [0.2, 0, 0])
    _, both = make_room(held, np.ones_like(held.h100e), short, ROSTER.pool_owner, parameters())
    _, quiet = make_room(held, np.ones_like(held.h100e), short * [[1.0], [0.0]], ROSTER.pool_owner, parameters())
    assert both[0].tobytes() == quiet[0].tobytes() and quiet[1].sum() == 0.0


# --- in a quarter -----------------------------------------------------------------------------------------------------


def test_a_new_chip_takes_the_place_of_an_old_one() -> None:
    """North's 300 of 4 kW need 1.5 MW at a PUE of 1.25, which its sites have; 200 new ones of 800 W arrive, 0.2 MW.
    At 400 USD an hour any chip pays, and new GPUs take 850 W: 4 kW is more than 1.5 times that. 40 old ones leave, and
    all that stands is powered; where nothing is scrapped, 1.5 of 1.7 MW are."""
    p = small_parameters(pue=1.25, scrapping_hurdle=(1.5, 1000.0))
    arriving = np.zeros(POOLS)
    arriving[:, NORTH_GPU] = 200.0
    state = supply(
        fleet=fleet(row([300, 0, 0, 0, 0, 0, 0], [300, 0, 0, 0, 0, 0, 0]), watts=4000.0, age=9),
        arriving=arriving,
        arriving_watts=np.full(POOLS, 800.0),
        price=np.full(POOLS, 400.0),
    )
    after, made = produced(state, p, powered=[[1.5, 9.0, 9.0], [1.5, 9.0, 9.0]])
    assert made.scrapped[:, NORTH_GPU, 10] == pytest.approx([40.0, 0.0])
    assert made.retired[:, NORTH_GPU] == pytest.approx([40.0, 0.0])
    assert made.installed[:, NORTH_GPU] == pytest.approx([460.0, 500.0])
    assert made.powered_share[:, NORTH] == pytest.approx([1.0, 1.5 / 1.7])
    assert made.online[:, NORTH_GPU] == pytest.approx([460.0, 500.0 * 1.5 / 1.7])
    assert after.retired[:, NORTH_GPU] == pytest.approx([40.0, 0.0])


# --- in a game --------------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_where_power_is_loose_a_game_is_the_one_without_scrapping() -> None:
    """Five times the power, in the past as well: nothing is scrapped, and every number is the same, bit for bit."""
    loose = {"power_level": 5.0}
    on, off = (play(changed(**loose, scrapping_hurdle=hurdle), 2, 6) for hurdle in (1.2, 1000.0))
    assert on.metric("scrapped_h100e").max() == 0.0
    assert [world_bytes(on, world) for world in range(2)] == [world_bytes(off, world) for world in range(2)]


@pytest.mark.whole
def test_where_power_binds_new_chips_take_the_place_of_old_ones() -> None:
    """With three quarters of the power: more runs on the same sites, and chips balance."""
    on, off = (play(changed(power_level=0.75, scrapping_hurdle=hurdle), 2, 8) for hurdle in (1.2, 1000.0))
    assert (on.metric("scrapped_h100e").sum(axis=-1) > 0.0).all() and off.metric("scrapped_h100e").max() == 0.0
    assert (on.metric("online_h100e")[..., -1] > off.metric("online_h100e")[..., -1]).all()
    assert on.metric("chip_imbalance").max() < 1e-12 and on.metric("money_imbalance").max() < 1e-12
