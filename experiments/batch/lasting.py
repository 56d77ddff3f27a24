"""A batch that cannot be lost: chunks are played by whichever engine, and kept one by one as they come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from experiments.batch import cluster, parts, supervisor, workers
from experiments.batch.crew import WAIT_SECONDS, Crew, DesertedError
from experiments.batch.fingerprint import rules
from experiments.batch.keeping import Keeping, kept
from experiments.batch.listed import NO_ROOM
from experiments.batch.manifest import Entry
from experiments.batch.points import Chunk, Plan, chunks, first_round, job
from experiments.batch.processes import Heard
from experiments.batch.supervisor import Answer, Supervisor, Task
from experiments.batch.target import Target
from experiments.stats import estimate
from sim.errors import Halted, InputError, unknown
from sim.sizes import whole

SERIAL, LOCAL, DASK = "serial", "local", "dask"
ENGINES = (SERIAL, LOCAL, DASK)
MACHINE = ("system", "machine", "processor_features", "libc")
"""Rules in which the nodes of a cluster may differ: the same to 1e-9 relative, not to the bit."""
Plays = Callable[[Iterator[Task]], Iterator[Answer]]


@dataclass(frozen=True)
class How:
    """How a batch is played: none of it changes a bit. wait: seconds for which a cluster may have no worker; again: the
    command that goes on with it, given its folder."""

    engine: str = SERIAL
    workers: int = 1
    address: str | None = None
    resume: bool = False
    wait: float = WAIT_SECONDS
    again: Callable[[object], str] = lambda folder: f"--resume --out {folder}"

    def __post_init__(self) -> None:
        whole("workers", self.workers, 1)
        if self.engine not in ENGINES:
            raise unknown("engine", self.engine, ENGINES, "engine")


class Watch:
    """Is told how a batch goes; this one says nothing."""

    def said(self, sentence: str) -> None:
        """Something that was found or went wrong, and what is done about it."""

    def begin(self, runs: int, done: int) -> None:
        """Worlds that are to be played in all, and that are kept already; again when more are wanted."""

    def advance(self, runs: int) -> None:
        """So many more are kept."""


@dataclass(frozen=True)
class Finished:
    """What came of a batch. seconds: of this call; played: worlds played by it; model, writing: shares of the
    processes' time that were the model's own, and that went into parts on disk."""

    keeping: Keeping
    seconds: float
    played: int
    model: float
    writing: float
    digest: str

    @property
    def failed(self) -> Sequence[Entry]:
        """Chunks that nobody could play."""
        return list(self.keeping.failed.values())

    @property
    def lost(self) -> dict[str, list[list[Any]]]:
        """(point, world, why) of single worlds that could not be played, and (point, world) of broken ones."""
        done = self.keeping.done.values()
        return {name: [one for entry in done for one in entry.get(name, [])] for name in ("failed", "broken")}


def run(plan: Plan, target: Target, how: How, watch: Watch | None = None) -> Finished:
    """Play what is missing of a plan into its folder. InputError in one sentence when it cannot go on, Halted when it
    is interrupted: everything kept so far stays."""
    watch, begun = watch or Watch(), time.perf_counter()
    with ExitStack() as held:
        # a cluster that nobody answers for is told of before a folder is made
        cluster_there = held.enter_context(_engine(how, watch)) if how.address is not None else None
        keeping = held.enter_context(kept(plan, target, how.resume, rules()))
        for sentence in keeping.said:
            watch.said(sentence)
        tally = _Tally()
        with _told(keeping, how):
            with _engine(how, watch) if cluster_there is None else nullcontext(cluster_there) as plays:
                for wanted in _rounds(plan, keeping, watch):
                    _play(plan, wanted, keeping, plays, (watch, tally))
            seconds = time.perf_counter() - begun
            whole = Finished(keeping, seconds, tally.runs, *tally.shares(), parts.digest(keeping.paths()))
            keeping.finish(_facts(whole))
    return whole


def _facts(found: Finished) -> Mapping[str, Any]:
    """What provenance.json says at the end."""
    worlds = sum(one["worlds"] * len(one["points"]) for one in found.keeping.done.values())
    lost = found.lost
    return {
        "complete": not found.failed,
        "records_digest": found.digest,
        "runs_kept": worlds - len(lost["failed"]),
        "failed_chunks": [
            {key: one[key] for key in ("chunk", "points", "first_world", "worlds", "why")} for one in found.failed
        ],
        "failed_worlds": lost["failed"],
        "broken_worlds": lost["broken"],
        "seconds_last_call": round(found.seconds, 1),
    }


@dataclass
class _Tally:
    """What this call has played."""

    runs: int = 0
    of_model: float = 0.0
    of_writing: float = 0.0
    of_processes: float = 0.0
    heard: set[Heard] = field(default_factory=set)

    def shares(self) -> tuple[float, float]:
        """Of the time of processes: the model's own, and what went into writing."""
        whole = self.of_processes
        return (self.of_model / whole, self.of_writing / whole) if whole else (0.0, 0.0)


