"""The parameters of a game, quarter by quarter: what the scenario, its ensemble and the draws say, and the shocks then
in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from sim import ensembles
from sim.arrays import Array
from sim.errors import InputError
from sim.parameters import Catalogue, Parameters
from sim.quarters import ordinal
from sim.scenario import Scenario
from sim.shocks import Shock, applied, range_problems
from sim.streams import Streams


class ParameterPath:
    """The parameters of a game quarter by quarter: `path.at(3)` is the fourth quarter's, with the shocks then in force.

    values: what each world is given, (worlds,) by scalar name (a design); it goes before scenario, ensemble and
    range. A name may carry a date, as a column of an ensemble does: it holds only where the scenario starts then, so
    that a game and its prelude can be given figures of one path."""

    def __init__(
        self,
        scenario: Scenario,
        catalogue: Catalogue,
        streams: Streams,
        draw: bool,
        values: Mapping[str, Array] | None = None,
    ) -> None:
        scenario.check(catalogue)
        self.scenario = scenario
        self.catalogue = catalogue
        self.start = ordinal(scenario.start)
        ensemble, values = scenario.members(catalogue), ensembles.at_start(values or {}, scenario.start)
        member = None if ensemble is None else ensemble.draw(streams, draw)
        self._scalars = catalogue.draw(streams, scenario.parameters, draw, member, values)
        hold(scenario, catalogue, self._scalars)
        self._plain = catalogue.assemble(self._scalars)
        self._assembled: dict[tuple[Shock, ...], Parameters] = {}
        self.root = catalogue.assemble(catalogue.draw(streams, scenario.root_parameters, draw, member, values))

    @property
    def scalars(self) -> dict[str, Array]:
        """What every world has of each parameter by its name in files, before shocks: (worlds,) each."""
        return dict(self._scalars)

    def at(self, quarter: int) -> Parameters:
        """Values in force in this quarter of the game (0 is the scenario's start)."""
        return self._shocked([shock for shock in self.scenario.shocks if shock.in_force(self.start + quarter)])

    def announced(self, quarter: int) -> Parameters:
        """Values as they will be when what is announced by this quarter has come into force."""
        known = [
            s for s in self.scenario.shocks if s.in_force(self.start + quarter) or s.is_announced(self.start + quarter)
        ]
        return self._shocked(known)

    def _shocked(self, shocks: list[Shock]) -> Parameters:
        if not shocks:
            return self._plain
        together = tuple(shocks)
        if together not in self._assembled:
            changed = {one.parameter: value for one, value in applied(together, self._scalars.__getitem__)}
            self._assembled[together] = self.catalogue.assemble({**self._scalars, **changed})
        return self._assembled[together]


class SideBySide:
    """Several paths of the same worlds as one: on the worlds axis all worlds of the first, then all of the second, and
    so on. ValueError when their scenarios differ in roster or calendar."""

    def __init__(self, paths: Sequence[ParameterPath]) -> None:
        calendars = {path.scenario.calendar for path in paths}
        if len(calendars) > 1:
            raise ValueError(f"scenarios side by side share roster and calendar (given: {sorted(calendars)})")
        self._paths = tuple(paths)
        self._joined: dict[tuple[Parameters, ...], Parameters] = {}
        self.root = self._joint(lambda path: path.root)

    def at(self, quarter: int) -> Parameters:
        """Values in force in this quarter of the game."""
        return self._joint(lambda path: path.at(quarter))

    def announced(self, quarter: int) -> Parameters:
        """Values as they will be when what is announced by this quarter has come into force."""
        return self._joint(lambda path: path.announced(quarter))

    def _joint(self, of: Callable[[ParameterPath], Parameters]) -> Parameters:
        parts = tuple(of(path) for path in self._paths)
        if parts not in self._joined:
            names = parts[0].names()
            self._joined[parts] = Parameters(
                {name: np.concatenate([getattr(p, name) for p in parts]) for name in names}
            )
        return self._joined[parts]


Path = ParameterPath | SideBySide


def together(
    scenarios: Sequence[Scenario],
    catalogue: Catalogue,
    streams: Streams,
    draw: bool,
    values: Mapping[str, Array],
) -> Path:
    """The path of scenarios whose worlds stand side by side, as often as `streams` plays them. values: by scalar name,
    one for every place on the worlds axis.

    A scenario that follows itself is one path, so that thousands of points of a design cost no more than their
    numbers."""
    runs = [(scenario, len(list(same))) for scenario, same in groupby(scenarios)]
    if len(runs) == 1:
        return ParameterPath(scenarios[0], catalogue, streams, draw, values)
    paths, first = [], 0
    for scenario, times in runs:
        part = replace(streams, times=times)
        own = {name: np.asarray(value)[first : first + part.worlds] for name, value in values.items()}
        paths.append(ParameterPath(scenario, catalogue, part, draw, own))
        first += part.worlds
    return SideBySide(paths)


def hold(scenario: Scenario, catalogue: Catalogue, scalars: Mapping[str, Array]) -> None:
    """InputError with every shock that takes a world's value out of its range in any quarter that can be played, before
    any is.

    scalars: what worlds have of the parameters that shocks change, (worlds,) each."""
    problems = range_problems(scenario.places(), ordinal(scenario.start), scalars.__getitem__, catalogue)
    if problems:
        raise InputError("\n".join(problems))


def all_worlds_hold(
    scenario: Scenario, catalogue: Catalogue, streams: Streams, draw: bool, values: Mapping[str, Array] | None = None
) -> None:
    """The same for all worlds of a run that will be played in parts: nothing but what shocks change is drawn for it."""
    ensemble, values = scenario.members(catalogue), ensembles.at_start(values or {}, scenario.start)
    member = None if ensemble is None else ensemble.draw(streams, draw)
    changed = {shock.parameter for shock in scenario.shocks}
    hold(scenario, catalogue, catalogue.draw(streams, scenario.parameters, draw, member, values, only=changed))


def tied(p: Parameters, quarter: int) -> Parameters:
    """The parameters with investors' claims on bookings as they stand in a quarter: gone after
    `investor_tie_quarters`."""
    lasts = quarter <= p.investor_tie_quarters
    return p.replace(investor_tie_share=np.where(lasts, p.investor_tie_share, 0.0))
