"""Pools and sites: where capacity stands, and the axes of buyers and offers that a site's market is cleared on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from sim.arrays import Array, Index, Mask
from sim.errors import InputError


def fixed(values: Sequence[Any]) -> Any:
    """An axis that nobody can change: it is shared by all games of a roster."""
    array = np.array(values)
    array.flags.writeable = False
    return array


@dataclass(frozen=True)
class Pool:
    """Where capacity stands: (owner, family, site). `captive_share` of what is booked at the start is the owner's own
    use."""

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

    eligible (buyers, offers): who may have what at all; joins, bought (owners,): who joins later, and whose capacity is
    bought and not rented.
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
    joins: Mask
    bought: Mask

    @property
    def incumbents(self) -> int:
        """Length of the incumbents axis: offers, greenfield, tied."""
        return len(self.offers) + 2

    @cached_property
    def offer_bought(self) -> Mask:
        """Which offers sell systems instead of renting them out: (offers,)."""
        return np.asarray(self.bought[self.offer_owner])

    @cached_property
    def offer_joins(self) -> Mask:
        """Which offers are of owners that join later: (offers,)."""
        return np.asarray(self.joins[self.offer_owner])

    @cached_property
    def parties(self) -> tuple[str, ...]:
        """Parties that buy here, in the order of their first buyer."""
        return tuple(dict.fromkeys(self.buyer_party))

    @cached_property
    def _members(self) -> dict[str, Index]:
        return {party: np.flatnonzero([other == party for other in self.buyer_party]) for party in self.parties}

    def members(self, party: str) -> Index:
        """Positions of a party's buyers on the buyers axis."""
        return self._members[party]


class Buyer(NamedTuple):
    """A position on a site's buyers axis; -1 stands for none."""

    name: str
    party: str
    region: int
    segment: int
    lab: int
    skill: float
    partner: int


def place_of(names: tuple[str, ...], name: str) -> int:
    if name not in names:
        raise InputError(f"roster: unknown name '{name}'; there are {', '.join(names)}.")
    return names.index(name)


def joining_owners(
    tables: dict[str, tuple[dict[str, str], ...]], owners: tuple[str, ...], bought: bool = False
) -> Mask:
    """Who joins later, or only those whose capacity is bought and not rented: (owners,)."""
    names = {row["owner"] for row in tables.get("joiners", ()) if row["bought"] == "1" or not bought}
    return np.array([owner in names for owner in owners])


@dataclass(frozen=True)
class SiteBuilder:
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
        offers = self._offers(name)
        pools = np.array(sorted({pool for _, _, pool in offers if pool >= 0} | set(self._managed_pools(name))))
        return Site(
            name=name,
            **_of_buyers(buyers, len(self.regions)),
            offers=tuple(self._offer_name(owner, family) for owner, family, _ in offers),
            offer_owner=np.array([owner for owner, _, _ in offers]),
            offer_family=np.array([family for _, family, _ in offers]),
            offer_managed=np.array([family < 0 for _, family, _ in offers]),
            offer_nest=self._nests(offers),
            offer_pool=np.array([int(np.flatnonzero(pools == pool)[0]) if pool >= 0 else -1 for _, _, pool in offers]),
            pools=pools,
            pool_owner=np.array([self.pools[pool].owner for pool in pools]),
            pool_family=np.array([self.pools[pool].family for pool in pools]),
            eligible=self._eligible(buyers, offers),
            joins=joining_owners(self.tables, self.owners),
            bought=joining_owners(self.tables, self.owners, bought=True),
        )

    def _buyers(self, site: str) -> list[Buyer]:
        buyers = []
        for position, segment in enumerate(self.tables["segments"]):
            if segment["site"] != site:
                continue
            for region in range(len(self.regions)):
                for kind in self.tables["skills"]:
                    name = f"{segment['segment']}-{self.regions[region]}-{kind['skill_class']}"
                    buyers.append(Buyer(name, segment["segment"], region, position, -1, float(kind["skill"]), -1))
        for lab, row in enumerate(self.tables["labs"] if site == "core" else ()):
            partner = place_of(self.owners, row["partner"]) if row["partner"] else -1
            region = place_of(self.regions, row["region"])
            buyers.append(Buyer(row["lab"], row["lab"], region, -1, lab, float(row["skill"]), partner))
        return sorted(buyers, key=lambda buyer: buyer.region)

    def _offers(self, site: str) -> list[tuple[int, int, int]]:
        """(owner, family, pool) of each offer, sorted so that the members of a nest stand side by side; managed
        last."""
        direct = [
            (pool.owner, pool.family, number)
            for number, pool in enumerate(self.pools)
            if pool.site == site and pool.direct
        ]
        direct.sort(key=lambda offer: (offer[1], offer[0]))
        managed = [(owner, -1, -1) for owner, title in enumerate(self.managed_titles) if title and site == "core"]
        return direct + managed

    def _eligible(self, buyers: list[Buyer], offers: list[tuple[int, int, int]]) -> Mask:
        """Who may have what, (buyers, offers): an owner that joins later serves segments, or only those that are bound
        to a place, of its home region if it has one."""
        residency = [float(row["residency"]) for row in self.tables["segments"]]
        result = np.ones((len(buyers), len(offers)), dtype=bool)
        for row in self.tables.get("joiners", ()):
            theirs = [owner == place_of(self.owners, row["owner"]) for owner, _, _ in offers]
            home = place_of(self.regions, row["home"]) if row["home"] else -1
            for number, buyer in enumerate(buyers):
                bound = buyer.segment >= 0 and (row["serves"] != "bound" or residency[buyer.segment] > 0.0)
                if not bound or home not in (-1, buyer.region):
                    result[number, theirs] = False
        return result

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


def _of_buyers(buyers: Sequence[Buyer], regions: int) -> dict[str, Any]:
    """A site's axes over its buyers, and where each region's stand."""
    region = np.array([buyer.region for buyer in buyers])
    cuts = np.searchsorted(region, np.arange(regions + 1))
    return {
        "buyers": tuple(buyer.name for buyer in buyers),
        "buyer_party": tuple(buyer.party for buyer in buyers),
        "buyer_region": region,
        "buyer_segment": np.array([buyer.segment for buyer in buyers]),
        "buyer_lab": np.array([buyer.lab for buyer in buyers]),
        "buyer_skill": np.array([buyer.skill for buyer in buyers]),
        "buyer_partner": np.array([buyer.partner for buyer in buyers]),
        "region_slices": tuple(
            (r, slice(int(cuts[r]), int(cuts[r + 1]))) for r in range(regions) if cuts[r] < cuts[r + 1]
        ),
    }
