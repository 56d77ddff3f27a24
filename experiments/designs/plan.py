"""From a design's note to the points of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from experiments import scenarios
from experiments.batch.engine import Size
from experiments.batch.points import Plan, Setting, Until
from experiments.bots.payoffs import seats_of
from experiments.designs import note as notes
from experiments.designs import samplers
from experiments.designs.factors import LEVER, UNCERTAINTY, Factor, Kind, Shocks, Strategies, factor
from experiments.designs.note import Note, Number
from experiments.designs.samplers import Asked
from sim import parameter_path
from sim.arrays import Array
from sim.errors import InputError, unknown
from sim.files import read_csv
from sim.parameters import Catalogue
from sim.quarters import ordinal
from sim.scenario import Scenario
from sim.shocks import OUTSIDE
from sim.streams import Streams

SLICE = 256
"""Points whose shocks are checked together."""


def plan(name_or_path: str) -> Plan:
    """The points of a design by name or path; one InputError in words for what cannot be played."""
    path = notes.find(name_or_path)
    note = notes.read(path)
    settings = _study(note, path.name) if note.varies.study else _crossed(note, path)
    catalogue = scenarios.catalogue_of(settings[0].scenario)
    factors = _factors(note, catalogue, path.name)
    if note.sample.file:
        file = path.parent / note.sample.file
        if not file.is_file():
            what = "is a folder" if file.is_dir() else "does not exist"
            raise InputError(f"{path.name}: sample: file = '{note.sample.file}' {what}.")
        factors, rows = _table(file, factors, catalogue)
    elif factors:
        rows = samplers.values(_asked(note), factors, f"{path.name}: sample")
    else:
        rows = np.zeros((1, 0))
    made = _spread(path, note, settings, (factors, rows))
    _all_hold(made, path.name)
    _all_act(made, factors, path.name)
    return made


def _asked(note: Note) -> Asked:
    one = note.sample
    return Asked(one.method, one.points, one.levels, one.seed, one.second_order)


def _factors(note: Note, catalogue: Catalogue, place: str) -> list[Factor]:
    """All factors of a note; InputError when two move one parameter."""
    found: list[Factor] = []
    rows_by_kind: tuple[tuple[Kind, list[Number]], ...] = ((LEVER, note.lever), (UNCERTAINTY, note.uncertainty))
    for kind, rows in rows_by_kind:
        for number, row in enumerate(rows, 1):
            found.append(factor(kind, row.model_dump(), catalogue, f"{place}: {kind} {number}"))
    _once(found, place)
    for name in note.held.parameters:
        if any(name in one.names for one in found):
            raise InputError(f"{place}: {name} is held and varied; leave one out.")
    return found


def _once(found: Sequence[Factor], place: str) -> None:
    names = [name for one in found for name in one.names]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{place}: {name} is moved by two levers or uncertainties; leave one out.")


def _table(path: Path, factors: list[Factor], catalogue: Catalogue) -> tuple[list[Factor], Array]:
    """The points of a user's table: a column a parameter, a row a point. Columns that the note does not describe are
    uncertainties."""
    known = {one.name: one for one in factors}
    header = _header(path, known)
    lines = read_csv(path, tuple(header))
    rows = np.array([[line.number(name) for name in header] for line in lines])
    found = []
    for name in header:
        scenarios.expand(catalogue, name, path.name)
        declaration, _ = catalogue.find(scenarios.expand(catalogue, name, path.name)[0], path.name)
        for line in lines:
            declaration.check(line.number(name), line.where, name)
        values = tuple(dict.fromkeys(line.number(name) for line in lines))
        if len(values) == 1 and name not in known:
            held = f"it is {values[0]:g} in every row; set it under [held] parameters instead"
            raise InputError(f"{path.name}: column '{name}' varies nothing: {held}.")
        given = {"parameter": name, "values": values}
        found.append(known.get(name) or factor(UNCERTAINTY, given, catalogue, path.name))
    _once(found, path.name)
    seen: dict[bytes, str] = {}
    for line, row in zip(lines, rows, strict=True):
        if (same := seen.setdefault(row.tobytes(), line.where)) != line.where:
            raise InputError(f"{line.where} repeats {same.removeprefix(path.name + ': ')}; give every point once.")
    return found, rows


def _header(path: Path, wanted: Iterable[str]) -> tuple[str, ...]:
    """Names of the columns of a user's table; InputError when one has none, or one that is wanted is missing."""
    header = read_csv(path, ())[0].values
    if "" in header:
        number = list(header).index("") + 1
        raise InputError(f"{path.name}: column {number} of the header has no name; name it, or leave it out.")
    if missing := [name for name in wanted if name not in header]:
        raise InputError(f"{path.name}: column '{missing[0]}' is missing; the design varies it.")
    return tuple(header)


