"""Commands and the places they write to: two at once, notes beside results, links, targets that cannot be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.experiments.conftest import Command

RUN = ("run", "baseline", "--worlds", "2", "--quarters", "1", "--workers", "1")
LONG = ("run", "baseline", "--worlds", "32", "--quarters", "4", "--workers", "1")


def begun(folder: Path, *words: str) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-m", "experiments.cli", *words], cwd=folder, stdout=pipe, stderr=pipe, text=True
    )


@pytest.mark.slow
def test_two_runs_at_once_without_a_folder_are_both_there(tmp_path: Path) -> None:
    both = [begun(tmp_path, *LONG, "--lock-in"), begun(tmp_path, *LONG)]
    ended = [one.communicate() for one in both]
    assert [one.returncode for one in both] == [0, 0], ended
    said = {out.splitlines()[-1].removeprefix("Tables: ") for out, _ in ended}
    assert said == {"results/baseline-seed1", "results/baseline-seed1-2"}
    commands = {json.loads((tmp_path / one / "provenance.json").read_text())["command"] for one in said}
    assert len(commands) == 2
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == ["baseline-seed1", "baseline-seed1-2"]


@pytest.mark.slow
@pytest.mark.parametrize("overwrite", [(), ("--overwrite",)])
def test_two_runs_at_once_into_one_folder(tmp_path: Path, overwrite: tuple[str, ...]) -> None:
    """The first to take it has it; the other ends with 2 and one sentence, and has written nothing."""
    both = [begun(tmp_path, *LONG, "--seed", seed, "--out", "one", *overwrite) for seed in ("1", "2")]
    ended = [one.communicate() for one in both]
    statuses = [one.returncode for one in both]
    assert sorted(statuses) == [0, 2], ended
    refused, kept = statuses.index(2), statuses.index(0)
    assert "'one' is being written by another run" in ended[refused][1]
    assert len(ended[refused][1].strip().splitlines()) == 1
    assert json.loads((tmp_path / "one" / "provenance.json").read_text())["seed"] == kept + 1
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


@pytest.mark.whole
def test_notes_beside_results_survive_another_run(command: Command, tmp_path: Path) -> None:
    assert command(*RUN, "--out", "r")[0] == 0
    (tmp_path / "r" / "notes.md").write_text("three weeks of notes")
    assert command(*RUN, "--out", "r", "--seed", "2", "--overwrite")[0] == 0
    assert (tmp_path / "r" / "notes.md").read_text() == "three weeks of notes"
    said = json.loads((tmp_path / "r" / "provenance.json").read_text())
    assert said["seed"] == 2 and "quarters.parquet" in said["files"] and "notes.md" not in said["files"]


def test_a_linked_folder_is_followed(command: Command, tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    (tmp_path / "r").symlink_to("big")
    status, out, _ = command(*RUN, "--out", "r")
    assert (status, out.splitlines()[-1]) == (0, "Tables: r")
    assert (tmp_path / "r").is_symlink() and (tmp_path / "big" / "quarters.parquet").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["big", "r"]


WRITERS = {
    "run": (*RUN, "--out"), "study": ("study", "--quick", "--out"), "claims": ("claims", "--run", "--quick", "--out"),
    "tournament": ("tournament", "--role", "cloud", "--out"), "theory": ("validate", "--theory", "--quick", "--out"),
    "backtest": ("validate", "--backtest", "--out"), "forecast": ("forecast", "--to", "2026Q4", "--out"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(("out", "why"), [("file/below", "is a file"), (".", "folder"), ("pipes", "device or pipe")])
def test_no_command_plays_before_it_knows_where_to_write(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, out: str, why: str
) -> None:
    def played(*given: object, **how: object) -> None:
        raise AssertionError("work has begun")

    (tmp_path / "file").touch()
    (tmp_path / "pipes").symlink_to("/dev/null")
    monkeypatch.setattr("experiments.batch.engine.each", played)
    status, _, err = command(*WRITERS[name], out, "--overwrite")
    assert status == 2 and why in err and len(err.strip().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "pipes"]


@pytest.mark.whole
def test_a_forecast_makes_its_folder(command: Command, tmp_path: Path) -> None:
    short = ("forecast", "--to", "2026Q1", "--worlds", "2", "--workers", "1", "--out", "deep/f.csv")
    assert command(*short)[0] == 0
    before = (tmp_path / "deep" / "f.csv").read_text()
    status, _, err = command(*short)
    assert status == 2 and "the file exists" in err
    assert command(*short, "--overwrite")[0] == 0
    assert (tmp_path / "deep" / "f.csv").read_text() == before
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["f.csv"]
