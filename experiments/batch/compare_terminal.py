"""What `fully-booked compare` shows: levels, differences, and which interval it is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.batch import compare
from experiments.batch.compare import FEWEST, PAIRED, SHARE_UNIT, Comparison, Difference, Side
from experiments.batch.terminal import SHOWN
from experiments.fitted import NEVER, Fitted, laid_out
from experiments.screen import Screen
from experiments.stats import Estimate, number
from experiments.text import count
from sim.metrics import METRICS

WIDTH = 120
UNITS = {metric.name: metric.unit for metric in METRICS}


def run(first: str, second: str, metrics: Sequence[str], at: str) -> None:
    """Compare two cells and print it."""
    sides = compare.side(first), compare.side(second)
    chosen = list(metrics) or _usual(*sides)
    show(compare.compare(*sides, chosen, compare.quarters(at, *sides)), Screen())


def _usual(first: Side, second: Side) -> list[str]:
    """Metrics that are shown unless others are asked for: of the usual ones those that both have, else all that both
    do."""
    both = [name for name in first.records.metrics if name in second.records.metrics]
    return [name for name, _, _ in SHOWN if name in both] or both


def show(found: Comparison, console: Screen) -> None:
    """The table, what the interval is, and what is left out."""
    laid_out(console, WIDTH)
    console.print(table(found))
    console.print(method(found), highlight=False)
    for one in (found.first, found.second):
        if one.broken:
            worlds = ", ".join(str(world) for world in sorted(one.broken)[:5])
            more = ", ..." if len(one.broken) > 5 else ""
            console.print(f"{one.said}: worlds without figures are left out: {worlds}{more}.", highlight=False)
    console.print("An illustration of a model, not a forecast or advice.", style="dim")


def table(found: Comparison) -> Fitted:
    """A row a metric and quarter; shares in per cent, their differences in points."""
    shown = Fitted(f"B less A.  A: {described(found.first)}.  B: {described(found.second)}.")
    shown.column("metric", no_wrap=True)
    shown.column("quarter", no_wrap=True)
    for head, rank in (("A", 1), ("B", 1), ("B less A", NEVER), ("95 % interval", NEVER)):
        shown.column(head, rank, justify="right", no_wrap=True)
    shown.column("unit", 2)
    if found.method == PAIRED:
        shown.column("90 % of worlds", 3, justify="right", no_wrap=True)
        shown.column("as good as", 4, justify="right", no_wrap=True)
    for row in found.rows:
        label = found.first.records.labels[row.quarter]
        shown.add_row(row.metric, f"q{row.quarter} ({label})", *_cells(row, found.method))
    return shown


def described(side: compare.Side) -> str:
    """'baseline+aws=harvest, 64 worlds, seed 1'."""
    facts = side.records.cells[side.cell]
    said = "+".join([side.cell, *(f"{party}={name}" for party, name in facts.strategies.items())])
    return f"{said}, {count(facts.worlds, 'world')}, seed {side.records.seed(side.cell)}"


def method(found: Comparison) -> str:
    """Which interval it is, and why."""
    if found.method == PAIRED:
        more = f"; {found.why}" if found.why else ""
        return (
            f"Draws are shared, so B less A is taken world by world{more}: mean, and 95 % interval by {PAIRED}. "
            "'As good as': times as many worlds that the same interval would take without shared draws."
        )
    if all(row.change.worlds < FEWEST for row in found.rows):
        return f"No interval: {found.why}, and one world says nothing of how far worlds differ; play more worlds."
    return (
        f"Draws are not shared, since {found.why}: difference of means, and 95 % interval by {found.method}, which "
        "takes each side's own spread. World by world nothing can be said."
    )


def _cells(row: Difference, used: str) -> list[str]:
    unit = UNITS[row.metric]
    factor, said, change = (100.0, "%", "points") if unit == SHARE_UNIT else (1.0, unit, unit)
    band = [f"{_signed(factor * row.change.p5)} to {_signed(factor * row.change.p95)}", _times(row.bought)]
    return [
        _plain(factor * row.first.mean),
        _plain(factor * row.second.mean),
        _signed(factor * row.change.mean),
        _interval(row.change, factor),
        said if said == change else f"{said}, {change}",
        *(band if used == PAIRED else []),
    ]


def _interval(change: Estimate, factor: float) -> str:
    return f"{_signed(factor * change.low)} to {_signed(factor * change.high)}" if change.decides else change.why_not


def _plain(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.2f}" if abs(value) < 1e4 else f"{value:,.0f}"


def _signed(value: float) -> str:
    if math.isnan(value):
        return "–"
    return number(value) if abs(value) < 1e4 else f"{value:+,.0f}".replace("-", "−")


def _times(bought: float) -> str:
    if math.isnan(bought):
        return "–"
    return "same everywhere" if math.isinf(bought) else f"{bought:,.1f} x"
