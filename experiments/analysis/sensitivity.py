"""Which uncertain number makes an outcome vary: Sobol's indices and Morris's elementary effects, by SALib, on the means
over worlds, with the part that is mere chance.

Both read points in groups: a base point with its neighbours (Saltelli 2002), or a trajectory (Morris 1991). A group
with a run that was lost is left out whole, and named; nothing is averaged over what is missing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.analysis import chance
from experiments.analysis.chance import Variance, cross
from experiments.analysis.ensemble import Ensemble, Lost, Setting, count
from experiments.designs.samplers import MORRIS, SOBOL
from sim.arrays import Array, Index
from sim.errors import InputError

MOST_RESAMPLES, FEWEST_RESAMPLES, RESAMPLED = 500, 100, 200_000
"""Of the bootstrap of groups behind SALib's intervals: as many as take so many groups in all, within bounds."""
RESAMPLES_SEED = 1
"""The same each time."""
FEWEST_GROUPS = 4
LEAST_WHOLE = 0.5
"""Share of groups that must be whole for the rest to stand for all."""
Pairs = tuple[tuple[str, str, float, float], ...]


@dataclass(frozen=True)
class Weight:
    """What a number weighs. Sobol: first and total share of the variance of means, half-widths of their 95 % intervals,
    and both without chance. Morris: mean absolute and plain elementary effect of the whole range in the outcome's unit,
    their standard deviation, and the share of their mean square that is chance. Not a number where one world, or the
    method, cannot tell."""

    name: str
    first: float = float("nan")
    first_half: float = float("nan")
    total: float = float("nan")
    total_half: float = float("nan")
    first_settled: float = float("nan")
    total_settled: float = float("nan")
    mu: float = float("nan")
    mu_star: float = float("nan")
    mu_star_half: float = float("nan")
    sigma: float = float("nan")
    chance: float = float("nan")


@dataclass(frozen=True)
class Weighed:
    """An outcome in a quarter, in one setting. groups: in use, of so many; lost: runs because of which the others are
    left out; variance: its parts, and chance_low, chance_high the interval of the share of means that is chance; pairs:
    (name, name, share, half-width) of interactions of two, where the design has them."""

    method: str
    outcome: str
    quarter: int
    setting: str
    mean: float
    sd: float
    worlds: int
    groups: int
    groups_in_all: int
    lost: tuple[Lost, ...]
    indices: tuple[Weight, ...]
    variance: Variance | None = None
    chance_low: float = float("nan")
    chance_high: float = float("nan")
    pairs: Pairs = ()


@dataclass(frozen=True)
class Layout:
    """How a design's points go together. size: points a group; second_order: has it points for pairs?"""

    method: str
    size: int
    levels: int
    second_order: bool = False


def weigh(batch: Ensemble, outcome: str, quarter: int) -> list[Weighed]:
    """What each number weighs for an outcome in a quarter, setting by setting. InputError when the design is no sample
    for it, or too little of it is whole."""
    found, values = layout(batch), batch.outcome(outcome, quarter)
    return [_setting(batch, found, one, (outcome, quarter), values) for one in batch.settings]


def layout(batch: Ensemble) -> Layout:
    """The layout of a batch's points, checked point by point; InputError when it is none that can be analysed."""
    sample, numbers = batch.sample, len(batch.factors)
    method = str(sample.get("method", ""))
    if method not in (SOBOL, MORRIS) or not numbers:
        said = f"method = '{method}'" if numbers else "no numbers that vary"
        raise InputError(
            f"{batch.folder} was sampled with {said}; sensitivity needs [sample] method = '{SOBOL}' or '{MORRIS}' in "
            "its design (fully-booked discover and fully-booked figures read any)."
        )
    pairs = method == SOBOL and bool(sample.get("second_order"))
    size = numbers + 1 if method == MORRIS else (2 * numbers if pairs else numbers) + 2
    found = Layout(method, size, int(sample.get("levels", 2)), pairs)
    for setting in batch.settings:
        rows = batch.values[setting.points.start : setting.points.stop]
        if len(rows) % size or not _fits(rows.reshape(-1, size, numbers), found):
            raise InputError(
                f"{batch.folder}: points {setting.points.start} to {setting.points.stop - 1} are not laid out as "
                f"'{method}' lays them out; the batch cannot be analysed so."
            )
    return found


