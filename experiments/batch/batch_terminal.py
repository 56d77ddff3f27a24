"""What `fully-booked batch` says: before it plays, while it does, and when it is done."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from experiments.batch import lasting
from experiments.batch.expected import expected
from experiments.batch.lasting import Finished, How, Watch
from experiments.batch.points import Plan
from experiments.batch.target import Target
from experiments.output import visible
from experiments.screen import Screen
from experiments.text import count

MOST_NAMED = 5


def duration(seconds: float) -> str:
    """'40 s', '12 min', '3 h 20 min'."""
    if seconds < 90.0:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60.0)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


class _Rate(ProgressColumn):
    """Worlds a second, of what was played now."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f}/s")


class Counting(Watch):
    """A bar that counts worlds on stderr, with rate and time left. Use as a context manager."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("worlds", markup=False),
        )
        self._bar = Progress(*columns, _Rate(), TimeRemainingColumn(), console=Screen(stderr=True))
        self._task = self._bar.add_task("batch", total=None)

    def __enter__(self) -> Counting:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar.live.is_started:  # else it would leave an empty line
            self._bar.stop()

    def said(self, sentence: str) -> None:
        self._bar.console.print(f"fully-booked: {visible(sentence)}", soft_wrap=True, highlight=False)

    def begin(self, runs: int, done: int) -> None:
        if done and self._bar.tasks[0].completed < done:
            self.said(f"{done} of {runs} worlds are kept already; the rest is played.")
        self._bar.start()
        self._bar.update(self._task, total=runs, completed=done)

    def advance(self, runs: int) -> None:
        self._bar.advance(self._task, runs)


def preview(plan: Plan, how: How) -> None:
    """What a batch would play, how large it would be and how long it would take."""
    console, found = Screen(), expected(plan, how.workers if how.engine != lasting.SERIAL else 1)
    console.print(f"{plan.name}: {plan.note.get('question', '')}", soft_wrap=True, highlight=False)
    worlds = "" if plan.until is None else f", and more until intervals are narrow: at most {plan.until.most} a point"
    processes = "1 process" if how.engine == lasting.SERIAL or how.workers == 1 else f"{how.workers} processes"
    lines = (
        f"{count(len(plan), 'point')}, {count(plan.runs, 'run')} (worlds){worlds}",
        f"{count(len(plan.outcomes), 'outcome')}, {found.values:,} values, {count(found.chunks, 'part')}, about "
        f"{found.megabytes:.1f} MB",
        f"expected: {duration(found.seconds)} on {processes}, by two short games just now",
    )
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)


def run(plan: Plan, target: Target, how: How) -> int:
    """Play a batch with a bar, and say what came of it; exit status 1 when some of it could not be played."""
    with Counting() as watch:
        found = lasting.run(plan, target, how, watch)
    show(found)
    return 1 if found.failed or found.lost["failed"] else 0


def show(found: Finished) -> None:
    """What is in the folder, what is missing, and how fast it went."""
    console, keeping, lost = Screen(), found.keeping, found.lost
    runs = sum(one["worlds"] * len(one["points"]) for one in keeping.done.values()) - len(lost["failed"])
    played = f"{count(len(keeping.plan), 'point')}, {count(runs, 'run')} in {count(len(keeping.done), 'part')}"
    lines = [f"{played}; digest {found.digest[:16]}"]
    if found.played:
        rate = f"{found.played} runs in {duration(found.seconds)}, {found.played / found.seconds:.1f} a second"
        shares = f"{100.0 * found.model:.1f} % of the processes' time was the model's own"
        lines.append(f"{rate}; {shares}, {100.0 * found.writing:.1f} % went into writing")
    for kind, told in (("failed", "cannot be played"), ("broken", "have a figure that is none and are marked")):
        if lost[kind]:
            named = ", ".join(f"{point}/{world}" for point, world, *_ in lost[kind][:MOST_NAMED])
            more = ", ..." if len(lost[kind]) > MOST_NAMED else ""
            lines.append(f"{len(lost[kind])} runs {told} (point/world): {named}{more}")
    for one in found.failed[:MOST_NAMED]:
        lines.append(f"chunk {one['chunk']} is missing after {one['tries']} tries: {one['why']}; --resume tries again")
    for line in (*lines, f"Tables: {keeping.shown}"):
        console.print(line, soft_wrap=True, highlight=False)
    sys.stdout.flush()
