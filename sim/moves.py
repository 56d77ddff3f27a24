"""Who moved, and what moving cost: charges of the cloud that is left, software work for the stack that is entered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array
from sim.clearing import Clearing, Demand
from sim.lock_in import Origins, SwitchingCosts
from sim.roster import Site
from sim.units import QUARTERS_PER_YEAR, USD_PER_MUSD


@dataclass(frozen=True)
class Moves:
    """By offer entered and buyer, (worlds, offers, buyers): fees, porting in musd per hour of a quarter; switched cloud, ported
    to another stack in H100e of use."""

    fee_musd_per_hour: Array
    porting_musd_per_hour: Array
    switched: Array
    ported: Array


def moves(
    site: Site, origins: Origins, asked: Demand, cleared: Clearing, costs: SwitchingCosts, paid: Array, over: Array
) -> Moves:
    """Flows from what buyers used to what they signed, and their money. over (worlds,): committed over used."""
    fees, ports, switched, ported = (np.zeros_like(cleared.by_buyer) for _ in range(4))
    managed = costs.stack_years.shape[3] - 1
    charges = costs.cloud_fee_years[:, :, origins.cloud]
    works = costs.stack_years[:, :, origins.stack]
    for offer in range(len(site.offers)):
        family = site.offer_family[offer] if site.offer_family[offer] >= 0 else managed
        flow = asked.mass * cleared.shares[:, offer]
        leaves = ((origins.cloud >= 0) & (origins.cloud != site.offer_owner[offer])).astype(float)
        fees[:, offer] = np.einsum("rbi,rbi,i->rb", flow, charges, leaves)
        ports[:, offer] = np.einsum("rbi,rbi->rb", flow, works[..., family])
        switched[:, offer] = np.einsum("rbi,i->rb", flow, leaves)
        if family < managed:
            new_stack = (origins.stack != family) & (origins.stack != origins.tied)
            ported[:, offer] = np.einsum("rbi,i->rb", flow, new_stack.astype(float))
    fees, ports, switched, ported = (moved / over[:, None, None] for moved in (fees, ports, switched, ported))
    year = QUARTERS_PER_YEAR * paid / USD_PER_MUSD
    return Moves(fees * year, ports * year, switched, ported)
