"""World-quarters that did not converge: counted in a run's tables, provenance and sentence, and in a study's."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Played, Size
from experiments.screen import Screen
from experiments.study import terminal
from experiments.study.design import Planner, StudyCell, read
from experiments.study.effects import Outcomes, effects_table, levels_table
from experiments.study.result import read_off
from experiments.whatif import trials
from sim.equilibrium import clearing
from tests.experiments.conftest import Command

pytestmark = pytest.mark.usefixtures("nothing_kept")
"""A past that was played with too few evaluations is nobody else's."""
RUN = ("run", "baseline", "--worlds", "4", "--quarters", "3", "--workers", "1", "--out", "r")


def test_a_run_counts_what_clearing_gave_up(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five evaluations are too few for some worlds: those whose residual says so, and no others."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(clearing, "MOST_EVALUATIONS", 5)
    status, out, _ = command(*RUN)
    table = pd.read_parquet("r/quarters.parquet")
    missed = table["clearing_residual"] > 1e-9
    assert status == 0 and 0 < missed.sum() < len(table)
    assert table["nonconverged"].tolist() == missed.astype(float).tolist()
    assert f"{missed.sum()} world-quarters did not converge; they are marked in the column 'nonconverged'." in out
    said = json.loads(Path("r/provenance.json").read_text(encoding="utf-8"))
    assert (said["nonconverged_world_quarters"], said["broken_worlds"]) == (missed.sum(), [])


@pytest.mark.whole
def test_an_experiment_counts_worlds_of_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A world counts once a side, in however many quarters it was given up."""
    given_up, play = [], engine.run

    def watching(*asked: Any, **named: Any) -> Iterator[Played]:
        for played in play(*asked, **named):
            given_up.append(played.quarters[played.quarters["clearing_residual"] > 1e-9])
            yield played

    monkeypatch.setattr(engine, "run", watching)
    monkeypatch.setattr(clearing, "MOST_EVALUATIONS", 5)
    table = trials.measure([trials.read()["cost-edge"]], Size(worlds=4, quarters=2)).table
    by_hand = [rows["world"].nunique() for rows in given_up]
    assert len(by_hand) == 2 and 0 < sum(by_hand) < min(8, sum(map(len, given_up)))
    assert set(table["missed"]) == {sum(by_hand)}


@pytest.fixture(scope="module")
def study() -> tuple[list[StudyCell], Outcomes]:
    """A quick study of baselines: world 1 was given up twice under 'open', world 2 once under 'antitrust'."""
    cells = Planner(read(), Size(3, 2), quick=True).cells()
    (played,) = engine.run([Cell(scenarios.load("baseline"), Size(3, 2))])
    outcomes = Outcomes()
    for cell in cells:
        frame = played.quarters.copy()
        world, quarter = frame["world"], frame["quarter_number"]
        if cell.name == "open":
            frame.loc[world == 1, "nonconverged"] = 1.0
        if cell.name == "antitrust":
            frame.loc[(world == 2) & (quarter == 2), "nonconverged"] = 1.0
        outcomes.add(cell.name, frame)
    return cells, outcomes


def test_a_study_counts_worlds_by_contrast_and_by_cell(study: tuple[list[StudyCell], Outcomes]) -> None:
    cells, outcomes = study
    levels = levels_table(outcomes, cells, [1, 2]).groupby("cell")["nonconverged_worlds"].unique()
    assert {cell: found.tolist() for cell, found in levels.items() if any(found)} == {"open": [1], "antitrust": [1]}
    effects = effects_table(outcomes, read(), cells, [2])
    found = effects.groupby(["kind", "effect"])["nonconverged_worlds"].max()
    assert set(found["main"]) == {2}  # every factor's contrast is over all eight cells
    assert found["cell"]["antitrust"] == 1 and found["cell"]["edge"] == 0
    assert np.array_equal(outcomes.missed(["open", "edge"]), [False, True, False])


def test_a_study_says_how_many_world_quarters(study: tuple[list[StudyCell], Outcomes]) -> None:
    cells, outcomes = study
    result = read_off(read(), Size(3, 2), True, cells, outcomes)
    assert result.missed == 3
    with redirect_stdout(io.StringIO()) as shown:
        terminal.show(result, Screen())
    assert "3 world-quarters did not converge; they are kept and marked." in shown.getvalue()
