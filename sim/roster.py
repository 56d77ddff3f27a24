"""Who takes part: owners of capacity, chip families, labs, segments, regulators, read from the tables of a roster.

A roster is scenario data: a folder of tables in `sim/data/rosters`. The market's code knows only positions on axes.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.arrays import Array, Index, Mask
from sim.errors import InputError, unknown

DATA = Path(__file__).parent / "data"
ROSTERS = DATA / "rosters"


Rows = list[dict[str, str]]


@cache
def table(path: Path) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def column(rows: Rows | tuple[dict[str, str], ...], name: str) -> tuple[str, ...]:
    """One column as text."""
    return tuple(row[name] for row in rows)


def numbers(rows: Rows | tuple[dict[str, str], ...], name: str) -> Array:
    """One column as numbers; an empty cell is 0."""
    return np.array([float(row[name] or 0.0) for row in rows])


@dataclass(frozen=True)
class Pool:
    """Where capacity stands: (owner, family, site). `captive_share` of what is booked at the start is the owner's own use."""

    owner: int
    family: int
    site: str
    direct: bool
    captive_share: float
    booked_share: float
    launch_parameter: str


@dataclass(frozen=True)
class Site:
    """The market of one site (core or edge): its buyers, its offers and how offers draw on pools.

    Buyers are sorted by region, so that `region_slices` cut the buyers axis. The incumbents axis of a buyer's demand is
    the offers, then greenfield, then demand tied to an investor's cloud (`tied`).
    """

    name: str
    buyers: tuple[str, ...]
    buyer_party: tuple[str, ...]
    buyer_region: Index
    buyer_segment: Index
    buyer_lab: Index
    buyer_skill: Array
    buyer_partner: Index
    region_slices: tuple[tuple[int, slice], ...]
    offers: tuple[str, ...]
    offer_owner: Index
    offer_family: Index
    offer_managed: Mask
    offer_nest: Index
    offer_pool: Index
    pools: Index
    pool_owner: Index
    pool_family: Index
    eligible: Mask

    @property
    def incumbents(self) -> int:
        """Length of the incumbents axis: offers, greenfield, tied."""
        return len(self.offers) + 2


@dataclass(frozen=True)
class Roster:
    """All parties and the axes they span."""

    name: str
    folder: Path
    regions: tuple[str, ...]
    owners: tuple[str, ...]
    owner_titles: tuple[str, ...]
    is_cloud: Mask
    own_family: Index
    managed_titles: tuple[str, ...]
    families: tuple[str, ...]
    family_titles: tuple[str, ...]
    vendors: tuple[str, ...]
    family_stack: tuple[str, ...]
    family_is_own: Mask
    labs: tuple[str, ...]
    segments: tuple[str, ...]
    regulators: tuple[str, ...]
    regulator_region: Index
    pools: tuple[Pool, ...]
    sites: tuple[Site, ...]
    tables: dict[str, tuple[dict[str, str], ...]]

    @property
    def entities(self) -> dict[str, tuple[str, ...]]:
        """Names on each axis that a parameter may be declared by."""
        return {"region": self.regions, "family": self.families, "lab": self.labs, "segment": self.segments}

    @property
    def pool_owner(self) -> Index:
        """Owner of each pool."""
        return np.array([pool.owner for pool in self.pools])

    @property
    def pool_family(self) -> Index:
        """Chip family of each pool."""
        return np.array([pool.family for pool in self.pools])

    @property
    def pool_is_edge(self) -> Mask:
        """Is the pool at the edge?"""
        return np.array([pool.site == "edge" for pool in self.pools])

    def pool_name(self, pool: int) -> str:
        """'aws/trainium/core'."""
        one = self.pools[pool]
        return f"{self.owners[one.owner]}/{self.families[one.family]}/{one.site}"


def rosters() -> tuple[str, ...]:
    """Names of the rosters that ship."""
    return tuple(sorted(path.name for path in ROSTERS.iterdir() if path.is_dir()))


def load_roster(name: str) -> Roster:
    """A roster by name. InputError when there is none."""
    if name not in rosters():
        raise unknown("roster", name, rosters())
    return _load(ROSTERS / name)


@cache
def _load(folder: Path) -> Roster:
    tables = {path.stem: table(path) for path in sorted(folder.glob("*.csv"))}
    owners, families = column(tables["owners"], "owner"), column(tables["families"], "family")
    regions, labs = column(tables["regions"], "region"), column(tables["labs"], "lab")
    pools = tuple(_pool(row, owners, families) for row in tables["pools"])
    managed_titles = column(tables["owners"], "managed_title")
    builder = _SiteBuilder(tables, owners, families, regions, labs, pools, managed_titles)
    return Roster(
        name=folder.name,
        folder=folder,
        regions=regions,
        owners=owners,
        owner_titles=column(tables["owners"], "title"),
        is_cloud=np.array([kind == "cloud" for kind in column(tables["owners"], "kind")]),
        own_family=np.array(
            [_position(families, family) if family else -1 for family in column(tables["owners"], "own_family")]
        ),
        managed_titles=managed_titles,
        families=families,
        family_titles=column(tables["families"], "title"),
        vendors=column(tables["families"], "vendor"),
        family_stack=column(tables["families"], "stack"),
        family_is_own=np.array([kind == "own" for kind in column(tables["families"], "kind")]),
        labs=labs,
        segments=column(tables["segments"], "segment"),
        regulators=column(tables["regulators"], "regulator"),
        regulator_region=np.array([regions.index(region) for region in column(tables["regulators"], "region")]),
        pools=pools,
        sites=tuple(builder.site(name) for name in ("core", "edge")),
        tables=tables,
    )


