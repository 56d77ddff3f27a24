"""One scenario played and stored: the tables of a study with a single cell."""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from experiments import engine
from experiments.engine import Cell
from experiments.progress import counting
from experiments.store import PROVENANCE, Store, party_rows, provenance, write_dictionary

SHOWN = (
    ("trainium_share_used", "Trainium, H100e in use, %", 100.0),
    ("trainium_share_installed", "Trainium, installed, %", 100.0),
    ("trainium_share_spend", "Trainium, spend, %", 100.0),
    ("trainium_share_units", "Trainium, chips, %", 100.0),
    ("trainium_supply_binding", "Trainium supply binding, % of its capacity", 100.0),
    ("price_over_cost", "Price over long-run cost", 1.0),
    ("utilisation", "Utilisation, %", 100.0),
)


def run(cell: Cell, out: Path, workers: int, overwrite: bool, command: str) -> Path:
    """Play the cell, write its tables into `out` and say where they are."""
    begun, console = time.perf_counter(), Console()
    with Store(out, overwrite) as store:
        with counting(cell.name, cell.worlds) as tick:
            (played,) = engine.run([cell], workers, tick=tick)
        store.add(played)
        store.close_tables()
        write_dictionary(store, party_rows())
        store.write(PROVENANCE, provenance(facts([cell], store.digests, command, time.perf_counter() - begun)))
    console.print(summary(played.quarters, cell))
    missed = int(played.quarters["nonconverged"].sum())
    if missed:
        console.print(f"{missed} world-quarters did not converge; they are marked in the column 'nonconverged'.")
    console.print(f"Tables: {out}", soft_wrap=True)
    return out


def facts(cells: list[Cell], digests: dict[str, str], command: str, seconds: float) -> dict[str, object]:
    """What provenance.json says of a run."""
    first = cells[0]
    return {
        "command": command,
        "seed": first.seed,
        "worlds": first.worlds,
        "quarters": first.quarters,
        "parameters_drawn": first.draw,
        "scenario_hash": first.scenario.digest,
        "seconds": round(seconds, 1),
        "cells": {
            cell.name: {
                "scenario_hash": cell.scenario.digest,
                "title": cell.scenario.title,
                "worlds": cell.worlds,
                "parameters_drawn": cell.draw,
                "strategies": dict(cell.strategies),
                "records_digest": digests[cell.name],
            }
            for cell in cells
        },
    }


def summary(quarters: pd.DataFrame, cell: Cell) -> Table:
    """Means over worlds at a few quarters, to be read in a terminal."""
    last = int(quarters["quarter_number"].max())
    numbers = [q for q in (1, 4, 8, 12, 20) if q < last] + [last]
    table = Table(title=f"{cell.name}: means of {cell.worlds} worlds, seed {cell.seed}")
    table.add_column("")
    labels = quarters.drop_duplicates("quarter_number").set_index("quarter_number")["quarter"]
    for number in numbers:
        table.add_column(f"q{number} ({labels[number]})", justify="right")
    means = quarters.groupby("quarter_number").mean(numeric_only=True)
    for name, title, factor in SHOWN:
        table.add_row(title, *(f"{means.loc[number, name] * factor:.2f}" for number in numbers))
    return table
