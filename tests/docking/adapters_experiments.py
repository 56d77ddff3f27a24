"""Docking adapter of what batches are analysed with: variance shares of a function of uniform numbers."""

from __future__ import annotations

import functools
import re

import numpy as np

from experiments.analysis import sensitivity
from experiments.designs import samplers
from experiments.designs.samplers import SOBOL, Asked
from tests.docking.worlds import Answer, Worlds, answers


@answers("P32")
def variance_shares(w: Worlds) -> Answer:
    """The product's own sampler and analysis, on the function that the case writes out."""
    found: list[dict[str, object]] = []
    numbers = int(str(w.plain("x")).rpartition("^")[2])
    for inputs in w.inputs:
        found.append(_shares(inputs["f"], int(inputs["N"]), numbers, w.labels["f"]))
    return {name: np.array([one[name] for one in found]) for name in found[0]}


@functools.cache
def _shares(function: str, groups: int, numbers: int, label: str) -> dict[str, object]:
    """Nothing here is compiled: both roads would only work it out twice."""
    a, b = (float(one) for one in re.findall(r"([0-9.]+) (?:sin\^2 x2|x3\^4)", function))
    shares = samplers.sobol(Asked(SOBOL, groups), numbers, label)
    x = np.pi * (2.0 * shares - 1.0)
    values = np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])
    grouped = values.reshape(-1, numbers + 2, 1)
    layout = sensitivity.Layout(SOBOL, numbers + 2, 2)
    indices, _ = sensitivity.sobol([f"x{k + 1}" for k in range(numbers)], layout, grouped)
    return {
        "variance": float(grouped[:, [0, -1]].var(ddof=1)),
        "S1": [one.first for one in indices],
        "ST": [one.total for one in indices],
    }
