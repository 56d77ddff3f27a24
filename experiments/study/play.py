"""The main study: plays its cells, reads effects, writes tables, figures and the report into one folder."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

from experiments.batch import engine
from experiments.batch.engine import Size
from experiments.batch.progress import counting
from experiments.batch.single import facts
from experiments.batch.store import Store, provenance, write_dictionary
from experiments.batch.target import PROVENANCE, Target
from experiments.study import believed
from experiments.study import design as designs
from experiments.study.design import Planner, StudyCell
from experiments.study.effects import Outcomes
from experiments.study.findings import bases, supply_state
from experiments.study.result import Result, described, read_off

REPORT = "report.html"


def run(size: Size, target: Target, workers: int, quick: bool = False) -> tuple[Result, Path]:
    """Play the study into its target; gives what was found, and the folder. quick: leave out all but factorial and
    parts."""
    begun, design = time.perf_counter(), designs.read()
    cells = Planner(design, size, quick).cells()
    with Store(target) as store:
        outcomes = _play(cells, store, workers)
        told = believed.evidence(design.horizons_within(size.quarters)[-1])
        result = read_off(design, size, quick, cells, outcomes, told)
        _write(result, store)
        planned = [cell.cell for cell in cells]
        _draw(result, store, facts(planned, store.digests, target.command, time.perf_counter() - begun))
        said = facts(planned, store.digests, target.command, time.perf_counter() - begun)
        more = {"nonconverged_world_quarters": result.missed, "broken_worlds": result.outcomes.broken}
        store.write(PROVENANCE, provenance({**said, "quick": quick, **more}))
    return result, store.out


def _play(cells: Sequence[StudyCell], store: Store, workers: int) -> Outcomes:
    outcomes = Outcomes()
    with counting("study", sum(cell.cell.size.worlds for cell in cells)) as tick:
        for played in engine.run([cell.cell for cell in cells], workers, tick=tick, keeps=store.keeps()):
            store.add(played)
            outcomes.add(played.cell.name, played.quarters)
    store.close_tables()
    return outcomes


def summary(result: Result) -> dict[str, object]:
    """What summary.json says: what was played, and the findings in words and numbers."""
    from experiments.study.report import strongest

    size = result.size
    return {
        "title": result.design.title,
        "worlds": size.worlds,
        "quarters": size.quarters,
        "seed": size.seed,
        "quick": result.quick,
        "draw": size.draw,
        "horizons": result.horizons,
        "judged_at": result.last,
        "supply": supply_state(result.design, result.effects, result.outcomes, result.last),
        "strongest": strongest(result),
        "basis": bases(result.findings),
        "findings": [finding.plain() for finding in result.findings],
        "nonconverged_world_quarters": result.missed,
        "broken_worlds": result.outcomes.broken,
    }


def _write(result: Result, store: Store) -> None:
    for name, table in result.tables.items():
        store.write(f"{name}.csv", table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    store.write("summary.json", json.dumps(summary(result), indent=2, ensure_ascii=False) + "\n")
    write_dictionary(store, described(result.design))


def _draw(result: Result, store: Store, said: dict[str, object]) -> None:
    from experiments.study import figures, report

    drawn = figures.draw_all(result, store.path / "figures")
    store.write(REPORT, report.page(result, drawn, said))
