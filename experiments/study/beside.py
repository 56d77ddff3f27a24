"""Pictures of what stands beside the effects: how tight supply is, parts, assumptions, demand, the market itself."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from experiments.stats import Estimate
from experiments.study import panels
from experiments.study.design import PART, SENSITIVITY, Sensitivity
from experiments.study.effects import BINDING, UNSERVED, USED
from experiments.study.panels import BASE_COLOUR, colour_of
from experiments.study.result import Result
from experiments.study.sheet import Sketch, sheet
from sim.arrays import Array


def _singles(axes: Axes, result: Result, metric: str, scale: float) -> None:
    """A metric's path on the baseline and with each change alone: means over worlds."""
    base = scale * _path(result, result.design.base_cell.name, metric)
    panels.fan(axes, base, BASE_COLOUR, "", band=metric != BINDING)
    if metric == BINDING:
        axes.set_ylim(0.0, 105.0)  # all worlds, with room for the line
    ends = [(float(panels.middle(base)[-1]), "baseline", BASE_COLOUR)]
    for change in result.changes:
        line = panels.middle(scale * _path(result, change.cell, metric))
        colour, dash = colour_of((change.name,))
        axes.plot(np.arange(1, len(line) + 1), line, color=colour, linestyle=dash)
        ends.append((float(line[-1]), change.name, colour))
    panels.label_ends(axes, ends, result.size.quarters)


def _path(result: Result, cell: str, metric: str) -> Array:
    """A metric of a cell, (worlds, quarters); of supply that binds: 1 where Trainium is sold out, else 0."""
    path = result.outcomes.path(cell, metric)
    if metric != BINDING:
        return path
    return np.where(np.isfinite(path), (path >= result.design.binding_share).astype(float), np.nan)


def tightness(result: Result) -> Sketch:
    """Is supply binding, is price rationing: the four measures that say whether share can move at all."""
    figure, grid = sheet(11.5, 7.0, 2, 2, right=0.86, top=0.88, bottom=0.1, wspace=0.5)
    shown = (
        (BINDING, "Trainium is sold out", "% of worlds", 100.0),
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
            "While Trainium is sold out, or price rations it, policy cannot move share quickly. Lines: means of "
            "worlds; band: nine of the baseline's worlds in ten."
        ),
    )


def parts(result: Result) -> Sketch:
    """Each factor as a whole, what belongs to it alone, and what could stand in its stead: dots, for they do not add
    up."""
    last, base, rows = result.last, result.design.base, []
    for change in result.factors:
        colour = colour_of((change.name,))[0]
        rows.append(panels.Row(change.title, "as a whole", result.of(change, USED), colour))
        for part in (part for part in result.design.part if part.factor == change.name):
            one = result.effects.effect(base, PART, part.name, USED, last)
            instead = result.design.instead(part)
            label = f"instead: {part.title[0].lower()}{part.title[1:]}" if instead else part.title
            rows.append(panels.Row(change.title, label, one, colour, hollow=True))
    figure, (axes,) = sheet(10.5, 1.8 + 0.36 * len(rows), 1, 1, left=0.38, top=0.85, right=0.8)
    panels.forest(axes, rows)
    axes.set_xlabel("change of Trainium's share of H100e in use against baseline, percentage points")
    axes.set_title(f"At q{last} ({result.outcomes.labels[last]}), with 95 % paired intervals; hollow: a part alone")
    return (
        figure,
        "What each part does to Trainium's share alone",
        "Parts need not point the same way, nor add up to the whole. What stands under 'instead' is no part: it could "
        "come in the factor's stead.",
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
    figure, (axes,) = sheet(10.5, 4.2, 1, 1, left=0.3, top=0.8, bottom=0.18, right=0.95)
    last = result.last
    ends = [(one.title, _ends(result, one)) for one in result.design.sensitivity]
    told = [(one.title, result.of(one, USED), colour_of((one.name,))[0]) for one in result.changes]
    panels.tornado(axes, ends, told)
    axes.set_xlabel("change of Trainium's share of H100e in use, percentage points")
    axes.set_title(
        f"Each set to its low or high end, q{last} (dark: low, light: high); coloured: the changes of the first page"
    )
    return (
        figure,
        "Assumptions beside the factors",
        "Each assumption alone on the baseline, on the same draws, beside what the changes do.",
    )


def demand(result: Result) -> Sketch:
    """What each factor does under low, central and high demand."""
    figure, (axes,) = sheet(10.5, 4.6, 1, 1, left=0.27, top=0.83, right=0.8)
    rows = []
    titles = {result.design.base: "Central demand", **{case.scenario: case.title for case in result.design.demand_case}}
    for change in result.factors:
        for group, title in titles.items():
            one = result.of(change, USED, group=group)
            rows.append(panels.Row(change.title, title, one, colour_of((change.name,))[0]))
    panels.forest(axes, rows)
    axes.set_xlabel("change of Trainium's share of H100e in use against that baseline, percentage points")
    axes.set_title(
        f"At q{result.last}; high and low demand with {min(result.design.demand_worlds, result.size.worlds)} worlds"
    )
    return (
        figure,
        "The same effects on low, central and high demand",
        "Does the answer hang on how fast demand grows? Each factor alone against the baseline of that demand.",
    )


def market(result: Result) -> Sketch:
    """Prices, stock, revenue and capital spending in the baseline."""
    figure, grid = sheet(11.5, 7.0, 2, 2, top=0.88, bottom=0.1)
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
        "Mean and the band of 90 % of worlds. These paths are the model's own; they frame the comparison.",
    )
