"""What is lost when equipment leaves before its reported life ends: at a set age, and scrapped for a better chip."""

from __future__ import annotations

import numpy as np
import pytest

from sim.accounts.ledger import depreciation
from sim.accounts.write_offs import freed_watts, scrapped_share, value_left, write_off
from sim.supply.capacity import AGES, Fleet
from tests.sim.accounts.test_settlement import NONE, ROSTER, aged, bills, settled
from tests.small import row, small_parameters

NORTH_GPU, NORTH_CHIP, SOUTH_GPU = range(3)


def test_what_retires_before_its_reported_life_is_written_off() -> None:
    """A life of 8 and retirement at 6: spending of 80 in its sixth quarter has been charged six times, and the two
    eighths left go; 40 before it is out of service. Retired after its life, nothing is left."""
    equipment = aged(q5=80.0, q4=16.0, q6=40.0, q0=8.0)
    lost, serving = write_off(equipment, small_parameters(useful_life_quarters=(8.0, 6.0), retirement_quarters=6.0))
    assert lost == pytest.approx(row([20, 0, 0], [0, 0, 0]))
    assert serving[:, 0, :8].tolist() == [[8, 0, 0, 0, 16, 80, 0, 0]] * 2
    assert depreciation(serving, np.array([8.0, 6.0])) == pytest.approx(row([13, 0, 0], [104 / 6, 0, 0]))


def scrapped(*amounts: tuple[int, int, float]) -> np.ndarray:
    """(pool, age, H100e) each, in the first world."""
    h100e = np.zeros((2, 7, AGES))
    for pool, age, amount in amounts:
        h100e[0, pool, age] = amount
    return h100e


def test_the_part_of_a_vintage_that_is_scrapped_is_counted_over_an_owners_pools() -> None:
    """North scraps 30 of 40 GPUs of age 5 and keeps 60 of its own chips of that age: 30 of 100. South keeps all."""
    left = scrapped((NORTH_GPU, 5, 10.0), (NORTH_CHIP, 5, 60.0), (NORTH_GPU, 6, 7.0), (SOUTH_GPU, 5, 9.0))
    share = scrapped_share(scrapped((NORTH_GPU, 5, 30.0)), Fleet(left, left, left), ROSTER)
    assert share[0, 0, 5] == pytest.approx(0.3) and share.sum() == pytest.approx(0.3)


def test_what_is_scrapped_has_lost_a_part_for_every_quarter_it_was_charged() -> None:
    """At age 3 four eighths of 80 are charged. Nothing is left past a life, nor where service has ended before."""
    gone = aged(q3=80.0, q8=50.0).capex_by_age
    assert value_left(gone, np.array([8.0, 3.0]))[:, 0].tolist() == [40.0, 0.0]
    assert value_left(gone, np.array([8.0, 8.0]), np.array([5.0, 4.0]))[:, 0].tolist() == [40.0, 0.0]


def test_what_is_scrapped_sets_free_the_power_of_its_vintage() -> None:
    """100 of 500 W go at their life, from a fleet of 600 W on average; 10 of 4 kW are scrapped."""
    gone, standing = scrapped((NORTH_GPU, 9, 10.0)), np.zeros((2, 7, AGES))
    fleet = Fleet(standing, np.full_like(standing, 4000.0), standing)
    retired = np.zeros((2, 7))
    retired[:, NORTH_GPU] = [110.0, 100.0]
    made = bills(retired=retired, scrapped=gone).made
    assert freed_watts(made, fleet, np.full((2, 7), 600.0))[:, NORTH_GPU].tolist() == [100e3, 60e3]


def test_scrapping_is_charged_once_and_leaves_the_books() -> None:
    """Of North's 80, bought four quarters ago, half is scrapped in the first world. Over 8 quarters three of eight
    eighths are left of it, 15, which are lost; the other 40 are charged 5, where all 80 would be
    10. Tax books over 6 quarters have a sixth left of all 80, which is taken this quarter in both worlds."""
    p = small_parameters(
        **{**NONE, "tax_rate": 0.25}, useful_life_quarters=8.0, retirement_quarters=20.0, tax_life_quarters=6.0
    )
    standing = scrapped((NORTH_GPU, 4, 10.0))
    found = settled(
        p,
        equipment=aged(q4=80.0),
        scrapped=standing,
        retired=standing.sum(axis=2),
        fleet=Fleet(standing, standing, standing),
    )
    kept = found.balance.equipment.capex_by_age
    assert kept[:, 0, 5].tolist() == [40.0, 80.0] and kept.sum() == 120.0
    made = found.statement
    assert made.write_off[:, 0] == pytest.approx([15.0, 0.0])
    assert made.depreciation[:, 0] == pytest.approx([5.0, 10.0])
    assert made.tax[:, 0] == pytest.approx([0.25 * (110.0 - 80.0 / 6.0)] * 2)
    assert made.free_cash_flow == pytest.approx(made.revenue - made.cash_costs - made.tax - made.interest - made.capex)
