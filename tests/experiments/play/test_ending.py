"""What the terminal shows of a game's end and of a fork: in which order, and with how many processes."""

from __future__ import annotations

import io
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.batch import engine
from experiments.play import aftermath, fork, replay, terminal
from experiments.play.replay import Verdict
from experiments.screen import Screen
from experiments.text import Sheet
from sim.quarters import ordinal

BOOK: Any = SimpleNamespace(path=Path("g/game.json"), quarters_played=6, start=ordinal("2025Q4"))
SHEET = Sheet("Title", ("", "left", "right"), (("a", "1", "22"), ("bb", "333", "4")), strong=(1,))
END = """\
How the same 6 quarters would have gone, in 64 worlds ...
Bands left right
a 1 22
bb 333 4
Decided left right
a 1 22
bb 333 4
first
second
Your decisions are repeated as they were, in worlds where you would have seen and decided other things; a rule \
answers to each. Everybody else reacts. Every world is in g/comparison.csv.
the paths
Go on (again: from that turn, in a game of its own):
fully-booked play g/game.json --again 2026Q4
fully-booked replay g/game.json
fully-booked fork g/game.json --at 2026Q4
"""


def test_a_table_for_the_screen() -> None:
    shown = terminal.drawn(SHEET)
    assert (shown.title, shown.title_justify) == ("Title", "left")
    assert [(str(one.header), one.justify) for one in shown.columns] == [
        ("", "left"),
        ("left", "right"),
        ("right", "right"),
    ]
    assert [list(one.cells) for one in shown.columns] == [["a", "bb"], ["1", "333"], ["22", "4"]]
    assert [row.style for row in shown.rows] == [None, "bold"]


def named(name: str) -> Any:
    """A table without a title, whose first column bears a name."""
    return Sheet("", (name, *SHEET.heads[1:]), SHEET.rows)


def test_the_end_of_a_game(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def compared(*given: Any) -> str:
        asked.append(given)
        return "table"

    monkeypatch.setattr(aftermath, "compared", compared)
    monkeypatch.setattr(aftermath, "save", lambda *given: asked.append(given) or Path("g/comparison.csv"))
    monkeypatch.setattr(aftermath, "bands", lambda *given: asked.append(given) or named("Bands"))
    monkeypatch.setattr(aftermath, "decisions", lambda *given: asked.append(given) or named("Decided"))
    monkeypatch.setattr(aftermath, "verdicts", lambda table: asked.append(table) or ["first", "second"])
    monkeypatch.setattr(engine, "default_workers", lambda: 5)
    monkeypatch.setattr(terminal, "show_paths", lambda book, party, console: console.print("the paths"))
    for given, workers in ((None, 5), (2, 2)):
        asked.clear()
        file = io.StringIO()
        terminal.show_end(BOOK, "aws", Screen(file=file, width=200), given)
        assert [" ".join(line.split()) for line in file.getvalue().splitlines()] == END.splitlines()
        assert asked == [
            (BOOK, "aws", 64, workers),
            (BOOK, "aws", "table"),
            (BOOK, "aws", "table"),
            (BOOK, "aws", workers),
            "table",
        ]


@pytest.mark.parametrize("stored", [False, True])
def test_a_fork_is_checked_played_kept_and_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stored: bool
) -> None:
    done: list[Any] = []
    store = SimpleNamespace(out=Path("tables")) if stored else None
    clock = iter((100.0, 103.4))
    monkeypatch.setattr(terminal, "storing", lambda target: nullcontext(store))
    monkeypatch.setattr(terminal.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(replay, "check", lambda book: "verdict")
    monkeypatch.setattr(replay, "refuse_another_past", lambda *given: done.append(given))
    monkeypatch.setattr(fork, "tables", lambda *given: done.append(given) or "tables")
    monkeypatch.setattr(fork, "save", lambda *given: done.append(given))
    monkeypatch.setattr(fork, "bands", lambda *given: done.append(given) or SHEET)
    monkeypatch.setattr(fork, "assumption", lambda *given: "Assumed: nothing. " * 9)
    asked: Any = "the fork"
    terminal.fork_log(BOOK, asked, 3, None)
    saved = [(store, BOOK, asked, "tables", 3)] if stored else []
    assert done == [(BOOK, "verdict"), (BOOK, asked, 3, 1), *saved, (BOOK, asked, "tables", 3)]
    *_, assumed, took = capsys.readouterr().out.splitlines()
    assert assumed.strip() == ("Assumed: nothing. " * 9).strip(), "on one line"
    assert took == "3 worlds in 3 s" + (". Tables: tables" if stored else "")


def test_a_verdict_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    terminal.show(Verdict(True, (), same_version=True), Screen(file=file, width=20))
    assert file.getvalue() == "Replayed 0 quarters; there was nothing to compare.\n"
