"""Commitments: exact cohorts by remaining term, each with its own price, paid for whether used or not.

A cohort tensor has shape (worlds, offers, buyers, TERMS): position k holds what has k + 1 quarters left, this one
included. One quarter is a roll along the last axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim import kernels
from sim.arrays import Array, power, ratio, read_only

TERMS = 20
"""Longest commitment, in quarters: the length of the axis. A world's own term is an index on it."""


@dataclass(frozen=True)
class Ahead:
    """Sums of a book over its terms, as they will be a quarter later; the words are the book's. (worlds, offers,
    buyers) each."""

    live: Array
    hourly_bill_usd: Array
    owed_usd_per_hour_quarters: Array


@dataclass(frozen=True)
class Book:
    """All live commitments of a site. capacity_h100e and hourly_usd (capacity x agreed price), both (worlds, offers,
    buyers, TERMS)."""

    capacity_h100e: Array
    hourly_usd: Array

    def live(self) -> Array:
        """Capacity committed this quarter: (worlds, offers, buyers), not to be written to."""
        return self._live

    def hourly_bill_usd(self) -> Array:
        """Full price of what is committed, in USD an hour: (worlds, offers, buyers), not to be written to."""
        return self._bill

    def by_term(self) -> Array:
        """Capacity by remaining term, all buyers together: (worlds, offers, TERMS), not to be written to."""
        return self._by_term

    def owed_usd_per_hour_quarters(self) -> Array:
        """Price still owed over all remaining quarters, in USD an hour x quarters: (worlds, offers, buyers)."""
        left = np.arange(1, self.hourly_usd.shape[3] + 1, dtype=float)
        return np.einsum("rjbt,t->rjb", self.hourly_usd, left)

    @cached_property
    def _live(self) -> Array:
        return read_only(_over_terms(self.capacity_h100e))

    @cached_property
    def _bill(self) -> Array:
        return read_only(_over_terms(self.hourly_usd))

    @cached_property
    def _by_term(self) -> Array:
        compiled = kernels.find("book")
        found = self.capacity_h100e.sum(axis=2) if compiled is None else compiled.over_buyers(self.capacity_h100e)
        return read_only(found)

    @classmethod
    def _of(cls, capacity: Array, usd: Array, live: Array, bill: Array, by_term: Array) -> Book:
        """A book whose sums are known: a compiled function adds up while it goes through the cohorts."""
        book = cls(capacity, usd)
        vars(book).update(_live=read_only(live), _bill=read_only(bill), _by_term=read_only(by_term))
        return book

    def ahead(self) -> Ahead:
        """What of this book is still committed a quarter later."""
        compiled = kernels.find("book")
        if compiled is not None:
            return Ahead(*compiled.ahead(self.capacity_h100e, self.hourly_usd))
        return Ahead(self._rolled.live(), self._rolled.hourly_bill_usd(), self._rolled.owed_usd_per_hour_quarters())

    def roll(self, released: Array | None = None) -> tuple[Book, Array]:
        """The book a quarter later, and the capacity whose last quarter has passed: (worlds, offers, buyers).

        released (worlds, offers, buyers): share of every other cohort that is handed back then."""
        expired = self.capacity_h100e[..., 0]
        compiled = kernels.find("book")
        if compiled is not None:
            share = np.zeros(expired.shape) if released is None else released
            return Book._of(*compiled.roll(self.capacity_h100e, self.hourly_usd, share)), expired
        return self._rolled if released is None else self._rolled.release(released), expired

    @cached_property
    def _rolled(self) -> Book:
        return Book(_shift(self.capacity_h100e), _shift(self.hourly_usd))

    def release(self, share: Array) -> Book:
        """The book after a share (worlds, offers, buyers) of every cohort is handed back."""
        if not share.any():
            return self
        handed_back = np.nonzero(share)
        kept, capacity, usd = (1.0 - share[handed_back])[:, None], self.capacity_h100e.copy(), self.hourly_usd.copy()
        capacity[handed_back] *= kept
        usd[handed_back] *= kept
        return Book(capacity, usd)

    def sign(self, capacity: Array, price_usd_per_h100e_hour: Array, term_quarters: Array) -> Book:
        """The book with new commitments: capacity, price (worlds, offers, buyers); term (worlds, buyers) or (worlds,
        offers, buyers)."""
        worlds, offers, buyers = capacity.shape
        last = np.clip(np.rint(term_quarters).astype(np.int64), 1, self.capacity_h100e.shape[3]) - 1
        last = np.broadcast_to(last if last.ndim == 3 else last[:, None, :], capacity.shape)
        compiled = kernels.find("book")
        if compiled is not None:
            new = (capacity, price_usd_per_h100e_hour, last)
            return Book._of(*compiled.sign(self.capacity_h100e, self.hourly_usd, *new))
        where = (
            np.arange(worlds)[:, None, None],
            np.arange(offers)[None, :, None],
            np.arange(buyers)[None, None, :],
            last,
        )
        more, dearer = self.capacity_h100e.copy(), self.hourly_usd.copy()
        more[where] += capacity
        dearer[where] += capacity * price_usd_per_h100e_hour
        return Book(more, dearer)


