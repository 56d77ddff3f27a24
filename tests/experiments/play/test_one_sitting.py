"""A game has one sitting at a time: whoever comes second is told so, and the first loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.play import sitting as play
from experiments.play import terminal
from experiments.play.log import Logbook
from sim.errors import InputError


@pytest.fixture(autouse=True)
def no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Games end without the comparison with others."""
    monkeypatch.setattr(terminal, "show_end", lambda book, party, console: None)


def sat_down(folder: Path, ask: Callable[[str], str], overwrite: bool = False) -> Path:
    return play.begin(play.Table("AWS", 3, 2, "steady", 1), folder, overwrite, ask)


def test_a_game_that_is_being_played_is_left_alone(tmp_path: Path) -> None:
    """From the middle of a first turn, others try to sit down at the same game; the first loses nothing."""
    folder = tmp_path / "game"

    def ask(prompt: str) -> str:
        return others.pop()() if others else ""

    def refused(begin: Callable[[], Path]) -> str:
        with pytest.raises(InputError, match=r"is being (played elsewhere|written by another run)"):
            begin()
        return ""

    tries = (
        lambda: sat_down(folder, ask, True),
        lambda: play.resume(folder),
        lambda: play.resume(folder / "game.json"),
    )
    others = [lambda: "".join(map(refused, tries))]
    path = sat_down(folder, ask)
    assert not others and Logbook.load(path).quarters_played == 2
    assert sorted(one.name for one in folder.iterdir()) == ["game.json"] and list(tmp_path.iterdir()) == [folder]


def test_games_begun_at_once_without_a_folder_have_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table, began = play.Table("AWS", 3, 1, "steady", 1), []

    def ask(prompt: str) -> str:
        if not began:
            began.append(True)
            began.append(play.begin(table, None, False, ask))
        return ""

    assert [play.begin(table, None, False, ask).parent.name, began[1].parent.name] == ["play-aws-1", "play-aws-1-2"]


def test_a_log_that_is_a_link_stays_one(tmp_path: Path) -> None:
    path = sat_down(tmp_path / "game", lambda prompt: "")
    content = path.read_text()
    (tmp_path / "link.json").symlink_to(path)
    Logbook.load(tmp_path / "link.json").write()
    assert (tmp_path / "link.json").is_symlink() and path.read_text() == content
