"""One scenario played and stored: the tables of a study with a single cell."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.batch import engine
from experiments.batch.engine import Cell, Played
from experiments.batch.progress import Shows, silent
from experiments.batch.store import Store, lock_in_rows, party_rows, provenance, write_dictionary
from experiments.batch.target import PROVENANCE, Target
from experiments.stats import broken_worlds


def horizons(quarters: int) -> tuple[int, ...]:
    """Quarters whose lock-in index is measured: the first, every fourth, and the last."""
    return tuple(sorted({1, *range(4, quarters + 1, 4), quarters}))


@dataclass(frozen=True)
class Stored:
    """A cell that was played, and the folder its tables are in."""

    played: Played
    out: Path


def run(cell: Cell, target: Target, workers: int = 1, progress: Shows = silent) -> Stored:
    """Play the cell and write its tables, those of parties too, and of the lock-in index when it is measured.

    progress: what shows how far it is, once the target is taken."""
    begun = time.perf_counter()
    cell = replace(cell, more_tables=("parties", *(("lock_in",) if cell.lock_in else ())))
    with Store(target) as store:
        with progress(cell.name, cell.size.worlds) as tick:
            (played,) = engine.run([cell], workers, tick=tick, keeps=store.keeps())
        store.add(played)
        store.close_tables()
        write_dictionary(store, [*party_rows(), *(lock_in_rows() if cell.lock_in else [])])
        said = facts([cell], store.digests, target.command, time.perf_counter() - begun)
        missed = int(played.quarters["nonconverged"].sum())
        store.write(
            PROVENANCE,
            provenance({**said, "nonconverged_world_quarters": missed, "broken_worlds": broken(played)}),
        )
    return Stored(played, store.out)


def broken(played: Played) -> list[int]:
    """Numbers of the worlds that have a figure which is none, in any table."""
    return sorted({world for table in played.tables.values() for world in broken_worlds(table)})


def facts(cells: list[Cell], digests: dict[str, str], command: str, seconds: float) -> dict[str, object]:
    """What provenance.json says of a run."""
    first = cells[0]
    return {
        "command": command,
        "seed": first.size.seed,
        "worlds": first.size.worlds,
        "quarters": first.size.quarters,
        "parameters_drawn": first.size.draw,
        "scenario_hash": first.scenario.digest,
        "seconds": round(seconds, 1),
        "cells": {
            cell.name: {
                "scenario_hash": cell.scenario.digest,
                "title": cell.scenario.title,
                "worlds": cell.size.worlds,
                "parameters_drawn": cell.size.draw,
                "strategies": dict(cell.strategies),
                "records_digest": digests[cell.name],
            }
            for cell in cells
        },
    }
