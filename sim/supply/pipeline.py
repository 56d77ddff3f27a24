"""What is under way when a game opens: deliveries that are known, and the recent growth of deliveries going on, fading.

Owners' backlogs and designers' bookings are put in step with it, so that what is known ends without a break: whoever
books next books on top of what is coming, not on top of an empty queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.arrays import Array, Index, power, ratio, total_by

USUAL_BACKLOG = 0.5
"""Part of a quarter's orders that is usually left on order when a quarter is made: what the booking rule takes as no
excess."""


def rise(growth: Array, persistence: Array, quarters: int) -> Array:
    """Level of deliveries 1, 2, ... quarters on, relative to the last: exp(g (r + r^2 + ...)), (worlds, quarters,
    pools).

    growth (worlds, pools): log growth a quarter that was measured; persistence (worlds,): the part r of it that is left
    a quarter later."""
    left = np.stack([power(persistence, float(k)) for k in range(1, quarters + 1)], axis=1)
    return np.exp(growth[:, None] * np.cumsum(left, axis=1)[:, :, None])


class Pace(NamedTuple):
    """How deliveries went before the start: flow (worlds, pools) H100e a quarter, its growth (worlds, pools) in
    logs, and the part of the growth that is left a quarter later, persistence (worlds,)."""

    flow: Array
    growth: Array
    persistence: Array


@dataclass(frozen=True)
class Pipeline:
    """Deliveries under way at the start. given (quarters, worlds, pools): known ones, as they came; ahead (worlds,
    quarters, pools): those of the quarters after the start, the known first; line: production line of each pool; lead
    (worlds,) quarters."""

    given: Array
    ahead: Array
    line: Index
    lines: int
    lead: Array

    @classmethod
    def open(
        cls,
        given: Array,
        pace: Pace,
        line: Index,
        lines: int,
        lead: Array,
        length: int,
    ) -> Pipeline:
        """What is known, then `length` quarters that rise by what is left of the measured growth: from the pace's flow,
        or from the last known quarter, shared out over pools as in the last two (a pool's single quarter is one
        source's spread)."""
        last = pace.flow
        if len(given):
            recent = given[-2:].mean(axis=0)
            last = recent * ratio(given[-1].sum(axis=1), recent.sum(axis=1))[:, None]
        later = last[:, None] * rise(pace.growth, pace.persistence, length)
        ahead = np.concatenate([given.transpose(1, 0, 2), later], axis=1) if len(given) else later
        return cls(given, np.maximum(ahead, 0.0), line, lines, lead)

    def known(self, quarter: int) -> bool:
        """Does what is delivered in this quarter of the game come as it came? (Made in a quarter, installed in the
        next.)"""
        return quarter < len(self.given)

    def queue(self, per_wafer: Array, length: int) -> Array:
        """Wafers booked for the first quarters, as far as a lead time reaches: (worlds, lines, length)."""
        due = self._wafers(range(1, length + 1), per_wafer)
        return np.where(np.arange(length) < np.rint(self.lead)[:, None, None], due, 0.0)

    def in_step(self, queue: Array, backlog: Array, quarter: int, per_wafer: Array) -> tuple[Array, Array]:
        """Queue and backlog after a known quarter: bookings as they must have been for what is known, orders at least
        for the next.

        quarter: the one just made, so that position 0 of the queue is due in the next."""
        if not self.known(quarter):
            return queue, backlog
        left = max(len(self.given) - quarter - 1, 0)
        known = np.arange(queue.shape[2]) < left
        due = self._wafers(range(quarter + 1, quarter + 1 + queue.shape[2]), per_wafer)
        return np.where(known, due, queue), np.maximum(backlog, USUAL_BACKLOG * self.ahead[:, quarter + 1])

    def _wafers(self, quarters: range, per_wafer: Array) -> Array:
        by_quarter = [total_by(self.ahead[:, quarter], self.line, self.lines) / per_wafer for quarter in quarters]
        return np.stack(by_quarter, axis=2)
