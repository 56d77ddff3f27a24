"""`fully-booked tournament`: strategies against each other."""

from __future__ import annotations

from typing import Annotated

import typer

from experiments.cli import base
from experiments.cli.base import Fixed, Out, Overwrite, Resume, Seed, Workers, Worlds, app


@app.command()
def tournament(
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help="cloud | vendor | lab | regulator")],
    party: Annotated[
        str, typer.Option("--party", metavar="NAME", help="The seat that is judged. Default: the role's first.")
    ] = "",
    strategy: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only these (or file.py:NAME); may be repeated."),
    ] = None,
    scenario: Annotated[str, typer.Option("--scenario", metavar="NAME", help="Scenario that is played.")] = "baseline",
    worlds: Worlds = 64,
    quarters: Annotated[int | None, base.quarters("Quarters to play. Default: 8, for regulators 16.")] = None,
    seed: Seed = 1,
    fixed_parameters: Fixed = False,
    out: Out = None,
    workers: Workers = None,
    overwrite: Overwrite = False,
    resume: Resume = False,
) -> None:
    """Play a role's strategies against each other on shared draws: ranks with intervals, payoff matrix, best
    responses."""
    from experiments.batch.engine import Size, default_workers
    from experiments.bots import terminal
    from experiments.bots import tournament as contest
    from sim import objectives

    size = Size(worlds, quarters or objectives.horizon(role), seed, draw=not fixed_parameters)
    asked = contest.rules(scenario, role, party, strategy or [], size)
    terminal.run(asked, base.going_on_if_asked(out, overwrite, resume), workers or default_workers())
