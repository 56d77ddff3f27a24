"""Figures of a batch: fans, paired differences, tornado, response surface, regret. One style, colours that colour-blind
readers tell apart and that keep their order in grey, one scale where panels are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import matplotlib.patheffects as effects_of_lines
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from experiments.analysis import asked, effects, regret
from experiments.analysis.effects import Fan, Surface, Swing
from experiments.analysis.ensemble import MEANINGS, Ensemble, count
from experiments.analysis.regret import Regret
from experiments.stats import Estimate
from experiments.study import design as designs
from experiments.study import figures, panels
from experiments.study.panels import BASE_COLOUR, INK
from experiments.study.sheet import Sketch, sheet
from experiments.study.svg import STYLE

FIRST, SECOND, WARM = "#0072B2", "#56B4E9", "#D55E00"
"""Of Okabe and Ito's palette: dark, light, and one that stands out; their greys differ."""
SURFACE_MAP = "cividis"
COLUMNS, PANEL = 3, 2.5
LIGHT_BAND, DARK_BAND = 0.25, 0.5
"""How much of a colour bands have: light, dark and the line on them are apart in grey too."""


def save(batch: Ensemble, draw: Callable[[], Sketch], about: tuple[str, str], folder: Path, table: pd.DataFrame) -> str:
    """Draw a figure and write it as PNG and SVG, and its data as CSV; gives its title. about: the outcome that it is
    of, and its name."""
    outcome, name = about
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        sketch = draw()
        meaning = f"{outcome}: {MEANINGS[outcome]} " if outcome in MEANINGS else ""
        figures.saved(sketch, f"{sketch[2]} {meaning} {foot(batch)}", name, folder)
    text = table.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return sketch[1]


def foot(batch: Ensemble) -> str:
    """The line at the foot: what it is, of which batch, and what is missing."""
    runs = f"{count(batch.points, 'point')}, {int(batch.played.sum())} runs"
    lost = f", {count(len(batch.lost), 'run')} lost and in no figure" if batch.lost else ""
    return f"{figures.CLOSING}  Names are labels.  Fully Booked: batch {batch.said.design}, {runs}{lost}."


def _grid(many: int) -> tuple[Figure, Sequence[Axes]]:
    """Panels in rows of three; those that are not needed are taken away."""
    columns = min(many, COLUMNS)
    rows = -(-many // columns)
    height = 1.7 + PANEL * rows
    figure, grid = sheet(
        11.5, height, rows, columns, top=1.0 - 1.0 / height, bottom=0.7 / height, hspace=0.55, wspace=0.28, left=0.085
    )
    for axes in grid[many:]:
        axes.remove()
    return figure, list(grid[:many])


def _dated(batch: Ensemble, axes: Axes) -> None:
    labels = batch.records.labels
    panels.dated(axes, labels, max(labels), designs.read().early_horizon)


def _same_height(grid: Sequence[Axes]) -> None:
    """Panels that are compared get the same reach from bottom to top."""
    limits = [axes.get_ylim() for axes in grid]
    for axes in grid:
        axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))


def fans(batch: Ensemble, found: Sequence[Fan], outcome: str) -> Sketch:
    """A fan an option, all on one scale."""
    factor, unit = asked.scaled(outcome)
    figure, grid = _grid(len(found))
    for axes, one in zip(grid, found, strict=True):
        _band(axes, one, factor, FIRST)
        axes.set_title(
            f"{one.name or 'all points'}: {asked.figure(factor * one.mean[-1])} {unit} at the end", fontsize=9.5
        )
        axes.set_ylabel(unit, fontsize=9)
        _dated(batch, axes)
    _same_height(grid)
    bands = "Line: mean of runs; light band: nine runs in ten; panels share their scale."
    if all(one.cases == 1 for one in found):
        bands = "One run a panel, which says nothing of others: no band; panels share their scale."
    return figure, f"{outcome}, {unit}", bands


