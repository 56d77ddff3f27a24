"""Do two strategies differ in kind? They do when no setting of one decides as the other does, either way round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from scipy.stats import qmc

from agents.contract_suite import SEED, Situation, situations
from agents.strategies.registry import FactSheet, Setting

EVERY = 3
"""Of the situations one in so many is asked: enough to tell strategies apart."""
SAME_KIND = 0.005
"""Two strategies are one kind when settings bring their decisions so close, as a share of a decision's usual size."""


def differ_in_kind(a: FactSheet, b: FactSheet, tries: int = 64) -> bool:
    """Neither can be set to decide as the other does on the briefings of the contract suite."""
    return min(distance(a, b, tries), distance(b, a, tries)) > SAME_KIND


def distance(a: FactSheet, b: FactSheet, tries: int = 64) -> float:
    """How near some setting of `a` comes to `b` as it stands: the largest gap over decisions, as a share of their usual
    size.

    Settings are tried by a Latin hypercube over their ranges, with the corners of each and the default; the search then
    goes on from the best along each setting. 0 means that `a` can be set to be `b`."""
    asked = situations(a.role)[::EVERY]
    wanted = [_numbers(b.maker(), s) for s in asked]
    best, point = np.inf, np.array([one.default for one in a.settings])
    for trial in _trials(a.settings, tries):
        found = _gap(a, trial, asked, wanted)
        if found < best:
            best, point = found, trial
    step = 0.25
    while a.settings and step > 0.002 and best > 0.0:
        near = [_moved(point, k, sign * step, a.settings) for k in range(len(point)) for sign in (1.0, -1.0)]
        gaps = [_gap(a, one, asked, wanted) for one in near]
        if min(gaps) < best:
            best, point = min(gaps), near[int(np.argmin(gaps))]
        else:
            step /= 2.0
    return float(best)


def _trials(settings: Sequence[Setting], tries: int) -> list[np.ndarray]:
    default = np.array([one.default for one in settings])
    if not settings:
        return [default]
    low, high = (np.array([getattr(one, name) for one in settings]) for name in ("low", "high"))
    spread = list(qmc.scale(qmc.LatinHypercube(len(settings), rng=SEED).random(tries), low, high))
    return [default, low, high, *spread]


def _moved(point: np.ndarray, k: int, step: float, settings: Sequence[Setting]) -> np.ndarray:
    moved, one = point.copy(), settings[k]
    moved[k] = np.clip(point[k] + step * (one.high - one.low), one.low, one.high)
    return moved


def _gap(
    sheet: FactSheet, point: np.ndarray, asked: Sequence[Situation], wanted: Sequence[dict[str, np.ndarray]]
) -> float:
    seat = sheet.maker(**dict(zip((one.name for one in sheet.settings), map(float, point), strict=True)))
    worst: dict[str, list[float]] = {}
    for s, other in zip(asked, wanted, strict=True):
        for name, mine in _numbers(seat, s).items():
            usual = max(float(np.abs(other[name]).mean()), float(np.abs(mine).mean()), 1e-9)
            worst.setdefault(name, []).append(float(np.abs(mine - other[name]).mean()) / usual)
    return max(float(np.mean(gaps)) for gaps in worst.values())


def _numbers(seat: Any, s: Situation) -> dict[str, np.ndarray]:
    with np.errstate(all="ignore"):
        decision = seat.decide(s.own, s.market)
    return {one.name: np.asarray(getattr(decision, one.name)) for one in fields(decision)}
