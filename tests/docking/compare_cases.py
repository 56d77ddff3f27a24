"""Does an answer agree with a docking case? Every number of `expected` has to be there and to be close enough.

A case carries its tolerance: `abs` allows tolerance x max(1, |expected|), `rel` allows tolerance x |expected|, and
`interval` is `abs`, except that a pair [low, high] also accepts one number between the two. True/false flags must be
equal. Text in `expected` says nothing that can be compared, and what an answer holds beyond it is not looked at.

An absent key is a disagreement, unless it is scoped out by its name ("flag") or dotted path ("radius.alpha=0.1").
Scoping out excuses absence only: a number that is given has to be right.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

Case = Mapping[str, Any]
SMALLEST_SCALE = 1e-12


def load(path: Path) -> dict[str, Case]:
    """The cases of a file, by id."""
    return {case["id"]: case for case in json.loads(path.read_text(encoding="utf-8"))["cases"]}


def numeric(value: Any) -> bool:
    """Does a value hold a number or a flag, at any depth?"""
    if isinstance(value, Mapping):
        return any(numeric(inner) for inner in value.values())
    return any(numeric(inner) for inner in value) if isinstance(value, list) else isinstance(value, int | float)


def numeric_keys(case: Case) -> tuple[str, ...]:
    """The top-level keys of a case that can be compared."""
    return tuple(key for key, value in case["expected"].items() if numeric(value))


def disagreements(case: Case, got: Mapping[str, Any], scoped_out: Collection[str] = ()) -> list[str]:
    """What is missing in an answer or wrong with it, one sentence each; empty when it agrees."""
    return list(_mapping(case, "", case["expected"], got, scoped_out))


def check(case: Case, got: Mapping[str, Any], scoped_out: Collection[str] = ()) -> tuple[int, int]:
    """Hold an answer against a case: (numeric keys compared, numeric keys), or an AssertionError with every problem."""
    problems = disagreements(case, got, scoped_out)
    assert not problems, "\n".join(f"{case['id']}: {problem}" for problem in problems)
    keys = numeric_keys(case)
    return len([key for key in keys if key in got]), len(keys)


def _mapping(
    case: Case, path: str, expected: Mapping[str, Any], got: Any, scoped_out: Collection[str]
) -> Iterator[str]:
    if not isinstance(got, Mapping):
        yield f"{path}: got {got!r} where keys {', '.join(expected)} are expected"
        return
    for key, value in expected.items():
        inner = f"{path}.{key}" if path else key
        if not numeric(value):
            continue
        if key in got:
            yield from _value(case, inner, value, got[key], scoped_out)
        elif inner not in scoped_out:
            yield f"{inner}: missing"


def _value(case: Case, path: str, expected: Any, got: Any, scoped_out: Collection[str]) -> Iterator[str]:
    got = got.tolist() if isinstance(got, np.ndarray | np.generic) else got
    if isinstance(expected, Mapping):
        yield from _mapping(case, path, expected, got, scoped_out)
    elif isinstance(expected, list):
        yield from _sequence(case, path, expected, got, scoped_out)
    elif isinstance(expected, bool):
        if not (isinstance(got, bool) and got is expected):
            yield f"{path}: got {got!r}, expected {expected}"
    else:
        yield from _number(case, path, expected, got)


def _sequence(case: Case, path: str, expected: list[Any], got: Any, scoped_out: Collection[str]) -> Iterator[str]:
    is_range = case["tolerance_kind"] == "interval" and len(expected) == 2 and all(map(_is_number, expected))
    if is_range and _is_number(got):
        if not expected[0] <= got <= expected[1]:
            yield f"{path}: got {got!r}, expected between {expected[0]} and {expected[1]}"
    elif not isinstance(got, list | tuple) or len(got) != len(expected):
        yield f"{path}: got {got!r}, expected a sequence of {len(expected)}"
    else:
        for position, (one, other) in enumerate(zip(expected, got, strict=True)):
            if numeric(one):
                yield from _value(case, f"{path}[{position}]", one, other, scoped_out)


def _number(case: Case, path: str, expected: float, got: Any) -> Iterator[str]:
    relative = case["tolerance_kind"] == "rel"
    limit = case["tolerance"] * max(abs(expected), SMALLEST_SCALE if relative else 1.0)
    off = abs(got - expected) if _is_number(got) else math.nan
    if not off <= limit:  # so written that NaN is a disagreement
        yield f"{path}: got {got!r}, expected {expected!r} within {limit:.2g}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
