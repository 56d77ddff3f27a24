"""A single run: worlds that have no figures are counted, named, marked, and in no mean."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.strategies import default_for
from experiments import scenarios
from experiments.batch import engine, single, terminal
from experiments.batch.engine import Cell, Size
from experiments.batch.target import Target
from sim import kernels

BASE = scenarios.load("baseline")
SHARE = "trainium_share_used"


class Breaks:
    """A strategy whose division fails in some worlds from the second quarter on."""

    def __init__(self, worlds: tuple[int, ...]) -> None:
        self.worlds = list(worlds)

    def decide(self, own: Any, market: Any) -> Any:
        usual = default_for("cloud").maker().decide(own, market)
        price = np.array(usual.price_usd_per_h100e_hour)
        if market.quarter == 2:
            price[self.worlds] = np.nan
        return replace(usual, price_usd_per_h100e_hour=price)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> single.Stored:
    cell = Cell(BASE, Size(3, 4), seats={"aws": Breaks((1,))}, lock_in=(1, 4))
    return single.run(cell, Target(tmp_path_factory.mktemp("broken") / "r"))


def test_a_broken_world_is_marked_from_its_first_quarter_without_figures(stored: single.Stored) -> None:
    found = pd.read_parquet(stored.out / "quarters.parquet")
    marked = found.pivot(index="world", columns="quarter_number", values="nonconverged").to_numpy()
    assert marked.tolist() == [[0, 0, 0, 0], [0, 1, 1, 1], [0, 0, 0, 0]]
    figures = found.select_dtypes("number").to_numpy()
    assert np.array_equal(np.isfinite(figures).all(axis=1), found["nonconverged"] == 0.0)
    said = json.loads((stored.out / "provenance.json").read_text())
    assert (said["broken_worlds"], said["nonconverged_world_quarters"]) == ([1], 3)
    assert said["versions"]["kernels"] == kernels.road()


def test_its_neighbours_are_as_they_are_without_it(stored: single.Stored) -> None:
    alone = next(engine.run([Cell(BASE, Size(3, 4), seats={"aws": Breaks(())})])).quarters
    for world in (0, 2):
        mine, theirs = (one[one["world"] == world].reset_index(drop=True) for one in (stored.played.quarters, alone))
        pd.testing.assert_frame_equal(mine, theirs, check_exact=True)


def test_a_broken_world_is_named_and_in_no_mean(
    stored: single.Stored, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shown share is the mean of worlds 0 and 2, by hand from the table; the lock-in index has no world 1
    either."""
    monkeypatch.setenv("COLUMNS", "200")
    terminal.show(stored.played, stored.out)
    shown = capsys.readouterr().out
    last = stored.played.quarters.query("quarter_number == 4").set_index("world")[SHARE]
    assert f"{50.0 * (last[0] + last[2]):.2f}" in next(line for line in shown.splitlines() if "H100e in use" in line)
    assert "means of 2 of 3 worlds, the others broken" in shown
    assert "1 of 3 worlds has no figures and is in no mean: world 1 from 2026Q2 on." in shown
    assert "did not converge" not in shown and "nan" not in shown


def test_when_every_world_is_broken_there_is_no_mean(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    (played,) = engine.run([Cell(BASE, Size(7, 2), seats={"aws": Breaks(tuple(range(7)))})])
    terminal.show(played, Path("r"))
    shown = capsys.readouterr().out
    assert (
        "7 of 7 worlds have no figures and are in no mean: world 0 from 2026Q2 on" in shown
        and "4 from 2026Q2 on, ..." in shown
    )
    assert "means of" not in shown
