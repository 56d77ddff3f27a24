"""What figures of a batch show, as numbers: fans, differences on shared draws, ends of ranges, a surface over two
numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from experiments.analysis.ensemble import Ensemble
from experiments.analysis.regret import Options
from experiments.stats import BAND, LEVEL, Estimate, estimate
from sim.arrays import Array, Mask

END = 1.0 / 3.0
"""Part of a range that counts as its end."""
LISTED = 6
"""Values up to which a number's own lowest and highest are its ends."""
MESH = 40


@dataclass(frozen=True)
class Fan:
    """By quarter, (quarters,): mean, the ends of the band that holds nine in ten, and of the mean's interval; worlds:
    cases behind it."""

    name: str
    mean: Array
    p5: Array
    p95: Array
    cases: int
    low: Array | None = None
    high: Array | None = None


@dataclass(frozen=True)
class Swing:
    """What goes with the low and the high end of a number: less the mean of all points, and what an end is."""

    name: str
    low: Estimate
    high: Estimate
    low_said: str
    high_said: str

    @property
    def width(self) -> float:
        """How far apart the two ends are."""
        return abs(self.high.mean - self.low.mean)


@dataclass(frozen=True)
class Surface:
    """A quadratic surface over two numbers. x, y: (mesh,); fitted: (mesh of y, mesh of x); at_x, at_y, at: points and
    their means; explained: share of the variance between points."""

    x_name: str
    y_name: str
    x: Array
    y: Array
    fitted: Array
    at_x: Array
    at_y: Array
    at: Array
    explained: float


def fan(name: str, cases: Array, paired: bool = False) -> Fan:
    """A fan of (cases, quarters), of the cases that have all figures. paired: with the interval of the mean."""
    whole = cases[np.isfinite(cases).all(axis=1)]
    none = np.full(cases.shape[1], np.nan)
    if not len(whole):
        return Fan(name, none, none, none, 0)
    low, high = np.quantile(whole, BAND, axis=0) if len(whole) > 1 else (none, none)
    mean = whole.mean(axis=0)
    if not paired or len(whole) < 2:
        return Fan(name, mean, low, high, len(whole))
    half = float(stdtrit(len(whole) - 1, 0.5 + LEVEL / 2.0)) * whole.std(axis=0, ddof=1) / np.sqrt(len(whole))
    return Fan(name, mean, low, high, len(whole), mean - half, mean + half)


def fans(batch: Ensemble, outcome: str, chosen: Options | None) -> list[Fan]:
    """A fan an option, or one of the whole batch, over runs."""
    paths = batch.paths(outcome)
    if chosen is None:
        return [fan("", paths.reshape(-1, paths.shape[2]))]
    return [
        fan(name, paths[row].reshape(-1, paths.shape[2])) for name, row in zip(chosen.names, chosen.points, strict=True)
    ]


def differences(batch: Ensemble, outcome: str, chosen: Options) -> list[Fan]:
    """What each option has more than the first, state by state on the same draws."""
    paths = batch.paths(outcome)
    first = paths[chosen.points[0]]
    found = []
    for name, row in zip(chosen.names[1:], chosen.points[1:], strict=True):
        found.append(_over_worlds(name, paths[row] - first))
    return found


def _over_worlds(name: str, apart: Array) -> Fan:
    """A fan of (states, worlds, quarters): the band over all, the mean and its interval over worlds, since states of
    one world share its draws."""
    spread = fan(name, apart.reshape(-1, apart.shape[2]))
    worlds = apart[:, np.isfinite(apart).all(axis=(0, 2))].mean(axis=0)
    middle = fan(name, worlds, paired=True)
    if len(worlds) < 2:
        return spread
    return Fan(name, middle.mean, spread.p5, spread.p95, spread.cases, middle.low, middle.high)


def swings(batch: Ensemble, outcome: str, quarter: int) -> list[Swing]:
    """What goes with the ends of every number's range, the widest first; over the worlds that every point has."""
    values = batch.outcome(outcome, quarter)
    points: Mask = np.asarray(np.isfinite(values).any(axis=1))
    worlds = np.isfinite(values[points]).all(axis=0)
    if not worlds.any():
        return []
    values = np.where(points[:, None], values, np.nan)[:, worlds]
    middle = np.nanmean(values, axis=0)
    found = []
    for k, one in enumerate(batch.factors):
        column = batch.values[:, k]
        if len(np.unique(column)) < 2:
            continue
        (low, low_said), (high, high_said) = _ends(column, points)
        ends = [estimate(values[rows].mean(axis=0) - middle) for rows in (low, high)]
        found.append(Swing(one.name, ends[0], ends[1], low_said, high_said))
    return sorted(found, key=lambda swing: -swing.width)


