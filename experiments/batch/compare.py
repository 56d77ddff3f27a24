"""Two cells side by side: what one has more than the other, with the interval that their draws allow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.batch.folder import Records
from experiments.stats import Estimate, broken_worlds, estimate, welch
from sim.arrays import Array
from sim.errors import InputError, each_once, unknown
from sim.metrics import METRICS

FEWEST = 2
"""Worlds that an interval needs."""
PAIRED, WELCH = "paired t", "Welch's t"
SHARE_UNIT = "0-1"


@dataclass(frozen=True)
class Side:
    """A cell of a results folder; said: as its user calls it; broken: worlds with a figure that is none."""

    records: Records
    cell: str
    said: str
    broken: frozenset[int]

    def values(self, metric: str, quarter: int, worlds: Array) -> Array:
        """A metric in a quarter, (worlds,), NaN in worlds that are broken."""
        found = self.records.metric(metric, self.cell)[quarter].reindex(worlds).to_numpy(dtype=float)
        return np.where(np.isin(worlds, list(self.broken)), np.nan, found)


@dataclass(frozen=True)
class Difference:
    """One metric in one quarter: both levels, second less first, and how many times as many worlds without common
    draws would be as precise (NaN where draws are not shared)."""

    metric: str
    quarter: int
    first: Estimate
    second: Estimate
    change: Estimate
    bought: float


@dataclass(frozen=True)
class Comparison:
    """What was compared, why draws are shared or not, and the differences."""

    first: Side
    second: Side
    method: str
    why: str
    rows: tuple[Difference, ...]


def side(word: str) -> Side:
    """FOLDER or FOLDER:CELL as a cell of a folder. InputError when a folder has several cells and none is named."""
    folder, cell = _parted(word)
    records = Records.open(folder)
    if not cell and len(records.cells) > 1:
        names = list(records.cells)
        shown = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
        raise InputError(f"{word} has {len(names)} cells ({shown}); name one, such as {word}:{names[0]}.")
    chosen = records.cell(cell) if cell else next(iter(records.cells))
    records.check(chosen)
    broken = broken_worlds(records.table(cells=[chosen]))
    return Side(records, chosen, word, frozenset(broken))


def _parted(word: str) -> tuple[str, str]:
    """Folder and cell, '' for none. Names of both may hold colons: the longest folder that is there counts."""
    parts = word.split(":")
    ways = [(":".join(parts[:k]), ":".join(parts[k:])) for k in range(len(parts), 0, -1)]
    there = [way for way in ways if way[0] and Path(way[0]).exists()]
    folder, _, cell = word.rpartition(":")
    return there[0] if there else (folder, cell) if folder else (word, "")


def compare(first: Side, second: Side, metrics: Sequence[str], at: Sequence[int]) -> Comparison:
    """Second less first for metrics and numbers of quarters, paired where both share their draws."""
    known = [metric.name for metric in METRICS]
    for name in metrics:
        if name not in known:
            raise unknown("metric", name, known, "--metric")
    each_once("metric", metrics, "--metric")
    for quarter in at:
        _quarter(f"q{quarter}", first, second, [one for one in first.records.labels if one in second.records.labels])
    ours, theirs = (one.records.worlds(one.cell) for one in (first, second))
    why, both = _unshared(first, second), np.intersect1d(ours, theirs)
    if not why and len(both) < FEWEST:
        why = "they have fewer than two worlds in common"
    if why:
        rows = [_apart(first, second, name, quarter, ours, theirs) for name in metrics for quarter in at]
        return Comparison(first, second, WELCH, why, tuple(rows))
    rows = [_paired(first, second, name, quarter, both) for name in metrics for quarter in at]
    return Comparison(first, second, PAIRED, _in_common(ours, theirs, both), tuple(rows))


def quarters(words: str, first: Side, second: Side) -> list[int]:
    """Numbers of quarters from words such as 'q8,q12' or '2027Q4'; without words the first, every fourth and the last
    that both have."""
    labels, others = first.records.labels, second.records.labels
    both = [number for number in labels if number in others]
    if not words:
        return [number for number in both if number == both[-1] or number in (1, 4, 8, 12, 20)]
    found = [_quarter(word.strip(), first, second, both) for word in words.split(",")]
    each_once("quarter", [f"q{number}" for number in found], "--at")
    return found


def _quarter(word: str, first: Side, second: Side, both: Sequence[int]) -> int:
    labels = first.records.labels
    counted = re.fullmatch(r"[qQ]?([0-9]{1,3})", word)
    number = int(counted[1]) if counted else {label: n for n, label in labels.items()}.get(word.upper(), 0)
    if number in both:
        return number
    last = both[-1]
    raise InputError(
        f"--at: '{word}' is not allowed; give quarters that {first.said} and {second.said} both have, from q1 "
        f"({labels[1]}) to q{last} ({labels[last]})."
    )


def _unshared(first: Side, second: Side) -> str:
    """Why the two do not share their draws; empty when they do."""
    one, other = first.records, second.records
    drawn = [side.records.cells[side.cell].parameters_drawn for side in (first, second)]
    versions = [records.facts.versions.get("fully-booked", "") for records in (one, other)]
    seeds = [side.records.seed(side.cell) for side in (first, second)]
    if seeds[0] != seeds[1]:
        return f"their seeds are {seeds[0]} and {seeds[1]}"
    if drawn[0] != drawn[1]:
        return "only one of them draws its parameters"
    if one.labels[1] != other.labels[1]:
        return f"they begin in {one.labels[1]} and {other.labels[1]}"
    if versions[0] != versions[1]:
        return f"versions {versions[0]} and {versions[1]} of the model played them"
    return ""


def _in_common(ours: Array, theirs: Array, both: Array) -> str:
    """What is paired where one has worlds that the other has not."""
    return "" if len(both) == len(ours) == len(theirs) else f"only the {len(both)} worlds that both have are compared"


def _paired(first: Side, second: Side, name: str, quarter: int, worlds: Array) -> Difference:
    one, other = (each.values(name, quarter, worlds) for each in (first, second))
    whole = np.isfinite(one) & np.isfinite(other)
    one, other = (np.where(whole, values, np.nan) for values in (one, other))
    return Difference(
        name, quarter, estimate(one), estimate(other), estimate(other - one), _bought(one[whole], other[whole])
    )


def _bought(one: Array, other: Array) -> float:
    """Variance of the difference of means without common draws over that with them; infinite where nothing varies."""
    if len(one) < FEWEST:
        return float("nan")
    apart, together = float(np.var(one, ddof=1) + np.var(other, ddof=1)), float(np.var(other - one, ddof=1))
    return apart / together if together > 0.0 else float("inf")


def _apart(first: Side, second: Side, name: str, quarter: int, ours: Array, theirs: Array) -> Difference:
    one, other = first.values(name, quarter, ours), second.values(name, quarter, theirs)
    return Difference(name, quarter, estimate(one), estimate(other), welch(one, other), float("nan"))
