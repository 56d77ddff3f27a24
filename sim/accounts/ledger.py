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

    Payments are kept as they come and added up when somebody asks, all at once."""

    def __init__(self, parties: tuple[str, ...], worlds: int) -> None:
        self.parties = {party: position for position, party in enumerate(parties)}
        self._nothing = np.zeros(worlds)
        self._payments: list[Payment] = []
        self._payer: list[int] = []
        self._payee: list[int] = []
        self._totals: dict[str, Array] = {}

    def pay(self, payer: str, payee: str, musd: Array, kind: str) -> None:
        """Move an amount (worlds,) from one party to another. KeyError for a party that there is not."""
        self._payer.append(self.parties[payer])
        self._payee.append(self.parties[payee])
        self._payments.append(Payment(payer, payee, musd, kind))
        self._totals = {}

    @property
    def paid(self) -> Array:
        """What each party paid, musd (worlds, parties)."""
        return self._added("paid")

    @property
    def received(self) -> Array:
        """What each party received, musd (worlds, parties)."""
        return self._added("received")

    @property
    def by_kind(self) -> dict[str, Array]:
        """All payments of a kind, musd (worlds,) each."""
        found: dict[str, Array] = {}
        for one in self._payments:
            found[one.kind] = found.get(one.kind, self._nothing) + one.musd
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

    def _added(self, what: str) -> Array:
        if not self._totals:
            amounts = np.array([self._nothing, *(one.musd for one in self._payments)]).T[:, 1:]
            places = {"paid": np.array(self._payer, dtype=np.int64), "received": np.array(self._payee, dtype=np.int64)}
            self._totals = {way: total_by(amounts, place, len(self.parties)) for way, place in places.items()}
        return self._totals[what]


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