def _ends(column: Array, points: Mask) -> tuple[tuple[Mask, str], tuple[Mask, str]]:
    """Rows at the low and at the high end of a number, and how the ends are called."""
    values = np.unique(column)
    if len(values) <= LISTED:
        low, high = column == values[0], column == values[-1]
        said = f"{values[0]:.4g}", f"{values[-1]:.4g}"
    else:
        edges = values[0] + END * (values[-1] - values[0]), values[-1] - END * (values[-1] - values[0])
        low, high = column <= edges[0], column >= edges[1]
        said = f"up to {edges[0]:.3g}", f"from {edges[1]:.3g}"
    return (low & points, said[0].replace("-", "−")), (high & points, said[1].replace("-", "−"))


def surface(batch: Ensemble, outcome: str, quarter: int, names: Sequence[str]) -> Surface | None:
    """A quadratic surface (Box and Wilson 1951) through the points' means over two numbers, by least squares; None
    where points are too few for it, or numbers too flat. Points without figures are left out; means are over the worlds
    that all others have, where there are any."""
    places = [[one.name for one in batch.factors].index(name) for name in names]
    values = batch.outcome(outcome, quarter)
    whole = np.isfinite(values).any(axis=1)
    shared = np.isfinite(values[whole]).all(axis=0)
    at = np.nanmean(values[whole][:, shared] if shared.any() else values[whole], axis=1)
    x, y = (batch.values[whole, k] for k in places)
    if min(len(np.unique(x)), len(np.unique(y))) < 2 or len(at) < 9:
        return None
    squares = [len(np.unique(one)) > 2 for one in (x, y)]
    mid, span = np.array([[one.mean(), np.ptp(one)] for one in (x, y)]).T

    def terms(one: Array, other: Array) -> Array:
        u, v = (one - mid[0]) / span[0], (other - mid[1]) / span[1]
        columns = [np.ones_like(u), u, v, u * v, *([u**2] if squares[0] else []), *([v**2] if squares[1] else [])]
        return np.stack(columns, axis=-1)

    weights, *_ = np.linalg.lstsq(terms(x, y), at, rcond=None)
    left = at - terms(x, y) @ weights
    explained = 1.0 - float(left.var()) / float(at.var()) if at.var() > 0.0 else float("nan")
    mesh = [np.linspace(one.min(), one.max(), MESH) for one in (x, y)]
    fitted = terms(*np.meshgrid(*mesh)) @ weights
    return Surface(names[0], names[1], mesh[0], mesh[1], fitted, x, y, at, explained)


def steps(values: Array) -> Array:
    """Levels of a surface's lines: at least two that differ."""
    low, high = float(values.min()), float(values.max())
    width = max(high - low, 1e-9 * max(abs(low), 1.0), 1e-12)
    return np.linspace(low - 0.01 * width, low + 1.01 * width, 9)


# --- the same as tables -----------------------------------------------------------------------------------------------


def fan_table(batch: Ensemble, found: Sequence[Fan]) -> pd.DataFrame:
    """A row a fan and quarter."""
    rows = []
    for one in found:
        low, high = (np.full(len(one.mean), np.nan) if end is None else end for end in (one.low, one.high))
        for k, (number, label) in enumerate(batch.records.labels.items()):
            rows.append((one.name, number, label, one.mean[k], low[k], high[k], one.p5[k], one.p95[k], one.cases))
    heads = ("option", "quarter_number", "quarter", "mean", "mean_low", "mean_high", "p5", "p95", "runs")
    return pd.DataFrame(rows, columns=list(heads))


def swing_table(found: Sequence[Swing]) -> pd.DataFrame:
    """A row a number and end."""
    rows = [
        (one.name, end, said, value.mean, value.low, value.high, value.worlds)
        for one in found
        for end, said, value in (("low", one.low_said, one.low), ("high", one.high_said, one.high))
    ]
    return pd.DataFrame(rows, columns=["number", "end", "values", "difference", "low", "high", "worlds"])


def surface_table(found: Surface) -> pd.DataFrame:
    """A row a point of the mesh, then a row a point that was played."""
    x, y = np.meshgrid(found.x, found.y)
    mesh = pd.DataFrame({found.x_name: x.ravel(), found.y_name: y.ravel(), "fitted": found.fitted.ravel()})
    played = pd.DataFrame({found.x_name: found.at_x, found.y_name: found.at_y, "played": found.at})
    return pd.concat([mesh, played], ignore_index=True)
