"""Approximate Bayesian computation on runs that history does not rule out: who is accepted, and what the data identify.

A run is accepted with a chance that falls with its distance from what was observed, in tolerances: the kernel *is*
the error that is declared for measurement and model (Wilkinson 2013), so acceptance at scale 1 is exact for that
error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.calibration.history_matching import Target
from sim.arrays import Array, Index
from sim.streams import Streams

PRIOR_SD = float(np.sqrt(1.0 / 12.0))
"""Standard deviation of a coordinate under the prior: it is uniform."""
IDENTIFIED, A_LITTLE = 0.7, 0.9
"""Posterior over prior spread below which data are said to identify a parameter, or to say a little about it."""
WIDER = 1.1
"""Factor by which the kernel is widened when too few runs are accepted."""


@dataclass(frozen=True)
class Accepted:
    """Positions of accepted runs, and the scale of the kernel that was needed (1: the declared tolerances)."""

    runs: Index
    scale: float


def distance(y: Array, target: Target) -> Array:
    """Sum over patterns of the squared distance in tolerances: (runs,)."""
    return np.asarray((((y - target.observed) / target.tolerance) ** 2).sum(axis=1))


def accept(y: Array, target: Target, wanted: int, seed: int, name: str = "history") -> Accepted:
    """Accept runs by the kernel exp(-d/2), relative to the nearest run; the kernel is widened until enough are.

    y (runs, patterns). The chance of every run is a keyed draw, so the same runs give the same set."""
    d = distance(y, target)
    uniform = Streams(seed, 0, len(d)).at("calibration-accept", name, 0).uniform()
    scale = 1.0
    while True:
        chance = np.exp(-0.5 * (d - d.min()) / scale**2)
        runs = np.flatnonzero(uniform < chance)
        if len(runs) >= min(wanted, len(d)):
            return Accepted(runs, scale)
        scale *= WIDER


def choose(runs: Index, members: int, seed: int) -> Index:
    """So many of the accepted runs, drawn alike, in their own order."""
    if len(runs) <= members:
        return runs
    order = np.argsort(Streams(seed, 0, len(runs)).at("calibration-choose", "members", 0).uniform(), kind="stable")
    return np.sort(runs[order[:members]])


def medoid(u: Array) -> int:
    """The member with the smallest mean distance to all others, coordinates scaled by their spread. u (members,
    parameters)."""
    z = (u - u.mean(axis=0)) / np.maximum(u.std(axis=0), 1e-9)
    apart = np.sqrt(((z[:, None, :] - z[None, :, :]) ** 2).sum(axis=2))
    return int(np.argmin(apart.mean(axis=1)))


def spread_ratio(u: Array) -> Array:
    """Posterior over prior standard deviation of every coordinate: (parameters,); NaN of one run. u (accepted,
    parameters)."""
    if len(u) < 2:
        return np.full(u.shape[1], np.nan)
    return np.asarray(u.std(axis=0, ddof=1) / PRIOR_SD)


def verdict(ratio: float) -> str:
    """What a ratio means, in words."""
    if not np.isfinite(ratio):
        return "cannot say"
    if ratio < IDENTIFIED:
        return "identified"
    return "a little" if ratio < A_LITTLE else "stays prior"


@dataclass(frozen=True)
class Recovery:
    """Known parameters against what calibration says of them. inside, ratio (truths, parameters): is the truth in the
    central 90 % interval, and posterior over prior spread; scale (truths,): the kernels that were needed."""

    inside: Array
    ratio: Array
    scale: Array


def recover(u: Array, y: Array, target: Target, truths: int, wanted: int, seed: int) -> Recovery:
    """Take some runs in turn for the world, with an error of the declared tolerances added, and calibrate on the
    others.

    u (runs, parameters) evenly from the prior; y (runs, patterns)."""
    error = Streams(seed, 0, truths).at("calibration-recovery", "error", 0).normal(y.shape[1])
    known = np.linspace(0, len(u) - 1, truths).astype(int)
    inside, ratio, scale = [], [], []
    for number, run in enumerate(known):
        seen = Target(y[run] + error[number] * target.tolerance, target.tolerance, target.names)
        others = np.delete(np.arange(len(u)), run)
        accepted = accept(y[others], seen, wanted, seed + number)
        found = u[others][accepted.runs]
        low, high = np.quantile(found, [0.05, 0.95], axis=0)
        inside.append((low <= u[run]) & (u[run] <= high))
        ratio.append(spread_ratio(found))
        scale.append(accepted.scale)
    return Recovery(np.array(inside), np.array(ratio), np.array(scale))
