"""A cluster without workers: said after a moment, waited for so long and no longer, and gone on with when they come."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.batch.crew import LOOK_SECONDS, Crew, DesertedError
from tests.experiments.batch.started import ENVIRONMENT, ended, started, until
from tests.experiments.batch.tiny import design

ADDRESS = "127.0.0.1:8786"


class Stage:
    """A cluster whose workers come and go as told, and a clock that is set."""

    def __init__(self, seconds: float) -> None:
        self.said: list[str] = []
        self.now, self.asked, self.workers = 0.0, 0, dict[str, int]()
        self.crew = Crew(ADDRESS, seconds, self.said.append, lambda: self.now)
        self.found: Any = SimpleNamespace(nthreads=self._nthreads)

    def _nthreads(self) -> dict[str, int]:
        self.asked += 1
        return self.workers

    def after(self, seconds: float) -> int:
        self.now += seconds
        return self.crew.count(self.found)


def test_nobody_is_said_once_after_a_moment_and_ends_after_the_stated_time() -> None:
    stage = Stage(60.0)
    assert stage.after(0.0) == 0 and stage.said == []
    assert [stage.after(LOOK_SECONDS) for _ in range(29)] == [0] * 29
    head = f"--address = {ADDRESS}: the scheduler answers, but no worker has joined"
    assert stage.said == [f"{head}; waiting 60 s (Ctrl-C ends)."]
    with pytest.raises(DesertedError) as told:
        stage.after(LOOK_SECONDS)
    assert str(told.value) == f"{head} within 60 s; start some (dask worker {ADDRESS}), or give --wait more seconds"


def test_whoever_comes_back_begins_the_wait_anew() -> None:
    stage = Stage(10.0)
    stage.workers = {"a": 2, "b": 1}
    assert stage.after(0.0) == 3
    stage.workers = {}
    assert [stage.after(4.0) for _ in range(3)] == [0, 0, 0]
    assert len(stage.said) == 1 and "no worker came back; waiting 10 s" in stage.said[0]
    stage.workers = {"c": 1}
    assert stage.after(4.0) == 1
    stage.workers = {}
    assert [stage.after(4.0) for _ in range(3)] == [0, 0, 0]
    with pytest.raises(DesertedError, match=r"no worker came back within 10 s"):
        stage.after(4.0)


def test_the_scheduler_is_not_asked_at_every_turn() -> None:
    stage = Stage(60.0)
    stage.workers = {"a": 1}
    assert [stage.after(LOOK_SECONDS / 10.0) for _ in range(10)] == [1] * 10
    assert stage.asked == 1


# --- a real scheduler -------------------------------------------------------------------------------------------------


@dataclass
class Scheduler:
    """A scheduler without workers, on loopback."""

    process: subprocess.Popen[str]
    address: str


@pytest.fixture(name="scheduler")
def _scheduler() -> Iterator[Scheduler]:
    pytest.importorskip("distributed", reason="Dask is an extra")
    with _dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"Scheduler at:\s+tcp://(\S+)", line):
                yield Scheduler(process, found[1])
                break
        _end(process)


def _dask(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "dask", *words]
    return subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=20.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


LATE = ("--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard", "--no-nanny")


@pytest.mark.slow
def test_a_scheduler_whose_workers_never_come_ends_in_a_sentence_and_leaves_no_folder(
    tmp_path: Path, scheduler: Scheduler
) -> None:
    words = (str(design(tmp_path)), "--out", "out", "--address", scheduler.address)
    status, out, err = ended(started(tmp_path, "batch", *words, "--wait", "5"))
    said = err.strip().splitlines()
    assert (status, out, len(said)) == (2, "", 2)
    head = f"fully-booked: --address = {scheduler.address}: the scheduler answers, but no worker has joined"
    assert said[0] == f"{head}; waiting 5 s (Ctrl-C ends)."
    assert said[1].startswith(f"{head} within 5 s; start some")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize("leaves", ["worker", "scheduler"])
def test_workers_that_come_late_play_and_when_somebody_leaves_it_is_said_what_is_kept(
    tmp_path: Path, scheduler: Scheduler, leaves: str
) -> None:
    words = (str(design(tmp_path, worlds=1920, quarters=4)), "--out", "out", "--address", scheduler.address)
    batch = started(tmp_path, "batch", *words, "--wait", "8")
    time.sleep(LOOK_SECONDS)
    with _dask("worker", scheduler.address, *LATE) as worker:
        until(lambda: list((tmp_path / "out" / "parts").glob("part-*.parquet")))
        assert batch.poll() is None
        if leaves == "scheduler":
            scheduler.process.kill()
            said = "the scheduler answers no more"
        else:
            _end(worker)
            said = "no worker came back within 8 s; .*"
        status, _, err = ended(batch)
        _end(worker)
    told = said + r"; \d+ parts? kept\. Go on with: fully-booked batch .* --resume$"
    assert status == 2 and re.search(told, err.strip()), err
