"""Where results go: every kind of place is told apart before work begins, and nobody writes where another does."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from experiments.batch import target as target_module
from experiments.batch.store import Store
from experiments.batch.target import (
    BusyError,
    Target,
    as_input_error,
    check_file_target,
    check_target,
    claimed,
    taken,
    taken_file,
)
from sim.errors import InputError

LINUX = pytest.mark.skipif(not Path("/proc/self").exists(), reason="a place that not even root can write to")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, with a file, a pipe, a link that leads to itself, and a folder of somebody's own."""
    here = tmp_path / "here"
    (here / "own").mkdir(parents=True)
    (here / "own" / "letter.txt").write_text("mine")
    (here / "file").write_text("mine")
    os.mkfifo(here / "pipe")
    (here / "loop").symlink_to("loop")
    (here / "to-file").symlink_to("file")
    monkeypatch.chdir(here)
    return here


FOLDERS = {
    "file": "is a file", "to-file": "is a file", "pipe": "is a device or pipe", "/dev/null": "is a device or pipe",
    "file/below": "'file/below' cannot be made: .*file' is a file", "file/a/b": "cannot be made: .*file' is a file",
    "loop": "a link that leads back to itself", "loop/below": "a link that leads back to itself",
    ".": "is the current folder", "": "is the current folder", "..": "holds the current folder",
    "/": "holds the current folder",
    "../here": "is the current folder", "own": "holds other files", "x" * 300: "[Tt]oo long", "a\0b": "null",
}  # fmt: skip


@pytest.mark.parametrize("out", FOLDERS)
def test_a_place_that_is_no_folder_for_results_is_named_before_any_work(places: Path, out: str) -> None:
    before = sorted(path.name for path in places.rglob("*"))
    with pytest.raises(InputError, match=FOLDERS[out]) as refused, Store(Target(Path(out), overwrite=True)):
        raise AssertionError("work has begun")
    assert len(str(refused.value).splitlines()) == 1
    assert sorted(path.name for path in places.rglob("*")) == before


FILES = {
    "own": "this is a folder", ".": "this is a folder", "..": "this is a folder", "pipe": "device or pipe",
    "/dev/null": "device or pipe", "file": "the file exists", "to-file": "the file exists",
    "file/below.csv": "is a file", "loop": "leads back to itself", "x" * 300: "[Tt]oo long",
}  # fmt: skip


@pytest.mark.parametrize("out", FILES)
def test_a_place_that_is_no_file_to_write_is_named_before_any_work(places: Path, out: str) -> None:
    with pytest.raises(InputError, match=FILES[out]), taken_file(Path(out)):
        raise AssertionError("work has begun")


@pytest.mark.parametrize("out", [out for out in FILES if out not in ("file", "to-file")])
def test_what_is_no_file_is_not_overwritten_either(places: Path, out: str) -> None:
    with pytest.raises(InputError, match=FILES[out]):
        check_file_target(Path(out), overwrite=True)


@pytest.mark.parametrize("out", ["file", "to-file"])
def test_a_file_may_be_overwritten_when_asked(places: Path, out: str) -> None:
    with taken_file(Path(out), overwrite=True) as file:
        file.write("new")
    assert (places / "file").read_text() == "new" and (places / "to-file").is_symlink()


@LINUX
@pytest.mark.parametrize("out", ["/proc/results", "/proc/deep/results"])
def test_a_place_that_cannot_be_written_to_is_named_before_any_work(out: str) -> None:
    with pytest.raises(InputError, match=f"'{out}'"), Store(Target(Path(out))):
        raise AssertionError("work has begun")
    with pytest.raises(InputError, match="/proc"), taken_file(Path(out) / "a.csv"):
        raise AssertionError("work has begun")


def test_a_folder_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    with pytest.raises(InputError, match=f"no permission to write to '{tmp_path}'"):
        check_target(Target(tmp_path / "deep" / "out"))
    with pytest.raises(InputError, match=f"no permission to write to '{tmp_path}'"):
        check_file_target(tmp_path / "a.csv")


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("overwrite", [False, True])
def test_results_are_where_a_link_points_and_the_link_stays(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "disk" / "big").mkdir(parents=True)
    (tmp_path / "r").symlink_to("disk/big")
    for _ in range(1 + overwrite):
        with Store(Target(tmp_path / "r", overwrite)) as store:
            store.write("levels.csv", "new")
    assert (tmp_path / "r").is_symlink() and store.out == tmp_path / "r"
    assert sorted(path.name for path in (tmp_path / "disk").rglob("*")) == ["big", "levels.csv", "provenance.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disk", "r"]


def test_a_link_to_a_folder_that_does_not_exist_makes_it(tmp_path: Path) -> None:
    (tmp_path / "r").symlink_to("disk/big")
    with Store(Target(tmp_path / "r")) as store:
        store.write("levels.csv", "new")
    assert (tmp_path / "r").is_symlink() and (tmp_path / "disk" / "big" / "levels.csv").read_text() == "new"
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["big"]


