"""Studies and tournaments as their users meet them: real processes that are killed, told to end, or left without room.

Whatever happens, the files at the end are those of an undisturbed run."""

from __future__ import annotations

import os
import re
import shlex
import signal
from pathlib import Path

import pytest

from tests.experiments.batch.started import Begun, ended, started, until
from tests.kills import alive, listed, workers_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.kill,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads the table of processes"),
]
STRATEGIES = ("--strategy", "penetration", "--strategy", "open-stack")
WORDS = {
    "tournament": ("tournament", "--role", "vendor", *STRATEGIES, "--worlds", "2", "--quarters", "1"),
    "study": ("study", "--quick", "--worlds", "2", "--quarters", "1"),
}
OF_THE_CALL = ("provenance.json", "report.html")
"""Files that say how they were asked for."""
BOTH = pytest.mark.parametrize("name", WORDS)


def begin(folder: Path, name: str, *more: str, workers: int = 2, limit: int = 0) -> Begun:
    return started(folder, *WORDS[name], "--out", "out", "--workers", str(workers), *more, limit=limit)


def kept(folder: Path) -> dict[str, str]:
    """Parts that a run has kept so far."""
    return listed(folder / "out.unfinished")


def results(folder: Path) -> dict[str, bytes]:
    """Files of the results and what they hold."""
    files = [path for path in sorted((folder / "out").rglob("*")) if path.is_file() and path.name not in OF_THE_CALL]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


class Undisturbed(dict[str, dict[str, bytes]]):
    """Files of runs in one process, each played when it is first asked for."""

    def __init__(self, make: pytest.TempPathFactory) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, name: str) -> dict[str, bytes]:
        folder = self.make.mktemp(name)
        assert ended(begin(folder, name, workers=1))[0] == 0
        assert [path.name for path in folder.iterdir()] == ["out"]
        self[name] = results(folder)
        return self[name]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory)


def whole(folder: Path, expected: dict[str, bytes]) -> None:
    """The results are there, are those, and nothing else is left."""
    assert results(folder) == expected
    assert [path.name for path in folder.iterdir()] == ["out"]


@BOTH
@pytest.mark.parametrize("every", [False, True], ids=["one worker", "all workers"])
def test_who_dies_is_replaced_and_nothing_is_lost(
    tmp_path: Path, undisturbed: Undisturbed, name: str, every: bool
) -> None:
    run = begin(tmp_path, name)
    until(lambda: kept(tmp_path) and len(workers_of(run.pid)) == 2)
    victims = workers_of(run.pid)
    for number in victims if every else victims[:1]:
        os.kill(number, signal.SIGKILL)
    status, _, err = ended(run)
    assert status == 0 and "Traceback" not in err
    whole(tmp_path, undisturbed[name])


@BOTH
def test_a_killed_run_ends_its_workers_and_is_gone_on_with(tmp_path: Path, undisturbed: Undisturbed, name: str) -> None:
    run = begin(tmp_path, name)
    until(lambda: kept(tmp_path))
    workers = workers_of(run.pid)
    run.kill()
    ended(run)
    before = kept(tmp_path)
    assert workers and before
    until(lambda: not any(alive(one) for one in workers))
    status, _, err = ended(begin(tmp_path, name))
    assert status == 2 and "was begun and has not ended; --resume goes on with it" in err and kept(tmp_path) == before
    assert ended(begin(tmp_path, name, "--resume", workers=1))[0] == 0
    whole(tmp_path, undisturbed[name])


@BOTH
@pytest.mark.parametrize(("number", "status"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_stopped_run_prints_the_command_that_goes_on(
    tmp_path: Path, undisturbed: Undisturbed, name: str, number: str, status: int
) -> None:
    run = begin(tmp_path, name)
    until(lambda: kept(tmp_path))
    workers = workers_of(run.pid)
    run.send_signal(getattr(signal, number))
    code, out, err = ended(run)
    assert (code, out) == (status, "") and not any(alive(one) for one in workers)
    assert [path.name for path in tmp_path.iterdir()] == ["out.unfinished"]
    (command,) = re.findall(r"stopped; \d+ parts? kept\. Go on with: fully-booked (.*)$", err.strip())
    assert ended(started(tmp_path, *shlex.split(command)))[0] == 0
    whole(tmp_path, undisturbed[name])


def test_a_file_that_may_not_grow_ends_the_run_in_a_sentence_and_nothing_is_lost(
    tmp_path: Path, undisturbed: Undisturbed
) -> None:
    """A limit on the size of files stands in for a full disk; the list of parts is what no longer fits."""
    run = begin(tmp_path, "tournament")
    until(lambda: kept(tmp_path))
    run.send_signal(signal.SIGTERM)
    ended(run)
    before, size = kept(tmp_path), (tmp_path / "out.unfinished" / "manifest.jsonl").stat().st_size
    status, _, err = ended(begin(tmp_path, "tournament", "--resume", limit=size + 10))
    said = err.strip().splitlines()[-1]
    assert status == 2 and "Traceback" not in err and kept(tmp_path) == before
    assert re.search(r"cannot be written: no space left on the disk; \d+ parts? kept\. Go on with: fully-booked", said)
    assert ended(begin(tmp_path, "tournament", "--resume"))[0] == 0
    whole(tmp_path, undisturbed["tournament"])


def test_a_second_run_into_one_folder_is_refused_and_the_first_goes_on(
    tmp_path: Path, undisturbed: Undisturbed
) -> None:
    first = begin(tmp_path, "tournament")
    until(lambda: kept(tmp_path))
    first.send_signal(signal.SIGSTOP)  # it must not be done before the second has looked
    status, out, err = ended(begin(tmp_path, "tournament", "--resume"))
    first.send_signal(signal.SIGCONT)
    assert (status, out) == (2, "") and "'out' is being written by another run" in err
    assert ended(first)[0] == 0
    whole(tmp_path, undisturbed["tournament"])


def test_what_is_kept_may_be_taken_away_and_brought_back(tmp_path: Path, undisturbed: Undisturbed) -> None:
    run = begin(tmp_path, "tournament")
    until(lambda: kept(tmp_path))
    (tmp_path / "out.unfinished").rename(tmp_path / "moved")
    status, _, err = ended(run)
    assert status == 2 and "'out' cannot be written: No such file or directory" in err and "Traceback" not in err
    (tmp_path / "moved").rename(tmp_path / "out.unfinished")
    assert ended(begin(tmp_path, "tournament", "--resume"))[0] == 0
    whole(tmp_path, undisturbed["tournament"])
