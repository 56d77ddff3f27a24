"""Who moved, and what moving cost: charges of the cloud that is left, software work for the stack that is entered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.axes import Site
from sim.equilibrium.clearing import Clearing
from sim.equilibrium.demand import Demand
from sim.market.lock_in import Origins, SwitchingCosts
from sim.units import QUARTERS_PER_YEAR, USD_PER_MUSD


@dataclass(frozen=True)
class Moves:
    """Money in musd per hour of a quarter, flows in H100e of use.

    fee_musd_per_hour (worlds, owners, buyers): charged by the cloud that is left; porting_musd_per_hour (worlds, offers,
    buyers): software work for the offer entered; switched (worlds, buyers): returning demand that changed cloud; ported
    (worlds, offers, buyers): demand that entered another stack."""

    fee_musd_per_hour: Array
    porting_musd_per_hour: Array
    switched: Array
    ported: Array


def moves(
    site: Site, origins: Origins, asked: Demand, returning: Array, cleared: Clearing, costs: SwitchingCosts, paid: Array, over: Array
) -> Moves:  # fmt: skip
    """Flows from what buyers used to what they signed, and their money.

    returning (worlds, buyers, incumbents): the part of what seeks that was in use and can leave; growth leaves nothing
    behind. over (worlds,): committed over used; paid (worlds, offers, buyers) USD per H100e-hour."""
    owners = costs.cloud_fee_years.shape[2]
    ports, ported = np.zeros_like(cleared.by_buyer), np.zeros_like(cleared.by_buyer)
    left = np.zeros((len(over), owners, len(site.buyers)))
    switched = np.zeros((len(over), len(site.buyers)))
    managed = costs.stack_years.shape[3] - 1
    works = costs.stack_years[:, :, origins.stack]
    from_cloud = origins.cloud[:, None] == np.arange(owners)
    for offer in range(len(site.offers)):
        family = site.offer_family[offer] if site.offer_family[offer] >= 0 else managed
        flow = asked.mass * cleared.shares[:, offer]
        ports[:, offer] = np.einsum("rbi,rbi->rb", flow, works[..., family])
        if family < managed:
            new_stack = (origins.stack != family) & (origins.stack != origins.tied)
            ported[:, offer] = np.einsum("rbi,i->rb", flow, new_stack.astype(float))
        moved = returning * cleared.shares[:, offer]
        for owner in np.flatnonzero(from_cloud.any(axis=0)):
            if owner != site.offer_owner[offer]:
                gone = np.einsum("rbi,i->rb", moved, from_cloud[:, owner].astype(float))
                switched += gone
                left[:, owner] += gone * paid[:, offer]
    fees = left * costs.cloud_fee_years.transpose(0, 2, 1)
    year = QUARTERS_PER_YEAR / USD_PER_MUSD
    scale = over[:, None]
    return Moves(fees * year, ports * year * paid / scale[..., None], switched, ported / scale[..., None])
