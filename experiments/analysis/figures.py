"""Figures of a batch: fans, paired differences, tornado, response surface, regret, indices, boxes. One style, colours
that colour-blind readers tell apart and that keep their order in grey, one scale where panels are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.analysis import asked, effects, regret, sensitivity
from experiments.analysis.discover import Found
from experiments.analysis.effects import Fan, Surface, Swing
from experiments.analysis.ensemble import MEANINGS, Ensemble, count
from experiments.analysis.regret import Regret
from experiments.analysis.sensitivity import Weighed, Weight
from experiments.designs.samplers import SOBOL
from experiments.stats import Estimate
from experiments.study import design as designs
from experiments.study import figures, panels
from experiments.study.panels import BASE_COLOUR, GREY, INK
from experiments.study.sheet import Sketch, sheet
from experiments.study.svg import STYLE

FIRST, SECOND, WARM = "#0072B2", "#56B4E9", "#D55E00"
"""Of Okabe and Ito's palette: dark, light, and one that stands out; their greys differ."""
SURFACE_MAP = "cividis"
COLUMNS, PANEL = 3, 2.5


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
    return f"{figures.CLOSING}  Names are labels.  Fully Booked: batch {batch.said.get('design', '')}, {runs}{lost}."


def _grid(many: int) -> tuple[Figure, Sequence[Axes]]:
    """Panels in rows of three; those that are not needed are taken away."""
    columns = min(many, COLUMNS)
    rows = -(-many // columns)
    height = 1.7 + PANEL * rows
    figure, grid = sheet(
        11.5, height, rows, columns, top=1.0 - 1.0 / height, bottom=0.7 / height, hspace=0.55, wspace=0.28
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
    return figure, f"{outcome}, {unit}", bands


def _band(axes: Axes, one: Fan, factor: float, colour: str) -> None:
    quarters = np.arange(1, len(one.mean) + 1)
    axes.fill_between(quarters, factor * one.p5, factor * one.p95, color=colour, alpha=0.16, linewidth=0)
    if one.low is not None and one.high is not None:
        axes.fill_between(quarters, factor * one.low, factor * one.high, color=colour, alpha=0.4, linewidth=0)
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
    return figure, f"{outcome}: what each option has more than {first}, {points}", caption


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
    axes.set_title("Dark: low end of the range, light: high end; line: 95 % interval over worlds", fontsize=9.5)
    return (
        figure,
        f"What goes with the ends of each range: {outcome}",
        (
            "Mean over the points at one end of a number's range (its lowest or highest value, or third of it), less "
            "the mean of all points, world by world. The other numbers vary along."
        ),
    )


def _end(axes: Axes, height: int, end: Estimate, look: tuple[str, str], factor: float) -> None:
    """A bar with its interval, and what the end is beyond it."""
    said, colour = look
    value, edges = factor * end.mean, [factor * edge for edge in end.ends]
    axes.barh(height, value, color=colour, height=0.62)
    axes.plot(edges, [height] * 2, color=INK, linewidth=1.4)
    side = 1 if value >= 0 else -1
    far, aligned = side * max(side * edge for edge in edges), "left" if side > 0 else "right"
    axes.annotate(
        said, (far, height), xytext=(5 * side, 0), textcoords="offset points", va="center", ha=aligned, fontsize=8.5
    )


def surface(batch: Ensemble, found: Surface, asked_for: tuple[str, int]) -> Sketch:
    """The outcome over two numbers: a smooth surface, and the points that it was laid through."""
    outcome, quarter = asked_for
    factor, unit = asked.scaled(outcome)
    figure, (axes,) = sheet(9.0, 6.4, 1, 1, left=0.11, right=0.9, top=0.86, bottom=0.14)
    levels = effects.steps(factor * found.fitted)
    filled = axes.contourf(found.x, found.y, factor * found.fitted, levels=levels, cmap=SURFACE_MAP)
    lines = axes.contour(found.x, found.y, factor * found.fitted, levels=levels, colors="white", linewidths=0.8)
    axes.clabel(lines, fontsize=8.5, colors="white")
    axes.scatter(found.at_x, found.at_y, s=9, color="white", edgecolors=INK, linewidths=0.5)
    axes.set(xlabel=found.x_name, ylabel=found.y_name)
    bar = figure.colorbar(filled, ax=axes)
    bar.set_label(f"{outcome}, {unit}")
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
        dark = column < 3 and shade[row, column] > 0.6
        axes.text(column, row, asked.figure(value), ha="center", va="center", color="white" if dark else INK)
    axes.set_xticks(range(len(heads)), heads)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(rows)), [one.name for one in rows])
    axes.tick_params(length=0)
    criterion = f" Criterion: {found.condition.said}." if found.condition else ""
    title = f"Regret: {found.outcome} in {dated}, wanted {found.want}"
    return figure, title, f"Options of {found.options.dimension}; {found.states} states on shared draws.{criterion}"


def indices(batch: Ensemble, found: Weighed) -> Sketch:
    """Sobol: first and total index of each number. Morris: effect against spread."""
    return _sobol(batch, found) if found.method == SOBOL else _morris(batch, found)


