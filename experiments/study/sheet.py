"""An empty figure with its axes in place, and what a drawn one is made of."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

Sketch = tuple[Figure, str, str]
"""A figure, its title and its caption."""


def sheet(
    width: float, height: float, rows: int, columns: int, top: float = 0.86, **more: float
) -> tuple[Figure, Sequence[Axes]]:
    """A figure of so many inches with a grid of axes, row by row; more: margins and gaps as parts of it."""
    figure = Figure(figsize=(width, height))
    grid = figure.subplots(rows, columns, squeeze=False)
    placed = {"left": 0.07, "right": 0.965, "top": top, "bottom": 0.14, "wspace": 0.25, "hspace": 0.45, **more}
    figure.subplots_adjust(**placed)
    return figure, list(grid.flat)
