"""Who uses what: worked out once a quarter, and what owners learn from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, PerWorldFamily, PerWorldOwner, PerWorldPool, once, read_only, total_by
from sim.market.state import SiteOutcome
from sim.parameters import Parameters
from sim.roster import Roster
from sim.supply import capacity


@dataclass(frozen=True)
class Use:
    """H100e in use on every pool, (worlds, pools): own (the owner's), rented (by buyers), and both."""

    own: PerWorldPool
    rented: PerWorldPool
    total: PerWorldPool

    @classmethod
    def booked(cls, roster: Roster, booked_share: PerWorldPool, installed: PerWorldPool) -> Use:
        """Before the first quarter: what is booked of what is installed, own use as at the start."""
        total, captive = booked_share * installed, roster.captive_share
        return cls(total * captive, total * (1.0 - captive), total)

    @classmethod
    def of(cls, roster: Roster, outcomes: tuple[SiteOutcome, ...], own: PerWorldPool) -> Use:
        """What a quarter's markets came to."""
        rented = np.zeros_like(own)
        for site, outcome in zip(roster.sites, outcomes, strict=True):
            rented[:, site.pools] += outcome.direct_use_by_pool + outcome.managed_use_by_pool
        return cls(own, rented, own + rented)

    @once()
    def by_owner(self, roster: Roster) -> PerWorldOwner:
        """All use by owner of the capacity."""
        return read_only(total_by(self.total, roster.pool_owner, len(roster.owners)))

    @once()
    def rented_by_owner(self, roster: Roster) -> PerWorldOwner:
        """What owners rent out."""
        return read_only(total_by(self.rented, roster.pool_owner, len(roster.owners)))

    @once()
    def by_family(self, roster: Roster) -> PerWorldFamily:
        """All use by chip family."""
        return read_only(total_by(self.total, roster.pool_family, len(roster.families)))


def called_for(
    roster: Roster, outcomes: tuple[SiteOutcome, ...], own_used: Array, own_wanted: Array, p: Parameters
) -> tuple[PerWorldPool, PerWorldPool]:
    """The stock that demand at cost-based prices calls for, and what is booked, own use included. (worlds, pools)
    H100e."""
    target = capacity.long_run_target(
        np.zeros_like(own_used), np.zeros_like(own_used), own_wanted, p.target_utilisation
    )
    booked = own_used.copy()
    for site, outcome in zip(roster.sites, outcomes, strict=True):
        live = np.maximum(outcome.committed_by_pool - outcome.clearing.pool_quantity, 0.0)
        target[:, site.pools] = capacity.long_run_target(
            live, outcome.sought_long_run, own_wanted[:, site.pools], p.target_utilisation
        )
        booked[:, site.pools] += outcome.committed_by_pool
    return target, booked
