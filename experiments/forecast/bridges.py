"""Bridges: from the modelled part of a public figure to the figure, declared in experiments/data/forecast/bridges.toml.

The model knows accelerated compute; a company reports more. Write R for what is reported, M for the modelled part,
both in the unit of R, and T for the origin, the last quarter known. A bridge is a series y in one of five forms:

    ratio     y = ln(R / M)      a multiple that moves slowly, about its mean of the last year
    log-rest  y = ln(R − M)      the rest of the business, growing at a rate
    rest      y = R − M          the rest of the business, growing by an amount
    noise     y = ln(R / M)      the model starts from R itself: y is 0 at the origin and only noise later
    flow      R is a stock; its additions are those of the model times exp(y), y as for noise

The trend is plain least squares over the window to T, y_t = a + b (t − T) + u_t. Without one b = 0 and a is the mean
of the last `near` quarters: a multiple starts from the origin's and goes back slowly to what it was of late, not to
what it was when the market was another one (a year, so that seasons and lumpy deliveries cancel). Ahead the
trend is damped, what the origin lies off the trend fades, and noise has the spread of the fit:

    y_(T+h) = a + b (δ + δ² + … + δ^h) + φ^h u_T + e_(T+h),   e_(T+h) = φ e_(T+h−1) + σ z,   e_T = 0
    σ² = Σ (u_t − φ u_(t−1))² / degrees of freedom

At h = 0 this is y_T, so bridge and modelled part splice to what was reported. δ is `damping`, φ is `fade`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from sim.arrays import Array
from sim.errors import each_once
from sim.files import read_toml

FILE = Path(__file__).parents[1] / "data" / "forecast" / "bridges.toml"
FIRST_YEAR = 4
"""Quarters of a run whose growth says how the modelled part grew before the run begins."""
SMALLEST = 1e-6
"""Keeps logarithms finite where a modelled part exceeds what is reported, or is none."""
POOL_WEIGHT = 2.0
"""Degrees of freedom that the mean of all families lends to the spread of one family's deliveries."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Bridge(BaseModel):
    """One declared bridge. window: first quarter of the fit; scale: from the metric's unit to the series' unit;
    near: quarters to the origin whose mean a bridge without a trend goes back to (0: all of the window);
    smooth_quarters: quarters over which the modelled part is averaged."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    series: str
    metric: str
    form: Literal["ratio", "log-rest", "rest", "noise", "flow"]
    source: str
    scale: float = 1.0
    trend: bool = False
    near: int = Field(default=4, ge=0)
    damping: Share = 1.0
    fade: Share = 1.0
    window: str = ""
    residual_sd: float | None = None
    smooth_quarters: int = Field(default=1, ge=1, le=8)


@dataclass(frozen=True)
class Fit:
    """A fitted bridge in its own scale: level of the trend at the origin, slope a quarter, gap of the origin to the
    trend, and spread of what is left a quarter; (worlds,) each."""

    level: Array
    slope: Array
    gap: Array
    sd: Array


@lru_cache
def declared() -> Mapping[str, Bridge]:
    """Series -> bridge, as declared."""
    rows = TypeAdapter(list[Bridge]).validate_python(read_toml(FILE)["bridge"])
    each_once("series", (row.series for row in rows), FILE.name)
    return {row.series: row for row in rows}


def scale(form: str, reported: Any, modelled: Array) -> Array:
    """y of reported and modelled figures of the same shape (or shapes that broadcast)."""
    if form == "rest":
        return np.asarray(reported - modelled)
    if form == "log-rest":
        return np.asarray(np.log(np.maximum(reported - modelled, SMALLEST)))
    return np.asarray(np.log(reported / np.maximum(modelled, SMALLEST)))


def unscale(form: str, bridge: Array, modelled: Array) -> Array:
    """R of a bridge y and the modelled part: the inverse of `scale`."""
    if form == "rest":
        return modelled + bridge
    return modelled + np.exp(bridge) if form == "log-rest" else modelled * np.exp(bridge)


def smoothed(path: Array, quarters: int) -> Array:
    """Mean of each value and those before it, of so many quarters (fewer at the beginning): payments lead and lag
    deliveries."""
    total = np.cumsum(path, axis=1)
    before = np.concatenate([np.zeros((len(path), quarters)), total], axis=1)[:, : path.shape[1]]
    counted = np.minimum(np.arange(1, path.shape[1] + 1), quarters)
    return np.asarray((total - before) / counted)


def line(y: Array) -> tuple[Array, Array]:
    """Level at the last point and slope a step of the least-squares line through each row; (worlds, n) -> twice
    (worlds,)."""
    steps = np.arange(y.shape[1], dtype=float) - (y.shape[1] - 1)
    apart = steps - steps.mean()
    slope = (y * apart).sum(axis=1) / max(float((apart * apart).sum()), SMALLEST)
    return y.mean(axis=1) - slope * steps.mean(), slope


def innovation(left: Array, fade: float, freedom: int) -> Array:
    """Spread a quarter of what is left about a trend, after the part of the quarter before that lasts: (worlds, n) ->
    (worlds,)."""
    surprise = left[:, 1:] - fade * left[:, :-1]
    return np.asarray(np.sqrt((surprise * surprise).sum(axis=1) / max(freedom, 1)))


def fit(bridge: Bridge, y: Array) -> Fit:
    """The declared form fitted to y, (worlds, n), whose last column is the origin; n of 3 or more."""
    worlds, n = y.shape
    level, slope = line(y) if bridge.trend else (y[:, -bridge.near :].mean(axis=1), np.zeros(worlds))
    left = y - level[:, None] - slope[:, None] * (np.arange(n) - (n - 1.0))
    sd = innovation(left, bridge.fade, n - 2 - int(bridge.trend))
    return Fit(level, slope, left[:, -1], sd if bridge.residual_sd is None else np.full(worlds, bridge.residual_sd))


def pooled(spreads: Mapping[str, tuple[float, int]]) -> dict[str, float]:
    """Spread of each family's deliveries, drawn towards that of all: short histories say little alone.

    spreads: series -> (sd, degrees of freedom). σ² = (freedom · sd² + 2 · mean of all) / (freedom + 2)."""
    total = sum(freedom for _, freedom in spreads.values())
    common = sum(freedom * sd * sd for sd, freedom in spreads.values()) / total
    return {
        series: float(np.sqrt((freedom * sd * sd + POOL_WEIGHT * common) / (freedom + POOL_WEIGHT)))
        for series, (sd, freedom) in spreads.items()
    }


def ahead(bridge: Bridge, fitted: Fit, normal: Array) -> Array:
    """y of the quarters ahead, (worlds, quarters); normal: standard normal draws of the same shape."""
    steps = np.arange(1, normal.shape[1] + 1)
    damped, faded = np.cumsum(bridge.damping**steps), bridge.fade**steps
    centre = fitted.level[:, None] + fitted.slope[:, None] * damped + fitted.gap[:, None] * faded
    return np.asarray(centre + wander(bridge.fade, fitted.sd, normal))


def wander(fade: float, sd: Array, normal: Array) -> Array:
    """Noise that begins at 0: e_h = φ e_(h−1) + σ z_h; sd (worlds,), normal (worlds, quarters)."""
    noise, columns = np.zeros(len(normal)), []
    for z in normal.T:
        noise = fade * noise + sd * z
        columns.append(noise)
    return np.stack(columns, axis=1)


def of_flow(start: float, before: Array, stock: Array, noise: Array) -> Array:
    """A stock whose additions carry noise: start + Σ additions · exp(noise); stock and noise (worlds, quarters).
    before: what each world itself has at the origin, (worlds,): its estimate may be off."""
    additions = np.diff(stock, axis=1, prepend=before[:, None])
    return np.asarray(start + np.cumsum(additions * np.exp(noise), axis=1))
