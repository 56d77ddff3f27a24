"""Functions on several processes: results in order, a few tasks ahead, and no process outlives its parent.

Each process imports the program anew ("spawn"). Why processes cannot start, or ended, is told as what it is."""

from __future__ import annotations

import io
import os
import pickle
import signal
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import current_process, get_context, parent_process
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar

from sim import kernels
from sim.errors import InputError

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
AHEAD = 3
"""Tasks in work or waiting to be fetched, per process: keeps processes busy and memory small."""
UNGUARDED = 86
"""Exit status of a process that was told to start processes while it still imported the program."""
LAST_SECONDS = 5.0
"""How long a process that was told to end may take."""
TOP_LEVEL = "define it at the top level of a module, or use --workers 1."
LESS = "fewer workers (--workers 1) or worlds need less."
T = TypeVar("T")
Heard = tuple[str, type[Warning], str, int]
"""A warning: its sentence, kind, file and line."""


def default_workers() -> int:
    """As many processes as there are processors, up to four: more would cost memory for little."""
    return max(1, min(os.cpu_count() or 1, 4))


def each(function: Callable[..., T], tasks: Sequence[tuple[Any, ...]], workers: int = 1) -> Iterator[T]:
    """function(*task) for every task, in the order of tasks, on one or more processes.

    A program that other processes cannot import plays on in one, and says so in a warning."""
    count = min(workers, len(tasks))
    if count > 1 and (why := _not_importable(function, tasks)):
        warnings.warn(f"one process instead of {count}: {why}.", stacklevel=2)
        count = 1
    return _in_processes(function, tasks, count) if count > 1 else _here(function, tasks)


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
    if file is not None:
        return f"this program comes from {file}, which worker processes cannot read again"
    try:
        _Finder(io.BytesIO()).dump((function, tasks))
    except _FoundInMain as found:
        return f"worker processes cannot import '{found}' from a notebook or a command line; define it in a module"
    except Exception:  # what cannot travel is told when it is sent
        return ""
    return ""


def _packed(function: Callable[..., Any], task: tuple[Any, ...]) -> bytes:
    try:
        return pickle.dumps((function, task))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InputError(f"this cannot be sent to worker processes: {error}; {TOP_LEVEL}") from error


# --- in the worker ----------------------------------------------------------------------------------------------------


def begin() -> None:
    """Leave interrupts to the parent, and end when it has ended, however that came."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _answer(packed: bytes) -> tuple[Any, list[Heard]]:
    """What a task gives, and the warnings on the way. Errors arrive at the parent with their own words."""
    try:
        function, task = pickle.loads(packed)
    except (AttributeError, ImportError) as error:
        raise InputError(f"worker processes cannot import what they are to play: {error}; {TOP_LEVEL}") from error
    with warnings.catch_warnings(record=True) as heard:
        try:
            result = function(*task)
        except Exception as error:
            raise _portable(error) from error
    return result, _plain(heard)


def _plain(heard: Iterable[warnings.WarningMessage]) -> list[Heard]:
    return [(str(one.message), one.category, one.filename, one.lineno) for one in heard]


def _portable(error: Exception) -> Exception:
    """The error itself when it survives the way to the parent, else its kind and words."""
    if isinstance(error, MemoryError):
        return InputError(f"memory ran out in a worker process; {LESS}")
    try:
        return error if isinstance(pickle.loads(pickle.dumps(error)), type(error)) else RuntimeError(str(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")


# --- in the parent ----------------------------------------------------------------------------------------------------


def _here(function: Callable[..., T], tasks: Sequence[tuple[Any, ...]]) -> Iterator[T]:
    """Results in the order of tasks, worked out in this process; a warning is given once, as with workers."""
    told = set[Heard]()
    for task in tasks:
        with warnings.catch_warnings(record=True) as heard:
            result = function(*task)
        pass_on(_plain(heard), told)
        yield result


class _Own(SpawnContext):
    """Starts processes and remembers which: only these are ended."""

    def __init__(self) -> None:
        self.started: list[BaseProcess] = []

    def Process(self, *given: Any, **how: Any) -> BaseProcess:  # type: ignore[override]  # noqa: N802
        process = get_context("spawn").Process(*given, **how)
        self.started.append(process)
        return process


def _in_processes(function: Callable[..., T], tasks: Sequence[tuple[Any, ...]], count: int) -> Iterator[T]:
    """Results in the order of tasks, with only a few of them under way at a time."""
    if getattr(current_process(), "_inheriting", False):
        os._exit(UNGUARDED)  # a worker that imports the program is no place to start workers: the parent says why
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    kernels.road()  # compiled here once, before every process looks for it
    own, left, told = _Own(), deque(tasks), set[Heard]()
    pool = ProcessPoolExecutor(count, mp_context=own, initializer=begin)
    waiting = deque[Future[tuple[T, list[Heard]]]]()
    done = False
    try:
        while waiting or left:
            while left and len(waiting) < AHEAD * count:
                waiting.append(pool.submit(_answer, _packed(function, left.popleft())))
            result, heard = waiting.popleft().result()
            pass_on(heard, told)
            yield result
        done = True
    except BrokenProcessPool as error:
        raise InputError(_why(own.started)) from error
    finally:
        pool.shutdown(wait=done, cancel_futures=not done)
        _end(own.started)


def pass_on(heard: Sequence[Heard], told: set[Heard]) -> None:
    """Give the warnings of a worker in the parent, each once."""
    for one in heard:
        if one not in told:
            told.add(one)
            warnings.warn_explicit(*one)


def _end(processes: Sequence[BaseProcess]) -> None:
    """End these processes now: nobody waits for their results any more."""
    for act in (BaseProcess.terminate, BaseProcess.kill):
        for process in processes:
            if process.is_alive():
                act(process)
                process.join(LAST_SECONDS)


def _why(processes: Sequence[BaseProcess]) -> str:
    """Why processes ended before their work was done, from how they ended."""
    for process in processes:
        process.join(LAST_SECONDS)
    codes = [process.exitcode for process in processes if process.exitcode]
    if UNGUARDED in codes:
        return (
            "worker processes import this program, and it would start games at once in each: put what it does under "
            "`if __name__ == '__main__':`, or use one process (--workers 1)."
        )
    if -signal.SIGKILL in codes:
        return f"a worker process was killed, as a system does that runs out of memory; {LESS}"
    crashed = [code for code in codes if code not in (-signal.SIGTERM, 1)]
    if crashed and crashed[0] < 0:
        return f"a worker process crashed ({signal.Signals(-crashed[0]).name}); try --workers 1."
    if 1 in codes:
        return (
            "worker processes could not start, because they cannot import this program again (see above): put what it "
            "does under `if __name__ == '__main__':`, or use one process (--workers 1)."
        )
    return "a worker process was ended from outside; try again, or --workers 1."
