"""What a design varies, as objects that the declarations vouch for: numbers that are levers or uncertainties, and
choices of scenario, shocks, players and seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from experiments import scenarios
from sim.arrays import Array
from sim.errors import InputError
from sim.metrics import METRICS
from sim.parameters import Catalogue, Parameter

Kind = Literal["lever", "uncertainty"]
LEVER: Kind = "lever"
UNCERTAINTY: Kind = "uncertainty"


@dataclass(frozen=True)
class Factor:
    """A number that points differ in: somebody's to choose (a lever), or not known (an uncertainty).

    name: as the file writes it; names: the scalars that have its value, several for 'egress_factor_*'. values: the only
    ones it may have, if any; else anything from low to high."""

    kind: Kind
    name: str
    names: tuple[str, ...]
    declaration: Parameter
    low: float
    high: float
    values: tuple[float, ...] = ()
    why: str = ""

    def at(self, share: Array) -> Array:
        """Its value at a share of its range, 0 to 1; of listed values, one for every equal part of it."""
        if self.values:
            place = np.minimum((np.asarray(share) * len(self.values)).astype(int), len(self.values) - 1)
            return np.asarray(self.values)[place]
        return self.low + np.asarray(share) * (self.high - self.low)

    def levels(self, count: int) -> tuple[float, ...]:
        """The values of a factorial: those listed, or so many at equal distances over its range."""
        return self.values or tuple(float(one) for one in np.linspace(self.low, self.high, count))

    def says(self) -> dict[str, object]:
        """What an analysis must know of it."""
        plain = {"kind": self.kind, "name": self.name, "parameters": list(self.names), "why": self.why}
        return {**plain, "low": self.low, "high": self.high, "values": list(self.values), "unit": self.declaration.unit}


def factor(kind: Kind, given: Mapping[str, object], catalogue: Catalogue, where: str) -> Factor:
    """A factor from a file's words; InputError for a parameter that does not exist or a value it may not have.

    Without a range or values an uncertainty has its declared range; a lever must say what is tried."""
    name, span, listed = str(given["parameter"]), given.get("range"), given.get("values")
    names = scenarios.expand(catalogue, name, where)
    declaration, _ = catalogue.find(names[0], where)
    if kind == LEVER and declaration.acts == "base":
        raise InputError(
            f"{where}: {name} is read only by the base, which nobody can move later; make it an uncertainty."
        )
    if (span is None) == (listed is None) and not (kind == UNCERTAINTY and span is None):
        raise InputError(f"{where}: {name}: give either range = [low, high] or values = [...].")
    values: tuple[float, ...] = tuple(listed) if isinstance(listed, list | tuple) else ()
    low, high = span if isinstance(span, list | tuple) else _ends(declaration, values)
    for value in (*values, low, high):
        declaration.check(value, where, name)
    if values and len(set(values)) < len(values):
        raise InputError(f"{where}: {name}: values = {list(values)} holds one twice; give each once.")
    if low >= high:
        raise InputError(f"{where}: {name}: range = [{low:g}, {high:g}] is empty; low must be below high.")
    return Factor(kind, name, names, declaration, float(low), float(high), values, str(given.get("why") or ""))


def _ends(declaration: Parameter, values: Sequence[float]) -> tuple[float, float]:
    return (min(values), max(values)) if values else (declaration.low, declaration.high)


@dataclass(frozen=True)
class Shocks:
    """Shock cards that are laid on a scenario together, under one name; none for what is compared with."""

    name: str
    cards: tuple[str, ...] = ()


@dataclass(frozen=True)
class Strategies:
    """Who plays: party or role -> strategy, under one name; everybody else keeps the default."""

    name: str
    seats: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """A metric that is kept of every world and quarter."""

    name: str
    unit: str
    meaning: str


OUTCOMES = {metric.name: Outcome(metric.name, metric.unit, metric.meaning) for metric in METRICS}
