"""The seam, measured, stored and printed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
from rich.text import Text

from experiments.batch.store import storing
from experiments.batch.target import Target
from experiments.calibration import seam
from experiments.fitted import Fitted, laid_out
from experiments.screen import Screen

WIDTH = 124
WORLDS = seam.WORLDS
COLUMNS = {"last": 3, "first": 2, "jump": 0, "spread / inside": 0, "free run's miss": 1}
"""Head of a column -> when a narrow terminal goes without it: the highest first."""


def run(worlds: int, seed: int, target: Target | None = None) -> bool:
    """Measure, print and write seam.csv. Do all main series hold?"""
    with storing(target) as store:
        found = seam.measured(worlds=worlds, seed=seed)
        if store is not None:
            store.write("seam.csv", found.rows.to_csv(index=False, lineterminator="\n"))
    show(found, worlds, Screen())
    return found.passed


def show(found: seam.Seam, worlds: int, console: Screen) -> None:
    """Print the table and one sentence that counts."""
    laid_out(console, WIDTH)
    table = Fitted(f"Where history ends and the baseline begins, {worlds} worlds")
    table.column("series")
    for name, rank in COLUMNS.items():
        table.column(name, rank, justify="right", no_wrap=True)
    table.column("verdict")
    for row in found.rows.to_dict("records"):
        table.add_row(*cells(row))
    console.print(table)
    console.print(tally(found.rows), highlight=False)
    console.print("An illustration of a model, not a forecast or advice.", style="dim")


def cells(row: Mapping[Hashable, object]) -> list[str | Text]:
    """A row of the table: jumps and misses in per cent, spreads over those where there is no seam."""
    jump, miss = float(str(row["jump"])), float(str(row["miss"]))
    ratio = float(str(row["spread"])) / max(float(str(row["inside"])), 1e-12)
    verdict = Text("holds", "green") if row["holds"] else Text("breaks", "bold red")
    return [
        str(row["series"]),
        f"{row['last']:,.4g}",
        f"{row['first']:,.4g}",
        _percent(jump),
        f"{ratio:.2f}",
        "" if np.isnan(miss) else _percent(miss),
        verdict,
    ]


def tally(rows: pd.DataFrame) -> str:
    """One sentence that counts."""
    median, both = int((rows["jump"].abs() <= seam.TOLERANCE).sum()), int(rows["holds"].sum())
    return (
        f"{both} of {len(rows)} main series go on over the seam; the median of {median} lies within 10 %. Stock is "
        "given in the quarters before, so series that rest on it go on by construction: the miss is what a free run "
        "ends with."
    )


def _percent(log: float) -> str:
    return f"{100.0 * np.expm1(log):+.1f} %".replace("-", "−")
