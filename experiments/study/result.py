"""What a study found: its cells, levels, effects and findings, from which figures, report and terminal are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from experiments import scenarios
from experiments.batch.engine import Size
from experiments.stats import Estimate
from experiments.study.design import FACTORIAL, Design, StudyCell
from experiments.study.effects import (
    CELL,
    COLUMNS,
    LEVEL_COLUMNS,
    Change,
    Effects,
    Outcomes,
    SoldOut,
    changes,
    effects_table,
    levels_table,
)
from experiments.study.findings import Finding, Ground, Headline, findings


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
    def changes(self) -> list[Change]:
        """What is told of: the factors, then the changes beside them."""
        return changes(self.design)

    @property
    def factors(self) -> list[Change]:
        """The factors alone, each in its cell."""
        return [one for one in self.changes if one.kind == CELL]

    @property
    def last(self) -> int:
        """The horizon that is judged."""
        return self.horizons[-1]

    def of(self, change: Change, metric: str, quarter: int | None = None, group: str = "") -> Estimate:
        """What a change alone does to the baseline, at the last horizon unless another is named."""
        return self.effects.of(change, metric, quarter or self.last, group or self.design.base)

    def sold_out(self, cell: str) -> SoldOut:
        """In how many worlds Trainium is sold out at the last horizon."""
        return self.outcomes.sold_out(cell, self.last, self.design.binding_share)

    @property
    def alone(self) -> str:
        """That one world decides nothing, in a sentence; empty when there are more."""
        return "" if self.size.worlds > 1 else "One world: no interval and no verdict; play two worlds or more."

    @property
    def missed(self) -> int:
        """World-quarters, over all cells, that did not converge."""
        return int(sum(self.outcomes.path(cell.name, "nonconverged").sum() for cell in self.cells))

    @property
    def broken(self) -> str:
        """Which worlds of which cells have no figures, in a sentence; empty when all have."""
        found = [f"{cell} {', '.join(map(str, worlds))}" for cell, worlds in self.outcomes.broken.items()]
        return f"Worlds without figures, left out of the numbers of their cells: {'; '.join(found)}." if found else ""


def read_off(
    design: Design,
    size: Size,
    quick: bool,
    cells: Sequence[StudyCell],
    outcomes: Outcomes,
    evidence: Mapping[str, Headline] | None = None,
) -> Result:
    """Levels, effects and findings of what was played. evidence: ranges by change that stand in the place of the
    study's own."""
    horizons = design.horizons_within(size.quarters)
    tables = {
        "effects": effects_table(outcomes, design, cells, horizons),
        "levels": levels_table(outcomes, cells, horizons),
        "cells": _cells_table(design, cells),
    }
    effects = Effects(tables["effects"], tables["levels"])
    found = findings(Ground(design, effects, outcomes, horizons, evidence or {}, size.draw, not_begun(cells, size)))
    return Result(design, size, quick, cells, outcomes, horizons, effects, tables, found)


def not_begun(cells: Sequence[StudyCell], size: Size) -> frozenset[str]:
    """Names of cells that change something, none of which acts in the quarters played."""
    base = next(one.cell.scenario for one in cells if one.kind == FACTORIAL and not one.factors)
    found = set()
    for one in (one for one in cells if one.kind == FACTORIAL and one.factors):
        scenario = one.cell.scenario
        idle = scenario.idle_shocks(scenarios.catalogue_of(scenario), size.quarters, size.draw)
        own = [where for shock, where in scenario.places() if shock not in base.shocks]
        if own and len([said for said in idle if said.startswith(tuple(f"{where} " for where in own))]) == len(own):
            found.add(one.name)
    return frozenset(found)


def described(design: Design) -> list[tuple[str, str, str, str]]:
    """(table, column, unit, meaning) of the study's own tables."""
    columns = {"effects": COLUMNS, "levels": LEVEL_COLUMNS, "cells": _cell_columns(design)}
    return [(name, *row) for name, rows in columns.items() for row in rows]


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
