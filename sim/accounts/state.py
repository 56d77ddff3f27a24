"""What accounts remember, and a quarter's statement."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, total_by
from sim.roster import Roster
from sim.supply.capacity import AGES, Fleet
from sim.units import USD_PER_MUSD


@dataclass(frozen=True)
class Assets:
    """Capital spending by age of entities: (worlds, entities, AGES)."""

    capex_by_age: Array

    def add(self, capex: Array) -> Assets:
        """A quarter later, with this quarter's spending (worlds, entities) as the newest vintage."""
        moved = np.empty_like(self.capex_by_age)
        moved[..., 1:] = self.capex_by_age[..., :-1]
        moved[..., 0] = capex
        return Assets(moved)

    def without(self, share: Array) -> tuple[Assets, Array]:
        """What is left when so much of each vintage leaves (worlds, entities, AGES), and what leaves, musd."""
        gone = self.capex_by_age * share
        return Assets(self.capex_by_age - gone), gone

    @classmethod
    def empty(cls, worlds: int, entities: int) -> Assets:
        """Nothing on the books."""
        return cls(np.zeros((worlds, entities, AGES)))

    @classmethod
    def of_fleet(cls, roster: Roster, fleet: Fleet, capex_usd_per_h100e: Array) -> Assets:
        """Books of the owners at the start: deliveries by age at today's system cost, (worlds, owners, AGES) musd."""
        spent = fleet.h100e * capex_usd_per_h100e[:, :, None] / USD_PER_MUSD
        core, owners = spent * ~roster.pool_is_edge[:, None], len(roster.owners)
        return cls(np.stack([total_by(core[:, :, age], roster.pool_owner, owners) for age in range(AGES)], axis=2))


@dataclass(frozen=True)
class Balance:
    """Stocks of money: cash (worlds, owners), vendor_cash (worlds, families), equipment by age, gross value of sites,
    debt, and building, what has been paid of sites for capacity still on order (worlds, owners)."""

    cash: Array
    vendor_cash: Array
    equipment: Assets
    sites_gross: Array
    debt: Array
    building: Array

    def without(self, gone: Array) -> Balance:
        """The balances when owners have left, gone (worlds, owners) ones: nothing of theirs is on the books."""
        kept = 1.0 - gone
        equipment, _ = self.equipment.without(np.broadcast_to(gone[:, :, None], self.equipment.capex_by_age.shape))
        return replace(
            self,
            cash=self.cash * kept,
            equipment=equipment,
            sites_gross=self.sites_gross * kept,
            debt=self.debt * kept,
            building=self.building * kept,
        )


@dataclass(frozen=True)
class Statement:
    """A quarter's accounts, musd: (worlds, owners) unless said. vendor_* (worlds, families); spend (worlds,
    parties). financing: what the rest of the firm, lenders and shareholders put in, less what is repaid; backed,
    called: what of it the rest of the firm and shareholders put in."""

    revenue: Array
    cash_costs: Array
    depreciation: Array
    write_off: Array
    operating_income: Array
    tax: Array
    capex: Array
    free_cash_flow: Array
    interest: Array
    financing: Array
    backed: Array
    called: Array
    vendor_revenue: Array
    vendor_cost: Array
    buyer_spend: Array
    switching_spend: Array
    fees: Array
    energy_mwh: Array
    fines: Array
    imbalance: Array
    chip_spend: Array
