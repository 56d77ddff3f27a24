"""The study's figures, each as PNG and SVG. Every title or axis names unit and denominator; none is a forecast."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from experiments.study import answer, beside, panels, svg
from experiments.study.design import CHANCE_GROUP, DEMAND, FACTORIAL, SENSITIVITY
from experiments.study.effects import INTERACTION, SHARES, USED, Change
from experiments.study.panels import BASE_COLOUR, GREY, INK, colour_of
from experiments.study.result import Result
from experiments.study.sheet import Sketch, sheet
from experiments.study.svg import STYLE, Drawn

FOOT_LETTERS_PER_INCH = 15
"""As many letters of the line at the foot go into an inch of a figure."""
FOOT_LINE = 0.16
"""Inches that each further line at the foot takes."""
CLOSING = "An illustration of a model, not a forecast or advice."


def draw_all(result: Result, folder: Path) -> dict[str, Drawn]:
    """Draw every figure that this study has numbers for, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {}
    with mpl.rc_context(STYLE):
        for name, (draw, needed) in _FIGURES.items():
            if needed(result):
                drawn[name] = _save(name, *draw(result), result, folder)
    return drawn


def _save(name: str, figure: Figure, title: str, caption: str, result: Result, folder: Path) -> Drawn:
    size = result.size
    side = min(result.design.side_worlds, size.worlds)
    fewer = "" if side == size.worlds else f" ({side} for parts and assumptions alone)"
    foot = f"{CLOSING}  Fully Booked: {size.worlds} worlds a cell{fewer}, {size.quarters} quarters, seed {size.seed}"
    foot += ", quick run." if result.quick else "."
    foot += f"  {result.alone}" if result.alone else ""
    return saved((figure, title, caption), foot, name, folder)


def saved(sketch: Sketch, foot: str, name: str, folder: Path) -> Drawn:
    """Write a figure under its title, with a line at its foot, as PNG and SVG; and as it stands in a page."""
    figure, title, caption = sketch
    figure.suptitle(title, x=0.01, y=0.995, ha="left", va="top", fontsize=13, fontweight="bold")
    foot = textwrap.fill(foot, int(FOOT_LETTERS_PER_INCH * figure.get_figwidth()))
    _make_room(figure, FOOT_LINE * foot.count("\n"))
    figure.text(0.01, 0.006, foot, ha="left", va="bottom", fontsize=8, color=GREY)
    figure.savefig(folder / f"{name}.png", dpi=130, pil_kwargs={"compress_level": 3})
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    (folder / f"{name}.svg").write_text(text.getvalue(), encoding="utf-8")
    return Drawn(name, title, caption, svg.inline(text.getvalue(), name, f"{title}. {caption}"))


def _make_room(figure: Figure, inches: float) -> None:
    """Make a figure taller at its foot; what is drawn keeps its size and its distance from the top."""
    width, height = figure.get_size_inches()
    margins = figure.subplotpars
    taller = height + inches
    figure.set_size_inches(width, taller)
    bottom, top = ((part * height + inches) / taller for part in (margins.bottom, margins.top))
    figure.subplots_adjust(bottom=bottom, top=top)


def share_paths(result: Result) -> Sketch:
    """Baseline fan, and what each cell adds to it."""
    figure, (left, right) = sheet(11.5, 5.0, 1, 2, right=0.83, wspace=0.22)
    base = result.design.base_cell.name
    panels.fan(left, 100.0 * result.outcomes.path(base, USED), BASE_COLOUR, "mean of worlds")
    left.set(title="Baseline: mean and the band of 90 % of worlds", ylabel="Trainium, % of all H100e in use")
    left.set_ylim(bottom=0.0)
    ends = []
    for cell in (c for c in result.cells if c.kind == FACTORIAL and c.factors):
        apart = result.outcomes.path(cell.name, USED) - result.outcomes.path(base, USED)
        gap = 100.0 * panels.middle(apart)
        colour, dash = colour_of(cell.factors)
        right.plot(np.arange(1, len(gap) + 1), gap, color=colour, linestyle=dash, linewidth=2.0)
        ends.append((float(gap[-1]), cell.name, colour))
    panels.label_ends(right, ends, result.size.quarters)
    right.axhline(0.0, color=BASE_COLOUR, linewidth=1.0)
    right.set(title="The other cells: mean difference from baseline", ylabel="percentage points of H100e in use")
    for axes in (left, right):
        panels.quarters(axes, result)
    return (
        figure,
        "Trainium's share of AI compute in use",
        (
            "Left: the baseline. Right: what each cell adds, world by world on the same draws (open = lock-in "
            "lowered), on a scale of its own. To the left of the dotted line supply has not yet been able to answer."
        ),
    )


