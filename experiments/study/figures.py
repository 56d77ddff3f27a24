"""The study's figures, each as PNG and SVG. Every title or axis names unit and denominator; none is a forecast."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.stats import Estimate
from experiments.study import panels, svg
from experiments.study.design import CHANCE_GROUP, DEMAND, FACTORIAL, PART, SENSITIVITY, Factor, Sensitivity
from experiments.study.effects import BINDING, CELL, INTERACTION, MAIN, SHARES, UNSERVED, USED
from experiments.study.panels import BASE_COLOUR, GREY, INK, colour_of
from experiments.study.result import Result
from experiments.study.svg import STYLE, Drawn

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
    figure.suptitle(title, x=0.01, y=0.995, ha="left", va="top", fontsize=13, fontweight="bold")
    figure.text(0.01, 0.006, foot, ha="left", va="bottom", fontsize=8, color=GREY)
    figure.savefig(folder / f"{name}.png", dpi=130, pil_kwargs={"compress_level": 3})
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    (folder / f"{name}.svg").write_text(text.getvalue(), encoding="utf-8")
    return Drawn(name, title, caption, svg.inline(text.getvalue(), name, title))


def _sheet(
    width: float, height: float, rows: int, columns: int, top: float = 0.86, **more: float
) -> tuple[Figure, Sequence[Axes]]:
    figure = Figure(figsize=(width, height))
    grid = figure.subplots(rows, columns, squeeze=False)
    placed = {"left": 0.07, "right": 0.965, "top": top, "bottom": 0.14, "wspace": 0.25, "hspace": 0.45, **more}
    figure.subplots_adjust(**placed)
    return figure, list(grid.flat)


Sketch = tuple[Figure, str, str]


def share_paths(result: Result) -> Sketch:
    """Baseline fan, and what each cell adds to it."""
    figure, (left, right) = _sheet(11.5, 5.0, 1, 2, right=0.83, wspace=0.22)
    base = result.design.base_cell.name
    panels.fan(left, 100.0 * result.outcomes.path(base, USED), BASE_COLOUR, "median of worlds")
    left.set(title="Baseline: median and the band of 90 % of worlds", ylabel="Trainium, % of all H100e in use")
    left.set_ylim(bottom=0.0)
    ends = []
    for cell in (c for c in result.cells if c.kind == FACTORIAL and c.factors):
        apart = result.outcomes.path(cell.name, USED) - result.outcomes.path(base, USED)
        gap = 100.0 * panels.middle(apart, mean=True)
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
            "Left: the baseline. Right: what each cell of the factorial adds, world by world on the same draws (open = "
            "lock-in lowered). To the left of the dotted line supply has not yet been able to answer."
        ),
    )


def _main(result: Result, factor: Factor, quarter: int) -> panels.Row:
    """A factor's main effect at a horizon, with what chance alone would leave where that was played."""
    chance = (CHANCE_GROUP, MAIN, factor.name, USED, quarter)
    return panels.Row(
        factor.title,
        f"q{quarter} ({result.outcomes.labels[quarter]})",
        result.effects.effect(result.design.base, MAIN, factor.name, USED, quarter),
        colour_of((factor.name,))[0],
        quarter <= result.design.early_horizon,
        result.effects.effect(*chance) if result.effects.has(*chance) else None,
    )


def effects(result: Result) -> Sketch:
    """Main effects by horizon with both intervals."""
    figure, (axes,) = _sheet(10.5, 6.2, 1, 1, left=0.27, top=0.87, right=0.8)
    panels.forest(axes, [_main(result, one, quarter) for one in result.design.factor for quarter in result.horizons])
    axes.set_xlabel(
        "change of Trainium's share of H100e in use, percentage points (mean over the other factors' levels)"
    )
    axes.set_title(
        "Dot and bar: mean and its 95 % paired interval; thin line: 90 % of worlds;\ngrey: chance only; hollow: before "
        "supply can answer"
    )
    return (
        figure,
        "What each factor does to Trainium's share, by horizon",
        (
            "Each factor's main effect on the share of H100e in use. The wide thin line shows how far worlds with "
            "other plausible parameters differ; the grey bar is what chance alone would leave."
        ),
    )


