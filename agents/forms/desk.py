"""Whose decisions a form is about: the role and name of a party, and what anyone can read about it in the roster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from sim.arrays import Array
from sim.contract import CloudBriefing, CloudDecision, LabBriefing, LabDecision, RegulatorDecision, VendorDecision
from sim.enforcement.tempo import powers
from sim.remedies import TITLES
from sim.roster import Roster, numbers

D = TypeVar("D", CloudDecision, VendorDecision, LabDecision, RegulatorDecision)


@dataclass(frozen=True)
class Desk:
    """A party's place in the roster. title: what it is called; a chip family by its designer. maturity: software
    maturity of each chip family at the start, (families,). remedies: titles of those that a regulator may impose."""

    role: str
    name: str
    title: str
    rents_out: bool
    has_own_chip: bool
    has_edge: bool
    own_design: bool
    maturity: Array
    remedies: tuple[str, ...] = TITLES


def desk(roster: Roster, role: str, name: str, title: str) -> Desk:
    """The desk of a party."""
    maturity = numbers(roster.tables["families"], "software_maturity")
    owner = roster.owners.index(name) if role == "cloud" else -1
    family = roster.families.index(name) if role == "vendor" else -1
    mine = [pool for pool in roster.pools if (pool.owner == owner) or (pool.family == family)]
    own_chip = owner >= 0 and any(pool.family == int(roster.own_family[owner]) for pool in mine)
    return Desk(
        role,
        name,
        roster.vendors[family] if family >= 0 else title,
        rents_out=owner >= 0 and bool(roster.is_cloud[owner]),
        has_own_chip=own_chip,
        has_edge=any(pool.site == "edge" for pool in mine),
        own_design=family >= 0 and bool(roster.family_is_own[family]),
        maturity=maturity,
        remedies=_within_powers(roster, name) if role == "regulator" else TITLES,
    )


def _within_powers(roster: Roster, regulator: str) -> tuple[str, ...]:
    may = powers(roster)[roster.regulators.index(regulator)]
    return tuple(title for title, within in zip(TITLES, may, strict=True) if within)


def first(array: Array) -> float:
    """The figure of the first world: a person plays one world."""
    return float(array[0])


def like(array: Array, value: float) -> Array:
    """The same value in every world, in the shape of an array."""
    return np.full_like(array, value)


def bounded(decision: D) -> D:
    """The decision with every number inside its declared range."""
    kept = {f.name: np.clip(getattr(decision, f.name), f.metadata["low"], f.metadata["high"]) for f in fields(decision)}
    return replace(decision, **kept)


def said_of_deals(decision: CloudDecision | LabDecision) -> dict[str, float | str]:
    """What a decision offers in deals, MW in all, and whether it signs any, as the forms of both sides say it."""
    return {
        "deals": first(decision.deal_mw.sum(axis=1)),
        "sign": "yes" if first(decision.deal_accept.max(axis=1)) > 0.5 else "no",
    }


def signed(answers: Mapping[str, object], own: CloudBriefing | LabBriefing) -> Array:
    """All offers that stand, or none: 1 for those that are signed, (worlds, other side)."""
    return (own.offered_mw > 0.0).astype(float) * float(answers["sign"] == "yes")
