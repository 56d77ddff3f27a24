"""The scenarios of the claims: each plays, states its sources, and changes what its file says and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agents.roster import cast
from experiments import library, scenarios
from sim.files import read_toml
from sim.game import Game
from sim.metrics import METRICS
from sim.parameter_path import ParameterPath
from sim.scenario import Scenario, find
from sim.streams import Streams

NAMES = library.experiment_names()
QUARTERS, WORLDS = 20, 2
NAMED = {
    "anchor-client-leaves",
    "compiler-lags",
    "capital-spending-squeeze",
    "fully-booked-but-small",
    "cost-edge",
    "strategic-partnerships",
    "trainium-at-the-edge",
    "secure-enclaves",
    "enclave-breach",
    "carbon-weighted-procurement",
    "one-platform",
    "twelve-to-sixteen",
    "cerebras-graphcore-win",
}
"""The experiments that the design calls for by name."""


def content(name: str) -> dict[str, Any]:
    return read_toml(find(name, library.LIBRARY))


def path_of(scenario: Scenario) -> ParameterPath:
    return ParameterPath(scenario, scenarios.catalogue_of(scenario), Streams(1, 0, WORLDS), True)


def changed_names(one: Scenario, other: Scenario) -> set[str]:
    """Scalar names whose value differs in some quarter and world."""
    catalogue, first, second = scenarios.catalogue_of(one), path_of(one), path_of(other)
    found = set()
    for quarter in range(QUARTERS + 1):
        here, there = first.at(quarter), second.at(quarter)
        for name, (declared, position) in catalogue.scalars.items():
            a, b = (np.asarray(getattr(p, declared.name)) for p in (here, there))
            a, b = (x if declared.by is None else x[:, position] for x in (a, b))
            found |= set() if np.array_equal(a, b) else {name}
    return found


def test_every_named_experiment_is_there() -> None:
    assert set(NAMES) >= NAMED


@pytest.mark.parametrize("name", NAMES)
def test_an_experiment_changes_what_its_file_says_and_nothing_else(name: str) -> None:
    said = content(name)
    assert said["base"] == "baseline" and "parameters" not in said and said["source"].startswith("Claim")
    stated = {shock["parameter"] for shock in said["shock"]}
    assert changed_names(scenarios.load(name), scenarios.load("baseline")) == stated
    assert stated.isdisjoint(metric.name for metric in METRICS)
    assert all(
        shock["source"].startswith(("judgement: ", "claim C", "study level: ", "as in ")) for shock in said["shock"]
    )


@pytest.mark.whole
@pytest.mark.parametrize("name", NAMES)
def test_an_experiment_plays(name: str) -> None:
    game = Game(scenarios.load(name), cast(), worlds=WORLDS, quarters=2, seed=1)
    try:
        records = game.run()
    finally:
        game.close()
    share = records.metric("trainium_share_used")
    assert share.shape == (WORLDS, 2) and np.all((share > 0.0) & (share < 1.0))
    assert np.all(records.metric("nonconverged") == 0.0)


def test_parts_of_the_whole_mean_the_same_as_alone() -> None:
    """What everything-goes-right takes over from another experiment has that experiment's value."""
    taken = [one for one in content("everything-goes-right")["shock"] if one["source"].startswith("as in ")]
    assert len(taken) > 3
    for shock in taken:
        alone = content(shock["source"].removeprefix("as in "))["shock"]
        (same,) = [one for one in alone if one["parameter"] == shock["parameter"]]
        assert (same["set"], same["quarters"]) == (shock["set"], shock["quarters"])


def test_a_breach_is_the_enclaves_and_a_loss_of_trust() -> None:
    breach, before = content("enclave-breach")["shock"], content("secure-enclaves")["shock"]
    assert breach[: len(before)] == before and breach[-1]["add"] < 0.0
    gain = path_of(scenarios.load("enclave-breach"))
    family = list(scenarios.catalogue_of(scenarios.load("baseline")).entities["family"]).index("trainium")
    assert gain.at(8).confidentiality_gain[:, family] == pytest.approx([0.4, 0.4])  # 2027Q4
    assert gain.at(9).confidentiality_gain[:, family] == pytest.approx([-1.8, -1.8])  # 2028Q1
    assert gain.at(17).confidentiality_gain[:, family] == pytest.approx([0.4, 0.4])  # 2030Q1
