"""Parts that figures are made of: fans, forests, bars, labels at line ends. They draw on axes that figures.py gives
them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np

from experiments.stats import BAND, Estimate, brackets, finite_worlds, number
from experiments.study.result import Result
from sim.arrays import Array

INK, GREY, BASE_COLOUR = "#222222", "#666666", "#444444"
COLOURS = {  # Okabe and Ito's palette, told apart by colour-blind readers too
    frozenset({"lock-in"}): ("#0072B2", "-"),
    frozenset({"antitrust"}): ("#D55E00", "-"),
    frozenset({"edge"}): ("#009E73", "-"),
    frozenset({"lock-in", "antitrust"}): ("#CC79A7", "--"),
    frozenset({"lock-in", "edge"}): ("#56B4E9", "--"),
    frozenset({"antitrust", "edge"}): ("#E69F00", "--"),
    frozenset({"lock-in", "antitrust", "edge"}): ("#000000", ":"),
}


@dataclass(frozen=True)
class Row:
    """A line of a forest or bar chart."""

    group: str
    label: str
    value: Estimate
    colour: str
    hollow: bool = False
    chance: Estimate | None = None


BESIDE_COLOUR = "#6A3D9A"
"""Of changes beside the factors."""
NAME = 13
"""Letters in a line of a group's name."""
READABLE = 4.5
"""Contrast of text with its ground, after WCAG 2, level AA."""


def colour_of(factors: Sequence[str]) -> tuple[str, str]:
    """Colour and dash of a set of factors, or of a change beside them."""
    return COLOURS.get(frozenset(factors), (BESIDE_COLOUR, "-"))


