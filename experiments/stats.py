"""Paired comparisons over worlds: the same world has the same draws in every cell, so differences are taken world by
world.

A world whose figures are not finite is broken: it is left out, counted and named, and nothing is best or holds
because of it. One world says nothing of how far worlds differ: it has no interval and no band, and nothing is decided
by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from sim.arrays import Array, Mask

LEVEL = 0.95
BAND = (0.05, 0.95)
NO_NUMBER = "–"
ONE_WORLD, NO_WORLD = "one world: no interval", "no world has figures"


@dataclass(frozen=True)
class Estimate:
    """A mean over worlds with its 95 % t-interval, the median, and the band that holds 90 % of the worlds. worlds:
    those that have the value; broken: those that have none, and are in no other number here."""

    mean: float
    low: float
    high: float
    median: float
    p5: float
    p95: float
    worlds: int
    broken: int = 0

    @property
    def decides(self) -> bool:
        """Is there an interval, so that something can be said? Two worlds at least have to have the value."""
        return self.worlds > 1

    @property
    def why_not(self) -> str:
        """Why there is no interval; empty when there is one."""
        return "" if self.decides else ONE_WORLD if self.worlds else NO_WORLD

    @property
    def ends(self) -> tuple[float, float]:
        """The interval, or the mean twice where there is none: how far a drawing reaches."""
        return (self.low, self.high) if self.decides else (self.mean, self.mean)

    @property
    def left_out(self) -> str:
        """'1 of 3 worlds has no figures', where some are broken."""
        return no_figures(self.broken, self.worlds + self.broken)

    @property
    def holds_zero(self) -> bool:
        """Does the interval hold 0?"""
        return self.low <= 0.0 <= self.high


def finite_worlds(*values: Array) -> Mask:
    """Which worlds have a number everywhere: (worlds,) of arrays (worlds, ...)."""
    found = [np.isfinite(one).reshape(len(one), -1).all(axis=1) for one in values]
    return np.asarray(np.all(found, axis=0))


def broken_worlds(table: pd.DataFrame) -> list[int]:
    """Numbers of the worlds that have a figure which is none, of a table with a row a world and quarter (or offer, or
    party)."""
    figures = np.isfinite(table.select_dtypes("number").to_numpy(dtype=float)).all(axis=1)
    return sorted(int(world) for world in table.loc[~figures, "world"].unique())


def left_out(values: Array, broken: Sequence[int]) -> Array:
    """Values (worlds, ...) in the order of world numbers, with no number in the worlds that are broken, whatever they
    say there."""
    if not broken:
        return values
    values = np.array(values, dtype=float)
    values[np.asarray(broken)] = np.nan
    return values


def no_figures(broken: int, worlds: int) -> str:
    """'1 of 3 worlds has no figures', for a heading or a note; empty when none is broken."""
    return f"{broken} of {worlds} worlds {'has' if broken == 1 else 'have'} no figures" if broken else ""


def estimate(sample: Array, level: float = LEVEL) -> Estimate:
    """Mean and t-interval of a value per world, mean ± t(n−1) s/√n, over the worlds that have one; no interval and no
    band of one."""
    whole = np.isfinite(sample)
    broken = len(sample) - int(whole.sum())
    sample = sample[whole] if broken else sample
    n = len(sample)
    if n < 2:
        alone, none = float(sample[0]) if n else float("nan"), float("nan")
        return Estimate(alone, none, none, alone, none, none, n, broken)
    mean = float(np.mean(sample))
    half = float(_quantile(level, n - 1) * np.std(sample, ddof=1) / np.sqrt(n))
    p5, median, p95 = (float(q) for q in np.quantile(sample, (BAND[0], 0.5, BAND[1])))
    return Estimate(mean, mean - half, mean + half, median, p5, p95, n, broken)


@dataclass(frozen=True)
class Portion:
    """A part of tries that succeeded, with its 95 % interval. tries: how many; units: how many were drawn on their
    own."""

    part: float
    low: float
    high: float
    tries: int
    units: int


def portion(successes: Array, tries: Array, level: float = LEVEL) -> Portion:
    """The part that succeeded, of units that are drawn on their own and hold several tries each: (units,) both.

    Wilson's interval (1927) for as many tries on their own as tell as much (Kish 1965: tries over the design effect, at
    most all of them); where all or none succeeded nothing tells how alike a unit's tries are, and it counts once."""
    total, units = float(tries.sum()), len(tries)
    part = float(successes.sum()) / total
    apart = float(((successes - part * tries) ** 2).sum()) / total**2 * units / max(units - 1, 1)
    alone = part * (1.0 - part)
    effect = max(apart * (total - 1.0) / alone, 1.0) if alone > 0.0 else total / units
    count = total / effect
    z = float(ndtri(0.5 + 0.5 * level))
    middle, spread = part + z**2 / (2.0 * count), z * np.sqrt(alone / count + z**2 / (4.0 * count**2))
    low, high = ((middle + sign * spread) / (1.0 + z**2 / count) for sign in (-1.0, 1.0))
    return Portion(part, float(low), float(high), round(total), units)


