"""Runs that keep what they have played: gone on with after any end, to the same bits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.batch import engine, manifest, workers
from experiments.batch.engine import Cell
from experiments.batch.store import Store
from experiments.batch.supervisor import Answer, DiedError, Task
from experiments.batch.target import Target
from experiments.batch.unfinished import decoded, encoded
from sim.errors import Halted, InputError
from sim.records import digest
from tests.experiments.batch.begun import cells, run, stopped, stopping, target

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Played in one go by a run that keeps nothing."""
    out = tmp_path_factory.mktemp("whole") / "out"
    return out, run(Target(out), cells())


# --- what travels through a part --------------------------------------------------------------------------------------


def test_tables_and_arrays_come_back_to_the_bit() -> None:
    """Kinds, names of columns and rows, missing numbers, negative zero: all as they were."""
    table = pd.DataFrame(
        {"cell": ["a", "b"], "x": [-0.0, np.nan], "n": np.array([1, 2], np.int64), "is": [True, False]}
    )
    found = decoded(encoded({"quarters": table, "of/ers": table.iloc[:0], "paths": np.array([[1.5, -0.0]])}))
    assert list(found) == ["quarters", "of/ers", "paths"]
    pd.testing.assert_frame_equal(found["quarters"], table, check_exact=True)
    assert np.signbit(found["quarters"]["x"][0]) and digest(found["quarters"]) == digest(table)
    pd.testing.assert_frame_equal(found["of/ers"], table.iloc[:0], check_index_type=False)
    assert found["paths"].tobytes() == np.array([[1.5, -0.0]]).tobytes()
    alone = np.linspace(0.0, 1.0, 7)
    assert decoded(encoded(alone)).tobytes() == alone.tobytes()
    pd.testing.assert_frame_equal(decoded(encoded(table)), table, check_exact=True)


def test_a_part_holds_no_program() -> None:
    """Only Parquet and .npy without objects: a folder of somebody else cannot run anything."""
    with pytest.raises(ValueError, match=r"Object arrays cannot be saved"):
        encoded(np.array([{}], dtype=object))


