"""`fully-booked batch`: a design played into a folder that can always be gone on with."""

from __future__ import annotations

from typing import Annotated

import typer

from experiments.cli.base import Workers, again, app, say, target, whole
from sim.errors import InputError, unknown

MOST_SECONDS = 7 * 24 * 3600


@app.command()
def batch(
    design: Annotated[str, typer.Argument(metavar="DESIGN", help="Name of a design, or path of a .toml file.")],
    out: Annotated[str | None, typer.Option("--out", metavar="DIR", help="Folder. Default: under results/.")] = None,
    engine: Annotated[str, typer.Option("--engine", metavar="NAME", help="serial | local | dask.")] = "",
    workers: Workers = None,
    address: Annotated[
        str | None, typer.Option("--address", metavar="HOST:PORT", help="Scheduler of a Dask cluster that is there.")
    ] = None,
    wait: Annotated[
        int | None,
        whole("--wait", 1, MOST_SECONDS, "Seconds for which the cluster may have no worker. Default: 600."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the batch that the folder holds.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say runs, size and expected time; play nothing.")] = False,
) -> None:
    """Play a design: every point, every replication, into one tidy table that survives whatever ends it."""
    from experiments.batch import batch_terminal, lasting
    from experiments.batch.crew import WAIT_SECONDS
    from experiments.batch.engine import default_workers
    from experiments.batch.lasting import How
    from experiments.designs.plan import plan, remarks

    if engine and engine not in lasting.ENGINES:
        raise unknown("engine", engine, lasting.ENGINES, "--engine")
    if address is not None and engine not in ("", lasting.DASK):
        raise InputError(f"--address goes with --engine dask (given: --engine {engine}).")
    if engine == lasting.SERIAL and (workers or 1) > 1:
        raise InputError(f"--workers = {workers} is not allowed with --engine serial; --engine local takes several.")
    if wait is not None and address is None:
        raise InputError(f"--wait = {wait} goes with --address HOST:PORT, a cluster whose workers may come later.")
    count = workers or default_workers()
    chosen = engine or (lasting.DASK if address else lasting.LOCAL if count > 1 else lasting.SERIAL)
    if resume and out is None:
        raise InputError("--resume needs --out DIR: the folder of the batch to go on with.")
    made = plan(design)
    say(remarks(made))
    how = How(chosen, 1 if chosen == lasting.SERIAL else count, address, resume, wait or WAIT_SECONDS, again)
    if dry_run:
        batch_terminal.preview(made, how)
        return
    status = batch_terminal.run(made, target(out, f"{made.name}-batch", False), how)
    raise typer.Exit(status)
