"""A case in four worlds at once: three are equal and have to stay so bit for bit; the fourth is another market.

The other market is the case with some numbers moved, as far as it takes for the answer to differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.docking.adapters import ADAPTERS, SCOPED_OUT, Worlds
from tests.docking.compare_cases import Case, check

EQUAL_WORLDS = 3
FARTHEST_PLACE = 5
"""Of a list: numbers further down are moved no more than this one, so that none changes its sign."""
STRETCHES = (1.0, 1.7, 2.9)
"""How far a twin is moved before it is taken for a copy."""

PERTURBED: dict[str, dict[str, float]] = {
    "P01": {"price": 0.1},
    "P02": {"delta": 0.1, "dissimilarity_lambda": -0.05},
    "P03": {"V": 0.2},
    "P04": {"V_before": 0.1, "buyers": 0.5},
    "P05": {"c": 0.1},
    "P06": {"c": 0.05},
    "P07": {"prices": 0.01},
    "P08": {"V": 0.1, "demand": 0.3, "capacity": 0.05},
    "P09": {"V": 0.1, "demand": 0.3, "capacity": 0.05},
    "P10": {"delta": 0.1, "capacity": -0.1},
    "P11": {"new_commitments_per_quarter": 0.5},
    "P12": {"use": 0.1},
    "P13": {"progress_ratio": -0.05},
    "P14": {"annual_improvement": 0.2},
    "P15": {"V": 0.3, "switching_cost_utils": -0.2},
    "P16": {"V": 0.2, "switching_cost": -0.1},
    "P17": {"initial_balls": 0.5},
    "P18": {"R_type": 0.3},
    "P19": {"p": 0.2, "q": -0.1},
    "P20": {"p_annual": 0.2, "q_annual": -0.1},
    "P21": {"a": 0.1},
    "P22": {"delta": 0.1},
    "P23": {"bids": 0.05},
    "P24": {"bids": 0.05},
    "P25": {"alpha": -0.1},
    "P26": {"alpha": 0.1, "target": 0.2},
    "P27": {"sd": 0.1, "underage": 0.2},
    "P28": {"shares": 0.1},
    "P29": {"hazard_per_quarter": 0.1},
    "P31": {"sd_each": 0.3},
    "P32": {"N": 1.0},
    "P34": {"cases": 0.01},
    "P30": {"capex": 0.1, "revenue_per_quarter": 0.2},
}
"""How the other world's inputs differ (relative, more so down a list; a number of 0 by as much)."""


def tilt(value: Any, rate: float, place: int = 1) -> Any:
    """Numbers raised by rate x their place in the list, so that a list changes its proportions too."""
    if isinstance(value, Mapping):
        return {key: tilt(inner, rate * number) for number, (key, inner) in enumerate(value.items(), 1)}
    if isinstance(value, list):
        return [tilt(inner, rate, number) for number, inner in enumerate(value, 1)]
    step = rate * min(place, FARTHEST_PLACE)
    return value * (1.0 + step) if value else abs(step)


def other(inputs: Mapping[str, Any], rates: Mapping[str, float], stretch: float = 1.0) -> dict[str, Any]:
    """The inputs of the world that differs."""
    return {key: tilt(value, stretch * rates[key]) if key in rates else value for key, value in inputs.items()}


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


def docked(case: Case) -> tuple[int, int]:
    """Put a case to its adapter, in equal worlds and with a twin that differs: (numeric keys compared, numeric
    keys)."""
    name, inputs = case["id"], case["inputs"]

    def answer(*worlds: Mapping[str, Any]) -> dict[str, Any]:
        return ADAPTERS[name](Worlds(case, worlds))

    alone = answer(inputs)
    twins = [other(inputs, PERTURBED[name], stretch) for stretch in STRETCHES]
    assert all(twin[key] != inputs[key] for twin in twins for key in PERTURBED[name] if key in inputs)
    twin = next((one for one in twins if bits(answer(one)) != bits(alone)), None)
    assert twin is not None, "no twin world differs: the answer does not depend on its inputs"
    got = answer(*[inputs] * EQUAL_WORLDS, twin)
    first, last = of_world(got, 0), of_world(got, EQUAL_WORLDS)
    for world in range(1, EQUAL_WORLDS):
        assert bits(of_world(got, world)) == bits(first), f"world {world} differs from its twin"
    assert bits(of_world(alone, 0)) == bits(first), "a world played alone differs from the batch"
    assert bits(of_world(answer(twin), 0)) == bits(last), "the twin that differs, played alone, differs from the batch"
    assert bits(first) != bits(last)
    return check(case, first, SCOPED_OUT.get(name, {}))
