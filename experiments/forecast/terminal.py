"""What `fully-booked score` does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from experiments.batch.target import File, taken_file
from experiments.forecast import backtest, scoring
from experiments.forecast.forecast import NOTE
from experiments.forecast.public_series import known
from experiments.forecast.score_files import read_facts, read_forecast
from sim.errors import InputError
from sim.quarters import label, ordinal

WIDTH = 150


def score(forecast: Path, facts: Sequence[Path], out: Path | None = None, overwrite: bool = False) -> None:
    """Score a forecast, print the table, and write the rows if asked."""
    with nullcontext() if out is None else taken_file(out, overwrite) as file:
        _score(forecast, facts, file)


def _score(forecast: Path, facts: Sequence[Path], file: File | None) -> None:
    made, found = read_forecast(forecast), read_facts(facts)
    origin = label(min(ordinal(q) for q in made["quarter"]) - 1)
    history = known(origin)
    short = [name for name in made["series"].unique() if name not in history or history[name].empty]
    if short:
        raise InputError(f"{forecast.name}: {short[0]}: nothing is known up to {origin}, the quarter before it begins.")
    scored = scoring.compare(made, found, history)
    asked = set(zip(made["series"], made["quarter"], strict=True))
    left = sum(
        (series, quarter) not in asked for series, quarter in zip(found["series"], found["quarter"], strict=True)
    )
    if scored.empty:
        first, last = made["quarter"].min(), made["quarter"].max()
        raise InputError(
            f"{facts[0].name}: none of its {len(found)} facts lies in the forecast, which covers {first} to {last}."
        )
    _show(scored, left, origin)
    if file is not None:
        file.write(scored.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def _show(scored: pd.DataFrame, left: int, origin: str) -> None:
    console = Console()
    console.width = max(console.width, WIDTH)
    table = scoring.summary(scored)
    shown = Table(title=f"Forecast from {origin}, {len(scored)} facts", box=box.SIMPLE_HEAD, title_justify="left")
    for number, head in enumerate(backtest.HEAD):
        shown.add_column(head, justify="right" if number else "left", no_wrap=not number)
    for row in backtest.show(table):
        shown.add_row(*row)
    console.print(shown)
    total = scoring.overall(table)
    for name, rows in scoring.groups(table).items():
        console.print(f"{name.capitalize()} (geometric means): {backtest.skills(rows)}.", highlight=False)
    console.print(f"{100.0 * total['within_90']:.0f} % of facts lie within the 90 % band.", highlight=False)
    if left:
        console.print(f"{left} facts lie outside the forecast's series and quarters and are left out.", highlight=False)
    console.print(NOTE, style="dim")
