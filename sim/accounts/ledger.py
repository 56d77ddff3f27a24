"""Accounts that close: one ledger moves all money; capacity is depreciated by vintage on a straight line.

operating income = revenue - cash costs - depreciation - write-offs
free cash flow   = operating income + depreciation + write-offs - tax - interest - capital spending
cash'            = cash + free cash flow + financing
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.arrays import Array, total_by


class Payment(NamedTuple):
    """An amount, musd (worlds,), that leaves one party and reaches another."""

    payer: str
    payee: str
    musd: Array
    kind: str


class Ledger:
    """Payments of a quarter. Every amount leaves one party and reaches another: the sum over parties is 0 in every
    world.

    Payments are kept as they come, by the places of payer and payee, and added up when somebody asks."""

    def __init__(self, parties: tuple[str, ...], worlds: int) -> None:
        self.parties = {party: position for position, party in enumerate(parties)}
        self._nothing = np.zeros(worlds)
        self._payments: list[tuple[int, int, Array, str]] = []
        self._added_up = 0
        self._paid, self._received = np.zeros((2, worlds, len(parties)))

    def pay(self, payer: str, payee: str, musd: Array, kind: str) -> None:
        """Move an amount (worlds,) from one party to another. KeyError for a party that there is not."""
        self._payments.append((self.parties[payer], self.parties[payee], musd, kind))

    @property
    def paid(self) -> Array:
        """What each party paid, musd (worlds, parties)."""
        self._add_up()
        return self._paid

    @property
    def received(self) -> Array:
        """What each party received, musd (worlds, parties)."""
        self._add_up()
        return self._received

    @property
    def by_kind(self) -> dict[str, Array]:
        """All payments of a kind, musd (worlds,) each."""
        found: dict[str, Array] = {}
        for _, _, musd, kind in self._payments:
            found[kind] = found.get(kind, self._nothing) + musd
        return found

    def net(self, party: str) -> Array:
        """Received less paid, musd (worlds,)."""
        return self.received[:, self.parties[party]] - self.paid[:, self.parties[party]]

    def net_of(self, parties: Sequence[str]) -> Array:
        """The same of several parties, (worlds, parties)."""
        places = [self.parties[party] for party in parties]
        return np.take(self.received, places, axis=1) - np.take(self.paid, places, axis=1)

    def imbalance(self) -> Array:
        """What money was made or lost, relative to all that moved: 0 up to rounding. (worlds,)."""
        moved = self.paid.sum(axis=1)
        return np.abs(self.received.sum(axis=1) - moved) / np.maximum(moved, 1.0)

    def _add_up(self) -> None:
        """What has been paid since last time onto what was added up then, in the order of payments."""
        new, self._added_up = self._payments[self._added_up :], len(self._payments)
        if new:
            amounts = np.array([musd for _, _, musd, _ in new]).T
            self._paid = self._onto(self._paid, [payer for payer, _, _, _ in new], amounts)
            self._received = self._onto(self._received, [payee for _, payee, _, _ in new], amounts)

    def _onto(self, before: Array, parties: list[int], amounts: Array) -> Array:
        """Amounts (worlds, payments) onto what their parties had before, (worlds, parties)."""
        places = np.array([*self.parties.values(), *parties], dtype=np.int64)
        return total_by(np.concatenate([before, amounts], axis=1), places, len(self.parties))


def depreciation(capex_by_age: Array, life: Array) -> Array:
    """Straight-line depreciation of a quarter: capex_by_age (worlds, entities, ages), age 0 being this quarter's; life
    (worlds,) quarters.

    Each vintage loses 1/life of its cost in each of its first `life` quarters."""
    in_life = np.arange(capex_by_age.shape[2]) < np.rint(life)[:, None]
    return (capex_by_age * in_life[:, None]).sum(axis=2) / np.rint(life)[:, None]


def net_book_value(capex_by_age: Array, life: Array) -> Array:
    """Book value after this quarter's depreciation. Shapes as in `depreciation`."""
    whole = np.rint(life)[:, None]
    left = np.clip(whole - 1.0 - np.arange(capex_by_age.shape[2]), 0.0, None) / whole
    return (capex_by_age * left[:, None]).sum(axis=2)


def built(building: Array, due: Array, ordered: Array, lead: Array) -> tuple[Array, Array]:
    """What is paid for sites in a quarter, and what is then paid of those under way: (worlds, owners) musd.

    building: paid before of sites under way; due: sites of what was delivered, of which the rest is paid now; ordered:
    sites for what is still on order, paid over a lead time (worlds,), in equal parts. In all, what is delivered is paid
    once: payments = due + rise of building."""
    used = np.minimum(building, due)
    left = building - used
    work = np.minimum(np.maximum(ordered - left, 0.0), ordered / np.maximum(lead, 1.0)[:, None])
    return due - used + work, left + work


def operating_income(revenue: Array, cash_costs: Array, depreciation_: Array, write_off: Array) -> Array:
    """Operating income, musd. Shapes broadcast."""
    return revenue - cash_costs - depreciation_ - write_off


def free_cash_flow(operating_income_: Array, depreciation_: Array, write_off: Array, tax: Array, capex: Array) -> Array:
    """Free cash flow, musd. Shapes broadcast."""
    return operating_income_ + depreciation_ + write_off - tax - capex
