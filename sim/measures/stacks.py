"""What is measured of software stacks and of those who are held by them: ecosystems, costs, concentration of labs'
bookings."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, PerWorld, ratio
from sim.state import Given, Quarter, State


def measure(g: Given, after: State, played: Quarter) -> dict[str, Array]:
    """Metrics of a quarter, (worlds,) each; 0 for what the roster does not have."""
    families, owners, cost = g.roster.families, g.roster.owners, played.opened.made.unit_cost
    none = np.zeros(g.worlds)
    known = "trainium" in families and "nvidia" in families
    ours, theirs = (families.index(name) if known else 0 for name in ("trainium", "nvidia"))
    return {
        "ecosystem_trainium_mh100e_quarters": after.learning.ecosystem[:, ours] if known else none,
        "unit_cost_trainium_over_nvidia": ratio(cost[:, ours], cost[:, theirs]) if known else none,
        "cost_edge_trainium": cost_edge(g, played, "trainium"),
        "cost_edge_tpu": cost_edge(g, played, "tpu"),
        "labs_booking_concentration": booking_concentration(g, after),
        "trainium_direct_share_engineers": direct_share(g, played, True),
        "trainium_direct_share_users": direct_share(g, played, False),
        "aws_ai_depreciation_musd": played.statement.depreciation[:, owners.index("aws")] if "aws" in owners else none,
    }


def cost_edge(g: Given, played: Quarter, name: str) -> PerWorld:
    """How far the all-in cost of an own design lies below its owner's Nvidia capacity, both new and at the core: one
    less their ratio. 0 where an owner has not both."""
    roster, cost = g.roster, played.opened.made.costs.long_run_usd
    place = {
        (pool.owner, roster.families[pool.family]): number
        for number, pool in enumerate(roster.pools)
        if pool.site == "core"
    }
    for maker, own in enumerate(roster.own_family):
        ours, theirs = place.get((maker, name)), place.get((maker, "nvidia"))
        if own >= 0 and roster.families[own] == name and ours is not None and theirs is not None:
            return np.asarray(1.0 - cost[:, ours] / cost[:, theirs])
    return np.zeros(g.worlds)


def booking_concentration(g: Given, after: State) -> PerWorld:
    """Herfindahl index (0-1) of the offers that a lab with an investor cloud holds, mean over such labs."""
    site = g.roster.sites[0]
    tied = (site.buyer_lab >= 0) & (site.buyer_partner >= 0)
    held = after.sites[0].book.live()[:, :, tied]
    total = held.sum(axis=1)
    concentration = (ratio(held, total[:, None]) ** 2).sum(axis=1)
    return np.asarray(ratio(concentration.sum(axis=1), (total > 0.0).sum(axis=1).astype(float)))


def direct_share(g: Given, played: Quarter, skilled: bool) -> PerWorld:
    """Share of Trainium rented directly in what segments' buyers with (or without) engineers use at the core."""
    roster, site, used = g.roster, g.roster.sites[0], played.outcomes[0].used
    names = [roster.families[family] if family >= 0 else "" for family in site.offer_family]
    ours = np.array([name == "trainium" for name in names]) & ~site.offer_managed
    buyers = (site.buyer_lab < 0) & ((site.buyer_skill > 0.5) == skilled)
    mine = used[:, :, buyers].sum(axis=2)
    return np.asarray(ratio((mine * ours).sum(axis=1), mine.sum(axis=1)))
