"""A run that is played in parts is refused before the first when a world of the last would leave a range."""

from __future__ import annotations

import numpy as np
import pytest

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from sim.errors import InputError
from sim.parameter_path import ParameterPath
from sim.shocks import Shock
from sim.streams import Streams

BASE = scenarios.load("baseline")
NAME, HIGHEST, WORLDS = "cloud_markup", 5.0, 192


def test_a_range_left_in_the_last_part_is_found_before_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(seed: int) -> np.ndarray:
        path = ParameterPath(BASE, scenarios.catalogue_of(BASE), Streams(seed, 0, WORLDS), draw=True)
        return path.scalars[NAME]

    def fits(values: np.ndarray) -> bool:
        """Is one world's value, of the last part, above all others?"""
        last = np.sort(values)
        return bool(values.argmax() >= 128 and last[-1] > last[-2])

    seed = next(one for one in range(1, 2000) if fits(drawn(one)))
    values = np.sort(drawn(seed))
    factor = HIGHEST / (0.5 * (values[-1] + values[-2]))  # the largest world is out, the next one in
    shock = Shock(parameter=NAME, quarters=("2030Q4", "2030Q4"), multiply_by=factor, source="test")
    cell = Cell(BASE.with_changes("late", "Late", {}, (shock,)), Size(WORLDS, 1, seed))
    played: list[int] = []
    monkeypatch.setattr(engine, "play", lambda cell, read: played.append(cell.first_world))
    with pytest.raises(InputError, match=f"{NAME} leaves its range in 2030Q4"):
        list(engine.run([cell], chunk=64))
    assert played == []
    assert engine.pieces(WORLDS, 64)[-1][0] == 128
