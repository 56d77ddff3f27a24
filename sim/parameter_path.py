"""The parameters of a game, quarter by quarter: what the scenario, its ensemble and the draws say, and the shocks then in force."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.arrays import Array
from sim.errors import InputError
from sim.parameters import Catalogue, Parameters
from sim.quarters import label, ordinal
from sim.scenario import Scenario
from sim.shocks import Shock
from sim.streams import Streams


class ParameterPath:
    """The parameters of a game quarter by quarter: `path.at(3)` is the fourth quarter's, with the shocks then in force.

    values: what each world is given, (worlds,) by scalar name (a design); it goes before scenario, ensemble and range."""

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
        ensemble = scenario.members(catalogue)
        member = None if ensemble is None else ensemble.draw(streams, draw)
        self._scalars = catalogue.draw(streams, scenario.parameters, draw, member, values)
        self._plain = catalogue.assemble(self._scalars)
        self._assembled: dict[tuple[Shock, ...], Parameters] = {}
        self.root = catalogue.assemble(catalogue.draw(streams, scenario.root_parameters, draw, member, values))

    @property
    def scalars(self) -> dict[str, Array]:
        """What every world has of each parameter by its name in files, before shocks: (worlds,) each."""
        return dict(self._scalars)

    def at(self, quarter: int) -> Parameters:
        """Values in force in this quarter of the game (0 is the scenario's start)."""
        return self._shocked([shock for shock in self.scenario.shocks if shock.in_force(self.start + quarter)], quarter)

    def announced(self, quarter: int) -> Parameters:
        """Values as they will be when what is announced by this quarter has come into force."""
        known = [
            s for s in self.scenario.shocks if s.in_force(self.start + quarter) or s.is_announced(self.start + quarter)
        ]
        return self._shocked(known, quarter)

    def _shocked(self, shocks: list[Shock], quarter: int) -> Parameters:
        if not shocks:
            return self._plain
        if (known := self._assembled.get(tuple(shocks))) is not None:
            return known
        scalars = dict(self._scalars)
        for shock in shocks:
            declaration, _ = self.catalogue.find(shock.parameter, shock.where)
            value = shock.apply(scalars[shock.parameter])
            smallest, largest = declaration.allowed
            if np.any((value < smallest) | (value > largest)):
                raise InputError(
                    f"{shock.where or self.scenario.name}: {shock.parameter} leaves its range in {label(self.start + quarter)}; "
                    f"allowed is {smallest:g} to {largest:g}{'' if declaration.unit == '1' else ' ' + declaration.unit}."
                )
            scalars[shock.parameter] = value
        self._assembled[tuple(shocks)] = self.catalogue.assemble(scalars)
        return self._assembled[tuple(shocks)]


def tied(p: Parameters, quarter: int) -> Parameters:
    """The parameters with investors' claims on bookings as they stand in a quarter: gone after `investor_tie_quarters`."""
    lasts = quarter <= p.investor_tie_quarters
    return p.replace(investor_tie_share=np.where(lasts, p.investor_tie_share, 0.0))
