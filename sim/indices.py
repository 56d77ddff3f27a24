"""What later quarters are measured against: the first quarter's basket and last quarter's prices, income outside the
model."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, PerWorld, PerWorldPool, ratio
from sim.equilibrium import welfare


@dataclass(frozen=True)
class Indices:
    """price, weight (worlds, pools): of useful work in the first quarter and in the last; burden (worlds,): switching
    and waiting costs over spending in the first; level, fixed (worlds,): the cost of compute, chained and with the
    first basket; other_income (worlds,): what AWS earned outside the model in the first quarter, musd. None before a
    quarter was played."""

    first_price: PerWorldPool | None
    first_weight: PerWorldPool
    first_burden: PerWorld
    price: PerWorldPool
    weight: PerWorldPool
    chained: PerWorld
    level: PerWorld
    fixed: PerWorld
    other_income: PerWorld

    @classmethod
    def none(cls, worlds: int, pools: int) -> Indices:
        """Before the first quarter."""
        zero, one = np.zeros((worlds, pools)), np.ones(worlds)
        return cls(None, zero, one, zero, zero, one, one, one, np.zeros(worlds))

    def after(self, price: PerWorldPool, weight: PerWorldPool, burden: PerWorld, other_income: PerWorld) -> Indices:
        """A quarter later; burden scales the price up by what switching and waiting cost. The first quarter is 1."""
        if self.first_price is None:
            first = replace(
                self, first_price=price, first_weight=weight, first_burden=burden, other_income=other_income
            )
            return first._moved(price, weight, burden)
        chained = welfare.chained_index(self.chained, self.price, price, self.weight, weight)
        return replace(self, chained=chained)._moved(price, weight, burden)

    def _moved(self, price: PerWorldPool, weight: PerWorldPool, burden: PerWorld) -> Indices:
        assert self.first_price is not None
        basket, extra = self.first_weight, burden / self.first_burden
        fixed: Array = ratio((price * basket).sum(axis=1), (self.first_price * basket).sum(axis=1))
        return replace(self, price=price, weight=weight, level=self.chained * extra, fixed=fixed * extra)
