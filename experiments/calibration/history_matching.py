"""History matching: waves of runs that rule out what cannot be, by how far a pattern is from what was observed.

A point of the design is a world with its own parameters; its coordinates are quantiles of the prior, so that the
prior is uniform on the unit cube. An emulator (a quadratic in the coordinates) says what a pattern would be where
nothing was run.

    I = |observed - E(pattern)| / sqrt(tolerance^2 + emulator's variance, chance included)

and what has I > 3 for any pattern is implausible (Craig et al. 1997; Andrianakis et al. 2015).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from sim.arrays import Array
from sim.errors import InputError
from sim.parameters import Parameter

CUTOFF = 3.0
"""Implausibility beyond which a point is ruled out."""
RIDGE = 1e-3
"""Weight that keeps the emulator's least squares well posed, per run."""
RUNS_PER_FEATURE = 3
"""Runs that a quadratic needs for every feature."""
BATCH, BATCHES = 2**14, 64
"""Candidates looked at together, and how often before a wave is content with fewer points."""


@dataclass(frozen=True)
class Target:
    """What is observed on the scale of comparison and its tolerance: (patterns,) each."""

    observed: Array
    tolerance: Array
    names: tuple[str, ...]


def values(ranges: Mapping[str, Parameter], u: Array) -> dict[str, Array]:
    """Parameter values of design points, (points,) by name: quantiles of each prior. u (points, parameters)."""
    return {name: one.quantile(u[:, k]) for k, (name, one) in enumerate(ranges.items())}


def sobol(dimensions: int, points: int, seed: int) -> Array:
    """Points that fill the unit cube evenly (scrambled Sobol), kept off its faces: (points, dimensions)."""
    power_of_two = int(np.ceil(np.log2(max(points, 2))))
    found = qmc.Sobol(dimensions, scramble=True, seed=seed).random_base2(power_of_two)[:points]
    return np.asarray(np.clip(found, 1e-9, 1.0 - 1e-9))


@dataclass(frozen=True)
class Emulator:
    """A quadratic in the coordinates for every pattern: coefficients (features, patterns), variance of what is left
    (patterns,).

    With few runs it is linear: a quadratic would pass through all of them and know nothing in between."""

    coefficients: Array
    variance: Array
    quadratic: bool

    @classmethod
    def fit(cls, u: Array, y: Array) -> Emulator:
        """Ridge regression on runs: u (runs, parameters), y (runs, patterns)."""
        quadratic = len(u) >= RUNS_PER_FEATURE * features(u[:1]).shape[1]
        x = features(u, quadratic)
        normal = x.T @ x + RIDGE * len(x) * np.eye(x.shape[1])
        coefficients = np.asarray(np.linalg.solve(normal, x.T @ y), dtype=np.float64)
        left = y - x @ coefficients
        spare = max(len(x) - x.shape[1], len(x) // 4, 1)
        return cls(coefficients, (left**2).sum(axis=0) / spare, quadratic)

    def mean(self, u: Array) -> Array:
        """Expected patterns: (points, patterns)."""
        return np.asarray(features(u, self.quadratic) @ self.coefficients)

    def implausibility(self, u: Array, target: Target) -> Array:
        """(points, patterns)."""
        spread = np.sqrt(target.tolerance**2 + self.variance)
        return np.asarray(np.abs(self.mean(u) - target.observed) / spread)

    def plausible(self, u: Array, target: Target) -> Array:
        """Which points no pattern rules out: (points,)."""
        return np.asarray((self.implausibility(u, target) <= CUTOFF).all(axis=1))


def features(u: Array, quadratic: bool = True) -> Array:
    """1, the coordinates from -1 to 1, and when asked their squares and products: (points, features)."""
    v = 2.0 * u - 1.0
    if not quadratic:
        return np.concatenate([np.ones((len(v), 1)), v], axis=1)
    rows, columns = np.triu_indices(v.shape[1])
    return np.concatenate([np.ones((len(v), 1)), v, v[:, rows] * v[:, columns]], axis=1)


def next_wave(dimensions: int, points: int, seed: int, plausible: Callable[[Array], Array]) -> tuple[Array, float]:
    """Evenly spread points among those not ruled out, and which part of the prior that is.

    Raises InputError when nothing is left: then the model cannot give what was observed with any parameters in
    range."""
    engine = qmc.Sobol(dimensions, scramble=True, seed=seed)
    found: list[Array] = []
    seen = 0
    for _ in range(BATCHES):
        candidates = np.clip(engine.random(BATCH), 1e-9, 1.0 - 1e-9)
        seen += BATCH
        found.append(candidates[plausible(candidates)])
        if sum(map(len, found)) >= points:
            break
    kept = np.concatenate(found)
    if not len(kept):
        raise InputError(f"calibration: every one of {seen} points is implausible; widen a range or a tolerance.")
    return kept[:points], len(kept) / seen


def worst_pattern(emulator: Emulator, u: Array, target: Target) -> str:
    """The pattern that rules out most points, for messages."""
    out = (emulator.implausibility(u, target) > CUTOFF).mean(axis=0)
    return target.names[int(np.argmax(out))]
