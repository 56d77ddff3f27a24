"""Processes under supervision: each is handed one task at a time, whoever dies is replaced, and its task tried again.

A process gets a task only once it has imported the program. A task whose process died so often is given up and told of;
nothing waits for a process that is gone. Processes end with their parent, however that ended.
"""

from __future__ import annotations

import os
import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess, current_process
from typing import Any

from experiments.batch import processes
from experiments.batch.processes import Heard
from sim import kernels
from sim.errors import InputError

TRIES = 3
"""How often a task is begun before it is given up, when its process dies each time."""
STILLBORN = 6
"""Processes in a row that may end before they are ready."""
READY = b"ready"


class DiedError(InputError):
    """A task's process died as often as it was begun."""


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

    @property
    def idle(self) -> bool:
        return self.ready and self.task is None


@dataclass
class _Work:
    """Tasks that have no answer yet and are with nobody: those of a dead process first. begun: how often each was.

    No more are drawn than `most` at a time, and only while there is room for their answers."""

    left: Iterator[Task]
    room: Callable[[], bool]
    most: int
    again: deque[Task] = field(default_factory=deque)
    next: deque[Task] = field(default_factory=deque)
    begun: dict[int, int] = field(default_factory=dict)

    def fill(self) -> int:
        """Draw what may be drawn; gives how many there are."""
        while len(self.next) < self.most and self.room() and (task := next(self.left, None)) is not None:
            self.next.append(task)
        return len(self.again) + len(self.next)

    def take(self) -> Task:
        """The next task to be begun."""
        task = self.again.popleft() if self.again else self.next.popleft()
        self.begun[id(task)] = self.begun.get(id(task), 0) + 1
        return task


def serve(pipe: Connection) -> None:
    """What a process does: answer tasks until there are no more."""
    processes.begin()
    with suppress(EOFError, OSError):  # whoever asked is gone
        pipe.send_bytes(READY)
        while True:
            pipe.send_bytes(processes.answer(pipe.recv_bytes()))


@dataclass
class Supervisor:
    """Plays tasks on so many processes: answers come as they are ready, in no order. Use as a context manager.

    started: all processes there have been; only these are ever ended."""

    count: int
    tries: int = TRIES
    started: list[BaseProcess] = field(default_factory=list)
    _workers: list[_Worker] = field(default_factory=list)
    _stillborn: int = 0
    _ever_ready: bool = False

    def __enter__(self) -> Supervisor:
        if getattr(current_process(), "_inheriting", False):
            os._exit(processes.UNGUARDED)  # a worker that imports the program is no place to start workers
        for name in processes.ONE_THREAD:
            os.environ.setdefault(name, "1")
        kernels.road()  # compiled here once, before every process looks for it
        return self

    def __exit__(self, *problem: object) -> None:
        for one in self._workers:
            with suppress(OSError):  # an interrupt may have come between closing it and noting that
                one.pipe.close()  # who waits for a task ends by itself
        for one in [one for one in self._workers if one.idle]:
            one.process.join(processes.LAST_SECONDS)
        processes.end(self.started)
        self._workers = []

    def answers(self, tasks: Iterable[Task], room: Callable[[], bool] = lambda: True) -> Iterator[Answer]:
        """An answer for every task. room: may one more task be begun? It is asked again after every answer; while an
        answer is still to come it may say no."""
        work = _Work(iter(tasks), room, self.count)
        while self._busy(work):
            heard = [answer for one in self._heard_of() if (answer := self._take(one, work)) is not None]
            self._busy(work)  # nobody waits while answers are looked at
            yield from heard

    def _busy(self, work: _Work) -> bool:
        """Hand tasks to whoever is idle; is anything left to wait for?"""
        wanted = work.fill() + sum(one.task is not None for one in self._workers)
        while len(self._workers) < min(self.count, wanted):
            self._workers.append(self._start())
        for one in [one for one in self._workers if one.idle]:
            if work.fill():
                self._hand(one, work.take())
        return wanted > 0

    def _start(self) -> _Worker:
        context = SpawnContext()
        mine, theirs = context.Pipe()
        process = processes.Process(target=serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        self.started.append(process)
        return _Worker(process, mine)

    def _hand(self, one: _Worker, task: Task) -> None:
        one.task, one.since = task, time.perf_counter()
        packed = processes.packed(task.function, task.given)
        with suppress(OSError):  # it died meanwhile: that is heard of next
            one.pipe.send_bytes(packed)

    def _heard_of(self) -> list[_Worker]:
        """Processes that said something, or ended."""
        by_sign = {one.pipe: one for one in self._workers} | {one.process.sentinel: one for one in self._workers}
        return list({id(by_sign[sign]): by_sign[sign] for sign in wait(list(by_sign))}.values())  # type: ignore[index]

    def _take(self, one: _Worker, work: _Work) -> Answer | None:
        """What a process said, or what becomes of its task when it has ended."""
        try:
            said = one.pipe.recv_bytes() if one.pipe.poll() else None
        except (EOFError, OSError):
            said = None
        if said is None:
            return self._bury(one, work)
        if said == READY:
            one.ready, self._ever_ready, self._stillborn = True, True, 0
            return None
        task, one.task = one.task, None
        assert task is not None
        result, error, heard = pickle.loads(said)
        seconds = time.perf_counter() - one.since
        return Answer(task.key, result, error, False, work.begun.pop(id(task)), seconds, tuple(heard))

    def _bury(self, one: _Worker, work: _Work) -> Answer | None:
        """A process is gone: its task is tried again, or given up."""
        self._workers.remove(one)
        one.pipe.close()
        one.process.join(processes.LAST_SECONDS)
        if one.process.is_alive():  # it has closed its pipe and lingers
            processes.end([one.process])
        if not one.ready:
            self._count_stillborn(one.process)
        task = one.task
        if task is None:
            return None
        if work.begun[id(task)] < self.tries:
            work.again.append(task)
            return None
        error = DiedError(processes.why([one.process]))
        return Answer(task.key, None, error, True, work.begun.pop(id(task)), time.perf_counter() - one.since)

    def _count_stillborn(self, process: BaseProcess) -> None:
        """InputError when processes cannot begin: too many ended in a row, or none can import the program."""
        self._stillborn += 1
        hopeless = process.exitcode == processes.NOT_IMPORTED and not self._ever_ready
        if hopeless or process.exitcode == processes.UNGUARDED or self._stillborn >= STILLBORN:
            raise InputError(processes.why([process]))


def here(tasks: Iterable[Task]) -> Iterator[Answer]:
    """The same in this process, one after the other."""
    for task in tasks:
        begun = time.perf_counter()
        result, error, heard = processes.worked(task.function, task.given)
        yield Answer(task.key, result, error, seconds=time.perf_counter() - begun, heard=tuple(heard))
