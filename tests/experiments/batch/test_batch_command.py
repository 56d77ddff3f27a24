"""`fully-booked batch` as its user meets it: real processes, signals, full disks, folders that are read-only."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.experiments.batch.started import Begun, ended, started, until
from tests.experiments.batch.tiny import design
from tests.kills import alive, listed, whole, workers_of

LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads the table of processes")
Command = Callable[..., tuple[int, str, str]]


def begin(folder: Path, *words: str, limit: int = 0) -> Begun:
    """A batch in a process of its own."""
    return started(folder, "batch", *words, limit=limit)


@pytest.fixture(scope="module")
def digest(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of the records of the tiny batch, played in one process."""
    folder = tmp_path_factory.mktemp("whole")
    status, out, _ = ended(begin(folder, str(design(folder, worlds=84)), "--out", "out", "--engine", "serial"))
    assert status == 0 and "3 points, 252 runs in 6 parts; digest" in out and "Tables: out" in out
    return whole(folder / "out")


@pytest.mark.whole
@pytest.mark.kill
@LINUX
@pytest.mark.parametrize(("engine", "number", "status"), [("serial", "SIGINT", 130), ("local", "SIGTERM", 143)])
def test_a_stopped_batch_prints_the_command_that_goes_on(
    tmp_path: Path, digest: str, engine: str, number: str, status: int
) -> None:
    batch = begin(tmp_path, str(design(tmp_path, worlds=84)), "--engine", engine)
    out = tmp_path / "results" / "tiny-batch"
    until(lambda: listed(out))
    workers = workers_of(batch.pid)
    batch.send_signal(getattr(signal, number))
    code, _, err = ended(batch)
    assert code == status and not any(alive(one) for one in workers)
    (command,) = re.findall(r"stopped; [1-6] parts? kept\. Go on with: fully-booked batch (.*)$", err.strip())
    assert ended(begin(tmp_path, *command.split()))[0] == 0
    assert whole(out) == digest


@pytest.mark.whole
@pytest.mark.kill
@LINUX
def test_workers_end_when_their_parent_is_killed(tmp_path: Path, digest: str) -> None:
    words = (str(design(tmp_path, worlds=84)), "--out", "out", "--engine", "local", "--workers", "2")
    batch = begin(tmp_path, *words)
    until(lambda: listed(tmp_path / "out"))
    workers = workers_of(batch.pid)
    batch.kill()
    ended(batch)
    assert workers
    until(lambda: not any(alive(one) for one in workers))
    assert ended(begin(tmp_path, *words, "--resume"))[0] == 0
    assert whole(tmp_path / "out") == digest


@pytest.mark.whole
@pytest.mark.kill
@LINUX
def test_a_second_batch_in_one_folder_is_refused_and_the_first_goes_on(tmp_path: Path, digest: str) -> None:
    words = (str(design(tmp_path, worlds=84)), "--out", "out", "--engine", "serial", "--resume")
    first = begin(tmp_path, *words)
    until(lambda: listed(tmp_path / "out"))
    first.send_signal(signal.SIGSTOP)  # it must not be done before the second has looked
    code, out, err = ended(begin(tmp_path, *words))
    first.send_signal(signal.SIGCONT)
    assert (code, out) == (2, "") and err.strip().count("\n") == 0
    assert "'out' is being written by another run" in err
    assert ended(first)[0] == 0 and whole(tmp_path / "out") == digest


