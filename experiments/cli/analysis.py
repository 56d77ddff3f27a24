"""`fully-booked sensitivity`, `discover`, `regret` and `figures`: what a batch says."""

from __future__ import annotations

from typing import Annotated

import typer

from experiments.cli.base import Overwrite, app, target_if_asked

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

    sensitivity_terminal.run(folder, outcome or [], at, target_if_asked(out, overwrite))
