"""Statistics of trials that are more than a mean difference: spreads on paired worlds, correlations, persistence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats as scipy_stats

from experiments.stats import Estimate, finite_worlds, nothing
from experiments.theory.evidence import ABOVE, BELOW, Check
from sim.arrays import Array, Index


def wider(what: str, one: Array, other: Array, wanted: str = ABOVE) -> Check:
    """Is one spread wider than another on the same worlds? Pitman (1939) and Morgan (1939): variances of paired x and
    y differ when x + y and x - y correlate. The estimate is that correlation with Fisher's interval."""
    return correlated(what, one + other, one - other, wanted)


def correlated(what: str, one: Array, other: Array, wanted: str = ABOVE) -> Check:
    """Correlation over worlds with Fisher's one-sided 95 % bounds, which want four worlds: fewer have none."""
    n, whole = len(one), finite_worlds(one, other)
    if not whole.all():
        return _check(what, nothing(int(whole.sum()), n - int(whole.sum())), wanted)
    flat = np.std(one) == 0.0 or np.std(other) == 0.0
    value = 0.0 if flat else float(np.corrcoef(one, other)[0, 1])
    centre = np.arctanh(np.clip(value, -0.999999, 0.999999))
    half = scipy_stats.norm.ppf(0.95) / np.sqrt(n - 3.0) if n > 3 else np.nan
    low, high = float(np.tanh(centre - half)), float(np.tanh(centre + half))
    return _check(what, Estimate(value, low, high, value, value, value, n), wanted)


def jackknifed(what: str, figure: Callable[[Index], float], worlds: int, wanted: str) -> Check:
    """A figure of all worlds (a ratio of means, a correlation) with the jackknife's one-sided 95 % bounds (Tukey 1958).

    `figure` is given the positions of the worlds that are left in."""
    every = np.arange(worlds)
    whole = figure(every)
    without = np.array([figure(np.delete(every, one)) for one in every])
    error = np.sqrt((worlds - 1.0) / worlds * ((without - without.mean()) ** 2).sum())
    half = float(scipy_stats.t.ppf(0.95, worlds - 1) * error)
    return _check(what, Estimate(whole, whole - half, whole + half, whole, whole, whole, worlds), wanted)


def correlation(one: Array, other: Array) -> float:
    """Correlation of two samples, 0 when one does not vary."""
    return 0.0 if np.std(one) == 0.0 or np.std(other) == 0.0 else float(np.corrcoef(one, other)[0, 1])


def swing(path: Array, first: int) -> Array:
    """Amplitude of a path round its own straight trend from a quarter on: standard deviation a world, (worlds,)."""
    late = path[:, first - 1 :]
    time = np.arange(late.shape[1], dtype=float)
    time = time - time.mean()
    slope = (late * time).sum(axis=1) / (time**2).sum()
    return np.asarray((late - late.mean(axis=1, keepdims=True) - slope[:, None] * time).std(axis=1))


def _check(what: str, found: Estimate, wanted: str) -> Check:
    holds = {ABOVE: found.low > 0.0, BELOW: found.high < 0.0}.get(wanted, True)
    return Check(what, found, wanted, holds)
