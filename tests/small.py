"""A roster small enough for pen and paper, and its parameters: two clouds, a fleet that serves its owner, three chips,
six buyers.

north   cloud with a chip of its own and a managed service; at the edge too
south   cloud that rents out bought chips only
house   a fleet that serves its owner

Offers of the core: north/gpu, south/gpu, south/rival, north/chip, north/managed. Its pools: north/gpu, north/chip,
south/gpu, south/rival. Buyers: firms (skill 0.75 and 0.25) at home and away, the lab `tied` (skill 1, at home, north
invests in it) and the lab `free` (skill 0.5: the mean, away)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim import remedies
from sim.axes import Pool, SiteBuilder
from sim.declarations import catalogue
from sim.parameters import Parameters
from sim.remedies import REMEDIES, Rules
from sim.roster import Roster, column

TABLES = {
    "owners": """
owner,title,kind,own_family,managed_title,managed_weight,confidentiality,cash_musd,debt_musd,other_cash_musd,capacity_cost_factor
north,North,cloud,chip,Desk,0.25,1.0,1000,0,30,1.0
south,South,cloud,,,0,1.0,500,0,0,1.5
house,House,captive,,,0,0,200,0,0,1.0""",
    "families": """
family,title,vendor,kind,stack,ecosystem_mh100e_quarters,software_maturity,confidentiality,foundry_prepaid_share,research_share,openness
gpu,GPU,Maker,merchant,cuda,30,1.0,1.0,0.5,0.6,0.0
rival,Rival,Second,merchant,rocm,10,0.8,0.5,0.25,0.6,0.8
chip,Chip,Arm of North,own,neuron,5,0.6,0.25,0.0,0.5,0.4""",
    "regions": """
region,firm_weight,plant_weight
home,0.6,0.5
away,0.4,0.5""",
    "labs": """
lab,title,region,partner,skill,term_factor,training_share
tied,Tied,home,north,1.0,2.0,0.5
free,Free,away,,0.5,0.5,0.5""",
    "segments": """
segment,site,weight,region_weight,managed_affinity,residency,term_factor,customers
firms,core,0.5,firm_weight,1.0,0.5,1.0,100
plants,edge,0.5,plant_weight,0.0,0.0,1.5,0""",
    "skills": """
skill_class,share,skill,price_sensitivity_factor,managed_affinity
experts,0.25,0.75,1.2,0.5
users,0.75,0.25,0.8,2.0""",
    "residency": """
region,owner,fit
home,north,1.0
home,south,0.8
away,north,0.6
away,south,0.9""",
    "regulators": """
regulator,region,proof,least_quarters,court_risk,compliance_quarters,fine_ceiling
watch,home,1.0,4,0.5,2,0.0
guard,away,2.0,2,0.25,1,0.1""",
    "token_buyers": """
buyer,party,weight,price_factor,capability_factor,small_model_appeal
firms,firms,3,1.0,1.0,0.0
rest,outside,1,1.0,1.0,0.0""",
}
POOLS = (
    Pool(0, 0, "core", True, 0.25, 0.9, ""), Pool(0, 2, "core", True, 0.0, 0.8, ""),
    Pool(1, 0, "core", True, 0.0, 0.9, ""),
    Pool(1, 1, "core", True, 0.0, 0.5, ""), Pool(2, 0, "core", False, 1.0, 0.9, ""),
    Pool(0, 0, "edge", True, 0.0, 0.8, ""),
    Pool(0, 2, "edge", True, 0.0, 0.0, "trainium_edge_available"),
)  # fmt: skip
"""Owner, family, site, rented out directly, captive and booked share, launch parameter."""


@cache
def small_roster() -> Roster:
    """The roster; positions as above."""
    tables = {name: tuple(csv.DictReader(text.strip().splitlines())) for name, text in TABLES.items()}
    owners, families = column(tables["owners"], "owner"), column(tables["families"], "family")
    regions, labs, titles = (
        column(tables[t], c) for t, c in (("regions", "region"), ("labs", "lab"), ("owners", "managed_title"))
    )
    builder = SiteBuilder(tables, owners, families, regions, labs, POOLS, titles)
    return Roster(
        name="small",
        folder=Path(),
        regions=regions,
        owners=owners,
        owner_titles=column(tables["owners"], "title"),
        is_cloud=np.array([True, True, False]),
        own_family=np.array([2, -1, -1]),
        managed_titles=titles,
        families=families,
        family_titles=column(tables["families"], "title"),
        vendors=column(tables["families"], "vendor"),
        family_stack=column(tables["families"], "stack"),
        family_is_own=np.array([False, False, True]),
        labs=labs,
        segments=column(tables["segments"], "segment"),
        regulators=column(tables["regulators"], "regulator"),
        regulator_region=np.array([0, 1]),
        pools=POOLS,
        sites=(builder.site("core"), builder.site("edge")),
        tables=tables,
    )


def small_parameters(**changes: Any) -> Parameters:
    """Declared defaults in two worlds, but for changes: one number, one a world, or (worlds, entities)."""
    known = catalogue(small_roster())
    plain = known.assemble({name: np.full(2, one.default) for name, (one, _) in known.scalars.items()})
    return plain.replace(**{name: _like(getattr(plain, name), value) for name, value in changes.items()})


def _like(array: np.ndarray, value: Any) -> np.ndarray:
    """A value in the shape of an array: worlds go first."""
    given = np.asarray(value, dtype=float)
    return np.broadcast_to(given[:, None] if given.ndim == 1 and array.ndim == 2 else given, array.shape).copy()


def small_rules(p: Parameters, **strength: Any) -> Rules:
    """Rules of remedies felt at some strength, (worlds, regions) each; none of the others."""
    felt = np.zeros((2, 2, len(REMEDIES)))
    for name, value in strength.items():
        felt[:, :, REMEDIES.index(name)] = value
    return remedies.rules(p, felt)


def row(*worlds: Any) -> np.ndarray:
    """An array with a row a world."""
    return np.array(worlds, dtype=float)
