"""Functions on several processes: results in order, a few tasks ahead, tried again when a process dies."""

from __future__ import annotations

import io
import os
import pickle
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar

from experiments.batch import supervisor
from experiments.batch.processes import Heard
from experiments.batch.supervisor import Answer, DiedError, Supervisor, Task
from sim.sizes import whole

AHEAD = 3
"""Tasks in work or waiting for their turn, per process: keeps processes busy and memory small."""
T = TypeVar("T")


def default_workers() -> int:
    """As many processes as there are processors, up to four: more would cost memory for little."""
    return max(1, min(os.cpu_count() or 1, 4))


def each(
    function: Callable[..., T],
    tasks: Sequence[tuple[Any, ...]],
    workers: int = 1,
    names: Sequence[str] = (),
    arrived: Callable[[Answer], None] = lambda answer: None,
) -> Iterator[T]:
    """function(*task) for every task, in the order of tasks, on one or more processes.

    A task whose process dies is tried again, and in the end told by its name: DiedError. arrived: is told of every
    answer as it comes, before its turn; its key is the number of the task. A program that other processes cannot import
    plays on in one, and says so in a warning."""
    count = min(whole("workers", workers, 1), len(tasks))
    if count > 1 and (why := _not_importable(function, tasks)):
        warnings.warn(f"one process instead of {count}: {why}.", stacklevel=2)
        count = 1
    turns = _Turns(function, tasks, AHEAD * max(count, 1), names, arrived)
    return turns.on_processes(count) if count > 1 else turns.results(supervisor.here(turns.drawn()))


class _Turns:
    """Tasks that are drawn one by one, and answers that wait until it is their turn."""

    def __init__(
        self,
        function: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        most: int,
        names: Sequence[str],
        arrived: Callable[[Answer], None],
    ) -> None:
        self.function, self.tasks, self.most, self.names, self.arrived = function, tasks, most, names, arrived
        self.begun = self.done = 0
        self.told = set[Heard]()

    def drawn(self) -> Iterator[Task]:
        for given in self.tasks:
            self.begun += 1
            yield Task(self.begun - 1, self.function, given)

    def room(self) -> bool:
        """Do few enough tasks wait for their turn, or are in work?"""
        return self.begun - self.done < self.most

    def on_processes(self, count: int) -> Iterator[Any]:
        with Supervisor(count) as processes:
            yield from self.results(processes.answers(self.drawn(), self.room))

    def results(self, answers: Iterator[Answer]) -> Iterator[Any]:
        """What tasks gave, in their order; the first error of them ends it."""
        waiting: dict[int, Answer] = {}
        for answer in answers:
            self.arrived(answer)
            waiting[answer.key] = answer
            while (mine := waiting.pop(self.done, None)) is not None:
                self.done += 1
                pass_on(mine.heard, self.told)
                if mine.error is not None:
                    raise self._named(mine)
                yield mine.result

    def _named(self, answer: Answer) -> Exception:
        assert answer.error is not None
        if not answer.died or not self.names:
            return answer.error
        return DiedError(f"{self.names[answer.key]} could not be played ({answer.tries} tries): {answer.error}")


def pass_on(heard: Sequence[Heard], told: set[Heard]) -> None:
    """Give the warnings of a task to whoever asked, each once. told: those that were given before."""
    for one in heard:
        if one not in told:
            told.add(one)
            warnings.warn_explicit(*one)


# --- what other processes can import ----------------------------------------------------------------------------------


class _FoundInMain(Exception):  # noqa: N818 - found, not failed
    pass


class _Finder(pickle.Pickler):
    """Looks for classes and functions that only this program's own first file defines."""

    def reducer_override(self, given: Any) -> Any:
        if isinstance(given, (type, FunctionType)) and given.__module__ == "__main__":
            raise _FoundInMain(given.__qualname__)
        return NotImplemented


def _not_importable(function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> str:
    """Why other processes could not import what they need of a program that is no file; '' when they can."""
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    if getattr(main, "__spec__", None) is not None or (file is not None and Path(file).exists()):
        return ""
    try:
        _Finder(io.BytesIO()).dump((function, tasks))
    except _FoundInMain as found:
        return f"worker processes cannot import '{found}' from a notebook or a command line; define it in a module"
    except Exception:  # what cannot travel is told when it is sent
        return ""
    return ""
