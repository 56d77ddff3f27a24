"""`run` and `whatif`, stopped and gone on with: what was kept is not played again, and files are the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.batch import engine, workers
from experiments.batch.supervisor import Answer, Task
from tests.experiments.conftest import Command

RUN = ("run", "history", "--worlds", "80", "--quarters", "1", "--workers", "1")
WHATIF = ("whatif", "history", "--set", "porting_into_factor_trainium=0.5")
WHATIF += ("--worlds", "2", "--quarters", "2", "--workers", "1")
BEGUN = (
    pytest.param(RUN, "quarters.parquet", id="run"),
    pytest.param(WHATIF, "effects.csv", id="whatif", marks=pytest.mark.whole),
)


class Plays:
    """One process that plays so many chunks and is then interrupted; counts what it plays."""

    def __init__(self, most: int) -> None:
        self.most, self.played, self.plain = most, 0, workers.supervisor.here

    def __call__(self, tasks: Iterator[Task]) -> Iterator[Answer]:
        for answer in self.plain(tasks):
            if self.played == self.most:
                raise KeyboardInterrupt
            self.played += 1
            yield answer


@pytest.fixture(autouse=True)
def _chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk is a block of worlds of one cell."""
    monkeypatch.setattr(engine, "grouped", lambda tasks, most: [[task] for task in tasks])
    monkeypatch.setattr(engine, "fair_chunk", lambda worlds, workers: 64)


@pytest.mark.parametrize(("words", "file"), BEGUN)
def test_a_stopped_command_goes_on_with_what_it_has_kept(
    words: tuple[str, ...], file: str, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, rest, all_ = Plays(1), Plays(99), Plays(99)
    monkeypatch.setattr(workers.supervisor, "here", first)
    status, _, error = command(*words, "--out", "out")
    assert status == 130 and "1 part kept. Go on with: fully-booked" in error and "--resume" in error
    assert (tmp_path / "out.unfinished" / "manifest.jsonl").is_file() and not (tmp_path / "out").exists()
    monkeypatch.setattr(workers.supervisor, "here", rest)
    assert command(*words, "--out", "out", "--resume")[0] == 0
    monkeypatch.setattr(workers.supervisor, "here", all_)
    assert command(*words, "--out", "whole")[0] == 0
    assert first.played == 1 and first.played + rest.played == all_.played
    assert (tmp_path / "out" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    assert not (tmp_path / "out.unfinished").exists()


FEW = ("run", "history", "--worlds", "2", "--quarters", "1", "--workers", "1")


@pytest.mark.parametrize(("words", "file"), [pytest.param(FEW, "quarters.parquet", id="run"), BEGUN[1]])
def test_where_nothing_is_kept_it_says_so_and_begins_anew(
    words: tuple[str, ...], file: str, tmp_path: Path, command: Command
) -> None:
    status, _, error = command(*words, "--out", "new", "--resume")
    assert status == 0 and error.startswith("fully-booked: --resume: nothing of 'new' is kept; it begins anew.\n")
    assert (tmp_path / "new" / file).is_file()
    status, _, error = command(*words, "--out", "new", "--resume")
    assert status == 2 and "'new' is finished: nothing is left to play" in error
    status, _, error = command(*words, "--resume")
    assert status == 2 and "--resume needs --out DIR" in error