def test_a_folder_of_figures_on_another_disk_is_written_through_its_link(tmp_path: Path) -> None:
    with Store(Target(tmp_path / "r")) as store:
        store.write("figures/effects.png", "old")
    (tmp_path / "r" / "figures").rename(tmp_path / "elsewhere")
    (tmp_path / "r" / "figures").symlink_to(tmp_path / "elsewhere")
    with Store(Target(tmp_path / "r", overwrite=True)) as store:
        store.write("figures/effects.png", "new")
    assert (tmp_path / "r" / "figures").is_symlink()
    assert (tmp_path / "elsewhere" / "effects.png").read_text() == "new"


def test_a_single_file_is_written_where_its_link_points(tmp_path: Path) -> None:
    (tmp_path / "f.csv").symlink_to("deep/there.csv")
    with taken_file(tmp_path / "f.csv") as file:
        file.write("rows")
    assert (tmp_path / "f.csv").is_symlink() and (tmp_path / "deep" / "there.csv").read_text() == "rows"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["there.csv"]


# --- one writer -------------------------------------------------------------------------------------------------------


def test_a_place_has_one_writer_at_a_time(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with Store(Target(out)) as first:
        first.write("levels.csv", "first")
        with pytest.raises(BusyError, match=r"'.*out' is being written by another run"), Store(Target(out, True)):
            raise AssertionError("work has begun")
    assert (out / "levels.csv").read_text() == "first"
    with Store(Target(out, True)) as second:
        second.write("levels.csv", "second")
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_a_link_and_its_folder_are_one_place(tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    (tmp_path / "r").symlink_to("big")
    with claimed(tmp_path / "big"), pytest.raises(BusyError), Store(Target(tmp_path / "r")):
        raise AssertionError("work has begun")


def test_runs_without_a_folder_take_different_free_names(tmp_path: Path) -> None:
    wanted = Target(tmp_path / "results" / "baseline-1", free=True)
    with Store(wanted) as first, Store(wanted) as second:
        first.write("levels.csv", "first")
        second.write("levels.csv", "second")
        with Store(wanted) as third:
            third.write("levels.csv", "third")
    texts = {path.name: (path / "levels.csv").read_text() for path in (tmp_path / "results").iterdir()}
    assert texts == {"baseline-1": "first", "baseline-1-2": "second", "baseline-1-3": "third"}
    with taken(wanted) as (out, place):
        assert out.name == "baseline-1-4" and place == out.resolve()


def test_a_single_file_has_one_writer_and_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "f.csv"
    with pytest.raises(RuntimeError), taken_file(path):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with taken_file(path) as file:
        with pytest.raises(BusyError), taken_file(path):
            raise AssertionError("work has begun")
        file.write("rows")
    assert path.read_text() == "rows" and [one.name for one in path.parent.iterdir()] == ["f.csv"]


HOLD = """import sys, time
from pathlib import Path
from experiments.batch.target import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_of_another_process_holds_while_it_lives_and_not_longer(tmp_path: Path) -> None:
    out = tmp_path / "out"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(out)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError), Store(Target(out)):
            raise AssertionError("work has begun")
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert (tmp_path / ".out.lock").exists()  # nobody was there to remove it
    began = time.monotonic()
    with Store(Target(out)) as store:
        store.write("levels.csv", "new")
    assert time.monotonic() - began < 5.0 and [path.name for path in tmp_path.iterdir()] == ["out"]


# --- what appears between a look and a grasp --------------------------------------------------------------------------


def test_a_free_name_that_is_taken_in_between_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run was done with it between the look and the lock."""
    plain = target_module.claimed

    @contextmanager
    def claimed_late(place: Path, shown: Path | None = None, key: str = "--out") -> Iterator[None]:
        with plain(place, shown, key):
            if place.name == "r":
                place.mkdir()
            yield

    monkeypatch.setattr(target_module, "claimed", claimed_late)
    with taken(Target(tmp_path / "r", free=True)) as (out, _):
        assert out.name == "r-2"
    assert list(Target(tmp_path / "r").names()) == [tmp_path / "r"]


def test_a_place_whose_folder_cannot_be_made_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object, **how: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    refused = pytest.raises(InputError, match="--save: no space left on the disk for 'mine'")
    with refused, claimed(tmp_path / "deep" / "out", Path("mine"), "--save"):
        raise AssertionError("work has begun")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f.csv"
    path.write_text("old")

    def denied(*given: object) -> Path:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "replace", denied)
    with (
        taken_file(path, overwrite=True) as file,
        pytest.raises(InputError, match="cannot be written: Permission denied"),
    ):
        file.write("new")
    assert path.read_text() == "old" and [one.name for one in tmp_path.iterdir()] == ["f.csv"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "x"), "no space left on the disk for 'o'"),
        (OSError(errno.EDQUOT, "x"), "no space left on the disk for 'o'"),
        (OSError(errno.EROFS, "Read-only file system"), "'o' cannot be written: Read-only file system"),
        (OSError("odd"), "'o' cannot be written: odd"),
    ],
)  # fmt: skip
def test_errors_of_a_disk_in_a_sentence(error: OSError, said: str) -> None:
    assert str(as_input_error(error, Path("o"), "--k")) == f"--k: {said}; nothing was written."
