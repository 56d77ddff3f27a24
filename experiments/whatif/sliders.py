"""Sliders: declared parameters that a person may move, from where their declarations have them, and what that lays on a
scenario."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments import scenarios
from sim.errors import InputError, each_once, unknown
from sim.files import explain, read_toml
from sim.parameters import Catalogue, Parameter
from sim.quarters import label, ordinal
from sim.scenario import Scenario
from sim.shocks import FOREVER, Shock

BASE = "baseline"
"""The scenario that sliders are laid on."""
FILE = Path(__file__).parents[1] / "data" / "whatif" / "sliders.toml"
NEAR = 1e-9
DELAY = "delay"
"""The one slider that moves no parameter: it moves the quarters of remedies."""


@lru_cache(maxsize=1)
def _known() -> Catalogue:
    return scenarios.catalogue_of(scenarios.load(BASE))


class Slider(BaseModel):
    """One row of the file. set: every world gets the value; multiply_by: each world's own value times it, so that what
    is drawn stays drawn. first, last: quarters of the change; known: quarters that it is announced before."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: str
    group: str
    title: str
    says: str
    unit: str
    parameters: tuple[str, ...]
    change: Literal["set", "multiply_by", "delay"]
    low: float
    high: float
    step: float = Field(gt=0.0)
    first: str = Field(default="", alias="from")
    last: str = Field(default="", alias="to")
    known: int = 0
    delayed: bool = False

    @property
    def neutral(self) -> float:
        """Where it changes nothing: the declared default of what it sets, 1 for a factor, no delay."""
        if self.change == "set":
            return self.declared[0].default
        return 1.0 if self.change == "multiply_by" else 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """Scalar names of what it moves; InputError when there is no such parameter."""
        return tuple(name for one in self.parameters for name in scenarios.expand(_known(), one, self.where))

    @property
    def declared(self) -> tuple[Parameter, ...]:
        """The declarations of what it moves, one a scalar name."""
        return tuple(_known().find(name, self.where)[0] for name in self.names)

    @property
    def where(self) -> str:
        """How it is named in a sentence about what is wrong."""
        return f"slider '{self.name}'"

    @property
    def decimals(self) -> int:
        """Digits behind the point that tell its positions apart."""
        return next(count for count in range(4) if abs(self.step * 10**count - round(self.step * 10**count)) < NEAR)

    def text(self, value: float) -> str:
        """A position as people read it."""
        return f"{value:.{self.decimals}f}"

    def read(self, text: str) -> float:
        """A position, put on its step; InputError when it is none."""
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not self.low - NEAR <= value <= self.high + NEAR:
            raise InputError(
                f"{self.title}: '{text[:20]}' is not allowed; give a number from {self.text(self.low)} to "
                f"{self.text(self.high)}."
            )
        steps = round((value - self.low) / self.step)
        return round(self.low + steps * self.step, self.decimals)

    def shocks(self, value: float, delay: int, start: str) -> tuple[Shock, ...]:
        """The dated changes of a position. delay: quarters by which a remedy comes later; start: the origin of the
        game, whose first quarter is the next."""
        if abs(value - self.neutral) < NEAR or self.change == DELAY:
            return ()
        first = ordinal(self.first) if self.first else ordinal(start) + 1
        first += delay if self.delayed else 0
        given: dict[str, object] = {"quarters": (label(first), self.last or FOREVER), self.change: value}
        given |= {"announced": label(first - self.known)} if self.known else {}
        given |= {"source": self.title, "where": self.title}
        return tuple(Shock.model_validate({"parameter": name, **given}) for name in self.names)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    slider: list[Slider]


@lru_cache
def read(path: Path = FILE) -> dict[str, Slider]:
    """Name -> slider, in the file's order; InputError when the file does not fit."""
    try:
        found = _File.model_validate(read_toml(path)).slider
    except ValidationError as error:
        raise explain(error, path.name, {"": ("slider",), "slider": tuple(Slider.model_fields)}) from error
    each_once("slider", (one.name for one in found), path.name)
    return {one.name: one for one in found}


def positions(given: Mapping[str, str]) -> dict[str, float]:
    """Name -> position of the sliders that do not stand where they change nothing; InputError when one cannot stand
    where it is put."""
    known, found = read(), {}
    for name, text in given.items():
        if name not in known:
            raise unknown("slider", name, known)
        value = known[name].read(text)
        if abs(value - known[name].neutral) > NEAR:
            found[name] = value
    return {name: found[name] for name in known if name in found}


def changes(at: Mapping[str, float], base: Scenario) -> tuple[Shock, ...]:
    """What sliders at these positions lay on a scenario."""
    known, delay = read(), round(at.get(DELAY, 0.0))
    return tuple(shock for name, value in at.items() for shock in known[name].shocks(value, delay, base.start))


def words(at: Mapping[str, float]) -> str:
    """Positions in words: 'Exit fees at 0.00 times today's; Enforcement delay at 4 quarters later'."""
    known = read()
    return "; ".join(
        f"{known[name].title} at {known[name].text(value)} {known[name].unit}" for name, value in at.items()
    )


def idle(at: Mapping[str, float]) -> list[str]:
    """A sentence for each slider that does nothing where the others stand."""
    known = read()
    if any(known[name].delayed for name in at):
        return []
    alone = [known[name].title for name in (DELAY, "quality") if name in at]
    return [f"{title} does nothing here: no remedy is laid on. Move one of its neighbours too." for title in alone]