def _over_terms(cohorts: Array) -> Array:
    """Sum over the terms axis: (worlds, offers, buyers). Compiled functions that add up on the way do it in the same
    order."""
    compiled = kernels.find("book")
    return np.einsum("rjbt->rjb", cohorts) if compiled is None else np.asarray(compiled.over_terms(cohorts))


def _shift(cohorts: Array) -> Array:
    moved = np.empty_like(cohorts)
    moved[..., :-1] = cohorts[..., 1:]
    moved[..., -1] = 0.0
    return moved


def book_in_growth(capacity: Array, price: Array, term_quarters: Array, growth: Array) -> Book:
    """A book as a market that grew leaves it: the cohort signed s quarters ago is smaller by (1 + growth)^-s.

    capacity, price (worlds, offers, buyers); term (worlds, buyers) or (worlds, offers, buyers); growth (worlds,) a
    quarter. After n quarters of steady signing the book runs off evenly when growth is 0 (Little 1961)."""
    position = np.arange(TERMS)
    three = term_quarters if term_quarters.ndim == 3 else term_quarters[:, None, :]
    age = np.clip(np.rint(three), 1, TERMS)[..., None] - 1 - position
    weight = np.where(age >= 0, power(1.0 + growth[:, None, None, None], -np.maximum(age, 0.0)), 0.0)
    weight = weight / weight.sum(axis=3, keepdims=True)
    cohorts = capacity[..., None] * weight
    return Book(cohorts, cohorts * price[..., None])


def bill(commitment: Array, use: Array, price_committed: Array, price_overage: Array, take_or_pay: Array) -> Array:
    """Take-or-pay bill: price x max(use up to the commitment, share x commitment) + overage price x use beyond. Shapes
    broadcast."""
    within = np.minimum(use, commitment)
    beyond = np.maximum(use - commitment, 0.0)
    return price_committed * np.maximum(within, take_or_pay * commitment) + price_overage * beyond


def shortfall(commitment: Array, use: Array, take_or_pay: Array) -> Array:
    """Units paid for but not used, because of take-or-pay."""
    return np.maximum(take_or_pay * commitment - use, 0.0)


def term_price_factor(term_quarters: Array, short_premium: Array, long_discount: Array) -> Array:
    """Price of a commitment relative to the one-year quote: dearer below a year, cheaper beyond. Shapes broadcast."""
    shorter = np.clip((4.0 - term_quarters) / 3.0, 0.0, 1.0)
    longer = np.clip((term_quarters - 4.0) / 8.0, 0.0, 1.0)
    return 1.0 + short_premium * shorter - long_discount * longer


def booked_ratio(committed: Array, capacity: Array) -> Array:
    """Committed capacity over capacity online."""
    return ratio(committed, capacity)


def forward_cover(book: Book, quarters_ahead: int) -> Array:
    """Capacity committed today that is still committed so many quarters ahead: (worlds, offers, buyers)."""
    return book.capacity_h100e[..., quarters_ahead:].sum(axis=3)
