"""Tables on disk, and disks that fail: whatever stage they fail at, nothing that was there is lost."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from experiments import scenarios
from experiments.batch import store as store_module
from experiments.batch.engine import Cell, Played, Size
from experiments.batch.fingerprint import MODEL
from experiments.batch.store import Store, dictionary_rows, storing, versions, write_dictionary
from experiments.batch.target import Target
from sim.errors import InputError
from tests.experiments.batch.test_store import held, played, results


def of(cell: str, **columns: object) -> Played:
    """A cell with a table of one row beside its quarters."""
    named = Cell(scenarios.load("baseline"), Size(1, 1), name=cell)
    return Played(named, {"quarters": pd.DataFrame({"cell": [cell], **columns})})


def test_cells_of_one_table_have_the_columns_of_the_first_in_its_kinds(tmp_path: Path) -> None:
    """A whole number in a column of fractions is one of them; the digest of each cell is kept."""
    with Store(Target(tmp_path / "out")) as store:
        store.add(of("a", share=[0.5]))
        store.add(of("b", share=[1]))
    table = pd.read_parquet(tmp_path / "out" / "quarters.parquet")
    assert table["share"].tolist() == [0.5, 1.0] and table["share"].dtype == float
    assert table["cell"].tolist() == ["a", "b"] and list(store.digests) == ["a", "b"]
    assert store.digests["a"] != store.digests["b"]


@pytest.mark.parametrize("columns", [{"price": [1.0]}, {"share": [0.5], "price": [1.0]}, {}, {"share": ["much"]}])
def test_a_cell_with_other_columns_stops_the_run_and_leaves_nothing(tmp_path: Path, columns: dict[str, object]) -> None:
    with pytest.raises(ValueError), Store(Target(tmp_path / "out")) as store:
        store.add(of("a", share=[0.5]))
        store.add(of("b", **columns))
    assert list(tmp_path.iterdir()) == []


FULL = OSError(errno.ENOSPC, "No space left on device")
STAGES = {
    "the folder": (Path, "mkdir", "partial"), "a text": (Path, "write_text", "levels.csv"),
    "a table": (pq.ParquetWriter, "write_table", ""), "the end of a table": (pq.ParquetWriter, "close", ""),
    "provenance": (Path, "write_text", "provenance.json"), "the move": (Path, "rename", ""),
}  # fmt: skip
"""What is done, by which method, and how the name ends of what it is done to ('': of anything)."""


def failing(plain: Callable[..., object], end: str) -> Callable[..., object]:
    """The same, on a disk that is full."""

    def call(self: object, *given: object, **how: object) -> object:
        if str(self).endswith(end):
            raise FULL
        return plain(self, *given, **how)

    return call


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("stage", STAGES)
def test_a_disk_that_fills_up_at_any_stage_costs_nothing_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, older: bool
) -> None:
    (owner, method, end), out = STAGES[stage], tmp_path / "out"
    if older:
        results(Target(out), levels_csv="old", figures__a_png="old")
    before = held(tmp_path)
    with monkeypatch.context() as patched, pytest.raises(InputError, match=r"no space left.*nothing was written"):
        patched.setattr(owner, method, failing(getattr(owner, method), end))
        with Store(Target(out, overwrite=True)) as store:
            store.add(played())
            store.write("levels.csv", "new")
    assert held(tmp_path) == before and not list(tmp_path.rglob(".*"))
    results(Target(out, overwrite=True), levels_csv="new")
    assert held(out) == {"levels.csv": "new"}


def test_a_folder_that_appears_while_a_new_one_is_made_takes_the_results_in(tmp_path: Path) -> None:
    with Store(Target(tmp_path / "out")) as store:
        store.write("levels.csv", "new")
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "notes.md").write_text("mine")
    assert held(tmp_path / "out") == {"levels.csv": "new", "notes.md": "mine"}
    assert (tmp_path / "out" / "provenance.json").is_file() and not list(tmp_path.rglob(".*"))


def test_figures_on_another_disk_are_copied_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file cannot be renamed to another disk: it is copied."""
    out = results(Target(tmp_path / "out"), figures__a_png="old", levels_csv="old")
    plain = Path.replace

    def other_disk(self: Path, target: Path) -> Path:
        if "figures" in self.parts or "figures" in target.parts:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", other_disk)
    results(Target(out, overwrite=True), figures__b_png="new", levels_csv="new")
    assert held(out) == {"figures/b.png": "new", "levels.csv": "new"}


def test_versions_name_what_is_not_installed_as_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "PACKAGES", ("numpy", "no-such-package"))
    found = versions()
    assert found["numpy"] == np.__version__ and found["no-such-package"] == "not installed as a package"
    assert set(found) == {"python", "numpy", "no-such-package", "kernels", MODEL}


def test_a_store_is_made_only_where_a_folder_is_asked_for(tmp_path: Path) -> None:
    with storing(None) as store:
        assert store is None
    with storing(Target(tmp_path / "out")) as store:
        assert store is not None
        store.write("levels.csv", "new")
    assert held(tmp_path / "out") == {"levels.csv": "new"}


def test_a_dictionary_is_a_table_twice(tmp_path: Path) -> None:
    """Quotes are doubled in .csv; both hold every row of both tables and what was added."""
    with Store(Target(tmp_path / "out")) as store:
        write_dictionary(store, [("mine", "share", "0-1", 'said to be "large"')])
    rows = pd.read_csv(tmp_path / "out" / "data_dictionary.csv")
    lines = (tmp_path / "out" / "data_dictionary.md").read_text(encoding="utf-8").splitlines()
    assert len(rows) == len(dictionary_rows()) + 1 and rows.iloc[-1].tolist() == [
        "mine",
        "share",
        "0-1",
        'said to be "large"',
    ]
    assert lines[4:6] == ["| table | column | unit | meaning |", "|---|---|---|---|"]
    assert lines[-1] == '| mine | share | 0-1 | said to be "large" |' and len(lines) == 6 + len(rows)
