"""What worker processes are: how they begin and end, what travels to them and back, and why they died.

Each process imports the program anew ("spawn"). Why processes cannot start, or ended, is told as what it is."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Sequence
from multiprocessing import parent_process
from multiprocessing.context import SpawnProcess
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from sim.errors import InputError

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
UNGUARDED = 86
"""Exit status of a process that was told to start processes while it still imported the program."""
NOT_IMPORTED = 1
"""Exit status of a process that could not import the program."""
LAST_SECONDS = 5.0
"""How long a process that was told to end may take."""
TOP_LEVEL = "define it at the top level of a module, or use --workers 1."
LESS = "fewer workers (--workers 1) or worlds need less."
Heard = tuple[str, type[Warning], str, int]
"""A warning: its sentence, kind, file and line."""
Said = tuple[Any, Exception | None, list[Heard]]
"""What a task gave: a result, or an error; and the warnings on the way."""


class Process(SpawnProcess):
    """A process that imports the program anew; of one that came from stdin ("<stdin>" is no file) nothing is looked
    for."""

    def start(self) -> None:
        """Start it."""
        main = sys.modules["__main__"]
        file = getattr(main, "__file__", None)
        if file is None or getattr(main, "__spec__", None) is not None or Path(file).exists():
            return super().start()
        del main.__file__
        try:
            return super().start()
        finally:
            main.__file__ = file


# --- what travels -----------------------------------------------------------------------------------------------------


def packed(function: Callable[..., Any], given: tuple[Any, ...]) -> bytes:
    """A task as bytes; InputError when it cannot travel."""
    try:
        return pickle.dumps((function, given))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise InputError(f"this cannot be sent to worker processes: {error}; {TOP_LEVEL}") from error


def worked(function: Callable[..., Any], given: tuple[Any, ...]) -> Said:
    """What a task gives in this process."""
    with warnings.catch_warnings(record=True) as heard:
        try:
            return function(*given), None, _plain(heard)
        except Exception as error:
            return None, error, _plain(heard)


def tried(task: bytes) -> Said:
    """What a task that has travelled gives; errors in a form that arrives, with their own words."""
    try:
        function, given = pickle.loads(task)
    except (AttributeError, ImportError) as missing:
        return None, InputError(f"worker processes cannot import what they are to play: {missing}; {TOP_LEVEL}"), []
    result, error, heard = worked(function, given)
    return result, None if error is None else _portable(error), heard


def answer(task: bytes) -> bytes:
    """The same as bytes; a result that cannot travel is an error."""
    said = tried(task)
    try:
        return pickle.dumps(said)
    except Exception as error:
        return pickle.dumps((None, InputError(f"this cannot be sent from worker processes: {error}; {TOP_LEVEL}"), []))


def _plain(heard: Iterable[warnings.WarningMessage]) -> list[Heard]:
    return [(str(one.message), one.category, one.filename, one.lineno) for one in heard]


def _portable(error: Exception) -> Exception:
    """The error itself when it survives the way to the parent, else its kind and words; with the place it came from,
    unless its sentence says all."""
    if isinstance(error, MemoryError):
        return InputError(f"memory ran out in a worker process; {LESS}")
    if not isinstance(error, InputError):
        error.add_note("".join(traceback.format_exception(error)).rstrip())
    try:
        survives = isinstance(pickle.loads(pickle.dumps(error)), type(error))
        words = str(error)
    except Exception:
        survives, words = False, f"{type(error).__name__}: {error}"
    if survives:
        return error
    other = RuntimeError(words)
    other.add_note("\n".join(getattr(error, "__notes__", [])))
    return other


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


# --- in the parent ----------------------------------------------------------------------------------------------------


def end(processes: Sequence[BaseProcess]) -> None:
    """End these processes now: nobody waits for their results any more."""
    for act in (BaseProcess.terminate, BaseProcess.kill):
        for process in processes:
            if process.is_alive():
                act(process)
                process.join(LAST_SECONDS)


def why(processes: Sequence[BaseProcess]) -> str:
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
    crashed = [code for code in codes if code not in (-signal.SIGTERM, NOT_IMPORTED)]
    if crashed and crashed[0] < 0:
        return f"a worker process crashed ({signal.Signals(-crashed[0]).name}); try --workers 1."
    if NOT_IMPORTED in codes:
        return (
            "worker processes could not start, because they cannot import this program again (see above): put what it "
            "does under `if __name__ == '__main__':`, or use one process (--workers 1)."
        )
    return "a worker process was ended from outside; try again, or --workers 1."
