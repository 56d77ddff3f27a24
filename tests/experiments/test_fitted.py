"""Tables at every width: ranks go first, words stay whole, and what is left out is said."""

from __future__ import annotations

import io
import re

import pytest

from experiments.fitted import Fitted, laid_out
from experiments.screen import Screen

WORDS = ("trainium_share_used", "wholesale", "everything", "2027Q4")


def _table() -> Fitted:
    table = Fitted("A title")
    table.column("name", no_wrap=True)
    table.column("long words", 1)
    table.column("meaning", 2, least=30)
    table.column("last")
    table.add_row(WORDS[0], f"{WORDS[1]} {WORDS[2]}", "one two three four five six seven eight nine ten", WORDS[3])
    return table


def _printed(width: int) -> str:
    screen = Screen(width=width, file=io.StringIO())
    screen.print(_table())
    return str(screen.file.getvalue())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("width", "left_out"),
    # 19 + 10 + 30 + 6 letters, two a gap and a line between: 65 + 8 + 5 = 78; without meaning 35 + 6 + 4 = 45
    [
        (120, []),
        (78, []),
        (77, ["meaning"]),
        (45, ["meaning"]),
        (44, ["long words", "meaning"]),
        (32, ["long words", "meaning"]),
    ],
)
def test_columns_of_the_highest_rank_go_first(width: int, left_out: list[str]) -> None:
    said = _printed(width)
    assert (f"Left out at this width: {'; '.join(left_out)}." in " ".join(said.split())) == bool(left_out)
    shown = [word for word in ("name", "long words", "meaning", "last") if word not in left_out]
    head = " ".join(said.splitlines()[2:4])
    assert all(any(part in head for part in word.split()) for word in shown)


@pytest.mark.parametrize("width", [32, 44, 45, 60, 77, 78, 100])
def test_no_word_is_broken(width: int) -> None:
    said = _printed(width)
    assert all(len(line) <= width for line in said.splitlines())
    table = said.split("Left out")[0]
    known = set(
        re.findall(r"\S+", "A title name long words meaning last one two three four five six seven eight nine ten")
    )
    assert set(re.findall(r"[\w.]+", table)) <= known | set(WORDS)


def test_a_column_of_no_rank_stays_where_nothing_fits() -> None:
    said = _printed(20)
    assert "meaning" not in said.split("Left")[0]
    assert "Left out" in said and "trainium_share" in said


def test_a_width_that_is_said_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert laid_out(Screen(file=io.StringIO()), 130).width == 130
    monkeypatch.setenv("COLUMNS", "90")
    assert laid_out(Screen(file=io.StringIO()), 130).width == 90
    monkeypatch.delenv("COLUMNS")
    assert laid_out(Screen(file=io.StringIO(), force_terminal=True, width=100), 130).width == 100


@pytest.mark.parametrize("width", [0, 1, 20, 31])
def test_what_always_stays_is_whole_where_the_screen_is_too_narrow_for_it(width: int) -> None:
    said = _printed(width)
    assert any(WORDS[0] in line and WORDS[3] in line for line in said.splitlines())
