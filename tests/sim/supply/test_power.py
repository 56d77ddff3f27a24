"""Who gets new power, by hand in two worlds of two or three owners: deals first, then need and size; sums stay."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.economy import Economy, budget_musd, powered_mw, total_mw
from sim.supply import power
from sim.supply.power import AHEAD, Shares, Wanted, divide
from tests.game.play import WITHOUT_PAST, differing, play, world_bytes
from tests.sim.supply.scene import fleet, supply
from tests.small import row, small_parameters, small_roster

AT_START = row([60.0, 40.0], [60.0, 40.0])
WORLD = Economy.start(np.zeros(2), np.zeros((2, 1)), np.zeros((2, 1)))


def parameters(follows: Any = 0.5, yearly: float = 15.0) -> Any:
    """Power that grows by `yearly` a year throughout: by 15, it doubles in a quarter."""
    return small_parameters(
        power_headroom=1.0,
        power_level=1.0,
        power_growth_start=yearly,
        power_growth_long_run=yearly,
        power_half_life_quarters=4.0,
        power_follows_need=follows,
    )


def allot(sites: Shares, p: Any, *wanted: Any, quarter: int = 1) -> Shares:
    """After a quarter, on the path of power."""
    last, coming = (total_mw(WORLD, AT_START, quarter, p, ahead) for ahead in (AHEAD - 1, AHEAD))
    return sites.allotted(last, coming, Wanted.of(*wanted), p)


def mw(sites: Shares, quarter: int, p: Any, ahead: int = 0) -> np.ndarray:
    """What owners have in a quarter that opens, or later."""
    return sites.shared(powered_mw(WORLD, AT_START, quarter, p, ahead), ahead)


def split(new: Any, firm: Any, share: Any, gap: Any, follows: Any = 0.5, deals_at_most: float = 1.0) -> np.ndarray:
    """One world."""
    rows = (np.array([one], dtype=float) for one in (new, firm, share, gap, follows))
    return np.asarray(divide(*rows, deals_at_most)[0])


# --- the split --------------------------------------------------------------------------------------------------------


def test_new_power_goes_by_size_and_need() -> None:
    """Roots of .64 x 9 and .36 x 16 are both 2.4: halves. At 0 by size, at 1 by need: 9 and 16 of 25."""
    assert split(100, [0, 0], [0.64, 0.36], [9, 16]) == pytest.approx([50, 50])
    assert split(100, [0, 0], [0.64, 0.36], [9, 16], 0.0) == pytest.approx([64, 36])
    assert split(100, [0, 0], [0.64, 0.36], [9, 16], 1.0) == pytest.approx([36, 64])


def test_steps_of_deals_come_first_and_are_scaled_to_what_there_is() -> None:
    """20 firm leave 80 for halves; 90 and 60 of 100 are scaled to 60 and 40, and nothing is left."""
    assert split(100, [20, 0], [0.64, 0.36], [9, 16]) == pytest.approx([60, 40])
    assert split(100, [90, 60], [0.64, 0.36], [9, 16]) == pytest.approx([60, 40])
    assert split(0, [90, 60], [0.64, 0.36], [9, 16]).tolist() == [0, 0]


def test_deals_take_at_most_their_part_of_new_money() -> None:
    """Of 100 at most 80 go to the 90 and 60 that are signed, 48 and 32; the rest is halved."""
    assert split(100, [90, 60], [0.64, 0.36], [9, 16], 0.5, 0.8) == pytest.approx([58, 42])
    assert split(100, [20, 0], [0.64, 0.36], [9, 16], 0.5, 0.8) == pytest.approx([60, 40])


def test_who_lacks_nothing_gets_nothing_and_where_nobody_does_size_decides() -> None:
    assert split(100, [0, 0], [0.64, 0.36], [9, 0]).tolist() == [100, 0]
    assert split(100, [0, 5], [0.64, 0.36], [9, 0]).tolist() == [95, 5]
    assert split(100, [0, 0], [0.64, 0.36], [0, 0]) == pytest.approx([64, 36])


def test_whatever_is_asked_nobody_gets_less_than_nothing_and_all_is_given() -> None:
    chance = np.random.default_rng(5)
    new, follows = chance.uniform(0.0, 100.0, 300), chance.choice([0.0, 0.3, 1.0], 300)
    firm, gap = (chance.uniform(0.0, 50.0, (300, 4)) * (chance.random((300, 4)) < 0.5) for _ in range(2))
    share = chance.dirichlet(np.ones(4), 300)
    given = divide(new, firm, share, gap, follows)
    assert given.min() >= 0.0 and given.sum(axis=1) == pytest.approx(new)
    order = [2, 0, 3, 1]
    assert divide(new, firm[:, order], share[:, order], gap[:, order], follows) == pytest.approx(given[:, order])


# --- the quarters ahead -----------------------------------------------------------------------------------------------


def test_a_quarter_allots_the_fourth_after_it() -> None:
    """100 MW double every quarter: 800 in three quarters, 1600 in four. Of these 480 and 320 are allotted; the first
    owner aims at 780 and lacks 300, .3 x 300 + .7 x 100 smoothed, so that it gets all of the 800: 1280 of 1600. In the
    other world power goes by size."""
    p = parameters((0.5, 0.0))
    begun = replace(Shares.start(AT_START), gap=row([100.0, 0.0], [100.0, 0.0]))
    after = allot(begun, p, row([780.0, 320.0], [780.0, 320.0]))
    assert after.gap == pytest.approx(row([160.0, 0.0], [160.0, 0.0]))
    assert after.share[:, :AHEAD] == pytest.approx(np.broadcast_to([0.6, 0.4], (2, AHEAD, 2)))
    assert after.share[:, AHEAD] == pytest.approx(row([0.8, 0.2], [0.6, 0.4]))
    assert after.divided.tolist() == [True, False]
    known = mw(after, 2, p, AHEAD - 1)
    assert known == pytest.approx(row([640.0, 160.0], [480.0, 320.0])), "three quarters on there are 800 MW"
    assert mw(after, 2, p) == pytest.approx(AT_START), "what was allotted before stays"


def test_deals_count_against_what_an_owner_lacks_and_later_ones_for_it() -> None:
    """The second owner aims at 20 more than its 320, of which 20 are firm, and must bring 60 later: it lacks 60."""
    wanted = (row([480.0, 340.0], [480.0, 340.0]), row([0, 20], [0, 20]), row([0, 60], [0, 60]))
    after = allot(Shares.start(AT_START), parameters((1.0, 0.0)), *wanted)
    assert after.gap == pytest.approx(row([0.0, 18.0], [0.0, 18.0]))
    assert after.share[0, AHEAD] == pytest.approx([0.3, 0.7])
    assert after.share[1, AHEAD] == pytest.approx([(480 + 0.6 * 780) / 1600, (320 + 20 + 0.4 * 780) / 1600])
    assert after.divided.all(), "a deal brings power whoever else gets it"


def test_where_power_shrinks_all_lose_alike() -> None:
    p = parameters(1.0, -0.3)
    after = allot(Shares.start(AT_START), p, row([900.0, 0], [0, 900.0]))
    assert after.share[:, AHEAD] == pytest.approx(row([0.6, 0.4], [0.6, 0.4]))


def test_power_in_all_is_what_its_path_says_whoever_gets_it() -> None:
    p, sites, chance = parameters(0.7, 1.1), Shares.start(AT_START), np.random.default_rng(3)
    for quarter in range(1, 9):
        target = chance.uniform(0.0, 300.0, (2, 2))
        sites = allot(sites, p, target, 0.1 * target, quarter=quarter)
        for ahead in range(AHEAD):
            total = powered_mw(WORLD, AT_START, quarter + 1, p, ahead).sum(axis=1)
            here = mw(sites, quarter + 1, p, ahead)
            assert here.sum(axis=1) == pytest.approx(total) and here.min() >= 0.0


def test_without_need_and_deals_power_has_the_bits_of_its_path() -> None:
    p, sites = parameters(0.0, 1.1), Shares.start(np.array([[61.7, 13.3], [0.7, 99.1]]))
    for quarter in range(1, 6):
        sites = allot(sites, p, row([900.0, 0], [0, 900.0]), quarter=quarter)
        same = powered_mw(WORLD, AT_START, quarter + 1, p, 2)
        assert mw(sites, quarter + 1, p, 2).tobytes() == same.tobytes()


def test_allotments_go_on_over_the_seam_from_what_runs_there() -> None:
    """The first owner had been allotted twice its share of a half, the second none: of 60 and 40 MW, all."""
    past = Shares.start(row([50.0, 50.0], [50.0, 50.0]))
    later = past.share.copy()
    later[:, AHEAD] = [1.0, 0.0]
    past = replace(past, share=later, gap=row([7.0, 0], [0, 9.0]), divided=np.array([True, False]))
    after = past.since(AT_START)
    assert after.share[0, AHEAD].tolist() == [1.0, 0.0] and after.share[0, 0] == pytest.approx([0.6, 0.4])
    assert after.share[1].tolist() == Shares.start(AT_START).share[1].tolist()
    assert after.gap is past.gap


def test_what_owners_aim_at_takes_power_at_the_core() -> None:
    """North's GPUs: 200 wanted, a fifth more in four quarters; 100 run, 50 arrive and 30 are on order: 60 beyond, at
    0.002 MW, on top of 0.3 committed. House wants less than it has. The edge takes none."""
    held = fleet(row([100, 0, 0, 0, 70, 0, 0], [0, 0, 0, 0, 0, 0, 0]))
    state = supply(
        fleet=held,
        arriving=row([50, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0]),
        backlog=row([30, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0]),
        target=row([200, 0, 0, 0, 20, 500, 0], [0, 0, 0, 0, 0, 500, 0]),
        growth=row([np.log(1.2) / 4, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0]),
    )
    costs: Any = SimpleNamespace(mw_per_h100e=np.full((2, 7), 0.002))
    committed = row([0.3, 0.0, 0.06], [0.0, 0.0, 0.0])
    found = power.target_mw(small_roster(), state, committed, costs)
    assert found == pytest.approx(row([0.3 + 60 * 0.002, 0, 0], [0, 0, 0]))


def test_budgets_are_divided_a_quarter_ahead_and_in_all_grow_as_before() -> None:
    """Budgets of 60 and 40 of the opening, 1.5 times as much in all: 90 and 60. They grow by a tenth a quarter: 15, all
    for the second owner, which aims at more than its 60: 75 of 165."""
    p = small_parameters(
        capital_budget_headroom=1.5,
        capital_budget_factor=1.0,
        capital_budget_growth=0.4641,
        power_follows_need=(0.5, 0.0),
    )
    world: Any = SimpleNamespace(budget=np.ones(2))
    spent, spending = (budget_musd(world, AT_START, p, ahead).sum(axis=1) for ahead in (0, 1))
    assert spent == pytest.approx([150, 150]) and spending == pytest.approx([165, 165])
    wanted = Wanted.of(row([80.0, 70.0], [80.0, 70.0]))
    after = Shares.start(AT_START, 1).allotted(spent, spending, wanted, p)
    world.budget = np.full(2, 1.1)
    found = after.shared(budget_musd(world, AT_START, p))
    assert found == pytest.approx(row([90, 75], [99, 66]))


def test_what_owners_aim_at_takes_money_over_the_quarters_that_bring_it() -> None:
    """North lacks 60 GPUs at 30 000 and a site of 10 000, House none: 2.4 musd in four quarters. The edge is not
    counted."""
    state = supply(
        fleet=fleet(row([100, 0, 0, 0, 70, 0, 0], [0, 0, 0, 0, 0, 0, 0])),
        arriving=row([50, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0]),
        backlog=row([30, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0]),
        target=row([240, 0, 0, 0, 20, 500, 0], [0, 0, 0, 0, 0, 500, 0]),
    )
    costs: Any = SimpleNamespace(capex_usd_per_h100e=np.full((2, 7), 30e3), site_usd_per_h100e=np.full((2, 7), 10e3))
    assert power.target_musd(small_roster(), state, costs) == pytest.approx(row([0.6, 0, 0], [0, 0, 0]))


# --- in a game --------------------------------------------------------------------------------------------------------


@pytest.mark.whole
def test_a_game_without_need_is_the_game_of_one_path() -> None:
    """Without deals, worlds with a value of 0 are, bit for bit, those of a game that knows no allotments; others are
    not."""
    needs = {"power_follows_need": np.array([0.0, 0.0, 1.0]), "deals_bind": np.zeros(3)}
    found = play(WITHOUT_PAST, 3, 6, values=needs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shares, "shared", lambda self, path, ahead=0: path)  # of power and of budgets
        path = play(WITHOUT_PAST, 3, 6, values=needs)
    apart = [bool(differing(world_bytes(found, world), world_bytes(path, world))) for world in range(3)]
    assert apart == [False, False, True]
