"""Chance in enforcement: hidden draws of what monitoring adds, who complains, how courts decide, how long cases
take and whether they are closed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.arrays import Array
from sim.decisions import THEORIES
from sim.noise import LONGEST_GAME
from sim.streams import Streams

UNIFORM = ("complaints", "court", "tempo", "closing")


class Draws(NamedTuple):
    """A quarter's draws, (worlds, regulators, theories): noise normal, the others uniform."""

    noise: Array
    complaints: Array
    court: Array
    tempo: Array
    closing: Array


class Chance:
    """Hidden draws of enforcement: a path a purpose, (quarters, worlds, regulators, theories).

    before: those of the quarters that are played before another game opens, which are draws of their own."""

    def __init__(self, streams: Streams, regulators: tuple[str, ...], before: bool = False) -> None:
        self.part = int(before)
        self.noise = self._paths(streams, "monitoring-noise", regulators, True)
        self.uniform = [self._paths(streams, purpose, regulators, False) for purpose in UNIFORM]

    def of(self, quarter: int) -> Draws:
        """Draws of a quarter, counted from 1."""
        return Draws(self.noise[quarter - 1], *(path[quarter - 1] for path in self.uniform))

    def _paths(self, streams: Streams, purpose: str, regulators: tuple[str, ...], normal: bool) -> Array:
        def draw(name: str) -> Array:
            one = streams.at(purpose, name, self.part)
            return one.normal(LONGEST_GAME) if normal else one.uniform(LONGEST_GAME)

        paths = [np.stack([draw(f"{regulator}/{theory}") for theory in THEORIES], axis=2) for regulator in regulators]
        return np.ascontiguousarray(np.stack(paths, axis=2).transpose(1, 0, 2, 3))
