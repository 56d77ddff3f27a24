"""Decisions side by side: every party's column stands where the roster has the party."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from sim.decisions import ROLES, Decision, Decisions, side_by_side
from sim.roster import Roster, load_roster

ROSTER = load_roster("default")
WORLDS = 3
PLACES = {
    "clouds": ("cloud", ROSTER.owners), "vendors": ("vendor", ROSTER.families), "labs": ("lab", ROSTER.labs),
    "segments": ("segment", ROSTER.segments), "regulators": ("regulator", ROSTER.regulators),
}  # fmt: skip
LENGTHS = {"lines": 2, "suppliers": 4, "types": 9, "remedies": 6, "theories": 4}


def owned(roster: Roster, owner: str) -> list[int]:
    return [number for number, pool in enumerate(roster.pools) if roster.owners[pool.owner] == owner]


def made_up(roster: Roster) -> dict[str, Decision]:
    """A decision of every party in which no two numbers are the same."""
    decided, next_number = {}, 0.0
    for role, names in PLACES.values():
        for name in names:
            given: dict[str, Any] = {}
            for one in fields(ROLES[role]):
                axis = one.metadata["axis"]
                length = len(owned(roster, name)) if axis == "pools" else LENGTHS.get(axis, 1)
                shape = (WORLDS, length) if axis else (WORLDS,)
                given[one.name] = next_number + np.arange(float(np.prod(shape))).reshape(shape)
                next_number += np.prod(shape)
            decided[name] = ROLES[role](**given)
    return decided


BY_PARTY = made_up(ROSTER)
SIDE_BY_SIDE = side_by_side(BY_PARTY, ROSTER)


def test_each_party_has_its_column_in_roster_order() -> None:
    compared = 0
    for role_name, (role, names) in PLACES.items():
        beside = getattr(SIDE_BY_SIDE, role_name)
        assert type(beside) is ROLES[role]
        for one in fields(beside):
            if one.metadata["axis"] == "pools":
                continue
            for k, name in enumerate(names):
                assert getattr(beside, one.name)[:, k].tolist() == getattr(BY_PARTY[name], one.name).tolist()
                compared += 1
    assert compared == 12 * len(ROSTER.owners) + 7 * len(ROSTER.families) + 15 * len(ROSTER.labs) + len(
        ROSTER.segments
    ) + 10 * len(ROSTER.regulators)


def test_prices_and_orders_stand_at_the_roster_s_pools() -> None:
    for name in ("price_usd_per_h100e_hour", "order_mw"):
        by_pool = getattr(SIDE_BY_SIDE.clouds, name)
        assert by_pool.shape == (WORLDS, len(ROSTER.pools))
        for owner in ROSTER.owners:
            for place, pool in enumerate(owned(ROSTER, owner)):
                assert by_pool[:, pool].tolist() == getattr(BY_PARTY[owner], name)[:, place].tolist(), (owner, pool)


def test_arrays_are_c_ordered_and_locked_and_parties_stay_reachable() -> None:
    for role_name in PLACES:
        for one in fields(beside := getattr(SIDE_BY_SIDE, role_name)):
            array = getattr(beside, one.name)
            assert array.flags.c_contiguous and not array.flags.writeable, one.name
    assert isinstance(SIDE_BY_SIDE, Decisions)
    assert SIDE_BY_SIDE.by_party["openai"] is BY_PARTY["openai"]
    assert SIDE_BY_SIDE.vendors.openness.shape == (WORLDS, len(ROSTER.families))
    assert SIDE_BY_SIDE.regulators.attention.shape == (WORLDS, len(ROSTER.regulators), 4)
