"""The study's design as its file states it, and the cells that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from experiments import scenarios
from experiments.batch.engine import Cell, Size
from experiments.bots.payoffs import seats_of
from experiments.library import STUDY_FILE
from sim.errors import InputError, each_once, unknown
from sim.files import Table, explain, read_toml
from sim.parameters import Catalogue
from sim.quarters import ordinal
from sim.shocks import Shock

FACTORIAL, PART, SENSITIVITY, DEMAND, CHANCE, PLAYERS = (
    "factorial",
    "part",
    "sensitivity",
    "demand",
    "chance",
    "players",
)
CHANCE_GROUP = "chance"
ENDS = ("low", "high")


class Lever(Table):
    """A named list of shocks."""

    name: str
    shock: list[Shock]


class Factor(Table):
    """One of the factors, off or on."""

    name: str
    title: str
    off: str
    on: str
    levers: list[str]


class FactorialCell(Table):
    """A corner of the factorial: the factors that are on."""

    name: str
    factors: list[str]


class Part(Table):
    """Some of a factor's levers alone, or what acts in its stead; without a factor, a change of its own that is told
    beside the factors. strategies: role or party -> strategy; on: what it is, for a change of its own."""

    name: str
    title: str
    factor: str = ""
    on: str = ""
    levers: list[str] = Field(default_factory=list)
    strategies: dict[str, str] = Field(default_factory=dict)


class Sensitivity(Table):
    """One parameter at a low and at a high value, alone on the base."""

    name: str
    title: str
    parameter: str
    low: float
    high: float
    source: str


class DemandCase(Table):
    """A scenario on which the factorial is run again."""

    scenario: str
    title: str


class Players(Table):
    """Other players for the factorial: role or party -> strategy; everybody else keeps the default."""

    name: str
    title: str
    strategies: dict[str, str]


class Design(Table):
    """The whole design."""

    title: str
    base: str
    horizons: list[int] = Field(min_length=1)
    early_horizon: int
    default_worlds: int = Field(ge=1)
    default_quarters: int = Field(ge=1)
    side_worlds: int = Field(ge=1)
    demand_worlds: int = Field(ge=1)
    chance_worlds: int = Field(ge=1)
    players_worlds: int = Field(ge=1)
    quick_worlds: int = Field(ge=1)
    quick_quarters: int = Field(ge=1)
    null_effect_pp: float = Field(ge=0)
    binding_share: float = Field(ge=0, le=1)
    factor: list[Factor]
    cell: list[FactorialCell]
    part: list[Part]
    sensitivity: list[Sensitivity]
    demand_case: list[DemandCase]
    players: list[Players] = Field(default_factory=list)
    lever: list[Lever]

    @model_validator(mode="after")
    def _complete(self) -> Design:
        wanted = 2 ** len(self.factor)
        if len({frozenset(cell.factors) for cell in self.cell}) != wanted or len(self.cell) != wanted:
            raise ValueError(f"the cells must be the {wanted} different corners of the factors")
        if self.base_cell.factors:
            raise ValueError("one cell must have no factor on")
        return self

    @property
    def base_cell(self) -> FactorialCell:
        """The corner where nothing is on."""
        return min(self.cell, key=lambda cell: len(cell.factors))

    def corner(self, factor: str) -> str:
        """The cell where this factor alone is on."""
        return next(cell.name for cell in self.cell if cell.factors == [factor])

    def instead(self, part: Part) -> bool:
        """Is it an alternative to its factor, with something that the factor does not hold?"""
        levers = {lever for one in self.factor if one.name == part.factor for lever in one.levers}
        return bool(part.strategies) or not set(part.levers) <= levers

    def horizons_within(self, quarters: int) -> list[int]:
        """Horizons that a game of so many quarters reaches; its last quarter when it reaches none."""
        return [horizon for horizon in self.horizons if horizon <= quarters] or [quarters]


@dataclass(frozen=True)
class StudyCell:
    """A cell to play and its place in the design. group: the base scenario's name, 'chance', or other players' name."""

    cell: Cell
    kind: str
    group: str
    label: str
    factors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The cell's name in the tables."""
        return self.cell.name


@cache
def shipped() -> Design:
    """The design of the study that ships; its file is read once."""
    return read()


def read(path: Path = STUDY_FILE) -> Design:
    """The design of a file; one InputError with all its problems."""
    try:
        design = Design.model_validate(read_toml(path))
    except ValidationError as error:
        nested = {name: tuple(_ROWS[name].model_fields) for name in _ROWS}
        raise explain(error, path.name, {"": tuple(Design.model_fields), **nested}) from error
    _each_once(design, path.name)
    rows: list[Factor | Part] = [*design.factor, *design.part]
    for row in rows:
        for lever in row.levers:
            kind = type(row).__name__.lower()
            _known("lever", lever, [one.name for one in design.lever], f"{path.name}: {kind} '{row.name}'")
    named = [(f"cell '{cell.name}'", factor) for cell in design.cell for factor in cell.factors]
    named += [(f"part '{part.name}'", part.factor) for part in design.part if part.factor]
    for where, factor in named:
        _known("factor", factor, [one.name for one in design.factor], f"{path.name}: {where}")
    return design