# --- going on ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [1, 3])
def test_an_interrupted_run_says_how_to_go_on_and_does_to_the_same_bits(
    whole: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    out = tmp_path / "out"
    said = str(stopped(target(out), monkeypatch, after))
    parts = f"{after} part{'' if after == 1 else 's'}"
    assert said == f"stopped; {parts} kept. Go on with: study --out {out} --resume"
    assert not out.exists() and len(list((tmp_path / "out.unfinished" / "parts").iterdir())) == after
    begun: list[str] = []
    plain = engine.play

    def counted(cell: Cell, *given: Any) -> Any:
        begun.append(cell.name)
        return plain(cell, *given)

    monkeypatch.setattr(engine, "play", counted)
    monkeypatch.setattr(engine, "grouped", lambda tasks, most: [[task] for task in tasks])
    assert run(target(out, resume=True), cells()) == whole[1]
    assert len(begun) == 4 - after
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (out / "quarters.parquet").read_bytes() == (whole[0] / "quarters.parquet").read_bytes()


def test_worlds_are_cut_as_they_were_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever cut another number of processes would ask for: what is there is not played again."""
    asked, out = cells(names="a", worlds=84), tmp_path / "out"
    with monkeypatch.context() as patched, pytest.raises(Halted):
        patched.setattr(workers.supervisor, "here", stopping(1, KeyboardInterrupt()))
        run(target(out), asked, chunk=64)
    sizes: list[int] = []
    plain = engine.play

    def counted(cell: Cell, *given: Any) -> Any:
        sizes.append(cell.size.worlds)
        return plain(cell, *given)

    monkeypatch.setattr(engine, "play", counted)
    digests = run(target(out, resume=True), asked, chunk=128)
    assert sizes == [20] and digests == run(Target(tmp_path / "plain"), asked, chunk=128)


def test_a_run_that_is_not_disturbed_leaves_only_its_results(
    whole: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    assert run(target(tmp_path / "out"), cells(), count=2) == whole[1]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    for name in ("quarters.parquet", "offers.parquet"):
        assert (tmp_path / "out" / name).read_bytes() == (whole[0] / name).read_bytes()


def test_resume_begins_a_run_that_is_not_there_yet(whole: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    assert run(target(tmp_path / "out", resume=True), cells()) == whole[1]


def test_an_interrupt_before_the_first_chunk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(stopped(target(tmp_path / "out"), monkeypatch, 0), KeyboardInterrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [manifest.DONE, manifest.FAILED])
def test_who_is_stopped_while_a_part_is_listed_keeps_what_the_list_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    """The line has reached the disk, and nobody in the process has heard of it: the slowest moment of all."""
    plain, place = manifest.append, tmp_path / "out.unfinished"

    def told_to_end(path: Path, entry: manifest.Entry) -> None:
        plain(path, {**entry, "status": status})
        raise KeyboardInterrupt

    monkeypatch.setattr(manifest, "append", told_to_end)
    with pytest.raises((Halted, KeyboardInterrupt)) as told:
        run(target(tmp_path / "out"), cells(names="a"))
    assert isinstance(told.value, Halted) == place.exists() == (status == manifest.DONE)
    if place.exists():
        assert "stopped; 1 part kept. Go on with: study" in str(told.value)
        assert [path.name for path in (place / "parts").iterdir()] == ["part-000000.zip"]


def test_who_is_stopped_when_the_results_stand_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Path.rename

    def told_to_end(self: Path, to: Path) -> Path:
        plain(self, to)
        raise KeyboardInterrupt

    with Store(target(tmp_path / "out")) as store:
        for played in engine.run(cells(names="a"), 1, 64, keeps=store.keeps()):
            store.add(played)
        monkeypatch.setattr(Path, "rename", told_to_end)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), r"cannot be written: no space left on the disk; 2 parts kept\. Go on"),
        (OSError(27, "File too large"), r"cannot be written: no space left on the disk; 2 parts kept\. Go on"),
        (FileNotFoundError(2, "No such file"), r"cannot be written: No such file; 2 parts kept\. Go on"),
        (MemoryError(), r"^memory ran out; 2 parts kept\. Go on with: study"),
        (DiedError("a, worlds 0 to 63 could not be played (3 tries): killed."), r"killed; 2 parts kept\. Go on with: "),
    ],
    ids=["full", "too large", "taken away", "memory", "died"],
)
def test_whatever_stops_a_run_is_one_sentence_with_the_command_that_goes_on(
    whole: tuple[Path, dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    words: str,
) -> None:
    out = tmp_path / "out"
    with pytest.raises(InputError, match=words):
        raise stopped(target(out), monkeypatch, 2, error)
    assert run(target(out, resume=True), cells()) == whole[1]


def test_a_chunk_that_nobody_can_play_ends_the_run_by_name_and_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mean over fewer worlds would be wrong, so there is none."""
    plain = workers.supervisor.here

    def plays(tasks: Iterator[Task]) -> Iterator[Answer]:
        for answer in plain(tasks):
            dead = answer.key == 3
            yield Answer(3, None, DiedError("a worker process was killed."), True, 3) if dead else answer

    monkeypatch.setattr(workers.supervisor, "here", plays)
    monkeypatch.setattr(engine, "grouped", lambda tasks, most: [[task] for task in tasks])
    with pytest.raises(InputError) as told:
        run(target(tmp_path / "out"), cells())
    words = "d, worlds 0 to 1 could not be played (3 tries): a worker process was killed; 3 parts kept. Go on with: "
    assert str(told.value).startswith(words) and not (tmp_path / "out").exists()
    lines = [json.loads(one) for one in (tmp_path / "out.unfinished" / "manifest.jsonl").read_text().splitlines()]
    (failed,) = [one for one in lines if one["status"] == "failed"]
    assert (failed["cell"], failed["first_world"], failed["worlds"], failed["tries"]) == ("d", 0, 2, 3)
