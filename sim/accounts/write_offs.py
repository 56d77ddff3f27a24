"""Book value that is lost when equipment leaves before its reported life ends: at a set age, or scrapped for a better
chip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.accounts.state import Assets
from sim.arrays import Array, PerWorld, PerWorldOwner, PerWorldPool, ratio, total_by
from sim.parameters import Parameters
from sim.roster import Roster
from sim.supply.capacity import AGES, Fleet
from sim.supply.state import Made


@dataclass(frozen=True)
class Scrapped:
    """Equipment that makes room for better chips: what is kept of the list of spending, what books lose and what tax
    books still held (worlds, owners) musd."""

    kept: Assets
    lost: PerWorldOwner
    tax_left: PerWorldOwner

    @classmethod
    def of(cls, equipment: Assets, scrapped: Array, fleet: Fleet, roster: Roster, p: Parameters) -> Scrapped:
        """Of a quarter, before its own spending. scrapped (worlds, pools, AGES) H100e; fleet: what is left."""
        kept, gone = equipment.without(scrapped_share(scrapped, fleet, roster))
        lost = value_left(gone, p.useful_life_quarters, p.retirement_quarters)
        return cls(kept, lost, value_left(gone, p.tax_life_quarters))

    def and_retired(self, equipment: Assets, p: Parameters) -> tuple[Array, Array]:
        """What is lost with what retires at its age too, and spending by age on what was in service till now."""
        lost, serving = write_off(equipment, p)
        return lost + self.lost, serving


def write_off(equipment: Assets, p: Parameters) -> tuple[Array, Array]:
    """Book value left in equipment retired before its reported life ends; spending by age on what was in service till
    now.

    Taxes follow their own life whatever is reported, so nothing leaves the list of spending itself."""
    ages = np.arange(equipment.capex_by_age.shape[2])
    life, retired = np.rint(p.useful_life_quarters)[:, None], np.rint(p.retirement_quarters)[:, None]
    going = (ages == retired - 1.0) & (retired < life)
    left = np.clip(life - 1.0 - ages, 0.0, None) / life
    lost = np.where(going[:, None], equipment.capex_by_age * left[:, None], 0.0).sum(axis=2)
    return lost, np.where((ages < retired)[:, None], equipment.capex_by_age, 0.0)


def scrapped_share(scrapped: Array, fleet: Fleet, roster: Roster) -> Array:
    """Part of each vintage of an owner that is scrapped this quarter, (worlds, owners, AGES), by H100e.

    scrapped (worlds, pools, AGES); fleet: what is left. Chips are paid when they are delivered, a quarter before they
    stand: until a quarter's books are closed, spending is as old as its vintage."""
    owners, worlds = len(roster.owners), len(scrapped)
    if not scrapped.any():
        return np.zeros((worlds, owners, AGES))
    place = (roster.pool_owner[:, None] * AGES + np.arange(AGES)).reshape(-1)
    gone, left = (total_by(h100e.reshape(worlds, -1), place, owners * AGES) for h100e in (scrapped, fleet.h100e))
    return np.asarray(ratio(gone, gone + left).reshape(worlds, owners, AGES))


def freed_watts(made: Made, fleet: Fleet, watts: PerWorldPool) -> PerWorldPool:
    """IT watts of what went out of service: at its life like the fleet on average, watts (worlds, pools) per H100e;
    scrapped as its vintage."""
    aged = made.retired - made.scrapped.sum(axis=2)
    return np.asarray(aged * watts + (made.scrapped * fleet.watts_per_h100e).sum(axis=2))


def value_left(gone: Array, life: PerWorld, service: PerWorld | None = None) -> PerWorldOwner:
    """Value left in what is scrapped, musd: gone (worlds, owners, AGES) spending, whose first quarters are charged; a
    vintage of age a has lost a + 1 parts of `life`. service: life at which vintages have been written off already."""
    ages, whole = np.arange(gone.shape[2]), np.rint(life)[:, None]
    left = np.clip(whole - 1.0 - ages, 0.0, None) / whole
    if service is not None:
        left = np.where(ages < np.rint(service)[:, None] - 1.0, left, 0.0)
    return np.asarray((gone * left[:, None]).sum(axis=2))
