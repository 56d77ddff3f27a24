"""`fully-booked whatif`: what a shock, a remedy or a value changes, paired on shared draws."""

from __future__ import annotations

from typing import Annotated

import typer

from experiments.cli.base import (
    Fixed,
    Overwrite,
    PairedWorlds,
    Quarters,
    Resume,
    Seed,
    Workers,
    app,
    going_on_if_asked,
    say,
)

DEFAULT_WORLDS = 64
CARD = "NAME[:LEVEL][@QUARTER]"


@app.command()
def whatif(
    base: Annotated[str, typer.Argument(metavar="BASE", help="Name of a scenario, or path of a .toml file.")],
    shock: Annotated[
        list[str] | None, typer.Option(metavar=CARD, help="Shock card, or path of one; may be repeated.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PARAMETER=VALUE", help="What every world is given; may be repeated."),
    ] = None,
    case: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'[TITLE: ]CARD, PARAMETER=VALUE, ...'", help="One of several what-ifs side by side; repeat it."
        ),
    ] = None,
    worlds: PairedWorlds = None,
    quarters: Quarters = None,
    seed: Seed = 1,
    fixed_parameters: Fixed = False,
    out: Annotated[str | None, typer.Option("--out", metavar="DIR", help="Folder for tables, figure and page.")] = None,
    workers: Workers = None,
    overwrite: Overwrite = False,
    resume: Resume = False,
) -> None:
    """What if? What shocks, remedies and values do to Trainium's share, world by world (default: 64 worlds)."""
    from experiments import scenarios
    from experiments.batch.engine import Size, default_workers
    from experiments.whatif import terminal
    from experiments.whatif.bench import Asked
    from experiments.whatif.question import ask_all, remarks

    scenario = scenarios.load(base)
    questions = ask_all(scenario, shock or [], set_ or [], case or [])
    size = Size(worlds or DEFAULT_WORLDS, quarters or scenario.quarters, seed, draw=not fixed_parameters)
    for one in questions:
        say(remarks(one, size))
    asked = Asked(questions, size, lock_in=(size.quarters,))
    terminal.run(asked, going_on_if_asked(out, overwrite, resume), workers or default_workers())
