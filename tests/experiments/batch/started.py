"""Commands in processes of their own, for tests that end them."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(ROOT),
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "FULLY_BOOKED_KERNELS": "numpy",
}
LONGEST = 300.0
Begun = subprocess.Popen[str]


def started(folder: Path, *words: str, limit: int = 0) -> Begun:
    """A command in a process of its own, in a folder. limit: bytes a file may have."""

    def prepared() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever runs the tests in the background ignores it
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.Popen(
        [sys.executable, "-m", "experiments.cli", *words],
        env=ENVIRONMENT,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepared,
    )


def ended(command: Begun) -> tuple[int, str, str]:
    """Exit status, stdout, stderr."""
    out, err = command.communicate(timeout=LONGEST)
    return command.returncode, out, err


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONGEST
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
