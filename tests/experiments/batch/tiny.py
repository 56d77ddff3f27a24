"""A batch small enough for tests: two quarters of history, without a past."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.batch import lasting
from experiments.batch.lasting import Finished, How
from experiments.batch.points import Plan
from experiments.batch.supervisor import Answer, Task, here
from experiments.batch.target import Target
from experiments.designs.plan import plan
from sim.errors import Halted

TEXT = """
question = "does the folder survive?"
[held]
scenario = "history"
quarters = {quarters}
[[lever]]
parameter = "porting_into_factor_trainium"
values = {values}
[replications]
worlds = {worlds}
[measured]
outcomes = ["trainium_share_used", "utilisation"]
"""


def design(folder: Path, values: tuple[float, ...] = (0.5, 1.0, 2.0), worlds: int = 4, quarters: int = 1) -> Path:
    """The file of a design, in a folder."""
    path = folder / "tiny.toml"
    path.write_text(TEXT.format(values=list(values), worlds=worlds, quarters=quarters), encoding="utf-8")
    return path


def tiny(folder: Path, values: tuple[float, ...] = (0.5, 1.0, 2.0), worlds: int = 4, quarters: int = 1) -> Plan:
    """Its plan."""
    return plan(str(design(folder, values, worlds, quarters)))


def run(plan: Plan, out: Path, resume: bool = False, **how: object) -> Finished:
    return lasting.run(plan, Target(out), How(resume=resume, **how))  # type: ignore[arg-type]


def stopping(after: int, error: BaseException) -> object:
    """An engine that plays so many chunks and then meets an error."""

    def plays(tasks: Iterator[Task]) -> Iterator[Answer]:
        answers = here(tasks)
        for _ in range(after):
            answer = next(answers, None)
            if answer is None:
                return
            yield answer
        raise error

    return plays


def stopped(plan: Plan, out: Path, monkeypatch: pytest.MonkeyPatch, after: int = 1) -> str:
    """A batch that was interrupted; gives what was said."""
    with monkeypatch.context() as patched, pytest.raises(Halted) as told:
        patched.setattr("experiments.batch.supervisor.here", stopping(after, KeyboardInterrupt()))
        run(plan, out)
    return str(told.value)
