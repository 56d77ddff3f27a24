"""Docking: results known from theory, put to the functions that the simulation runs on, in four worlds at once.

Three worlds are equal and have to stay so bit for bit; the fourth is another market, which must come out as it does
when it is played alone. `DOCKING_CASES` names another file of cases of the same form.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.docking.adapters import ADAPTERS, OUT_OF_ISSUE, SCOPED_OUT, Worlds
from tests.docking.compare_cases import check, disagreements, load, numeric_keys
from tests.docking.twins import PERTURBED, docked

FILE = Path(os.environ.get("DOCKING_CASES") or Path(__file__).parent / "docking" / "cases_public.json")
CASES = load(FILE)


@pytest.mark.theory
@pytest.mark.usefixtures("road")
@pytest.mark.parametrize("name", [name for name in CASES if name in ADAPTERS])
def test_case(name: str, record_property: Callable[[str, object], None]) -> None:
    record_property("docking-cases-in-file", len(CASES))
    compared, keys = docked(CASES[name])
    record_property("docking", (name, compared, keys))


def test_every_case_is_compared_or_out_for_a_reason() -> None:
    assert set(CASES) <= set(ADAPTERS) | set(OUT_OF_ISSUE)
    assert not set(ADAPTERS) & set(OUT_OF_ISSUE)
    assert set(PERTURBED) == set(ADAPTERS)
    assert all(OUT_OF_ISSUE.values())


def test_only_keys_that_are_not_answered_are_scoped_out() -> None:
    assert all(all(keys.values()) for keys in SCOPED_OUT.values())
    asked = {name: ADAPTERS[name](Worlds(CASES[name], [CASES[name]["inputs"]])) for name in SCOPED_OUT if name in CASES}
    assert {name: set(got) & set(SCOPED_OUT[name]) for name, got in asked.items()} == {name: set() for name in asked}


# --- the comparator ---------------------------------------------------------------------------------------------------


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all numbers and flags."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for key, one in inner for leaf in leaves(one, (*path, key))]
    return [] if isinstance(value, str) else [path]


def changed(expected: Any, path: tuple[Any, ...], change: Callable[[Any], Any] | None) -> Any:
    """A copy with one number changed, or taken out."""
    copy = json.loads(json.dumps(expected))
    holder = copy
    for step in path[:-1]:
        holder = holder[step]
    if change is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = change(holder[path[-1]])
    return copy


@pytest.mark.parametrize("name", CASES)
def test_comparator_accepts_the_case_itself_and_no_single_wrong_number(name: str) -> None:
    case = CASES[name]
    expected, keys = case["expected"], numeric_keys(case)
    assert check(case, expected) == (len(keys), len(keys))
    assert check(case, {}, keys) == (0, len(keys))
    assert disagreements(case, {})

    def off(value: Any) -> Any:
        return not value if isinstance(value, bool) else value + 2.0 * case["tolerance"] * max(1.0, abs(value))

    for path in leaves(expected):
        assert disagreements(case, changed(expected, path, None)), f"{path}: passes when missing"
        assert disagreements(case, changed(expected, path, off), keys), f"{path}: passes when wrong"
        assert disagreements(case, changed(expected, path, lambda _: float("nan")), keys), f"{path}: passes as NaN"


def test_comparator_tolerances_by_hand() -> None:
    def agrees(kind: str, expected: Any, got: Any) -> bool:
        case = {"id": "X", "tolerance": 0.01, "tolerance_kind": kind, "expected": {"a": {"b": expected}}}
        return not disagreements(case, {"a": {"b": got}, "more": "is not looked at"})

    assert agrees("abs", 0.5, 0.509) and not agrees("abs", 0.5, 0.511)
    assert agrees("abs", 200.0, 201.9) and not agrees("abs", 200.0, 202.1)
    assert agrees("rel", 0.5, 0.5049) and not agrees("rel", 0.5, 0.506)
    assert agrees("interval", [1.0, 2.0], 1.5) and not agrees("interval", [1.0, 2.0], 2.5)
    assert agrees("interval", [1.0, 2.0], [1.005, 2.0]) and not agrees("abs", [1.0, 2.0], 1.5)
    assert agrees("abs", True, np.bool_(True)) and not agrees("abs", True, 1) and not agrees("abs", 1.0, True)
    assert agrees("abs", [1.0, 2.0], np.array([1.0, 2.0])) and not agrees("abs", [1.0, 2.0], [1.0])
    assert not agrees("abs", 1.0, "1.0") and not agrees("abs", 1.0, None)


def test_comparator_scopes_out_by_dotted_path() -> None:
    case = {"id": "X", "tolerance": 0.01, "tolerance_kind": "abs", "expected": {"a": {"b": 1.0, "c": 2.0}, "text": "-"}}
    assert check(case, {"a": {"b": 1.0}}, {"a.c"}) == (1, 1)
    assert disagreements(case, {"a": {"b": 1.0}}) == ["a.c: missing"]
    with pytest.raises(AssertionError, match=r"X: a\.b: got 3\.0"):
        check(case, {"a": {"b": 3.0}}, {"a.c", "a.b"})
