"""The market under plain Mesa: `batch_run` gives the engine's own bits, and nothing of a game stays in memory."""

from __future__ import annotations

import gc
from typing import Any

import mesa
import numpy as np
import pytest

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from experiments.doors.plain_mesa import Market
from sim.errors import InputError
from sim.game import Game
from sim.metrics import METRICS
from sim.records import Records

SHORT: dict[str, Any] = {"scenario": "history", "quarters": 2}
HAS_BATCH = pytest.mark.skipif(not hasattr(mesa, "batch_run"), reason="this Mesa has no batch_run")


def games() -> list[Game]:
    gc.collect()  # models, whose end lets go of their games
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, Game)]


@pytest.mark.whole
@HAS_BATCH
def test_batch_run_plays_what_the_engine_plays_and_lets_go_of_every_game() -> None:
    before = len(games())
    rows = mesa.batch_run(
        Market,
        {**SHORT, "seed": [1, 2], "porting_into_factor_trainium": [0.5, 2.0]},
        data_collection_period=1,
        display_progress=False,
    )
    assert len(rows) == 2 * 2 * SHORT["quarters"]
    assert len(games()) == before
    for seed in (1, 2):
        for value in (0.5, 2.0):
            mine = [r for r in rows if (r["seed"], r["porting_into_factor_trainium"]) == (seed, value)]
            cell = Cell(
                scenarios.load("history"), Size(1, 2, seed), values={"porting_into_factor_trainium": np.array([value])}
            )
            plain = engine.play(cell, _figures)
            mine.sort(key=lambda row: row["Step"])
            for metric in METRICS:
                assert [r[metric.name] for r in mine] == plain[metric.name], metric.name


def _figures(records: Records) -> dict[str, list[float]]:
    return {metric.name: records.metric(metric.name)[0].tolist() for metric in METRICS}


@pytest.mark.whole
@HAS_BATCH
def test_a_model_that_is_stopped_early_is_let_go_of_too() -> None:
    before = len(games())
    rows = mesa.batch_run(Market, {**SHORT, "quarters": 9}, max_steps=1, display_progress=False)
    assert [row["Step"] for row in rows] == [1]
    assert len(games()) == before


@pytest.mark.whole
def test_a_model_steps_to_its_end_by_strategies_and_whichever_word_for_its_seed() -> None:
    one, other = Market(**SHORT, strategies="aws=harvest", seed=4), Market(**SHORT, rng=4)
    for model in (one, other):
        while model.running:
            model.step()
        assert model.steps == SHORT["quarters"]
    figures = [model.datacollector.model_vars["trainium_share_used"] for model in (one, other)]
    plain = engine.play(Cell(scenarios.load("history"), Size(1, 2, 4)), _figures)["trainium_share_used"]
    assert figures[1] == plain and figures[0] != plain


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"scenario": "histori"}, "unknown scenario 'histori'. Closest: 'history'"),
        ({"scenario": "history", "demand_levl": 1.0}, "unknown parameter 'demand_levl'. Closest: 'demand_level'"),
        ({"scenario": "history", "strategies": "aws"}, "give party=strategy"),
        ({"scenario": "history", "quarters": 0}, "quarters"),
    ],
)
def test_what_cannot_be_played_is_told_in_one_sentence(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as refused:
        Market(**given)
    assert said in str(refused.value) and "\n" not in str(refused.value)
