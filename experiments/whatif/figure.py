"""The figure of what-ifs: what each does to Trainium's share quarter by quarter, and under every denominator; a row a
what-if, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from experiments.batch.engine import Size
from experiments.stats import LEVEL, NO_NUMBER, Estimate, estimate, number
from experiments.study import design as designs
from experiments.study import figures, panels
from experiments.study.effects import SHARES, USED
from experiments.study.panels import BASE_COLOUR
from experiments.study.sheet import Sketch, sheet
from experiments.study.svg import STYLE, Drawn
from experiments.whatif.answer import Answer

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#6A3D9A", "#000000")
"""Okabe and Ito's palette, told apart by colour-blind readers too; the row says which is which."""
ROW, MARGINS = 2.5, 1.55
"""Inches of a row, and of title and foot together."""
NAME = "whatif"


def draw(answers: Sequence[Answer], folder: Path) -> Drawn:
    """Draw the what-ifs into a folder, as PNG and SVG."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        return figures.saved(sketch(answers), foot(answers[0].size), NAME, folder)


def foot(size: Size) -> str:
    """The line at the foot."""
    fixed = "" if size.draw else ", parameters at their defaults"
    played = f"{size.worlds} paired worlds, {size.quarters} quarters, seed {size.seed}{fixed}"
    return f"{figures.CLOSING}  Fully Booked: {played}."


def sketch(answers: Sequence[Answer]) -> Sketch:
    """The figure, its title and its caption."""
    height = MARGINS + ROW * len(answers)
    figure, grid = sheet(
        11.5,
        height,
        len(answers),
        2,
        top=1.0 - 0.95 / height,
        bottom=0.75 / height,
        left=0.07,
        right=0.83,
        wspace=0.62,
        hspace=0.55,
    )
    left, right = grid[::2], grid[1::2]
    for answer, colour, path, shares in zip(answers, COLOURS, left, right, strict=False):
        _path(path, answer, colour, len(answers) > 1)
        _shares(shares, answer, colour)
    _same_reach(left)
    panels.one_scale(right)
    right[-1].set_xlabel("percentage points of each whole")
    first = answers[0]
    return figure, _title(answers), _caption(first)


def _title(answers: Sequence[Answer]) -> str:
    base = answers[0].question.base.name
    asked = answers[0].question.shown(42) if len(answers) == 1 else f"{len(answers)} what-ifs"
    return f"What if? {asked}, against {base}: Trainium's share of AI compute"


def _caption(answer: Answer) -> str:
    return (
        "Left: change of Trainium's share of H100e in use, percentage points, by quarter; line: mean of worlds; dark "
        "band: its 95 % paired interval; light band: nine worlds in ten. Right: the change in "
        f"{answer.labels[answer.last]} under five denominators, with its interval (bar) and nine worlds in ten (thin "
        "line). Rows share their scales. To the left of the dotted line supply has not yet been able to answer."
    )


def _path(axes: Any, answer: Answer, colour: str, named: bool) -> None:
    """The effect by quarter, with both bands. named: does the row say which what-if it is?"""
    change = answer.difference(USED)
    found = [estimate(change[:, place], LEVEL) for place in range(change.shape[1])]
    quarters = np.arange(1, len(found) + 1)
    for low, high, alpha in (("p5", "p95", 0.14), ("low", "high", 0.35)):
        ends = [[getattr(one, end) for one in found] for end in (low, high)]
        axes.fill_between(quarters, *ends, color=colour, alpha=alpha, linewidth=0)
    axes.plot(quarters, [one.mean for one in found], color=colour, linewidth=2.2)
    axes.axhline(0.0, color=BASE_COLOUR, linewidth=1.0)
    panels.dated(axes, answer.labels, answer.size.quarters, designs.read().early_horizon)
    base, here = answer.sold_out()
    begin = f"{answer.question.shown(58)}\n" if named else "Trainium "
    axes.set_title(
        f"{begin}sold out in {here.worlds} of {here.of} worlds in "
        f"{answer.labels[answer.last]}, without it in {base.worlds}",
        fontsize=9.5,
        loc="left",
    )
    axes.set_ylabel("points, H100e in use", fontsize=9)


def _shares(axes: Any, answer: Answer, colour: str) -> None:
    """The effect at the last quarter under every denominator."""
    rows = []
    for metric, title in SHARES.items():
        level = answer.level(answer.BASE, metric).mean
        rows.append(panels.Row("", f"{title} ({_level(level)})", answer.effect(metric), colour))
    panels.forest(axes, rows, values=False)
    for row, height in zip(rows, axes.get_yticks(), strict=True):
        axes.annotate(
            _value(row.value),
            (1.02, height),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=9,
            color=panels.readable(colour, "#ffffff"),
        )
    axes.set_title(
        f"change in {answer.labels[answer.last]} of Trainium's share of … (level without it)", fontsize=9.5, loc="left"
    )


def _level(value: float) -> str:
    return f"{value:.1f} %" if np.isfinite(value) else NO_NUMBER


def _value(one: Estimate) -> str:
    """'+0.42  [+0.31, +0.53]'."""
    return f"{number(one.mean)}  [{number(one.low)}, {number(one.high)}]" if one.decides else number(one.mean)


def _same_reach(grid: Sequence[Any]) -> None:
    """Panels above each other get the same reach from bottom to top."""
    limits = [axes.get_ylim() for axes in grid]
    for axes in grid:
        axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
