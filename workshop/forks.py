"""Forks of a session: a quarter that was played, gone on from in many worlds, as bands by quarter; with one thing
changed, beside the same worlds without it. Worlds come in rounds, so that a band can be looked at while it grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from experiments.batch import engine
from experiments.play import fork
from experiments.play.fork import SHOWN, Fork
from experiments.stats import BAND, estimate
from sim.arrays import Array
from sim.quarters import label, ordinal
from sim.records import Records
from workshop.alternatives import SHARE, VARIANTS, shared_past, varied
from workshop.table import Task, book_of

Data = dict[str, Any]
Worlds = dict[str, list[list[float]]]
"""Yardstick -> worlds -> a value a quarter from the fork on."""
ROUNDS = (64, 64, 64, 64, 44)
"""Worlds of each round: a band of 64 first, 300 in all."""


@dataclass(frozen=True)
class Piece:
    """Worlds of a round that are played in one game. variant: what is changed in it; first: number of the first
    world."""

    round: int
    variant: str
    first: int
    worlds: int


def pieces(rounds: Sequence[int], sides: Sequence[str]) -> list[Piece]:
    """What is played for a fork, in order: each side of each round, so that workers share them. The first round of a
    single side comes in halves, for somebody waits for its band."""
    found: list[Piece] = []
    for number, worlds in enumerate(rounds):
        first = sum(rounds[:number])
        half = worlds // 2 if number == 0 and len(sides) == 1 else 0
        parts = [(first, half), (first + half, worlds - half)] if half else [(first, worlds)]
        found += [Piece(number, side, *part) for side in sides for part in parts]
    return found


def some(task: Task, asked: Fork, variant: str, first: int, worlds: int) -> Worlds:
    """Some worlds of a fork, numbered from `first`: the yardsticks by quarter, from the fork on."""
    book = book_of(task)
    cell = replace(varied(book, asked, variant), past=shared_past(task, asked))
    cell = replace(cell, size=replace(cell.size, worlds=worlds), first_world=first)
    found = engine.played(cell, partial(_read, asked.shared))
    return {name: np.asarray(values).tolist() for name, values in found.items()}


def _read(shared: int, records: Records) -> dict[str, Array]:
    return {name: records.metric(name)[:, shared:] for name, _, _ in SHOWN}


def joined(parts: Sequence[Worlds]) -> dict[str, Array]:
    """Rounds side by side: yardstick -> (worlds, quarters)."""
    return {name: np.concatenate([np.array(part[name]) for part in parts]) for name in parts[0]}


def told(task: Task, asked: Fork, variant: str, parts: Mapping[str, Sequence[Worlds]]) -> Data:
    """What is known of a fork so far. parts: rounds of the variant, and of '' beside it where something is changed.
    Low end, median and high end over worlds of each yardstick, a row a quarter; 90 % of the worlds lie between. Worlds
    without figures are left out and counted."""
    book = book_of(task)
    found, plain = joined(parts[variant]), joined(parts[""])
    whole = np.all([np.isfinite(one).all(axis=1) for side in (found, plain) for one in side.values()], axis=0)
    quarters = [label(ordinal(asked.first(book)) + ahead) for ahead in range(asked.total - asked.shared)]
    data = {
        "from": asked.first(book),
        "others": asked.others,
        "variant": variant,
        "worlds": len(whole),
        "of": sum(ROUNDS),
        "broken": int((~whole).sum()),
        "rows": _rows(found, whole, quarters),
        "assumes": " ".join(filter(None, (fork.assumption(book, asked), VARIANTS[variant].says))),
    }
    if variant:
        apart = estimate(100.0 * (found[SHARE][whole, -1] - plain[SHARE][whole, -1]))
        data |= {"plain": _rows(plain, whole, quarters), "effect": [apart.mean, *apart.ends]}
    return data


def _rows(values: Mapping[str, Array], whole: Array, quarters: Sequence[str]) -> list[Data]:
    rows = []
    for number, quarter in enumerate(quarters):
        room = {
            name: np.quantile(one[whole, number], (BAND[0], 0.5, BAND[1])).tolist() if whole.any() else [0.0] * 3
            for name, one in values.items()
        }
        rows.append({"quarter": quarter, "room": room})
    return rows


def forked(task: Task, asked: Fork, worlds: int, variant: str = "") -> Data:
    """A fork in one round."""
    sides = {name: [some(task, asked, name, 0, worlds)] for name in dict.fromkeys((variant, ""))}
    return told(task, asked, variant, sides)
