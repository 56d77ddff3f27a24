"""`fully-booked tournament`: strategies against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.cli import base
from experiments.cli.base import Fixed, Out, Overwrite, Seed, Workers, Worlds, app, command_line


@app.command()
def tournament(
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help="cloud | vendor | lab | regulator")],
    party: Annotated[
        str, typer.Option("--party", metavar="NAME", help="The seat that is judged. Default: the role's first.")
    ] = "",
    strategy: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only these; may be repeated. Default: all.")
    ] = None,
    scenario: Annotated[str, typer.Option("--scenario", metavar="NAME", help="Scenario that is played.")] = "baseline",
    worlds: Worlds = "64",
    quarters: Annotated[
        str, typer.Option("--quarters", metavar="N", help="Quarters to play. Default: 8, for regulators 16.")
    ] = "",
    seed: Seed = "1",
    fixed_parameters: Fixed = False,
    out: Out = "",
    workers: Workers = "",
    overwrite: Overwrite = False,
) -> None:
    """Play a role's strategies against each other on shared draws: ranks with intervals, payoff matrix, best responses."""
    from experiments.bots import tournament as contest
    from sim import objectives

    sizes = base.sizes(worlds, quarters or str(objectives.horizon(role)), seed, workers)
    asked = contest.rules(scenario, role, party, strategy or [], *sizes[:3], not fixed_parameters)
    contest.run(asked, Path(out) if out else None, sizes[3], overwrite, command_line())
