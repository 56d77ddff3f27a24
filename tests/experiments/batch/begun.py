"""Runs of a few cells of history that keep what they play, and that are stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments import scenarios
from experiments.batch import engine, workers
from experiments.batch.engine import Cell, Size
from experiments.batch.store import Store
from experiments.batch.supervisor import Answer, Task
from experiments.batch.target import Target
from sim.errors import Halted, InputError

QUARTERS, WORLDS = 1, 2


def cells(seed: int = 1, names: str = "abcd", worlds: int = WORLDS) -> list[Cell]:
    """Cells of history, without a past."""
    return [Cell(scenarios.load("history"), Size(worlds, QUARTERS, seed), name=name) for name in names]


def target(out: Path, resume: bool = False, **more: Any) -> Target:
    return Target(out, resume=resume, again=lambda folder: f"study --out {folder} --resume", **more)


def run(where: Target, asked: list[Cell], chunk: int = 64, count: int = 1) -> dict[str, str]:
    """Digests of what is written."""
    with Store(where) as store:
        for played in engine.run(asked, count, chunk, keeps=store.keeps()):
            store.add(played)
    return store.digests


def stopping(after: int, error: BaseException) -> Callable[..., Iterator[Answer]]:
    """One process that plays so many chunks and then meets an error."""
    plain = workers.supervisor.here

    def plays(tasks: Iterator[Task]) -> Iterator[Answer]:
        for number, answer in enumerate(plain(tasks)):
            if number == after:
                raise error
            yield answer

    return plays


def stopped(
    where: Target, monkeypatch: pytest.MonkeyPatch, after: int, error: BaseException | None = None
) -> BaseException:
    with monkeypatch.context() as patched, pytest.raises((Halted, InputError, KeyboardInterrupt)) as told:
        patched.setattr(workers.supervisor, "here", stopping(after, error or KeyboardInterrupt()))
        patched.setattr(engine, "grouped", lambda tasks, most: [[task] for task in tasks])
        run(where, cells())
    return told.value
