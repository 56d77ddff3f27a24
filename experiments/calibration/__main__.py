"""`python3 tasks.py calibrate`: both plans, and everything that is shipped."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from experiments.batch import engine
from experiments.batch.target import check_folder, claimed
from experiments.calibration import posterior, tables
from experiments.calibration.campaign import PLANS, QUICK, Sizes, campaign
from experiments.calibration.rounds import find, run_rounds
from sim.errors import InputError

INTERRUPTED = 130
OUT = Path(__file__).parents[1] / "results" / "calibration"


def calibrate(name: str, sizes: Sizes, folder: Path, workers: int, ship: bool) -> None:
    """One plan from start to end; ship: write the ensemble and tables where the product keeps them, else beside the
    rounds."""
    job, began = campaign(name, sizes), time.monotonic()
    rounds = run_rounds(job, folder, workers, lambda line: print(line, file=sys.stderr, flush=True))
    found = find(job, rounds)
    to = tables.Places.product() if ship else tables.Places.beside(folder)
    tables.write_ensemble(job, found, to)
    recovery = posterior.recover(rounds.u[0], rounds.y[0], job.target, sizes.truths, sizes.accepted, job.seed)
    tables.write_tables(job, found, rounds, recovery, to, workers)
    minutes = (time.monotonic() - began) / 60.0
    print(
        f"{name}: {len(found.accepted)} accepted at scale {found.scale:.2f}, {len(found.members)} shipped, "
        f"{minutes:.1f} minutes",
        file=sys.stderr,
    )


def main(words: Sequence[str] | None = None) -> None:
    """`python3 tasks.py calibrate [--out DIR] [--quick] [--plan NAME]`."""
    parser = argparse.ArgumentParser(prog="tasks.py calibrate", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="where rounds are kept; a restart goes on from there")
    parser.add_argument("--quick", action="store_true", help="small, for a look; ships nothing")
    parser.add_argument("--plan", choices=PLANS, action="append", help="only this plan")
    parser.add_argument("--workers", type=int, default=engine.default_workers())
    given = parser.parse_args(words)
    try:
        with claimed(check_folder(given.out), given.out):
            for name in dict.fromkeys(given.plan or PLANS):
                calibrate(name, QUICK if given.quick else Sizes(), given.out, given.workers, ship=not given.quick)
    except InputError as error:
        parser.exit(2, f"tasks.py calibrate: {error}\n")
    except KeyboardInterrupt:
        again = shlex.join(["python3", "tasks.py", "calibrate", *(sys.argv[1:] if words is None else words)])
        parser.exit(INTERRUPTED, f"tasks.py calibrate: stopped; what was played is kept. Go on with: {again}\n")


if __name__ == "__main__":
    main()
