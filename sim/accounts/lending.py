"""Where owners' money comes from when their own does not do: the rest of the firm, lenders, and last shareholders.

Internal funds come before loans and loans before new shares (Myers and Majluf 1984). Lenders stop at a multiple of the
year's EBITDA; they call nothing in, but are repaid out of the first cash there is. Capital budgets are held to what can
be paid by the time orders fall due, and sellers take no orders beyond it, whoever gives them, so that shareholders are
called on only when income falls short of what was expected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.accounts.ledger import Ledger
from sim.accounts.state import Balance, Statement
from sim.arrays import PerWorld, PerWorldOwner, ratio
from sim.parameters import Parameters
from sim.roster import Roster
from sim.units import QUARTERS_PER_YEAR

SAFE_RATE = 0.04
"""Yearly interest without a spread: what long government bonds paid at the end of 2025, rounded."""
DUE_QUARTERS = 4.0
"""Quarters in which what is ordered falls due."""
ROUNDING = 1e-6


@dataclass(frozen=True)
class Raised:
    """Money raised and paid back in a quarter, musd (worlds, owners): from the rest of the firm, drawn from and repaid
    to lenders, called from shareholders."""

    rest: PerWorldOwner
    drawn: PerWorldOwner
    repaid: PerWorldOwner
    called: PerWorldOwner

    @classmethod
    def of(cls, cash: PerWorldOwner, debt: PerWorldOwner, credit: PerWorldOwner, rest: PerWorldOwner) -> Raised:
        """What brings cash back to nothing where it is short, in order of cost; elsewhere cash repays loans.

        cash: before; credit: what lenders would lend on top of debt; rest: what the rest of the firm can pay in."""
        short = np.maximum(-cash, 0.0)
        inside = np.minimum(short, rest)
        drawn = np.minimum(short - inside, credit)
        return cls(inside, drawn, np.minimum(np.maximum(cash, 0.0), debt), short - inside - drawn)

    @property
    def net(self) -> PerWorldOwner:
        """What all of it adds to cash."""
        return self.rest + self.drawn - self.repaid + self.called

    @property
    def stated(self) -> dict[str, PerWorldOwner]:
        """What a statement shows of it."""
        return {"financing": self.net, "backed": self.rest, "called": self.called}

    def owed(self, debt: PerWorldOwner) -> PerWorldOwner:
        """Debt after the quarter."""
        return debt + self.drawn - self.repaid

    def pay(self, ledger: Ledger, owners: tuple[str, ...]) -> None:
        """Book it."""
        for k, owner in enumerate(owners):
            ledger.pay("parents", owner, self.rest[:, k], "rest of the firm")
            ledger.pay("lenders", owner, self.drawn[:, k], "loans")
            ledger.pay(owner, "lenders", self.repaid[:, k], "repayment")
            ledger.pay("investors", owner, self.called[:, k], "capital called")


def interest(debt: PerWorldOwner, spread: PerWorld) -> PerWorldOwner:
    """Interest of a quarter on what was owed as it began, musd (worlds, owners)."""
    return np.asarray(debt * ((SAFE_RATE + spread) / QUARTERS_PER_YEAR)[:, None])


def credit(earned: PerWorldOwner, debt: PerWorldOwner, p: Parameters) -> PerWorldOwner:
    """What lenders would lend on top of debt: up to their multiple of EBITDA. earned: EBITDA of a quarter, musd."""
    most = p.lender_multiple[:, None] * QUARTERS_PER_YEAR * np.maximum(earned, 0.0)
    return np.asarray(np.maximum(most - debt, 0.0))


def rest_of_firm(roster: Roster, p: Parameters) -> PerWorldOwner:
    """What the rest of each firm can pay in a quarter, musd (worlds, owners)."""
    return np.asarray(p.other_cash_factor[:, None] * roster.numbers("owners", "other_cash_musd"))


def payable(
    balance: Balance, last: Statement | None, open_musd: PerWorldOwner, rest: PerWorldOwner, p: Parameters
) -> PerWorldOwner:
    """What new orders may cost in all, musd (worlds, owners), at least nothing; no limit before there are accounts.

    Orders, those that stand (open_musd) and new ones, may not exceed cash, the credit left, and what the business and
    the rest of the firm bring in until they fall due. last: the last quarter's accounts."""
    if last is None:
        return np.full_like(open_musd, np.inf)
    earned = last.revenue - last.cash_costs
    coming = np.maximum(earned - last.tax - last.interest, 0.0) + rest
    funds = balance.cash + credit(earned, balance.debt, p) + DUE_QUARTERS * coming - open_musd
    return np.asarray(np.maximum(funds, 0.0))


def part_paid(ordered: PerWorldOwner, most: PerWorldOwner) -> PerWorldOwner:
    """The part of new orders that sellers take, 0..1 (worlds, owners): all that can be paid, musd both. Rounding in
    budgets that were used up counts as paid."""
    return np.where(ordered > most * (1.0 + ROUNDING), ratio(most, ordered), 1.0)
