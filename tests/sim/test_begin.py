"""How a game opens: chance has the size that the first quarter's parameters give it."""

from __future__ import annotations

import numpy as np
import pytest

from experiments import scenarios
from sim.begin import begin
from sim.noise import Noise, draw_noise
from sim.parameter_path import ParameterPath
from sim.roster import load_roster
from sim.shocks import Shock
from sim.streams import Streams

QUIET = ("lab_demand_sd", "segment_demand_sd", "macro_demand_sd")


def opened(*quarters: str) -> Noise:
    """The chance of a game of three quarters in two worlds, in which no demand varies between these quarters."""
    base = scenarios.load("baseline")
    shocks = (
        tuple(Shock(parameter=name, quarters=quarters, source="judgement", set=0.0) for name in QUIET)  # type: ignore[arg-type]
        if quarters
        else ()
    )
    scenario, streams = base.with_changes("quiet", "quiet", {}, shocks), Streams(1, 0, 2)
    path = ParameterPath(scenario, scenarios.catalogue_of(scenario), streams, True)
    roster = load_roster(scenario.roster)
    given, state = begin(scenario, roster, path, streams, draw_noise(roster, path.at(1), streams, 3))
    assert state.number == 0
    return given.noise


@pytest.mark.parametrize(
    ("quarters", "still"),
    [((), False), (("2026Q1", "2026Q1"), True), (("2026Q1", "2045Q4"), True)],
    ids=["as it is", "in the first", "in all"],
)
def test_chance_has_the_size_that_holds_in_the_first_quarter(quarters: tuple[str, ...], still: bool) -> None:
    for site in opened(*quarters).sites:
        assert (np.ptp(site.log_demand) == 0.0) == still
