"""Who takes part: owners of capacity, chip families, labs, segments, regulators, read from the tables of a roster.

A roster is scenario data: a folder of tables in `sim/data/rosters`. The market's code knows only positions on axes.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.arrays import Array, Index, Mask, read_only
from sim.axes import Pool, Site, SiteBuilder, fixed, joining_owners, place_of
from sim.errors import unknown

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


def slug(generation: str) -> str:
    """A generation's name as parameters carry it: 'TPU v7' is 'tpu-v7'."""
    return generation.lower().replace(" ", "-")


@cache
def named_generations(family: str) -> tuple[tuple[str, int], ...]:
    """A family's generations that have levers of their own, each with its position among all of the family: the last on
    the market, then the one announced."""
    rows = [row["generation"] for row in table(DATA / "generations.csv") if row["family"] == family]
    ahead = [row["generation"] for row in table(DATA / "roadmap.csv") if row["family"] == family]
    return tuple((slug(name), len(rows) - 1 + k) for k, name in enumerate([*rows[-1:], *ahead[:1]]))


class Joiner(NamedTuple):
    """An owner that joins later. owner: its position; switch, share_parameter, power_parameter: names of the parameters
    that let it in, say how it is liked, and what power it has; common_power: does it queue with others for power?
    enters: does it come and go by what it would earn, as far as its switch lets it?"""

    owner: int
    switch: str
    share_parameter: str
    power_parameter: str
    common_power: bool
    enters: bool


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

    def numbers(self, table: str, column: str) -> Array:
        """A column of a table as `numbers` reads it, read once and locked."""
        if (table, column) not in self._columns:
            self._columns[table, column] = read_only(numbers(self.tables[table], column))
        return self._columns[table, column]

    @cached_property
    def _columns(self) -> dict[tuple[str, str], Array]:
        return {}

    @property
    def entities(self) -> dict[str, tuple[str, ...]]:
        """Names on each axis that a parameter may be declared by."""
        return {
            "region": self.regions,
            "family": self.families,
            "lab": self.labs,
            "segment": self.segments,
            "owner": self.owners,
            "generation": tuple(name for family in self.families for name, _ in named_generations(family)),
        }

    @cached_property
    def pool_owner(self) -> Index:
        """Owner of each pool."""
        return fixed([pool.owner for pool in self.pools])

    @cached_property
    def pool_family(self) -> Index:
        """Chip family of each pool."""
        return fixed([pool.family for pool in self.pools])

    @cached_property
    def pool_is_edge(self) -> Mask:
        """Is the pool at the edge?"""
        return fixed([pool.site == "edge" for pool in self.pools])

    @cached_property
    def pool_is_rented(self) -> Mask:
        """Is capacity of the pool rented out, directly or as managed service?"""
        return fixed([pool.direct or bool(self.managed_titles[pool.owner]) for pool in self.pools])

    @cached_property
    def captive_share(self) -> Array:
        """Part of what is in use on each pool that is the owner's own: (pools,)."""
        return fixed([pool.captive_share for pool in self.pools])

    @cached_property
    def joiners(self) -> tuple[Joiner, ...]:
        """Owners that join later."""
        return tuple(
            Joiner(
                place_of(self.owners, row["owner"]),
                row["switch"],
                row["share_parameter"],
                row["power_parameter"],
                row["common_power"] == "1",
                row["enters"] == "1",
            )
            for row in self.tables.get("joiners", ())
        )

    @cached_property
    def entering(self) -> Mask:
        """Who comes and goes by what it would earn: (owners,)."""
        names = {one.owner for one in self.joiners if one.enters}
        return fixed([owner in names for owner in range(len(self.owners))])

    @cached_property
    def bought(self) -> Mask:
        """Whose capacity is bought and not rented: (owners,)."""
        return joining_owners(self.tables, self.owners, bought=True)

    @cached_property
    def buyers(self) -> tuple[str, ...]:
        """Parties that rent, labs and segments, in the order of sites."""
        return tuple(dict.fromkeys(party for site in self.sites for party in site.parties))

    @cached_property
    def lab_buyers(self) -> Index:
        """Position of each lab on the core's buyers axis: (labs,)."""
        return fixed([int(np.flatnonzero(self.sites[0].buyer_lab == lab)[0]) for lab in range(len(self.labs))])

    def pools_of(self, owner: int) -> Index:
        """Positions of an owner's pools."""
        return self._pools_by_owner[owner]

    @cached_property
    def _pools_by_owner(self) -> tuple[Index, ...]:
        return tuple(np.flatnonzero(self.pool_owner == owner) for owner in range(len(self.owners)))

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


def _owners(rows: tuple[dict[str, str], ...], families: tuple[str, ...]) -> dict[str, Any]:
    """What a roster says of its owners of capacity, in their order."""
    own = column(rows, "own_family")
    return {
        "owners": column(rows, "owner"),
        "owner_titles": column(rows, "title"),
        "is_cloud": np.array([kind == "cloud" for kind in column(rows, "kind")]),
        "own_family": np.array([place_of(families, family) if family else -1 for family in own]),
        "managed_titles": column(rows, "managed_title"),
    }


def _families(rows: tuple[dict[str, str], ...]) -> dict[str, Any]:
    """What a roster says of its chip families, in their order."""
    return {
        "families": column(rows, "family"),
        "family_titles": column(rows, "title"),
        "vendors": column(rows, "vendor"),
        "family_stack": column(rows, "stack"),
        "family_is_own": np.array([kind == "own" for kind in column(rows, "kind")]),
    }


def adds_to(name: str) -> str:
    """The roster that another adds to, '' for one that stands alone."""
    path = ROSTERS / name / "base.csv"
    return table(path)[0]["roster"] if path.is_file() else ""


def _tables(folder: Path) -> dict[str, tuple[dict[str, str], ...]]:
    """The tables of a roster: its own, below those of the roster it adds to."""
    own = {path.stem: table(path) for path in sorted(folder.glob("*.csv"))}
    base = adds_to(folder.name)
    if not base:
        return own
    below = _tables(ROSTERS / base)
    return {name: below.get(name, ()) + own.get(name, ()) for name in sorted({*below, *own} - {"base"})}


@cache
def _load(folder: Path) -> Roster:
    tables = _tables(folder)
    owners, families = column(tables["owners"], "owner"), column(tables["families"], "family")
    regions, labs = column(tables["regions"], "region"), column(tables["labs"], "lab")
    pools = tuple(_pool(row, owners, families) for row in tables["pools"])
    builder = SiteBuilder(tables, owners, families, regions, labs, pools, column(tables["owners"], "managed_title"))
    return Roster(
        name=folder.name,
        folder=folder,
        regions=regions,
        **_owners(tables["owners"], families),
        **_families(tables["families"]),
        labs=labs,
        segments=column(tables["segments"], "segment"),
        regulators=column(tables["regulators"], "regulator"),
        regulator_region=np.array([regions.index(region) for region in column(tables["regulators"], "region")]),
        pools=pools,
        sites=tuple(builder.site(name) for name in ("core", "edge")),
        tables=tables,
    )


def _pool(row: dict[str, str], owners: tuple[str, ...], families: tuple[str, ...]) -> Pool:
    return Pool(
        owner=place_of(owners, row["owner"]),
        family=place_of(families, row["family"]),
        site=row["site"],
        direct=row["direct"] == "1",
        captive_share=float(row["captive_share"]),
        booked_share=float(row["booked_share"]),
        launch_parameter=row["launch_parameter"],
    )