def _position(names: tuple[str, ...], name: str) -> int:
    if name not in names:
        raise InputError(f"roster: unknown name '{name}'; there are {', '.join(names)}.")
    return names.index(name)


def _pool(row: dict[str, str], owners: tuple[str, ...], families: tuple[str, ...]) -> Pool:
    return Pool(
        owner=_position(owners, row["owner"]),
        family=_position(families, row["family"]),
        site=row["site"],
        direct=row["direct"] == "1",
        captive_share=float(row["captive_share"]),
        booked_share=float(row["booked_share"]),
        launch_parameter=row["launch_parameter"],
    )


class _Buyer(NamedTuple):
    """A position on a site's buyers axis; -1 stands for none."""

    name: str
    party: str
    region: int
    segment: int
    lab: int
    skill: float
    partner: int


@dataclass(frozen=True)
class _SiteBuilder:
    """Puts the axes of a site together."""

    tables: dict[str, tuple[dict[str, str], ...]]
    owners: tuple[str, ...]
    families: tuple[str, ...]
    regions: tuple[str, ...]
    labs: tuple[str, ...]
    pools: tuple[Pool, ...]
    managed_titles: tuple[str, ...]

    def site(self, name: str) -> Site:
        buyers = self._buyers(name)
        region = np.array([buyer.region for buyer in buyers])
        offers = self._offers(name)
        pools = np.array(sorted({pool for _, _, pool in offers if pool >= 0} | set(self._managed_pools(name))))
        nests = self._nests(offers)
        cuts = np.searchsorted(region, np.arange(len(self.regions) + 1))
        return Site(
            name=name,
            buyers=tuple(buyer.name for buyer in buyers),
            buyer_party=tuple(buyer.party for buyer in buyers),
            buyer_region=region,
            buyer_segment=np.array([buyer.segment for buyer in buyers]),
            buyer_lab=np.array([buyer.lab for buyer in buyers]),
            buyer_skill=np.array([buyer.skill for buyer in buyers]),
            buyer_partner=np.array([buyer.partner for buyer in buyers]),
            region_slices=tuple(
                (r, slice(int(cuts[r]), int(cuts[r + 1]))) for r in range(len(self.regions)) if cuts[r] < cuts[r + 1]
            ),
            offers=tuple(self._offer_name(owner, family) for owner, family, _ in offers),
            offer_owner=np.array([owner for owner, _, _ in offers]),
            offer_family=np.array([family for _, family, _ in offers]),
            offer_managed=np.array([family < 0 for _, family, _ in offers]),
            offer_nest=nests,
            offer_pool=np.array([int(np.flatnonzero(pools == pool)[0]) if pool >= 0 else -1 for _, _, pool in offers]),
            pools=pools,
            pool_owner=np.array([self.pools[pool].owner for pool in pools]),
            pool_family=np.array([self.pools[pool].family for pool in pools]),
            eligible=np.ones((len(buyers), len(offers)), dtype=bool),
        )

    def _buyers(self, site: str) -> list[_Buyer]:
        buyers = []
        for position, segment in enumerate(self.tables["segments"]):
            if segment["site"] != site:
                continue
            for region in range(len(self.regions)):
                for kind in self.tables["skills"]:
                    name = f"{segment['segment']}-{self.regions[region]}-{kind['skill_class']}"
                    buyers.append(_Buyer(name, segment["segment"], region, position, -1, float(kind["skill"]), -1))
        for lab, row in enumerate(self.tables["labs"] if site == "core" else ()):
            partner = _position(self.owners, row["partner"]) if row["partner"] else -1
            region = _position(self.regions, row["region"])
            buyers.append(_Buyer(row["lab"], row["lab"], region, -1, lab, float(row["skill"]), partner))
        return sorted(buyers, key=lambda buyer: buyer.region)

    def _offers(self, site: str) -> list[tuple[int, int, int]]:
        """(owner, family, pool) of each offer, sorted so that the members of a nest stand side by side; managed last."""
        direct = [
            (pool.owner, pool.family, number)
            for number, pool in enumerate(self.pools)
            if pool.site == site and pool.direct
        ]
        direct.sort(key=lambda offer: (offer[1], offer[0]))
        managed = [(owner, -1, -1) for owner, title in enumerate(self.managed_titles) if title and site == "core"]
        return direct + managed

    def _managed_pools(self, site: str) -> list[int]:
        return [
            number
            for number, pool in enumerate(self.pools)
            if site == "core" == pool.site and self.managed_titles[pool.owner]
        ]

    def _nests(self, offers: list[tuple[int, int, int]]) -> Index:
        """A nest is a chip family; each managed service is a nest of its own."""
        keys = [("family", family) if family >= 0 else ("managed", owner) for owner, family, _ in offers]
        order = {key: position for position, key in enumerate(dict.fromkeys(keys))}
        return np.array([order[key] for key in keys])

    def _offer_name(self, owner: int, family: int) -> str:
        return f"{self.owners[owner]}/{self.families[family]}" if family >= 0 else f"{self.owners[owner]}/managed"
