"""Dated data: one parameter changed from one quarter to another, and what must hold for that.

[[shock]]
parameter = "edge_potential_share"
quarters = ["2026Q3", "2030Q4"]
multiply_by = 2.5
source = "..."
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Annotated

import numpy as np
from pydantic import Field, Strict, model_validator

from sim.arrays import Array
from sim.errors import InputError
from sim.files import Table
from sim.noise import LONGEST_GAME
from sim.parameters import Catalogue, Parameter
from sim.quarters import label, ordinal
from sim.remedies import REMEDIES

CHANGES = ("set", "multiply_by", "add")
LEVELS = ("low", "central", "high")
"""Levels of a shock card, from the weakest on."""
FOREVER = "2040Q4"
"""A change that lasts until this quarter stays; when its card is moved, its end is not."""


class Shock(Table):
    """Dated data: one parameter changed from the first to the last of `quarters`, both included.

    `announced`: the quarter from which firms know of it (rules only). A scenario drawn from a range multiplies the
    world's own value, so a shock means the same change in every world. `low`, `central`, `high`: the change at another
    level of the card that the shock stands on, where it differs from the one it states.
    """

    parameter: str
    quarters: Annotated[tuple[str, str], Strict(False)]
    source: str
    multiply_by: float | None = None
    add: float | None = None
    set: float | None = None
    announced: str | None = None
    low: float | None = Field(default=None, exclude=True)
    central: float | None = Field(default=None, exclude=True)
    high: float | None = Field(default=None, exclude=True)
    where: str = Field(default="", exclude=True)

    @model_validator(mode="after")
    def _one_change(self) -> Shock:
        if sum(getattr(self, kind) is not None for kind in CHANGES) != 1:
            raise ValueError("give exactly one of multiply_by, add, set")
        return self

    @property
    def change(self) -> str:
        """How it changes its parameter: multiply_by, add or set."""
        return next(kind for kind in CHANGES if getattr(self, kind) is not None)

    def at(self, level: str) -> Shock:
        """The same shock at a level of its card: low, central or high."""
        value = getattr(self, level)
        plain = {"low": None, "central": None, "high": None}
        return self.model_copy(update=plain if value is None else {self.change: value, **plain})

    @property
    def says(self) -> tuple[object, ...]:
        """What it does, wherever it stands and whatever its source."""
        return (self.parameter, self.quarters, self.announced, self.multiply_by, self.add, self.set)

    def in_force(self, quarter: int) -> bool:
        """Does it act in this quarter?"""
        return ordinal(self.quarters[0]) <= quarter <= ordinal(self.quarters[1])

    def is_announced(self, quarter: int) -> bool:
        """Is it known but not yet in force?"""
        return self.announced is not None and ordinal(self.announced) <= quarter < ordinal(self.quarters[0])

    def apply(self, value: Array) -> Array:
        """The changed value, shape (worlds,)."""
        if self.multiply_by is not None:
            return value * self.multiply_by
        return value + self.add if self.add is not None else np.full_like(value, self.set)


def date_problems(shock: Shock, where: str) -> list[str]:
    """What is wrong with a shock's quarters, a sentence each."""
    problems, number = [], {}
    for quarter in (*shock.quarters, shock.announced or shock.quarters[0]):
        try:
            number[quarter] = ordinal(quarter, where)
        except InputError as error:
            problems.append(str(error))
    if problems:
        return list(dict.fromkeys(problems))
    first, last = shock.quarters
    if number[last] < number[first]:
        problems.append(f"{where}: quarters = {list(shock.quarters)}: the last quarter comes before the first.")
    if shock.announced is not None and number[shock.announced] > number[first]:
        problems.append(f"{where}: announced = '{shock.announced}': it cannot be later than the first quarter {first}.")
    return problems


def twice(shocks: Sequence[Shock]) -> list[str]:
    """A sentence for every shock of a file that is another over again: it would act twice."""
    seen: dict[tuple[object, ...], str] = {}
    problems = []
    for shock in shocks:
        if shock.says in seen:
            problems.append(f"{shock.where}: it is the same as {seen[shock.says]} and would act twice; give it once.")
        seen.setdefault(shock.says, shock.where.rpartition(": ")[2])
    return problems


def is_felt(shock: Shock, first: int, last: int) -> bool:
    """Can it be felt in these quarters: in force, or a remedy that is announced?"""
    begins, ends = (ordinal(quarter) for quarter in shock.quarters)
    if shock.announced is not None and shock.parameter.startswith(REMEDIES):
        begins = min(begins, ordinal(shock.announced))
    return begins <= last and ends >= first


