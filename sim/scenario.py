"""A scenario is data: a title, a base, parameter values and dated shocks. It states only what differs from its base.

title = "Edge surge"
base = "baseline"
[parameters]
price_elasticity = -1.2
[[shock]]
parameter = "edge_potential_share"
quarters = ["2026Q3", "2030Q4"]
multiply_by = 2.5
source = "..."
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, ValidationError

from sim import ensembles
from sim.arrays import Array
from sim.dated_remedies import DatedRemedy
from sim.ensembles import Ensemble
from sim.errors import InputError, closest
from sim.files import Table, explain, read_toml
from sim.noise import LONGEST_GAME
from sim.parameters import Catalogue
from sim.quarters import ordinal
from sim.roster import adds_to, load_roster
from sim.shocks import Shock, date_problems, idle, range_problems, timing_problems, twice

DEFAULT_START = "2025Q4"
DEFAULT_ROSTER = "default"
DEFAULT_QUARTERS = 20
"""Quarters that a scenario is played for unless it or the user says otherwise."""
OF_THE_BASE = ("start", "roster", "pipeline_until", "quarters", "ensemble", "known_until", "prelude")
"""Keys that only a file without a base may hold."""


class _File(Table):
    """What may stand in a scenario file."""

    title: str
    base: str | None = None
    start: str | None = None
    roster: str | None = None
    pipeline_until: str | None = None
    ensemble: str | None = None
    known_until: str | None = None
    prelude: str | None = None
    quarters: int | None = Field(default=None, ge=1, le=LONGEST_GAME)
    source: str = ""
    parameters: dict[str, float] = Field(default_factory=dict)
    shock: list[Shock] = Field(default_factory=list)
    remedy: list[DatedRemedy] = Field(default_factory=list)
    card: dict[str, Any] = Field(default_factory=dict)  # what a shock card says of itself: experiments/whatif/cards.py


@dataclass(frozen=True)
class Scenario:
    """A scenario with its bases folded in. `root_parameters` are those of the bottom of the chain: what is frozen in
    every comparison (offer constants) is solved on them, so that a changed scenario does not re-tune the market to its
    change."""

    name: str
    title: str
    start: str = DEFAULT_START
    roster: str = DEFAULT_ROSTER
    parameters: dict[str, float] = field(default_factory=dict)
    shocks: tuple[Shock, ...] = ()
    root_parameters: dict[str, float] = field(default_factory=dict)
    pipeline_until: str = ""
    file: str = ""
    quarters: int = DEFAULT_QUARTERS
    ensemble: str = ""
    known_until: str = ""
    prelude: Scenario | None = None

    @property
    def digest(self) -> str:
        """A hash of everything that the scenario says, its ensemble's members included; independent of its name and of
        file layout."""
        shocks = [shock.model_dump(mode="json", exclude_none=True) for shock in self.shocks]
        values = [sorted(self.parameters.items()), sorted(self.root_parameters.items())]
        content: list[Any] = [self.start, self.roster, self.pipeline_until, values, shocks]
        if self.known_until:
            content.append({"known_until": self.known_until})
        if self.prelude is not None:
            content.append({"prelude": self.prelude.digest})
        if self.ensemble:
            content += [self.ensemble, ensembles.content_hash(self.ensemble)]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def calendar(self) -> tuple[str, ...]:
        """Who takes part, what is known when, and what was before: what scenarios share that can be played side by
        side."""
        root = repr(sorted(self.root_parameters.items()))
        past = () if self.prelude is None else (self.prelude.digest, self.ensemble, root)
        return self.roster, self.start, self.pipeline_until, self.known_until, *past

    def with_changes(self, name: str, title: str, parameters: dict[str, float], shocks: tuple[Shock, ...]) -> Scenario:
        """A scenario on top of this one."""
        merged = {**self.parameters, **parameters}
        return replace(self, name=name, title=title, parameters=merged, shocks=self.shocks + shocks)

    def on_roster(self, name: str) -> Scenario:
        """The same with another roster, in the quarters before it too."""
        before = None if self.prelude is None else self.prelude.on_roster(name)
        return replace(self, roster=name, prelude=before)

    def check(self, catalogue: Catalogue) -> Scenario:
        """Itself, when every parameter exists and every quarter's values are in range; else one InputError with all
        problems."""
        problems = []
        place = self.file or f"scenario '{self.name}'"
        for name, value in self.parameters.items():
            problems += _problem(catalogue, place, name, value)
        for shock, where in self.places():
            problems += _problem(catalogue, where, shock.parameter, shock.set) + date_problems(shock, where)
        try:
            members = self.members(catalogue)
        except InputError as error:
            problems.append(str(error))
        if not problems:
            problems += _timing(self, catalogue, place)
            ends = partial(_ends, self.parameters, {} if members is None else members.values, catalogue)
            problems += range_problems(self.places(), ordinal(self.start), ends, catalogue, surely=True)
        if problems:
            raise InputError("\n".join(problems))
        return self

    def places(self) -> list[tuple[Shock, str]]:
        """Its shocks, each with where it stands: file and number."""
        place = self.file or f"scenario '{self.name}'"
        return [(shock, shock.where or f"{place}: shock {number}") for number, shock in enumerate(self.shocks, 1)]

    def idle_shocks(self, catalogue: Catalogue, quarters: int, draw: bool = True) -> list[str]:
        """A sentence for every shock that does nothing in a game of so many quarters. draw: do worlds draw their
        parameters?"""
        members = self.members(catalogue)
        known: Mapping[str, Array] = {}
        if members is not None:
            known = members.values if draw else {name: each[[members.central]] for name, each in members.values.items()}
        ends = partial(_ends, self.parameters, known, catalogue, draw=draw)
        return idle(self.places(), ordinal(self.start), quarters, ends, catalogue)

    def members(self, catalogue: Catalogue) -> Ensemble | None:
        """The ensemble that its worlds draw from, if any; InputError when it does not fit."""
        place = self.file or f"scenario '{self.name}'"
        return ensembles.load(self.ensemble, self.start, catalogue, place) if self.ensemble else None


def _problem(catalogue: Catalogue, where: str, name: str, value: float | None) -> list[str]:
    try:
        declaration, _ = catalogue.find(name, where)
        if value is not None:
            declaration.check(value, where, name)
    except InputError as error:
        return [str(error)]
    return []


def _timing(scenario: Scenario, catalogue: Catalogue, place: str) -> list[str]:
    """Changes that could not act: of what is read only when a game opens, or only by the base of a scenario."""
    problems = []
    for name, value in scenario.parameters.items():
        known = catalogue.scalars.get(name)
        if known and known[0].acts == "base" and scenario.root_parameters.get(name) != value:
            problems.append(f"{place}: {name} is read only by the base, whose opening is frozen; set it in the base.")
    for shock, where in scenario.places():
        declaration, _ = catalogue.find(shock.parameter, where)
        problems += timing_problems(shock, where, declaration, ordinal(scenario.start))
    return problems


def _ends(
    fixed: Mapping[str, float], members: Mapping[str, Array], catalogue: Catalogue, name: str, draw: bool = True
) -> Array:
    """The smallest and the largest value that worlds may have of a parameter before shocks: set, of an ensemble, drawn
    or default."""
    declaration, _ = catalogue.find(name, "")
    if name in fixed:
        return np.full(2, float(fixed[name]))
    if name in members:
        return np.array([members[name].min(), members[name].max()])
    drawn = draw and declaration.drawn
    return np.array([declaration.low, declaration.high] if drawn else [declaration.default, declaration.default])


def load(name_or_path: str, library: Path) -> Scenario:
    """A scenario by the name of a file in the library (its sub-folders too), or by the path of a `.toml` file. A base
    that is a path is looked up beside the file that names it.

    Raises InputError when there is no such scenario or the file does not fit."""
    return _load(name_or_path, library, Path(), ())


def names(library: Path, folder: str = "") -> tuple[str, ...]:
    """Scenario names in a folder of the library."""
    return tuple(sorted(path.stem for path in (library / folder).glob("*.toml")))


def find(name_or_path: str, library: Path, beside: Path = Path()) -> Path:
    """The file of a scenario. A word with a folder in it, or that ends in .toml, is a path, looked up from `beside`:
    the folder of the file that names it, or where the user stands. A plain name always means the library's, wherever
    one stands."""
    given = Path(name_or_path)
    in_library = {path.stem: path for path in sorted(library.rglob("*.toml"))}
    if given.suffix.lower() == ".toml" or given.name != name_or_path:
        found = beside / given
        if not found.is_file():
            what = "is a folder" if found.is_dir() else "does not exist"
            hint = f"; the library's is called '{given.stem}'" if given.stem in in_library else ""
            raise InputError(f"scenario file '{found}' {what}{hint}.")
        return found
    if name_or_path not in in_library:
        here = f"write ./{given} for the file here" if given.is_file() else "or give the path of a .toml file"
        raise InputError(f"unknown scenario '{name_or_path}'. {closest(name_or_path, in_library)}; {here}.")
    return in_library[name_or_path]


def _load(name_or_path: str, library: Path, beside: Path, below: tuple[str, ...]) -> Scenario:
    path = find(name_or_path, library, beside)
    if str(path.resolve()) in below:
        raise InputError(f"{path.name}: '{name_or_path}': a scenario cannot be its own base or prelude.")
    content = _read(path)
    if content.base is None:
        shocks = _shocks(content, path, content.roster or DEFAULT_ROSTER)
        bottom = _bottom(content, shocks, path)
        if content.prelude is None:
            return bottom
        return replace(bottom, prelude=_prelude(content.prelude, bottom, library, path, below))
    wider = content.roster if content.roster and adds_to(content.roster) else None
    frozen = [key for key in OF_THE_BASE if key != "roster" or wider is None]
    if any(getattr(content, key) is not None for key in frozen):
        keys = f"{', '.join(OF_THE_BASE[:-1])} and {OF_THE_BASE[-1]}"
        raise InputError(f"{path.name}: {keys} belong to the base '{content.base}' and cannot be changed here.")
    try:
        base = _load(content.base, library, path.parent, (*below, str(path.resolve())))
    except InputError as error:
        raise InputError(f"{path.name}: base = '{content.base}': {error}") from error
    if wider is not None:
        base = _widened(base, wider, path)
    shocks = _shocks(content, path, base.roster)
    return replace(base.with_changes(path.stem, content.title, content.parameters, shocks), file=path.name)


def _widened(base: Scenario, wider: str, path: Path) -> Scenario:
    """The base with a roster that adds to its own; InputError when it adds to another."""
    if base.roster not in (wider, adds_to(wider)):
        raise InputError(
            f"{path.name}: roster = '{wider}' adds to '{adds_to(wider)}'; allowed on base = '{base.name}' is what adds "
            f"to '{base.roster}'."
        )
    return base.on_roster(wider)


def _prelude(name: str, bottom: Scenario, library: Path, path: Path, below: tuple[str, ...]) -> Scenario:
    """The scenario whose quarters are played before another opens; InputError when they do not lead there."""
    try:
        before = _load(name, library, path.parent, (*below, str(path.resolve())))
    except InputError as error:
        raise InputError(f"{path.name}: prelude = '{name}': {error}") from error
    problem = ""
    if ordinal(before.start) >= ordinal(bottom.start):
        problem = f"starts in {before.start}; allowed is any quarter before {bottom.start}"
    elif before.roster != bottom.roster:
        problem = f"has roster '{before.roster}'; allowed is '{bottom.roster}'"
    elif before.prelude is not None:
        problem = "has a prelude of its own; allowed is a scenario without one"
    if problem:
        raise InputError(f"{path.name}: prelude = '{name}' {problem}.")
    return before


def _shocks(content: _File, path: Path, roster: str) -> tuple[Shock, ...]:
    """A file's shocks and remedies, each with its place in it; one InputError with all that is wrong with their
    dates."""
    places = (f"{path.name}: shock {number}" for number in range(1, len(content.shock) + 1))
    shocks = [shock.model_copy(update={"where": where}) for shock, where in zip(content.shock, places, strict=True)]
    for number, remedy in enumerate(content.remedy, 1):
        shocks += remedy.shocks(f"{path.name}: remedy {number}", load_roster(roster).regions)
    problems = [problem for shock in shocks for problem in date_problems(shock, shock.where)] + twice(shocks)
    if problems:
        raise InputError("\n".join(problems))
    return tuple(shocks)


def _bottom(content: _File, shocks: tuple[Shock, ...], path: Path) -> Scenario:
    """The scenario of a file that has no base: what it leaves out is the default."""
    start = content.start or DEFAULT_START
    dates = {"start": start, "pipeline_until": content.pipeline_until, "known_until": content.known_until}
    for key, date in dates.items():
        if date is not None:
            ordinal(date, f"{path.name}: {key}")
    return Scenario(
        name=path.stem,
        title=content.title,
        start=start,
        roster=content.roster or DEFAULT_ROSTER,
        parameters=content.parameters,
        shocks=shocks,
        root_parameters=content.parameters,
        pipeline_until=content.pipeline_until or "",
        file=path.name,
        quarters=content.quarters or DEFAULT_QUARTERS,
        ensemble=content.ensemble or "",
        known_until=content.known_until or "",
    )


def _read(path: Path) -> _File:
    try:
        return _File.model_validate(read_toml(path))
    except ValidationError as error:
        tables: dict[str, type[Table]] = {"shock": Shock, "remedy": DatedRemedy}
        keys = {name: tuple(one for one in table.model_fields if one != "where") for name, table in tables.items()}
        allowed = {"": tuple(_File.model_fields), **keys}
        raise explain(error, path.name, allowed) from error
