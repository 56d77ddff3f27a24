"""One scenario played and stored: the tables of a study with a single cell."""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from experiments.batch import engine
from experiments.batch.engine import Cell
from experiments.batch.progress import counting
from experiments.batch.store import PROVENANCE, Store, lock_in_rows, party_rows, provenance, write_dictionary

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
        write_dictionary(store, [*party_rows(), *(lock_in_rows() if cell.lock_in else [])])
        store.write(PROVENANCE, provenance(facts([cell], store.digests, command, time.perf_counter() - begun)))
    console.print(summary(played.quarters, cell))
    if cell.lock_in:
        console.print(lock_in_table(played.tables["lock_in"]))
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


def lock_in_table(frame: pd.DataFrame) -> Table:
    """The lock-in index of the last measured quarter, mean over worlds."""
    last = frame["quarter"].max()
    shown = Table(
        title=f"Lock-in index at the core, {last}, points of share (mean over worlds; actual less merit share)"
    )
    columns = (
        "actual_share",
        "merit_share",
        "lock_in_index",
        "contract",
        "porting",
        "egress",
        "ecosystem",
        "trapped_fraction",
    )
    for head in (
        "level",
        "name",
        "actual",
        "merit",
        "index",
        "contract",
        "porting",
        "egress",
        "ecosystem",
        "trapped, %",
    ):
        shown.add_column(head, justify="left" if head in ("level", "name") else "right")
    mean = (
        frame[frame["quarter"] == last]
        .groupby(["level", "name"])[[*columns, "market_index", "deadweight_loss_musd"]]
        .mean()
    )
    for (level, name), row in mean.iterrows():
        if row["actual_share"] > 0.001:
            shown.add_row(str(level), str(name), *(f"{100.0 * row[column]:.1f}" for column in columns))
    family = mean.loc["family"].iloc[0]
    shown.caption = (
        f"Market index by family {family['market_index']:.3f}; deadweight loss {family['deadweight_loss_musd'] / 1e3:.1f} USD bn a quarter. "
        "Symmetric switching costs amplify merit in the long run: a leader's positive index is no evidence of harm."
    )
    return shown