def _band(axes: Axes, one: Fan, factor: float, colour: str) -> None:
    quarters = np.arange(1, len(one.mean) + 1)
    axes.fill_between(quarters, factor * one.p5, factor * one.p95, color=colour, alpha=LIGHT_BAND, linewidth=0)
    if one.low is not None and one.high is not None:
        axes.fill_between(quarters, factor * one.low, factor * one.high, color=colour, alpha=DARK_BAND, linewidth=0)
    axes.plot(quarters, factor * one.mean, color=colour, linewidth=2.2)


def differences(batch: Ensemble, found: Sequence[Fan], outcome: str, first: str) -> Sketch:
    """What each option has more than the first, on shared draws, all on one scale."""
    factor, unit = asked.scaled(outcome)
    points = "percentage points" if unit == "%" else unit
    figure, grid = _grid(len(found))
    for axes, one in zip(grid, found, strict=True):
        _band(axes, one, factor, WARM)
        axes.axhline(0.0, color=BASE_COLOUR, linewidth=1.0)
        end = asked.figure(factor * one.mean[-1], "+")
        axes.set_title(f"{one.name}: {end} at the end", fontsize=9.5)
        axes.set_ylabel(points, fontsize=9)
        _dated(batch, axes)
    _same_height(grid)
    caption = (
        "Difference state by state on the same draws. Line: mean; dark band: its 95 % interval; light band: nine "
        "states in ten; panels share their scale."
    )
    if all(one.cases == 1 for one in found):
        caption = "Difference in one state on the same draws, which says nothing of others: no interval and no band."
    return figure, f"{outcome}: what each option has more than {first}, {points}", caption


TORNADO_SAYS = (
    "Mean over the points at one end of a number's range (its lowest or highest value, or third of it), less the mean "
    "of all points, world by world. The other numbers vary along."
)


def tornado(batch: Ensemble, found: Sequence[Swing], asked_for: tuple[str, int]) -> Sketch:
    """What the low and the high end of each number go with."""
    outcome, quarter = asked_for
    factor, unit = asked.scaled(outcome)
    points = "percentage points" if unit == "%" else unit
    height = 2.2 + 0.5 * len(found)
    figure, (axes,) = sheet(10.5, height, 1, 1, left=0.34, top=1.0 - 0.8 / height, bottom=0.75 / height, right=0.93)
    for place, one in enumerate(found):
        _end(axes, -place, one.low, (one.low_said, FIRST), factor)
        _end(axes, -place, one.high, (one.high_said, SECOND), factor)
    axes.axvline(0.0, color=BASE_COLOUR, linewidth=1.0)
    axes.set_yticks([-place for place in range(len(found))], [one.name for one in found])
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.25)
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.set_xlabel(f"{outcome}, {batch.dated(quarter)}: less the mean of all points, {points}")
    alone = found and not found[0].low.decides
    line = "one world: no interval" if alone else "line: 95 % interval over worlds"
    axes.set_title(f"Dark: low end of the range, light: high end; {line}", fontsize=9.5)
    return figure, f"What goes with the ends of each range: {outcome}", TORNADO_SAYS


def _end(axes: Axes, height: int, end: Estimate, look: tuple[str, str], factor: float) -> None:
    """A bar with its interval, and what the end is beyond it."""
    said, colour = look
    value, edges = factor * end.mean, [factor * edge for edge in end.ends]
    axes.barh(height, value, color=colour, height=0.62)
    interval(axes, (edges[0], edges[1]), height)
    side = 1 if value >= 0 else -1
    far, aligned = side * max(side * edge for edge in edges), "left" if side > 0 else "right"
    axes.annotate(
        said, (far, height), xytext=(5 * side, 0), textcoords="offset points", va="center", ha=aligned, fontsize=8.5
    )


