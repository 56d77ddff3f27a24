"""`fully-booked validate`: the model tried against theory (and, with more options, against history)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from experiments.cli_base import MOST_WORKERS, MOST_WORLDS, Out, Overwrite, Seed, Workers, Worlds, app, whole_number
from sim.errors import InputError

FAILED = 1


@app.command()
def validate(
    theory: Annotated[
        bool, typer.Option("--theory", help="32 hypotheses of theory and the changes that must not matter.")
    ] = False,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="A first look in seconds: placebos and what shows in 12 quarters on few worlds."),
    ] = False,
    only: Annotated[str, typer.Option("--only", metavar="KEYS", help="Some hypotheses, for example S01,S24.")] = "",
    worlds: Worlds = "",
    seed: Seed = "1",
    workers: Workers = "",
    out: Out = "",
    overwrite: Overwrite = False,
) -> int:
    """Try the model against theory: hypothesis, what was varied, effect with interval, verdict. Exit status 1 when one fails that is not a known failure."""
    if not theory:
        raise InputError("validate: nothing to do; allowed is --theory.")
    from experiments.engine import default_workers
    from experiments.theory import command

    count = whole_number("--worlds", worlds or str(command.default_worlds(quick)), 8, MOST_WORLDS)
    processes = whole_number("--workers", workers or str(default_workers()), 1, MOST_WORKERS)
    keys = [key.strip().upper() for key in only.split(",") if key.strip()]
    fine = command.theory(
        keys, quick, count, whole_number("--seed", seed, 0, 2**32 - 1), processes, Path(out) if out else None, overwrite
    )
    return 0 if fine else FAILED