def contrast_with(colour: str, ground: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2)."""
    lights = sorted(_light(one) for one in (colour, ground))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _light(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255.0 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def readable(colour: str, ground: str = "#f6f6f3") -> str:
    """The colour, made darker until words in it can be read on the ground."""
    while contrast_with(colour, ground) < READABLE:
        colour = "#" + "".join(f"{int(0.95 * int(colour[k : k + 2], 16)):02x}" for k in (1, 3, 5))
    return colour


def middle(values: Array) -> Array:
    """Mean over the worlds that have figures, (quarters,): the same middle as in every table."""
    whole = values[finite_worlds(values)]
    return whole.mean(axis=0) if len(whole) else np.full(values.shape[1], np.nan)


def fan(axes: Any, values: Array, colour: str, label: str, band: bool = True) -> None:
    """Mean over worlds and the band that holds 90 % of them; values (worlds, quarters)."""
    quarters = np.arange(1, values.shape[1] + 1)
    whole = values[finite_worlds(values)]
    if band and len(whole) > 1:
        low, high = np.quantile(whole, BAND, axis=0)
        axes.fill_between(quarters, low, high, color=colour, alpha=0.15, linewidth=0)
    line = middle(values)
    axes.plot(quarters, line, color=colour, linewidth=2.2)
    if label and len(whole):
        axes.annotate(
            f"{label}: {line[-1]:.1f} %",
            (quarters[-1], line[-1]),
            xytext=(0, 6),
            textcoords="offset points",
            ha="right",
            va="bottom",
            color=colour,
            fontsize=9,
        )


def quarters(axes: Any, result: Result) -> None:
    """Quarter labels once a year, and the line before which supply cannot answer."""
    dated(axes, result.outcomes.labels, result.size.quarters, result.design.early_horizon)


def dated(axes: Any, labels: Mapping[int, str], last: int, early: int) -> None:
    """The same for quarters with labels, of which the last and the early horizon are given by number."""
    ticks = [quarter for quarter in range(1, last + 1) if labels[quarter].endswith("Q4")] or [1, last]
    axes.set_xticks(ticks, [labels[quarter] for quarter in ticks])
    axes.set_xlim(1, max(last, 2))
    if last > early:
        axes.axvline(early, color=GREY, linestyle=":", linewidth=1.0)
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.7)
    axes.set_axisbelow(True)


def label_ends(axes: Any, ends: Sequence[tuple[float, str, str]], last: int) -> None:
    """Names at the right ends of lines, moved apart so that none hides another."""
    low, high = axes.get_ylim()
    step = (
        (high - low)
        * 0.062
        * (5.0 / axes.figure.get_figheight())
        * (2 if axes.get_subplotspec().get_gridspec().nrows > 1 else 1)
    )
    wanted = sorted(end for end in ends if np.isfinite(end[0]))
    if not wanted:
        return
    heights = _moved_apart([value for value, _, _ in wanted], step, low)
    for height, (value, name, colour) in zip(heights, wanted, strict=True):
        axes.annotate(
            name,
            (last, value),
            xytext=(last + 0.035 * last, height),
            textcoords="data",
            annotation_clip=False,
            va="center",
            color=readable(colour),
            fontsize=9,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6},
        )
    axes.set_ylim(low, high)


def _moved_apart(values: Sequence[float], step: float, low: float) -> list[float]:
    """Rising values a step apart or more, about where they were, none below the foot of the axes."""
    placed: list[float] = []
    for value in values:
        placed.append(max(value, placed[-1] + step) if placed else value)
    shift = min((sum(placed) - sum(values)) / len(placed), placed[0] - low - 0.3 * step)
    return [height - shift for height in placed]


def forest(axes: Any, rows: Sequence[Row], values: bool = True) -> None:
    """Means with 95 % intervals (bar), 90 % of worlds (thin line) and chance only (grey), a row each, top down."""
    heights = _heights(rows)
    for row, height in zip(rows, heights, strict=True):
        one = row.value
        axes.plot([one.p5, one.p95], [height, height], color=row.colour, linewidth=0.9, alpha=0.7)
        axes.plot(
            [one.low, one.high], [height, height], color=row.colour, linewidth=4.5, alpha=0.55, solid_capstyle="butt"
        )
        face = "white" if row.hollow else row.colour
        axes.plot([one.mean], [height], "o", color=row.colour, markerfacecolor=face, markersize=6)
        if row.chance is not None:
            span = [row.chance.low, row.chance.high]
            axes.plot(span, [height - 0.3] * 2, color=GREY, linewidth=3.0, solid_capstyle="butt")
            axes.plot([row.chance.mean], [height - 0.3], "|", color=INK, markersize=6)
    axes.axvline(0.0, color=BASE_COLOUR, linewidth=1.0)
    axes.set_yticks(heights, [row.label for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(min(heights) - 0.8, max(heights) + 0.7)
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.7)
    axes.set_axisbelow(True)
    if values:
        _values(axes, rows, heights)
    _group_names(axes, rows, heights)


def one_scale(grid: Sequence[Any]) -> None:
    """Panels that are compared get the same reach from left to right."""
    limits = [axes.get_xlim() for axes in grid]
    for axes in grid:
        axes.set_xlim(min(low for low, _ in limits), max(high for _, high in limits))


def _heights(rows: Sequence[Row]) -> list[float]:
    heights, now = [], 0.0
    for place, row in enumerate(rows):
        now -= 1.6 if place and row.group != rows[place - 1].group else 1.0
        heights.append(now)
    return heights


def _values(axes: Any, rows: Sequence[Row], heights: Sequence[float]) -> None:
    """The number beside each row: at the right edge of the axes when there is room, else above the dot."""
    grouped = any(row.group or len(rows) <= 4 for row in rows)
    for row, height in zip(rows, heights, strict=True):
        one = row.value
        if grouped:
            text = f"{number(one.mean)}  {brackets(one)}"
            axes.annotate(
                text,
                (1.01, height),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=9,
                color=readable(row.colour),
            )
        else:
            axes.annotate(
                number(one.mean),
                (one.mean, height),
                xytext=(0, 6),
                textcoords="offset points",
                ha="center",
                fontsize=9,
                color=readable(row.colour),
            )


def _group_names(axes: Any, rows: Sequence[Row], heights: Sequence[float]) -> None:
    for group in dict.fromkeys(row.group for row in rows if row.group):
        mine = [height for row, height in zip(rows, heights, strict=True) if row.group == group]
        colour = next(row.colour for row in rows if row.group == group)
        axes.annotate(
            fill(group, NAME),
            (0.012, float(np.mean(mine))),
            xycoords=("figure fraction", "data"),
            va="center",
            ha="left",
            fontweight="bold",
            color=readable(colour),
            annotation_clip=False,
        )


def tornado(
    axes: Any, ends: Sequence[tuple[str, list[tuple[str, Estimate]]]], factors: Sequence[tuple[str, Estimate, str]]
) -> None:
    """Low and high end of each assumption, the widest on top, then the factors for scale."""
    order = sorted(ends, key=lambda one: -max(abs(estimate.mean) for _, estimate in one[1]))
    names, height = [], 0.0
    for title, both in order:
        for (value, one), colour in zip(both, ("#7A7A7A", "#B8B8B8"), strict=True):
            _end(axes, height, one, colour, f"{value}: {number(one.mean)}")
        names.append((height, title))
        height -= 1.0
    height -= 0.4
    for title, one, colour in factors:
        _end(axes, height, one, colour, number(one.mean))
        names.append((height, title))
        height -= 1.0
    axes.axvline(0.0, color=BASE_COLOUR, linewidth=1.0)
    axes.set_yticks([at for at, _ in names], [title for _, title in names])
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.2)


def _end(axes: Any, height: float, one: Estimate, colour: str, text: str) -> None:
    axes.barh(height, one.mean, color=colour, height=0.62)
    axes.plot([one.low, one.high], [height, height], color=INK, linewidth=1.4)
    low, high = one.ends
    side = 1 if one.mean >= 0 else -1
    end = max(high, 0.0) if side > 0 else min(low, 0.0)
    axes.annotate(
        text,
        (end, height),
        xytext=(5 * side, 0),
        textcoords="offset points",
        va="center",
        ha="left" if side > 0 else "right",
        fontsize=9,
    )