def _each_once(design: Design, place: str) -> None:
    """InputError when a name stands for two things: each table has its names, and all cells share theirs."""
    ends = [f"{one.name}-{end}" for one in design.sensitivity for end in ENDS]
    named = {
        "lever": [one.name for one in design.lever],
        "factor": [one.name for one in design.factor],
        "cell": [*(one.name for one in design.cell), *(one.name for one in design.part), *ends],
        "demand_case": [
            design.base,
            *(one.scenario for one in design.demand_case),
            *(one.name for one in design.players),
        ],
        "horizon": map(str, design.horizons),
    }
    for kind, names in named.items():
        each_once(kind, names, place)
    rows: list[Factor | Part] = [*design.factor, *design.part]
    for row in rows:
        each_once("lever", row.levers, f"{place}: '{row.name}'")
    for cell in design.cell:
        each_once("factor", cell.factors, f"{place}: cell '{cell.name}'")


_ROWS: dict[str, type[Table]] = {
    "factor": Factor,
    "cell": FactorialCell,
    "part": Part,
    "sensitivity": Sensitivity,
    "demand_case": DemandCase,
    "players": Players,
    "lever": Lever,
}


def _known(kind: str, given: str, allowed: list[str], where: str) -> None:
    if given not in allowed:
        raise unknown(kind, given, allowed, where)


class Planner:
    """Turns a design into cells; a quick study has the factorial and the parts."""

    def __init__(self, design: Design, size: Size, quick: bool = False) -> None:
        self.design, self.size, self.quick = design, size, quick
        self.base = scenarios.load(design.base)
        self.catalogue = scenarios.catalogue_of(self.base)
        self.levers = {lever.name: expanded(lever, self.catalogue) for lever in design.lever}

    def cells(self) -> list[StudyCell]:
        """All cells of the study, in the order in which they are played."""
        d, most = self.design, self.size.worlds
        planned = self._corners(FACTORIAL, d.base, self._ground(most)) + self._parts()
        if self.quick:
            return planned
        if self.size.draw:
            ground = self._ground(d.chance_worlds)
            planned += self._corners(CHANCE, CHANCE_GROUP, replace(ground, size=replace(ground.size, draw=False)))
        planned += self._sensitivities()
        for case in d.demand_case:
            ground = replace(self._ground(d.demand_worlds), scenario=scenarios.load(case.scenario))
            planned += self._corners(DEMAND, case.scenario, ground)
        for players in d.players:
            ground = replace(self._ground(d.players_worlds), strategies=self._seats(players.strategies, players.name))
            planned += self._corners(PLAYERS, players.name, ground)
        return planned

    def _ground(self, worlds: int) -> Cell:
        """What cells are built on: the base with so many worlds, but no more than the study has."""
        return Cell(self.base, replace(self.size, worlds=min(worlds, self.size.worlds)))

    def _seats(self, strategies: Mapping[str, str], where: str) -> dict[str, str]:
        """Strategies by party, a role standing for all its competing parties; InputError for what does not exist."""
        return seats_of(self.base, strategies, f"{STUDY_FILE.name}: '{where}'")

    def _corners(self, kind: str, group: str, ground: Cell) -> list[StudyCell]:
        """The factorial on a ground: its scenario, size and players. Cells of the base itself have no prefix."""
        factors = {factor.name: factor for factor in self.design.factor}
        prefix, planned = "" if kind == FACTORIAL else f"{group}/", []
        for corner in self.design.cell:
            levers = [lever for name in corner.factors for lever in factors[name].levers]
            title = " and ".join(factors[name].title for name in corner.factors) or ground.scenario.title
            cell = self._cell(f"{prefix}{corner.name}", title, levers, ground)
            planned.append(StudyCell(cell, kind, group, corner.name, tuple(corner.factors)))
        return planned

    def _parts(self) -> list[StudyCell]:
        return [StudyCell(self._alone(part), PART, self.design.base, part.title) for part in self.design.part]

    def _alone(self, part: Part) -> Cell:
        ground = replace(self._ground(self.design.side_worlds), strategies=self._seats(part.strategies, part.name))
        return self._cell(part.name, part.title, part.levers, ground)

    def _sensitivities(self) -> list[StudyCell]:
        planned, always = [], (self.base.start, "2040Q4")
        for one in self.design.sensitivity:
            for end, value in zip(ENDS, (one.low, one.high), strict=True):
                shock = Shock(parameter=one.parameter, quarters=always, set=value, source=one.source)
                title = f"{one.title} = {value:g}"
                scenario = self.base.with_changes(f"{one.name}-{end}", title, {}, (shock,)).check(self.catalogue)
                cell = Cell(scenario, self._ground(self.design.side_worlds).size)
                planned.append(StudyCell(cell, SENSITIVITY, self.design.base, title))
        return planned

    def _cell(self, name: str, title: str, levers: list[str], ground: Cell) -> Cell:
        shocks = tuple(shock for lever in levers for shock in self.levers[lever])
        scenario = ground.scenario.with_changes(name, title, {}, shocks).check(self.catalogue)
        return Cell(scenario, ground.size, dict(ground.strategies))


def expanded(lever: Lever, catalogue: Catalogue) -> tuple[Shock, ...]:
    """A lever's shocks with 'parameter_*' written out for every region, lab or family."""
    shocks = []
    for number, shock in enumerate(lever.shock, 1):
        where = f"{STUDY_FILE.name}: lever '{lever.name}': shock {number}"
        first, last = (ordinal(quarter, where) for quarter in shock.quarters)
        if last < first:
            raise InputError(f"{where}: quarters = {list(shock.quarters)}: the last quarter comes before the first.")
        for name in scenarios.expand(catalogue, shock.parameter, where):
            shocks.append(shock.model_copy(update={"parameter": name, "where": where}))
    return tuple(shocks)