def _sobol(batch: Ensemble, found: Weighed) -> Sketch:
    rows = [found.indices[k] for k in sensitivity.order(found)]
    height = 2.2 + 0.5 * len(rows)
    figure, (axes,) = sheet(10.5, height, 1, 1, left=0.34, top=1.0 - 0.8 / height, bottom=0.75 / height)
    for place, one in enumerate(rows):
        bars = ((0.19, one.total, one.total_half, SECOND, "total"), (-0.19, one.first, one.first_half, FIRST, "alone"))
        for shift, value, half, colour, said in bars:
            label = said if not place else None
            axes.barh(-place + shift, value, height=0.36, color=colour, label=label)
            axes.plot([value - half, value + half], [-place + shift] * 2, color=INK, linewidth=1.3)
    if found.variance is not None:
        axes.axvline(found.variance.of_means, color=GREY, linestyle=":", linewidth=1.4, label="mere chance")
    axes.axvline(0.0, color=BASE_COLOUR, linewidth=1.0)
    axes.set_yticks([-place for place in range(len(rows))], [one.name for one in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("share of the variance between points (means over worlds)")
    axes.legend(loc="lower right", frameon=False, fontsize=9)
    return (
        figure,
        " ".join(filter(None, ("What weighs:", found.outcome, batch.dated(found.quarter), found.setting))),
        (
            "Dark: what a number does alone; light: with all that it does together with others; line: 95 % interval; "
            "dotted: share of that variance that is chance."
        ),
    )


def _morris(batch: Ensemble, found: Weighed) -> Sketch:
    factor, unit = asked.scaled(found.outcome)
    points = "percentage points" if unit == "%" else unit
    figure, (axes,) = sheet(9.5, 6.0, 1, 1, left=0.1, right=0.96, top=0.9, bottom=0.14)
    rows = [found.indices[k] for k in sensitivity.order(found)]
    reach = factor * max(one.mu_star + one.mu_star_half for one in rows) or 1.0
    for place, one in enumerate(sorted(rows, key=lambda one: one.sigma)):
        _dot(axes, one, factor, place % 2 == 0)
    axes.plot([0.0, reach], [0.0, reach], color=GREY, linestyle=":", linewidth=1.0)
    axes.set_xlim(left=0.0)
    axes.set_ylim(bottom=0.0)
    axes.set(
        xlabel=f"mean size of the effect of the whole range, {points}", ylabel=f"standard deviation of it, {points}"
    )
    axes.grid(color="#e6e6e6", linewidth=0.7)
    return (
        figure,
        " ".join(filter(None, ("What weighs:", found.outcome, batch.dated(found.quarter), found.setting))),
        (
            "To the right: matters. Above the dotted line: what it does hangs on the others, or bends. Hollow grey: "
            "more than half of it is chance. Line: 95 % interval of the mean size."
        ),
    )


def _dot(axes: Axes, one: Weight, factor: float, below: bool) -> None:
    """Where a number stands: hollow and grey when most of it is chance. below: its name, so that neighbours part."""
    x, y, half = (factor * value for value in (one.mu_star, one.sigma, one.mu_star_half))
    mostly_chance = one.chance > 0.5
    colour = GREY if mostly_chance else FIRST
    axes.plot([x - half, x + half], [y, y], color=colour, linewidth=1.2)
    axes.plot([x], [y], "o", color=colour, markerfacecolor="white" if mostly_chance else colour, markersize=7)
    axes.annotate(
        one.name,
        (x, y),
        xytext=(6, -12 if below else 5),
        textcoords="offset points",
        fontsize=8.5,
        color=panels.readable(colour),
    )


def box(found: Found, number: int, dated: str) -> Sketch:
    """A box's path, and its cases over the two dimensions that it restricts most surely."""
    chosen = found.boxes[number - 1]
    figure, (left, right) = sheet(11.5, 5.2, 1, 2, top=0.83, bottom=0.16, wspace=0.3)
    coverage, density = ([getattr(one, name) for one in chosen.path] for name in ("coverage", "density"))
    left.plot(100.0 * np.array(coverage), 100.0 * np.array(density), "o-", color=SECOND, markersize=4, linewidth=1.0)
    left.plot([100.0 * chosen.step.coverage], [100.0 * chosen.step.density], "o", color=WARM, markersize=9)
    left.set(
        xlabel="coverage: % of runs where it holds that are inside", ylabel="density: % of runs inside where it holds"
    )
    left.set_title("From the whole (right) inwards; large: the box that was chosen", fontsize=9.5)
    left.grid(color="#e6e6e6", linewidth=0.7)
    _cases(right, found, number)
    title = f"Where it holds: {found.condition.said}, {dated}"
    return figure, title, f"Box {number}. The condition holds in {asked.percent(found.rate)} of all runs."


def _cases(axes: Axes, found: Found, number: int) -> None:
    """Runs with the same two numbers, by the share of them in which the condition holds, and the box around them."""
    chosen, space = found.boxes[number - 1], found.space
    sure = sorted((k for k in chosen.chances if k < len(space.names)), key=lambda k: chosen.chances[k])
    shown = [*sure, *(k for k in range(len(space.names)) if k not in sure)][:2]
    if len(shown) < 2:
        axes.axis("off")
        return
    at, place = np.unique(space.numbers[:, shown], axis=0, return_inverse=True)
    share = np.bincount(place.ravel(), found.interest) / np.bincount(place.ravel())
    drawn = axes.scatter(at[:, 0], at[:, 1], c=100.0 * share, cmap=SURFACE_MAP + "_r", s=22, vmin=0.0, vmax=100.0)
    axes.figure.colorbar(drawn, ax=axes, label="% of the runs there in which it holds")
    limits = chosen.step.limits
    (x0, x1), (y0, y1) = ((limits.low[k], limits.high[k]) for k in shown)
    axes.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color=WARM, linewidth=2.0)
    axes.set(xlabel=space.names[shown[0]], ylabel=space.names[shown[1]])
    axes.set_title("Points that were played, and the box", fontsize=9.5)