def interactions(result: Result) -> Sketch:
    """Interactions at the last horizon."""
    figure, (axes,) = _sheet(10.5, 3.6, 1, 1, left=0.27, top=0.78, bottom=0.2, right=0.8)
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
    """The same effect under each denominator."""
    figure, grid = _sheet(11.5, 4.4, 1, len(result.design.factor), left=0.17, top=0.78, bottom=0.18, wspace=0.12)
    last, base = result.horizons[-1], result.design.base
    for axes, factor in zip(grid, result.design.factor, strict=True):
        rows = []
        for metric, title in SHARES.items():
            level = result.effects.level(result.design.base_cell.name, metric, last).mean
            one = result.effects.effect(base, MAIN, factor.name, metric, last)
            rows.append(panels.Row("", f"{title}\n(baseline {level:.1f} %)", one, colour_of((factor.name,))[0]))
        panels.forest(axes, rows, values=True)
        axes.set(title=factor.title, xlabel="percentage points of that denominator")
        if axes is not grid[0]:
            axes.set_yticklabels([])
    return (
        figure,
        f"Trainium's share: one effect, five denominators (main effects at q{last}, {result.outcomes.labels[last]})",
        (
            "A share has no meaning without its denominator. Spend counts use at posted prices; installed chips count "
            "cheap and dear chips alike; core leaves edge demand out."
        ),
    )


def _singles(axes: Axes, result: Result, metric: str, scale: float) -> None:
    """A metric's path on the baseline and where one factor alone is on: medians, or means of what binds or does not."""
    base = scale * result.outcomes.path(result.design.base_cell.name, metric)
    panels.fan(axes, base, BASE_COLOUR, "", band=metric != BINDING, mean=metric == BINDING)
    ends = [(panels.middle(base, metric == BINDING)[-1], "baseline", BASE_COLOUR)]
    for cell in (c for c in result.cells if c.kind == FACTORIAL and len(c.factors) == 1):
        line = panels.middle(scale * result.outcomes.path(cell.name, metric), metric == BINDING)
        colour, dash = colour_of(cell.factors)
        axes.plot(np.arange(1, len(line) + 1), line, color=colour, linestyle=dash)
        ends.append((float(line[-1]), cell.name, colour))
    panels.label_ends(axes, ends, result.size.quarters)


def tightness(result: Result) -> Sketch:
    """Is supply binding, is price rationing: the four measures that say whether share can move at all."""
    figure, grid = _sheet(11.5, 7.0, 2, 2, right=0.86, top=0.88, bottom=0.1, wspace=0.5)
    shown = (
        (BINDING, "Trainium's supply that is binding", "% of its market capacity (mean)", 100.0),
        ("price_over_cost", "Price over long-run cost, core", "ratio", 1.0),
        ("utilisation", "Utilisation, core", "% of H100e online", 100.0),
        (UNSERVED, "Demand that waits for the next quarter", "% of demand wanted", 100.0),
    )
    for axes, (metric, title, unit, scale) in zip(grid, shown, strict=True):
        _singles(axes, result, metric, scale)
        axes.set(title=title, ylabel=unit)
        panels.quarters(axes, result)
    return (
        figure,
        "Can share move at all? How tight supply is",
        (
            "While capacity binds, or price rations it, policy cannot move share quickly. Lines: medians (binding: "
            "means); band: 90 % of the baseline's worlds."
        ),
    )


def parts(result: Result) -> Sketch:
    """Each part alone against the baseline, beside its factor as a whole."""
    figure, (axes,) = _sheet(10.5, 5.0, 1, 1, left=0.33, top=0.85, right=0.95)
    last, base, rows = result.horizons[-1], result.design.base, []
    for factor in result.design.factor:
        colour = colour_of((factor.name,))[0]
        whole = next(cell.name for cell in result.design.cell if cell.factors == [factor.name])
        rows.append(
            panels.Row("", f"{factor.title}, all parts", result.effects.effect(base, CELL, whole, USED, last), colour)
        )
        for part in (part for part in result.design.part if part.factor == factor.name):
            one = result.effects.effect(base, PART, part.name, USED, last)
            rows.append(panels.Row("", part.title, one, panels.lighter(colour)))
    panels.bars(axes, rows)
    axes.set_xlabel("change of Trainium's share of H100e in use against baseline, percentage points")
    axes.set_title(f"At q{last} ({result.outcomes.labels[last]}), with 95 % paired intervals")
    return (
        figure,
        "What each part does to Trainium's share alone",
        "Parts of a factor need not point the same way, nor add up to the whole.",
    )


