"""A batch opened for analysis: outcomes by point and world, what the points differ in, and runs without figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from experiments.batch import parts
from experiments.batch.drawn import SHARED, Drawn
from experiments.batch.facts import BatchFacts, batch_said
from experiments.batch.folder import BatchRecords, Records
from experiments.batch.target import PROVENANCE
from experiments.text import count as count
from sim.arrays import Array, Index
from sim.errors import InputError, unknown
from sim.metrics import METRICS

UNITS = {metric.name: metric.unit for metric in METRICS}
MEANINGS = {metric.name: metric.meaning for metric in METRICS}
MOST_NAMED = 5
CHOICES = {"players": "strategies", "shocks": "shocks"}
"""Choices that a design names itself -> where its file does."""


class Varied(BaseModel):
    """A number that points differ in, as the design's file and the declarations say it."""

    model_config = ConfigDict(frozen=True)
    kind: str
    name: str
    parameters: tuple[str, ...]
    low: float
    high: float
    values: tuple[float, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Lost:
    """A run that cannot be used: its point and world, and why."""

    point: int
    world: int
    why: str


@dataclass(frozen=True)
class Setting:
    """What points share beside their numbers. choices: dimension -> the one that they have; points: their numbers."""

    choices: Mapping[str, str]
    points: range

    @property
    def said(self) -> str:
        """'high/harvest', or nothing where a design makes no choices."""
        return "/".join(one for one in self.choices.values() if one)


@dataclass(frozen=True)
class Ensemble:
    """A finished batch. said: what its provenance.json says; factors: the numbers that vary."""

    records: BatchRecords
    said: BatchFacts
    factors: tuple[Varied, ...]

    @classmethod
    def open(cls, folder: str | Path) -> Ensemble:
        """The batch of a folder; InputError for one that holds none, is damaged, or is not finished."""
        records = Records.open(folder)
        if not isinstance(records, BatchRecords):
            raise InputError(f"{folder} holds no batch; give the folder of: fully-booked batch DESIGN --out DIR.")
        said = batch_said(records.folder)
        try:
            given = said.note["factors"]
            found = tuple(Varied.model_validate(one) for one in given)
        except (KeyError, TypeError, ValidationError):
            raise InputError(f"{records.folder / PROVENANCE}: note.factors is not as batches write it.") from None
        missing = [name for one in found for name in one.parameters[:1] if name not in records.points.columns]
        if missing:
            raise InputError(f"{folder}: design.parquet has no column '{missing[0]}'; it is of another batch.")
        return cls(records, said, found)

    # --- what varies --------------------------------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """Where the batch is."""
        return self.records.folder

    @property
    def sample(self) -> Mapping[str, Any]:
        """How points were put into ranges: method, points, levels, second_order."""
        return dict(self.said.note.get("sample", {}))

    @property
    def points(self) -> int:
        """How many points there are."""
        return len(self.records.points)

    @cached_property
    def values(self) -> Array:
        """(points, factors) of all numbers that vary."""
        columns = [self.records.points[one.parameters[0]].to_numpy(dtype=float) for one in self.factors]
        return np.stack(columns, axis=1) if columns else np.zeros((self.points, 0))

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """Choices that points share, in the order of points: each has the same rows of numbers."""
        every = self._choices()
        rows = self.points // len(every)
        told = {name for one in every for name in one if len({other[name] for other in every}) > 1}
        return tuple(
            Setting({name: word for name, word in one.items() if name in told}, range(k * rows, (k + 1) * rows))
            for k, one in enumerate(every)
        )

    def _choices(self) -> list[dict[str, str]]:
        """Every setting's choice by dimension, in the order in which a plan lays them out."""
        note, table = self.said.note, self.records.points
        varies = note.get("varies", {})
        if "cell" in table.columns:
            pairs = table[["cell", "seed"]].drop_duplicates()
            return [
                {"cell": str(cell), "seed": str(seed)} for cell, seed in zip(pairs["cell"], pairs["seed"], strict=True)
            ]
        named = {mine: [str(one["name"]) for one in note.get(theirs, [])] or [""] for mine, theirs in CHOICES.items()}
        seeds = [str(one) for one in varies.get("seeds", [])] or [""]
        places = varies.get("scenarios", []) or [""]
        found = [
            {"scenario": place, "shocks": shocks, "players": players, "seed": seed}
            for players, seed, place, shocks in product(named["players"], seeds, places, named["shocks"])
        ]
        if self.points % len(found):
            raise InputError(f"{self.folder}: {self.points} points do not fit {len(found)} settings of its design.")
        return found

    def drawn(self, point: Index, world: Index) -> tuple[tuple[str, ...], Array]:
        """Names of what worlds drew, and (cases, names) what those of cases did. point, world: (cases,). InputError
        when the folder does not tell."""
        pairs = zip(*(self.records.points[name] for name in SHARED), strict=True)
        shared = [(str(digest), int(seed)) for digest, seed in pairs]
        found = Drawn.read(self.folder)
        return found.names, found.at([shared[int(one)] for one in point], world)

    # --- outcomes -----------------------------------------------------------------------------------------------------

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Metrics that were kept."""
        return tuple(self.said.outcomes)

    def named(self, outcome: str, where: str = "--outcome") -> str:
        """The name of an outcome that was kept, the first for ''; InputError with the closest match otherwise."""
        if outcome and outcome not in self.outcomes:
            raise unknown("outcome", outcome, self.outcomes, where)
        return outcome or self.outcomes[0]

    def quarter(self, word: str, where: str = "--at") -> int:
        """Number of a quarter from 'q20', '20' or '2030Q4'; the last for ''. InputError otherwise."""
        labels = self.records.labels
        last = max(labels)
        counted = re.fullmatch(r"[qQ]?([0-9]{1,3})", word.strip())
        number = int(counted[1]) if counted else {label: n for n, label in labels.items()}.get(word.strip().upper(), 0)
        number = number if word else last
        if number not in labels:
            allowed = f"a quarter from q1 ({labels[1]}) to q{last} ({labels[last]})"
            raise InputError(f"{where}: '{word}' is not allowed; give {allowed}.")
        return number

    def dated(self, quarter: int) -> str:
        """'q20 (2030Q4)'."""
        return f"q{quarter} ({self.records.labels[quarter]})"

    @cached_property
    def _files(self) -> list[Path]:
        return self.records.whole()

    @cached_property
    def played(self) -> Index:
        """(points,) worlds that each point was to have, those that failed included."""
        found: Index = np.zeros(self.points, dtype=np.int64)
        for point, world, _ in parts.outcome(self._files, parts.MARK, 1):
            np.maximum.at(found, point.astype(np.int64), world.astype(np.int64) + 1)
        for one in self.lost:
            found[one.point] = max(found[one.point], one.world + 1)
        return found

    def beyond(self, points: Sequence[int] | Index) -> dict[int, int]:
        """Point -> worlds that it has beyond those that all of these points have; nothing where all have as many."""
        worlds = self.played[np.asarray(points)]
        return {int(k): int(n - worlds.min()) for k, n in zip(points, worlds, strict=True) if n > worlds.min()}

    @cached_property
    def lost(self) -> tuple[Lost, ...]:
        """Every run that could not be played, or has a figure that is none."""
        said = self.said
        found = [Lost(point, world, f"could not be played: {why}") for point, world, why in said.failed_worlds]
        found += [Lost(point, world, "has a figure that is none") for point, world in said.broken_worlds]
        for one in said.failed_chunks:
            worlds = range(one.first_world, one.first_world + one.worlds)
            found += [Lost(point, world, f"was never played: {one.why}") for point in one.points for world in worlds]
        return tuple(sorted(found, key=lambda one: (one.point, one.world)))

    def outcome(self, name: str, quarter: int) -> Array:
        """(points, worlds) of an outcome in a quarter; not a number in runs that were lost, or never wanted."""
        found = np.full((self.points, int(self.played.max())), np.nan)
        for point, world, value in parts.outcome(self._files, name, quarter):
            found[point, world] = value
        return self._without_lost(found)

    def paths(self, name: str) -> Array:
        """(points, worlds, quarters) of an outcome; not a number in runs that were lost, or never wanted."""
        found = np.full((self.points, int(self.played.max()), max(self.records.labels)), np.nan)
        for path in self._files:
            read = pq.read_table(path, columns=["design", "world", "quarter_number", name])
            point, world, number, value = (read[column].to_numpy() for column in read.column_names)
            found[point, world, number - 1] = value
        return self._without_lost(found)

    def _without_lost(self, found: Array) -> Array:
        for one in self.lost:
            if one.world < found.shape[1]:
                found[one.point, one.world] = np.nan
        return found


def named_runs(lost: Sequence[Lost]) -> str:
    """'point 3, world 7 (has a figure that is none)', of the first few."""
    told = [f"point {one.point}, world {one.world} ({one.why})" for one in lost[:MOST_NAMED]]
    return "; ".join(told) + (f"; and {len(lost) - MOST_NAMED} more" if len(lost) > MOST_NAMED else "")
