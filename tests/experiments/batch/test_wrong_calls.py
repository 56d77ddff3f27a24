"""Calls from Python with what is no number, name or seat: one sentence, before anything is played."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.roster import cast
from experiments import scenarios
from experiments.batch import compare, engine, single, workers
from experiments.batch.engine import Cell, Size
from experiments.batch.folder import Records
from experiments.batch.lasting import How
from experiments.batch.target import Target
from sim.errors import InputError
from sim.game import Game

HISTORY = scenarios.load("history")
GIVEN: Any = {"true": True, "half": 1.5, "none": 0, "words": "2", "nan": float("nan")}
"""What is no number of worlds, quarters or workers."""


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN.keys())
@pytest.mark.parametrize(
    "call",
    [
        lambda given: Size(given, 1),
        lambda given: Size(1, given),
        lambda given: How("local", given),
        lambda given: next(workers.each(len, [((),)], given)),
    ],
    ids=["worlds", "quarters", "workers of a batch", "workers"],
)
def test_what_is_no_whole_number_is_refused(call: Callable[[Any], object], given: Any) -> None:
    with pytest.raises(InputError, match=r"^(worlds|quarters|workers) = .* is not allowed; give a whole number"):
        call(given)


def test_what_is_no_yes_or_no_and_no_engine_is_refused() -> None:
    no: Any = "no"
    with pytest.raises(InputError, match=r"^draw = 'no' is not allowed; give True or False\.$"):
        Size(1, 1, draw=no)
    with pytest.raises(InputError, match=r"unknown engine 'locl'. Closest: 'local'"):
        How("locl")
    assert Size(np.int64(2), 1, draw=bool(np.True_)).worlds == 2


class Usual:
    def decide(self, own: Any, market: Any) -> Any:
        return own.usual()


@pytest.mark.parametrize(
    ("seat", "said"),
    [(Usual, "given: the class Usual"), (object(), "given: of type object"), (Usual().decide, "given: of type method")],
)
def test_what_is_no_seat_is_told_by_its_party(seat: Any, said: str) -> None:
    with pytest.raises(InputError, match=rf"^seats: aws: a seat is an object with decide\(own, market\) \({said}\)"):
        Game(HISTORY, cast(seats={"aws": seat}), worlds=1, quarters=1)


def test_a_table_that_there_is_not_is_refused_before_anything_is_played() -> None:
    with pytest.raises(InputError, match=r"more_tables: unknown table 'partis'. Closest: 'parties'"):
        next(engine.run([Cell(HISTORY, Size(1, 1), more_tables=("partis",))]))


def test_values_of_a_past_may_be_a_list_and_true_is_no_value() -> None:
    given: Any = {"power_level": [0.9]}
    Game(scenarios.load("baseline"), cast(), worlds=1, quarters=1, values=given).close()
    with pytest.raises(InputError, match=r"^values: power_level must be a number \(given: True\)"):
        scenarios.in_worlds(HISTORY, {"power_level": True}, 2)


def test_one_card_alone_is_a_card_and_not_its_letters() -> None:
    base = scenarios.load("baseline")
    assert scenarios.with_shocks(base, "chip-tariff").digest == scenarios.with_shocks(base, ["chip-tariff"]).digest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(single.run(Cell(HISTORY, Size(2, 1)), Target(tmp_path_factory.mktemp("wrong") / "r")).out)


def test_names_of_cells_and_metrics_one_none_or_twice(folder: str) -> None:
    records = Records.open(folder)
    assert len(records.table(cells="history")) == len(records.table(cells=["history"])) == 2
    assert len(records.table(cells=[])) == 0 and list(records.table(columns="world").columns) == ["world"]


def test_a_quarter_that_one_side_has_not_is_refused(folder: str) -> None:
    sides = compare.side(folder), compare.side(folder)
    with pytest.raises(InputError, match=r"--at: 'q9' is not allowed; give quarters that .* both have"):
        compare.compare(*sides, ["trainium_share_used"], [9])


def test_arrays_of_a_metric_named_twice_hold_it_once(folder: str) -> None:
    pytest.importorskip("xarray")
    names = ["trainium_share_used"]
    assert list(Records.open(Path(folder)).to_xarray(metrics=names * 2).data_vars) == names
