"""`fully-booked sensitivity`, `discover`, `regret` and `figures`: what a batch says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.cli.base import Overwrite, app, older_said, share, target, target_if_asked, whole

Folder = Annotated[str, typer.Argument(metavar="DIR", help="Folder of a batch.")]
Outcomes = Annotated[
    list[str] | None,
    typer.Option("--outcome", metavar="NAME", help="Outcome that the batch kept; may be repeated. Default: its first."),
]
At = Annotated[str, typer.Option(metavar="QUARTERS", help="For example q8,q20 or 2027Q4. Default: the last.")]
Out = Annotated[
    str | None, typer.Option("--out", metavar="DIR", help="New or empty folder for tables and figures. Default: none.")
]


@app.command()
def sensitivity(
    folder: Folder, outcome: Outcomes = None, at: At = "", out: Out = None, overwrite: Overwrite = False
) -> None:
    """Which number makes an outcome vary, and how much of it is mere chance: indices of a Sobol or Morris design."""
    from experiments.analysis import sensitivity_terminal

    with older_said():
        sensitivity_terminal.run(folder, outcome or [], at, target_if_asked(out, overwrite))


@app.command()
def discover(
    folder: Folder,
    where: Annotated[
        str,
        typer.Option("--where", metavar="CONDITION", help="For example 'trainium_share_used < 0.05'; and, or, not."),
    ],
    at: Annotated[str, typer.Option(metavar="QUARTER", help="For example q20 or 2027Q4. Default: the last.")] = "",
    density: Annotated[
        float, share("--density", "Of the runs in a box, the share in which it should hold at least.")
    ] = 0.8,
    boxes: Annotated[int, whole("--boxes", 1, 10, "Boxes at most, each among the runs that the others left.")] = 2,
    drawn: Annotated[
        bool, typer.Option("--drawn", help="Search the parameters that each world drew too, not only what was varied.")
    ] = False,
    out: Out = None,
    overwrite: Overwrite = False,
) -> None:
    """Under which of the conditions that a batch varied (--drawn: or its worlds drew) something happens: boxes by
    patient rule induction (PRIM)."""
    from experiments.analysis import discover_terminal

    with older_said():
        discover_terminal.run(folder, where, at, (density, boxes, drawn), target_if_asked(out, overwrite))


@app.command()
def regret(
    folder: Folder,
    outcome: Annotated[str, typer.Option("--outcome", metavar="NAME", help="Outcome. Default: the first.")] = "",
    at: Annotated[str, typer.Option(metavar="QUARTER", help="For example q20 or 2027Q4. Default: the last.")] = "",
    want: Annotated[
        str, typer.Option("--want", metavar="high|low", help="Is the outcome wanted high or low?")
    ] = "high",
    options: Annotated[
        str,
        typer.Option("--options", metavar="NAME", help="What is chosen: players, shocks, scenario, cell, or a number."),
    ] = "",
    where: Annotated[str, typer.Option("--where", metavar="CONDITION", help="Criterion that is to be met.")] = "",
    out: Out = None,
    overwrite: Overwrite = False,
) -> None:
    """Which option is regretted least over all worlds, and how often each meets a criterion."""
    from experiments.analysis import regret_terminal

    with older_said():
        regret_terminal.run(folder, (outcome, options), at, (want, where), target_if_asked(out, overwrite))


@app.command()
def figures(
    folder: Folder,
    outcome: Annotated[str, typer.Option("--outcome", metavar="NAME", help="Outcome. Default: the first.")] = "",
    at: Annotated[str, typer.Option(metavar="QUARTER", help="For example q20 or 2027Q4. Default: the last.")] = "",
    options: Annotated[
        str, typer.Option("--options", metavar="NAME", help="A panel each: players, shocks, scenario, or a number.")
    ] = "",
    surface: Annotated[str, typer.Option("--surface", metavar="A,B", help="Two numbers that a surface is over.")] = "",
    out: Annotated[
        str | None, typer.Option("--out", metavar="DIR", help="New or empty folder. Default: under results/.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw what a batch says, with the data as CSV: fans, paired differences, regret, tornado, response surface."""
    from experiments.analysis import figures_terminal

    place = target(out, f"{Path(folder).resolve().name}-figures", overwrite)
    with older_said():
        figures_terminal.run(folder, outcome, at, (options, surface), place)
