"""Ensembles: parameter sets that history does not rule out, kept as data. A world draws one member, whole.

`sim/data/ensembles/NAME.csv` has a row a member and a column a parameter. A column `spending_growth_start@2025Q4` holds
only where a scenario starts in that quarter: growth fades along one path, and what it starts from depends on when one
looks. `NAME.toml` beside it says what the members were drawn from: cut of the data, stamp, central member, prior
ranges.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.arrays import Array, read_only
from sim.errors import InputError, unknown
from sim.files import read_toml
from sim.parameters import Catalogue
from sim.streams import Streams

FOLDER = Path(__file__).parent / "data" / "ensembles"
MECHANISM = 4
"""Version of the mechanisms that an ensemble was calibrated on. Raise it when a rule changes that history tests:
ensembles of another version are refused until `python3 tasks.py calibrate` has been run."""
DATED = "@"


@dataclass(frozen=True)
class Ensemble:
    """Members by parameter: values[name] (members,) for scenarios that start in one quarter; central is the medoid's
    position."""

    name: str
    values: Mapping[str, Array]
    central: int

    @property
    def members(self) -> int:
        """How many parameter sets there are."""
        return len(next(iter(self.values.values())))

    def draw(self, streams: Streams, draw: bool) -> dict[str, Array]:
        """Each world's member, every parameter of it: (worlds,) by name; without drawing the central member in every
        world."""
        if draw:
            uniform = streams.at("ensemble", self.name, 0).uniform()
            member = np.minimum((uniform * self.members).astype(np.int64), self.members - 1)
        else:
            member = np.full(streams.worlds, self.central)
        return {name: values[member] for name, values in self.values.items()}


def plain(column: str) -> str:
    """The parameter of a column: without the date that it may carry."""
    return column.split(DATED)[0]


def at_start(values: Mapping[str, Array], start: str) -> dict[str, Array]:
    """Values given world by world as a scenario that starts in this quarter sees them: a dated one holds only there."""
    plainly = {name: value for name, value in values.items() if DATED not in name}
    return plainly | {plain(name): value for name, value in values.items() if name.endswith(DATED + start)}


def stamp(columns: Iterable[str], catalogue: Catalogue, where: str = "") -> str:
    """Hash of the columns, of the ranges declared for their parameters, and of the version of the mechanisms."""
    ranges = []
    for name in sorted(columns):
        declaration, _ = catalogue.find(plain(name), where)
        ranges.append([name, declaration.low, declaration.high, *declaration.allowed])
    return hashlib.sha256(json.dumps([MECHANISM, ranges]).encode()).hexdigest()[:16]


def names() -> tuple[str, ...]:
    """Ensembles that are shipped."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.csv")))


@cache
def dated(name: str) -> frozenset[str]:
    """Parameters of an ensemble that depend on the quarter in which a scenario starts."""
    if name not in names():
        return frozenset()
    return frozenset(plain(column) for column in _table(FOLDER / f"{name}.csv").rows[0] if DATED in column)


@cache
def content_hash(name: str) -> str:
    """Hash of an ensemble's members and of which is central: what a result depends on. Empty when there is no such
    ensemble."""
    if name not in names():
        return ""
    content = b"".join((FOLDER / f"{name}.{ending}").read_bytes() for ending in ("csv", "toml"))
    return hashlib.sha256(content).hexdigest()[:16]


def load(name: str, start: str, catalogue: Catalogue, where: str = "") -> Ensemble:
    """An ensemble as a scenario that starts in this quarter sees it; InputError in one sentence when it does not
    fit."""
    if name not in names():
        raise unknown("ensemble", name, names(), where)
    table, about = _table(FOLDER / f"{name}.csv"), _about(name)
    rows = table.rows
    columns = [column for column in rows[0] if column != "member"]
    found = stamp(columns, catalogue, f"{name}.csv")
    if about.get("stamp") != found:
        raise InputError(
            f"{name}.toml: stamp = '{about.get('stamp')}' was made for other parameters, ranges or rules; allowed is "
            f"'{found}'. Run: python3 tasks.py calibrate."
        )
    values: dict[str, Array] = {}
    for column in sorted(columns, key=lambda one: DATED in one):  # a dated column overrides the plain one
        if DATED in column and column.split(DATED)[1] != start:
            continue
        values[plain(column)] = read_only(_column(table, column, name, catalogue))
    central = about.get("central", 0)
    if type(central) is not int or not 0 <= central < len(rows):
        raise InputError(f"{name}.toml: central = {central!r} is no member; allowed is 0 to {len(rows) - 1}.")
    return Ensemble(name, values, central)


def _column(table: _Rows, column: str, name: str, catalogue: Catalogue) -> Array:
    """What all members have of a parameter: (members,); InputError for one that is no number or not allowed."""
    low, high = catalogue.find(plain(column), f"{name}.csv")[0].allowed
    values = table.numbers.get(column)
    if values is not None and low <= values.min() and values.max() <= high:
        return values
    return np.array([_value(row, column, name, catalogue) for row in table.rows])  # says which member it is


def _value(row: Mapping[str, str], column: str, name: str, catalogue: Catalogue) -> float:
    where = f"{name}.csv: member {row['member']}"
    try:
        value = float(row[column])
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}: {column} = '{row[column]}' is not a number.") from error
    return catalogue.find(plain(column), where)[0].check(value, where, column)


@dataclass(frozen=True)
class _Rows:
    """A file of members: its rows as they are written, and the columns in which all are numbers, (members,)."""

    rows: tuple[Mapping[str, str], ...]
    numbers: Mapping[str, Array]


def _table(path: Path) -> _Rows:
    return _parsed(path.read_bytes(), path.name)


@lru_cache(maxsize=8)
def _parsed(content: bytes, file: str) -> _Rows:
    """What stands in a file: worked out once for all the scenarios that draw from it."""
    rows = tuple(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
    if not rows or "member" not in rows[0]:
        raise InputError(f"{file}: an ensemble has a row a member, with a column 'member'; none was found.")
    numbers = {}
    for column in rows[0]:
        with suppress(TypeError, ValueError):  # said of the member, by who asks for the column
            numbers[column] = read_only(np.array([float(row[column]) for row in rows]))
    return _Rows(rows, numbers)


def _about(name: str) -> dict[str, Any]:
    path = FOLDER / f"{name}.toml"
    return read_toml(path)
