"""What one may believe, and what the effects of the study's factors are if one does.

How sticky clouds are and by what, how much is bought as managed service and how large one customer is are not in
public data. Each
is swept (`experiments/data/beliefs/beliefs.toml`), and at every point the game opens anew: the root is changed, so
that history, its offer constants and its books belong to the belief, and the levers are laid on top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field, ValidationError
from scipy.optimize import brentq

from experiments import scenarios
from experiments.batch import engine, runs
from experiments.batch.engine import Cell, Size
from experiments.stats import estimate
from experiments.study import influence
from experiments.study.influence import SHARE
from sim.arrays import Array
from sim.errors import InputError
from sim.files import Table, explain, read_toml
from sim.parameter_path import ParameterPath
from sim.scenario import Scenario
from sim.shocks import Shock
from sim.streams import Streams
from sim.units import QUARTERS_PER_YEAR

FOLDER = Path(__file__).resolve().parents[1] / "data" / "beliefs"
FILE = FOLDER / "beliefs.toml"
LEAVING, MANAGED = "cloud_leavers_per_year", "managed_share_used"
ANCHOR = ("trainium_top_customer_used_h100e", "trainium_installed_h100e")
SWITCHING, AS_IS, CHARGES = "switching", "as it is", "egress_cost_years"
LARGEST_FACTOR, NEAR = 6.0, 0.002
"""Frictions are sought up to so many times what worlds drew, to so much of the factor."""
Values = Mapping[str, Array]


class Mark(Table):
    """Evidence that is marked on an axis."""

    at: float
    label: str


class Sweep(Table):
    """One belief: points at which it is tried, what evidence allows, and on what basis. parameter: what the points
    are values of, or, when scaled, multiples of what every world has; without one they are shares of customers that
    leave a year, which the friction is solved for."""

    name: str
    title: str
    parameter: str = ""
    scaled: bool = False
    points: list[float] = Field(min_length=1)
    allowed: list[float] = Field(min_length=2, max_length=2)
    basis: str
    grade: str
    mark: list[Mark] = Field(default_factory=list)


class Event(Table):
    """Something that happened and that nothing is fitted to. first: the first whole quarter in which it held."""

    title: str
    base: str
    first: str
    source: str
    shock: list[Shock]


class Beliefs(Table):
    """The whole file."""

    base: str
    worlds: int = Field(ge=2)
    quarters: int = Field(ge=1)
    horizons: list[int] = Field(min_length=1)
    seed: int
    friction: str
    central: float = Field(gt=0.0)
    sweep: list[Sweep]
    event: Event


def read(path: Path = FILE) -> Beliefs:
    """The file; InputError when it does not fit."""
    try:
        return Beliefs.model_validate(read_toml(path))
    except ValidationError as error:
        allowed = {
            "": tuple(Beliefs.model_fields),
            "sweep": tuple(Sweep.model_fields),
            "mark": tuple(Mark.model_fields),
        }
        raise explain(error, path.name, {**allowed, "event": tuple(Event.model_fields)}) from error


# --- frictions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Frictions:
    """Where a scenario opens when all worlds' own friction is multiplied by one factor."""

    beliefs: Beliefs
    size: Size
    workers: int = 1

    @property
    def base(self) -> Scenario:
        """The scenario that effects are measured on."""
        return scenarios.load(self.beliefs.base)

    def times(self, name: str, factor: float, scenario: Scenario | None = None) -> dict[str, Array]:
        """What every world has of a parameter, (worlds,), times one factor and at most what is allowed; nothing where
        the factor is 1."""
        asked = scenario or self.base
        most = scenarios.catalogue_of(asked).find(name, FILE.name)[0].allowed[1]
        return {} if factor == 1.0 else {name: np.minimum(factor * self.drawn(name, asked), most)}

    def drawn(self, name: str, scenario: Scenario | None = None) -> Array:
        """What every world has of a parameter by itself: (worlds,)."""
        asked = scenario or self.base
        streams = Streams(self.size.seed, 0, self.size.worlds)
        return ParameterPath(asked, scenarios.catalogue_of(asked), streams, self.size.draw).scalars[name]

    def before(self, given: Values) -> dict[str, Array]:
        """What is read of the quarters before the opening, (worlds, quarters) by metric."""
        cell = Cell(replace(self.base, quarters=1), replace(self.size, quarters=1), values=given)
        return engine.played(cell, partial(runs.read_before, (LEAVING, MANAGED, *ANCHOR)), self.workers)

    def leaving(self, factor: float, own: Values) -> float:
        """Share of customers that leave a year in history's last year, mean over worlds. own: what else worlds are
        given."""
        given = {**self.times(self.beliefs.friction, factor), **own}
        return float(last_year(self.before(given)[LEAVING]).mean())

    def solve(self, target: float, own: Values) -> float:
        """The factor at which so many leave a year, on the same draws; InputError when none does."""
        leaving = lru_cache(maxsize=None)(lambda factor: self.leaving(factor, own))
        least, most = leaving(LARGEST_FACTOR), leaving(0.0)
        if not least < target < most:
            raise InputError(
                f"{FILE.name}: {target:g} of customers leaving a year is out of reach of {self.beliefs.friction}; "
                f"allowed is {least:.2g} to {most:.2g}."
            )
        found = brentq(lambda factor: np.log(leaving(factor) / target), 0.0, LARGEST_FACTOR, xtol=NEAR)
        return float(found)


