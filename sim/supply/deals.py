"""What an owner of capacity really pays for a merchant chip: the list price, less rebates for loyalty, capped by
guarantees.

    price of (owner, family) = list x negotiated x (1 - rebate x loyalty) x (1 - covered x (1 - cap))

loyalty is the family's part of the owner's merchant chips, installed and on order. A guarantee caps what a family's
largest buyer pays for so many MW a quarter at the list price when it began: covered is the part of a quarter's
*deliveries* that it reaches, cap the guaranteed price over the list price, at most 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, Index, Mask, PerWorldPool, ratio, total_by
from sim.roster import Roster


@dataclass(frozen=True)
class Terms:
    """Vendors' terms of a quarter, (worlds, families): rebate share, guarantee MW a quarter, and the list price when it
    began.

    leverage (worlds, pairs): bargained over list price when the game began, in which terms of later quarters are
    measured; None before the first terms are struck."""

    rebate: Array
    guarantee_mw: Array
    guaranteed_price: Array
    leverage: Array | None = None

    @classmethod
    def none(cls, chip_price: Array) -> Terms:
        """Nothing granted."""
        return cls(np.zeros_like(chip_price), np.zeros_like(chip_price), chip_price)

    def renewed(self, rebate: Array, guarantee_mw: Array, chip_price: Array) -> Terms:
        """Next quarter's terms: a guarantee keeps the price at which it began while it lasts."""
        lasts = (self.guarantee_mw > 0.0) & (guarantee_mw > 0.0)
        return Terms(rebate, guarantee_mw, np.where(lasts, self.guaranteed_price, chip_price), self.leverage)


def loyalty(roster: Roster, h100e: Array) -> Array:
    """A family's part of its buyer's merchant chips, 0 for own designs: h100e (worlds, pools) -> (worlds, pools)."""
    merchant = merchant_pools(roster)
    counted = h100e * merchant
    total = total_by(counted, roster.pool_owner, len(roster.owners))
    place = roster.pool_owner * len(roster.families) + roster.pool_family
    pair = total_by(counted, place, len(roster.owners) * len(roster.families))
    return np.where(merchant, ratio(pair[:, place], total[:, roster.pool_owner]), 0.0)


def merchant_pools(roster: Roster) -> Mask:
    """Pools of chips that are bought, not designed at home: (pools,)."""
    return np.asarray(~roster.family_is_own[roster.pool_family])


def rebated(roster: Roster, terms: Terms, loyal: Array) -> PerWorldPool:
    """Price over list price of each pool's chips after rebates for loyalty."""
    return 1.0 - terms.rebate[:, roster.pool_family] * loyal


@dataclass(frozen=True)
class Guarantee:
    """What vendors guarantee, (worlds, families): MW of deliveries a quarter, and the price that they will not pass,
    USD per H100e."""

    mw: Array
    price: Array

    @classmethod
    def none(cls, chip_price: Array) -> Guarantee:
        """Nothing guaranteed."""
        return cls(np.zeros_like(chip_price), chip_price)

    def factor(self, roster: Roster, chip_price: Array, on_order: PerWorldPool, delivered_mw: PerWorldPool) -> Array:
        """Price over what would else be paid for a quarter's deliveries: (worlds, pools).

        on_order: H100e, by which the largest buyer of a family is known; those with as much share the guarantee."""
        family, families = roster.pool_family, len(roster.families)
        largest = _largest(on_order, family, families)
        alike = np.maximum(total_by(largest.astype(float), family, families), 1.0)[:, family]
        covered = np.minimum(1.0, ratio(self.mw[:, family], delivered_mw * alike))
        cap = np.minimum(1.0, ratio(self.price, chip_price))[:, family]
        return np.asarray(1.0 - np.where(largest, covered * (1.0 - cap), 0.0))


def _largest(orders: Array, family: Index, families: int) -> Mask:
    """Is the pool the one with the most on order of its family? (worlds, pools)."""
    top = np.zeros((len(orders), families))
    for pool, place in enumerate(family):
        top[:, place] = np.maximum(top[:, place], orders[:, pool])
    return (orders > 0.0) & (orders == top[:, family])
