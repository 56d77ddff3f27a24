"""Names for the axes. Every number of the model carries a leading axis of parallel worlds; arrays stay C-ordered."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from operator import attrgetter, is_
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim import kernels

Array: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Index: TypeAlias = NDArray[np.int64]

NUMBERS = "fiu"
"""Kinds of array that hold plain numbers: floats and whole numbers, signed or not."""

PerWorld: TypeAlias = Array
"""Shape (worlds,)."""
PerWorldPool: TypeAlias = Array
"""Shape (worlds, pools)."""
PerWorldFamily: TypeAlias = Array
"""Shape (worlds, families)."""
PerWorldOwner: TypeAlias = Array
"""Shape (worlds, owners)."""
PerWorldRegion: TypeAlias = Array
"""Shape (worlds, regions)."""
PerWorldBuyer: TypeAlias = Array
"""Shape (worlds, buyers) of one site."""
PerWorldOffer: TypeAlias = Array
"""Shape (worlds, offers) of one site."""
PerWorldBuyerOffer: TypeAlias = Array
"""Shape (worlds, buyers, offers)."""
PerWorldRow: TypeAlias = Array
"""Shape (worlds, buyers, incumbents): a buyer's demand split by what it uses now."""
PerWorldRowOffer: TypeAlias = Array
"""Shape (worlds, buyers, incumbents, offers)."""


def read_only(array: Array) -> Array:
    """The same array, locked against writing: what is given out cannot be changed behind the giver's back."""
    if not array.flags.writeable:  # mostly: given on from quarter to quarter
        return array
    locked = array.view()
    locked.flags.writeable = False
    return locked


Owner = TypeVar("Owner")
About = TypeVar("About")
Answer = TypeVar("Answer")
Question: TypeAlias = Callable[[Owner, About], Answer]


def once(*names: str) -> Callable[[Question[Owner, About, Answer]], Question[Owner, About, Answer]]:
    """For a method whose answer hangs on nothing but these fields of what it is asked about (dots go deeper), or on all
    of it where none is named: while they are the very same objects, which nobody changes in place, the last answer is
    given again.

    What parameters alone decide is so worked out once a game, what a quarter's prices decide once a quarter. Answers
    are locked by whoever gives them."""
    fields: list[Callable[[About], object]] = [attrgetter(name) for name in names] or [lambda about: about]

    def made(work: Question[Owner, About, Answer]) -> Question[Owner, About, Answer]:
        place = f"_last{work.__name__}"

        @wraps(work)
        def answered(self: Owner, about: About) -> Answer:
            asked, last = [field(about) for field in fields], vars(self).get(place)
            if last is None or not all(map(is_, last[0], asked)):
                last = vars(self)[place] = asked, work(self, about)
            answer: Answer = last[1]
            return answer

        return answered

    return made


def ratio(numerator: Array, denominator: Array) -> Array:
    """numerator / denominator, and 0 where the denominator is 0 (never NaN for an empty thing)."""
    empty = np.equal(denominator, 0.0)
    if not np.count_nonzero(empty):  # mostly; the same bits without the detour
        return np.asarray(numerator / denominator)
    return np.where(empty, 0.0, numerator / np.where(empty, 1.0, denominator))


def power(base: Array | float, exponent: Array | float) -> Array:
    """base ^ exponent for base >= 0; shapes broadcast. For an exponent that is data: a literal one may be written as
    **.

    By logarithm, because numpy's power answers an exponent that is the same for all in another way (1 / x for -1, say)
    than one that is read item by item, and one world always looks the same for all: the last bit would depend on R."""
    none = np.equal(base, 0.0)
    if not np.count_nonzero(none):  # mostly; the same bits without the detour
        return np.asarray(np.exp(np.multiply(exponent, np.log(base))))
    grown = np.exp(np.multiply(exponent, np.log(np.where(none, 1.0, base))))
    at_zero = np.where(np.equal(exponent, 0.0), 1.0, np.where(np.greater(exponent, 0.0), 0.0, np.inf))
    return np.asarray(np.where(none, at_zero, grown))


def total_by_group(values: Array, groups: Array) -> Array:
    """Sum of values (worlds, items) by group: groups (items, groups) holds each item's part in each. (worlds, groups).

    A sum and not a matrix product: BLAS takes another road for one world than for many, and the last bit would depend
    on R."""
    return np.asarray((values[:, :, None] * groups).sum(axis=1))


def total_by(amount: Array, place: Index, places: int) -> Array:
    """Sum over the items that share a place (an owner, a family, a line, a region): amount (worlds, items) -> (worlds,
    places).

    Added item by item in their order, so that the last bit depends on nothing else (numpy's reductions, reduceat among
    them, add one world in another order than many)."""
    worlds = len(amount)
    if amount.shape != (worlds, len(place)):
        raise ValueError(f"{len(place)} places for an amount of shape {amount.shape}")
    compiled = kernels.taken("sums")
    if compiled is not None:
        added: Array = compiled.total_by(amount, place, places)
        return added
    cells = (np.arange(worlds)[:, None] * places + place).reshape(-1)
    total = np.bincount(cells, np.ascontiguousarray(amount).reshape(-1), worlds * places)
    return np.asarray(total.reshape(worlds, places), dtype=np.float64)