def _row(result: Result, change: Change, quarter: int) -> panels.Row:
    """A change's effect at a horizon, with what chance alone would leave where that was played."""
    chance = (CHANCE_GROUP, change.kind, change.cell, USED, quarter)
    return panels.Row(
        change.title,
        f"q{quarter} ({result.outcomes.labels[quarter]})",
        result.of(change, USED, quarter),
        colour_of((change.name,))[0],
        quarter <= result.design.early_horizon,
        result.effects.effect(*chance) if result.effects.has(*chance) else None,
    )


def effects(result: Result) -> Sketch:
    """What each change does, by horizon, with both intervals."""
    rows = [_row(result, one, quarter) for one in result.factors for quarter in result.horizons]
    figure, (axes,) = sheet(10.5, 1.6 + 0.38 * len(rows), 1, 1, left=0.27, top=0.87, right=0.8)
    panels.forest(axes, rows)
    axes.set_xlabel("change of Trainium's share of H100e in use against baseline, percentage points")
    axes.set_title(
        "Dot and bar: mean and its 95 % paired interval; thin line: 90 % of worlds;\ngrey: chance only; hollow: before "
        "supply can answer"
    )
    return (
        figure,
        "What each factor does to Trainium's share, by horizon",
        "Each factor alone, against the baseline. The wide thin line shows how far worlds with other plausible "
        "parameters differ; the grey bar is what chance alone would leave.",
    )


def interactions(result: Result) -> Sketch:
    """Interactions at the last horizon."""
    figure, (axes,) = sheet(10.5, 3.6, 1, 1, left=0.27, top=0.78, bottom=0.2, right=0.8)
    last, base = result.horizons[-1], result.design.base
    table = result.tables["effects"]
    names = table.loc[(table["group"] == base) & (table["kind"] == INTERACTION), "effect"].drop_duplicates()
    rows = [
        panels.Row("", name.replace(" x ", " × "), result.effects.effect(base, INTERACTION, name, USED, last), INK)
        for name in names
    ]
    panels.forest(axes, rows)
    axes.set_xlabel(f"change of an effect, percentage points of H100e in use, q{last}")
    axes.set_title("How much one factor's effect changes when the other is on, with 95 % paired interval")
    return (
        figure,
        "Do the factors reinforce or replace each other?",
        ("Below 0: the second measure adds less when the first is already there."),
    )


def yardsticks(result: Result) -> Sketch:
    """The same effect under each denominator, on one scale."""
    told = result.factors
    figure, grid = sheet(11.5, 4.4, 1, len(told), left=0.17, top=0.78, bottom=0.18, wspace=0.12)
    for axes, change in zip(grid, told, strict=True):
        rows = []
        for metric, title in SHARES.items():
            level = result.effects.level(result.design.base_cell.name, metric, result.last).mean
            label = f"{title}\n(baseline {level:.1f} %)"
            rows.append(panels.Row("", label, result.of(change, metric), colour_of((change.name,))[0]))
        panels.forest(axes, rows, values=True)
        axes.set(title=change.title, xlabel="percentage points of that denominator")
        if axes is not grid[0]:
            axes.set_yticklabels([])
    panels.one_scale(grid)
    return (
        figure,
        f"One effect, five denominators (q{result.last}, {result.outcomes.labels[result.last]})",
        "Each factor alone, against the baseline; all panels have one scale. A share has no meaning without its "
        "denominator: spend counts use at posted prices, installed chips count cheap and dear chips alike, core leaves "
        "edge demand out.",
    )


def _played(kind: str) -> Callable[[Result], bool]:
    return lambda result: any(cell.kind == kind for cell in result.cells)


_FIGURES: dict[str, tuple[Callable[[Result], Sketch], Callable[[Result], bool]]] = {
    "answer": (answer.answer, _played(FACTORIAL)),
    "shares": (answer.shares, _played(FACTORIAL)),
    "share_paths": (share_paths, _played(FACTORIAL)),
    "effects": (effects, _played(FACTORIAL)),
    "yardsticks": (yardsticks, _played(FACTORIAL)),
    "tightness": (beside.tightness, _played(FACTORIAL)),
    "parts": (beside.parts, _played(FACTORIAL)),
    "interactions": (interactions, _played(FACTORIAL)),
    "sensitivities": (beside.tornado, _played(SENSITIVITY)),
    "demand_cases": (beside.demand, _played(DEMAND)),
    "market": (beside.market, _played(FACTORIAL)),
}
