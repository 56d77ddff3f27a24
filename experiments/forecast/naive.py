"""Naive forecasts, the measure of any other: last value, drift, damped exponential smoothing, each with its
uncertainty.

Series above 0 are forecast in logarithms, others as they are. y_1 … y_n is the history, h the quarters ahead, e
one-step residuals, and normal quantiles have the spread

    last    σ √h                         σ² = mean of e², e_t = y_t − y_(t−1)
    drift   σ √(h (1 + h / (n − 1)))     e_t = y_t − y_(t−1) − mean; σ² = Σ e² / (n − 2)
    damped  σ √(1 + Σ_(j<h) c_j²)        c_j = α + β φ (1 − φ^j) / (1 − φ), the state-space form of Hyndman et al.
                                         (2008), ch. 6

Damped smoothing: level l_t = l_(t−1) + φ b_(t−1) + α e_t, slope b_t = φ b_(t−1) + β e_t, forecast l + (φ + … + φ^h)
b; α, β, φ by least squares of one-step errors, with l_1 = y_1 and b_1 = y_2 − y_1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtri

from sim.arrays import Array

FEWEST = 4
"""Quarters of history that a naive forecast needs."""
WEIGHTS = 3
DAMPING = (0.80, 0.98)
"""Range of φ: below it a trend is gone at once, above it is not damped."""


@dataclass(frozen=True)
class Ahead:
    """Centre and standard deviation of each quarter ahead, (quarters,) each, on the scale of the history that was
    given."""

    centre: Array
    sd: Array


def last_value(y: Array, quarters: int) -> Ahead:
    """The last value stays."""
    steps = np.diff(y)
    sigma = float(np.sqrt(np.mean(steps * steps)))
    return Ahead(np.full(quarters, y[-1]), sigma * np.sqrt(np.arange(1, quarters + 1)))


def drift(y: Array, quarters: int) -> Ahead:
    """The mean change goes on: the line through the first and the last value."""
    steps, h = np.diff(y), np.arange(1, quarters + 1)
    sigma = float(np.sqrt(((steps - steps.mean()) ** 2).sum() / max(len(steps) - 1, 1)))
    return Ahead(y[-1] + steps.mean() * h, sigma * np.sqrt(h * (1.0 + h / len(steps))))


def damped(y: Array, quarters: int) -> Ahead:
    """Exponential smoothing with a damped trend."""
    return _smoothed(y, quarters, DAMPING)


def local_trend(y: Array, quarters: int) -> Ahead:
    """A local linear trend: the same with φ = 1, so that the trend goes on."""
    return _smoothed(y, quarters, (1.0, 1.0))


def _smoothed(y: Array, quarters: int, damping: tuple[float, float]) -> Ahead:
    """Exponential smoothing whose φ lies in a range, or is given."""

    def loss(point: Array) -> float:
        errors, _, _ = smooth(y, *_weights(point, damping))
        return float((errors * errors).sum())

    starts = [np.array([a, b, 0.5]) for a in (0.2, 0.8) for b in (0.1, 0.7)]
    tried = [minimize(loss, start, bounds=[(0.01, 0.99)] * 3, method="L-BFGS-B") for start in starts]
    alpha, beta, phi = _weights(min(tried, key=lambda one: one.fun).x, damping)
    errors, level, slope = smooth(y, alpha, beta, phi)
    fitted = WEIGHTS if damping[0] < damping[1] else WEIGHTS - 1
    sigma = float(np.sqrt((errors * errors).sum() / max(len(errors) - fitted, 1)))
    h = np.arange(1, quarters + 1)
    weights = alpha + beta * np.cumsum(phi ** h[:-1])
    spread = sigma * np.sqrt(1.0 + np.concatenate([[0.0], np.cumsum(weights * weights)]))
    return Ahead(level + slope * np.cumsum(phi**h), spread)


def smooth(y: Array, alpha: float, beta: float, phi: float) -> tuple[Array, float, float]:
    """One-step errors from the second value on, and the last level and slope."""
    level, slope, errors = float(y[0]), float(y[1] - y[0]), []
    for value in y[1:]:
        expected = level + phi * slope
        error = float(value) - expected
        level, slope = expected + alpha * error, phi * slope + beta * error
        errors.append(error)
    return np.array(errors), level, slope


def _weights(point: Array, damping: tuple[float, float] = DAMPING) -> tuple[float, float, float]:
    """α, β, φ of a point of the unit cube; β lies below α."""
    alpha = float(point[0])
    low, high = damping
    return alpha, float(point[1]) * alpha, low + (high - low) * float(point[2])


METHODS: dict[str, Callable[[Array, int], Ahead]] = {"last": last_value, "drift": drift, "damped": damped}
"""Name -> method, the measure of any other forecast."""
ALL = {**METHODS, "trend": local_trend}
"""With what is only ever combined."""


def quantiles(method: str, history: Array, quarters: int, probabilities: Array) -> Array:
    """Quantiles of a naive forecast, (quarters, probabilities). The history is in equal steps and holds 4 values or
    more."""
    logs = bool(np.all(history > 0.0))
    found = ALL[method](np.log(history) if logs else np.asarray(history, dtype=float), quarters)
    spread = found.centre[:, None] + found.sd[:, None] * ndtri(probabilities)[None, :]
    return np.asarray(np.exp(spread) if logs else spread)
