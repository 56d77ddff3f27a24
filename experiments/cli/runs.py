"""`fully-booked study` and `fully-booked run`: games played and their tables stored."""

from __future__ import annotations

from typing import Annotated

import typer

from experiments.cli import base
from experiments.cli.base import Fixed, Out, Overwrite, Quarters, Seed, Workers, Worlds, app, command_line


@app.command()
def study(
    worlds: Worlds = "",
    quarters: Quarters = "",
    seed: Seed = "1",
    quick: Annotated[bool, typer.Option("--quick", help="A first look in seconds: few worlds, 12 quarters.")] = False,
    fixed_parameters: Fixed = False,
    out: Out = "",
    workers: Workers = "",
    overwrite: Overwrite = False,
) -> None:
    """The main study: lock-in x antitrust x edge demand, with tables, figures and a report (default: 200 worlds, 20 quarters)."""
    from experiments.study import design
    from experiments.study import play as study

    levels = design.read()
    sizes = base.sizes(
        worlds or str(levels.quick_worlds if quick else levels.default_worlds),
        quarters or str(levels.quick_quarters if quick else levels.default_quarters),
        seed,
        workers,
    )
    folder = base.folder(out, f"study-{seed}")
    size = design.Size(*sizes[:3], quick=quick, draw=not fixed_parameters)
    study.run(size, folder, sizes[3], overwrite, command_line())


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="Name of a scenario, or path of a .toml file.")],
    worlds: Worlds = "64",
    quarters: Quarters = "",
    seed: Seed = "1",
    out: Out = "",
    shock: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Shock card on top; may be repeated.")] = None,
    strategy: Annotated[list[str] | None, typer.Option(metavar="PARTY=NAME", help="Strategy of a party.")] = None,
    fixed_parameters: Fixed = False,
    lock_in: Annotated[
        bool, typer.Option("--lock-in", help="Measure the lock-in index every fourth quarter and at the end.")
    ] = False,
    workers: Workers = "",
    overwrite: Overwrite = False,
) -> None:
    """Play one scenario and write its tables."""
    from experiments import scenarios
    from experiments.batch import single
    from experiments.batch.engine import Cell

    loaded = scenarios.load(scenario)
    sizes = base.sizes(worlds, quarters or str(loaded.quarters), seed, workers)
    loaded = scenarios.with_shocks(loaded, shock or [])
    seats = scenarios.strategies_of(loaded, strategy or [])
    measured = tuple(sorted({*range(4, sizes[1] + 1, 4), 1, sizes[1]})) if lock_in else ()
    cell = Cell(
        loaded.name,
        loaded,
        *sizes[:3],
        draw=not fixed_parameters,
        strategies=seats,
        more_tables=("parties", *(("lock_in",) if lock_in else ())),
        lock_in=measured,
    )
    single.run(cell, base.folder(out, f"{loaded.name}-{seed}"), sizes[3], overwrite, command_line())
