"""What a decision must be for the market to take it: of its role's class, of the shapes of its roster, finite and
within bounds.

Shapes come from the roster and the number of worlds, so that the first decision is held to them like every later one;
nothing is broadcast, and nothing but numbers is read as a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from sim.arrays import NUMBERS, Array, read_only
from sim.decisions import POOLS, ROLES, SUPPLIERS, THEORIES, Decision
from sim.errors import InputError
from sim.remedies import REMEDIES
from sim.roster import Roster

SUM_TOLERANCE = 1e-6
LINES = ("core", "edge")
"""Production lines of a chip family."""


@dataclass(frozen=True)
class Expected:
    """What a party's decision looks like: its role, and how long each axis after worlds is."""

    role: str
    worlds: int
    lengths: Mapping[str, int]

    def shape(self, axis: str) -> tuple[int, ...]:
        """Shape of a field that counts `axis` after worlds, '' for none."""
        return (self.worlds, self.lengths[axis]) if axis else (self.worlds,)


def expected(roster: Roster, worlds: int) -> dict[str, Expected]:
    """What the decision of every party of a roster must look like, by party."""
    fixed = {"lines": len(LINES), "suppliers": len(SUPPLIERS), "remedies": len(REMEDIES), "theories": len(THEORIES)}
    fixed |= {"labs": len(roster.labs), "clouds": len(roster.owners)}
    found = {}
    for role, names in (
        ("cloud", roster.owners),
        ("vendor", roster.families),
        ("lab", roster.labs),
        ("segment", roster.segments),
        ("regulator", roster.regulators),
    ):
        for place, name in enumerate(names):
            pools = sum(role == "cloud" and pool.owner == place for pool in roster.pools)
            types = sum(site.buyer_party.count(name) for site in roster.sites)
            found[name] = Expected(role, worlds, {**fixed, POOLS: pools, "types": types})
    return found


def validated(given: Any, like: Expected, who: str, quarter: str) -> Any:
    """The decision as the market takes it, read-only.

    Raises InputError that names party, quarter, field, what was given and what is allowed. NaN is let through, because
    one broken world must not stop the others; `sim.decisions.broken` finds it."""
    made: type[Decision] = ROLES[like.role]
    if not isinstance(given, made):
        raise InputError(
            f"{who}, {quarter}: a {like.role} decides by a {made.__name__} (given: {type(given).__name__})."
        )
    checked = {}
    for declared in fields(made):
        where, axis = f"{who}, {quarter}: {declared.name}", declared.metadata["axis"]
        array = _numbers(getattr(given, declared.name), where)
        if array.shape != like.shape(axis):
            axes = "worlds" + (f", {'own pools' if axis == POOLS else axis}" if axis else "")
            raise InputError(f"{where} has shape {array.shape}; expected is {like.shape(axis)}: {axes}.")
        _check_values(array, declared.metadata, where)
        checked[declared.name] = read_only(array)
    return made(**checked)


def _numbers(value: Any, where: str) -> Array:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InputError(
            f"{where} is no array of numbers (given: {type(value).__name__} with rows of different lengths)."
        ) from error
    if array.dtype.kind not in NUMBERS or isinstance(value, np.ma.MaskedArray):
        kind = "masked values" if isinstance(value, np.ma.MaskedArray) else str(array.dtype)
        raise InputError(f"{where} must hold numbers (given: {type(value).__name__} of {kind}).")
    return np.asarray(array, dtype=np.float64, order="C")


def _check_values(array: Array, declared: Mapping[str, Any], where: str) -> None:
    low, high, unit = (declared[key] for key in ("low", "high", "unit"))
    # at once for all; NaN and options are looked at one by one
    inside = not array.size or bool(array.min() >= low and array.max() <= high)
    if not inside or unit == "option":
        out = (array < low) | (array > high)
        if unit == "option":
            out = (out | (array != np.rint(array))) & ~np.isnan(array)
        _refuse(array[out], declared, where)
    if declared["sums_to"] is not None:
        total = array.sum(axis=-1)
        off = np.abs(total - declared["sums_to"]) > SUM_TOLERANCE
        if off.any():
            raise InputError(f"{where} adds up to {total[off].flat[0]:g}; it must add up to {declared['sums_to']:g}.")


def _refuse(outside: Array, declared: Mapping[str, Any], where: str) -> None:
    """InputError that names the first of the values that are not allowed, if there are any."""
    if outside.size:
        low, high, unit, options = (declared[key] for key in ("low", "high", "unit", "options"))
        named = f": {', '.join(f'{k} {name}' for k, name in enumerate(options))}" if options else ""
        raise InputError(f"{where} = {outside.flat[0]:g}; allowed is {low:g} to {high:g} {unit}{named}.")
