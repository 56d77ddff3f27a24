"""`python3 tasks.py kills N [--seed S] [--note FILE]`: ends a batch N times at random moments, and sees that nothing is
lost. With --workshop it is the server of a room (tests/workshop/kills.py).

One worker, all workers or the parent are killed (SIGKILL), or the parent is told to end (SIGTERM); then the batch is
gone on with, until it is whole. Nothing is lost when the records' digest is that of an undisturbed batch, every part
that was listed before an end is there unchanged after it, and no process of a dead batch lives on. Exit status 1 when
something was.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from experiments.batch import manifest
from experiments.batch.manifest import hash_of
from tests.experiments.batch.tiny import design
from tests.workshop import kills as workshop_kills

ROOT = Path(__file__).resolve().parents[1]
KINDS = ("one worker", "all workers", "the parent", "the parent, told to end")
LAST_SECONDS = 20.0
"""How long a worker may outlive its parent."""
LONGEST_SECONDS = 600.0
"""How long a batch of a few seconds may take before it counts as hanging."""


@dataclass
class Tally:
    """What came of all kills. wrong: a sentence for everything that was lost."""

    kinds: Counter[str] = field(default_factory=Counter)
    batches: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return sum(self.kinds.values())


def begin(folder: Path, out: Path) -> subprocess.Popen[bytes]:
    """A batch on two processes, begun or gone on with."""
    words = [
        "batch",
        str(design(folder, worlds=84)),
        "--out",
        str(out),
        "--engine",
        "local",
        "--workers",
        "2",
        "--resume",
    ]
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment = {
        **os.environ,
        **one_thread,
        "PYTHONPATH": str(ROOT),
        "FULLY_BOOKED_KERNELS": "numpy",
    }  # begins sooner
    nothing = subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, "-m", "experiments.cli", *words], env=environment, stdout=nothing, stderr=nothing, cwd=ROOT
    )


def workers_of(parent: int) -> list[int]:
    """Numbers of the worker processes that a process has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            above = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            words = (path / "cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            continue
        if above == parent and b"spawn_main" in words:
            found.append(int(path.name))
    return sorted(found)


def alive(number: int) -> bool:
    try:
        return (Path("/proc") / str(number) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def listed(out: Path) -> dict[str, str]:
    """Parts that are listed as done -> their hash."""
    path = out / manifest.NAME
    done = manifest.standing(manifest.read(path)) if path.exists() else {}
    return {one["part"]: one["hash"] for one in done.values() if one["status"] == manifest.DONE}


def kill(kind: str, batch: subprocess.Popen[bytes], draw: random.Random) -> list[int]:
    """End what is named; gives the workers there were. Nothing when there is nobody to end."""
    workers = workers_of(batch.pid)
    if "parent" in kind:
        batch.send_signal(signal.SIGTERM if "told" in kind else signal.SIGKILL)
        return workers or [batch.pid]
    chosen = workers if kind == "all workers" else [draw.choice(workers)] if workers else []
    for number in chosen:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    return chosen


def after(
    kind: str, batch: subprocess.Popen[bytes], workers: list[int], before: dict[str, str], out: Path
) -> Iterator[str]:
    """What is wrong after an end, a sentence each."""
    if "parent" in kind:
        status = batch.wait(LONGEST_SECONDS)
        if status not in ((143, 0, -15) if "told" in kind else (-9, 0)):
            yield f"the batch ended with {status}"
        deadline = time.monotonic() + LAST_SECONDS
        while any(alive(one) for one in workers if one != batch.pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        left = [one for one in workers if one != batch.pid and alive(one)]
        yield from (f"worker {one} outlived its parent" for one in left)
    for part, hash_ in before.items():
        if hash_of(out / "parts" / part) != hash_:
            yield f"{part} is not what it was"


def whole(out: Path) -> str:
    """The digest of a complete batch; '' when it is none."""
    said = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    return str(said.get("records_digest", "")) if said["complete"] else ""


def disturbed(folder: Path, wanted: int, draw: random.Random, seconds: float, tally: Tally) -> str:
    """One batch, ended at random moments until it is whole; gives its digest."""
    out = folder / f"batch-{tally.batches}"
    tally.batches += 1
    batch, begun = begin(folder, out), time.monotonic()
    while True:
        kind = draw.choice(KINDS)
        wait = draw.uniform(0.0, seconds) if tally.kills < wanted else LONGEST_SECONDS
        try:
            status = batch.wait(wait)
        except subprocess.TimeoutExpired:
            if time.monotonic() - begun > LONGEST_SECONDS:
                batch.kill()
                tally.wrong.append("the batch hangs")
                return ""
            before = listed(out)
            if workers := kill(kind, batch, draw):
                tally.kinds[kind] += 1
                problems = [f"kill {tally.kills} ({kind}): {one}" for one in after(kind, batch, workers, before, out)]
                tally.wrong += problems
                print(f"kill {tally.kills:4}  {kind:24} {len(before)} parts kept{''.join(problems)}", flush=True)
            if batch.poll() is not None:
                batch, begun = begin(folder, out), time.monotonic()
            continue
        if status == 0:
            return whole(out)
        if status == 1:  # chunks were given up after too many deaths: named, and tried again
            batch, begun = begin(folder, out), time.monotonic()
            continue
        tally.wrong.append(f"the batch ended with {status}")
        return ""


def run(wanted: int, seed: int) -> Tally:
    """So many kills; the seed gives moments and victims."""
    draw, tally = random.Random(seed), Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begun = time.monotonic()
        if begin(folder, folder / "undisturbed").wait(LONGEST_SECONDS):
            raise SystemExit("kills: the undisturbed batch failed")
        reference, seconds = whole(folder / "undisturbed"), time.monotonic() - begun
        while tally.kills < wanted:
            found = disturbed(folder, wanted, draw, 0.6 * seconds, tally)
            if found != reference:
                tally.wrong.append(f"batch {tally.batches - 1}: its digest is not that of the undisturbed batch")
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(prog="tasks.py kills", description=__doc__)
    parser.add_argument("kills", type=int, nargs="?", default=10)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--note", type=Path, default=None, help="write what came of it to this file too")
    parser.add_argument("--workshop", action="store_true", help="the server of a room instead of a batch")
    asked = parser.parse_args()
    if asked.kills < 1:
        parser.error(f"kills = {asked.kills} is not allowed; give 1 or more, for none shows nothing")
    if not Path("/proc/self/stat").exists():
        print("kills: skipped, it reads the table of processes (Linux)")
        return 0
    seed = random.SystemRandom().randrange(2**31) if asked.seed is None else asked.seed
    print(f"kills: seed {seed}", flush=True)
    if asked.workshop:
        room = workshop_kills.run(asked.kills, seed)
        return end(workshop_kills.told(room, seed), asked.note, room.wrong)
    tally = run(asked.kills, seed)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(tally.kinds.items()))
    lost = f"{tally.kills} kills ({kinds}) in {tally.batches} batches, seed {seed}: {len(tally.wrong)} losses"
    return end("\n".join([lost, *tally.wrong]), asked.note, tally.wrong)


def end(text: str, note: Path | None, wrong: list[str]) -> int:
    """Say what came of it, and give the exit status."""
    print(text)
    if note is not None:
        note.write_text(text + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
