"""Parameters, declared once: the declaration validates files, draws worlds, bounds designs and prints the reference.

`low`..`high` is what is not known (worlds draw from it); `allowed` is what makes sense at all (files are held to it).
Parameters graded C or J are drawn by every world unless a scenario sets them; A and B are fixed at their default.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from sim.arrays import NUMBERS, Array, read_only
from sim.errors import InputError, unknown
from sim.streams import Streams

Grade = Literal["A", "B", "C", "J"]
By = Literal["region", "family", "lab", "segment", "owner", "generation"]
Acts = Literal["always", "opening", "base"]
"""When a parameter is read: every quarter; only when a game opens; only by the base of a scenario (its frozen
opening)."""
DRAWN_GRADES = ("C", "J")


class Parameter(BaseModel):
    """One declaration. `by` makes it a vector over a kind of entity: files then name `egress_factor_eu`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    default: float
    unit: str
    low: float
    high: float
    allowed: tuple[float, float]
    grade: Grade
    source: str
    meaning: str
    by: By | None = None
    measured_to: str = ""
    draws: bool = True
    acts: Acts = "always"

    @model_validator(mode="after")
    def _in_order(self) -> Parameter:
        smallest, largest = self.allowed
        if not smallest <= self.low <= self.default <= self.high <= largest:
            raise ValueError(f"{self.name}: allowed[0] <= low <= default <= high <= allowed[1] does not hold")
        return self

    @property
    def drawn(self) -> bool:
        """Do worlds draw this one from its range?"""
        return self.draws and self.grade in DRAWN_GRADES and self.low < self.high

    def names(self, entities: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """The scalar names that files use: the name itself, or one for each entity."""
        return (self.name,) if self.by is None else tuple(f"{self.name}_{entity}" for entity in entities[self.by])

    def check(self, value: float, where: str, name: str) -> float:
        """The value, or an InputError that says what is allowed."""
        smallest, largest = self.allowed
        if not np.isfinite(value) or not smallest <= value <= largest:
            raise InputError(
                f"{where}: {name} = {value:g} is out of range; allowed is {smallest:g} to "
                f"{largest:g}{'' if self.unit in ('1', '0-1') else ' ' + self.unit}."
            )
        return value

    def quantile(self, uniform: Array) -> Array:
        """Inverse CDF of the triangular distribution (low, default, high); shape of `uniform`."""
        width = self.high - self.low
        mode = (self.default - self.low) / width
        rising = self.low + np.sqrt(uniform * mode) * width
        falling = self.high - np.sqrt((1.0 - uniform) * (1.0 - mode)) * width
        return np.where(uniform <= mode, rising, falling)


def switch(name: str, default: float, meaning: str, source: str = "model switch", by: By | None = None) -> Parameter:
    """A declaration for something that is off (0) or on (1), or in between; never drawn."""
    return Parameter(
        name=name,
        default=default,
        unit="0-1",
        low=0.0,
        high=1.0,
        allowed=(0.0, 1.0),
        grade="J",
        source=source,
        meaning=meaning,
        by=by,
        draws=False,
    )


def parameter(
    name: str,
    default: float,
    unit: str,
    span: tuple[float, float],
    grade: Grade,
    source: str,
    meaning: str,
    *,
    allowed: tuple[float, float] | None = None,
    by: By | None = None,
    measured_to: str = "",
    draws: bool = True,
    acts: Acts = "always",
) -> Parameter:
    """Declare a parameter; `allowed` defaults to the span itself."""
    return Parameter(
        name=name,
        default=default,
        unit=unit,
        low=span[0],
        high=span[1],
        allowed=allowed or span,
        grade=grade,
        source=source,
        meaning=meaning,
        by=by,
        measured_to=measured_to,
        draws=draws,
        acts=acts,
    )


class Parameters:
    """Values of one quarter as read-only arrays: `p.price_elasticity` (worlds,), `p.egress_factor` (worlds,
    regions)."""

    def __init__(self, values: Mapping[str, Array]) -> None:
        known = {name: read_only(array) for name, array in values.items()}
        self.__dict__.update(known, _values=known)  # as attributes: found without asking, many thousand times a game

    def __getattr__(self, name: str) -> Array:
        """Asked only for what is no attribute."""
        values: dict[str, Array] = self.__dict__.get("_values", {})  # empty while a copy is being put together
        raise AttributeError(str(unknown("parameter", name, values)))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"parameters are frozen; '{name}' cannot be set")

    def names(self) -> tuple[str, ...]:
        """Names of the arrays."""
        return tuple(self.__dict__["_values"])

    def replace(self, **changes: Array) -> Parameters:
        """A copy with some arrays changed."""
        changed = Parameters(changes)
        values = {**self.__dict__["_values"], **changed.__dict__["_values"]}
        changed.__dict__.update(values, _values=values)  # what stays is locked already
        return changed