def timing_problems(shock: Shock, where: str, declaration: Parameter, start: int) -> list[str]:
    """A shock that no game can feel: outside the longest one, on what only the base of a scenario reads, or too late
    for what is read when a game opens."""
    if not is_felt(shock, start + 1, start + LONGEST_GAME):
        longest = f"{label(start + 1)} to {label(start + LONGEST_GAME)}"
        return [
            f"{where}: quarters = {list(shock.quarters)} lie outside all that can be played, {longest}, and would do "
            "nothing."
        ]
    if declaration.acts == "base":
        return [f"{where}: {shock.parameter} is read only by the base, whose opening is frozen; it takes no shock."]
    if declaration.acts == "opening" and ordinal(shock.quarters[0]) > start + 1:
        must = f"quarters must begin by {label(start + 1)}, not {shock.quarters[0]}"
        return [f"{where}: {shock.parameter} is read when a game opens; {must}."]
    return []


# --- what is in force, and what it makes of parameters ----------------------------------------------------------------


@lru_cache(maxsize=1024)
def stages(shocks: tuple[Shock, ...], start: int) -> Mapping[tuple[Shock, ...], int]:
    """Every set of shocks that are in force, or known, in one quarter of the longest game -> the first such quarter,
    counted from the start."""
    found: dict[tuple[Shock, ...], int] = {}
    for quarter in range(1, LONGEST_GAME + 1):
        acting = tuple(one for one in shocks if one.in_force(start + quarter))
        known = tuple(one for one in shocks if one.in_force(start + quarter) or one.is_announced(start + quarter))
        for together in (acting, known):
            if together:
                found.setdefault(together, quarter)
    return found


def applied(together: Iterable[Shock], values: Callable[[str], Array]) -> Iterator[tuple[Shock, Array]]:
    """Each shock of a set, and what its parameter is after it: they act one after the other. values: by name, before
    shocks."""
    now: dict[str, Array] = {}
    for shock in together:
        before = now[shock.parameter] if shock.parameter in now else values(shock.parameter)
        now[shock.parameter] = shock.apply(before)
        yield shock, now[shock.parameter]


def range_problems(
    places: Sequence[tuple[Shock, str]],
    start: int,
    values: Callable[[str], Array],
    catalogue: Catalogue,
    surely: bool = False,
) -> list[str]:
    """A sentence for every shock that takes its parameter out of what is allowed, in any quarter of the longest game.

    places: shocks, each with where it stands. values: by name, before shocks, one a world; or, where `surely`, the
    ends of what worlds may have: then only a shock that is out of range whatever they have is a problem."""
    found: dict[Shock, str] = {}
    where = dict(places)
    for together, quarter in stages(tuple(shock for shock, _ in places), start).items():
        for shock, value in applied(together, values):
            declaration, _ = catalogue.find(shock.parameter, where[shock])
            smallest, largest = declaration.allowed
            below, above = value < smallest, value > largest
            if (below.all() or above.all()) if surely else (below | above).any():
                unit = "" if declaration.unit == "1" else f" {declaration.unit}"
                given = value.max() if above.any() else value.min()
                found.setdefault(
                    shock,
                    f"{where[shock]}: {shock.parameter} leaves its range in {label(start + quarter)}; "
                    f"allowed is {smallest:g} to {largest:g}{unit} (given: {given:g}).",
                )
    return [found[shock] for shock in where if shock in found]


OUTSIDE = "lies outside the quarters played"


def idle(
    places: Sequence[tuple[Shock, str]], start: int, quarters: int, values: Callable[[str], Array], catalogue: Catalogue
) -> list[str]:
    """A sentence for every shock that a game of so many quarters does not feel, or in which it changes nothing.

    values: by name, what worlds may have before shocks."""
    first, last = start + 1, start + quarters
    said = []
    for number, (shock, where) in enumerate(places):
        others = [one for k, (one, _) in enumerate(places) if k != number]
        everyone = [one for one, _ in places]
        opening = catalogue.find(shock.parameter, where)[0].acts == "opening"
        if not is_felt(shock, first, last):
            said.append(f"{where} {OUTSIDE}, {label(first)} to {label(last)}, and does nothing.")
        elif all(
            np.array_equal(
                _after(shock.parameter, everyone, quarter, values), _after(shock.parameter, others, quarter, values)
            )
            for quarter in range(first, (first if opening else last) + 1)
        ):
            said.append(f"{where} does nothing: {shock.parameter} is the same without it in every quarter played.")
    return said


def _after(name: str, shocks: Iterable[Shock], quarter: int, values: Callable[[str], Array]) -> Array:
    """A parameter in a quarter, and as a remedy that is announced by then will have it: both where they differ. (2,
    ends)."""
    mine = [one for one in shocks if one.parameter == name]
    acting = [one for one in mine if one.in_force(quarter)]
    known = [one for one in mine if one.in_force(quarter) or one.is_announced(quarter)]
    found = [values(name), values(name)]
    for place, together in enumerate((acting, known if name.startswith(REMEDIES) else acting)):
        for _, found[place] in applied(together, values):
            pass
    return np.stack(found)
