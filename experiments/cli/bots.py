"""`fully-booked tournament`: strategies against each other."""

from __future__ import annotations

from dataclasses import replace
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


@app.command()
def equilibrium(
    first: Annotated[str, typer.Argument(metavar="SEAT", help="For example aws.")],
    second: Annotated[str, typer.Argument(metavar="SEAT", help="A seat of any role, for example ftc.")],
    strategy: Annotated[
        list[str] | None,
        typer.Option(metavar="SEAT=NAME", help="Only these of a seat; may be repeated. Default: all."),
    ] = None,
    scenario: Annotated[str, typer.Option("--scenario", metavar="NAME", help="Scenario that is played.")] = "baseline",
    worlds: Annotated[int, base.whole("--worlds", 2, base.MOST_WORLDS, "Parallel worlds a cell.")] = 64,
    quarters: Annotated[int | None, base.quarters("Quarters to play. Default: the longer of both roles'.")] = None,
    seed: Seed = 1,
    fixed_parameters: Fixed = False,
    out: Out = None,
    workers: Workers = None,
    overwrite: Overwrite = False,
) -> None:
    """Equilibria of two seats' strategies, pure and mixed, from what both earn on shared draws; ties are named."""
    from experiments.analysis import equilibria_terminal
    from experiments.batch.engine import Size, default_workers
    from experiments.bots import two_roles
    from sim import objectives

    size = Size(worlds, quarters or 1, seed, draw=not fixed_parameters)
    asked = two_roles.meeting(scenario, (first, second), strategy or [], size)
    if quarters is None:
        asked = replace(asked, size=replace(size, quarters=max(objectives.horizon(one.role) for one in asked.seats)))
    equilibria_terminal.run(asked, base.target_if_asked(out, overwrite), workers or default_workers())
