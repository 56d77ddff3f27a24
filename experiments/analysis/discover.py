"""Under which conditions something happens: boxes in what a batch varied, and if asked in what its worlds drew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.analysis import prim
from experiments.analysis.ensemble import Ensemble
from experiments.analysis.prim import Limits, Space, Step
from experiments.analysis.where import Condition
from sim.arrays import Index, Mask
from sim.errors import InputError

SEVERAL = 2
"""Values that something must have, to be a dimension."""


@dataclass(frozen=True)
class Box:
    """A box that was chosen on its path. chances: quasi-p value by place of the dimension; alike: how many of its runs
    count as one."""

    path: tuple[Step, ...]
    place: int
    chances: dict[int, float]
    alike: float

    @property
    def step(self) -> Step:
        """The box itself."""
        return self.path[self.place]


@dataclass(frozen=True)
class Found:
    """What was asked, of which cases, and the boxes. points: whose case each is; drawn: names of numbers that worlds
    drew, of which there are `worlds`."""

    condition: Condition
    quarter: int
    space: Space
    interest: Mask
    points: Index
    boxes: tuple[Box, ...]
    drawn: frozenset[str] = frozenset()
    worlds: int = 0

    @property
    def whole(self) -> Limits:
        """The box that holds all."""
        return self.space.whole()

    @property
    def rate(self) -> float:
        """Share of all cases in which the condition holds."""
        return float(self.interest.mean())


def discover(
    batch: Ensemble, condition: Condition, quarter: int, density: float, most: int, drawn: bool = False
) -> Found:
    """Up to so many boxes, each among the runs that no earlier one took. drawn: search what worlds drew too. InputError
    when the condition splits nothing."""
    values = {name: batch.outcome(name, quarter) for name in condition.names}
    answer = condition.of(values)
    point, world = np.nonzero(np.isfinite(answer))
    if not len(point):
        raise InputError(f"{batch.folder}: no run has figures for '{condition.said}'.")
    interest = answer[point, world] > 0.0
    if interest.all() or not interest.any():
        ends = ", ".join(_ends(name, values[name]) for name in condition.names)
        how = f"{'every' if interest.all() else 'no'} run in {batch.dated(quarter)}"
        raise InputError(f"--where: '{condition.said}' holds in {how}, so nothing sets runs apart; {ends}.")
    space = space_of(batch, point, world if drawn else None)
    of_worlds = _worlds(batch, point, world) if drawn else None
    boxes: list[Box] = []
    remaining = np.ones(len(space), dtype=bool)
    while len(boxes) < most and interest[remaining].any():
        box = _box(space, (interest, point, remaining), density, of_worlds)
        if boxes and (not box.step.restricted or box.step.density <= float(interest.mean())):
            break
        boxes.append(box)
        remaining &= ~box.step.limits.holds(space)
    names = frozenset(space.names) - {one.name for one in batch.factors}
    count = 0 if of_worlds is None else len(np.unique(of_worlds))
    return Found(condition, quarter, space, interest, point, tuple(boxes), names, count)


def _worlds(batch: Ensemble, point: Index, world: Index) -> Index:
    """Which draws each case has: world 3 of one seed is another than of the next."""
    seeds = batch.records.points["seed"].to_numpy()[point]
    return np.unique(np.stack([seeds, world]), axis=1, return_inverse=True)[1].ravel()


def _ends(name: str, values: np.ndarray) -> str:
    return f"{name} goes from {np.nanmin(values):.4g} to {np.nanmax(values):.4g}"


def _box(space: Space, cases: tuple[Mask, Index, Mask], density: float, worlds: Index | None) -> Box:
    interest, points, remaining = cases
    found = prim.path(space, interest, remaining)
    place = prim.chosen(found, density)
    mine, limits = space.kept(remaining), found[place].limits
    of_worlds = None if worlds is None else worlds[remaining]
    chances = prim.quasi_p(mine, interest[remaining], points[remaining], limits, space.whole(), of_worlds)
    inside = limits.holds(mine)
    groups = [points[remaining]] if of_worlds is None else [points[remaining], of_worlds]
    alike = max(prim.design_effect(one[inside], interest[remaining][inside]) for one in groups)
    return Box(tuple(found), place, chances, alike)


def space_of(batch: Ensemble, point: Index, world: Index | None = None) -> Space:
    """What cases differ in, of the points that they are of. world: of each case, for what worlds drew too. InputError
    when that is nothing."""
    varied = [k for k in range(len(batch.factors)) if len(np.unique(batch.values[:, k])) >= SEVERAL]
    names = tuple(batch.factors[k].name for k in varied)
    dimensions = list(batch.settings[0].choices)
    setting = np.repeat(np.arange(len(batch.settings)), batch.points // len(batch.settings))[point]
    categories, places = [], []
    for one in dimensions:
        words = [each.choices[one] for each in batch.settings]
        known = tuple(dict.fromkeys(words))
        categories.append(known)
        places.append(np.array([known.index(word) for word in words])[setting])
    numbers = batch.values[point][:, varied]
    if world is not None:
        mine, drawn = batch.drawn(point, world)
        names, numbers = (*names, *mine), np.concatenate([numbers, drawn], axis=1)
    if not names and not dimensions:
        raise InputError(f"{batch.folder}: its points differ in nothing, so nothing sets runs apart; --drawn does.")
    stacked = np.stack(places, axis=1) if places else None
    return Space(names, numbers, tuple(dimensions), stacked, tuple(categories))


def limits_table(found: Found) -> pd.DataFrame:
    """A row a box and restricted dimension: what it allows, of what was tried, and its quasi-p value."""
    rows = []
    for number, box in enumerate(found.boxes, 1):
        for k in box.step.limits.restricted(found.whole):
            limit = _limit(found, box.step.limits, int(k))
            rows.append((number, *limit, box.chances[int(k)], limit[0] in found.drawn))
    heads = ("box", "dimension", "low", "high", "tried_low", "tried_high", "allowed", "quasi_p", "drawn_by_worlds")
    return pd.DataFrame(rows, columns=list(heads))


def _limit(found: Found, limits: Limits, k: int) -> tuple[str, float, float, float, float, str]:
    space, whole, none = found.space, found.whole, float("nan")
    if k < len(space.names):
        return (space.names[k], limits.low[k], limits.high[k], whole.low[k], whole.high[k], "")
    place = k - len(space.names)
    words = [space.categories[place][one] or "(none)" for one in sorted(limits.allowed[place])]
    return (space.choices[place], none, none, none, none, " | ".join(words))


def boxes_table(found: Found) -> pd.DataFrame:
    """A row a box."""
    rows = [(number, *_figures(box.step), box.alike) for number, box in enumerate(found.boxes, 1)]
    return pd.DataFrame(rows, columns=["box", *STEP, "runs_that_count_as_one"])


def path_table(found: Found) -> pd.DataFrame:
    """A row a box and step of its path, the chosen one marked."""
    rows = [
        (number, k, k == box.place, *_figures(step))
        for number, box in enumerate(found.boxes, 1)
        for k, step in enumerate(box.path)
    ]
    return pd.DataFrame(rows, columns=["box", "step", "chosen", *STEP])


STEP = ("runs", "runs_where_it_holds", "coverage", "density", "mass", "restricted_dimensions")


def _figures(step: Step) -> tuple[float, ...]:
    return (step.cases, step.interest, step.coverage, step.density, step.mass, step.restricted)


def tables(found: Found) -> dict[str, pd.DataFrame]:
    """All of them by name."""
    return {"boxes": boxes_table(found), "limits": limits_table(found), "path": path_table(found)}


def said(found: Found, box: Box) -> Sequence[str]:
    """A box in words, a restriction each: 'price_elasticity from -1.4 to -1.1'."""
    told = []
    for k in box.step.limits.restricted(found.whole):
        name, low, high, tried_low, tried_high, words = _limit(found, box.step.limits, int(k))
        if words:
            told.append(f"{name}: {words}")
        elif low == tried_low:
            told.append(f"{name} up to {high:.4g}")
        else:
            told.append(f"{name} from {low:.4g}" + ("" if high == tried_high else f" to {high:.4g}"))
    return [one.replace("-", "−") if ":" not in one else one for one in told]