class Catalogue:
    """The declared parameters, and the scalar names they have in files for a given roster. elsewhere: names that only
    another roster has -> which."""

    def __init__(
        self,
        declarations: tuple[Parameter, ...],
        entities: Mapping[str, tuple[str, ...]],
        elsewhere: Mapping[str, str] | None = None,
    ) -> None:
        self.elsewhere = dict(elsewhere or {})
        self.declarations = {declaration.name: declaration for declaration in declarations}
        if len(self.declarations) != len(declarations):
            raise ValueError("a parameter is declared twice")
        self.entities = dict(entities)
        self.scalars: dict[str, tuple[Parameter, int]] = {}
        for declaration in declarations:
            for position, name in enumerate(declaration.names(entities)):
                self.scalars[name] = (declaration, position)

    def find(self, name: str, where: str) -> tuple[Parameter, int]:
        """The declaration of a scalar name and its position on the entity axis."""
        if name in self.elsewhere:
            place = f"{where}: " if where else ""
            raise InputError(
                f"{place}parameter '{name}' is only on the roster '{self.elsewhere[name]}'; set roster to it."
            )
        if name not in self.scalars:
            raise unknown("parameter", name, self.scalars, where)
        return self.scalars[name]

    def draw(
        self,
        streams: Streams,
        fixed: Mapping[str, float],
        draw: bool,
        member: Mapping[str, Array] | None = None,
        given: Mapping[str, Array] | None = None,
        only: Collection[str] | None = None,
    ) -> dict[str, Array]:
        """Values per scalar name, shape (worlds,): given world by world, else set by the scenario, else those of
        `member`, what each world drew whole, else drawn from the range, else the default. only: names that are asked
        for, all if None."""
        member = {} if member is None else member
        given = self._given({} if given is None else given, streams.worlds)
        values: dict[str, Array] = {}
        for name in self.scalars if only is None else sorted(only):
            declaration, _ = self.find(name, "")
            if name in given:
                values[name] = given[name]
            elif name in fixed:
                values[name] = np.full(streams.worlds, float(fixed[name]))
            elif name in member:
                values[name] = member[name]
            elif draw and declaration.drawn:
                values[name] = declaration.quantile(streams.at("parameter", name, 0).uniform())
            else:
                values[name] = np.full(streams.worlds, declaration.default)
        return values

    def _given(self, given: Mapping[str, Array], worlds: int) -> dict[str, Array]:
        """Values given world by world, checked: known names, one value a world, within what is allowed."""
        found = {}
        for name, value in given.items():
            declaration, _ = self.find(name, "values")
            if np.asarray(value).dtype.kind not in NUMBERS:
                raise InputError(f"values: {name} must hold numbers (given: {np.asarray(value).dtype}).")
            found[name] = np.array(value, dtype=np.float64)
            if found[name].shape != (worlds,):
                raise InputError(
                    f"values: {name} has shape {found[name].shape}; allowed is ({worlds},), one value a world."
                )
            for one in (found[name].min(), found[name].max()):
                declaration.check(float(one), "values", name)
        return found

    def assemble(self, scalars: Mapping[str, Array]) -> Parameters:
        """Parameters from scalar values: those declared `by` an entity are stacked on a second axis."""
        arrays: dict[str, Array] = {}
        for name, declaration in self.declarations.items():
            parts = [scalars[scalar] for scalar in declaration.names(self.entities)]
            arrays[name] = parts[0] if declaration.by is None else _stacked(parts, next(iter(scalars.values())))
        return Parameters(arrays)


def _stacked(parts: list[Array], like: Array) -> Array:
    """Values side by side, (worlds, entities); like (worlds,), for a roster that has none of the kind."""
    return np.stack(parts, axis=1) if parts else np.zeros((len(like), 0))
