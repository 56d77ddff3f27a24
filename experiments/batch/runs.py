"""Runs of a design: worlds that are given their own parameters, and the metrics that are asked of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.roster import cast
from experiments.batch import engine
from sim.arrays import Array
from sim.game import Game
from sim.scenario import Scenario
from sim.streams import BLOCK


def play(
    scenario: Scenario, metrics: tuple[str, ...], given: dict[str, Array], seed: int, first: int
) -> dict[str, Any]:
    """Metrics of worlds with given parameters, (worlds, quarters) each, and the labels of the quarters."""
    worlds = len(next(iter(given.values())))
    game = Game(scenario, cast(), worlds=worlds, quarters=scenario.quarters, seed=seed, first_world=first, values=given)
    try:
        records = game.run()
        return {"labels": records.quarters_played, "metrics": {name: records.metric(name) for name in metrics}}
    finally:
        game.close()


def play_all(
    scenario: Scenario, metrics: tuple[str, ...], given: dict[str, Array], seed: int, workers: int
) -> tuple[tuple[str, ...], dict[str, Array]]:
    """The same for any number of worlds, in chunks on several processes."""
    worlds = len(next(iter(given.values())))
    tasks = [
        (scenario, metrics, {name: value[first : first + count] for name, value in given.items()}, seed, first)
        for first, count in engine.pieces(worlds, BLOCK)
    ]
    played = list(engine.each(play, tasks, workers))
    return played[0]["labels"], {name: np.concatenate([one["metrics"][name] for one in played]) for name in metrics}
