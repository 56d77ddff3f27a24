"""What labs by name are known to hold in a quarter before an opening, and which part of it deals of that time owe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.anchors import table
from sim.anchors.table import Row
from sim.arrays import Array, PerWorldPool, ratio
from sim.axes import Site
from sim.market.state import Owed
from sim.parameters import Parameters


def in_force(deals: tuple[Row, ...], quarter: int) -> tuple[Row, ...]:
    """Deals that stand in a quarter (an ordinal): known by then, begun, not over, and not replaced by one known by
    then."""
    replaced = {deal.replaces for deal in deals if deal.known <= quarter}
    return tuple(
        deal
        for deal in deals
        if max(deal.known, deal.points[0][0]) <= quarter <= deal.until and deal.name not in replaced
    )


@dataclass(frozen=True)
class Dated:
    """Deals in force in a quarter by place, (offers, buyers): h100e as they were signed, quarters that are left, this
    one included, and the part that is paid for whether used or not; 0 where none is."""

    h100e: Array
    left: Array
    take_or_pay: Array

    @classmethod
    def of(cls, core: Site, quarter: int) -> Dated:
        """From the table, in a quarter (an ordinal)."""
        h100e, left, take_or_pay = np.zeros((3, len(core.offers), len(core.buyers)))
        for deal in in_force(table.rows(), quarter):
            if deal.offer in core.offers and deal.lab in core.buyers:
                place = core.offers.index(deal.offer), core.buyers.index(deal.lab)
                h100e[place] += deal.path(quarter, 1)[1, 0]
                left[place] = max(left[place], deal.until - quarter + 1.0)
                take_or_pay[place] = max(take_or_pay[place], deal.take_or_pay)
        return cls(h100e, left, take_or_pay)


@dataclass(frozen=True)
class Holdings:
    """What is given of labs in a quarter: known (worlds, offers, buyers) H100e, and the deals then in force."""

    known: Array
    dated: Dated

    def level(self, p: Parameters) -> Array:
        """The part of it that deals owe, (worlds, offers, buyers): all that is known where one is in force."""
        return np.asarray(np.where(self.dated.h100e > 0.0, self.known, 0.0) * p.deals_bind[:, None, None])

    def wanted(self, p: Parameters) -> Array:
        """The use that it serves, (worlds, buyers): a deal's capacity in full, the rest over 1 + over-commitment."""
        level, over = self.level(p), (1.0 + p.overcommitment)[:, None]
        return np.asarray(level.sum(axis=1) + (self.known - level).sum(axis=1) / over)

    def owed(self, core: Site, cost: PerWorldPool, p: Parameters) -> Owed:
        """What the core's market is told. cost (worlds, pools): of new capacity, USD per H100e-hour."""
        shape, pool = self.known.shape, core.pools[np.maximum(core.offer_pool, 0)]
        return Owed(
            level=self.level(p),
            term=np.broadcast_to(self.dated.left, shape),
            cost=np.broadcast_to(cost[:, pool, None], shape),
            take_or_pay=np.broadcast_to(self.dated.take_or_pay, shape),
            coming=np.zeros((shape[0], shape[2])),
            known=self.known,
        )


def in_place(held: Array, live: Array) -> Array:
    """What deals have in place as a game opens, over what the table says of them: (worlds, places). held, live (worlds,
    places) H100e: by the table, and as the opening finds it; 1 where either is nothing."""
    return np.where((held > 0.0) & (live > 0.0), ratio(live, held), 1.0)
