"""Shock cards: changes of primitives at three levels, with where their size comes from, and how they are laid on a
scenario.

A card is a scenario file with a table `[card]`. `NAME:LEVEL@QUARTER` lays it at a level (low, central, high) and with
its first change in that quarter; both may be left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Strict, ValidationError, model_validator

from experiments.library import LIBRARY, shock_names
from sim import scenario as files
from sim.errors import InputError, closest, unknown
from sim.files import Table, explain, read_toml
from sim.metrics import METRICS
from sim.quarters import label, ordinal
from sim.shocks import FOREVER, LEVELS, Shock

OWN = "own"
"""Category of a card of a user that says nothing of itself."""


class Card(Table):
    """What a card says of itself. published: the magnitude found in its source at low, central and high, in `unit`;
    outcome: that magnitude is something the market decides, so it is told beside the result and never set; beside,
    beside_as: the metric that comes closest to it, and whether its change, ratio or level does; level: the one that the
    changes in the file stand for; measured_to: until when its figures were measured."""

    id: str = ""
    category: str = OWN
    says: str = ""
    precedent: str = ""
    cited: str = ""
    address: str = ""
    grade: Literal["A", "B", "C", "J"] = "J"
    measured_to: str = ""
    published: Annotated[tuple[float, ...], Strict(False)] = ()
    unit: str = ""
    outcome: bool = False
    beside: str = ""
    beside_as: Literal["change", "ratio", "level"] = "change"
    level: Literal["low", "central", "high"] = "central"

    @model_validator(mode="after")
    def _fits(self) -> Card:
        if len(self.published) not in (0, len(LEVELS)):
            raise ValueError(f"published must be three numbers, at {', '.join(LEVELS)}, or be left out")
        if self.beside and self.beside not in (known := [metric.name for metric in METRICS]):
            raise ValueError(f"beside = '{self.beside}' is no metric. {closest(self.beside, known)}")
        return self

    def magnitude(self, level: str) -> str:
        """The published magnitude at a level, with its unit; empty when there is none."""
        return f"{self.published[LEVELS.index(level)]:g} {self.unit}" if len(self.published) == len(LEVELS) else ""


@dataclass(frozen=True, order=True)
class Laid:
    """A card as it is laid on a scenario. level: low, central, high, or '' for the card's own; at: the quarter of its
    first change, or '' for the card's own."""

    name: str
    level: str = ""
    at: str = ""

    @classmethod
    def read(cls, word: str, key: str = "--shock") -> Laid:
        """From a word like 'chip-tariff:high@2027Q3'; InputError when it is none."""
        rest, sign, at = word.strip().partition("@")
        name, colon, level = rest.partition(":")
        if sign:
            ordinal(at, f"{key}: '{word}'")
        if colon and level not in LEVELS:
            raise unknown("level", level, LEVELS, f"{key}: '{word}'")
        if not Path(name).suffix and name not in shock_names():
            raise InputError(f"{key}: unknown shock '{name}'. {closest(name, shock_names())}.")
        return cls(name, level, at)

    def __str__(self) -> str:
        return f"{self.short}{':' * bool(self.level)}{self.level}{'@' * bool(self.at)}{self.at}"

    @property
    def short(self) -> str:
        """The card's name, without folder and ending."""
        return Path(self.name).stem

    @property
    def card(self) -> Card:
        """What the card says of itself."""
        return card(self.name)

    @property
    def title(self) -> str:
        """The card's title."""
        return changes(self.name).title

    @property
    def plays(self) -> str:
        """The level that it is laid at, where none is given its own."""
        return self.level or self.card.level

    def shocks(self) -> tuple[Shock, ...]:
        """The card's own changes (its base's are none of them) at this level and date."""
        own = changes(self.name).shocks
        if self.level and self.level != self.card.level:
            own = tuple(shock.at(self.level) for shock in own)
        return moved(own, self.at) if self.at else own

    @property
    def remark(self) -> str:
        """That the card has no size of its own at the level it is laid at, in a sentence; empty where it has.
        InputError when what it says of itself does not fit."""
        if self.card.level == self.plays:
            return ""
        stated = any(getattr(one, self.level) is not None for one in files.load(self.name, LIBRARY).shocks)
        return "" if stated else f"--shock: '{self}': the card states no size of its own at '{self.level}'."

    def parameters(self) -> dict[str, float]:
        """What the card sets from the start on."""
        return dict(changes(self.name).parameters)


@dataclass(frozen=True)
class Changes:
    """What a card's file states itself, its base apart: at its own level and date."""

    title: str
    shocks: tuple[Shock, ...]
    parameters: Mapping[str, float]


def changes(name: str) -> Changes:
    """What a card states, by its name or path; InputError when that does not fit."""
    return _changes(name) if Path(name).suffix else _changes_of_library(name)


@lru_cache(maxsize=256)
def _changes_of_library(name: str) -> Changes:
    return _changes(name)


def _changes(name: str) -> Changes:
    content, whole = read_toml(files.find(name, LIBRARY)), files.load(name, LIBRARY)
    below = files.load(content["base"], LIBRARY).shocks if "base" in content else ()
    return Changes(whole.title, whole.shocks[len(below) :], content.get("parameters", {}))


def card(name: str) -> Card:
    """What a card says of itself, by its name or path; InputError when that does not fit."""
    return _read(files.find(name, LIBRARY)) if Path(name).suffix else _of_library(name)


@lru_cache(maxsize=256)
def _of_library(name: str) -> Card:
    return _read(files.find(name, LIBRARY))


def _read(path: Path) -> Card:
    try:
        return Card.model_validate(read_toml(path).get("card", {}))
    except ValidationError as error:
        raise explain(error, f"{path.name}: card", {"": tuple(Card.model_fields)}) from error


def moved(shocks: Sequence[Shock], at: str) -> tuple[Shock, ...]:
    """The same changes with the first of them in a quarter: all dates move alike, but for an end that is for good."""
    if not shocks:
        return ()
    by = ordinal(at) - min(ordinal(shock.quarters[0]) for shock in shocks)

    def later(quarter: str) -> str:
        return label(ordinal(quarter) + by)

    found = []
    for shock in shocks:
        first, last = shock.quarters
        end = max(last, later(first)) if last == FOREVER else later(last)
        known = None if shock.announced is None else later(shock.announced)
        found.append(shock.model_copy(update={"quarters": (later(first), end), "announced": known}))
    return tuple(found)


def once(laid: Sequence[Laid], key: str = "--shock") -> tuple[Laid, ...]:
    """Cards in the order of their names; InputError when one is laid twice."""
    names = [one.short for one in laid]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{key}: '{name}' is given {names.count(name)} times; lay a card on once.")
    return tuple(sorted(laid))


def at_levels(name: str) -> dict[str, Laid]:
    """A card at each of its levels."""
    return {level: replace(Laid(name), level=level) for level in LEVELS}
