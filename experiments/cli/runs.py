"""`fully-booked study` and `fully-booked run`: games played and their tables stored."""

from __future__ import annotations

from typing import Annotated

import typer

from experiments.cli.base import (
    Fixed,
    OptionalWorlds,
    Out,
    Overwrite,
    Quarters,
    Resume,
    Seed,
    Workers,
    Worlds,
    app,
    going_on,
    older_said,
    say,
    target,
)


@app.command()
def study(
    worlds: OptionalWorlds = None,
    quarters: Quarters = None,
    seed: Seed = 1,
    quick: Annotated[bool, typer.Option("--quick", help="A first look in seconds: few worlds, 12 quarters.")] = False,
    fixed_parameters: Fixed = False,
    out: Out = None,
    workers: Workers = None,
    overwrite: Overwrite = False,
    resume: Resume = False,
) -> None:
    """The main study: lock-in x antitrust x edge demand, with tables, figures and a report (default: 200 worlds, 20
    quarters)."""
    from experiments.batch.engine import Size, default_workers
    from experiments.study import design
    from experiments.study import terminal as study

    levels = design.read()
    size = Size(
        worlds or (levels.quick_worlds if quick else levels.default_worlds),
        quarters or (levels.quick_quarters if quick else levels.default_quarters),
        seed,
        draw=not fixed_parameters,
    )
    where = going_on(target(out, f"study-seed{seed}", overwrite), resume)
    study.run(size, where, workers or default_workers(), quick)


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="Name of a scenario, or path of a .toml file.")],
    worlds: Worlds = 64,
    quarters: Quarters = None,
    seed: Seed = 1,
    out: Out = None,
    shock: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[:LEVEL][@QUARTER]", help="Shock card on top; may be repeated."),
    ] = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option(metavar="PARTY=NAME", help="Strategy of a party; file.py:NAME is one of your own."),
    ] = None,
    fixed_parameters: Fixed = False,
    lock_in: Annotated[
        bool, typer.Option("--lock-in", help="Measure the lock-in index every fourth quarter and at the end.")
    ] = False,
    workers: Workers = None,
    overwrite: Overwrite = False,
    resume: Resume = False,
) -> None:
    """Play one scenario and write its tables."""
    from experiments import scenarios
    from experiments.batch import single, terminal
    from experiments.batch.engine import Cell, Size, default_workers
    from experiments.cards import Laid

    asked = scenarios.with_shocks(scenarios.load(scenario), shock or [])
    size = Size(worlds, quarters or asked.quarters, seed, draw=not fixed_parameters)
    measured = single.horizons(size.quarters) if lock_in else ()
    cell = Cell(asked, size, scenarios.strategies_of(asked, strategy or []), lock_in=measured)
    say(remark for word in shock or [] if (remark := Laid.read(word).remark))
    say(asked.idle_shocks(scenarios.catalogue_of(asked), size.quarters, size.draw))
    where = going_on(target(out, f"{cell.said}-seed{seed}", overwrite), resume)
    terminal.run(cell, where, workers or default_workers())


@app.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="Results folder, or FOLDER:CELL where it has several.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The same for what is laid beside it.")],
    metric: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Metric; may be repeated.")] = None,
    at: Annotated[str, typer.Option(metavar="QUARTERS", help="For example q8,q12,q20 or 2027Q4.")] = "",
) -> None:
    """What B has more than A, with the interval that their draws allow: paired where both share them."""
    from experiments.batch import compare_terminal

    with older_said():
        compare_terminal.run(first, second, metric or [], at)
