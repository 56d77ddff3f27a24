"""What a log, a fork and a sitting say and keep, without a game: digests, scales of figures, words at the end."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiments.play import fork, sitting
from experiments.play.log import digest_of, outcomes_of
from experiments.screen import Screen
from sim.errors import Halted, InputError
from sim.metrics import METRICS
from sim.quarters import ordinal


def game(last: float) -> Any:
    """A game of two worlds and quarters: a metric is as large as its place among metrics, and the second world's
    ends with `last`."""
    values = {one.name: np.array([[0.0, k], [0.0, last]]) for k, one in enumerate(METRICS)}
    return SimpleNamespace(records=SimpleNamespace(metric=values.__getitem__))


def test_outcomes_are_those_of_the_last_quarter() -> None:
    assert outcomes_of(game(9.5)) == {one.name: [float(k), 9.5] for k, one in enumerate(METRICS)}


def test_a_digest_is_of_names_and_numbers() -> None:
    said = b"".join(one.name.encode() + np.array([k, 9.5]).tobytes() for k, one in enumerate(METRICS))
    assert digest_of(game(9.5)) == hashlib.sha256(said).hexdigest() != digest_of(game(9.0))


def test_scales_are_those_of_the_words() -> None:
    parties = [row for rows in fork.PARTY_SHOWN.values() for row in rows]
    assert len(fork.SHOWN) == 4 and len(parties) == 8
    for _, words, scale in (*fork.SHOWN, *parties):
        assert scale == (100.0 if words.endswith(", %") else 1e-3 if words.endswith(", $bn") else 1.0)


BOOK: Any = SimpleNamespace(
    path=Path("g/game.json"), quarters_played=2, content=SimpleNamespace(quarters=8), start=ordinal("2025Q4")
)
SAVED = "2 of 8 quarters are saved; go on with: fully-booked play g/game.json"


LEFT = "2026Q3 was not played; 2 of 8 quarters \nare saved. Go on with:\nfully-booked play g/game.json\n"
"""A sentence is wrapped by words; a command stands on a line of its own."""


@pytest.mark.parametrize(
    ("how", "error", "said", "shown"),
    [
        ("quit", None, "", LEFT),
        ("ended", InputError, f"the input ended in 2026Q3, which was not played; {SAVED}", "\n"),
        ("interrupted", Halted, f"stopped in 2026Q3, which was not played; {SAVED}", "\n"),
    ],
)
def test_leaving_says_what_is_saved(how: str, error: type[Exception] | None, said: str, shown: str) -> None:
    """A sentence about an end in the middle of a line begins one of its own."""
    file = io.StringIO()
    if error is None:
        assert sitting._leave(BOOK, how, Screen(file=file, width=40)) == Path("g/game.json")
    else:
        with pytest.raises(error) as raised:
            sitting._leave(BOOK, how, Screen(file=file, width=40))
        assert str(raised.value) == said
    assert file.getvalue() == shown


@pytest.mark.parametrize(
    ("role", "rents_out", "words"),
    [("cloud", True, "a cloud"), ("cloud", False, "an owner of compute"), ("vendor", False, "a chip designer"),
     ("lab", False, "an AI lab"), ("regulator", False, "a regulator")],
)  # fmt: skip
def test_what_a_seat_is_called(role: str, rents_out: bool, words: str) -> None:
    desk: Any = SimpleNamespace(role=role, rents_out=rents_out)
    assert sitting._what(desk) == words


@pytest.mark.parametrize(("played", "begins"), [(0, "A new game: you"), (2, "Going on in 2026Q3: you")])
def test_a_welcome_says_everything_there_is_to_know(played: int, begins: str) -> None:
    file = io.StringIO()
    desk = SimpleNamespace(role="lab", title="Lab One")
    book: Any = SimpleNamespace(**{**vars(BOOK), "quarters_played": played})
    book.content = SimpleNamespace(quarters=8, seed=17)
    book.scenario = SimpleNamespace(title="Cheap power")
    form: Any = SimpleNamespace(desk=desk)
    sitting._welcome(book, form, Screen(file=file, width=900))
    assert file.getvalue() == (
        f"{begins} are Lab One, an AI lab, for 8 quarters of 'Cheap power', seed 17. You are judged by discounted cash "
        "flow, what serving customers earns at the end, and cash for a year of burn. Compute is counted in H100e, the "
        "power of one Nvidia H100; type words for every figure, ? for every decision. Saved after every quarter in "
        "g/game.json. An illustration of a model with real names as labels: not a forecast, not advice.\n"
    )


@pytest.mark.parametrize(
    ("terminal", "width", "wide"), [(True, 70, 80), (True, 90, 90), (True, 140, 100), (False, 70, 100)]
)
def test_the_screen_is_between_a_narrow_and_a_whole_page_wide(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, width: int, wide: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(Screen, "is_terminal", terminal)
    assert sitting._console().width == wide


def test_a_folder_of_other_files_is_not_taken(tmp_path: Path) -> None:
    """What a write leaves beside a log is no other file; a game is taken only to be played over."""
    path = tmp_path / "game.json"
    sitting._check_folder(tmp_path / "new" / "game.json", False)
    (tmp_path / ".game.json.lock").touch()
    sitting._check_folder(path, False)
    (tmp_path / "notes").touch()
    with pytest.raises(InputError, match="holds other files; give a folder that is new or empty"):
        sitting._check_folder(path, True)
    path.touch()
    sitting._check_folder(path, True)
    with pytest.raises(InputError, match="holds a game already; go on with fully-booked play"):
        sitting._check_folder(path, False)
