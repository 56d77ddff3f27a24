"""A batch of `baseline` runs on two processes: runs a second, and what part is the model's own and what part writing.

`python -m benchmarks.batches [--worlds N] [--values]`: N runs of 20 quarters (10,000 unless given); or what the process
that keeps them needs for 100 million values, in parts that are made up."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks import measure
from experiments.batch import keeping, lasting, parts
from experiments.batch.engine import Size
from experiments.batch.fingerprint import rules
from experiments.batch.lasting import How
from experiments.batch.manifest import PARTS
from experiments.batch.points import Plan, Setting, chunks, first_round
from experiments.batch.target import Target
from experiments.scenarios import load

OUTCOMES = ("trainium_share_used", "trainium_share_installed", "trainium_supply_binding", "price_over_cost")
QUARTERS, REPLICATIONS, COLUMNS = 20, 16, 10


def plan(worlds: int, quarters: int = QUARTERS, outcomes: tuple[str, ...] = OUTCOMES) -> Plan:
    """The baseline in so many worlds."""
    return Plan("baseline", (Setting(load("baseline"), Size(worlds, quarters)),), np.zeros(1, np.int64), {}, outcomes)


def played(worlds: int, workers: int = 2, quarters: int = QUARTERS) -> dict[str, float]:
    """A batch played for real."""
    with tempfile.TemporaryDirectory() as folder:
        how = How(lasting.LOCAL if workers > 1 else lasting.SERIAL, workers)
        found = lasting.run(plan(worlds, quarters), Target(Path(folder) / "out"), how)
    speed = found.played / found.seconds
    return {"runs": found.played, "runs_per_second": speed, "model": found.model, "writing": found.writing}


def kept(points: int, then_read: bool = False) -> dict[str, float]:
    """Made-up parts of so many points, 16 worlds, 20 quarters and 10 columns, kept and added up to their digest;
    then_read: and their means taken, which needs all of them in memory."""
    names = tuple(f"x{number}" for number in range(COLUMNS - 1))
    made = Plan(
        "made-up", (Setting(load("history"), Size(REPLICATIONS, QUARTERS)),), np.zeros(points, np.int64), {}, names
    )
    figures, labels = np.linspace(0.0, 1.0, 256 * QUARTERS).reshape(256, QUARTERS), tuple(map(str, range(QUARTERS)))
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        with keeping.kept(made, Target(Path(folder) / "out"), False, rules()) as held:
            for chunk in chunks(made, first_round(made), held.places):
                found = {name: figures[: chunk.runs] + place for place, name in enumerate((*names, parts.MARK))}
                held.keep(parts.Part(chunk, parts.encoded(parts.table(labels, found, chunk))), 1, 0.0)
            parts.digest(held.paths())
        seconds = time.perf_counter() - begun
        peak = measure.peak_memory_mib()
        found = {"values": points * REPLICATIONS * QUARTERS * COLUMNS, "seconds": seconds, "peak_memory_mib": peak}
        return found | ({"aggregate_seconds": aggregated(Path(folder) / "out" / PARTS)} if then_read else {})


def aggregated(folder: Path) -> float:
    """Seconds of a processor to read all parts and take the mean of every column for every point and quarter: best of
    three."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        read = pq.read_table(folder)
        keys, figures = ["design", "quarter_number"], [name for name in read.column_names if name not in parts.KEYS]
        read.group_by(keys).aggregate([(name, "mean") for name in figures])
        times.append(time.process_time() - begun)
    return min(times)


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batches", description=__doc__)
    parser.add_argument("--worlds", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--values", action="store_true", help="100 million values in made-up parts instead")
    given = parser.parse_args(arguments)
    found = kept(31_250) if given.values else played(given.worlds, given.workers)
    print("\n".join(f"{name:18} {value:,.3f}" for name, value in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
