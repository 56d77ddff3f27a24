"""Are two sets of played games equal, value by value? Reads what tests/same_play.py keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

import numpy as np

ROUNDING = ("*imbalance*", "*residual*")
"""Columns that are rounding itself: any relative change of theirs means nothing."""
ABSOLUTE = 1e-9
LEFT_OVER = 1e-13
"""Part of a column's largest value in a game that rounding may leave where two large figures cancel, as in stock after
retirement."""
KEYS = ("world", "level", "name", "cloud", "family", "channel", "role", "party")
Kept = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """Where two games differ first in a column or decision. order: what comes first in the course of a game."""

    order: tuple[str, int]
    said: str


@dataclass
class Found:
    """What was compared, and what differs, by game."""

    games: int = 0
    scenarios: set[str] = field(default_factory=set)
    columns: int = 0
    decisions: int = 0
    fields: int = 0
    values: int = 0
    first: dict[str, str] = field(default_factory=dict)
    differing: int = 0

    @property
    def compared(self) -> str:
        """What exactly was compared, in words."""
        return (
            f"{len(self.scenarios)} scenarios and shock cards in {self.games} games, {self.columns:,} table columns, "
            f"{self.decisions:,} decisions ({self.fields:,} fields), {self.values:,} values"
        )

    def add(self, name: str, before: Kept, after: Kept, relative: float) -> None:
        """Compare one game."""
        self.games += 1
        self.scenarios.add(str(after.get("scenario", name)))
        apart = [*missing(before, after), *of_tables(before, after, relative), *of_decisions(before, after, relative)]
        apart += [Difference(("", 0), text) for text in nothing_in(after)]
        tables, decided = after["tables"], after["decisions"]
        self.columns += sum(len(table) for table in tables.values())
        self.decisions += len({key[:2] for key in decided})
        self.fields += len(decided)
        self.values += sum(v.size for table in tables.values() for v in table.values()) + sum(
            v.size for v in decided.values()
        )
        if apart:
            self.differing += len(apart)
            self.first[name] = min(apart, key=lambda one: one.order).said


def compare(before: Mapping[str, Kept], after: Mapping[str, Kept], relative: float = 0.0) -> Found:
    """Compare games by name; relative = 0 asks for the same bits. No game at all is a difference too."""
    found = Found()
    for name in sorted({*before, *after}):
        if name in before and name in after:
            found.add(name, before[name], after[name], relative)
        else:
            found.first[name] = f"the game is missing {'here' if name in before else 'there'}"
            found.differing += 1
    if not found.games:
        found.first["(all)"] = "no game was played on both sides: nothing was compared"
        found.differing += 1
    return found


def nothing_in(game: Kept) -> Iterator[str]:
    """What is empty in a game, in words."""
    if not game["tables"]:
        yield "there is no table to compare"
    for name, table in game["tables"].items():
        if not table or not all(values.size for values in table.values()):
            yield f"table {name} is empty: nothing to compare"
    if not game["decisions"]:
        yield "there is no decision to compare"


def missing(before: Kept, after: Kept) -> Iterator[Difference]:
    """Tables, columns and decisions that only one side has, and columns in another order."""
    there, here = before["tables"], after["tables"]
    for name in sorted(set(there) ^ set(here)):
        yield Difference(("", 0), f"table {name} is missing {'here' if name in there else 'there'}")
    for name in sorted(set(there) & set(here)):
        for column in sorted(set(there[name]) ^ set(here[name])):
            side = "here" if column in there[name] else "there"
            yield Difference(("", 1), f"table {name}: column {column} is missing {side}")
        if set(there[name]) == set(here[name]) and list(there[name]) != list(here[name]):
            yield Difference(("", 2), f"table {name}: the columns stand in another order")
    for key in sorted(set(before["decisions"]) ^ set(after["decisions"])):
        side = "here" if key in before["decisions"] else "there"
        yield Difference((key[0], 0), f"{key[0]}: {key[1]}'s decision {key[2]} is missing {side}")


def of_tables(before: Kept, after: Kept, relative: float) -> Iterator[Difference]:
    """The first different row of every column."""
    for name in sorted(set(before["tables"]) & set(after["tables"])):
        there, here = before["tables"][name], after["tables"][name]
        for column in (one for one in here if one in there):
            if (what := unlike(there[column], here[column])) != "":
                yield Difference(("", 3), f"table {name}, column {column}: {what}")
                continue
            off = np.flatnonzero(apart(there[column], here[column], relative, is_rounding(column)))
            if off.size:
                row = min(off, key=lambda r: (here["quarter"][r], r)) if "quarter" in here else off[0]
                quarter = str(here["quarter"][row]) if "quarter" in here else ""
                keys = ", ".join(f"{key} {here[key][row]}" for key in KEYS if key in here)
                how = in_words(there[column][row], here[column][row])
                yield Difference((quarter, 2), f"{quarter}, table {name}, column {column}, {keys}: {how}")


def of_decisions(before: Kept, after: Kept, relative: float) -> Iterator[Difference]:
    """The first different value of every field of every decision."""
    for key in (one for one in after["decisions"] if one in before["decisions"]):
        there, here = before["decisions"][key], after["decisions"][key]
        quarter, party, name = key
        what = unlike(there, here)
        if not what and (off := np.argwhere(apart(there, here, relative, False))).size:
            place = tuple(int(k) for k in off[0])
            what = f"at {list(place)} (world first): {in_words(there[place], here[place])}"
        if what:
            yield Difference((quarter, 1), f"{quarter}, {party}'s decision {name}: {what}")


def unlike(there: np.ndarray, here: np.ndarray) -> str:
    """How two arrays cannot be compared value by value; '' when they can. Text of any length is text."""
    if there.shape != here.shape:
        return f"was of shape {there.shape} and is of {here.shape}"
    if there.dtype != here.dtype and {there.dtype.kind, here.dtype.kind} != {"U"}:
        return f"was {there.dtype} and is {here.dtype}"
    return ""


def apart(there: np.ndarray, here: np.ndarray, relative: float, rounding: bool) -> np.ndarray:
    """Which values differ: in their bytes, or by more than a tolerance. NaN equals NaN, whatever its bits."""
    if here.dtype.kind != "f":
        return np.asarray(there != here)
    broken = np.isnan(there) & np.isnan(here)
    if not relative:
        return np.asarray((_bytes(there) != _bytes(here)).any(axis=-1).reshape(here.shape) & ~broken)
    with np.errstate(invalid="ignore"):
        size = np.maximum(np.abs(there), np.abs(here))
        largest = np.max(size, initial=0.0, where=np.isfinite(size))
        allowed = ABSOLUTE if rounding else relative * size + LEFT_OVER * largest
        near = (there == here) | (np.isfinite(there) & np.isfinite(here) & (np.abs(here - there) <= allowed))
    return np.asarray(~near & ~broken)


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values).reshape(-1, 1).view(np.uint8)


def is_rounding(column: str) -> bool:
    """Is a column a measure of rounding?"""
    return any(fnmatch(column, pattern) for pattern in ROUNDING)


def in_words(there: Any, here: Any) -> str:
    """Both values, and how far they are apart."""
    if not isinstance(here, np.floating):
        return f"was {there} and is {here}"
    size = max(abs(float(there)), abs(float(here)))
    off = abs(float(here) - float(there)) / size if size else 0.0
    return f"was {float(there)!r} and is {float(here)!r}, {off:.1e} relative"
