"""How many customers leave their cloud, counted by number and not by compute.

Regulators count customers, not accelerators: the CMA found that at most one in a hundred changes its cloud in a year.
"""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, PerWorld, power, ratio
from sim.axes import Site
from sim.roster import Roster, column, numbers
from sim.state import Given, Quarter
from sim.units import QUARTERS_PER_YEAR


def measure(g: Given, played: Quarter) -> dict[str, Array]:
    """Metrics of a quarter, (worlds,) each."""
    return {"cloud_leavers_per_year": leavers(g, played)}


def leavers(g: Given, played: Quarter) -> PerWorld:
    """Share of customers of public clouds that leave one for another, a year.

    Who leaves: of a type of buyer, the part of what ran whose commitment ended (or that had run and waited) and that
    signed with another cloud this quarter, over all that ran when the quarter began. Not counted: growth that goes to
    another cloud beside the old one, a port to another chip of the same cloud, whoever stops altogether, and demand
    owed to an investor. A type is many alike customers with one cloud each, so a part of its use is a part of its
    customers, and whoever leaves, leaves altogether: read it as the most that whole-provider switching can be. A year
    has four such quarters and counts nobody twice: 1 - (1 - q)^4 by type, averaged over types by their number. The
    core only: what stands at the edge is no public cloud."""
    site, outcome = g.roster.sites[0], played.outcomes[0]
    over = 1.0 + played.opened.p.overcommitment
    ran = outcome.frozen.live.sum(axis=1) / over[:, None] + outcome.seekers.returning.sum(axis=2)
    number = customers(site, g.roster) * (ran > 0.0)
    stay = 1.0 - np.minimum(ratio(outcome.switched, ran), 1.0)
    yearly = 1.0 - power(stay, float(QUARTERS_PER_YEAR))
    return ratio((number * yearly).sum(axis=1), number.sum(axis=1))


def customers(site: Site, roster: Roster) -> Array:
    """How many customers each buyer of a site stands for: (buyers,). A segment's number (roster table) is shared out
    over its types as its compute is, by region and skill class; a lab is one."""
    tables, segment = roster.tables, site.buyer_segment
    rows = tables["segments"]
    weights = np.stack([numbers(tables["regions"], name) for name in column(rows, "region_weight")])
    share = {float(row["skill"]): float(row["share"]) for row in tables["skills"]}
    classes = np.array([share.get(skill, 1.0) for skill in site.buyer_skill])
    of_types = numbers(rows, "customers")[segment] * weights[segment, site.buyer_region] * classes
    return np.where(segment >= 0, of_types, 1.0)