def _fits(groups: Array, found: Layout) -> bool:
    """Do groups (groups, points, numbers) change one number at a time, as the method does?"""
    if found.method == MORRIS:
        changed = groups[:, 1:] != groups[:, :-1]
        return bool((changed.sum(axis=2) <= 1).all() and (changed.sum(axis=1) <= 1).all())
    first, last, numbers = groups[:, 0], groups[:, -1], groups.shape[2]
    for k in range(numbers):
        mixed = first.copy()
        mixed[:, k] = last[:, k]
        back = last.copy()
        back[:, k] = first[:, k]
        if not np.array_equal(groups[:, 1 + k], mixed):
            return False
        if found.second_order and not np.array_equal(groups[:, 1 + numbers + k], back):
            return False
    return True


def _setting(batch: Ensemble, found: Layout, setting: Setting, asked: tuple[str, int], values: Array) -> Weighed:
    """One setting's answer."""
    first, last = setting.points.start, setting.points.stop
    worlds = int(batch.played[first:last].min())
    lost = tuple(one for one in batch.lost if one.point in setting.points and one.world < worlds)
    grouped = values[first:last, :worlds].reshape(-1, found.size, worlds)
    whole = np.flatnonzero(np.isfinite(grouped).all(axis=(1, 2)))
    _enough(batch, len(whole), len(grouped), lost)
    shares = _shares(batch, first, last).reshape(-1, found.size, len(batch.factors))
    names = [one.name for one in batch.factors]
    if found.method == SOBOL:
        indices, pairs = sobol(names, found, grouped[whole])
    else:
        indices, pairs = morris(names, found, shares[whole], grouped[whole]), ()
    means = grouped[whole].mean(axis=2)
    plain = (found.method, *asked, setting.said, float(means.mean()), float(means.std(ddof=1)), worlds)
    counts = (len(whole), len(grouped), lost, tuple(indices))
    if worlds < 2:
        return Weighed(*plain, *counts, pairs=pairs)
    spread = _spread(found)
    ends = chance.jackknife(len(whole), lambda some: _parts(grouped[whole[some]], spread).of_means)
    low, high = (float(np.clip(end, 0.0, 1.0)) for end in ends)
    return Weighed(*plain, *counts, _parts(grouped[whole], spread), low, high, pairs)


def _spread(found: Layout) -> Sequence[int]:
    """Points of a group between which the variance is taken: of Sobol the two that were drawn, of Morris all."""
    return (0, found.size - 1) if found.method == SOBOL else range(found.size)


def _parts(grouped: Array, spread: Sequence[int]) -> Variance:
    """Parts of the variance of (groups, points, worlds)."""
    groups, size, worlds = grouped.shape
    mine = (np.arange(groups)[:, None] * size + np.asarray(spread)[None, :]).ravel()
    return chance.parts(grouped.reshape(-1, worlds), mine)


def _enough(batch: Ensemble, whole: int, groups: int, lost: Sequence[Lost]) -> None:
    """InputError when too few groups are whole for the rest to stand for them."""
    if whole >= FEWEST_GROUPS and whole >= LEAST_WHOLE * groups:
        return
    why = f": {count(len(lost), 'run')} lost" if lost else ""
    raise InputError(
        f"{batch.folder}: {whole} of {groups} groups of points are whole{why}; needed are at least "
        f"{FEWEST_GROUPS} and half of them. Play what is missing with --resume, or give the design more points."
    )


def _shares(batch: Ensemble, first: int, last: int) -> Array:
    """(points, numbers) as shares of the factors' ranges."""
    low = np.array([one.low for one in batch.factors])
    high = np.array([one.high for one in batch.factors])
    return np.asarray((batch.values[first:last] - low) / (high - low))


def problem(names: Sequence[str]) -> dict[str, Any]:
    """Factors as SALib wants them, over shares of their ranges."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _resamples(groups: int) -> int:
    return int(np.clip(RESAMPLED // groups, FEWEST_RESAMPLES, MOST_RESAMPLES))


def _quietly(analysis: Callable[[], Any]) -> Any:
    """SALib warns on the error stream of what is said here in words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return analysis()


# --- Sobol ------------------------------------------------------------------------------------------------------------


