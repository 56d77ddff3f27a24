"""Spaces of Gymnasium made from the contract: what a party may do from the declared decisions, what it sees from the
briefings. They are of one world, without its axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any

import numpy as np
from gymnasium import spaces

from sim.arrays import Array
from sim.contract import ROLES, Decision, Expected, PublicBriefing

WHOLE = ("option", "place in the roster")
"""Units of fields that are whole numbers."""
WORLDS_FIRST = "Array"
"""How briefings declare what has a worlds axis; what is declared otherwise is the same in every world."""
UNSEEN = ("name", "last", "habits")
"""Of a briefing: what is no figure of this quarter."""


def action_space(like: Expected) -> spaces.Dict:
    """A space a field of the role's decision, with its declared bounds: boxes, and whole numbers where it chooses."""
    return spaces.Dict({one.name: _field_space(one, _shape(one, like)) for one in fields(ROLES[like.role])})


def _field_space(one: Field[Any], shape: tuple[int, ...]) -> spaces.Space[Any]:
    low, high = one.metadata["low"], one.metadata["high"]
    if one.metadata["unit"] in WHOLE:
        count = int(high) + 1
        return spaces.MultiDiscrete(np.full(shape, count)) if one.metadata["axis"] else spaces.Discrete(count)
    return spaces.Box(low, high, shape, np.float64)


def _shape(one: Field[Any], like: Expected) -> tuple[int, ...]:
    """Of a field in one world; a single number is an array of one."""
    return like.shape(one.metadata["axis"])[1:] or (1,)


def decision(action: Mapping[str, Any], like: Expected) -> Decision:
    """A decision of one world from an action. Shares that must add up are scaled till they do; all else is taken as it
    stands, and checked by the market."""
    found = {}
    for one in fields(ROLES[like.role]):
        value = np.asarray(action[one.name], dtype=np.float64).reshape(like.shape(one.metadata["axis"]))
        if (total := one.metadata["sums_to"]) is not None:
            whole = value.sum(axis=-1, keepdims=True)
            value = total * np.where(whole > 0.0, value / np.where(whole > 0.0, whole, 1.0), 1.0 / value.shape[-1])
        found[one.name] = value
    return ROLES[like.role](**found)


def action(decided: Decision, like: Expected) -> dict[str, Any]:
    """The action that is a decision of one world: `decision` the other way round."""
    found: dict[str, Any] = {}
    for one in fields(ROLES[like.role]):
        value = getattr(decided, one.name)[0]
        if one.metadata["unit"] in WHOLE:
            found[one.name] = np.asarray(value, dtype=np.int64) if one.metadata["axis"] else np.int64(value)
        else:
            found[one.name] = np.array(value, dtype=np.float64).reshape(_shape(one, like))
    return found


def observation(own: Any, market: PublicBriefing) -> dict[str, dict[str, Array]]:
    """What a party sees of its one world: its own briefing, and that of everybody."""
    return {"own": _seen(own), "market": _seen(market)}


def _seen(briefing: Any) -> dict[str, Array]:
    found = {}
    for one in fields(briefing):
        if one.name not in UNSEEN:
            value = getattr(briefing, one.name)
            found[one.name] = np.atleast_1d(np.array(value[0] if one.type == WORLDS_FIRST else value, dtype=np.float64))
    return found


def observation_space(seen: Mapping[str, Mapping[str, Array]]) -> spaces.Dict:
    """The space of an observation: briefings have shapes, and no bounds."""

    def of(part: Mapping[str, Array]) -> spaces.Dict:
        return spaces.Dict({name: spaces.Box(-np.inf, np.inf, one.shape, np.float64) for name, one in part.items()})

    return spaces.Dict({name: of(part) for name, part in seen.items()})
