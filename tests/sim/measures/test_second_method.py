"""Every column that is recorded, worked out a second time from the raw parts of a game, in plain loops (`by_hand/`).

A column that is declared and has no second method fails, and so does one that nothing in the watched game moves.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping

import numpy as np
import pandas as pd
import pytest

from sim.metrics import LOCK_IN_METRICS, METRICS, OFFER_METRICS, PARTY_METRICS, ROUNDING, Metric
from sim.quarters import label, ordinal
from tests.sim.measures.by_hand import (
    balances,
    bookings,
    customers,
    labs,
    lock_in,
    margins,
    money,
    offers,
    parties,
    prices,
    public,
    shares,
    sublets,
)
from tests.sim.measures.by_hand.world import Watched, World
from tests.sim.measures.conftest import LOCK_IN

RELATIVE = 1e-9
OF_LARGEST = 1e-12
"""What it may be off by beside that, as part of the column's largest and of 1: a difference of large numbers."""
FILES = (shares, bookings, customers, sublets, prices, margins, money, labs, public, balances)
BY_QUARTER: dict[str, Callable[[World], float]] = {name: work for one in FILES for name, work in one.COLUMNS.items()}
NEVER_MOVES = {*ROUNDING, "nonconverged"}
"""Of a game in which all is well; tests/sim/measures/test_balances.py moves them."""


def names(metrics: Iterable[Metric]) -> list[str]:
    return [metric.name for metric in metrics]


def agree(recorded: Mapping[Hashable, float], worked: Mapping[Hashable, float]) -> None:
    """Both tell of the same cells, and of the same figure in each."""
    assert set(recorded) == set(worked)
    floor = OF_LARGEST * max(1.0, *(abs(value) for value in worked.values()))
    wrong = {
        cell: (recorded[cell], mine)
        for cell, mine in worked.items()
        if not abs(recorded[cell] - mine) <= RELATIVE * abs(mine) + floor
    }
    assert wrong == {}


def quarter_of(w: World) -> str:
    """The label under which a world's quarter is recorded."""
    return label(ordinal(w.given.scenario.start) + w.quarter)


def cells(table: pd.DataFrame, keys: tuple[str, ...], column: str) -> dict[Hashable, float]:
    """A column of a table by world, quarter and the table's own keys."""
    return dict(table.set_index(["world", "quarter", *keys])[column].items())


@pytest.fixture(scope="module")
def tables(watched: Watched) -> dict[str, pd.DataFrame]:
    """All tables of the watched game."""
    return {name: getattr(watched.records, name)() for name in ("quarters", "offers", "parties", "lock_in")}


def test_every_column_has_exactly_one_second_method() -> None:
    assert sorted(name for one in FILES for name in one.COLUMNS) == sorted(names(METRICS))
    assert sorted(offers.COLUMNS) == sorted(names(OFFER_METRICS))
    assert sorted(parties.COLUMNS) == sorted(names(PARTY_METRICS))
    assert sorted(lock_in.COLUMNS) == sorted(names(LOCK_IN_METRICS))


@pytest.mark.parametrize("column", names(METRICS))
def test_a_column_of_quarters(watched: Watched, tables: dict[str, pd.DataFrame], column: str) -> None:
    worked = {(w.r, quarter_of(w)): BY_QUARTER[column](w) for w in watched.worlds}
    agree(cells(tables["quarters"], (), column), worked)
    if column not in NEVER_MOVES:
        assert len(set(worked.values())) > 1


@pytest.mark.parametrize("column", names(OFFER_METRICS))
def test_a_column_of_offers(watched: Watched, tables: dict[str, pd.DataFrame], column: str) -> None:
    worked = {
        (w.r, quarter_of(w), pool.owner, pool.family, channel): offers.COLUMNS[column][channel](w, pool)
        for w in watched.worlds
        for pool in w.pools
        for channel in offers.channels(pool)
    }
    agree(cells(tables["offers"], ("cloud", "family", "channel"), column), worked)
    quiet = ("edge", "managed", "own-use") if column == "shadow_price" else ()  # nothing need bind there
    for channel in {"direct", "edge", "managed", "own-use"} - set(quiet):
        assert len({value for (*_, other), value in worked.items() if other == channel}) > 1


@pytest.mark.parametrize("column", names(PARTY_METRICS))
def test_a_column_of_parties(watched: Watched, tables: dict[str, pd.DataFrame], column: str) -> None:
    by_role, worked = parties.COLUMNS[column], {}
    for w in watched.worlds:
        everyone = {"cloud": w.roster.owners, "vendor": w.roster.families, "lab": w.roster.labs}
        for role, members in {**everyone, "regulator": w.roster.regulators}.items():
            for party in members:
                worked[w.r, quarter_of(w), role, party] = by_role[role](w, party) if role in by_role else 0.0
    agree(cells(tables["parties"], ("role", "party"), column), worked)
    for role in by_role:
        assert len({value for (*_, other, _), value in worked.items() if other == role}) > 1


@pytest.mark.parametrize("column", names(LOCK_IN_METRICS))
def test_a_column_of_the_lock_in_index(watched: Watched, tables: dict[str, pd.DataFrame], column: str) -> None:
    worked = {
        (w.r, quarter_of(w), level, name): lock_in.COLUMNS[column](w, level, name)
        for w in watched.worlds
        for level, everyone in (("family", w.roster.families), ("cloud", w.roster.owners))
        for name in everyone
        if w.quarter in LOCK_IN
    }
    agree(cells(tables["lock_in"], ("level", "name"), column), worked)
    for level in ("family", "cloud"):
        assert len({value for (*_, other, _), value in worked.items() if other == level}) > 1


def test_a_wrong_figure_is_seen(tables: dict[str, pd.DataFrame]) -> None:
    """The comparison itself: a billionth more than is allowed, a missing cell, or a figure that is none."""
    right = cells(tables["quarters"], (), "price_over_cost")
    agree(right, dict(right))
    cell = next(iter(right))
    for wrong in ({**right, cell: right[cell] * (1.0 + 2e-9)}, {**right, cell: np.nan}):
        with pytest.raises(AssertionError):
            agree(wrong, right)
    with pytest.raises(AssertionError):
        agree({other: value for other, value in right.items() if other != cell}, right)
