"""Winding up: what is left of an owner that has gone pays its lenders, who lose the rest, then its shareholders."""

from __future__ import annotations

import numpy as np

from sim.accounts.ledger import Ledger
from sim.accounts.state import Balance
from sim.arrays import PerWorldOwner
from sim.roster import Roster


def without(roster: Roster, balance: Balance, gone: PerWorldOwner, ledger: Ledger) -> Balance:
    """Balances without owners that have gone, (worlds, owners) ones. What they built is worth nothing to others, so
    that cash is all there is; loans that nobody pays are booked as written off, which moves no money."""
    for k in np.flatnonzero(gone.any(axis=0)):
        owner, cash, debt = roster.owners[k], balance.cash[:, k] * gone[:, k], balance.debt[:, k] * gone[:, k]
        paid = np.minimum(cash, debt)
        ledger.pay("lenders", owner, debt - paid, "loans written off")
        ledger.pay(owner, "lenders", debt, "repayment")
        ledger.pay(owner, "investors", cash - paid, "capital paid back")
    return balance.without(gone)
