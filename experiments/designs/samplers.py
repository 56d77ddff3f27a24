"""Where in the ranges of its factors a design puts its points: shares of the range, 0 to 1, (points, factors).

The sequence of a sampler hangs on its seed and size alone. Sobol (Saltelli 2010) and Morris (1991) are laid out as
SALib's analyses read them, so that a batch can be analysed as it lies on disk.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from experiments.designs.factors import Factor
from sim.arrays import Array
from sim.errors import InputError

FULL, FRACTION, LATIN, SOBOL, MORRIS, FILE = (
    "full-factorial",
    "fractional-factorial",
    "latin-hypercube",
    "sobol",
    "morris",
    "csv",
)
METHODS = (FULL, FRACTION, LATIN, SOBOL, MORRIS, FILE)
READ_BY = {
    "points": (LATIN, SOBOL, MORRIS),
    "levels": (FULL, MORRIS),
    "seed": (LATIN, SOBOL, MORRIS),
    "second_order": (SOBOL,),
    "file": (FILE,),
}
"""Which methods read which key."""
MOST_POINTS = 1_000_000


@dataclass(frozen=True)
class Asked:
    """How points are chosen. points: of a Latin hypercube, of the base of Sobol, trajectories of Morris; levels: of a
    factorial, and of Morris; second_order: has Sobol points for interactions of two?"""

    method: str
    points: int = 0
    levels: int = 2
    seed: int = 1
    second_order: bool = False


def values(asked: Asked, factors: Sequence[Factor], where: str) -> Array:
    """(points, factors) values of every factor."""
    if (count := points(asked, factors)) > MOST_POINTS:
        raise InputError(f"{where}: {count} points are too many; allowed is up to {MOST_POINTS}.")
    if asked.method == FULL:
        return full(asked, factors)
    shares = _MAKERS[asked.method](asked, len(factors), where)
    return np.stack([one.at(shares[:, k]) for k, one in enumerate(factors)], axis=1)


def points(asked: Asked, factors: Sequence[Factor]) -> int:
    """How many points a method makes, known before any is made."""
    count = len(factors)
    return {
        FULL: math.prod(len(one.values) or asked.levels for one in factors),
        FRACTION: 2 * _hadamard_size(count),
        LATIN: asked.points,
        SOBOL: asked.points * ((2 * count if asked.second_order else count) + 2),
        MORRIS: asked.points * (count + 1),
    }[asked.method]


def full(asked: Asked, factors: Sequence[Factor]) -> Array:
    """Every combination of every factor's levels; the last factor moves fastest."""
    levels = [one.levels(asked.levels) for one in factors]
    return np.array(list(product(*levels)), dtype=np.float64).reshape(-1, len(factors))


def _hadamard_size(count: int) -> int:
    """The smallest power of two that has a column a factor, at least 2."""
    return 1 << max((count - 1).bit_length(), 1)


def fraction(asked: Asked, count: int, where: str) -> Array:
    """Two levels of each factor in the fewest runs that keep main effects clear of interactions of two (resolution IV):
    a Hadamard matrix and its mirror image, 2n runs for up to n factors (Box and Wilson 1951)."""
    from scipy.linalg import hadamard

    signs = hadamard(_hadamard_size(count))[:, :count]
    return np.concatenate([signs, -signs]) * 0.5 + 0.5


def latin(asked: Asked, count: int, where: str) -> Array:
    """Every factor's range in as many equal parts as there are points, and one point in each (McKay et al. 1979)."""
    from scipy.stats import qmc

    _needs_points(asked, where)
    return np.asarray(qmc.LatinHypercube(count, rng=asked.seed).random(asked.points))


def sobol(asked: Asked, count: int, where: str) -> Array:
    """Two quasi-random samples and what lies between them, one factor exchanged at a time: points x (factors + 2), or
    x (2 factors + 2) with interactions of two."""
    from SALib.sample import sobol as salib

    _needs_points(asked, where)
    if asked.points & (asked.points - 1):
        lower = 1 << (asked.points.bit_length() - 1)
        raise InputError(
            f"{where}: points = {asked.points}: Sobol's sequence is balanced only in powers of two; give {lower} or "
            f"{2 * lower}."
        )
    return np.asarray(
        salib.sample(_problem(count), asked.points, calc_second_order=asked.second_order, seed=asked.seed)
    )


def morris(asked: Asked, count: int, where: str) -> Array:
    """Trajectories that change one factor at a time by the same step on a grid of levels: points x (factors + 1)."""
    from SALib.sample import morris as salib

    _needs_points(asked, where)
    if asked.levels % 2:
        raise InputError(f"{where}: levels = {asked.levels}: a step of Morris is half the levels; give an even number.")
    return np.asarray(salib.sample(_problem(count), asked.points, num_levels=asked.levels, seed=asked.seed))


def _problem(count: int) -> dict[str, object]:
    """Factors as SALib wants them, over shares of their ranges."""
    return {"num_vars": count, "names": [f"x{k}" for k in range(count)], "bounds": [[0.0, 1.0]] * count}


def _needs_points(asked: Asked, where: str) -> None:
    if asked.points < 2:
        raise InputError(f"{where}: points = {asked.points} is not allowed; method '{asked.method}' needs 2 or more.")


_MAKERS: dict[str, Callable[[Asked, int, str], Array]] = {
    FRACTION: fraction,
    LATIN: latin,
    SOBOL: sobol,
    MORRIS: morris,
}
