"""What all measures of a quarter are worked out from, and shares of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, Mask, PerWorld, PerWorldPool, ratio
from sim.roster import Roster
from sim.state import Given, Quarter
from sim.supply.state import IndustryState


@dataclass(frozen=True)
class Figures:
    """A quarter by pool, (worlds, pools): committed and managed H100e, posted prices and those of the family at the
    site, shadow prices; unserved (worlds,): demand left without capacity, after what the exchange served, H100e."""

    committed: PerWorldPool
    managed_committed: PerWorldPool
    managed_use: PerWorldPool
    posted: PerWorldPool
    family_price: PerWorldPool
    shadow: PerWorldPool
    unserved: PerWorld

    @classmethod
    def of(cls, g: Given, supply: IndustryState, played: Quarter) -> Figures:
        """Worked out once for all measures."""
        roster, used = g.roster, played.use.rented
        committed, managed, managed_use, shadow = (np.zeros_like(used) for _ in range(4))
        for site, outcome in zip(roster.sites, played.outcomes, strict=True):
            committed[:, site.pools] += outcome.committed_by_pool
            managed[:, site.pools] += outcome.managed_committed_by_pool
            managed_use[:, site.pools] += outcome.managed_use_by_pool
            shadow[:, site.pools] = outcome.clearing.shadow_price
        posted = np.where(supply.price > 0.0, supply.price, 0.0)
        left = sum(outcome.clearing.outside.sum(axis=(1, 2)) for outcome in played.outcomes)
        unserved = left / (1.0 + played.opened.p.overcommitment) - played.traded.bought.sum(axis=1)
        return cls(
            committed, managed, managed_use, posted, _family_price(roster, posted, used), shadow, np.asarray(unserved)
        )


def _family_price(roster: Roster, posted: Array, use: Array) -> PerWorldPool:
    """Posted direct price of each pool's family at its site: use-weighted mean over pools rented out."""
    families = len(roster.families)
    line = roster.pool_family + families * roster.pool_is_edge
    mine = line == np.arange(2 * families)[:, None]
    weight = np.where(mine & (posted > 0.0)[:, None], use[:, None] + 1.0, 0.0)
    return ratio((posted[:, None] * weight).sum(axis=2), weight.sum(axis=2))[:, line]


def family(roster: Roster, name: str) -> Mask:
    """Pools of a chip family: (pools,); none when the roster does not have it."""
    return np.asarray(roster.pool_family == (roster.families.index(name) if name in roster.families else -1))


def owner(roster: Roster, name: str) -> Mask:
    """Pools of an owner: (pools,); none when the roster does not have it."""
    return np.asarray(roster.pool_owner == (roster.owners.index(name) if name in roster.owners else -1))


def total(amount: Array, part: Mask) -> PerWorld:
    """Sum over some pools: amount (worlds, pools)."""
    return np.asarray((amount * part).sum(axis=1))


def share(amount: Array, part: Mask, whole: Mask | None = None) -> PerWorld:
    """Share of some pools in all, or in those of a whole."""
    whole = np.ones_like(part) if whole is None else whole
    return ratio(total(amount, part & whole), total(amount, whole))