# --- what is not a number ---------------------------------------------------------------------------------------------


def _crossed(note: Note, path: Path) -> list[Setting]:
    """Every combination of players, seeds, scenarios and shocks; points that can share a game come one after the
    other."""
    held, varies, place = note.held, note.varies, path.name
    shocks = [Shocks(one.name, tuple(one.cards)) for one in note.shocks] or [Shocks("")]
    players = [Strategies(one.name, one.seats) for one in note.strategies] or [Strategies("")]
    found: list[Setting] = []
    for played, seed in product(players, varies.seeds or [1]):
        for name, laid in product(varies.scenarios or [held.scenario], shocks):
            scenario = _scenario(note, name, laid, path)
            chosen, where = {**held.strategies, **played.seats}, f"{place}: strategies '{played.name}'"
            seats = seats_of(scenario, chosen, where, path.parent)
            size = Size(note.replications.worlds, held.quarters or scenario.quarters, seed, held.draw)
            labels = {
                "shocks": laid.name,
                "players": played.name,
                **({"seeds": f"seed{seed}"} if varies.seeds else {}),
            }
            if varies.scenarios or not any(labels.values()):
                labels = {"scenario": name, **labels}
            found.append(Setting(scenario, size, seats, labels))
    _differ(found, place)
    if len({one.scenario.roster for one in found}) > 1:
        raise InputError(f"{place}: varies: scenarios of one design share their roster.")
    return found


def _differ(settings: Sequence[Setting], place: str) -> None:
    """InputError when two choices are the same game under two names: it would count twice."""
    seen: dict[object, str] = {}
    for one in settings:
        game = (one.scenario.digest, one.size, tuple(sorted(one.strategies.items())))
        called = "/".join(filter(None, one.labels.values()))
        if (same := seen.setdefault(game, called)) != called:
            raise InputError(f"{place}: '{same}' and '{called}' are the same game under two names; give it once.")
    for called in (names := list(seen.values())):
        if names.count(called) > 1:
            raise InputError(f"{place}: '{called}' is the name of two games, put together of others; name them apart.")


def _scenario(note: Note, name: str, laid: Shocks, path: Path) -> Scenario:
    """A scenario with what is held and one choice of shocks; files of a user are looked up beside the design."""
    try:
        scenario = scenarios.load(_beside(name, path))
        for cards in (note.held.shocks, laid.cards):
            scenario = scenarios.with_shocks(scenario, [_beside(one, path) for one in cards])
        if note.held.parameters:
            scenario = scenario.with_changes(scenario.name, scenario.title, note.held.parameters, ())
        return scenario.check(scenarios.catalogue_of(scenario))
    except InputError as error:
        raise InputError(f"{path.name}: {str(error).removeprefix('--shock: ')}") from error


def _beside(word: str, path: Path) -> str:
    """A scenario or card as it is named: the library's, or a file that stands beside the design."""
    is_file = ".toml" in word.lower() or Path(word).name != word
    return str(path.parent / word) if is_file else word


def _study(note: Note, place: str) -> list[Setting]:
    """Cells of the study, with its worlds but no more than the note's."""
    from experiments.study import design as designs

    design, most = designs.read(), note.replications.worlds
    quarters = note.held.quarters or design.default_quarters
    seeds = note.varies.seeds or [1]
    found = []
    for seed in seeds:
        size = Size(min(design.default_worlds, most), quarters, seed, note.held.draw)
        cells = {one.name: one.cell for one in designs.Planner(design, size).cells()}
        for name in cells if note.varies.study == ["all"] else note.varies.study:
            if name not in cells:
                raise unknown("cell of the study", name, (*cells, "all"), f"{place}: varies")
            cell, labels = cells[name], {"cell": name, **({"seeds": f"seed{seed}"} if note.varies.seeds else {})}
            found.append(Setting(cell.scenario, cell.size, cell.strategies, labels))
    return found


