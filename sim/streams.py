"""Keyed random numbers: a draw is named by purpose, entity and quarter, never by the order of calls.

Worlds are drawn in fixed blocks of 64 keyed by the block's number, so world r gets the same numbers whatever the number
of worlds and however a batch is cut. A firm or a shock more moves no other draw, and a baseline and its counterfactual
share their noise (common random numbers; Klein et al. 2024). This is the only module that makes generators.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from sim.arrays import Array, read_only

BLOCK = 64
"""Worlds to a block. A constant of the format: changing it changes every number."""

_SMALLEST = 2.0**-53  # keeps uniforms off 0 and 1, and inverse CDFs finite


@dataclass(frozen=True)
class Branch:
    """Worlds that share a past: the opening draws and the first `quarters` of every path are those of one world."""

    world: int
    quarters: int


@dataclass(frozen=True)
class Draw:
    """One named draw for the worlds of a game. Uniforms only; everything else is an inverse CDF of them."""

    seed: int
    key: tuple[int, int, int]
    first_world: int
    last_world: int
    branch: Branch | None = None
    times: int = 1

    def uniform(self, k: int | None = None) -> Array:
        """Uniform on (0, 1): shape (worlds,), drawn when a game opens; or (worlds, k), a path whose column j belongs to
        quarter j + 1, with k fixed by the purpose and never by a roster."""
        once = _at_opening(self) if k is None else self._once(k)
        return once if self.times == 1 else np.concatenate([once] * self.times)

    def _once(self, k: int | None) -> Array:
        own = self._own(k)
        if self.branch is None:
            return own
        played = replace(self, first_world=self.branch.world, last_world=self.branch.world + 1, branch=None)._own(k)[0]
        if k is None:
            return np.full(len(own), played)
        shared = np.arange(k) < self.branch.quarters
        return np.where(shared, played, own)

    def _own(self, k: int | None) -> Array:
        shape = (BLOCK,) if k is None else (BLOCK, k)
        blocks = range(self.first_world // BLOCK, (self.last_world - 1) // BLOCK + 1)
        rows = [self._generator(block).random(shape) for block in blocks]
        offset = blocks.start * BLOCK
        return (
            np.concatenate(rows)[self.first_world - offset : self.last_world - offset] * (1.0 - 2.0 * _SMALLEST)
            + _SMALLEST
        )

    def normal(self, k: int | None = None) -> Array:
        """Standard normal, by inverse CDF."""
        from scipy.special import ndtri  # loading it takes a quarter of a second: lists of names go without

        return np.asarray(ndtri(self.uniform(k)), dtype=np.float64)

    def gumbel(self, k: int | None = None) -> Array:
        """Standard Gumbel (location 0, scale 1), by inverse CDF."""
        return np.asarray(-np.log(-np.log(self.uniform(k))), dtype=np.float64)

    def _generator(self, block: int) -> np.random.Generator:
        sequence = np.random.SeedSequence(entropy=self.seed, spawn_key=(*self.key, block))
        return np.random.Generator(np.random.Philox(sequence))


@lru_cache(maxsize=4096)
def _at_opening(draw: Draw) -> Array:
    """What a game draws once when it opens, (worlds,): the next game of the same worlds draws the same."""
    return read_only(draw._once(None))


@dataclass(frozen=True)
class Streams:
    """All draws of a run: `streams.at("demand", "enterprise-eu", 3).normal()` has shape (worlds,).

    first_world, last_world: the slice of world numbers this game plays, half open; branch: the past they share, if any;
    times: how often the slice is played side by side, one after the other on the worlds axis.
    """

    seed: int
    first_world: int
    last_world: int
    branch: Branch | None = None
    times: int = 1

    def at(self, purpose: str, entity: str, quarter: int) -> Draw:
        """The draw of this name. The same name always gives the same numbers."""
        key = (zlib.crc32(purpose.encode()), zlib.crc32(entity.encode()), quarter)
        return Draw(self.seed, key, self.first_world, self.last_world, self.branch, self.times)

    @property
    def worlds(self) -> int:
        """How many worlds are played."""
        return (self.last_world - self.first_world) * self.times
