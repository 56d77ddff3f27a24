"""Docking: results known from theory, put to the functions that the simulation runs on, in four worlds at once.

Three worlds are equal and have to stay so bit for bit; the fourth is another market, which must come out as it does
when it is played alone. `DOCKING_CASES` names another file of cases of the same form.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.docking import adapters_market, adapters_prices, adapters_theory  # noqa: F401 (register their adapters)
from tests.docking.adapters import ADAPTERS, OUT_OF_ISSUE, SCOPED_OUT, Worlds
from tests.docking.compare_cases import check, disagreements, load, numeric_keys

FILE = Path(os.environ.get("DOCKING_CASES") or Path(__file__).parent / "docking" / "cases_public.json")
CASES = load(FILE)
EQUAL_WORLDS = 3

PERTURBED: dict[str, tuple[dict[str, float], str]] = {
    "P01": ({"price": 0.1}, "shares"),
    "P02": ({"delta": 0.1, "dissimilarity_lambda": -0.05}, "shares"),
    "P03": ({"V": 0.2}, "aggregate_shares"),
    "P04": ({"V_before": 0.1, "buyers": 0.5}, "cv_total"),
    "P05": ({"c": 0.1}, "p_nash"),
    "P06": ({"c": 0.05}, "prices"),
    "P07": ({"prices": 0.01}, "post_prices"),
    "P08": ({"V": 0.1, "demand": 0.3, "capacity": 0.05}, "outside_quantity"),
    "P09": ({"V": 0.1, "demand": 0.3, "capacity": 0.05}, "allocation"),
    "P10": ({"delta": 0.1, "capacity": -0.1}, "clearing_price"),
    "P11": ({"new_commitments_per_quarter": 0.5}, "steady_committed"),
    "P12": ({"use": 0.1}, "effective_unit_price"),
    "P13": ({"progress_ratio": -0.05}, "unit_cost"),
    "P14": ({"annual_improvement": 0.2}, "smooth"),
    "P15": ({"V": 0.3, "switching_cost_utils": -0.2}, "stationary"),
    "P16": ({"V": 0.2, "switching_cost": -0.1}, "LI"),
    "P17": ({"initial_balls": 0.5}, "superlinear_n100"),
    "P18": ({"R_type": 0.3}, ""),
    "P19": ({"p": 0.2, "q": -0.1}, "peak_time"),
    "P20": ({"p_annual": 0.2, "q_annual": -0.1}, "cumulative_at_quarters"),
    "P21": ({"a": 0.1}, "wholesale"),
    "P22": ({"delta": 0.1}, "wholesale"),
    "P23": ({"bids": 0.05}, "price"),
    "P24": ({"bids": 0.05}, "buyer_surplus"),
    "P25": ({"alpha": -0.1}, "spectral_radius"),
    "P26": ({"alpha": 0.1, "target": 0.2}, ""),
    "P27": ({"sd": 0.1, "underage": 0.2}, "K_star"),
    "P28": ({"shares": 0.1}, "hhi_pre"),
    "P29": ({"hazard_per_quarter": 0.1}, "mean_wait"),
    "P31": ({"sd_each": 0.3}, "sd_difference"),
    "P34": ({"cases": 0.01}, "roots"),
    "P30": ({"capex": 0.1, "revenue_per_quarter": 0.2}, "operating_income"),
}
"""How the odd world's inputs differ (relative, more so down a list); an answer that must differ ('': any of them)."""


def tilt(value: Any, rate: float, position: int = 1) -> Any:
    """Numbers raised by rate x their place in the list, so that a list changes its proportions too."""
    if isinstance(value, Mapping):
        return {key: tilt(inner, rate * place) for place, (key, inner) in enumerate(value.items(), 1)}
    if isinstance(value, list):
        return [tilt(inner, rate, place) for place, inner in enumerate(value, 1)]
    return value * (1.0 + rate * position)


def odd(inputs: Mapping[str, Any], rates: Mapping[str, float]) -> dict[str, Any]:
    """The inputs of the world that differs."""
    return {key: tilt(value, rates[key]) if key in rates else value for key, value in inputs.items()}


def of_world(answer: Any, world: int) -> Any:
    """One world's part of an answer."""
    if isinstance(answer, Mapping):
        return {key: of_world(value, world) for key, value in answer.items()}
    return answer[world]


def bits(answer: Any) -> Any:
    """An answer in a form that compares bit for bit."""
    if isinstance(answer, Mapping):
        return {key: bits(value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [bits(value) for value in answer]
    return np.asarray(answer, dtype=float).tobytes()


@pytest.mark.theory
@pytest.mark.usefixtures("road")
@pytest.mark.parametrize("name", [name for name in CASES if name in ADAPTERS])
def test_case(name: str, record_property: Callable[[str, object], None]) -> None:
    record_property("docking-cases-in-file", len(CASES))
    case, (rates, moved) = CASES[name], PERTURBED[name]
    other = odd(case["inputs"], rates)

    def answer(*worlds: Mapping[str, Any]) -> dict[str, Any]:
        return ADAPTERS[name](Worlds(case, worlds))

    got = answer(*[case["inputs"]] * EQUAL_WORLDS, other)
    first, last = of_world(got, 0), of_world(got, EQUAL_WORLDS)
    for world in range(1, EQUAL_WORLDS):
        assert bits(of_world(got, world)) == bits(first), f"world {world} differs from its twin"
    assert bits(of_world(answer(case["inputs"]), 0)) == bits(first), "a world played alone differs from the batch"
    assert bits(of_world(answer(other), 0)) == bits(last), "the odd world played alone differs from the batch"
    assert bits(first[moved] if moved else first) != bits(last[moved] if moved else last), "the odd world is not odd"

    compared, keys = check(case, first, SCOPED_OUT.get(name, {}))
    record_property("docking", (name, compared, keys))


def test_every_case_is_compared_or_out_for_a_reason() -> None:
    assert set(CASES) <= set(ADAPTERS) | set(OUT_OF_ISSUE)
    assert not set(ADAPTERS) & set(OUT_OF_ISSUE)
    assert set(PERTURBED) == set(ADAPTERS)
    assert all(OUT_OF_ISSUE.values())


def test_only_keys_that_are_not_answered_are_scoped_out() -> None:
    for name, keys in SCOPED_OUT.items():
        if name in CASES:
            assert all(keys.values())
            got = ADAPTERS[name](Worlds(CASES[name], [CASES[name]["inputs"]]))
            assert not set(got) & set(keys)


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
