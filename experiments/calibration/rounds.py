"""Calibrates the model on history and ships an ensemble: waves of history matching, then acceptance in what is left.

Every round of runs is on disk when it is done (written aside, then renamed), and until then every chunk of it; whoever
is stopped goes on from there and gets the same bits. `python3 tasks.py calibrate` does both plans and writes everything
that is shipped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from experiments.batch.engine import Keeps
from experiments.batch.fingerprint import rules
from experiments.batch.listed import same_rules, write_json
from experiments.batch.runs import play_all, play_before
from experiments.batch.target import UNFINISHED
from experiments.batch.unfinished import Unfinished
from experiments.calibration import posterior
from experiments.calibration.campaign import Campaign, Found, Rounds
from experiments.calibration.history_matching import Emulator, next_wave, sobol, values
from experiments.calibration.patterns import GIVEN, Plan, plain
from experiments.stats import no_figures
from sim.arrays import Array
from sim.errors import InputError

PLAYED = ("free", "given")
"""How a world is played: freely, and with the stock of the tables given."""

# --- runs -------------------------------------------------------------------------------------------------------------


def compared(plan: Plan, labels: tuple[str, ...], played: Mapping[str, Array]) -> Array:
    """Fitted patterns on the scale of comparison: (worlds, patterns)."""
    return np.stack([one.compared(one.value(played, labels)) for one in plan.fitted], axis=1)


def play_both(
    job: Campaign,
    metrics: Sequence[str],
    given: dict[str, Array],
    seed: int,
    workers: int,
    keeps: Sequence[Keeps | None] = (None, None),
) -> tuple[tuple[str, ...], dict[str, Array]]:
    """Labels of history's quarters, and metrics of worlds with given parameters, (worlds, quarters) each: as it is
    played freely, and, where a name ends so, with the stock of the tables given. keeps: where chunks of both are kept
    meanwhile."""
    free = tuple(name for name in metrics if plain(name) == name)
    known = tuple(plain(name) for name in metrics if plain(name) != name)
    labels, played = play_all(job.scenario, free, given, seed, workers, keeps[0])
    if known:
        _, there = play_before(job.opening, known, given, seed, workers, keeps[1])
        played = played | {name + GIVEN: value for name, value in there.items()}
    return labels, played


# --- rounds -----------------------------------------------------------------------------------------------------------


def run_rounds(
    job: Campaign,
    folder: Path,
    workers: int,
    tell: Callable[[str], None] = lambda line: None,
    stop_after: int | None = None,
) -> Rounds:
    """Play what is not on disk yet. stop_after: leave after so many rounds (as if interrupted)."""
    place = folder / f"{job.name}-{job.key}"
    place.mkdir(parents=True, exist_ok=True)
    _same_rules(place)
    sizes = [job.sizes.first, *[job.sizes.wave] * job.sizes.waves, job.sizes.last]
    done = Rounds()
    for number, points in enumerate(sizes[:stop_after]):
        file = place / f"round-{number}.npz"
        if not file.is_file():
            u, left = design(job, done, number, points)
            keeps = [Unfinished(place / f"round-{number}-{name}.{UNFINISHED}", place, resume=True) for name in PLAYED]
            _write(file, u, play_round(job, u, number, workers, keeps), left)
            for one in keeps:
                one.drop()
        with np.load(file) as saved:
            done = done.plus(saved["u"], saved["y"], float(saved["left"]))
        tell(f"{job.name}: round {number}: {len(done.u[-1])} runs, {done.left[-1]:.2%} of the prior not ruled out")
        if done.broken[-1]:
            tell(f"{job.name}: round {number}: {no_figures(done.broken[-1], points)} and are ruled out")
    return done


def design(job: Campaign, done: Rounds, number: int, points: int) -> tuple[Array, float]:
    """Points of a round: evenly from the prior, then from what all rounds before do not rule out."""
    dimensions, seed = len(job.ranges), job.seed * 1000 + number
    if not done.u:
        return sobol(dimensions, points, seed), 1.0
    emulator = Emulator.fit(*done.together())
    return next_wave(dimensions, points, seed, lambda u: emulator.plausible(u, job.target))


def play_round(
    job: Campaign, u: Array, number: int, workers: int, keeps: Sequence[Keeps | None] = (None, None)
) -> Array:
    """Patterns of the points of a round: (points, patterns). keeps: where chunks are kept meanwhile."""
    seed = job.seed * 1000 + number
    labels, played = play_both(job, job.plan.metrics(), values(job.ranges, u), seed, workers, keeps)
    return compared(job.plan, labels, played)


def _same_rules(place: Path) -> None:
    """InputError when rounds were begun by other rules; those of before this was noted are believed."""
    file, now = place / "rules.json", rules()
    if file.is_file():
        before = json.loads(file.read_text(encoding="utf-8"))
        same_rules(before, now, place, "give another --out, or remove it", "--out")
    else:
        write_json(file, now)


def _write(file: Path, u: Array, y: Array, left: float) -> None:
    aside = file.with_suffix(".part")
    with aside.open("wb") as opened:
        np.savez(opened, u=u, y=y, left=np.array(left))
    aside.replace(file)


# --- what comes of it -------------------------------------------------------------------------------------------------


def find(job: Campaign, rounds: Rounds) -> Found:
    """Accept among all runs that the last emulator does not rule out: there each round is even, so together they
    are."""
    u, y = rounds.together()
    inside = Emulator.fit(u, y).plausible(u, job.target)
    if not inside.any():
        raise InputError(f"calibration: {job.name}: no run is plausible; widen a range or a tolerance.")
    u, y = u[inside], y[inside]
    accepted = posterior.accept(y, job.target, job.sizes.accepted, job.seed)
    chosen = posterior.choose(accepted.runs, job.sizes.members, job.seed)
    shipped = [k for k, name in enumerate(job.ranges) if name in job.plan.parameters]
    return Found(u[accepted.runs], u[chosen], posterior.medoid(u[chosen][:, shipped]), accepted.scale, rounds.left[-1])