def welch(one: Array, other: Array, level: float = LEVEL) -> Estimate:
    """Mean of other less mean of one, of two samples that share no draws, with Welch's t-interval: the variance of each
    over its own number, Satterthwaite's degrees of freedom. No band: there are no pairs whose differences it could
    hold. one, other: (worlds,), each its own; worlds without a figure are left out."""
    whole = [sample[np.isfinite(sample)] for sample in (one, other)]
    counts, none = [len(sample) for sample in whole], float("nan")
    broken = len(one) + len(other) - sum(counts)
    mean = float(np.mean(whole[1]) - np.mean(whole[0])) if min(counts) else none
    if min(counts) < 2:
        return Estimate(mean, none, none, none, none, none, min(counts), broken)
    parts = [float(np.var(sample, ddof=1)) / len(sample) for sample in whole]
    if not sum(parts):
        return Estimate(mean, mean, mean, none, none, none, min(counts), broken)
    freedom = sum(parts) ** 2 / sum(part**2 / (n - 1) for part, n in zip(parts, counts, strict=True))
    half = float(stdtrit(freedom, 0.5 + level / 2.0)) * sum(parts) ** 0.5
    return Estimate(mean, mean - half, mean + half, none, none, none, min(counts), broken)


def paired_sd(sd: Array, correlation: Array) -> Array:
    """Standard deviation of a paired difference of two values of equal spread: s sqrt(2 (1 - rho)). Shapes
    broadcast."""
    return np.asarray(sd * np.sqrt(2.0 * (1.0 - correlation)))


def replications(sd: Array, half_width: float, level: float = LEVEL) -> Array:
    """Worlds that a half-width of the interval of a mean takes, (z s / h)^2 rounded up (Law 2015, ch. 11). Shape of
    sd."""
    return np.asarray(np.ceil((ndtri(0.5 + level / 2.0) * sd / half_width) ** 2))


def nothing(worlds: int, broken: int) -> Estimate:
    """No numbers, only how many worlds there are."""
    none = float("nan")
    return Estimate(none, none, none, none, none, none, worlds, broken)


@lru_cache
def _quantile(level: float, freedom: int) -> float:
    """Two-sided quantile of Student's t."""
    return float(stdtrit(freedom, 0.5 + level / 2.0))


def contrasts(corners: Mapping[str, Sequence[str]], factors: Sequence[str]) -> dict[tuple[str, ...], dict[str, float]]:
    """Weights per cell of every main effect and interaction of a full two-level factorial.

    corners: cell -> the factors that are on. A main effect is the mean over the other factors' levels of (on − off).
    An interaction of two is how much the effect of one changes when the other is on, averaged over the third; of
    three, how much that changes when the third is on. With k factors a set S has weights ± 2^(|S|−1) / 2^(k−1).
    """
    result = {}
    for size in range(1, len(factors) + 1):
        for chosen in combinations(factors, size):
            scale = 2.0 ** (size - 1) / 2.0 ** (len(factors) - 1)
            result[chosen] = {
                cell: scale * float(np.prod([1.0 if factor in on else -1.0 for factor in chosen]))
                for cell, on in corners.items()
            }
    return result


def contrast(values: Mapping[str, Array], weights: Mapping[str, float]) -> Array:
    """The weighted sum over cells, world by world, over the worlds that all of them played (cells share their first
    worlds)."""
    common = min(len(values[cell]) for cell in weights)
    return np.sum([weight * values[cell][:common] for cell, weight in weights.items()], axis=0)


def number(value: float) -> str:
    """'+0.42', '−0.10', '0.00' without a sign for what rounds to nothing, and a dash for what is no number."""
    if not np.isfinite(value):
        return NO_NUMBER
    text = f"{value:+.2f}"
    return "0.00" if float(text) == 0.0 else text.replace("-", "−")


def digits(value: float) -> str:
    """Three digits or so for a table: 117, 18.3, 0.4, with a true minus; a dash for what is no number."""
    if not np.isfinite(value):
        return NO_NUMBER
    text = f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.1f}"
    return "0.0" if text == "-0.0" else text.replace("-", "−")


def band(sample: Array) -> str:
    """Median, and in brackets the two values between which 90 % of the worlds lie: '117 (86.1, 143)'; of the worlds
    that have one."""
    one = estimate(sample)
    if not one.decides:
        return f"{digits(one.median)} (one world)" if one.worlds else NO_NUMBER
    return f"{digits(one.median)} ({digits(one.p5)}, {digits(one.p95)})"


def interval(one: Estimate, told: Callable[[float], str] = number) -> str:
    """'95 % interval +0.31 to +0.53', or why there is none; told: how an end is written."""
    return f"95 % interval {told(one.low)} to {told(one.high)}" if one.decides else one.why_not


def brackets(one: Estimate) -> str:
    """'[+0.31, +0.53]', for a table; '(one world)' where there is no interval."""
    if not one.decides:
        return "(one world)" if one.worlds else "(no figures)"
    return f"[{number(one.low)}, {number(one.high)}]"
