"""Owners that join later, by hand: what power and money they have, and what owned systems cost."""

from __future__ import annotations

import numpy as np
import pytest

from sim.parameters import Parameters
from sim.roster import load_roster
from sim.supply import joiners

WIDE, DEFAULT = load_roster("wide"), load_roster("default")
OWNED, SOVEREIGN = WIDE.owners.index("owned"), WIDE.owners.index("sovereign")


def parameters(owned: float, sovereign: float, entrant: float = 0.0) -> Parameters:
    """Two worlds: in the second, nobody has joined."""
    one = np.array([1.0, 0.0])
    return Parameters(
        {
            "owned_available": owned * one,
            "sovereign_available": sovereign * one,
            "entrant_available": entrant * one,
            "owned_power_share": np.full(2, 0.05),
            "sovereign_power_share": np.full(2, 0.02),
            "entrant_power_share": np.full(2, 0.1),
            "owned_margin": np.array([0.25, 0.5]),
        }
    )


def megawatts(each: float) -> np.ndarray:
    """Eight owners run alike, joiners nothing."""
    path = np.full((2, len(WIDE.owners)), each)
    path[:, 8:] = 0.0
    return path


def powered(each: float, p: Parameters, taken: float = 1e9) -> np.ndarray:
    """800 MW ran at the start; `each` of eight owners have now; joiners' capacity takes `taken`."""
    full = np.full((2, len(WIDE.owners)), taken)
    return joiners.with_power(WIDE, megawatts(each), megawatts(100.0), lambda: full, p)


def test_an_owned_system_stands_on_ground_of_its_own() -> None:
    """1,800 MW now: a twentieth of the 1,000 that came is 50, on top of all others."""
    found = powered(225.0, parameters(1.0, 0.0))
    assert found[0, OWNED] == pytest.approx(50.0) and found[0, :8].tolist() == [225.0] * 8
    assert found[1].tolist() == megawatts(225.0)[1].tolist()


def test_a_sovereign_cloud_queues_with_others() -> None:
    """A fiftieth of the 1,000 MW that came is 20; the others give up 20 of 1,800 alike, and the sum stays."""
    found = powered(225.0, parameters(0.0, 1.0))
    assert found[0, SOVEREIGN] == pytest.approx(20.0)
    assert found[0, :8] == pytest.approx(np.full(8, 222.5)) and found[0].sum() == pytest.approx(1800.0)


def test_power_that_a_sovereign_cloud_does_not_fill_stays_with_others() -> None:
    """It may fill 20 MW and takes 4: the others go without 4 of 1,800."""
    found = powered(225.0, parameters(0.0, 1.0), taken=4.0)
    assert found[0, SOVEREIGN] == pytest.approx(20.0) and found[0, :8] == pytest.approx(np.full(8, 224.5))


def test_both_at_once_take_what_each_takes_alone() -> None:
    """What stands on its buyers' ground gives nothing up to who queues."""
    found = powered(225.0, parameters(1.0, 1.0))[0]
    assert (found[OWNED], found[SOVEREIGN]) == pytest.approx((50.0, 20.0)) and found[:8] == pytest.approx(222.5)


def test_where_no_power_came_joiners_have_none() -> None:
    assert powered(90.0, parameters(1.0, 1.0)).tolist() == megawatts(90.0).tolist()


def test_boards_plan_no_limit_for_joiners() -> None:
    found = joiners.with_budget(WIDE, megawatts(10.0), parameters(1.0, 0.0))
    assert found[0, OWNED] == 80.0 and found[0, SOVEREIGN] == 0.0 and found[1].sum() == 80.0


def test_owned_systems_are_posted_at_cost_and_margin() -> None:
    pools = len(WIDE.pools)
    cost, price = np.full((2, pools), 2.0), np.full((2, pools), 5.0)
    found = joiners.at_cost(WIDE, price, cost, parameters(1.0, 1.0))
    mine = WIDE.pools_of(OWNED)
    assert found[:, mine].ravel().tolist() == [2.5, 3.0]
    assert (np.delete(found, mine, axis=1) == 5.0).all()
    assert joiners.aimed(WIDE, price, parameters(1.0, 1.0))[:, mine].ravel().tolist() == [0.25, 0.5]


def test_a_roster_without_joiners_hands_back_what_it_was_given() -> None:
    given, nothing = np.ones((2, 25)), Parameters({})
    assert joiners.with_power(DEFAULT, given, given, lambda: given, nothing) is given
    assert joiners.with_budget(DEFAULT, given, nothing) is given
    assert joiners.at_cost(DEFAULT, given, given, nothing) is given
    assert joiners.aimed(DEFAULT, given, nothing) is given


# --- newcomers ------------------------------------------------------------------------------------------------------

ENTRANT = WIDE.owners.index("entrant")


def test_newcomers_share_what_has_come_since_they_did() -> None:
    """1,800 MW now and 1,500 as they came: a tenth of 300 is 30, of which they fill 12; the others go without these."""
    full = np.full((2, len(WIDE.owners)), 12.0)
    found = joiners.with_power(
        WIDE, megawatts(225.0), megawatts(100.0), lambda: full, parameters(0.0, 0.0, 1.0), np.full(2, 1500.0)
    )
    assert found[0, ENTRANT] == pytest.approx(30.0) and found[0, :8] == pytest.approx(np.full(8, 225.0 - 12.0 / 8))
    assert found[0, :8].sum() + 12.0 == pytest.approx(1800.0)
    assert found[1].tolist() == megawatts(225.0)[1].tolist()


def test_newcomers_are_not_asked_twice_for_what_they_need() -> None:
    """What is divided by need goes to those who have no rule of their own."""
    asked = joiners.left_to_others(WIDE, np.full((2, len(WIDE.owners)), 7.0))
    assert asked[:, :8].tolist() == [[7.0] * 8] * 2 and (asked[:, 8:] == 0.0).all()
    given = np.ones((2, len(DEFAULT.owners)))
    assert joiners.left_to_others(DEFAULT, given) is given


def test_newcomers_aim_at_what_clouds_aim_at() -> None:
    given, p = np.full((2, len(WIDE.pools)), 0.9), Parameters({"cloud_markup": np.array([0.4, 0.3])})
    found, mine = joiners.without_habit(WIDE, given, p), WIDE.pools_of(ENTRANT)
    assert found[:, mine].ravel().tolist() == [0.4, 0.3] and (np.delete(found, mine, axis=1) == 0.9).all()
    narrow = np.ones((2, len(DEFAULT.pools)))
    assert joiners.without_habit(DEFAULT, narrow, p) is narrow
