"""The store: a results folder is complete or does not exist."""

from __future__ import annotations

import errno
from pathlib import Path

import pandas as pd
import pytest

from experiments import scenarios
from experiments.batch.engine import Cell, Played, Size
from experiments.batch.store import Store, write_dictionary
from experiments.batch.target import Target, check_target, free_folder
from sim.errors import InputError


def played() -> Played:
    cell = Cell(scenarios.load("baseline"), Size(1, 1), name="a")
    keys = {"cell": ["a"], "world": [0], "quarter": ["2026Q1"]}
    offer = {**keys, "cloud": ["aws"], "family": ["trainium"], "channel": ["direct"], "used_h100e": [1.0]}
    return Played(
        cell, {"quarters": pd.DataFrame({**keys, "trainium_share_used": [0.05]}), "offers": pd.DataFrame(offer)}
    )


def test_a_complete_store_is_moved_into_place(tmp_path: Path) -> None:
    with Store(Target(tmp_path / "deep" / "out")) as store:
        store.add(played())
        store.add(played())
        write_dictionary(store)
        assert not (tmp_path / "deep" / "out").exists()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]
    assert len(pd.read_parquet(tmp_path / "deep" / "out" / "quarters.parquet")) == 2


@pytest.mark.parametrize("failure", [RuntimeError("broken"), KeyboardInterrupt()])
def test_a_failure_in_the_middle_leaves_nothing(tmp_path: Path, failure: BaseException) -> None:
    with pytest.raises(type(failure)), Store(Target(tmp_path / "deep" / "out")) as store:
        store.add(played())
        raise failure
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_older_results_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "provenance.json").write_text("old")
    with pytest.raises(RuntimeError), Store(Target(tmp_path / "out", overwrite=True)):
        raise RuntimeError
    assert (tmp_path / "out" / "provenance.json").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no space left.*nothing was written"), Store(Target(tmp_path / "out")):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_what_may_not_be_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    check_target(folder)
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="other files"):
        check_target(folder, overwrite=True)
    (folder / "provenance.json").write_text("{}")
    with pytest.raises(InputError, match="--overwrite"):
        check_target(folder)
    check_target(folder, overwrite=True)


def test_the_next_free_folder(tmp_path: Path) -> None:
    assert free_folder(tmp_path / "a").name == "a"
    (tmp_path / "a").mkdir()
    (tmp_path / "a-2").mkdir()
    assert free_folder(tmp_path / "a").name == "a-3"
