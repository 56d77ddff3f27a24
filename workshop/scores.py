"""The arithmetic of a debrief: standing among others with ties, scores of guesses, and shares of several causes in one
result. Pure functions of plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import isclose

import numpy as np

from experiments.stats import estimate
from sim.arrays import Array

TIE = 1e-9
"""Figures that differ by less, relative to the larger, are equal."""


def equal(one: float, other: float) -> bool:
    """Do two figures tie?"""
    return isclose(one, other, rel_tol=TIE, abs_tol=1e-12)


@dataclass(frozen=True)
class Standing:
    """Where a figure stands among others. percentile: per cent of the others that it beats, half of those that it ties
    with counted in; tied: with how many; of: how many others have a figure."""

    percentile: float
    tied: int
    of: int


def standing(mine: float, others: Sequence[float], more_is_better: bool = True) -> Standing:
    """A figure among others; others that are no number are left out. NaN when nobody is left."""
    known = [one for one in others if np.isfinite(one)]
    if not known or not np.isfinite(mine):
        return Standing(float("nan"), 0, len(known))
    tied = sum(equal(mine, one) for one in known)
    beaten = sum((one < mine) == more_is_better for one in known if not equal(mine, one))
    return Standing(100.0 * (beaten + 0.5 * tied) / len(known), tied, len(known))


def brier(chance: float, came: bool) -> float:
    """Brier score of a probability: its squared distance from what came, 0 at best and 1 at worst."""
    return (chance - float(came)) ** 2


def class_chance(guesses: Sequence[float], now: float) -> float:
    """The class's probability that a figure rises: the part of its guesses above today's, a guess of no change counting
    half."""
    return float(np.mean([0.5 if equal(one, now) else float(one > now) for one in guesses]))


@dataclass(frozen=True)
class Part:
    """What one cause had to do with a result. value: its Shapley value, the mean of what it adds over all orders in
    which causes may be let in; low, high: its 95 % interval over worlds; least, most: what it adds in the order where
    it adds least and most."""

    name: str
    value: float
    low: float
    high: float
    least: float
    most: float

    @property
    def clear(self) -> bool:
        """Is it above or below nothing at 95 %?"""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True)
class Account:
    """A result told by causes. total: the result less that without any of them; residual: what of it the parts leave;
    sums: world by world they add up but for rounding."""

    total: float
    parts: tuple[Part, ...]
    residual: float


def marginals(causes: Sequence[str], value: Callable[[frozenset[str]], Array]) -> dict[str, list[Array]]:
    """What each cause adds in each order in which causes may be let in, (worlds,) each."""
    found: dict[str, list[Array]] = {cause: [] for cause in causes}
    for order in permutations(causes):
        so_far: frozenset[str] = frozenset()
        for cause in order:
            found[cause].append(value(so_far | {cause}) - value(so_far))
            so_far |= {cause}
    return found


def account(causes: Sequence[str], values: Mapping[frozenset[str], Array]) -> Account:
    """Shares of several causes in a result, by Shapley's rule. values: for each set of causes that act the result,
    (worlds,); worlds without a number anywhere are left out."""
    held = np.all([np.isfinite(one) for one in values.values()], axis=0)
    known = {acting: np.asarray(one)[held] for acting, one in values.items()}
    parts = []
    for cause, added in marginals(causes, known.__getitem__).items():
        found, each = estimate(np.mean(added, axis=0)), [float(np.mean(one)) for one in added]
        parts.append(Part(cause, found.mean, *found.ends, min(each), max(each)))
    total = float(np.mean(known[frozenset(causes)] - known[frozenset()]))
    return Account(total, tuple(parts), total - sum(part.value for part in parts))


@dataclass(frozen=True)
class Ranked:
    """A candidate in a ranking by size. mean: of its effect; low, high: 95 % interval; rank: 1 for the largest;
    tied: no clear difference from the one ranked before it."""

    name: str
    mean: float
    low: float
    high: float
    rank: int
    tied: bool

    @property
    def clear(self) -> bool:
        """Is its effect above or below nothing at 95 %?"""
        return self.low > 0.0 or self.high < 0.0


def ranking(effects: Mapping[str, Array]) -> list[Ranked]:
    """Candidates by the size of their mean effect, the largest first. effects: (worlds,) each, world by world on the
    same draws. Who does not differ clearly from the one before in the worlds that both have shares its rank."""
    known = {name: np.asarray(one, dtype=float) for name, one in effects.items()}
    sizes = {name: abs(estimate(one).mean) for name, one in known.items() if np.isfinite(one).any()}
    found: list[Ranked] = []
    for name in sorted(sizes, key=lambda one: -sizes[one]):
        here = estimate(known[name])
        tied = bool(found) and _as_large(known[found[-1].name], known[name])
        rank = found[-1].rank if tied else len(found) + 1
        found.append(Ranked(name, here.mean, *here.ends, rank, tied))
    return found


def _as_large(one: Array, other: Array) -> bool:
    """Is there no clear difference in size between two effects, each turned to its own sign?"""
    turned = np.sign(np.nanmean(one)) * one - np.sign(np.nanmean(other)) * other
    apart = estimate(turned)
    return not apart.decides or apart.holds_zero
