"""Processes of their own for the simulation: one plays the rooms, one works beside it, and none outlives its parent."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

from experiments.batch.processes import begin

T = TypeVar("T")
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class ClosedError(RuntimeError):
    """The server is ending: nothing more is worked out."""


class Worker(Protocol):
    """Somebody who works out a function of a module elsewhere."""

    def call(self, function: Callable[..., T], *given: Any) -> T:
        """What the function gives; its error when it fails. Waits for it."""

    def restart(self) -> None:
        """End what it is doing, which is then begun anew by another."""

    def close(self) -> None:
        """End it now."""


class Here:
    """Works it out at once, in this process: for tests."""

    def call(self, function: Callable[..., T], *given: Any) -> T:
        """What the function gives."""
        return function(*given)

    def restart(self) -> None:
        """Nothing is under way when somebody may ask."""

    def close(self) -> None:
        """Nothing to end."""


class Process:
    """One spawned process. A process that died is replaced when it is next needed, and what it was doing is begun
    again once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._closed = False

    def call(self, function: Callable[..., T], *given: Any) -> T:
        """What the function gives; ClosedError when it is closed meanwhile."""
        try:
            return self._submitted(function, *given).result()
        except BrokenProcessPool:
            self._drop()
            return self._submitted(function, *given).result()

    def _submitted(self, function: Callable[..., T], *given: Any) -> Future[T]:
        with self._lock:
            if self._closed:
                raise ClosedError("the server is ending")
            if self._pool is None:
                for name in ONE_THREAD:
                    os.environ.setdefault(name, "1")
                self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=begin)
            return self._pool.submit(function, *given)

    def _drop(self) -> None:
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def restart(self) -> None:
        """End the process; whoever waits for it has its work begun anew by the next."""
        with self._lock:
            processes = list((self._pool._processes or {}).values()) if self._pool is not None else []
        for one in processes:
            one.kill()

    def close(self) -> None:
        """End the process for good; whoever waits for what it was doing hears that."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            processes = list((pool._processes or {}).values())
            pool.shutdown(wait=False, cancel_futures=True)
            for one in processes:
                one.terminate()