# --- together ---------------------------------------------------------------------------------------------------------


def _spread(path: Path, note: Note, settings: Sequence[Setting], numbers: tuple[Sequence[Factor], Array]) -> Plan:
    """Every setting with every row of numbers."""
    factors, rows = numbers
    setting = np.repeat(np.arange(len(settings), dtype=np.int64), len(rows))
    if len(setting) > samplers.MOST_POINTS:
        raise InputError(f"{path.name}: {len(setting)} points are too many; allowed is up to {samplers.MOST_POINTS}.")
    values = {name: np.tile(rows[:, k], len(settings)) for k, one in enumerate(factors) for name in one.names}
    until, asked = None, note.replications
    if asked.outcome:
        quarter = asked.quarter or min(one.size.quarters for one in settings)
        if quarter > min(one.size.quarters for one in settings):
            raise InputError(f"{path.name}: replications: quarter = {quarter} is never played; give a smaller one.")
        until = Until(asked.outcome, quarter, asked.narrower_than, asked.most)
        settings = [replace(one, size=replace(one.size, worlds=max(one.size.worlds, 2))) for one in settings]
    outcomes = tuple(note.measured.outcomes)
    return Plan(path.stem, tuple(settings), setting, values, outcomes, until, _says(note, factors))


def _says(note: Note, factors: Iterable[Factor]) -> dict[str, Any]:
    """What provenance.json keeps of a design: its words, and what an analysis must know of its numbers."""
    words = note.model_dump(mode="json", exclude_defaults=True)
    return {**words, "sample": note.sample.model_dump(mode="json"), "factors": [one.says() for one in factors]}


def _all_hold(made: Plan, place: str) -> None:
    """InputError when shocks take a world of a point out of a range, before any is played."""
    for number, setting in enumerate(made.settings):
        if not setting.scenario.shocks:
            continue
        catalogue, size = scenarios.catalogue_of(setting.scenario), setting.size
        of_setting = np.flatnonzero(made.setting == number)
        for first in range(0, len(of_setting), SLICE):
            some = of_setting[first : first + SLICE]
            values = {name: np.repeat(value[some], size.worlds) for name, value in made.values.items()}
            streams = Streams(size.seed, 0, size.worlds, times=len(some))
            try:
                parameter_path.all_worlds_hold(setting.scenario, catalogue, streams, size.draw, values)
            except InputError as error:
                raise InputError(f"{place}: {error}") from error


def _all_act(made: Plan, factors: Sequence[Factor], place: str) -> None:
    """InputError for a number that shocks set in every quarter, at every point: it would move nothing."""
    for one in factors:
        opening = one.declaration.acts == "opening"
        if all(_is_set(setting, name, opening) for setting in made.settings for name in one.names):
            raise InputError(
                f"{place}: {one.name} varies nothing: shocks set it in every quarter that is played; leave one out."
            )


def _is_set(setting: Setting, name: str, opening: bool) -> bool:
    """Do shocks set a parameter in every quarter, so that what it was before is no matter?"""
    first = ordinal(setting.scenario.start) + 1
    setting_it = [one for one in setting.scenario.shocks if one.parameter == name and one.set is not None]
    quarters = range(first, first + (1 if opening else setting.size.quarters))
    return all(any(one.in_force(quarter) for one in setting_it) for quarter in quarters)


def remarks(made: Plan) -> list[str]:
    """A sentence for every shock that does nothing in the quarters played; cells of the study may repeat their base."""
    found: list[str] = []
    for one in made.settings:
        found += one.scenario.idle_shocks(scenarios.catalogue_of(one.scenario), one.size.quarters, one.size.draw)
    of_study = "study" in made.note.get("varies", {})
    return [said for said in dict.fromkeys(found) if not of_study or OUTSIDE in said]
