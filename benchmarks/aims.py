"""What people wait for, each beside its aim: `python -m benchmarks --aims` (and `--long` for 10,000 runs and the whole
study).

Elsewhere the aims scale with the machine: they were set where plain Mesa's benchmark model does 791 quarters a CPU
second."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agents.strategies import default_for
from benchmarks import measure
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from experiments.batch.shelf import Shelf
from experiments.play import fork
from experiments.play.log import PERSON, Logbook
from experiments.scenarios import load, with_shocks
from experiments.whatif.bench import Asked, Bench
from experiments.whatif.question import ask

REFERENCE = 791.0
"""Quarters of plain Mesa's model a CPU second, on the machine for which the aims were set."""
FIRST_YEAR, FORKED = 4, 12
SLIDER_QUARTERS = 16
SHOCK = "switching-charges-banned"


@dataclass(frozen=True)
class Aim:
    """Something that is waited for: seconds that are aimed at, and what is done meanwhile."""

    name: str
    seconds: float
    run: Callable[[], object]
    long: bool = False


def command(*words: str) -> Callable[[], object]:
    """A command of the product in a process of its own, in an empty folder."""

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            call = [sys.executable, "-m", "experiments.cli", *words]
            environment = {**os.environ, "PYTHONPATH": str(measure.ROOT)}
            subprocess.run(call, cwd=folder, check=True, capture_output=True, env=environment)

    return run


def game(worlds: int, quarters: int = 20) -> Callable[[], object]:
    """A game of the baseline from its opening to its end."""
    return lambda: engine.play(Cell(load("baseline"), Size(worlds, quarters)), len_of)


def len_of(records: object) -> int:
    """Nothing is read of the records."""
    return 0


def forked() -> Callable[[], object]:
    """A game of a year, gone on from for three more in 300 worlds."""
    folder = tempfile.mkdtemp(prefix="fully-booked-bench-")
    path = Path(folder) / "game.json"
    cell = Cell(load("baseline"), Size(1, FIRST_YEAR))
    with engine.opened(cell) as played:
        parties = {player.name: default_for(player.role).name for player in played.players}
        book = Logbook.begin(
            path,
            scenario=cell.scenario,
            seed=1,
            quarters=FIRST_YEAR,
            draw=True,
            level=3,
            seats={**parties, "aws": PERSON},
        )
        while played.quarter < FIRST_YEAR:
            played.step()
            book.add(played)
    book, asked = fork.planned(path, "2027Q1", FORKED, "recorded")
    return lambda: fork.tables(book, asked, 300, 1)


def slider(shelf: Shelf | None = None) -> Callable[[], object]:
    """A pair of 16 worlds, with and without a card; with a shelf the baseline is there already."""
    size = Size(16, SLIDER_QUARTERS)
    base, card = load("baseline"), with_shocks(load("baseline"), [SHOCK])
    cells = [Cell(base, size), Cell(card, size, name="card")]
    if shelf is None:
        return lambda: list(engine.run(cells))
    list(shelf.run(cells[:1]))
    # each try is another point of the slider: it has a name of its own and is not on the shelf
    count = iter(range(1_000_000))
    return lambda: list(shelf.run([cells[0], Cell(card, size, name=f"card-{next(count)}")]))


def what_if(worlds: int, bench: Bench | None = None) -> Callable[[], object]:
    """A question answered from so many paired worlds; with a bench its base is there already."""
    base, count = load("baseline"), iter(range(1_000_000))

    def asked() -> Asked:
        # each try is another question: nothing of it is kept
        sets = [f"demand_level={1.05 + 1e-6 * next(count)}"]
        return Asked((ask(base, [SHOCK], sets),), Size(worlds, 20))

    if bench is not None:
        bench.last(asked())
    return lambda: (bench or Bench()).last(asked())


def aims() -> list[Aim]:
    """All of them, single thread unless said."""
    return [
        Aim("64 worlds x 20 quarters", 0.9, game(64)),
        Aim("1 world x 20 quarters", 0.28, game(1)),
        Aim("fork: 300 worlds x 12 quarters", 2.2, forked()),
        Aim("slider: a pair of 16 worlds x 16 quarters", 0.45, slider()),
        Aim("the same, baseline kept", 0.45, slider(Shelf())),
        Aim("what-if: 16 paired worlds x 20 quarters", 0.55, what_if(16)),
        Aim("the same, base kept", 0.5, what_if(16, Bench())),
        Aim("what-if: 2 x 256 worlds x 20 quarters", 7.2, what_if(256)),
        Aim("fully-booked list scenarios", 0.3, command("list", "scenarios")),
        Aim("fully-booked --help", 0.3, command("--help")),
        Aim(
            "10,000 worlds x 20 quarters, two processes",
            65.0,
            lambda: engine.played(Cell(load("baseline"), Size(10_000, 20)), ends, 2),
            True,
        ),
        Aim("fully-booked study, two processes", 35.0, command("study", "--workers", "2"), True),
    ]


def ends(records: object) -> object:
    """Trainium's share in the last quarter, (worlds,)."""
    return records.metric("trainium_share_used")[:, -1]  # type: ignore[attr-defined]


def cpu_seconds() -> float:
    """Seconds of a processor that this process and those that it waited for have used: what a busy machine does not
    stretch."""
    return sum(os.times()[:4])


def measured(tries: int, long: bool) -> list[dict[str, object]]:
    """Best seconds of a processor of each, after one try that compiles and imports; the long ones once, by the
    clock."""
    found: list[dict[str, object]] = []
    for aim in aims():
        if aim.long and not long:
            continue
        times = []
        for _ in range(1 if aim.long else tries + 1):
            clock = time.perf_counter if aim.long else cpu_seconds
            began = clock()
            aim.run()
            times.append(clock() - began)
        found.append({"name": aim.name, "seconds": min(times), "aim": aim.seconds})
    return found


def text(rows: list[dict[str, object]], plain_quarters_per_second: float) -> str:
    """A row each: seconds, aim, aim on this machine, and whether it is met."""
    scale = REFERENCE / plain_quarters_per_second
    lines = [
        f"plain Mesa here: {plain_quarters_per_second:.0f} quarters a CPU second; aims x {scale:.2f} on this machine",
        "",
        f"{'':44}{'seconds':>9}{'aim':>8}{'here':>8}",
    ]
    for row in rows:
        seconds, aim = float(str(row["seconds"])), float(str(row["aim"]))
        verdict = "met" if seconds <= aim * scale else f"{seconds / (aim * scale):.2f} x"
        lines.append(f"{row['name']:44}{seconds:9.2f}{aim:8.2f}{aim * scale:8.2f}  {verdict}")
    return "\n".join(lines)