def _ends(result: Result, one: Sensitivity) -> list[tuple[str, Estimate]]:
    """What an assumption does at its low and its high end, each with the value there."""
    last, base = result.horizons[-1], result.design.base
    return [
        (f"{value:g}", result.effects.effect(base, SENSITIVITY, f"{one.name}-{end}", USED, last))
        for end, value in (("low", one.low), ("high", one.high))
    ]


def tornado(result: Result) -> Sketch:
    """Assumptions that may matter more than the factors."""
    figure, (axes,) = _sheet(10.5, 4.2, 1, 1, left=0.3, top=0.8, bottom=0.18, right=0.95)
    last, base = result.horizons[-1], result.design.base
    ends = [(one.title, _ends(result, one)) for one in result.design.sensitivity]
    factors = [
        (f.title, result.effects.effect(base, MAIN, f.name, USED, last), colour_of((f.name,))[0])
        for f in result.design.factor
    ]
    panels.tornado(axes, ends, factors)
    axes.set_xlabel("change of Trainium's share of H100e in use, percentage points")
    axes.set_title(
        f"Each set to its low or high end, q{last} (dark: low, light: high); coloured: main effects of the factors"
    )
    return (
        figure,
        "Assumptions beside the factors",
        ("Each assumption alone on the baseline, on the same draws, beside the main effects of the three factors."),
    )


def demand(result: Result) -> Sketch:
    """Main effects under low, central and high demand."""
    figure, (axes,) = _sheet(10.5, 4.6, 1, 1, left=0.27, top=0.83, right=0.8)
    last, rows = result.horizons[-1], []
    titles = {result.design.base: "Central demand", **{case.scenario: case.title for case in result.design.demand_case}}
    for factor in result.design.factor:
        for group, title in titles.items():
            one = result.effects.effect(group, MAIN, factor.name, USED, last)
            rows.append(panels.Row(factor.title, title, one, colour_of((factor.name,))[0]))
    panels.forest(axes, rows)
    axes.set_xlabel("main effect on Trainium's share of H100e in use, percentage points")
    axes.set_title(
        f"At q{last}; high and low demand with {min(result.design.demand_worlds, result.size.worlds)} worlds"
    )
    return figure, "The same effects on low, central and high demand", "Does the answer hang on how fast demand grows?"


def market(result: Result) -> Sketch:
    """Prices, stock, revenue and capital spending in the baseline."""
    figure, grid = _sheet(11.5, 7.0, 2, 2, top=0.88, bottom=0.1)
    shown = (
        ("price_usd_per_h100e_hour", "Posted price, core", "USD per H100e-hour", 1.0),
        ("installed_h100e", "Installed stock outside China", "millions of H100e", 1e-6),
        ("aws_ai_revenue_musd", "AWS revenue from accelerated compute", "USD bn a quarter", 1e-3),
        ("capex_musd", "Capital spending of all owners on it", "USD bn a quarter", 1e-3),
    )
    for axes, (metric, title, unit, scale) in zip(grid, shown, strict=True):
        panels.fan(axes, scale * result.outcomes.path(result.design.base_cell.name, metric), BASE_COLOUR, "")
        axes.set(title=title, ylabel=unit)
        axes.set_ylim(bottom=0.0)
        panels.quarters(axes, result)
    return (
        figure,
        "The baseline market: prices, stock, revenue, capital spending",
        ("Median and the band of 90 % of worlds. These paths are the model's own; they frame the comparison."),
    )


def _played(kind: str) -> Callable[[Result], bool]:
    return lambda result: any(cell.kind == kind for cell in result.cells)


_FIGURES: dict[str, tuple[Callable[[Result], Sketch], Callable[[Result], bool]]] = {
    "share_paths": (share_paths, _played(FACTORIAL)),
    "effects": (effects, _played(FACTORIAL)),
    "yardsticks": (yardsticks, _played(FACTORIAL)),
    "tightness": (tightness, _played(FACTORIAL)),
    "parts": (parts, _played(FACTORIAL)),
    "interactions": (interactions, _played(FACTORIAL)),
    "sensitivities": (tornado, _played(SENSITIVITY)),
    "demand_cases": (demand, _played(DEMAND)),
    "market": (market, _played(FACTORIAL)),
}
