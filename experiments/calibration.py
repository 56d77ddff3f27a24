"""Calibrates the model on history and ships an ensemble: waves of history matching, then acceptance in what is left.

Every round of runs is on disk when it is done (written aside, then renamed); whoever is stopped starts again from the last
whole round and gets the same bits. `python3 tasks.py calibrate` does both plans and writes everything that is shipped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from experiments import calibration_output, engine, posterior
from experiments.history_matching import Emulator, Target, next_wave, sobol, values
from experiments.patterns import Plan, load_plan
from experiments.runs import play_all
from experiments.scenarios import LIBRARY, catalogue_of
from sim import ensembles
from sim.arrays import Array
from sim.errors import InputError
from sim.parameters import Parameter
from sim.scenario import Scenario
from sim.scenario import load as load_scenario

PLANS = ("history-2025Q4", "history-2024Q4")
OUT = Path(__file__).parent / "results" / "calibration"
SEED = 1


@dataclass(frozen=True)
class Sizes:
    """Runs of the first round, of every further wave and of the last; waves in between; how many are accepted and shipped."""

    first: int = 8192
    wave: int = 4096
    waves: int = 2
    last: int = 12288
    accepted: int = 256
    members: int = 128
    check: int = 512
    truths: int = 60


QUICK = Sizes(first=256, wave=128, waves=1, last=128, accepted=24, members=16, check=64, truths=6)


@dataclass(frozen=True)
class Campaign:
    """One plan with everything that its results depend on."""

    name: str
    plan: Plan
    scenario: Scenario
    ranges: Mapping[str, Parameter]
    sizes: Sizes
    seed: int

    @property
    def target(self) -> Target:
        """What the fitted patterns should be."""
        fitted = self.plan.fitted
        return Target(
            np.array([one.target for one in fitted]), np.array([one.tolerance for one in fitted]), tuple(one.name for one in fitted)
        )  # fmt: skip

    @property
    def key(self) -> str:
        """Hash of plan, ranges, scenario, sizes, seed and rules: rounds of another key are not taken up."""
        ranges = [[name, one.low, one.default, one.high] for name, one in self.ranges.items()]
        content = [
            self.plan.model_dump(mode="json"),
            ranges,
            self.scenario.digest,
            asdict(self.sizes),
            self.seed,
            ensembles.MECHANISM,
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def campaign(name: str, sizes: Sizes, seed: int = SEED) -> Campaign:
    """A plan with its scenario, without the ensemble that it is to make."""
    plan = load_plan(name)
    scenario = replace(load_scenario(plan.scenario, LIBRARY), ensemble="")
    return Campaign(name, plan, scenario, plan.ranges(catalogue_of(scenario)), sizes, seed)


# --- runs -------------------------------------------------------------------------------------------------------------


def compared(plan: Plan, labels: tuple[str, ...], played: Mapping[str, Array]) -> Array:
    """Fitted patterns on the scale of comparison: (worlds, patterns)."""
    return np.stack([one.compared(one.value(played, labels)) for one in plan.fitted], axis=1)


# --- rounds -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rounds:
    """All rounds so far: coordinates (runs, parameters) and patterns (runs, patterns) of each, and the part of the prior left."""

    u: tuple[Array, ...] = ()
    y: tuple[Array, ...] = ()
    left: tuple[float, ...] = ()

    def together(self) -> tuple[Array, Array]:
        """Runs of all rounds."""
        return np.concatenate(self.u), np.concatenate(self.y)

    def plus(self, u: Array, y: Array, left: float) -> Rounds:
        """With one round more."""
        return Rounds((*self.u, u), (*self.y, y), (*self.left, left))


def run_rounds(
    job: Campaign, folder: Path, workers: int, tell: Callable[[str], None] = lambda line: None, stop_after: int | None = None
) -> Rounds:  # fmt: skip
    """Play what is not on disk yet. stop_after: leave after so many rounds (as if interrupted)."""
    place = folder / f"{job.name}-{job.key}"
    place.mkdir(parents=True, exist_ok=True)
    sizes = [job.sizes.first, *[job.sizes.wave] * job.sizes.waves, job.sizes.last]
    done = Rounds()
    for number, points in enumerate(sizes[:stop_after]):
        file = place / f"round-{number}.npz"
        if not file.is_file():
            u, left = design(job, done, number, points)
            _write(file, u, play_round(job, u, number, workers), left)
        with np.load(file) as saved:
            done = done.plus(saved["u"], saved["y"], float(saved["left"]))
        tell(f"{job.name}: round {number}: {len(done.u[-1])} runs, {done.left[-1]:.2%} of the prior not ruled out")
    return done


def design(job: Campaign, done: Rounds, number: int, points: int) -> tuple[Array, float]:
    """Points of a round: evenly from the prior, then from what all rounds before do not rule out."""
    dimensions, seed = len(job.ranges), job.seed * 1000 + number
    if not done.u:
        return sobol(dimensions, points, seed), 1.0
    emulator = Emulator.fit(*done.together())
    return next_wave(dimensions, points, seed, lambda u: emulator.plausible(u, job.target))


def play_round(job: Campaign, u: Array, number: int, workers: int) -> Array:
    """Patterns of the points of a round: (points, patterns)."""
    labels, played = play_all(
        job.scenario, job.plan.metrics(), values(job.ranges, u), job.seed * 1000 + number, workers
    )
    return compared(job.plan, labels, played)


def _write(file: Path, u: Array, y: Array, left: float) -> None:
    aside = file.with_suffix(".part")
    with aside.open("wb") as opened:
        np.savez(opened, u=u, y=y, left=np.array(left))
    aside.replace(file)


# --- what comes of it ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """Accepted runs and the members chosen of them, in coordinates; where the medoid is; scale of the kernel; part left."""

    accepted: Array
    members: Array
    central: int
    scale: float
    left: float


def find(job: Campaign, rounds: Rounds) -> Found:
    """Accept among all runs that the last emulator does not rule out: there each round is even, so together they are."""
    u, y = rounds.together()
    inside = Emulator.fit(u, y).plausible(u, job.target)
    if not inside.any():
        raise InputError(f"calibration: {job.name}: no run is plausible; widen a range or a tolerance.")
    u, y = u[inside], y[inside]
    accepted = posterior.accept(y, job.target, job.sizes.accepted, job.seed)
    chosen = posterior.choose(accepted.runs, job.sizes.members, job.seed)
    shipped = [k for k, name in enumerate(job.ranges) if name in job.plan.parameters]
    return Found(u[accepted.runs], u[chosen], posterior.medoid(u[chosen][:, shipped]), accepted.scale, rounds.left[-1])


def calibrate(name: str, sizes: Sizes, folder: Path, workers: int, ship: bool) -> None:
    """One plan from start to end; ship: write the ensemble and tables where the product keeps them, else beside the rounds."""
    job, began = campaign(name, sizes), time.monotonic()
    rounds = run_rounds(job, folder, workers, lambda line: print(line, file=sys.stderr, flush=True))
    found = find(job, rounds)
    to = calibration_output.Places.product() if ship else calibration_output.Places.beside(folder)
    calibration_output.write_ensemble(job, found, to)
    recovery = posterior.recover(rounds.u[0], rounds.y[0], job.target, sizes.truths, sizes.accepted, job.seed)
    calibration_output.write_tables(job, found, rounds, recovery, to, workers)
    minutes = (time.monotonic() - began) / 60.0
    print(
        f"{name}: {len(found.accepted)} accepted at scale {found.scale:.2f}, {len(found.members)} shipped, {minutes:.1f} minutes",
        file=sys.stderr,
    )


def main() -> None:
    """`python3 tasks.py calibrate [--out DIR] [--quick] [--plan NAME]`."""
    parser = argparse.ArgumentParser(prog="tasks.py calibrate", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="where rounds are kept; a restart goes on from there")
    parser.add_argument("--quick", action="store_true", help="small, for a look; ships nothing")
    parser.add_argument("--plan", choices=PLANS, action="append", help="only this plan")
    parser.add_argument("--workers", type=int, default=engine.default_workers())
    given = parser.parse_args()
    for name in given.plan or PLANS:
        calibrate(name, QUICK if given.quick else Sizes(), given.out, given.workers, ship=not given.quick)
    if not given.quick:
        calibration_output.write_page()


if __name__ == "__main__":
    main()
