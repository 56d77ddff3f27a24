"""The file of a log: read whatever editor saved it, refused in one sentence when it is none, and written whole."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments import scenarios
from experiments.play.log import Logbook
from experiments.play.log_file import PERSON
from sim.errors import InputError
from tests.experiments.conftest import Command

BASE = scenarios.load("baseline")
Log = dict[str, Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log without a quarter yet."""
    place = tmp_path / "g" / "game.json"
    Logbook.begin(place, scenario=BASE, seed=5, quarters=4, draw=True, level=3, seats={"aws": PERSON})
    return place


def test_the_mark_of_some_editors_is_passed_over(path: Path) -> None:
    content = Logbook.load(path).content
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert Logbook.load(path).content == content


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_another_encoding_is_named(path: Path, encoding: str) -> None:
    path.write_text(path.read_text(encoding="utf-8"), encoding=encoding)
    with pytest.raises(InputError, match=r"^game\.json: it is written in UTF-16; save it as UTF-8\.$"):
        Logbook.load(path)


def test_a_byte_that_is_no_utf_8_is_named(path: Path) -> None:
    path.write_bytes(b'{"title": "caf\xe9"}')
    with pytest.raises(InputError, match=r"^game\.json: it is not written in UTF-8 \(byte 0xe9 at 14\); save it"):
        Logbook.load(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a game's log (JSON): Expecting value"),
        ("{", "not a game's log (JSON): Expecting property name"),
        ("title = 1", "not a game's log (JSON): Expecting value"),
        ("[" * 100_000, "not a game's log (JSON): lists stand too deep"),
        ('{"format": 1e999}', "no machine holds the number 1e999"),
        ('{"format": -1e999}', "no machine holds the number -1e999"),
        ('{"format": ' + "1" * 5000 + "}", f"no machine holds the number {'1' * 40}..."),
        ('{"format": 1, "format": 1}', "'format' is given twice"),
        ("[]", "it has no 'format'"),
        ('{"format": true}', "format = True: no version wrote that"),
        ('{"format": 1.5}', "format = 1.5: no version wrote that"),
        ('{"format": NaN}', "format = nan: no version wrote that"),
        ('{"format": 2}', "format = 2: it was written by a newer version"),
        ('{"format": ' + "1" * 300 + "}", f"format = {'1' * 40}...: it was written by a newer version"),
        ('{"format": 1}', "product: it is missing"),
    ],
    ids=range(15),
)
def test_what_is_no_log_is_one_sentence(path: Path, command: Command, text: str, said: str) -> None:
    path.write_text(text, encoding="utf-8")
    for words in (("play", "g"), ("replay", "g"), ("fork", "g", "--at", "2026Q1")):
        status, out, err = command(*words)
        assert (status, out) == (2, "") and err.count("\n") == 1
        assert err.startswith("fully-booked: game.json: ") and said in err, err
    assert path.read_text(encoding="utf-8") == text and [one.name for one in path.parent.iterdir()] == ["game.json"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda log: log.update(seed=True), "seed = True: it must be a valid integer"),
        (lambda log: log.update(seed="5"), "seed = '5': it must be a valid integer"),
        (lambda log: log.update(seed=2**32), "seed = 4294967296: it must be less than or equal to 4294967295"),
        (lambda log: log.update(quarters=4.0), "quarters = 4.0: it must be a valid integer"),
        (lambda log: log.update(worlds=0), "worlds = 0: it must be greater than or equal to 1"),
        (lambda log: log.update(draw=1), "draw = 1: it must be a valid boolean"),
        (lambda log: log.update(level=True), "level = True: it must be a valid integer"),
        (lambda log: log.update(levels={"aws": "7"}), "levels aws = '7': it must be a valid integer"),
        (lambda log: log.update(weather="fine"), "weather = 'fine': there is no such key"),
        (lambda log: log["scenario"]["parameters"].update(price_elasticity=True),
         "price_elasticity = True: it must be a valid number"),
        (lambda log: log["scenario"]["parameters"].update(price_elasticity=float("nan")),
         "price_elasticity = nan: it must be a finite number"),
        (lambda log: log["scenario"].update(quarters="8"), "scenario quarters = '8': it must be a valid integer"),
    ],
)  # fmt: skip
def test_nothing_is_taken_for_a_number_that_is_none(path: Path, change: Callable[[Log], None], said: str) -> None:
    log = json.loads(path.read_text(encoding="utf-8"))
    change(log)
    path.write_text(json.dumps(log), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Logbook.load(path)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.fixture
def played(path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The log with one quarter."""
    monkeypatch.setattr("sys.stdin", io.StringIO("\nq\n"))
    assert command("play", "g")[0] == 0
    return path


def test_a_played_quarter_holds_numbers(played: Path, command: Command) -> None:
    """NaN and infinity may be figures of a broken world: they differ from numbers. What is no number at all is
    refused."""
    whole = played.read_text(encoding="utf-8")
    for key in ('"exit_fee_years":[', '"utilisation":['):
        head, _, tail = whole.partition(key)

        def replayed(value: str, head: str = head, key: str = key, tail: str = tail) -> tuple[int, str, str]:
            played.write_text(head + key + value + tail[tail.index("]") :], encoding="utf-8")
            return command("replay", "g")

        status, out, _ = replayed("NaN")
        assert status == 1 and "the replay differs in 2026Q1" in out
        for value in ("true", '"0.1"', "null", "[[0.1]]", "{}"):
            status, out, err = replayed(value)
            assert (status, out) == (2, "") and err.count("\n") == 1, err


def test_half_a_sign_is_no_text(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace('"title":"', '"title":"\\ud800'), encoding="utf-8")
    with pytest.raises(InputError, match="'title' holds half of a sign"):
        Logbook.load(path)


def test_a_scenario_whose_name_is_no_text_is_refused_at_once(tmp_path: Path, command: Command) -> None:
    name = os.fsdecode(b"cheap\xff.toml")
    try:
        (tmp_path / name).write_text('title = "T"\nbase = "baseline"\n', encoding="utf-8")
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    for words in (("run", name), ("play", "--as", "AWS", "--scenario", name)):
        status, _, err = command(*words)
        assert status == 2 and "its name is no text in UTF-8" in err
    assert len(list(tmp_path.iterdir())) == 1
