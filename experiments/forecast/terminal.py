"""Scores of a forecast and of the backtest, played, stored and printed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pandas as pd

from experiments.batch.progress import counting
from experiments.batch.store import storing
from experiments.batch.target import Target, taken_file
from experiments.fitted import NEVER, Fitted, laid_out
from experiments.forecast import backtest, scoring, wording
from experiments.forecast.combination import MODEL
from experiments.forecast.forecast import NOTE, Listener
from experiments.forecast.origins import PAST
from experiments.forecast.score import Scored, score
from experiments.screen import Screen

WIDTH = 150
TEXTS = 2
"""Last column of words in the overview."""


def run_score(
    forecast: Path, facts: Sequence[Path], out: Path | None = None, overwrite: bool = False, method: str = ""
) -> None:
    """Score a forecast (of a table with several, that of a method), write the rows if asked, and print the table."""
    with nullcontext() if out is None else taken_file(out, overwrite) as file:
        found = score(forecast, facts, method)
        if file is not None:
            file.write(found.rows.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    show_score(found, _console())


def run_backtest(worlds: int, seed: int, workers: int, target: Target | None = None) -> None:
    """Measure the backtest anew, print it, and write backtest.csv into a folder of its own if asked."""
    console, notes = _console(), list[str]()
    with storing(target) as store:
        with counting("backtest", backtest.RUNS * len(PAST) * worlds) as tick:
            found = backtest.run(worlds, seed, workers, Listener(tick, notes.append))
        if store is not None:
            for name, text in found.files().items():
                store.write(name, text)
    show_backtest(found.scores, console)
    for line in notes:
        console.print(line, highlight=False)


def show_score(found: Scored, console: Screen) -> None:
    """The scores of a forecast."""
    table = scoring.summary(found.rows)
    named = f" ({found.method})" if found.method else ""
    console.print(_table(f"Forecast from {found.origin}{named}, {len(found.rows)} facts", table))
    _overall(table, console)
    covered = wording.percent(scoring.overall(table)["within_90"])
    console.print(f"{covered} of facts lie within the 90 % band.", highlight=False)
    if found.left:
        console.print(
            f"{found.left} facts lie outside the forecast's series and quarters and are left out.", highlight=False
        )
    console.print(NOTE, style="dim")


def show_backtest(scored: pd.DataFrame, console: Screen) -> None:
    """The scores of the backtest: from one origin and from all, and where the model loses."""
    table = scoring.summary(scored[scored["method"] == MODEL])
    console.print(_table("The model, from all origins, with what was known there", table))
    shown = Fitted("By group of series")
    for number, head in enumerate(wording.OVERVIEW):
        justify, rank = ("right", number - TEXTS) if number > TEXTS else ("left", NEVER)
        shown.column(head, rank, justify=justify, no_wrap=number <= TEXTS)
    for row in wording.overview(scored, backtest.ONE):
        shown.add_row(*row)
    console.print(shown)
    for line in (wording.origins(scored), *wording.aims(scored)):
        console.print(f"{line}.", highlight=False)
    for line in wording.losses(table):
        console.print(f"Loses on {line.replace('`', '')}.", highlight=False)
    console.print(NOTE, style="dim")


def _console() -> Screen:
    console = Screen()
    laid_out(console, WIDTH)
    return console


def _table(title: str, table: pd.DataFrame) -> Fitted:
    shown = Fitted(title)
    for number, head in enumerate(wording.HEAD):
        shown.column(head, max(number - 2, NEVER), justify="right" if number else "left", no_wrap=not number)
    for row in wording.rows(table):
        shown.add_row(*row)
    return shown


def _overall(table: pd.DataFrame, console: Screen) -> None:
    for name, rows in scoring.groups(table).items():
        console.print(
            f"{name.capitalize()} ({len(rows)} series, each weighing one): {wording.skills(rows)}.", highlight=False
        )