@pytest.mark.whole
@pytest.mark.kill
@LINUX
def test_a_file_that_may_not_grow_ends_the_batch_in_a_sentence_and_nothing_is_lost(tmp_path: Path, digest: str) -> None:
    """A limit on the size of files stands in for a full disk."""
    words = (str(design(tmp_path, worlds=84)), "--out", "out", "--engine", "serial", "--resume")
    batch = begin(tmp_path, *words)
    until(lambda: listed(tmp_path / "out"))
    batch.send_signal(signal.SIGINT)
    assert ended(batch)[0] == 130
    kept = listed(tmp_path / "out")
    code, _, err = ended(begin(tmp_path, *words, limit=1000))
    assert code == 2 and "Traceback" not in err
    said = rf"--out: 'out' cannot be written: no space left on the disk; {len(kept)} parts? kept\. Go on with: "
    assert re.search(said, err.strip().splitlines()[-1])
    assert listed(tmp_path / "out") == kept and not list((tmp_path / "out" / "parts").glob(".*"))
    assert ended(begin(tmp_path, *words))[0] == 0
    assert whole(tmp_path / "out") == digest and kept.items() <= listed(tmp_path / "out").items()


@pytest.mark.whole
@pytest.mark.kill
@LINUX
def test_a_folder_taken_away_ends_the_batch_and_goes_on_elsewhere(tmp_path: Path, digest: str) -> None:
    words = (str(design(tmp_path, worlds=84)), "--engine", "serial", "--out")
    batch = begin(tmp_path, *words, "out")
    until(lambda: listed(tmp_path / "out"))
    (tmp_path / "out").rename(tmp_path / "moved")
    code, _, err = ended(batch)
    assert code == 2 and "'out' cannot be written: No such file or directory" in err and "Traceback" not in err
    assert ended(begin(tmp_path, *words, "moved", "--resume"))[0] == 0
    assert whole(tmp_path / "moved") == digest


@pytest.mark.parametrize("made", [True, False], ids=["a folder", "the folder above"])
def test_a_folder_that_is_read_only_is_refused_before_anything_is_played(
    command: Command, monkeypatch: pytest.MonkeyPatch, made: bool
) -> None:
    """Root may write anywhere, so the disk itself refuses."""
    Path("locked").mkdir()
    if made:
        Path("locked/out").mkdir()

    def refuses(self: Path, *given: object, **how: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    tiny = str(design(Path()))
    monkeypatch.setattr(Path, "mkdir", refuses)
    code, out, err = command("batch", tiny, "--out", "locked/out", "--engine", "serial")
    assert (code, out) == (2, "") and "--out: 'locked/out' cannot be written: Permission denied" in err
    assert "Traceback" not in err


WRONG = {
    "design": (("batch", "frist"), "unknown design 'frist'. Closest: 'first'."),
    "engine": (("batch", "first", "--engine", "locl"), "--engine: unknown engine 'locl'. Closest: 'local'."),
    "workers": (("batch", "first", "--workers", "0"), "--workers = 0 is not allowed"),
    "serial": (("batch", "first", "--engine", "serial", "--workers", "2"), "--engine local takes several"),
    "address": (("batch", "first", "--engine", "local", "--address", "h:1"), "--address goes with --engine dask"),
    "resume": (("batch", "first", "--resume"), "--resume needs --out DIR"),
    "option": (("batch", "first", "--resum"), "unknown option '--resum'. Closest: '--resume'."),
    "a file": (("batch", "first", "--out", "taken"), "'taken' is a file; give a folder"),
    "here": (("batch", "first", "--out", "."), "is the current folder"),
}


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG.keys())
def test_wrong_words_are_one_sentence(command: Command, words: tuple[str, ...], said: str) -> None:
    Path("taken").write_text("")
    code, out, err = command(*words)
    assert (code, out) == (2, "") and said in err and err.strip().count("\n") == 0
    assert sorted(path.name for path in Path().iterdir()) == ["taken"]


@pytest.mark.whole
def test_a_dry_run_says_runs_size_and_time_and_writes_nothing(command: Command) -> None:
    path = design(Path(), worlds=84)
    code, out, err = command("batch", str(path), "--dry-run", "--workers", "2")
    assert (code, err) == (0, "") and "3 points, 252 runs (worlds)" in out
    assert "2 outcomes, 756 values, 6 parts" in out
    assert re.search(r"expected: \d+ (s|min) on 2 processes", out)
    assert [one.name for one in Path().iterdir()] == [path.name]
