"""How far a run is, on stderr, so that stdout stays clean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from experiments.screen import Screen

Shows = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""What shows how far some work is: given its name and its worlds, it gives the function to tell it."""


@contextmanager
def silent(title: str, worlds: int) -> Iterator[Callable[[int], None]]:
    """Shows nothing."""
    yield lambda done: None


@contextmanager
def counting(title: str, worlds: int) -> Iterator[Callable[[int], None]]:
    """A bar that counts finished worlds; gives the function to tell it."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("worlds", markup=False),
    )
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Screen(stderr=True)) as bar:
        task = bar.add_task(title, total=worlds)
        yield lambda done: bar.advance(task, done)
