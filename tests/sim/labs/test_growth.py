"""How much each lab is wanted: its own pace on record, how it fades, and what must hold whatever the record is."""

from __future__ import annotations

import numpy as np
import pytest

from sim.labs.growth import Wanted, recorded
from sim.quarters import ordinal
from sim.roster import load_roster
from tests.small import row, small_parameters

SIZE = row([60.0, 40.0], [60.0, 40.0])
P = {"lab_growth_own": 0.5, "lab_growth_half_life_quarters": 1.0, "lab_growth_revenue_weight": 0.25}


def test_a_part_of_the_pace_goes_on_and_halves_and_the_mean_over_labs_is_taken_out() -> None:
    """0.8 and 1.6 a year over all: mixed by a quarter 1.0, of which half lasts: 0.125 in the first quarter, half of it
    in the next. The other lab keeps the pace of all."""
    p, excess = small_parameters(**P), np.array([[0.8, 0.0], [1.6, 0.0]])
    found = Wanted.start(2, 2)
    for own in (0.125, 0.1875):
        found = found.moved(excess, SIZE, p)
        mean = 0.6 * np.exp(own) + 0.4
        assert found.level == pytest.approx(np.array([[np.exp(own), 1.0]] * 2) / mean)
        assert (found.level * SIZE).sum(axis=1) == pytest.approx([100.0, 100.0])


def test_labs_converge_to_the_pace_of_all() -> None:
    p, excess = small_parameters(**P), np.array([[0.8, -0.4], [0.8, -0.4]])
    path = [Wanted.start(2, 2)]
    for _ in range(40):
        path.append(path[-1].moved(excess, SIZE, p))
    growth = np.log(path[-1].level / path[-2].level)
    assert np.abs(growth).max() < 1e-9 and path[-1].level[0, 0] > 1.0 > path[-1].level[0, 1]


def test_labs_alike_stay_alike_and_without_an_own_pace_all_grow_as_one() -> None:
    alike = Wanted.start(2, 2).moved(np.full((2, 2), 0.7), SIZE, small_parameters(**P))
    assert alike.level == pytest.approx(np.ones((2, 2)))
    p = small_parameters(**{**P, "lab_growth_own": 0.0})
    assert (Wanted.start(2, 2).moved(np.array([[0.8, 0.0], [1.6, 0.0]]), SIZE, p).level == 1.0).all()


def test_a_lever_multiplies_and_relabelled_labs_are_wanted_the_same() -> None:
    excess, lever = np.array([[0.8, -0.1], [0.4, 0.2]]), np.array([2.0, 1.0])
    plain, more = (
        Wanted.start(2, 2).moved(excess, SIZE, small_parameters(**P, lab_demand_level=level))
        for level in (np.ones((2, 2)), np.tile(lever, (2, 1)))
    )
    assert more.level == pytest.approx(plain.level * lever)
    swapped = small_parameters(**P, lab_demand_level=np.tile(lever[::-1], (2, 1)))
    again = Wanted.start(2, 2).moved(excess[:, ::-1], SIZE[:, ::-1], swapped)
    assert again.level[:, ::-1] == pytest.approx(more.level)


def test_the_record_is_that_of_the_last_year_known() -> None:
    """Anthropic held 245 of 724 thousand H100e a year after 30 of 169, and sold 250 of 1 882 musd after 25
    of 554. Before there are two dates nobody has a pace of its own."""
    roster = load_roster("default")
    lab, known = roster.labs.index("anthropic"), ordinal("2024Q4")
    held = np.log(245.0 / 30.0) - np.log((420 + 245 + 14 + 20 + 25) / (120 + 30 + 3 + 6 + 10))
    sold = np.log(250.0 / 25.0) - np.log((1500 + 250 + 12 + 20 + 20 + 80) / (500 + 25 + 2 + 1 + 1 + 25))
    assert recorded(roster, known)[:, lab] == pytest.approx([held, sold])
    assert (recorded(roster, known + 3) == recorded(roster, known)).all()
    assert not recorded(roster, ordinal("2023Q4")).any()
