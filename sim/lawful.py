"""What a decision must be for the market to take it: of its role's class, of the shapes of its roster, finite and
within bounds.

Shapes come from the roster and the number of worlds, so that the first decision is held to them like every later one;
nothing is broadcast, and nothing but numbers is read as a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
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
Where = tuple[str, str, str]
"""Party, quarter and field: put into words only when something is wrong."""


@dataclass(frozen=True)
class Expected:
    """What a party's decision looks like: its role, and how long each axis after worlds is."""

    role: str
    worlds: int
    lengths: Mapping[str, int]

    def shape(self, axis: str) -> tuple[int, ...]:
        """Shape of a field that counts `axis` after worlds, '' for none."""
        return (self.worlds, self.lengths[axis]) if axis else (self.worlds,)

    @cached_property
    def fields(self) -> tuple[tuple[str, Mapping[str, Any], tuple[int, ...]], ...]:
        """Name, declaration and shape of every field."""
        found = fields(ROLES[self.role])
        return tuple((one.name, one.metadata, self.shape(one.metadata["axis"])) for one in found)

    @cached_property
    def looked_at(self) -> tuple[tuple[str, Mapping[str, Any], tuple[int, ...]], ...]:
        """The fields of options and of shares, for which it is not enough that they are within bounds."""
        return tuple(one for one in self.fields if one[1]["options"] or one[1]["sums_to"] is not None)

    @cached_property
    def _bounds(self) -> tuple[Array, Array]:
        """The lowest and the highest value allowed, for all numbers of a decision, field after field."""
        low, high = (
            np.concatenate([np.full(int(np.prod(shape)), told[end]) for _, told, shape in self.fields])
            for end in ("low", "high")
        )
        return low, high

    def holds(self, decided: Mapping[str, Array]) -> bool:
        """Are all numbers of a decision within their bounds? Looked at together, as mostly they are."""
        flat, (low, high) = np.concatenate([decided[name].ravel() for name, _, _ in self.fields]), self._bounds
        return bool(((low <= flat) & (flat <= high)).all())


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
    where, checked = (who, quarter), {}
    for name, declared, shape in like.fields:
        array = _numbers(getattr(given, name), (*where, name))
        if array.shape != shape:
            axis = declared["axis"]
            axes = "worlds" + (f", {'own pools' if axis == POOLS else axis}" if axis else "")
            raise InputError(f"{_said((*where, name))} has shape {array.shape}; expected is {shape}: {axes}.")
        checked[name] = read_only(array)
    holds = like.holds(checked)
    for name, declared, _ in like.looked_at if holds else like.fields:  # where one does not hold, which is it?
        _check_values(checked[name], declared, (*where, name))
    return made(**checked)


def _said(where: Where) -> str:
    return "{}, {}: {}".format(*where)


def _numbers(value: Any, where: Where) -> Array:
    if type(value) is np.ndarray and value.dtype == np.float64 and value.flags.c_contiguous:  # mostly
        return value
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise InputError(
            f"{_said(where)} is no array of numbers (given: {type(value).__name__} with rows of different lengths)."
        ) from error
    if array.dtype.kind not in NUMBERS or isinstance(value, np.ma.MaskedArray):
        kind = "masked values" if isinstance(value, np.ma.MaskedArray) else str(array.dtype)
        raise InputError(f"{_said(where)} must hold numbers (given: {type(value).__name__} of {kind}).")
    return np.asarray(array, dtype=np.float64, order="C")


def _check_values(array: Array, declared: Mapping[str, Any], where: Where) -> None:
    low, high, unit = (declared[key] for key in ("low", "high", "unit"))
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
            given, wanted = total[off].flat[0], declared["sums_to"]
            raise InputError(f"{_said(where)} adds up to {given:g}; it must add up to {wanted:g}.")


def _refuse(outside: Array, declared: Mapping[str, Any], where: Where) -> None:
    """InputError that names the first of the values that are not allowed, if there are any."""
    if outside.size:
        low, high, unit, options = (declared[key] for key in ("low", "high", "unit", "options"))
        named = f": {', '.join(f'{k} {name}' for k, name in enumerate(options))}" if options else ""
        raise InputError(f"{_said(where)} = {outside.flat[0]:g}; allowed is {low:g} to {high:g} {unit}{named}.")
