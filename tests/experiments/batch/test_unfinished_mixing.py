"""What a run has kept is not trusted when it is damaged, and never mixed with another run."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from experiments import scenarios
from experiments.batch import engine, listed, unfinished
from experiments.batch.engine import Cell, Size
from experiments.batch.store import Store
from experiments.batch.target import Target, unfinished_of
from sim.errors import InputError
from tests.experiments.batch.begun import QUARTERS, WORLDS, cells, run, stopped, target

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Played in one go by a run that keeps nothing."""
    out = tmp_path_factory.mktemp("whole") / "out"
    return out, run(Target(out), cells())


# --- damage and mixing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["flipped", "removed", "torn"])
def test_what_is_damaged_is_named_and_played_again(
    whole: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    out, kept, heard = tmp_path / "out", tmp_path / "out.unfinished", []
    stopped(target(out), monkeypatch, 3)
    part = kept / "parts" / "part-000001.zip"
    if damage == "flipped":
        content = bytearray(part.read_bytes())
        content[len(content) // 2] ^= 1
        part.write_bytes(bytes(content))
    elif damage == "removed":
        part.unlink()
    else:
        with (kept / "manifest.jsonl").open("ab") as file:
            file.write(b'{"part": "part-0000')
    assert run(target(out, resume=True, tell=heard.append), cells()) == whole[1]
    words = {"flipped": "part-000001.zip is corrupt", "removed": "part-000001.zip is missing", "torn": "was torn"}
    assert len(heard) == 1 and words[damage] in heard[0]


def other_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = {**unfinished.rules(), "numpy": "99.0"}
    monkeypatch.setattr(unfinished, "rules", lambda: newer)


OTHERS = {
    "seed": (cells(seed=2), r"another seed \(1, here 2\)"),
    "worlds": (cells(worlds=3), r"another number of worlds \(2, here 3\)"),
    "scenario": (
        [Cell(scenarios.load("history-2024"), Size(WORLDS, QUARTERS), name="a")],
        r"another scenario \(",
    ),
    "cells": (cells(names="abce"), r"another set of cells \("),
    "version": (cells(), r"another version \(numpy: .*, here 99\.0\)"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_resume_refuses_what_is_another_run_and_leaves_it_alone(
    whole: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    out = tmp_path / "out"
    stopped(target(out), monkeypatch, 2)
    asked, words = OTHERS[other]
    with monkeypatch.context() as patched, pytest.raises(InputError, match=words):
        if other == "version":
            other_rules(patched)
        run(target(out, resume=True), asked)
    assert run(target(out, resume=True), cells()) == whole[1]


def test_what_is_kept_is_neither_lost_nor_taken_unasked(
    whole: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    stopped(target(out), monkeypatch, 2)
    with pytest.raises(InputError, match="was begun and has not ended; --resume goes on with it"):
        run(target(out), cells())
    with Store(target(out, free=True)) as store:  # a name that is free of both
        assert store.out == tmp_path / "out-2"
    with pytest.raises(InputError, match=r"out-2' is finished: nothing is left to play"):
        run(target(tmp_path / "out-2", resume=True), cells())
    assert run(target(out, overwrite=True), cells()) == whole[1] and not unfinished_of(out).exists()


def test_a_folder_whose_facts_are_gone_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped(target(tmp_path / "out"), monkeypatch, 2)
    (tmp_path / "out.unfinished" / "asked.json").write_text("{")
    with pytest.raises(InputError, match="holds nothing to go on with"):
        run(target(tmp_path / "out", resume=True), cells())
    assert len(list((tmp_path / "out.unfinished" / "parts").iterdir())) == 2


def test_cells_that_nobody_can_tell_apart_are_played_and_not_kept(tmp_path: Path) -> None:
    """A seat without a name may be any program."""
    from agents.strategies import default_for

    asked = [Cell(scenarios.load("history"), Size(4, 1), name="a", seats={"aws": default_for("cloud").maker()})]
    with Store(target(tmp_path / "out")) as store:
        keeps = store.keeps()
        assert keeps is not None
        for played in engine.run(asked, keeps=keeps):
            store.add(played)
        assert keeps.opened and not keeps.done
    assert run(Target(tmp_path / "plain"), asked) == store.digests


def test_readers_are_told_apart() -> None:
    """The same cell read in two ways is two things."""
    (cell,) = cells(names="a")
    one, other = (unfinished._key(cell, partial(engine.tables, "a", wanted)) for wanted in (("quarters",), ("offers",)))
    assert one != other and one == unfinished._key(cell, partial(engine.tables, "a", ("quarters",)))


def test_where_nothing_may_be_made_beside_it_lies_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").mkdir()
    assert unfinished_of(tmp_path / "out") == tmp_path / "out.unfinished"
    monkeypatch.setattr(os, "access", lambda path, how: Path(path) != tmp_path)
    assert unfinished_of(tmp_path / "out").parent == tmp_path / "out"
    assert listed.NO_ROOM