def sobol(names: Sequence[str], found: Layout, grouped: Array) -> tuple[list[Weight], Pairs]:
    """First and total indices; grouped (groups, points, worlds)."""
    means = grouped.mean(axis=2)
    if np.ptp(means) <= np.finfo(float).eps * np.abs(means).max():
        return [Weight(name, 0.0, 0.0, 0.0, 0.0) for name in names], ()
    from SALib.analyze import sobol as salib

    si = _quietly(
        lambda: salib.analyze(
            problem(names),
            means.ravel(),
            found.second_order,
            num_resamples=_resamples(len(grouped)),
            seed=RESAMPLES_SEED,
        )
    )
    first, total = settled(grouped, len(names))
    columns = zip(names, si["S1"], si["S1_conf"], si["ST"], si["ST_conf"], first, total, strict=True)
    indices = [Weight(name, *map(float, figures)) for name, *figures in columns]
    if not found.second_order:
        return indices, ()
    pairs = [(j, k) for j in range(len(names)) for k in range(j + 1, len(names))]
    return indices, tuple((names[j], names[k], float(si["S2"][j, k]), float(si["S2_conf"][j, k])) for j, k in pairs)


def settled(grouped: Array, numbers: int) -> tuple[Array, Array]:
    """First and total indices (numbers,) of what the outcome is in the mean over all worlds that there could be: the
    same estimators as SALib's, with products taken between different worlds alone. grouped (groups, points, worlds)."""
    if grouped.shape[2] < 2:
        none = np.full(numbers, np.nan)
        return none, none
    centred = grouped - grouped[:, [0, -1]].mean(axis=(0, 1))
    one, other, mixed = centred[:, 0], centred[:, -1], centred[:, 1 : 1 + numbers]
    both = centred[:, [0, -1]]
    variance = float(cross(both, both).mean())
    if variance <= 0.0:
        return np.full(numbers, np.nan), np.full(numbers, np.nan)
    moved = mixed - one[:, None]
    first = cross(np.broadcast_to(other[:, None], moved.shape), moved).mean(axis=0)
    total = 0.5 * cross(moved, moved).mean(axis=0)
    return first / variance, total / variance


# --- Morris -----------------------------------------------------------------------------------------------------------


def morris(names: Sequence[str], found: Layout, shares: Array, grouped: Array) -> list[Weight]:
    """Elementary effects of the whole range; shares (groups, points, numbers), grouped (groups, points, worlds)."""
    from SALib.analyze import morris as salib

    flat = shares.reshape(-1, shares.shape[2])
    si = _quietly(
        lambda: salib.analyze(
            problem(names),
            flat,
            grouped.mean(axis=2).ravel(),
            num_resamples=_resamples(len(grouped)),
            num_levels=found.levels,
            seed=RESAMPLES_SEED,
        )
    )
    of_chance = _chance_of_steps(shares, grouped)
    return [
        Weight(name, mu=float(mu), mu_star=float(star), mu_star_half=float(half), sigma=float(sigma), chance=part)
        for name, mu, star, half, sigma, part in zip(
            names, si["mu"], si["mu_star"], si["mu_star_conf"], si["sigma"], of_chance, strict=True
        )
    ]


def steps(shares: Array, grouped: Array) -> list[Array]:
    """What a trajectory's step of each number does, world by world: a list a number of (steps, worlds)."""
    moves, change = np.diff(shares, axis=1), np.diff(grouped, axis=1)
    found = []
    for k in range(shares.shape[2]):
        group, place = np.nonzero(moves[:, :, k])
        found.append(change[group, place] * np.sign(moves[group, place, k])[:, None])
    return found


def _chance_of_steps(shares: Array, grouped: Array) -> list[float]:
    """Share of the mean squared step of each number that is chance: what is not left when the squares are products of
    different worlds."""
    if grouped.shape[2] < 2:
        return [float("nan")] * shares.shape[2]
    found = []
    for moved in steps(shares, grouped):
        square = float((moved.mean(axis=1) ** 2).mean())
        found.append(1.0 - float(cross(moved, moved).mean()) / square if square > 0.0 else float("nan"))
    return [float(np.clip(one, 0.0, 1.0)) for one in found]


def order(found: Weighed) -> Index:
    """Places of the numbers, what weighs most first."""
    weight = [one.total if found.method == SOBOL else one.mu_star for one in found.indices]
    return np.argsort(-np.asarray(weight), kind="stable")
