"""`fully-booked claims`: the claims of the market narrative, with evidence and what the model says.

Without flags it shows the measurement that ships, at once; `--run` measures anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import typer

from experiments.batch.target import Target
from experiments.cli.base import (
    MOST_SEED,
    Out,
    Overwrite,
    PairedWorlds,
    Quarters,
    Resume,
    Workers,
    app,
    going_on,
    target,
    whole,
)
from sim.errors import InputError


@app.command()
def claims(
    number: Annotated[str, typer.Argument(metavar="[CLAIM]", help="One claim in full: C01 to C42. Default: all.")] = "",
    run: Annotated[
        bool, typer.Option("--run", help="Measure all experiments anew and write claims.csv and claims.md.")
    ] = False,
    worlds: PairedWorlds = None,
    quarters: Quarters = None,
    seed: Annotated[int | None, whole("--seed", 0, MOST_SEED, "Seed of all draws. Default: 1.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A first look: 16 worlds, 12 quarters.")] = False,
    workers: Workers = None,
    out: Out = None,
    overwrite: Overwrite = False,
    resume: Resume = False,
) -> None:
    """The claims on trial: evidence, place in the model, what the model says. --run measures anew."""
    given = {
        "--worlds": worlds,
        "--quarters": quarters,
        "--seed": seed,
        "--quick": quick or None,
        "--workers": workers,
        "--out": out,
        "--overwrite": overwrite or None,
        "--resume": resume or None,
    }
    said = [name for name, value in given.items() if value is not None]
    if run and number:
        raise InputError(f"--run measures all claims; leave out '{number}', or show it alone without --run.")
    if run:
        where = going_on(target(out, f"claims-{1 if seed is None else seed}", overwrite), resume)
        _measure({"worlds": worlds, "quarters": quarters, "seed": seed}, quick, workers, where)
    elif said:
        raise InputError(f"{said[0]} needs --run: without it the measurement that ships is shown.")
    else:
        _show(number)


def _show(number: str) -> None:
    """The shipped measurement: all claims, or one in full."""
    from experiments.claims import claims as on_trial
    from experiments.claims import terminal

    known = on_trial.read()
    chosen = [on_trial.pick(known, number)] if number else list(known.values())
    measured = on_trial.shipped()
    judged = on_trial.judge(chosen, measured)
    if number:
        terminal.show_one(judged[0], measured)
    else:
        terminal.show_all(judged, measured)


def _measure(given: Mapping[str, int | None], quick: bool, workers: int | None, where: Target) -> None:
    """Play all experiments, write the tables into a folder and show the claims. given: what of the size is not as
    usual."""
    from experiments.batch.engine import default_workers
    from experiments.batch.progress import counting
    from experiments.batch.store import Store, provenance
    from experiments.batch.target import PROVENANCE
    from experiments.claims import claims as on_trial
    from experiments.claims import terminal
    from experiments.pages import claims as claims_page
    from experiments.screen import Screen
    from experiments.whatif import trials

    unusual: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    size = replace(trials.QUICK if quick else trials.FULL, **unusual)
    wanted = list(trials.read().values())
    with Store(where) as store:
        with counting("claims", size.worlds * len(trials.cells(wanted, size))) as tick:
            measured = trials.measure(wanted, size, workers or default_workers(), tick, store.keeps())
        judged = on_trial.judge(on_trial.read().values(), measured)
        store.write("claims.csv", on_trial.summary(judged))
        store.write("claims.md", claims_page.page(measured))
        store.write("measured.csv", on_trial.table_text(measured))
        store.write(PROVENANCE, provenance({"command": where.command, **measured.facts}))
    terminal.show_all(judged, measured)
    Screen().print(f"Tables: {store.out}", soft_wrap=True)