def last_year(path: Array) -> Array:
    """Mean over the last four quarters: (worlds, quarters) -> (worlds,)."""
    return np.asarray(path[:, -QUARTERS_PER_YEAR:].mean(axis=1))


# --- the sweeps -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """One belief to be played. asked: the point as the file has it; factor: what multiplies the friction; given: what
    every world is given."""

    sweep: str
    asked: float
    factor: float
    given: Values


def points(frictions: Frictions) -> Iterator[Point]:
    """All points: first the base as it is, then every sweep; in a sweep over anything else than switching the friction
    is solved anew at every point, so that the central share of customers leaves."""
    beliefs, worlds = frictions.beliefs, frictions.size.worlds
    yield Point(AS_IS, 1.0, 1.0, {})
    for sweep in beliefs.sweep:
        for asked in sweep.points:
            own: dict[str, Array] = {}
            if sweep.parameter:
                fixed = {sweep.parameter: np.full(worlds, asked)}
                own = frictions.times(sweep.parameter, asked) if sweep.scaled else fixed
            factor = frictions.solve(beliefs.central if sweep.parameter else asked, own)
            yield Point(sweep.name, asked, factor, {**frictions.times(beliefs.friction, factor), **own})


def measured_at(frictions: Frictions, given: Values) -> dict[str, float]:
    """Where the opening of a belief stands on every axis, mean over worlds: the last year before it, its last quarter,
    and the charges for leaving that worlds have."""
    before = frictions.before(given)
    used, stock = (before[name][:, -1] for name in ANCHOR)
    charges = given[CHARGES] if CHARGES in given else frictions.drawn(CHARGES)
    return {
        SWITCHING: float(last_year(before[LEAVING]).mean()),
        "charges": float(charges.mean()),
        "managed": float(before[MANAGED][:, -1].mean()),
        "anchor": float((used / stock).mean()),
    }


def effects(frictions: Frictions, point: Point) -> Iterator[dict[str, object]]:
    """Rows of a point: the level and each factor's effect on Trainium's share of use, percentage points, at every
    horizon."""
    size = frictions.size
    cells = [replace(cell, values=point.given) for cell in influence.cells(size.worlds, size.quarters, size.seed)]
    read_share = partial(runs.read, (SHARE,))
    played = engine.all_played([(cell, read_share) for cell in cells], frictions.workers)
    paths = {cell.name: found[SHARE] for cell, found in zip(cells, played, strict=True)}
    for quarter in frictions.beliefs.horizons:
        for one in influence.headlines(paths, quarter):
            yield {"effect": one.name, "title": one.title, "quarter_number": quarter, **asdict(estimate(one.value))}


def measure(frictions: Frictions, tell: Callable[[str], None] = lambda line: None) -> pd.DataFrame:
    """All points played: a row a point, effect and horizon. `at` (and `at_*`): where the opening stands on its own axis
    (and on each); allowed: does evidence allow that, and how many leave there?"""
    rows, spans = [], {sweep.name: sweep.allowed for sweep in frictions.beliefs.sweep}
    for point in points(frictions):
        stands = measured_at(frictions, point.given)
        axis = point.sweep if point.sweep in stands else SWITCHING
        allowed = all(spans[name][0] <= stands[name] <= spans[name][1] for name in (axis, SWITCHING))
        tell(f"{point.sweep} {point.asked:g}: friction x {point.factor:.3f}, stands at {stands[axis]:.4f}")
        about = {"sweep": point.sweep, "asked": point.asked, "factor": point.factor}
        where = {"at": stands[axis], "allowed": allowed, **{f"at_{name}": value for name, value in stands.items()}}
        rows += [{**about, **where, **row} for row in effects(frictions, point)]
    return pd.DataFrame(rows)


# --- the event --------------------------------------------------------------------------------------------------------


def event(frictions: Frictions) -> pd.DataFrame:
    """Customers that leave, with the event and without it on the same draws: a row a quarter, for the friction as it
    is and for the central one."""
    told = frictions.beliefs.event
    base = scenarios.load(told.base)
    waived = base.with_changes("waived", told.title, {}, tuple(told.shock))
    rows = []
    for name, factor in ((AS_IS, 1.0), ("central", frictions.solve(frictions.beliefs.central, {}))):
        given = frictions.times(frictions.beliefs.friction, factor, base)
        without, with_it = (_leaving(frictions, one, given) for one in (base, waived))
        for k, label in enumerate(runs.labels_of(base)):
            change = estimate(100.0 * (with_it[:, k] - without[:, k]))
            levels = {"without": 100.0 * without[:, k].mean(), "with_event": 100.0 * with_it[:, k].mean()}
            rows.append({"friction": name, "factor": factor, "quarter": label, **levels, **asdict(change)})
    return pd.DataFrame(rows)


def _leaving(frictions: Frictions, scenario: Scenario, given: Values) -> Array:
    cell = Cell(scenario, replace(frictions.size, quarters=scenario.quarters), values=given)
    return np.asarray(engine.played(cell, partial(runs.read, (LEAVING,)), frictions.workers)[LEAVING])
