"""How much of an outcome's variance is mere chance: every point of a design is played in the same worlds, so
differences between points, between worlds, and between what one world makes of two points can be told apart.

y(point, world) = mean + of the point + of the world + of both. What belongs to the world alone is the same at every
point: it cancels in every comparison of points. What belongs to both is what would come out differently with other
draws: means over worlds have 1/worlds of its variance left. The parts are those of an analysis of variance with two
ways and one observation a cell (Searle, Casella and McCulloch 1992, ch. 4). World by world, other products are free of
it: the mean of a(w) b(v) over pairs of different worlds w, v has the expectation of the product of means, whatever the
draws do, since worlds are independent (a U-statistic).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from experiments.stats import LEVEL
from sim.arrays import Array, Index


@dataclass(frozen=True)
class Variance:
    """Parts of the variance of single runs, in the outcome's unit squared: of points, of worlds alone, of what worlds
    do differently by point; worlds: a point."""

    points: float
    worlds_alone: float
    both: float
    worlds: int

    @property
    def of_runs(self) -> float:
        """Share of the variance of single runs that is chance: all that points do not make."""
        whole = self.points + self.worlds_alone + self.both
        return (self.worlds_alone + self.both) / whole if whole > 0.0 else float("nan")

    @property
    def of_means(self) -> float:
        """Share of the variance between means over worlds that is chance."""
        left = self.both / self.worlds
        whole = self.points + left
        return left / whole if whole > 0.0 else float("nan")


def parts(values: Array, spread: Array | None = None) -> Variance:
    """Parts of the variance of values (points, worlds), all of them numbers, in two worlds at least.

    spread: rows whose variance between points counts, where the others repeat them; all unless given. A part that comes
    out below 0, by chance, is 0."""
    points, worlds = values.shape
    of_point, of_world, mean = values.mean(axis=1), values.mean(axis=0), values.mean()
    rest = values - of_point[:, None] - of_world[None, :] + mean
    both = float((rest**2).sum() / ((points - 1) * (worlds - 1)))
    alone = float(of_world.var(ddof=1)) - both / points
    some = of_point if spread is None else of_point[spread]
    return Variance(max(float(some.var(ddof=1)) - both / worlds, 0.0), max(alone, 0.0), both, worlds)


def cross(one: Array, other: Array) -> Array:
    """Mean over pairs of different worlds of one (..., worlds) times other (..., worlds): (...,), whose expectation is
    the product of the two means over all worlds that there could be."""
    worlds = one.shape[-1]
    pairs = one.sum(axis=-1) * other.sum(axis=-1) - (one * other).sum(axis=-1)
    return np.asarray(pairs / (worlds * (worlds - 1)))


def jackknife(groups: int, figure: Callable[[Index], float], level: float = LEVEL) -> tuple[float, float]:
    """Interval of a figure of groups that were drawn independently: what it becomes when each is left out in turn
    (Tukey 1958), at most a hundred blocks of them. figure: takes the numbers of the groups that stay."""
    whole, blocks = np.arange(groups), min(groups, 100)
    if blocks < 3:
        return float("nan"), float("nan")
    full = figure(whole)
    left = np.array([figure(np.setdiff1d(whole, out)) for out in np.array_split(whole, blocks)])
    pseudo = blocks * full - (blocks - 1) * left
    half = float(stdtrit(blocks - 1, 0.5 + level / 2.0)) * float(pseudo.std(ddof=1)) / float(np.sqrt(blocks))
    return full - half, full + half
