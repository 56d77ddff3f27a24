"""A started game is never lost: it goes on where it stopped, and neither files nor logs in the way are touched."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from experiments.play import terminal
from experiments.play.log import Logbook
from tests.experiments.play.table import Table

pytestmark = pytest.mark.usefixtures("few_worlds")


@pytest.mark.whole
def test_a_game_goes_on_where_it_stopped_with_the_same_bits(table: Table) -> None:
    words = ("--as", "Anthropic", "--turns", "4", "--level", "5")
    answers = ["1 120", "", "6 -10", "", "3 12", "", "1 0", ""]
    table.play(*words, "--out", "whole", lines="\n".join(answers) + "\n")
    status, out, _ = table.play(*words, "--out", "cut", lines="\n".join([*answers[:4], "1 500", "q"]) + "\n")
    assert status == 0
    assert "2026Q3 was not played; 2 of 4 quarters are saved. Go on with: fully-booked play cut/game.json" in " ".join(
        out.split()
    )
    status, out, _ = table.play("cut/game.json", lines="\n".join(answers[4:]) + "\n")
    assert status == 0 and "Going on in 2026Q3" in out
    assert table.log("cut")["played"] == table.log("whole")["played"]


@pytest.mark.whole
def test_the_end_of_input_in_a_turn_loses_nothing(table: Table) -> None:
    status, _, err = table.play("--as", "EC", "--turns", "4", "--out", "game", lines="\n\n2 open\n")
    assert status == 2
    assert err.count("\n") == 1 and "the input ended in 2026Q3" in err and "fully-booked play game/game.json" in err
    assert len(table.log()["played"]) == 2
    status, _, err = table.play("game/game.json", lines="\n")
    assert status == 2 and "2026Q4" in err
    assert len(table.log()["played"]) == 3


class Interrupting(io.StringIO):
    """Somebody who presses Ctrl-C after the first line."""

    def readline(self, *size: int) -> str:  # type: ignore[override]
        if self.tell():
            raise KeyboardInterrupt
        return super().readline(*size)


def test_an_interrupt_loses_nothing(table: Table) -> None:
    status, _, err = table.play("--as", "AWS", "--turns", "4", "--out", "game", lines=Interrupting("\n\n"))
    assert status == 130
    assert "1 of 4 quarters are saved" in err and "nothing was written" not in err


@pytest.mark.whole
def test_a_finished_game_shows_its_end_again(table: Table, to_the_end: None) -> None:
    _, first, _ = table.play("--as", "Nvidia", "--turns", "2", "--out", "game", lines="\n\n")
    status, again, err = table.play("game/game.json", lines="")
    assert (status, err) == (0, "")
    assert again.strip()
    assert again.strip() in first


@pytest.mark.parametrize(
    ("words", "must_say"),
    [
        (("--as", "Amazn"), "Closest: 'AWS'"),
        (("--as", "enterprises"), "cannot be played"),
        (("--as", "AWS", "--level", "4"), "--level = 4 is not allowed; give 3, 5 or 7"),
        (("--as", "AWS", "--turns", "0"), "--turns = 0 is not allowed"),
        (("--as", "AWS", "--against", "grandmaster"), "--against: unknown grade of bots 'grandmaster'"),
        (("--as", "AWS", "--seed", "x"), "--seed = x is not allowed"),
        (("--as", "AWS", "--scenario", "basline"), "Closest: 'baseline'"),
        ((), "--as is missing"),
        (("nowhere.json",), "'nowhere.json' cannot be read"),
        (("game.json", "--as", "AWS"), "--as does not go with the log"),
    ],
)  # fmt: skip
def test_wrong_words_get_a_sentence_and_leave_nothing(table: Table, words: tuple[str, ...], must_say: str) -> None:
    status, out, err = table.play(*words, lines="")
    assert status == 2
    assert must_say in err and err.count("\n") == 1 and out == ""
    assert list(table.folder.iterdir()) == []


@pytest.mark.whole
def test_a_folder_that_holds_a_game_is_not_played_over(table: Table) -> None:
    words = ("--as", "AWS", "--turns", "1", "--out", "game")
    table.play(*words, lines="\n")
    before = table.log()
    status, _, err = table.play(*words, "--seed", "2", lines="\n")
    assert status == 2 and "holds a game already" in err
    assert table.log() == before
    assert table.play(*words, "--seed", "2", "--overwrite", lines="\n")[0] == 0
    assert table.log()["seed"] == 2


@pytest.mark.parametrize(
    ("words", "must_say"),
    [
        (("--as", "AWS", "--out", "full"), "--out: 'full' holds other files"),
        (("--as", "AWS", "--out", "full/notes.txt"), "is a file"),
        (("full",), "it is a folder without a game.json"),
        (("AWS",), "a new game is begun with --as"),
        (("--as", "AWS", "--level", "five"), "--level = five is not allowed; give 3, 5 or 7"),
    ],
)  # fmt: skip
def test_nothing_that_is_there_is_touched(table: Table, words: tuple[str, ...], must_say: str) -> None:
    (table.folder / "full").mkdir()
    (table.folder / "full" / "notes.txt").write_text("mine")
    status, out, err = table.play(*words, lines="\n")
    assert status == 2 and out == ""
    assert must_say in err and err.count("\n") == 1
    assert [path.name for path in (table.folder / "full").iterdir()] == ["notes.txt"]
    assert (table.folder / "full" / "notes.txt").read_text() == "mine"


@pytest.mark.whole
def test_a_game_is_found_by_its_folder(table: Table) -> None:
    table.play("--as", "AWS", "--turns", "2", "--out", "game", lines="\nq\n")
    status, out, _ = table.play("game", lines="\n")
    assert status == 0 and "Going on in 2026Q2" in out
    assert len(table.log()["played"]) == 2


def test_an_interrupt_of_the_end_says_that_the_game_is_saved(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(book: Logbook, party: str, console: Console) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(terminal, "show_end", pressed)
    status, _, err = table.play("--as", "AWS", "--turns", "1", "--out", "game", lines="\n")
    assert status == 130 and "the game is finished and saved" in err
    assert len(table.log()["played"]) == 1


def spoil(path: Path, key: str, value: object) -> None:
    content = json.loads(path.read_text())
    content["played"][0]["decisions"]["aws"][key] = value
    path.write_text(json.dumps(content))


@pytest.mark.whole
@pytest.mark.parametrize(
    ("key", "value", "must_say"),
    [("exit_fee_years", [99.0], "exit_fee_years"), ("exit_fee_years", [True], "exit_fee_years = True is not a number"),
     ("order_mw", [[1.0, 2.0], [3.0]], "not of one length"),
     ("order_mw", [[1.0, 2.0]], "game.json: aws, 2026Q1: order_mw has shape (1, 2); expected is (1, 4)"),
     ("exit_fee_years", ["much"], "not a number"), ("attention", [0.5], "unknown cloud decision 'attention'"),
     ("exit_fee_years", [0.3], "cannot be continued")],
)  # fmt: skip
def test_a_log_that_was_spoilt_is_not_continued(table: Table, key: str, value: object, must_say: str) -> None:
    table.play("--as", "AWS", "--turns", "3", "--out", "game", lines="\nq\n")
    path = table.folder / "game" / "game.json"
    spoil(path, key, value)
    before = path.read_bytes()
    status, _, err = table.play("game/game.json", lines="\n\n")
    assert status == 2 and must_say in err and err.count("\n") == 1
    assert path.read_bytes() == before
