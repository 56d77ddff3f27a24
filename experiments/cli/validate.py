"""`fully-booked validate`: the model tried against theory (and, with more options, against history)."""

from __future__ import annotations

from typing import Annotated

import typer

from experiments.cli.base import (
    MOST_WORLDS,
    Out,
    Overwrite,
    Resume,
    Seed,
    Workers,
    app,
    going_on_if_asked,
    target_if_asked,
    whole_number,
)
from sim.errors import InputError

FAILED = 1


@app.command()
def validate(
    theory: Annotated[
        bool, typer.Option("--theory", help="32 hypotheses of theory and the changes that must not matter.")
    ] = False,
    backtest: Annotated[
        bool, typer.Option("--backtest", help="From several origins, with what was known there, to the end of 2025.")
    ] = False,
    seam: Annotated[
        bool, typer.Option("--seam", help="Does the baseline go on where its history ends? Main series over the seam.")
    ] = False,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="A first look in seconds: placebos and what shows in 12 quarters on few worlds."),
    ] = False,
    only: Annotated[str, typer.Option("--only", metavar="KEYS", help="Some hypotheses, for example S01,S24.")] = "",
    worlds: Annotated[str, typer.Option("--worlds", metavar="N", help="Parallel worlds a cell.")] = "",
    seed: Seed = 1,
    workers: Workers = None,
    out: Out = None,
    overwrite: Overwrite = False,
    resume: Resume = False,
) -> int:
    """Try the model: against theory (hypothesis, what was varied, effect with interval, verdict; exit status 1 when
    one fails that is not a known failure), against 2025 (CRPS and skill), or where history ends and a game begins (exit
    status 1 when a main series breaks)."""
    asked = [name for name, given in {"theory": theory, "backtest": backtest, "seam": seam}.items() if given]
    if len(asked) != 1:
        raise InputError("validate: say what against: allowed is one of --theory, --backtest and --seam.")
    said = [name for name, given in {"--quick": quick, "--only": only, "--resume": resume}.items() if given]
    if said and not theory:
        raise InputError(f"{said[0]} does not go with --{asked[0]}; leave it out.")
    if seam and workers is not None:
        raise InputError("--workers does not go with --seam, which is measured in one process; leave it out.")
    from experiments.batch.engine import default_workers

    processes, target = workers or default_workers(), target_if_asked(out, overwrite)
    if seam:
        from experiments.calibration import seam_terminal

        count = whole_number("--worlds", worlds or "64", 16, MOST_WORLDS)
        return 0 if seam_terminal.run(count, seed, target) else FAILED
    if backtest:
        from experiments.forecast import backtest as tests
        from experiments.forecast import terminal as scores

        count = whole_number("--worlds", worlds or str(tests.WORLDS), 2, MOST_WORLDS)
        scores.run_backtest(count, seed, processes, target)
        return 0
    from experiments.theory import terminal, trial

    count = whole_number("--worlds", worlds or str(trial.default_worlds(quick)), 8, MOST_WORLDS)
    keys = list(dict.fromkeys(key.strip().upper() for key in only.split(",") if key.strip()))
    target = going_on_if_asked(out, overwrite, resume)
    return 0 if terminal.run(keys, quick, count, seed, processes, target) else FAILED