# --- rounds of replications -------------------------------------------------------------------------------------------


def _rounds(plan: Plan, keeping: Keeping, watch: Watch) -> Iterator[list[Chunk]]:
    """Chunks to be played, a list a round: all points, then those whose interval is still too wide."""
    asked, number, runs, done = list(first_round(plan)), 0, 0, 0
    while asked:
        cut = list(chunks(plan, asked, keeping.places, number))
        there = keeping.done
        runs, done = runs + sum(one.runs for one in cut), done + sum(one.runs for one in cut if one.number in there)
        watch.begin(runs, done)
        yield [one for one in cut if one.number not in there]
        number += len(cut)
        done = runs
        # who failed is tried again first: what comes after hangs on it
        asked = [] if plan.until is None or keeping.failed else wanting(plan, keeping)


def wanting(plan: Plan, keeping: Keeping) -> list[tuple[int, int, int]]:
    """(point, first world, worlds) of points whose interval is too wide: as many more as they have. Points with worlds
    that cannot be played stay as they are."""
    until = plan.until
    assert until is not None
    found = [
        np.concatenate(one) for one in zip(*parts.outcome(keeping.paths(), until.outcome, until.quarter), strict=True)
    ]
    if not found:
        return []
    point, world, value = found
    order = np.lexsort((world, point))
    point, world, value = point[order], world[order], value[order]
    starts = np.flatnonzero(np.r_[True, np.diff(point) != 0])
    more = []
    for first, last in zip(starts, np.r_[starts[1:], len(point)], strict=True):
        count, one = int(last - first), estimate(value[first:last])
        wide = not one.decides or one.high - one.low > until.narrower_than
        if wide and count < until.most and int(world[last - 1]) == count - 1:
            more.append((int(point[first]), count, min(count, until.most - count)))
    return sorted(more, key=lambda one: (one[1], one[2]))


# --- engines ----------------------------------------------------------------------------------------------------------


@contextmanager
def _engine(how: How, watch: Watch) -> Iterator[Plays]:
    if how.engine == DASK:
        needed = {name: said for name, said in rules().items() if name not in MACHINE}
        crew = Crew(how.address or "", how.wait, watch.said)
        with cluster.client(how.address, how.workers) as found:
            crew.wait(found)
            yield lambda tasks: cluster.answers(found, tasks, needed, crew)
    elif how.engine == LOCAL:
        with Supervisor(how.workers) as processes:
            yield processes.answers
    else:
        yield supervisor.here


def _play(plan: Plan, wanted: Sequence[Chunk], keeping: Keeping, plays: Plays, told: tuple[Watch, _Tally]) -> None:
    """Play chunks and keep each as it comes."""
    watch, tally = told
    tasks = (Task(chunk, parts.play, (job(plan, chunk),)) for chunk in wanted)
    for answer in plays(tasks):
        chunk: Chunk = answer.key
        tally.of_processes += answer.seconds
        workers.pass_on(answer.heard, tally.heard)
        if isinstance(answer.error, cluster.MismatchError | MemoryError):
            raise answer.error
        if answer.error is None:
            begun = time.perf_counter()
            keeping.keep(answer.result, answer.tries, answer.seconds)
            spent = time.perf_counter() - begun
            tally.of_processes += spent
            tally.of_writing += answer.result.write_seconds + spent
            tally.runs += chunk.runs
            tally.of_model += answer.result.play_seconds
        else:
            why = str(answer.error)
            keeping.fail(chunk, why, answer.tries)
            watch.said(f"{chunk.said()} could not be played ({answer.tries} tries): {why}")
        watch.advance(chunk.runs)


@contextmanager
def _told(keeping: Keeping, how: How) -> Iterator[None]:
    """Whatever stops a batch is told in one sentence, with what is kept and the command that goes on."""
    try:
        yield
    except KeyboardInterrupt as stop:
        raise Halted(f"stopped; {_so_far(keeping, how)}") from stop
    except DesertedError as error:
        raise InputError(f"{error}; {_so_far(keeping, how)}") from error
    except OSError as error:
        why = "no space left on the disk" if error.errno in NO_ROOM else f"{error.strerror or error}"
        raise InputError(f"--out: '{keeping.shown}' cannot be written: {why}; {_so_far(keeping, how)}") from error
    except MemoryError as error:
        raise InputError(f"memory ran out; {_so_far(keeping, how)}") from error


def _so_far(keeping: Keeping, how: How) -> str:
    return f"{keeping.so_far}. Go on with: {how.again(keeping.shown)}"
