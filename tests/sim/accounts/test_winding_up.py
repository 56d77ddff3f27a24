"""Winding up by hand: who is paid out of what is left, who loses, and that no money is made on the way."""

from __future__ import annotations

import numpy as np
import pytest

from sim.accounts.ledger import Ledger
from sim.accounts.settlement import Bookkeeper
from sim.accounts.state import Assets, Balance
from sim.accounts.winding_up import without
from sim.supply.capacity import AGES
from tests.small import row, small_roster

ROSTER = small_roster()
GONE = row([0.0, 1.0, 0.0], [0.0, 0.0, 0.0])
"""The second of three owners leaves in the first world."""


def closed(cash: float, debt: float) -> tuple[Balance, Ledger]:
    books, ledger = Bookkeeper(ROSTER), Ledger(Bookkeeper(ROSTER).parties, 2)
    each = np.ones((2, 3))
    before = Balance(cash * each, each, Assets(np.full((2, 3, AGES), 4.0)), 5.0 * each, debt * each, 6.0 * each)
    assert books.roster is ROSTER
    return without(ROSTER, before, GONE, ledger), ledger


@pytest.mark.parametrize(
    ("cash", "debt", "lost", "to_lenders", "to_shareholders"),
    [(0.0, 70.0, 70.0, 70.0, 0.0), (30.0, 70.0, 40.0, 70.0, 0.0), (90.0, 70.0, 0.0, 70.0, 20.0)],
)
def test_lenders_come_first_and_lose_the_rest(
    cash: float, debt: float, lost: float, to_lenders: float, to_shareholders: float
) -> None:
    """What lenders are paid beyond cash is what they write off, so that no money moves for it."""
    _, ledger = closed(cash, debt)
    paid = ledger.by_kind
    assert paid["loans written off"].tolist() == [lost, 0.0] and paid["repayment"].tolist() == [to_lenders, 0.0]
    assert paid["capital paid back"].tolist() == [to_shareholders, 0.0]
    assert ledger.net("south").tolist() == [-cash, 0.0] and ledger.imbalance().tolist() == [0.0, 0.0]


def test_nothing_of_theirs_is_left_on_the_books() -> None:
    after, _ = closed(30.0, 70.0)
    kept = 1.0 - GONE
    assert (after.cash == 30.0 * kept).all() and (after.debt == 70.0 * kept).all()
    assert (after.sites_gross == 5.0 * kept).all() and (after.building == 6.0 * kept).all()
    assert (after.equipment.capex_by_age == 4.0 * kept[:, :, None]).all()
