"""Worker processes: they end with their parent, touch nothing of others, and why they fail is told truly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from experiments.batch import processes
from experiments.batch.workers import each
from sim.errors import InputError

ROOT = Path(__file__).resolve().parents[3]
LINUX = pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads the table of processes")


def double(number: int) -> int:
    return 2 * number


def refuses(number: int) -> int:
    if number == 1:
        raise InputError("the number 1 is not allowed; give another.")
    return number


class OddError(Exception):
    """Cannot be rebuilt from its words alone."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(f"{what} at {where}")


def odd(number: int) -> int:
    raise OddError("broken", f"{number}")


def full(number: int) -> int:
    raise MemoryError


def warns(number: int) -> int:
    warnings.warn("the same everywhere", stacklevel=1)
    return number


def killed(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def ended(number: int) -> int:
    time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60.0)
    return number


TASKS = [(0,), (1,), (2,)]


@pytest.mark.whole
def test_results_come_in_the_order_of_tasks() -> None:
    assert list(each(double, [(k,) for k in range(9)], 2)) == [2 * k for k in range(9)]


@pytest.mark.whole
@pytest.mark.parametrize(
    ("function", "kind", "words"),
    [
        (refuses, InputError, "the number 1 is not allowed; give another."),
        (odd, RuntimeError, "OddError: broken at 0"),
        (full, InputError, "memory ran out in a worker process"),
        (killed, InputError, "was killed, as a system does that runs out of memory"),
        (ended, InputError, "was ended from outside"),
    ],
)
def test_what_goes_wrong_in_a_worker_is_told_as_what_it_is(
    function: Callable[[int], int], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        list(each(function, TASKS, 2))


@pytest.mark.whole
def test_warnings_of_workers_arrive_once() -> None:
    with pytest.warns(UserWarning, match="the same everywhere") as heard:
        assert list(each(warns, TASKS, 2)) == [0, 1, 2]
    assert len(heard) == 1


def test_what_cannot_travel_is_named() -> None:
    with pytest.raises(InputError, match=r"cannot be sent to worker processes: .*lambda.*top level of a module"):
        list(each(double, [(0,), (lambda: 1,)], 2))


@pytest.mark.whole
def test_ending_touches_only_its_own_processes() -> None:
    """Another process of the same program goes on when workers are ended early."""
    other = get_context("spawn").Process(target=time.sleep, args=(60.0,))
    other.start()
    try:
        results = each(double, [(k,) for k in range(20)], 2)
        assert next(results) == 0
        results.close()  # type: ignore[attr-defined]
        assert other.is_alive()
        with pytest.raises(InputError):
            list(each(refuses, TASKS, 2))
        assert other.is_alive()
    finally:
        other.terminate()
        other.join()


class Ended:
    """A process that ended with a status."""

    def __init__(self, status: int | None) -> None:
        self.exitcode = status

    def join(self, timeout: float) -> None:
        pass


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        ([0, -15, processes.UNGUARDED], "would start games at once in each"),
        ([-15, -9], "runs out of memory"),
        ([-15, -11], r"crashed \(SIGSEGV\)"),
        ([1, -15], "cannot import this program again"),
        ([-15, -15], "ended from outside"),
        ([None, 0], "ended from outside"),
    ],
)
def test_the_cause_is_read_from_how_processes_ended(statuses: list[int | None], words: str) -> None:
    told = processes.why([Ended(one) for one in statuses])  # type: ignore[misc]
    import re

    assert re.search(words, told) and told.count(". ") == 0


# --- programs that workers cannot import ------------------------------------------------------------------------------

PLAIN = """
from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
base = scenarios.load("baseline")
cells = [Cell(base, Size(1, 1), name=name) for name in "ab"]
print(*[played.cell.name for played in engine.run(cells, 2)])
"""
OWN_SEAT = PLAIN.replace(
    "base =",
    """from agents.strategies import default_for
class Mine:
    def decide(self, own, market):
        return default_for("cloud").maker().decide(own, market)
base =""",
).replace("name=name)", 'name=name, seats={"aws": Mine()})')


