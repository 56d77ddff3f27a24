"""Processes under supervision: each is handed one task at a time, whoever dies is replaced, and its task tried again.

A process gets a task only once it has imported the program. A task whose process died so often is given up and told of;
nothing waits for a process that is gone. Processes end with their parent, however that ended.
"""

from __future__ import annotations

import os
import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess, current_process
from typing import Any

from experiments.batch import workers
from experiments.batch.workers import Heard
from sim import kernels
from sim.errors import InputError

TRIES = 3
"""How often a task is begun before it is given up, when its process dies each time."""
STILLBORN = 6
"""Processes in a row that may end before they are ready."""
READY = b"ready"


@dataclass(frozen=True)
class Task:
    """A function with what it is given, and a key by which its answer is known."""

    key: Any
    function: Callable[..., Any]
    given: tuple[Any, ...]


@dataclass(frozen=True)
class Answer:
    """What a task gave: a result, or why there is none. died: its processes did, `tries` of them; seconds: from when it
    was handed out."""

    key: Any
    result: Any = None
    error: Exception | None = None
    died: bool = False
    tries: int = 1
    seconds: float = 0.0
    heard: tuple[Heard, ...] = ()


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    ready: bool = False
    task: Task | None = None
    since: float = 0.0


def serve(pipe: Connection) -> None:
    """What a process does: answer tasks until there are no more."""
    workers.begin()
    pipe.send_bytes(READY)
    while True:
        try:
            packed = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        pipe.send_bytes(pickle.dumps(tried(packed)))


def tried(packed: bytes) -> tuple[Any, Exception | None, list[Heard]]:
    """What a task gives, or its error in a form that arrives."""
    try:
        result, heard = workers._answer(packed)
        return result, None, heard
    except Exception as error:
        return None, error, []


@dataclass
class Supervisor:
    """Plays tasks on so many processes: answers come as they are ready, in no order. Use as a context manager.

    started: all processes there have been; only these are ever ended."""

    count: int
    tries: int = TRIES
    started: list[BaseProcess] = field(default_factory=list)
    _workers: list[_Worker] = field(default_factory=list)
    _stillborn: int = 0

    def __enter__(self) -> Supervisor:
        if getattr(current_process(), "_inheriting", False):
            os._exit(workers.UNGUARDED)  # a worker that imports the program is no place to start workers
        for name in workers.ONE_THREAD:
            os.environ.setdefault(name, "1")
        kernels.road()  # compiled here once, before every process looks for it
        return self

    def __exit__(self, *problem: object) -> None:
        for one in self._workers:
            one.pipe.close()  # who waits for a task ends by itself
        for one in [one for one in self._workers if one.ready and one.task is None]:
            one.process.join(workers.LAST_SECONDS)
        workers._end(self.started)
        self._workers = []

    def answers(self, tasks: Iterable[Task]) -> Iterator[Answer]:
        """An answer for every task."""
        left, again, begun = iter(tasks), deque[Task](), dict[int, int]()
        next_ones = deque(islice(left, self.count))
        while next_ones or again or any(one.task for one in self._workers):
            open_tasks = len(again) + len(next_ones) + sum(one.task is not None for one in self._workers)
            while len(self._workers) < min(self.count, open_tasks):
                self._workers.append(self._start())
            for one in [one for one in self._workers if one.ready and one.task is None]:
                if not again and not next_ones:
                    break
                task = again.popleft() if again else next_ones.popleft()
                next_ones.extend(islice(left, self.count - len(next_ones)))
                begun[id(task)] = begun.get(id(task), 0) + 1
                self._hand(one, task)
            for one in self._heard_of():
                if (answer := self._take(one, again, begun)) is not None:
                    yield answer

    def _start(self) -> _Worker:
        context = SpawnContext()
        mine, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        self.started.append(process)
        return _Worker(process, mine)

    def _hand(self, one: _Worker, task: Task) -> None:
        one.task, one.since = task, time.perf_counter()
        packed = workers._packed(task.function, task.given)
        with suppress(OSError):  # it died meanwhile: that is heard of next
            one.pipe.send_bytes(packed)

    def _heard_of(self) -> list[_Worker]:
        """Processes that said something, or ended."""
        by_sign = {one.pipe: one for one in self._workers} | {one.process.sentinel: one for one in self._workers}
        return list({id(by_sign[sign]): by_sign[sign] for sign in wait(list(by_sign))}.values())  # type: ignore[index]

    def _take(self, one: _Worker, again: deque[Task], begun: dict[int, int]) -> Answer | None:
        """What a process said, or what becomes of its task when it has ended."""
        try:
            said = one.pipe.recv_bytes() if one.pipe.poll() else None
        except (EOFError, OSError):
            said = None
        if said is None:
            return self._bury(one, again, begun)
        if said == READY:
            one.ready, self._stillborn = True, 0
            return None
        task, one.task = one.task, None
        assert task is not None
        result, error, heard = pickle.loads(said)
        seconds = time.perf_counter() - one.since
        return Answer(task.key, result, error, False, begun.pop(id(task)), seconds, tuple(heard))

    def _bury(self, one: _Worker, again: deque[Task], begun: dict[int, int]) -> Answer | None:
        """A process is gone: its task is tried again, or given up."""
        self._workers.remove(one)
        one.pipe.close()
        one.process.join(workers.LAST_SECONDS)
        if one.process.is_alive():  # it has closed its pipe and lingers
            workers._end([one.process])
        if not one.ready:
            self._stillborn += 1
            if self._stillborn >= STILLBORN or one.process.exitcode == workers.UNGUARDED:
                raise InputError(workers._why([one.process]))
        task = one.task
        if task is None:
            return None
        if begun[id(task)] < self.tries:
            again.append(task)
            return None
        error = InputError(workers._why([one.process]))
        return Answer(task.key, None, error, True, begun.pop(id(task)), time.perf_counter() - one.since)


def here(tasks: Iterable[Task]) -> Iterator[Answer]:
    """The same in this process, one after the other."""
    for task in tasks:
        begun = time.perf_counter()
        result, error, heard = tried(workers._packed(task.function, task.given))
        yield Answer(task.key, result, error, seconds=time.perf_counter() - begun, heard=tuple(heard))


def causes(answers: Sequence[Answer]) -> str:
    """Why tasks have no result, each reason once."""
    return "; ".join(dict.fromkeys(str(one.error) for one in answers if one.error is not None))
