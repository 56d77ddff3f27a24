"""Deals in the quarters before an opening, by hand: which are in force, what they owe of what is known, what is in
place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.anchors import given, table
from sim.anchors.given import Dated, Holdings, in_force, in_place
from sim.anchors.table import Row
from sim.quarters import ordinal
from sim.roster import DATA, load_roster
from sim.roster import table as read
from tests.sim.market.scene import BUYERS, CORE, FREE, NORTH_CHIP, NORTH_GPU, OFFERS, TIED
from tests.small import small_parameters

START = ordinal("2025Q1")
DEFAULT = load_roster("default").sites[0]


def deal(name: str = "one", **changes: Any) -> Row:
    """From 2025Q1 100 H100e (50 to 150), 300 a year later, till the end of 2026."""
    points = ((START, 50.0, 100.0, 150.0), (START + 4, 200.0, 300.0, 500.0))
    return replace(Row(name, "tied", "north/chip", START - 1, START + 7, points, 0.8, "", "C"), **changes)


@pytest.mark.parametrize(
    ("quarter", "names"),
    [
        (START - 1, []),  # signed, and not begun
        (START, ["one"]),
        (START + 1, ["next"]),  # known then, it takes the first one's place
        (START + 7, ["next"]),
        (START + 8, []),  # over
    ],
)
def test_a_deal_is_in_force_from_when_it_is_known_and_begun_till_it_ends_or_is_replaced(
    quarter: int, names: list[str]
) -> None:
    deals = (deal(), deal("next", known=START + 1, replaces="one"))
    assert [one.name for one in in_force(deals, quarter)] == names


def test_what_is_signed_later_moves_nothing_of_an_earlier_quarter() -> None:
    deals = (deal(),)
    for quarter in range(START - 2, START + 4):
        later = (*deals, deal("later", known=quarter + 1, replaces="one"), deal("more", known=quarter + 1))
        assert in_force(later, quarter) == in_force(deals, quarter)


def test_two_deals_of_a_place_add_up_and_the_longer_and_stricter_one_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """150 by the middle of the year of the one, and 100 of one that starts then; 6 and 10 quarters are left."""
    points = ((START + 1, 100.0, 100.0, 100.0),)
    other = deal("other", points=points, until=START + 10, take_or_pay=0.5)
    elsewhere = deal("elsewhere", offer="nowhere/chip")
    monkeypatch.setattr(table, "rows", lambda: (deal(), other, elsewhere))
    found, place = Dated.of(CORE, START + 1), (CORE.offers.index("north/chip"), CORE.buyers.index("tied"))
    assert (found.h100e[place], found.left[place], found.take_or_pay[place]) == (250.0, 10.0, 0.8)
    assert np.count_nonzero(found.h100e) == 1


def holdings(bind: float = 1.0) -> tuple[Holdings, Any]:
    """Tied has 60 chips, by a deal, and 50 GPUs; Free 25 GPUs."""
    known, h100e = np.zeros((2, OFFERS, BUYERS)), np.zeros((OFFERS, BUYERS))
    known[:, NORTH_CHIP, TIED], known[:, NORTH_GPU, TIED], known[:, NORTH_GPU, FREE] = 60.0, 50.0, 25.0
    h100e[NORTH_CHIP, TIED] = 100.0
    p = small_parameters(overcommitment=0.25, deals_bind=bind)
    return Holdings(known, Dated(h100e, 9.0 * (h100e > 0.0), 0.8 * (h100e > 0.0))), p


def test_all_that_is_known_is_the_deals_where_one_is_in_force_and_is_used_in_full() -> None:
    """60 and 50 / 1.25; the 100 that were signed do not count where 60 are known."""
    held, p = holdings()
    assert held.level(p)[:, NORTH_CHIP, TIED].tolist() == [60.0, 60.0] and held.level(p).sum() == 120.0
    assert held.wanted(p)[:, [TIED, FREE]].tolist() == [[100.0, 20.0]] * 2


def test_a_deal_that_does_not_bind_leaves_what_is_known() -> None:
    held, p = holdings(bind=0.0)
    assert not held.level(p).any()
    assert held.wanted(p)[:, TIED].tolist() == [88.0, 88.0]
    cost = np.arange(2.0 * 9).reshape(2, 9) + 1.0
    assert held.owed(CORE, cost, p).known is held.known


def test_what_a_deal_has_in_place_is_what_the_opening_finds() -> None:
    """The table says 100 and 80 are there: 120, or three quarters. Nothing to compare with is 1."""
    found = in_place(np.array([[100.0, 100.0, 0.0]]), np.array([[120.0, 0.0, 40.0]]))
    assert found.tolist() == [[1.2, 1.0, 1.0]]


def test_the_first_step_of_a_deal_is_what_the_table_of_anchors_has_the_lab_hold() -> None:
    """Of a deal that is known on a date with figures, so that the seam has one answer."""
    rows = read(DATA / "anchors.csv")
    dates, checked = {ordinal(row["quarter"]) for row in rows}, 0
    for one in table.rows():
        if one.known in dates and one.points[0][0] <= one.known and one.offer in DEFAULT.offers:
            here = [
                float(row["h100e"])
                for row in rows
                if (row["lab"], f"{row['cloud']}/{row['family']}") == (one.lab, one.offer)
                and ordinal(row["quarter"]) == one.known
            ]
            assert one.held(one.known) == sum(here), one.name
            checked += 1
    assert checked >= 4 and given.in_force(table.rows(), max(dates))
