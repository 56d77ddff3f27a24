"""The store: a results folder is complete or does not exist."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pytest

from experiments import scenarios
from experiments.batch import owned
from experiments.batch.engine import Cell, Played, Size
from experiments.batch.store import Store, write_dictionary
from experiments.batch.target import Target, check_target
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


def results(target: Target, **files: str) -> Path:
    """Results with some files (a name's _ is a dot, its __ a slash), moved into place."""
    with Store(target) as store:
        for name, text in files.items():
            store.write(name.replace("__", "/").replace("_", "."), text)
    return store.out


def held(folder: Path) -> dict[str, str]:
    """All files of a folder and what they hold, its provenance left out."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "provenance.json"]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


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
    check_target(Target(folder))
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="other files"):
        check_target(Target(folder, overwrite=True))
    (folder / "provenance.json").write_text("{}")
    with pytest.raises(InputError, match="--overwrite"):
        check_target(Target(folder))
    check_target(Target(folder, overwrite=True))


# --- whose files they are ---------------------------------------------------------------------------------------------


def test_overwriting_replaces_what_was_written_and_keeps_everything_else(tmp_path: Path) -> None:
    """Notes, folders, and a link of the user's stay; a file of the results that the new ones do not have goes."""
    out = results(
        Target(tmp_path / "out"), levels_csv="old", effects_csv="old", figures__a_png="old", figures__b_png="old"
    )
    (tmp_path / "letter.txt").write_text("far away")
    (out / "notes.md").write_text("three weeks of notes")
    (out / "figures" / "mine.png").write_text("mine")
    (out / "deep" / "deeper").mkdir(parents=True)
    (out / "deep" / "deeper" / "draft.md").write_text("draft")
    (out / "link").symlink_to(tmp_path / "letter.txt")
    results(Target(out, overwrite=True), levels_csv="new", figures__a_png="new")
    assert held(out) == {
        "levels.csv": "new",
        "figures/a.png": "new",
        "figures/mine.png": "mine",
        "notes.md": "three weeks of notes",
        "deep/deeper/draft.md": "draft",
        "link": "far away",
    }
    assert (out / "link").is_symlink() and (tmp_path / "letter.txt").read_text() == "far away"
    assert json.loads((out / "provenance.json").read_text())["files"] == ["figures/a.png", "levels.csv"]
    assert not list(tmp_path.rglob(".*"))


def test_results_without_a_list_are_known_by_their_names(tmp_path: Path) -> None:
    out = results(Target(tmp_path / "out"), levels_csv="old", figures__effects_png="old")
    (out / "provenance.json").write_text("{}")  # as versions before this one wrote it
    (out / "notes.md").write_text("mine")
    results(Target(out, overwrite=True), effects_csv="new")
    assert held(out) == {"effects.csv": "new", "notes.md": "mine"}


@pytest.mark.parametrize("name", ["report.html", "figures/effects.png", "figures"])
def test_a_file_of_the_user_with_a_name_of_results_is_named_at_the_start(tmp_path: Path, name: str) -> None:
    out = results(Target(tmp_path / "out"), levels_csv="old")
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_text("mine")
    with pytest.raises(InputError, match=f"holds '{name}', which was not written"), Store(Target(out, overwrite=True)):
        raise AssertionError("work has begun")
    assert held(out) == {"levels.csv": "old", name: "mine"}


def test_a_file_that_appears_meanwhile_is_kept_and_the_older_results_return(tmp_path: Path) -> None:
    out = results(Target(tmp_path / "out"), levels_csv="old", cells_csv="old")
    with pytest.raises(InputError, match=r"holds 'zebra.csv', which no run wrote"), Store(Target(out, True)) as store:
        store.write("levels.csv", "new")
        store.write("zebra.csv", "new")
        (out / "zebra.csv").write_text("mine")
    assert held(out) == {"levels.csv": "old", "cells.csv": "old", "zebra.csv": "mine"}
    assert (out / "provenance.json").is_file() and not list(tmp_path.rglob(".*"))


def test_a_list_that_points_outside_is_not_believed(tmp_path: Path) -> None:
    out = results(Target(tmp_path / "out"), levels_csv="old")
    (tmp_path / "letter.txt").write_text("mine")
    (out / "provenance.json").write_text(
        json.dumps({"files": ["levels.csv", "../letter.txt", str(tmp_path / "letter.txt")]})
    )
    results(Target(out, overwrite=True), cells_csv="new")
    assert (tmp_path / "letter.txt").read_text() == "mine" and held(out) == {"cells.csv": "new"}


def test_moving_that_fails_in_the_middle_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second new file cannot be moved: the first goes away again, and the older results are back."""
    out = results(Target(tmp_path / "out"), levels_csv="old", cells_csv="old")
    plain = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if self.parent.name.endswith(".ready") and self.name == "levels.csv":
            raise PermissionError(errno.EACCES, "Permission denied")
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(InputError, match=r"cannot be written: Permission denied; nothing was written"):
        results(Target(out, overwrite=True), effects_csv="new", levels_csv="new")
    assert held(out) == {"levels.csv": "old", "cells.csv": "old"}
    assert (out / "provenance.json").is_file() and not list(tmp_path.rglob(".*"))


# --- what dead runs left ----------------------------------------------------------------------------------------------


def test_what_a_dead_run_left_is_removed_and_its_lock_does_not_block(tmp_path: Path) -> None:
    for name in (".out.partial", ".out.x3_9abcd.partial"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "quarters.parquet").write_text("half")
    (tmp_path / ".out.lock").touch()
    (tmp_path / ".out.b.partial").mkdir()  # of another folder, named out.b
    results(Target(tmp_path / "out"), levels_csv="new")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.b.partial", "out"]
    (tmp_path / "out" / ".fully-booked.partial").mkdir()
    results(Target(tmp_path / "out", overwrite=True), levels_csv="newer")
    assert held(tmp_path / "out") == {"levels.csv": "newer"}


@pytest.mark.parametrize("standing", [False, True], ids=["nothing there yet", "results there"])
def test_files_and_links_of_a_dead_run_go_and_what_they_lead_to_stays(tmp_path: Path, standing: bool) -> None:
    place, mine = tmp_path / "out", tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("mine")
    if standing:
        place.mkdir()
        (place / "levels.csv").write_text("old")
        (tmp_path / ".out.a1b2c3d4.old").symlink_to(mine)
    (tmp_path / ".out.partial").write_text("half")
    (tmp_path / ".out.12345678.partial").symlink_to(mine)
    (tmp_path / ".out.toolong89.partial").write_text("another's")
    owned.tidy(place, place)
    left = {".out.toolong89.partial", "mine", *(["out"] if standing else [])}
    assert {path.name for path in tmp_path.iterdir()} == left and held(mine) == {"letter.txt": "mine"}
    assert not standing or held(place) == {"levels.csv": "old"}


def test_results_that_a_dead_run_had_moved_aside_return(tmp_path: Path) -> None:
    """An older version moved the whole folder; killed in between it left nothing at its place."""
    out = results(Target(tmp_path / "out"), levels_csv="old")
    out.rename(tmp_path / ".out.x3_9abcd.old")
    with pytest.raises(InputError, match="holds other results"), Store(Target(out)):
        raise AssertionError("work has begun")
    assert held(out) == {"levels.csv": "old"}


@pytest.mark.parametrize("after", range(1, 7))
def test_a_kill_while_moving_is_made_good_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Killed after any of its moves (3 out, 3 in, provenance last): the next run sees the new results whole."""
    out = results(Target(tmp_path / "out"), levels_csv="old", cells_csv="old")
    (out / "notes.md").write_text("mine")
    plain, moves = owned._move, [0]

    def move(names: Iterable[str], source: Path, to: Path) -> None:
        for name in names:
            moves[0] += 1
            if moves[0] == after:
                raise Killed
            plain([name], source, to)

    class Killed(BaseException):
        pass

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(owned, "_move", move)
        patched.setattr(owned, "_back", lambda folder: None)
        patched.setattr("experiments.batch.store.shutil.rmtree", lambda *given, **how: None)
        results(Target(out, overwrite=True), levels_csv="new", effects_csv="new")
    with pytest.raises(InputError, match="holds other results"), Store(Target(out)):
        raise AssertionError("work has begun")
    assert held(out) == {"levels.csv": "new", "effects.csv": "new", "notes.md": "mine"}
    assert not list(tmp_path.rglob(".*"))
