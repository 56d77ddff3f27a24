"""A part of a batch: the table of one chunk, as bytes that are written whole, checked by their hash and added up to a
digest that does not depend on how a batch was cut."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.batch import engine
from experiments.batch.points import Chunk, Job
from sim.arrays import Array

KEYS = ("design", "world", "quarter", "quarter_number")
ORDER = ("design", "world", "quarter_number")
MARK = "nonconverged"
"""The column that marks a quarter which did not converge, or has a figure that is none."""


@dataclass(frozen=True)
class Part:
    """A chunk that was played. content: a Parquet file; broken: (point, world) with a figure that is none; failed:
    (point, world, why) of those that cannot be played at all; seconds: of playing and of making the file."""

    chunk: Chunk
    content: bytes
    broken: tuple[tuple[int, int], ...] = ()
    failed: tuple[tuple[int, int, str], ...] = ()
    play_seconds: float = 0.0
    write_seconds: float = 0.0
    rows: int = 0

    @property
    def hash(self) -> str:
        """Of the file's bytes."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class _Salvaged:
    """What could be played of a chunk."""

    tables: tuple[pa.Table, ...] = ()
    broken: tuple[tuple[int, int], ...] = ()
    failed: tuple[tuple[int, int, str], ...] = ()

    def __add__(self, other: _Salvaged) -> _Salvaged:
        return _Salvaged(self.tables + other.tables, self.broken + other.broken, self.failed + other.failed)


def play(job: Job) -> Part:
    """Play a chunk and put its table into bytes; worlds that end in an error are left out and named. When all do, the
    error is the answer."""
    begun = time.perf_counter()
    try:
        found = _whole(job)
    except Exception as error:
        found = _halves(job, error)
        if not found.tables:
            raise
    played = time.perf_counter()
    made = pa.concat_tables(found.tables).sort_by([(key, "ascending") for key in ORDER])
    content = encoded(made)
    spent = (played - begun, time.perf_counter() - played)
    return Part(job.chunk, content, found.broken, found.failed, *spent, made.num_rows)


def _whole(job: Job) -> _Salvaged:
    with engine.opened(job.cell, job.beside) as game:
        records = game.run()
    found = {name: records.metric(name) for name in dict.fromkeys((*job.outcomes, MARK))}
    broken = _broken(found, job.chunk)
    return _Salvaged((table(records.quarters_played, found, job.chunk),), broken)


def _halves(job: Job, error: Exception) -> _Salvaged:
    """The same of the two halves of a chunk that ended in an error, down to the world that is to blame: no world
    depends on its neighbours."""
    chunk = job.chunk
    if chunk.runs == 1:
        return _Salvaged(failed=((chunk.points[0], chunk.first_world, str(error)),))
    found = _Salvaged()
    for half in job.halves():
        try:
            found += _whole(half)
        except Exception as problem:
            found += _halves(half, problem)
    return found


def _broken(found: dict[str, Array], chunk: Chunk) -> tuple[tuple[int, int], ...]:
    """Mark quarters with a figure that is no number; gives (point, world) of those that have one."""
    none = np.zeros(found[MARK].shape, dtype=bool)
    for values in found.values():
        none |= ~np.isfinite(values)
    found[MARK] = np.where(none, 1.0, found[MARK])
    places = np.flatnonzero(none.any(axis=1))
    return tuple((chunk.points[k // chunk.worlds], chunk.first_world + int(k % chunk.worlds)) for k in places)


def table(quarters: tuple[str, ...], found: dict[str, Array], chunk: Chunk) -> pa.Table:
    """A row a point, world and quarter, sorted by them. found: (places, quarters) by metric."""
    count = len(quarters)
    worlds = np.arange(chunk.first_world, chunk.first_world + chunk.worlds)
    columns: dict[str, Any] = {
        "design": np.repeat(np.asarray(chunk.points, dtype=np.int64), chunk.worlds * count),
        "world": np.tile(np.repeat(worlds, count), len(chunk.points)),
        "quarter": pa.array(list(quarters) * chunk.runs),
        "quarter_number": np.tile(np.arange(1, count + 1, dtype=np.int64), chunk.runs),
    }
    return pa.table({**columns, **{name: values.reshape(-1) for name, values in found.items()}})


def encoded(made: pa.Table) -> bytes:
    """A Parquet file of a table. A figure hardly comes twice, so a dictionary of figures costs time and room; what
    packs fast is read in half the time."""
    stream = pa.BufferOutputStream()
    repeated = [name for name in (*KEYS, MARK) if name in made.column_names]
    pq.write_table(made, stream, compression="lz4", use_dictionary=repeated)
    return bytes(stream.getvalue())


# --- all parts together -----------------------------------------------------------------------------------------------


def outcome(paths: Iterable[Path], name: str, quarter: int) -> Iterator[tuple[Array, Array, Array]]:
    """(points, worlds, values) of one outcome in one quarter, part by part."""
    wanted = ["design", "world", "quarter_number", name]
    for path in paths:
        read = pq.read_table(path, columns=wanted, filters=[("quarter_number", "==", quarter)])
        yield tuple(read[column].to_numpy() for column in ("design", "world", name))


def digest(paths: Iterable[Path]) -> str:
    """A hash of all records, sorted by point and world, per column name, type and bytes: the same however they were
    cut, and by whom they were played. Holds one part in memory at a time."""
    keys: list[Any] = []
    sums: list[Any] = []
    heads: set[str] = set()
    for path in paths:
        read = pq.read_table(path)
        heads.add(repr([(one.name, str(one.type)) for one in read.schema]))
        key, sum_ = _runs(read)
        keys.append(key)
        sums.append(sum_)
    total = hashlib.sha256("\n".join(sorted(heads)).encode())
    if keys:
        every, each = np.concatenate(keys), np.concatenate(sums)
        order = np.lexsort((every[:, 1], every[:, 0]))
        total.update(np.ascontiguousarray(every[order]).tobytes() + np.ascontiguousarray(each[order]).tobytes())
    return total.hexdigest()


def _runs(read: pa.Table) -> tuple[Any, Any]:
    """(runs, 2) point and world, and (runs, 32) a hash of each run's quarters."""
    point, world, number = (read[name].to_numpy() for name in ("design", "world", "quarter_number"))
    order = np.lexsort((number, world, point))
    if not (np.diff(order) == 1).all():
        read = read.take(pa.array(order))
        point, world = point[order], world[order]
    starts = np.flatnonzero(np.r_[True, (np.diff(point) != 0) | (np.diff(world) != 0)])
    ends = np.r_[starts[1:], len(point)]
    labels = read["quarter"].to_pylist()
    names = [name for name in read.column_names if name not in KEYS]
    figures = np.stack([read[name].to_numpy() for name in names], axis=1) if names else np.zeros((len(point), 0))
    sums = [
        hashlib.sha256(figures[a:b].tobytes() + "\n".join(labels[a:b]).encode()).digest()
        for a, b in zip(starts, ends, strict=True)
    ]
    return np.stack([point[starts], world[starts]], axis=1), np.frombuffer(b"".join(sums), np.uint8).reshape(-1, 32)
