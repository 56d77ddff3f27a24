"""Figures of what was found in a batch: what weighs, and boxes of conditions. Style and colours are those of
`figures.py`."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from experiments.analysis import asked, sensitivity
from experiments.analysis.discover import Found
from experiments.analysis.ensemble import Ensemble
from experiments.analysis.figures import FIRST, SECOND, SURFACE_MAP, WARM, interval
from experiments.analysis.sensitivity import Weighed, Weight
from experiments.designs.samplers import SOBOL
from experiments.study import panels
from experiments.study.panels import BASE_COLOUR, GREY, INK
from experiments.study.sheet import Sketch, sheet


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
            interval(axes, (value - half, value + half), -place + shift)
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
    left.plot(
        [100.0 * chosen.step.coverage],
        [100.0 * chosen.step.density],
        "D",
        color=WARM,
        markeredgecolor=INK,
        markersize=9,
    )
    left.set(
        xlabel="coverage: % of runs where it holds that are inside", ylabel="density: % of runs inside where it holds"
    )
    left.set_title("From the whole (right) inwards; diamond: the box that was chosen", fontsize=9.5)
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
    axes.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color="white", linewidth=4.5)
    axes.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color=WARM, linewidth=2.4)
    axes.set(xlabel=space.names[shown[0]], ylabel=space.names[shown[1]])
    axes.set_title("Points that were played, and the box", fontsize=9.5)
