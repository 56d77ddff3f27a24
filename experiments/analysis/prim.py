"""Patient rule induction: boxes in the space of what varies in which a condition holds more often than elsewhere
(Friedman and Fisher 1999), as scenario discovery uses them (Bryant and Lempert 2010).

A box begins as the whole. Peeling takes a twentieth of its cases off one end of one number, or one choice out of
several, again and again: the peel that raises density most for each case it costs. Pasting then gives back what turns
out to cost no density. The path is kept: coverage falls as density rises, and the choice between them is the analyst's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.arrays import Array, Index, Mask

PEEL, PASTE, LEAST_MASS = 0.05, 0.05, 0.05
"""Shares of cases that a step takes off and tries to give back, and that a box must hold."""


@dataclass(frozen=True)
class Space:
    """Cases: numbers (cases, numbers) by name, and choices (cases, choices) as places in their categories."""

    names: tuple[str, ...]
    numbers: Array
    choices: tuple[str, ...] = ()
    places: Index | None = None
    categories: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def ends(self) -> tuple[Array, Array]:
        """The smallest and the largest of every number."""
        return self.numbers.min(axis=0, initial=np.inf), self.numbers.max(axis=0, initial=-np.inf)

    def kept(self, some: Mask) -> Space:
        """Some of the cases."""
        places = None if self.places is None else self.places[some]
        return replace(self, numbers=self.numbers[some], places=places)

    def whole(self) -> Limits:
        """The box that holds all."""
        low, high = self.ends
        return Limits(tuple(low), tuple(high), tuple(frozenset(range(len(one))) for one in self.categories))


@dataclass(frozen=True)
class Limits:
    """A box: low and high of every number, both inside, and the categories allowed of every choice."""

    low: tuple[float, ...]
    high: tuple[float, ...]
    allowed: tuple[frozenset[int], ...] = ()

    def holds(self, space: Space) -> Mask:
        """Which cases are inside."""
        low, high = np.asarray(self.low), np.asarray(self.high)
        cut = np.flatnonzero((low > space.ends[0]) | (high < space.ends[1]))  # few of many: the rest holds all
        found = ((space.numbers[:, cut] >= low[cut]) & (space.numbers[:, cut] <= high[cut])).all(axis=1)
        for k, one in enumerate(self.allowed):
            if space.places is not None and len(one) < len(space.categories[k]):
                found &= np.isin(space.places[:, k], list(one))
        return np.asarray(found)

    def restricted(self, whole: Limits) -> list[str | int]:
        """What is narrower than the whole: places of numbers, and of choices after them."""
        numbers = [k for k in range(len(self.low)) if (self.low[k], self.high[k]) != (whole.low[k], whole.high[k])]
        return [*numbers, *(len(self.low) + k for k in range(len(self.allowed)) if self.allowed[k] != whole.allowed[k])]

    def freed(self, k: int, whole: Limits) -> Limits:
        """Without its restriction on one dimension."""
        if k >= len(self.low):
            return self.only(k - len(self.low), whole.allowed[k - len(self.low)])
        return self.moved(k, whole.low[k], whole.high[k])

    def moved(self, k: int, low: float, high: float) -> Limits:
        """With other ends of one number."""
        return replace(
            self, low=(*self.low[:k], low, *self.low[k + 1 :]), high=(*self.high[:k], high, *self.high[k + 1 :])
        )

    def only(self, k: int, some: frozenset[int]) -> Limits:
        """With other categories of one choice."""
        return replace(self, allowed=(*self.allowed[:k], some, *self.allowed[k + 1 :]))


@dataclass(frozen=True)
class Step:
    """A box on the path: cases inside and those of interest among them; coverage of all cases of interest, density,
    mass, and how many dimensions it restricts."""

    limits: Limits
    cases: int
    interest: int
    coverage: float
    density: float
    mass: float
    restricted: int


def path(space: Space, interest: Mask, remaining: Mask | None = None) -> list[Step]:
    """Boxes from the whole inwards, then outwards again. remaining: cases that no earlier box has taken; coverage and
    mass are shares of all."""
    some = np.ones(len(space), dtype=bool) if remaining is None else remaining
    mine, wanted, whole = space.kept(some), interest[some], space.whole()
    least = LEAST_MASS * len(space)
    found = [whole]
    while (better := _best(mine, wanted, found[-1], _peels(mine, found[-1]), whole)) and _enough(mine, better, least):
        found.append(better)
    while better := _best(mine, wanted, found[-1], _pastes(mine, found[-1], whole), whole, wider=True):
        found.append(better)
    return [_step(one, space, mine, (interest, wanted)) for one in found]


def _enough(mine: Space, box: Limits, least: float) -> bool:
    return int(box.holds(mine).sum()) >= least


def _step(limits: Limits, space: Space, mine: Space, interests: tuple[Mask, Mask]) -> Step:
    of_all, wanted = interests
    inside = limits.holds(mine)
    cases, hits = int(inside.sum()), int(wanted[inside].sum())
    density = hits / cases if cases else 0.0
    coverage = hits / int(of_all.sum()) if of_all.any() else 0.0
    return Step(limits, cases, hits, coverage, density, cases / len(space), len(limits.restricted(space.whole())))


def _best(
    mine: Space, wanted: Mask, now: Limits, tried: Iterator[Limits], whole: Limits, wider: bool = False
) -> Limits | None:
    """The box that gains most density for each case that comes or goes; of two that gain the same, the one that
    restricts less. None when none gains."""
    inside = now.holds(mine)
    cases, density = int(inside.sum()), float(wanted[inside].mean()) if inside.any() else 0.0
    best, score = None, (0.0, 0)
    for one in tried:
        holds = one.holds(mine)
        count = int(holds.sum())
        if count == cases or (count > cases) != wider or not count:
            continue
        gain = (float(wanted[holds].mean()) - density) / abs(cases - count)
        found = (gain, -len(one.restricted(whole)))
        if gain > 0.0 and (best is None or found > score):
            best, score = one, found
    return best


def _peels(mine: Space, now: Limits) -> Iterator[Limits]:
    """Every box with a twentieth less at one end, or without one category."""
    inside = now.holds(mine)
    for k in range(len(now.low)):
        values = mine.numbers[inside, k]
        yield now.moved(k, now.low[k], quantile(values, 1.0 - PEEL))
        yield now.moved(k, quantile(values, PEEL), now.high[k])
    for k, allowed in enumerate(now.allowed):
        if len(allowed) > 1:
            yield from (now.only(k, allowed - {one}) for one in sorted(allowed))


def _pastes(mine: Space, now: Limits, whole: Limits) -> Iterator[Limits]:
    """Every box with a little more beyond one end, or with one category more."""
    for k in now.restricted(whole):
        place = int(k) - len(now.low)
        if place >= 0:
            yield from (
                now.only(place, now.allowed[place] | {one}) for one in whole.allowed[place] - now.allowed[place]
            )
            continue
        k = int(k)
        below = mine.numbers[now.moved(k, whole.low[k], now.low[k]).holds(mine), k]
        yield now.moved(k, quantile(below, 1.0 - PASTE) if len(below) else whole.low[k], now.high[k])
        above = mine.numbers[now.moved(k, now.high[k], whole.high[k]).holds(mine), k]
        yield now.moved(k, now.low[k], quantile(above, PASTE) if len(above) else whole.high[k])


def quantile(values: Array, share: float) -> float:
    """Between two cases that differ: values that are the same are peeled together, so that listed values and repeated
    points are taken or left whole."""
    ordered = np.sort(values)
    at = (len(ordered) - 1) * share
    low, high = int(np.floor(at)), int(np.ceil(at))
    if share > 0.5:
        low = int(np.searchsorted(ordered, ordered[high], side="left")) - 1 if ordered[low] == ordered[high] else low
        low = max(low, 0)
    elif ordered[low] == ordered[high]:
        high = min(int(np.searchsorted(ordered, ordered[low], side="right")), len(ordered) - 1)
    return float((ordered[low] + ordered[high]) / 2.0)


# --- choosing, and how sure it is -------------------------------------------------------------------------------------


def chosen(found: Sequence[Step], density: float) -> int:
    """Place of the box that covers most among those as dense as wanted; where none is, of the densest that covers
    most."""
    dense = [k for k, one in enumerate(found) if one.density >= density]
    if dense:
        return max(dense, key=lambda k: (found[k].coverage, -found[k].restricted, found[k].density))
    return max(range(len(found)), key=lambda k: (found[k].density, found[k].coverage))


def design_effect(points: Index, interest: Mask) -> float:
    """How many cases count as one, since worlds of one point are alike: 1 + (m - 1) r, with m cases a point and r their
    correlation within points (Kish 1965), by an analysis of variance; at least 1. points (cases,) says whose each
    is."""
    _, place, counts = np.unique(points, return_inverse=True, return_counts=True)
    groups, cases = len(counts), len(points)
    if groups < 2 or cases == groups:
        return 1.0
    values = interest.astype(float)
    means = np.bincount(place, values) / counts
    between = float((counts * (means - values.mean()) ** 2).sum()) / (groups - 1)
    within = float(((values - means[place]) ** 2).sum()) / (cases - groups)
    size = (cases - float((counts**2).sum()) / cases) / (groups - 1)
    whole = between + (size - 1.0) * within
    return max(1.0 + (size - 1.0) * (between - within) / whole, 1.0) if whole > 0.0 else size


def quasi_p(
    space: Space, interest: Mask, points: Index, limits: Limits, whole: Limits, worlds: Index | None = None
) -> dict[int, float]:
    """Of every restricted dimension: the chance that a box as dense would come about if its restriction did nothing, by
    a one-sided binomial test against the density without it (Bryant and Lempert 2010). Cases of one point that are
    alike count for less: the test takes as many as are independent. worlds: of cases, whose numbers after the first
    that points differ in are drawn by world; cases of one world count for less there too."""
    from scipy.stats import binomtest

    inside, found = limits.holds(space), {}
    for k in limits.restricted(whole):
        wider = limits.freed(int(k), whole).holds(space)
        alike = max(design_effect(one[wider], interest[wider]) for one in (points, worlds) if one is not None)
        cases = max(int(inside.sum() / alike), 1)
        hits = min(int(interest[inside].sum() / alike), cases)
        found[int(k)] = float(binomtest(hits, cases, float(interest[wider].mean()), alternative="greater").pvalue)
    return found
