"""A log is played on by one process at a time, and a game that cannot be begun leaves nothing behind."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments import scenarios
from experiments.batch.target import BusyError
from experiments.play import log_file, terminal
from experiments.play.log import Logbook
from experiments.play.log_file import PERSON, held
from experiments.text import command as typed
from sim.errors import InputError
from tests.experiments.conftest import Command

BASE = scenarios.load("baseline")
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison at the end of a game is not what these tests look at."""
    monkeypatch.setattr(terminal, "show_end", lambda book, party, console: None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "g" / "game.json"
    Logbook.begin(place, scenario=BASE, seed=5, quarters=2, draw=True, level=3, seats={"aws": PERSON})
    return place


@pytest.fixture
def enters(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody who answers with Enter, again and again."""
    monkeypatch.setattr("sys.stdin", io.StringIO("\n" * 20))
    yield


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.rglob("*"))


@pytest.mark.whole
def test_a_log_that_is_played_just_now_is_not_played_by_another(path: Path, command: Command, enters: None) -> None:
    before = path.read_bytes()
    for words in (("play", "g"), ("play", "g/game.json"), ("play", "--as", "AWS", "--out", "g", "--overwrite")):
        with held(path):
            status, out, err = command(*words)
        assert (status, out) == (2, "") and err.count("\n") == 1
        assert "g/game.json: this game is being played elsewhere just now" in err
    assert path.read_bytes() == before and names(path.parent) == ["game.json"]
    assert command("play", "g")[0] == 0
    assert Logbook.load(path).quarters_played == 2


def test_a_log_is_held_through_links_and_let_go_of_after_errors(path: Path) -> None:
    link = path.parent.parent / "link.json"
    link.symlink_to(path)
    with held(link), pytest.raises(BusyError), held(path):
        pass
    with pytest.raises(ValueError, match="in between"), held(path):
        raise ValueError("in between")
    with held(path):
        assert names(path.parent) == [".game.json.lock", "game.json"]


def test_a_log_is_written_through_a_link(path: Path) -> None:
    link = path.parent.parent / "link.json"
    link.symlink_to(path)
    book = Logbook.load(link)
    book.content = book.content.model_copy(update={"seed": 77})
    book.write()
    assert link.is_symlink() and Logbook.load(path).content.seed == 77


@pytest.mark.whole
def test_what_a_dead_process_left_of_a_write_is_removed(path: Path, command: Command, enters: None) -> None:
    (path.parent / ".game.json.partial").write_text('{"format": 1,')
    (path.parent / ".game.json.lock").write_text("")
    assert command("play", "g")[0] == 0
    assert names(path.parent) == ["game.json"]


def test_a_write_that_fails_leaves_the_old_log_and_nothing_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, book = path.read_bytes(), Logbook.load(path)

    def full(place: Path, content: object) -> None:
        place.write_text('{"format"')
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(log_file, "_write", full)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        book.write()
    assert path.read_bytes() == before and names(path.parent) == ["game.json"]


@pytest.mark.whole
def test_two_processes_on_one_log_lose_nothing(path: Path, command: Command, enters: None) -> None:
    """One waits in the middle of a turn; another is refused; then the first plays on and all of it is saved."""
    first = subprocess.Popen(
        [sys.executable, "-m", "experiments.cli", "play", "g"],
        cwd=path.parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert first.stdin is not None and first.stdout is not None
    try:
        while "Enter plays" not in first.stdout.readline():
            assert first.poll() is None
        status, _, err = command("play", "g")
        assert status == 2 and "is being played elsewhere just now" in err
        said, _ = first.communicate("\nq\n", timeout=120)
    finally:
        first.kill()
    assert "1 of 2 quarters are saved" in said
    assert Logbook.load(path).quarters_played == 1
    assert command("play", "g")[0] == 0
    assert Logbook.load(path).quarters_played == 2


@pytest.mark.whole
def test_games_without_a_folder_take_different_names(tmp_path: Path, command: Command, enters: None) -> None:
    for number in range(2):
        assert command("play", "--as", "AWS", "--turns", "1")[0] == 0
        assert len(list((tmp_path / "results").iterdir())) == number + 1
    with held(tmp_path / "results" / "play-aws-1-3" / "game.json"):
        assert command("play", "--as", "AWS", "--turns", "1")[0] == 0
    assert sorted(one.name for one in (tmp_path / "results").iterdir()) == [
        "play-aws-1",
        "play-aws-1-2",
        "play-aws-1-4",
    ]


LATE = """title = "T"
base = "baseline"
[[shock]]
parameter = "power_level"
quarters = ["2026Q3", "2026Q3"]
multiply_by = 9.0
source = "judgement"
"""


@pytest.mark.parametrize("out", [("--out", "g/deep"), ()])
def test_a_game_that_leaves_a_range_later_is_never_begun(
    tmp_path: Path, command: Command, enters: None, out: tuple[str, ...]
) -> None:
    (tmp_path / "late.toml").write_text(LATE)
    status, shown, err = command("play", "--as", "AWS", "--scenario", "late.toml", "--turns", "4", *out)
    assert (status, shown) == (2, "") and err.count("\n") == 1
    assert "power_level" in err and "2026Q3" in err and "game.json" not in err
    assert names(tmp_path) == ["late.toml"]


def test_a_game_that_cannot_be_built_leaves_the_old_one(
    path: Path, tmp_path: Path, command: Command, enters: None
) -> None:
    (tmp_path / "late.toml").write_text(LATE)
    before = path.read_bytes()
    words = ("--as", "AWS", "--scenario", "late.toml", "--out", "g", "--overwrite")
    assert command("play", *words)[0] == 2
    assert path.read_bytes() == before and names(path.parent) == ["game.json"]


@pytest.mark.whole
def test_a_command_can_be_typed_as_it_is_shown(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\nq\n"))
    _, out, _ = command("play", "--as", "AWS", "--turns", "2", "--out", "my game's")
    shown = " ".join(out.split()).partition("Go on with: ")[2]
    assert shown == typed("play", "my game's/game.json") == """fully-booked play 'my game'"'"'s/game.json'"""
    assert json.loads((tmp_path / "my game's" / "game.json").read_text())["quarters"] == 2
    assert typed("run", "baseline", "--out", "r") == "fully-booked run baseline --out r"
    assert typed("run", os.fsdecode(b"r\xff")) == "fully-booked run 'r?'"
