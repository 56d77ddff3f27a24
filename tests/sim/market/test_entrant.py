"""Newcomers with capacity by hand: when they come, when they leave, what they hold, what their customers do then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.market import entrant
from sim.market.contracts import TERMS, Book
from sim.market.entrant import Entrant
from sim.market.entry import Entry
from sim.market.state import SiteState
from sim.parameters import Parameters
from sim.roster import load_roster

WIDE, DEFAULT = load_roster("wide"), load_roster("default")
MINE, OWNERS = WIDE.owners.index("entrant"), len(WIDE.owners)
CORE = WIDE.sites[0]
OFFER = CORE.offers.index("entrant/nvidia")


def parameters(on: tuple[float, float] = (1.0, 0.0)) -> Parameters:
    """Two worlds: in the second, nobody lets newcomers in."""
    return Parameters(
        {
            "entry_threshold": np.full(2, 1.3),
            "entry_delay_quarters": np.full(2, 4.0),
            "entry_end": np.full(2, 1.15),
            "entry_erosion": np.full(2, 0.5),
            "entrant_cost_factor": np.full(2, 1.0),
            "cloud_markup": np.full(2, 0.4),
            "entrant_available": np.array(on),
        }
    )


def short(musd: float) -> np.ndarray:
    """What nobody pays for newcomers, in both worlds; everybody else owes a fortune."""
    found = np.full((2, OWNERS), 1e6)
    found[:, MINE] = musd
    return found


def after(path: list[tuple[float, float]], p: Parameters | None = None) -> Entrant:
    """Newcomers after quarters of one price over cost and one shortfall each; power grows by 100 MW a quarter."""
    entry, found, p = Entry.none(2), Entrant.none(2), p or parameters()
    for quarter, (price, musd) in enumerate(path):
        entry = entry.after(np.full(2, price), p)
        gone = found.failing(WIDE, short(musd), p)
        found = found.after(WIDE, entry.open, gone, np.full(2, 1000.0 + 100.0 * quarter), p)
    return found


PAYS, POOR = (1.5, 0.0), (1.2, 0.0)


@pytest.mark.parametrize(
    ("path", "there", "fresh", "left"),
    [
        ([PAYS] * 3, 0, 0, 0),
        ([PAYS] * 4, 1, 1, 0),
        ([PAYS] * 5, 1, 0, 0),
        ([PAYS] * 3 + [(1.3, 0.0)] + [PAYS] * 3, 0, 0, 0),  # not above 1.3: counting starts again
        ([PAYS] * 3 + [(1.3, 0.0)] + [PAYS] * 4, 1, 1, 0),
        ([PAYS] * 4 + [POOR] * 9, 1, 0, 0),  # low prices alone drive nobody out
        ([PAYS] * 4 + [(0.9, 0.5)], 1, 0, 0),  # less than a million is rounding
        ([PAYS] * 4 + [(1.5, 2.0)], 0, 0, 1),
        ([PAYS] * 4 + [(1.5, 2.0)] + [PAYS] * 9, 0, 0, 1),  # whatever prices do then
    ],
)
def test_newcomers_come_after_four_quarters_that_pay_and_leave_when_they_cannot(
    path: list[tuple[float, float]], there: int, fresh: int, left: int
) -> None:
    found = after(path)
    assert found.there.tolist() == [there, 0] and found.fresh.tolist() == [fresh, 0]
    assert found.left.tolist() == [left, 0]


def test_their_power_is_counted_from_when_they_came() -> None:
    """The fourth quarter ran on 1,300 MW, and later ones do not move that."""
    assert after([PAYS] * 4).came_mw.tolist() == [1300.0, 0.0] and after([PAYS] * 7).came_mw.tolist() == [1300.0, 0.0]


def test_who_is_no_longer_let_in_leaves() -> None:
    found = after([PAYS] * 4)
    off = parameters((0.0, 0.0))
    gone = found.failing(WIDE, short(0.0), off)
    assert gone[:, MINE].tolist() == [1.0, 0.0] and gone.sum() == 1.0
    assert found.after(WIDE, np.ones(2), gone, np.zeros(2), off).there.tolist() == [0.0, 0.0]


def test_the_rest_of_the_model_reads_a_switch_that_is_on_where_they_are() -> None:
    p, there = parameters((1.0, 1.0)), replace(Entrant.none(2), there=np.array([1.0, 0.0]))
    assert there.felt(WIDE, p).entrant_available.tolist() == [1.0, 0.0]
    assert there.felt(WIDE, parameters((0.0, 1.0))).entrant_available.tolist() == [0.0, 0.0]


def test_a_roster_without_newcomers_hands_back_what_it_was_given() -> None:
    p, none = Parameters({}), Entrant.none(2)
    assert none.felt(DEFAULT, p) is p
    assert none.after(DEFAULT, np.ones(2), np.zeros((2, 8)), np.ones(2), p) is none
    assert not none.failing(DEFAULT, np.full((2, 8), 1e6), p).any()
    assert not entrant.part_of_capacity(DEFAULT, np.ones((2, len(DEFAULT.pools)))).any()


def test_their_part_of_what_is_rented_out_at_the_core() -> None:
    """30 of 30 + 50 + 40 that are for rent; own fleets and the edge do not count."""
    online = np.zeros((1, len(WIDE.pools)))
    for pool, one in enumerate(WIDE.pools):
        own = WIDE.owners[one.owner] == "meta" or one.site == "edge"
        online[0, pool] = 1000.0 if own else 0.0
    names = {WIDE.pool_name(pool): pool for pool in range(len(WIDE.pools))}
    for name, h100e in (("entrant/nvidia/core", 30.0), ("aws/trainium/core", 50.0), ("azure/nvidia/core", 40.0)):
        online[0, names[name]] = h100e
    assert entrant.part_of_capacity(WIDE, online).tolist() == [0.25]


def test_the_same_pressure_is_not_counted_twice() -> None:
    """A pressure of a half with a quarter of capacity at newcomers: 0.375 of the way from 40 % to none."""
    p, entry = parameters(), Entry.none(2)
    for held in (None, None, None, np.array([0.25, 0.0])):
        entry = entry.after(np.full(2, 1.5), p, held)
    assert entry.pressure.tolist() == [0.5, 0.5]
    assert entry.felt(p).cloud_markup == pytest.approx([0.4 * (1.0 - 0.375), 0.4 * 0.5])
    assert entry.eroded(np.full((2, 1), 0.4), p)[:, 0] == pytest.approx([0.4 * (1.0 - 0.375), 0.4 * 0.5])


def test_their_customers_are_free_when_they_leave() -> None:
    """Ten everywhere, and one waits for each offer: in the first world what is at newcomers ends, and nothing else."""
    shape = (2, len(CORE.offers), len(CORE.buyers))
    live = np.full((*shape, TERMS), 10.0)
    waiting = np.ones((2, len(CORE.buyers), CORE.incumbents))
    nothing = np.zeros(1)
    state = SiteState(Book(live, 2.0 * live), nothing, waiting, 0.5 * waiting, *[nothing] * 7)
    gone = np.zeros((2, OWNERS))
    gone[0, MINE] = 1.0
    found = entrant.without(CORE, state, gone)
    left = np.ones((2, len(CORE.offers)))
    left[0, OFFER] = 0.0
    assert (found.book.capacity_h100e == 10.0 * left[:, :, None, None]).all()
    assert (found.book.hourly_usd == 20.0 * left[:, :, None, None]).all()
    assert (found.waiting[..., : len(CORE.offers)] == left[:, None]).all() and (found.waiting[..., -2:] == 1.0).all()
    assert (found.displaced == 0.5 * found.waiting).all()
