"""`fully-booked claims`: the claims of the market narrative, with evidence and what the model says.

Without flags it shows the measurement that ships, at once; `--run` measures anew.
"""

from __future__ import annotations

from typing import Annotated

import typer

from experiments.cli import base
from experiments.cli.base import (
    MOST_WORKERS,
    MOST_WORLDS,
    Out,
    Overwrite,
    Quarters,
    Workers,
    Worlds,
    app,
    command_line,
    whole_number,
)
from sim.errors import InputError


@app.command()
def claims(
    number: Annotated[str, typer.Argument(metavar="[CLAIM]", help="One claim in full: C01 to C42. Default: all.")] = "",
    run: Annotated[
        bool, typer.Option("--run", help="Measure all experiments anew and write claims.csv and claims.md.")
    ] = False,
    worlds: Worlds = "",
    quarters: Quarters = "",
    seed: Annotated[str, typer.Option("--seed", metavar="N", help="Seed of all draws. Default: 1.")] = "",
    quick: Annotated[bool, typer.Option("--quick", help="A first look: 16 worlds, 12 quarters.")] = False,
    workers: Workers = "",
    out: Out = "",
    overwrite: Overwrite = False,
) -> None:
    """The claims on trial: evidence, place in the model, what the model says. --run measures anew."""
    given = {
        "--worlds": worlds, "--quarters": quarters, "--seed": seed, "--quick": quick, "--workers": workers, "--out": out,
        "--overwrite": overwrite,
    }  # fmt: skip
    said = [name for name, value in given.items() if value]
    if run and number:
        raise InputError(f"--run measures all claims; leave out '{number}', or show it alone without --run.")
    if run:
        _measure(worlds, quarters, seed, quick, workers, out, overwrite)
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


def _measure(worlds: str, quarters: str, seed: str, quick: bool, workers: str, out: str, overwrite: bool) -> None:
    """Play all experiments, write the tables into a folder and show the claims."""
    from experiments.batch.engine import default_workers
    from experiments.batch.progress import counting
    from experiments.batch.store import PROVENANCE, Store, provenance
    from experiments.claims import claims as on_trial
    from experiments.claims import terminal
    from experiments.pages import claims as claims_page
    from experiments.whatif import trials
    from sim.noise import LONGEST_GAME

    size = trials.Size(
        whole_number("--worlds", worlds or str(trials.QUICK_WORLDS if quick else trials.WORLDS), 2, MOST_WORLDS),
        whole_number("--quarters", quarters or str(trials.QUICK_QUARTERS if quick else trials.QUARTERS), 1, LONGEST_GAME),
        whole_number("--seed", seed or str(trials.SEED), 0, 2**32 - 1),
    )  # fmt: skip
    processes = whole_number("--workers", workers or str(default_workers()), 1, MOST_WORKERS)
    wanted = list(trials.read().values())
    with Store(base.folder(out, f"claims-{size.seed}"), overwrite) as store:
        with counting("claims", size.worlds * len(trials.cells(wanted, size))) as tick:
            measured = trials.measure(wanted, size, processes, tick)
        judged = on_trial.judge(on_trial.read().values(), measured)
        store.write("claims.csv", on_trial.summary(judged))
        store.write("claims.md", claims_page.page(measured))
        store.write("measured.csv", on_trial.table_text(measured))
        store.write(PROVENANCE, provenance({"command": command_line(), **measured.facts}))
    terminal.show_all(judged, measured)
    print(f"Tables: {store.target}")
