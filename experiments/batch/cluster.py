"""The same tasks on a Dask cluster: one that is there, by its address, or one of this machine that is reached from
nowhere else. Dask is an extra; a Dask port runs whatever is sent to it, so it belongs on a network one trusts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

from experiments.batch import processes
from experiments.batch.crew import Crew
from experiments.batch.processes import tried
from experiments.batch.supervisor import TRIES, Answer, Task
from sim import kernels
from sim.errors import InputError

LOOPBACK = "127.0.0.1"
ALLOWED_FAILURES = 100
"""Workers that may die under a task before Dask gives it up: a node that is taken away says nothing of its task."""
PATIENCE_SECONDS = 10.0
"""How long an address may take to answer."""
GLANCE_SECONDS = 0.05
"""How often it is looked whether an answer has come."""
AHEAD = 3
"""Tasks under way per thread."""


@contextmanager
def client(address: str | None, count: int) -> Iterator[Any]:
    """A client of the cluster at an address, or of one on this machine that only this machine reaches."""
    try:
        dask, distributed = import_module("dask"), import_module("distributed")
    except ImportError as error:
        raise InputError(
            "--engine dask: Dask is not installed; pip install 'fully-booked[dask]', or --engine local."
        ) from error
    with ExitStack() as opened:
        opened.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": ALLOWED_FAILURES}))
        if address is None:
            address = opened.enter_context(_on_this_machine(distributed, count)).scheduler_address
        try:
            _ask(distributed, address)
            found = opened.enter_context(distributed.Client(address, timeout=PATIENCE_SECONDS, set_as_default=False))
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(
                f"--address = {address}: no Dask scheduler answers there; give host:port of one."
            ) from error
        yield found


def _ask(distributed: Any, address: str) -> None:
    """An error when no scheduler says who it is in good time: a client alone would wait for ever where a port is open
    and nobody speaks."""

    async def ask() -> None:
        how = distributed.Security().get_connection_args("client")
        async with asyncio.timeout(PATIENCE_SECONDS), distributed.rpc(address, connection_args=how) as there:
            await there.identity()

    with ThreadPoolExecutor(1) as apart:  # a notebook has a loop of its own
        apart.submit(lambda: asyncio.run(ask())).result()


def _on_this_machine(distributed: Any, count: int) -> Any:
    """A cluster of this machine alone: every listener, dashboards too, is on loopback."""
    kernels.road()  # compiled here once, before every process looks for it
    page = f"{LOOPBACK}:0"
    return distributed.LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        host=LOOPBACK,
        dashboard_address=page,
        worker_dashboard_address=page,
        silence_logs=50,
        env=dict.fromkeys(processes.ONE_THREAD, "1"),
    )


def answers(
    found: Any, tasks: Iterable[Task], versions: dict[str, str] | None = None, crew: Crew | None = None
) -> Iterator[Answer]:
    """An answer for every task, as they are ready. versions: rules that whoever plays must have too. crew: who plays,
    of whom more may come at any time; DesertedError when nobody is left for too long."""
    ready, crew = import_module("distributed").as_completed(loop=found.loop), crew or Crew()
    coming, known, since = iter(tasks), dict[str, Task](), dict[str, float]()

    def send() -> None:
        while len(known) < AHEAD * max(crew.count(found), 1) and (task := next(coming, None)) is not None:
            future = found.submit(played, processes.packed(task.function, task.given), versions, pure=False, retries=0)
            known[future.key], since[future.key] = task, time.perf_counter()
            ready.add(future)

    send()
    while known:
        if not ready.has_ready():
            time.sleep(GLANCE_SECONDS)
            send()
            crew.count(found)
            continue
        future = next(ready)
        if future.status == "cancelled":  # nobody here cancels: it was lost with its scheduler
            raise crew.gone()
        task, seconds = known.pop(future.key), time.perf_counter() - since.pop(future.key)
        yield _answer(future, task, seconds)
        send()


def _answer(future: Any, task: Task, seconds: float) -> Answer:
    if future.status == "finished":
        result, error, heard = future.result()
        return Answer(task.key, result, error, seconds=seconds, heard=tuple(heard))
    error = future.exception()
    died = type(error).__name__ == "KilledWorker"
    return Answer(task.key, None, InputError(str(error)), died, TRIES if died else 1, seconds)


def played(packed: bytes, versions: dict[str, str] | None) -> Any:
    """On a worker: a task, unless its rules are not those of whoever asked."""
    from experiments.batch.fingerprint import rules

    own = rules()
    if moved := sorted(name for name, said in (versions or {}).items() if own.get(name) != said):
        name = moved[0]
        why = f"a Dask worker has another version ({name}: {own.get(name)}, here {(versions or {})[name]})"
        return None, MismatchError(f"--address: {why}, whose records would not mix; install the same on both."), []
    return tried(packed)


class MismatchError(InputError):
    """A worker that would give other bits."""
