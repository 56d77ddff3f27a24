"""`fully-booked forecast` and `fully-booked score`: a forecast that can be scored, and its score as facts arrive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.cli.base import PairedWorlds, Seed, Workers, app


@app.command()
def forecast(
    to: Annotated[str, typer.Option("--to", metavar="QUARTER", help="Last quarter, for example 2027Q4.")] = "2027Q4",
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="Where the table goes.")] = "forecast.csv",
    worlds: PairedWorlds = None,
    seed: Seed = 1,
    workers: Workers = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
) -> None:
    """Quantiles of public series from the shipped ensemble, of the model alone and combined with drift and a local
    trend (column `method`), to be scored as facts arrive. A test of the model, not advice."""
    from experiments.batch.engine import default_workers
    from experiments.batch.progress import counting
    from experiments.batch.target import taken_file
    from experiments.forecast import combination
    from experiments.forecast import forecast as forecasts
    from experiments.forecast.origins import TODAY
    from experiments.forecast.public_series import known
    from experiments.screen import Screen

    count = worlds or forecasts.WORLDS
    forecasts.quarters_to(to)
    notes: list[str] = []
    with taken_file(Path(out), overwrite) as file:
        with counting("forecast", count) as tick:
            listener = forecasts.Listener(tick, notes.append)
            made = forecasts.make(to, count, seed, workers or default_workers(), listener=listener)
        made = combination.both(made, known(TODAY.quarter), combination.shipped(TODAY.quarter))
        file.write(made.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    console = Screen()
    for line in notes:
        console.print(line, soft_wrap=True, highlight=False)
    covered = (
        f"model and combination, {made['series'].nunique()} series, {made['quarter'].min()} to {made['quarter'].max()}"
    )
    console.print(f"{file.shown}: {covered}. {forecasts.NOTE}", soft_wrap=True, highlight=False)


@app.command()
def score(
    forecast: Annotated[str, typer.Argument(metavar="FORECAST", help="A table of quantiles, as forecast writes it.")],
    facts: Annotated[
        list[str], typer.Argument(metavar="FACTS...", help="Tables of series, quarter, value, unit; or a folder.")
    ],
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="Write a row a series and quarter to this file.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    method: Annotated[
        str, typer.Option("--method", metavar="NAME", help="Which forecast of the table: model (default), combination.")
    ] = "",
) -> None:
    """Score a forecast against facts: CRPS, coverage of its bands, skill against naive forecasts."""
    from experiments.forecast import terminal

    target = None if out is None else Path(out)
    terminal.run_score(Path(forecast), [Path(one) for one in facts], target, overwrite, method)
