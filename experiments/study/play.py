"""The main study: plays its cells, reads effects, writes tables, figures and the report into one folder."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from rich.console import Console

from experiments.batch import engine
from experiments.batch.engine import Size
from experiments.batch.progress import counting
from experiments.batch.single import facts
from experiments.batch.store import Store, provenance, write_dictionary
from experiments.batch.target import PROVENANCE, Target
from experiments.study import design as designs
from experiments.study import terminal
from experiments.study.design import Design, Planner, StudyCell
from experiments.study.effects import COLUMNS, LEVEL_COLUMNS, Effects, Outcomes, effects_table, levels_table
from experiments.study.findings import Finding, findings, supply_state


@dataclass(frozen=True)
class Result:
    """Everything that figures and report are made from."""

    design: Design
    size: Size
    quick: bool
    cells: Sequence[StudyCell]
    outcomes: Outcomes
    horizons: list[int]
    effects: Effects
    tables: dict[str, pd.DataFrame]
    findings: list[Finding]

    @property
    def groups(self) -> list[str]:
        """Groups in which the factorial was played: base, chance, demand cases."""
        return list(dict.fromkeys(cell.group for cell in self.cells))

    @property
    def missed(self) -> int:
        """World-quarters, over all cells, that did not converge."""
        return int(sum(self.outcomes.path(cell.name, "nonconverged").sum() for cell in self.cells))


def read_off(design: Design, size: Size, quick: bool, cells: Sequence[StudyCell], outcomes: Outcomes) -> Result:
    """Levels, effects and findings of what was played."""
    horizons = design.horizons_within(size.quarters)
    tables = {
        "effects": effects_table(outcomes, design, cells, horizons),
        "levels": levels_table(outcomes, cells, horizons),
        "cells": _cells_table(design, cells),
    }
    effects = Effects(tables["effects"], tables["levels"])
    found = findings(design, effects, horizons)
    return Result(design, size, quick, cells, outcomes, horizons, effects, tables, found)


def run(size: Size, target: Target, workers: int, quick: bool = False) -> Path:
    """Play the study into its target; gives the path of its report. quick: leave out all but factorial and parts."""
    begun, console = time.perf_counter(), Console()
    design = designs.read()
    cells = Planner(design, size, quick).cells()
    with Store(target) as store:
        outcomes = _play(cells, store, workers)
        result = read_off(design, size, quick, cells, outcomes)
        _write(result, store)
        planned = [cell.cell for cell in cells]
        _draw(result, store, facts(planned, store.digests, target.command, time.perf_counter() - begun))
        said = facts(planned, store.digests, target.command, time.perf_counter() - begun)
        store.write(PROVENANCE, provenance({**said, "quick": quick, "nonconverged_world_quarters": result.missed}))
    terminal.show(result, console)
    report = store.out / "report.html"
    console.print(f"Report: {report}  ({time.perf_counter() - begun:.0f} s)", soft_wrap=True)
    return report


def _play(cells: Sequence[StudyCell], store: Store, workers: int) -> Outcomes:
    outcomes = Outcomes()
    with counting("study", sum(cell.cell.size.worlds for cell in cells)) as tick:
        for played in engine.run([cell.cell for cell in cells], workers, tick=tick):
            store.add(played)
            outcomes.add(played.cell.name, played.quarters)
    store.close_tables()
    return outcomes


def _write(result: Result, store: Store) -> None:
    size = result.size
    for name, table in result.tables.items():
        store.write(f"{name}.csv", table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    summary = {
        "title": result.design.title,
        "worlds": size.worlds,
        "quarters": size.quarters,
        "seed": size.seed,
        "quick": result.quick,
        "draw": size.draw,
        "horizons": result.horizons,
        "judged_at": result.horizons[-1],
        "supply": supply_state(result.design, result.effects, result.horizons[-1]),
        "findings": [finding.plain() for finding in result.findings],
        "nonconverged_world_quarters": result.missed,
    }
    store.write("summary.json", json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
    described = {"effects": COLUMNS, "levels": LEVEL_COLUMNS, "cells": _cell_columns(result.design)}
    write_dictionary(store, [(name, *row) for name, columns in described.items() for row in columns])


def _draw(result: Result, store: Store, said: dict[str, object]) -> None:
    from experiments.study import figures, report

    drawn = figures.draw_all(result, store.path / "figures")
    store.write("report.html", report.page(result, drawn, said))


def _cells_table(design: Design, cells: Sequence[StudyCell]) -> pd.DataFrame:
    factors = [factor.name for factor in design.factor]
    rows = []
    for one in cells:
        levels = ("on" if factor in one.factors else "off" for factor in factors)
        scenario = one.cell.scenario
        facts_of = (one.cell.size.worlds, one.cell.size.draw, scenario.digest)
        rows.append((one.name, one.kind, one.group, scenario.title, *levels, *facts_of))
    return pd.DataFrame(rows, columns=[name for name, _, _ in _cell_columns(design)])


def _cell_columns(design: Design) -> list[tuple[str, str, str]]:
    return [
        ("cell", "text", "Name of the cell."),
        LEVEL_COLUMNS[1],
        COLUMNS[0],
        ("title", "text", "What the cell changes."),
        *((factor.name, "on/off", f"On: {factor.on}. Off: {factor.off}.") for factor in design.factor),
        ("worlds", "count", "Worlds played."),
        ("parameters_drawn", "true/false", "Did worlds draw the uncertain parameters from their ranges?"),
        ("scenario_hash", "text", "Hash of everything the cell's scenario says."),
    ]
