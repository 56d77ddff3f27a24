"""Sums by place, compiled: what `sim.arrays.total_by` does with numpy, with the same bits."""

from __future__ import annotations

import numpy as np

from sim.kernels.compiling import WHOLE, compiled, numbers, positions


@compiled(*numbers(2), *positions(1), WHOLE)
def total_by(amount, place, places):
    """Sum over the items that share a place, item by item in their order: (worlds, places)."""
    total = np.zeros((len(amount), places))
    for r in range(len(amount)):
        for item in range(len(place)):
            total[r, place[item]] += amount[r, item]
    return total
