"""The market as a model of the EMA Workbench; without the Workbench what it plays is tested alone."""

from __future__ import annotations

import importlib.util
from functools import partial

import numpy as np
import pytest

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from experiments.doors import workbench
from sim.errors import InputError
from sim.records import Records

INSTALLED = importlib.util.find_spec("ema_workbench") is not None
WITH = pytest.mark.skipif(not INSTALLED, reason="pip install ema_workbench")
SIZE = Size(2, 2, draw=False)


def share(records: Records) -> np.ndarray:
    return records.metric("trainium_share_used")


def test_an_experiment_is_a_game_at_its_values_and_kinds_are_set_for_all() -> None:
    history = scenarios.load("history")
    values = {"demand_level": 0.9, "porting_factor": 0.5}
    found = workbench.play(history, SIZE, ("trainium_share_used",), True, **values)["trainium_share_used"]
    catalogue = scenarios.catalogue_of(history)
    given = {"demand_level": np.full(2, 0.9)}
    given |= {name: np.full(2, 0.5) for name in catalogue.scalars if name.startswith("porting_factor_")}
    plain = engine.play(Cell(history, SIZE, values=given), share)
    assert np.array_equal(found, plain.mean(axis=0))
    last = workbench.play(history, SIZE, ("trainium_share_used",), False, **values)["trainium_share_used"]
    assert last == plain[:, -1].mean()


@pytest.mark.skipif(INSTALLED, reason="it is installed")
def test_without_the_workbench_one_sentence_says_how_to_get_it() -> None:
    with pytest.raises(InputError, match=r"the EMA Workbench is not installed; pip install ema_workbench\."):
        workbench.model("history", uncertainties=["demand_level"])


@WITH
def test_the_workbench_plays_it_and_keeps_what_the_engine_gives() -> None:
    from ema_workbench import SequentialEvaluator

    model = workbench.model(
        "history", uncertainties={"demand_level": (0.8, 1.2)}, levers=["porting_factor_*"], series=True, size=SIZE
    )
    demand, porting = model.uncertainties["demand_level"], model.levers["porting_factor"]
    allowed = scenarios.catalogue_of(scenarios.load("history")).declarations["porting_factor"].allowed
    assert (demand.lower_bound, demand.upper_bound) == (0.8, 1.2)
    assert (porting.lower_bound, porting.upper_bound) == allowed
    with SequentialEvaluator(model) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=2, policies=2)
    assert outcomes["trainium_share_used"].shape == (4, 2)
    play = partial(workbench.play, scenarios.load("history"), SIZE, ("trainium_share_used",), True)
    for k, row in experiments.reset_index(drop=True).iterrows():
        again = play(demand_level=row["demand_level"], porting_factor=row["porting_factor"])["trainium_share_used"]
        assert np.array_equal(outcomes["trainium_share_used"][int(str(k))], again)


@WITH
def test_a_parameter_that_worlds_draw_has_the_range_in_which_they_do() -> None:
    name = "implementation_quality"
    quality = workbench.model("history", uncertainties=[name], outcomes=["utilisation"]).uncertainties[name]
    declared = scenarios.catalogue_of(scenarios.load("history")).declarations["implementation_quality"]
    assert declared.low < declared.high
    assert (quality.lower_bound, quality.upper_bound) == (declared.low, declared.high)


@WITH
def test_an_outcome_that_was_a_number_is_no_series_in_the_same_process() -> None:
    workbench.model("history", uncertainties=["demand_level"], outcomes=["price_over_cost"])
    with pytest.raises(
        InputError, match=r"outcomes: price_over_cost: .* series = True is the other; ask in a new proc"
    ):
        workbench.model("history", uncertainties=["demand_level"], outcomes=["price_over_cost"], series=True)


@WITH
def test_names_that_are_none_are_told() -> None:
    with pytest.raises(InputError, match=r"outcomes: unknown outcome 'utilization'\. Closest: 'utilisation'"):
        workbench.model("history", uncertainties=["demand_level"], outcomes=["utilization"])
    with pytest.raises(InputError, match="unknown parameter 'demand_levl'"):
        workbench.model("history", uncertainties=["demand_levl"])
    with pytest.raises(InputError, match="demand_level"):
        workbench.model("history", uncertainties={"demand_level": (-1.0, 1.0)})
