"""A user's strategy in a file: in `run`, in designs, in several processes, in what is told of it, and at `--resume`."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.batch import engine
from experiments.batch.engine import Cell, Size
from experiments.batch.folder import Records
from experiments.batch.kept import KeptWarning
from experiments.designs.plan import plan
from sim.errors import InputError
from tests.experiments.batch.tiny import run

DEAR = """
from dataclasses import replace


class Dear:
    '''The usual, at another price.'''

    def decide(self, own, market):
        usual = own.usual()
        return replace(usual, price_usd_per_h100e_hour=FACTOR * usual.price_usd_per_h100e_hour)
"""
NOTE = """
question = "does a price matter?"
[held]
scenario = "history"
quarters = 1
[[strategies]]
name = "usual"
[[strategies]]
name = "dear"
seats = { aws = "my.py:Dear" }
[replications]
worlds = 2
[measured]
outcomes = ["trainium_share_used"]
"""


def write(folder: Path, factor: float = 3.0) -> Path:
    path = folder / "my.py"
    path.write_text(DEAR.replace("FACTOR", str(factor)), encoding="utf-8")
    return path


def design(folder: Path) -> str:
    (folder / "mine.toml").write_text(NOTE, encoding="utf-8")
    return str(folder / "mine.toml")


def price(records: object) -> np.ndarray:
    return np.asarray(records.metric("trainium_share_used"))  # type: ignore[attr-defined]


def cell(folder: Path, worlds: int = 2) -> Cell:
    history = scenarios.load("history")
    return Cell(history, Size(worlds, 1), scenarios.strategies_of(history, [f"aws={folder / 'my.py'}:Dear"]))


@pytest.mark.whole
def test_a_file_plays_as_the_same_strategy_in_a_seat_does(tmp_path: Path) -> None:
    write(tmp_path)
    mine = cell(tmp_path)
    plain = replace(mine, strategies={}, seats={"aws": _Usual()})
    assert engine.play(mine, price).tobytes() != engine.play(plain, price).tobytes()
    by_hand = replace(plain, seats={"aws": _Dearer()})
    assert engine.play(mine, price).tobytes() == engine.play(by_hand, price).tobytes()


class _Usual:
    def decide(self, own, market):  # type: ignore[no-untyped-def]
        return own.usual()


class _Dearer:
    def decide(self, own, market):  # type: ignore[no-untyped-def]
        usual = own.usual()
        return replace(usual, price_usd_per_h100e_hour=3.0 * usual.price_usd_per_h100e_hour)


def test_the_cell_says_whose_file_it_was_and_needs_it_no_more(tmp_path: Path) -> None:
    path = write(tmp_path)
    mine = cell(tmp_path)
    path.unlink()
    assert mine.said == "history+aws=my.Dear"
    assert mine.strategies["aws"].startswith("my.py:Dear#")
    assert replace(mine, strategies={}).seats == {}
    assert list(mine.part(1, 1).seats) == ["aws"]


@pytest.mark.slow
def test_two_processes_play_the_same_bits(tmp_path: Path) -> None:
    write(tmp_path)
    asked = [(cell(tmp_path, 128), partial(price))]
    one, two = ([found.tobytes() for found in engine.all_played(asked, workers, 64)] for workers in (1, 2))
    assert one == two


@pytest.mark.whole
def test_a_design_finds_the_file_beside_itself_and_its_folder_says_which_text_was_played(tmp_path: Path) -> None:
    write(tmp_path)
    run(plan(design(tmp_path)), tmp_path / "out")
    records = Records.open(tmp_path / "out")
    assert list(records.cells) == ["usual", "dear"]
    played = pd.read_parquet(tmp_path / "out" / "design.parquet")["strategies"]
    assert [json.loads(one).get("aws", "").partition("#")[0] for one in played] == ["", "my.py:Dear"]
    usual, dear = (records.metric("trainium_share_used", one)[1].to_numpy() for one in records.cells)
    assert (dear != usual).all()
    assert dear.tobytes() == engine.play(cell(tmp_path), price)[:, 0].tobytes()

    run(plan(design(tmp_path)), tmp_path / "out", resume=True)  # an unchanged file goes on
    write(tmp_path, 2.0)
    with pytest.raises(InputError, match=r"--resume: '.*out' was begun with another my\.py \(hash \w{12}, here"):
        run(plan(design(tmp_path)), tmp_path / "out", resume=True)


def test_a_design_names_file_and_strategy_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mine\.toml: strategies 'dear': '.*my\.py' does not exist"):
        plan(design(tmp_path))
    write(tmp_path)
    wrong = NOTE.replace("my.py:Dear", "my.py:Deer")
    (tmp_path / "mine.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.toml: strategies 'dear': my\.py: unknown name 'Deer'"):
        plan(str(tmp_path / "mine.toml"))


def test_a_batch_warns_of_what_a_file_keeps_between_games(tmp_path: Path) -> None:
    path = write(tmp_path)
    counting = DEAR.replace("FACTOR", "1.1").replace("        usual =", "        SEEN.append(1)\n        usual =")
    path.write_text("SEEN = []\n" + counting, encoding="utf-8")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        run(plan(design(tmp_path)), tmp_path / "out")
    told = [str(one.message) for one in heard if one.category is KeptWarning]
    assert told and "SEEN is shared by the games of a seat" in told[0]