def interval(axes: Axes, ends: tuple[float, float], height: float) -> None:
    """A line from one end to the other, with a white edge so that it shows on a dark bar too."""
    edge = effects_of_lines.withStroke(linewidth=3.4, foreground="white")
    axes.plot(ends, [height] * 2, color=INK, linewidth=1.4, path_effects=[edge], solid_capstyle="butt")


def surface(batch: Ensemble, found: Surface, asked_for: tuple[str, int]) -> Sketch:
    """The outcome over two numbers: a smooth surface, and the points that it was laid through."""
    outcome, quarter = asked_for
    factor, unit = asked.scaled(outcome)
    figure, (axes,) = sheet(9.0, 6.4, 1, 1, left=0.11, right=0.9, top=0.86, bottom=0.14)
    levels = effects.steps(factor * found.fitted)
    filled = axes.contourf(found.x, found.y, factor * found.fitted, levels=levels, cmap=SURFACE_MAP)
    on = [on_ground(to_hex(mpl.colormaps[SURFACE_MAP](share))) for share in np.linspace(0.0, 1.0, len(levels))]
    lines = axes.contour(found.x, found.y, factor * found.fitted, levels=levels, colors=on, linewidths=0.8)
    written = f"%.{max(1 - int(np.floor(np.log10(levels[1] - levels[0]))), 0)}f"
    axes.clabel(lines, fontsize=8.5, colors=on, fmt=written)
    axes.scatter(found.at_x, found.at_y, s=9, color="white", edgecolors=INK, linewidths=0.5)
    axes.set(xlabel=found.x_name, ylabel=found.y_name)
    figure.colorbar(filled, ax=axes, label=f"{outcome}, {unit}", format=written)
    axes.set_title(
        f"{batch.dated(quarter)}: quadratic surface through the points; it explains "
        f"{asked.percent(found.explained)} of the variance between them",
        fontsize=9.5,
    )
    return (
        figure,
        f"{outcome} over two numbers",
        (
            "Means over worlds; dots: points that were played. What the surface leaves is of the other numbers, of "
            "bends that it has not, and of chance."
        ),
    )


def on_ground(ground: str) -> str:
    """White or black, whichever is read more easily on a colour: one of them always is."""
    return max(("#ffffff", "#000000"), key=lambda one: panels.contrast_with(one, ground))


def regrets(found: Regret, dated: str) -> Sketch:
    """The regret table, darker where more is given up."""
    factor, unit = asked.scaled(found.outcome)
    points = "points" if unit == "%" else unit
    rows = regret.ranked(found)
    heads = [f"mean regret,\n{points}", "90th\npercentile", "largest", "best in\n% of states"]
    cells = np.array([[factor * one.mean, factor * one.p90, factor * one.worst, 100.0 * one.best] for one in rows])
    shade = cells[:, :3] / max(float(cells[:, :3].max()), 1e-12)
    if found.condition:
        heads.append("criterion met\nin % of states")
        cells = np.column_stack([cells, [100.0 * one.met for one in rows]])
    height = 2.3 + 0.5 * len(rows)
    figure, (axes,) = sheet(10.0, height, 1, 1, left=0.3, top=1.0 - 1.3 / height, bottom=0.65 / height, right=0.98)
    colours = np.ones((*cells.shape, 4))
    colours[:, :3] = mpl.colormaps["Blues"](0.75 * shade)
    axes.imshow(colours, aspect="auto")
    for (row, column), value in np.ndenumerate(cells):
        red, green, blue = map(float, colours[row, column, :3])
        words = on_ground(to_hex((red, green, blue)))
        axes.text(column, row, asked.figure(value), ha="center", va="center", color=words)
    axes.set_xticks(range(len(heads)), heads)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(rows)), [one.name for one in rows])
    axes.tick_params(length=0)
    criterion = f" Criterion: {found.condition.said}." if found.condition else ""
    title = f"Regret: {found.outcome} in {dated}, wanted {found.want}"
    return figure, title, f"Options of {found.options.dimension}; {found.states} states on shared draws.{criterion}"
