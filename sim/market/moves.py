"""Who moved, and what moving cost: charges of the cloud that is left, software work for the stack that is entered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import kernels
from sim.arrays import Array
from sim.axes import Site
from sim.market.lock_in import Origins
from sim.market.state import Chosen
from sim.units import QUARTERS_PER_YEAR, USD_PER_MUSD


@dataclass(frozen=True)
class Moves:
    """Money in musd per hour of a quarter, flows in H100e of use.

    fee_musd_per_hour (worlds, owners, buyers): charged by the cloud that is left; porting_musd_per_hour (worlds,
    offers, buyers): software work for the offer entered; switched (worlds, buyers): returning demand that changed
    cloud; ported (worlds, offers, buyers): demand that entered another stack."""

    fee_musd_per_hour: Array
    porting_musd_per_hour: Array
    switched: Array
    ported: Array


def moves(site: Site, origins: Origins, chosen: Chosen, over: Array) -> Moves:
    """Flows from what buyers used to what they signed, and their money. over (worlds,): committed over used.

    Only what was in use leaves something behind (`returning`), charged on the bill of the cloud left; growth does
    not, and no more does growth that waited."""
    left, switched, ports, ported = flows(site, origins, chosen)
    fees = left * chosen.costs.cloud_fee_years.transpose(0, 2, 1)
    year, scale = QUARTERS_PER_YEAR / USD_PER_MUSD, over[:, None]
    money = ports * year * chosen.paid / scale[..., None]
    return Moves(fees * year, money, switched, ported / scale[..., None])


def flows(site: Site, origins: Origins, chosen: Chosen) -> tuple[Array, Array, Array, Array]:
    """Bill taken away from each cloud, USD an hour (worlds, owners, buyers); demand that changed cloud (worlds,
    buyers); years of the bill that ports into each offer take, and demand that enters another stack (worlds, offers,
    buyers)."""
    compiled, costs = kernels.find("choices"), chosen.costs
    if compiled is None:
        return *_left(site, origins, chosen), *_ports(site, origins, chosen)
    who = (chosen.asked.mass, chosen.seekers.returning, chosen.cleared.shares, costs.stack_years, costs.cloud_price)
    places = (origins.stack, origins.cloud, costs.targets(site.offer_family), site.offer_owner)
    return compiled.flows(*who, *places, origins.tied, costs.cloud_fee_years.shape[2])


def _ports(site: Site, origins: Origins, chosen: Chosen) -> tuple[Array, Array]:
    """Years of the bill that ports into each offer take, and demand that enters another stack: (worlds, offers,
    buyers)."""
    shares = chosen.cleared.shares
    ports, ported = np.zeros_like(chosen.cleared.by_buyer), np.zeros_like(chosen.cleared.by_buyer)
    managed = chosen.costs.stack_years.shape[3] - 1
    works = chosen.costs.stack_years[:, :, origins.stack]
    for offer in range(len(site.offers)):
        family = site.offer_family[offer] if site.offer_family[offer] >= 0 else managed
        flow = chosen.asked.mass * shares[:, offer]
        ports[:, offer] = np.einsum("rbi,rbi->rb", flow, works[..., family])
        if family < managed:
            new_stack = (origins.stack != family) & (origins.stack != origins.tied)
            ported[:, offer] = np.einsum("rbi,i->rb", flow, new_stack.astype(float))
    return ports, ported


def _left(site: Site, origins: Origins, chosen: Chosen) -> tuple[Array, Array]:
    """Bill taken away from each cloud, USD an hour (worlds, owners, buyers), and demand that changed cloud (worlds,
    buyers)."""
    returning, shares = chosen.seekers.returning, chosen.cleared.shares
    owners = chosen.costs.cloud_fee_years.shape[2]
    left = np.zeros((len(returning), owners, len(site.buyers)))
    switched = np.zeros((len(returning), len(site.buyers)))
    from_cloud = origins.cloud[:, None] == np.arange(owners)
    for offer in range(len(site.offers)):
        moved = returning * shares[:, offer]
        for owner in np.flatnonzero(from_cloud.any(axis=0)):
            if owner != site.offer_owner[offer]:
                gone = np.einsum("rbi,i->rb", moved, from_cloud[:, owner].astype(float))
                switched += gone
                left[:, owner] += gone * chosen.costs.cloud_price[:, :, owner]
    return left, switched
