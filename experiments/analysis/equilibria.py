"""Equilibria of a game that was played and not written down: two seats, the mean of what both earn over worlds, and
what the draws leave open.

Equilibria are those of the matrices of means, by support enumeration (nashpy). A deviation's gain has an interval,
world by world on shared draws: where it reaches 0, the deviation is a tie, and other draws might name another.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from experiments.stats import Estimate, estimate
from sim.arrays import Array, Mask
from sim.errors import InputError

PLAYED = 1e-9
"""Probability from which a strategy is played."""


@dataclass(frozen=True)
class Matrix:
    """payoffs (2, rows, columns, worlds) of strategies by name. left_out: strategies without figures -> why."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    payoffs: Array
    left_out: dict[str, str]


@dataclass(frozen=True)
class Deviation:
    """What a seat (0, 1) gains by a strategy of its own, when the other keeps to the equilibrium."""

    seat: int
    strategy: str
    gain: Estimate


@dataclass(frozen=True)
class Equilibrium:
    """Probabilities of both seats' strategies, what both earn, and deviations that are not told apart from it."""

    mixes: tuple[dict[str, float], dict[str, float]]
    payoffs: tuple[Estimate, Estimate]
    ties: tuple[Deviation, ...]

    @property
    def is_pure(self) -> bool:
        """Does each play one strategy?"""
        return all(len(one) == 1 for one in self.mixes)


@dataclass(frozen=True)
class Solved:
    """Equilibria; degenerate: there may be more than are named; open_profiles: pure pairs of strategies that no
    deviation betters for sure."""

    matrix: Matrix
    equilibria: tuple[Equilibrium, ...]
    degenerate: bool
    open_profiles: tuple[tuple[str, str], ...]


def whole(rows: tuple[str, ...], columns: tuple[str, ...], payoffs: Array) -> Matrix:
    """The matrix without strategies whose payoffs are missing somewhere: the one with most gaps goes first, until there
    are none. InputError when nothing is left."""
    gaps: Mask = np.asarray(~np.isfinite(payoffs).all(axis=0))
    stays = [list(range(len(rows))), list(range(len(columns)))]
    left_out = {}
    while (missing := gaps[np.ix_(*stays)]).any():
        by_cell = missing.any(axis=2)
        counts = [by_cell.sum(axis=1), by_cell.sum(axis=0)]
        seat = int(counts[1].max() / len(stays[0]) > counts[0].max() / len(stays[1]))
        place = stays[seat].pop(int(counts[seat].argmax()))
        lost = int(gaps[place].any(axis=0).sum() if seat == 0 else gaps[:, place].any(axis=0).sum())
        left_out[(rows, columns)[seat][place]] = f"payoffs are missing in {lost} of {payoffs.shape[3]} worlds"
        if not all(stays):
            raise InputError("no strategy of one seat has figures in all worlds: there is no game to solve.")
    names = tuple(tuple(all_[k] for k in some) for all_, some in zip((rows, columns), stays, strict=True))
    return Matrix(names[0], names[1], payoffs[np.ix_([0, 1], *stays)], left_out)


def solve(matrix: Matrix) -> Solved:
    """All equilibria that support enumeration finds, what they rest on, and what is open."""
    means = matrix.payoffs.mean(axis=3)
    mixes, degenerate = _enumerated(means)
    found = tuple(_equilibrium(matrix, x, y) for x, y in mixes)
    places = np.ndindex(len(matrix.rows), len(matrix.columns))
    still = tuple((matrix.rows[i], matrix.columns[j]) for i, j in places if not _bettered(matrix, i, j))
    return Solved(matrix, found, degenerate, still)


def _enumerated(means: Array) -> tuple[list[tuple[Array, Array]], bool]:
    """Pairs of mixed strategies, and whether nashpy doubts that they are all."""
    try:
        import nashpy
    except ImportError:
        raise InputError("equilibria need nashpy: pip install 'fully-booked[analysis]'.") from None
    # each seat's payoffs between 0 and 1, so that tolerances mean the same whatever money is counted in
    scaled = [(one - one.min()) / (np.ptp(one) or 1.0) for one in means]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        pairs = list(nashpy.Game(*scaled).support_enumeration(non_degenerate=False, tol=1e-12))
    unique: list[tuple[Array, Array]] = []
    for x, y in pairs:
        if not any(np.allclose(x, a) and np.allclose(y, b) for a, b in unique):
            unique.append((x, y))
    return unique, bool(told)


def _equilibrium(matrix: Matrix, x: Array, y: Array) -> Equilibrium:
    alone = [np.einsum("ijw,j->iw", matrix.payoffs[0], y), np.einsum("ijw,i->jw", matrix.payoffs[1], x)]
    worth = [np.einsum("i,iw->w", mix, one) for mix, one in zip((x, y), alone, strict=True)]
    ties = []
    for seat, (names, mix) in enumerate(zip((matrix.rows, matrix.columns), (x, y), strict=True)):
        for k, name in enumerate(names):
            gain = estimate(alone[seat][k] - worth[seat])
            if mix[k] < PLAYED and (not gain.decides or gain.high >= 0.0):
                ties.append(Deviation(seat, name, gain))
    mixes = [_played(names, mix) for names, mix in zip((matrix.rows, matrix.columns), (x, y), strict=True)]
    return Equilibrium((mixes[0], mixes[1]), (estimate(worth[0]), estimate(worth[1])), tuple(ties))


def _played(names: Iterable[str], mix: Array) -> dict[str, float]:
    return {name: float(part) for name, part in zip(names, mix, strict=True) if part >= PLAYED}


def _bettered(matrix: Matrix, i: int, j: int) -> bool:
    """Does a deviation from a pair of pure strategies gain for sure: an interval above 0?"""
    first, second = matrix.payoffs
    gains = [estimate(first[k, j] - first[i, j]) for k in range(len(matrix.rows)) if k != i]
    gains += [estimate(second[i, k] - second[i, j]) for k in range(len(matrix.columns)) if k != j]
    return any(one.decides and one.low > 0.0 for one in gains)
