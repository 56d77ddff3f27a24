"""The study's answer, printed: shares per cell, effects per factor, one sentence each."""

from __future__ import annotations

import time

from experiments.batch.engine import Size
from experiments.batch.target import Target
from experiments.fitted import NEVER, Fitted, laid_out
from experiments.screen import Screen
from experiments.stats import NO_NUMBER, Estimate, number
from experiments.study import play
from experiments.study.design import CHANCE_GROUP, FACTORIAL, PART, SENSITIVITY
from experiments.study.effects import (
    BESIDE,
    INTERACTION,
    MAIN,
    PRESSURE,
    PRICE,
    SHARES,
    UNSERVED,
    USED,
)
from experiments.study.findings import supply_state
from experiments.study.result import Result

WIDTH = 140
SHORT = dict(zip(SHARES, ("used", "installed", "spend", "units", "core"), strict=True))
RANKS = {"core": 2, "5-95 % of worlds": 1, "chance only": 3, "spend": 4, "installed": 5, "units": 6, "shadow price": 7}
RANKS |= {"unserved": 8, "price/cost": 9}
"""Columns that a narrow terminal goes without, the highest first."""


def run(size: Size, target: Target, workers: int, quick: bool = False) -> None:
    """Play the study into its target, print its answer, and say where the report is."""
    begun, console = time.perf_counter(), Screen()
    result, folder = play.run(size, target, workers, quick)
    show(result, console)
    console.print(f"Report: {folder / play.REPORT}  ({time.perf_counter() - begun:.0f} s)", soft_wrap=True)


def show(result: Result, console: Screen) -> None:
    """Print everything a reader needs before opening the report."""
    laid_out(console, WIDTH)
    for table in (levels(result), beside(result), effects(result), interactions(result)):
        console.print(table)
    console.print(alone(result))
    for finding in result.findings:
        console.print(finding.sentence, style="bold", highlight=False)
        console.print(f"  {finding.measured} {finding.reason} {finding.early}", highlight=False)
    console.print(supply_state(result.design, result.effects, result.outcomes, result.last), highlight=False)
    if result.alone:
        console.print(result.alone, highlight=False)
    if result.missed:
        console.print(f"{result.missed} world-quarters did not converge; they are kept and marked.")
    if result.broken:
        console.print(result.broken, highlight=False)
    console.print("An illustration of a model, not a forecast or advice.", style="dim")


def when(result: Result, quarter: int) -> str:
    """'q8 (2027Q4)', with a star before supply can answer."""
    star = "*" if quarter <= result.design.early_horizon else ""
    return f"q{quarter}{star} ({result.outcomes.labels[quarter]})"


def levels(result: Result) -> Fitted:
    """Trainium's share per cell, yardstick and horizon."""
    marks = " ".join(f"q{quarter}".rjust(4) for quarter in result.horizons)
    table = _table("Trainium's share, %, mean over worlds, by yardstick", "cell")
    for title in SHORT.values():
        table.column(f"{title}\n{marks}", RANKS.get(title, NEVER), justify="right", no_wrap=True)
    for cell in result.cells:
        if cell.kind == FACTORIAL:
            at = [[result.effects.level(cell.name, m, q).mean for q in result.horizons] for m in SHARES]
            table.add_row(cell.name, *(" ".join(f"{value:4.2f}" for value in row) for row in at))
    return table


def beside(result: Result) -> Fitted:
    """How tight supply is in each cell at the last horizon."""
    last = result.horizons[-1]
    table = _table(f"Beside it, at {when(result, last)}", "cell")
    for rank, title in enumerate(("sold out, worlds", *list(BESIDE.values())[1:])):
        table.column(title, rank, justify="right")
    for cell in result.cells:
        if cell.kind == FACTORIAL:
            _, p, u, w, s = (result.effects.level(cell.name, metric, last).mean for metric in BESIDE)
            table.add_row(
                cell.name, str(result.sold_out(cell.name)), f"{p:.2f}", f"{u:.1f} %", f"{w:.1f} %", f"{s:.2f} utils"
            )
    return table


def effects(result: Result) -> Fitted:
    """What each change does alone, with both intervals: what is not known together with chance, and chance only."""
    table = _effects_table("Each change alone, against baseline")
    for change in result.changes:
        for quarter in result.horizons:
            table.add_row(change.name, *_effect(result, change.kind, change.cell, quarter))
        table.add_section()
    return table


def interactions(result: Result) -> Fitted:
    """Effects averaged over the other factors, and how much one changes when the other is on, at the last horizon."""
    table = _effects_table("Averaged over the other factors; and how an effect changes when the other is on")
    rows = result.tables["effects"]
    for kind in (MAIN, INTERACTION):
        mine = rows.loc[(rows["group"] == result.design.base) & (rows["kind"] == kind), "effect"].drop_duplicates()
        for name in mine:
            table.add_row(f"{name}, averaged" if kind == MAIN else name, *_effect(result, kind, name, result.last))
    return table


def _effects_table(title: str) -> Fitted:
    table = _table(
        f"{title}, Trainium's share, percentage points ± 95 % paired interval (*: before supply can answer)", "effect"
    )
    table.column("horizon", no_wrap=True)
    for name in (*SHORT.values(), "5-95 % of worlds", "chance only"):
        table.column(name, RANKS.get(name, NEVER), justify="right", no_wrap=True)
    return table


def _effect(result: Result, kind: str, name: str, quarter: int) -> tuple[str, ...]:
    base = result.design.base
    shown = [short(result.effects.effect(base, kind, name, metric, quarter)) for metric in SHARES]
    used = result.effects.effect(base, kind, name, USED, quarter)
    return when(result, quarter), *shown, _band(used), _chance(result, kind, name, quarter)


def _band(used: Estimate) -> str:
    return f"{number(used.p5)} to {number(used.p95)}" if used.decides else NO_NUMBER


def _chance(result: Result, kind: str, name: str, quarter: int) -> str:
    if not result.effects.has(CHANCE_GROUP, kind, name, USED, quarter):
        return "-"
    return short(result.effects.effect(CHANCE_GROUP, kind, name, USED, quarter))


def alone(result: Result) -> Fitted:
    """Parts and sensitivities alone against the baseline at the last horizon."""
    last, base = result.horizons[-1], result.design.base
    table = _table(f"Alone, against baseline, at {when(result, last)}, percentage points", "cell")
    for name in (*SHORT.values(), "sold out", "price/cost", "unserved", "shadow price"):
        table.column(name, RANKS.get(name, NEVER), justify="right")
    for cell in result.cells:
        if cell.kind in (PART, SENSITIVITY):
            at = [
                result.effects.effect(base, cell.kind, cell.name, metric, last)
                for metric in (*SHARES, PRICE, UNSERVED, PRESSURE)
            ]
            sold, rest = str(result.sold_out(cell.name)), (number(one.mean) for one in at[5:])
            table.add_row(cell.label, *(short(one) for one in at[:5]), sold, *rest)
    return table


def short(effect: Estimate) -> str:
    """'+0.42 ±0.11': the paired interval is symmetric; '+0.42 ±–' of one world."""
    return (
        f"{number(effect.mean)} ±{effect.high - effect.mean:.2f}"
        if effect.decides
        else f"{number(effect.mean)} ±{NO_NUMBER}"
    )


def _table(title: str, first: str) -> Fitted:
    table = Fitted(title)
    table.column(first, no_wrap=True)
    return table