def guarded(program: str) -> str:
    return "if __name__ == '__main__':\n" + "\n".join(f"    {line}" for line in program.splitlines())


def ran(folder: Path, *words: str, program: str = "") -> subprocess.CompletedProcess[str]:
    paths = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=paths,
        input=program or None,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "words"),
    [
        (PLAIN, "put what it does under `if __name__ == '__main__':`"),
        ("from pathlib import Path\nPath('made').mkdir()\n" + PLAIN, "cannot import this program again (see above)"),
        (guarded(OWN_SEAT), "Can't get attribute 'Mine'"),
    ],
    ids=["no guard", "not importable twice", "class under the guard"],
)
def test_a_program_that_workers_cannot_import_is_told_so(tmp_path: Path, program: str, words: str) -> None:
    (tmp_path / "mine.py").write_text(program)
    done = ran(tmp_path, "mine.py")
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1 and last.startswith("sim.errors.InputError: ") and words in last
    assert "memory" not in last


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "program"),
    [(["-"], OWN_SEAT), (["-c", OWN_SEAT], "")],
)
def test_a_seat_of_a_program_that_is_no_file_plays_on_in_one_process_and_says_so(
    tmp_path: Path, words: list[str], program: str
) -> None:
    done = ran(tmp_path, *words, program=program)
    assert (done.returncode, done.stdout.strip()) == (0, "a b")
    assert "one process instead of 2: worker processes cannot import 'Mine' from a notebook" in done.stderr


@pytest.mark.slow
def test_a_program_with_a_guard_and_its_own_seat_plays_on_two_processes(tmp_path: Path) -> None:
    seat, _, rest = OWN_SEAT.partition("base =")
    (tmp_path / "mine.py").write_text(seat + guarded("base =" + rest))
    done = ran(tmp_path, "mine.py")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "a b", "")


# --- the parent ends --------------------------------------------------------------------------------------------------


def children(parent: int) -> list[int]:
    """Processes whose parent it is."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if int((path / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(path.name))
        except OSError:  # ended meanwhile
            continue
    return found


def alive(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def run(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    size = ["--worlds", "8192", "--quarters", "20"]  # minutes of work on any machine: it never ends by itself here
    words = ["run", "baseline", *size, "--workers", "2", "--out", "k"]
    pipe = subprocess.PIPE
    running = subprocess.Popen(
        [sys.executable, "-m", "experiments.cli", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=pipe,
        stderr=pipe,
        text=True,
    )
    yield running
    running.kill()
    running.communicate()


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 4.0], ids=["at their start", "at work"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda number: number.name)
def test_workers_end_with_their_parent_however_it_ends(
    tmp_path: Path, run: subprocess.Popen[str], number: signal.Signals, seconds: float
) -> None:
    deadline = time.monotonic() + 60.0
    while len(family := children(run.pid)) < 3 and time.monotonic() < deadline:  # two workers and Python's own tracker
        time.sleep(0.05)
    time.sleep(seconds)
    run.send_signal(number)
    _, err = run.communicate(timeout=30)
    deadline = time.monotonic() + 15.0
    while any(map(alive, family)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(family) == 3 and not any(map(alive, family))
    assert not (tmp_path / "k").exists()
    killed = number == signal.SIGKILL  # nobody can clean up after that, nor say anything
    said, left = err.strip().splitlines()[-1:], list(tmp_path.iterdir())
    assert run.returncode == (-number if killed else 128 + number) and (killed or left == [])
    assert ("fully-booked: stopped; nothing was written." in said) != killed


def test_signals_are_as_they_were_when_a_command_is_done(command: Any) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    assert command("--help")[0] == 0
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before


def test_a_command_can_be_called_from_another_thread(capsys: pytest.CaptureFixture[str]) -> None:
    from experiments.cli import main

    ended: list[object] = []

    def call() -> None:
        try:
            main(["list", "shocks"])
        except SystemExit as end:
            ended.append(end.code)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert ended == [0] and "edge-surge" in capsys.readouterr().out
