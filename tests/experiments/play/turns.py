"""Quarters of a few numbers: what a seat was shown and decided, and what the records keep of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.play.drivers import Outcome, Turn
from sim.units import HOURS_PER_QUARTER, USD_PER_MUSD

HOUR = HOURS_PER_QUARTER / USD_PER_MUSD
"""What a dollar an hour is in a quarter, musd."""


class Kept:
    """Records of parties' figures, a second world beside the one that is told of, and of offers."""

    def __init__(self, played: int, figures: dict[str, list[float]], offers: list[dict[str, object]] | None = None):
        self.quarters_played = ("2026Q1", "2026Q2", "2026Q3")[:played]
        self.figures, self._offers = figures, pd.DataFrame(offers)
        self.roster = SimpleNamespace(families=("gpu", "mine", "spare"))

    def party(self, role: str, name: str, metric: str) -> np.ndarray:
        return np.array([self.figures[f"{role} {name} {metric}"], np.full(len(self.quarters_played), np.nan)])

    def offers(self) -> pd.DataFrame:
        return self._offers


def of_two_worlds(value: object) -> np.ndarray:
    """The first world's figures; nobody looks at the second, which has none."""
    first = np.array(value, dtype=float)
    return np.array([first, np.full_like(first, np.nan)])


def turn(decision: object = None, **own: object) -> Turn:
    """What a seat was shown of its own: figures of the first world, or tuples as they are."""
    market: Any = None
    shown = {name: value if isinstance(value, tuple) else of_two_worlds(value) for name, value in own.items()}
    return Turn(SimpleNamespace(**shown), market, decision)


def told(found: Outcome | None) -> tuple[object, ...]:
    """An outcome, to rounding."""
    assert found is not None
    near = [None if one is None else pytest.approx(one) for one in (found.expected, found.got, found.before)]
    return (found.title, near[0], found.meaning, *near[1:], {name: pytest.approx(part) for name, part in found.drivers})
