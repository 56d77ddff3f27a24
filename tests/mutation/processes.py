"""Runs of pytest in copies of the tree, each in a group of processes that ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tests.mutants import AT_ONCE, ELSEWHERE, RUN

T = TypeVar("T")
R = TypeVar("R")

RUNNING: set[subprocess.Popen[str]] = set()


def test_files(tree: Path) -> list[Path]:
    """All files of tests, those apart that say nothing about a rule; the longest first."""
    found = (path for path in (tree / "tests").rglob("test_*.py"))
    kept = [path for path in found if not path.relative_to(tree).as_posix().startswith(ELSEWHERE)]
    return sorted(kept, key=lambda path: (-path.stat().st_size, path))


def pytest(tree: Path, plugin: str, files: Iterable[Path | str], more: Mapping[str, str]) -> tuple[int, str]:
    """pytest's exit status, and what it printed. plugin: a module of ours; files: of tests; more: added environment."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *RUN, "-p", plugin]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", **more}
    environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as printed:
        process = subprocess.Popen(
            [*command, *(str(tree / file) for file in files)],
            cwd=tree,
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        RUNNING.add(process)
        try:
            process.wait()
        finally:
            end(process)
            RUNNING.discard(process)
        printed.seek(0)
        return process.returncode, printed.read()


def at_once(work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
    """work(task) for every task, in order, a few at a time; when the caller stops, so does every run under way."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            yield from pool.map(work, tasks)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise


def end(process: subprocess.Popen[str]) -> None:
    """End a run and what it has started: tests that were stopped leave workers behind."""
    if hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return  # nothing is left
    else:
        process.kill()


def end_all() -> None:
    """End every run under way."""
    for process in list(RUNNING):
        end(process)
