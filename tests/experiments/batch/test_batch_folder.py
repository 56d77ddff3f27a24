"""A batch's folder read again: its points are cells, and two of them can be compared."""

from __future__ import annotations

import json
import re
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.batch import compare, lasting
from experiments.batch.fingerprint import OlderWarning
from experiments.batch.folder import BatchRecords, Records
from experiments.batch.lasting import How
from experiments.batch.target import Target
from sim.errors import InputError
from tests.experiments.batch.tiny import tiny

SHARE = "trainium_share_used"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("batch")
    lasting.run(tiny(place, worlds=3, quarters=2), Target(place / "out"), How())
    return place / "out"


@pytest.mark.whole
def test_points_are_cells_with_their_worlds_quarters_and_figures(folder: Path) -> None:
    records = Records.open(folder)
    assert isinstance(records, BatchRecords) and list(records.cells) == ["history#0", "history#1", "history#2"]
    assert records.labels == {1: "2024Q1", 2: "2024Q2"} and records.worlds("history#1").tolist() == [0, 1, 2]
    frame = pd.concat([pd.read_parquet(path) for path in (folder / "parts").iterdir()])
    mine = frame[(frame["design"] == 1) & (frame["quarter_number"] == 2)].sort_values("world")
    assert np.array_equal(records.metric(SHARE, "history#1")[2].to_numpy(), mine[SHARE].to_numpy())
    assert records.table(columns=["cell", "world"], cells=["history#2"])["cell"].unique().tolist() == ["history#2"]


def test_two_points_of_a_batch_are_compared_world_by_world(folder: Path) -> None:
    first, second = (compare.side(f"{folder}:history#{point}") for point in (0, 2))
    found = compare.compare(first, second, [SHARE], [2])
    records = Records.open(folder)
    by_hand = (records.metric(SHARE, "history#2") - records.metric(SHARE, "history#0"))[2]
    assert found.method == compare.PAIRED and found.rows[0].change.mean == pytest.approx(by_hand.mean(), rel=1e-12)


@pytest.mark.whole
def test_arrays_of_a_batch_have_its_points_in_order_with_what_they_differ_in(folder: Path) -> None:
    pytest.importorskip("xarray")
    records = Records.open(folder)
    found = records.to_xarray()
    assert dict(found.sizes) == {"cell": 3, "world": 3, "quarter_number": 2}
    assert set(found.data_vars) == {"nonconverged", SHARE, "utilisation"}
    assert list(found["cell"].values) == list(records.cells)
    assert found["porting_into_factor_trainium"].values.tolist() == [0.5, 1.0, 2.0]
    assert found["quarter"].values.tolist() == ["2024Q1", "2024Q2"] and found[SHARE].attrs["units"] == "0-1"
    for cell in records.cells:
        by_pandas = records.metric(SHARE, cell).to_numpy()
        assert np.array_equal(found[SHARE].sel(cell=cell).values, by_pandas)
    some = records.to_xarray([SHARE], ["history#2", "history#0"])
    assert list(some["cell"].values) == ["history#2", "history#0"] and list(some.data_vars) == [SHARE]


def test_more_than_ten_points_stay_in_their_order(tmp_path: Path) -> None:
    pytest.importorskip("xarray")
    lasting.run(tiny(tmp_path, tuple(0.5 + 0.1 * k for k in range(11)), worlds=1), Target(tmp_path / "out"), How())
    found = Records.open(tmp_path / "out").to_xarray()
    assert list(found["cell"].values) == [f"history#{k}" for k in range(11)]
    assert np.all(np.diff(found["porting_into_factor_trainium"].values) > 0.0)


def test_a_batch_is_asked_in_sql_by_cell_and_by_what_points_differ_in(folder: Path) -> None:
    pytest.importorskip("duckdb")
    records = Records.open(folder)
    with records.duckdb() as connection:
        rows = connection.sql(f"select cell, avg({SHARE}) from quarters group by cell order by cell").fetchall()
        asked = "select name from design where porting_into_factor_trainium > 0.7 order by design"
        points = [name for (name,) in connection.sql(asked).fetchall()]
    assert points == ["history#1", "history#2"]
    assert dict(rows) == pytest.approx({cell: records.metric(SHARE, cell).to_numpy().mean() for cell in records.cells})


@pytest.mark.parametrize(("module", "extra"), [("xarray", "arrays"), ("duckdb", "sql")])
def test_an_extra_that_is_not_there_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, module: str, extra: str
) -> None:
    records = Records.open(folder)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"{module} is not installed; pip install 'fully-booked\[{extra}\]'"):
        records.to_xarray() if module == "xarray" else records.duckdb()


def test_a_folder_of_other_rules_warns_and_one_of_todays_does_not(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "out")
    path = tmp_path / "out" / "provenance.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Records.open(tmp_path / "out")
    for changed, words in (
        ({"fully-booked": "0.0.9"}, r"was played by other rules \(version 0\.0\.9, this is "),
        ({"model": "0123456789ab"}, r"was played by other rules \(model 0123456789ab, this is "),
    ):
        path.write_text(json.dumps({**said, "versions": {**said["versions"], **changed}}), encoding="utf-8")
        with pytest.warns(OlderWarning, match=words):
            Records.open(tmp_path / "out")


def test_a_corrupt_part_is_named_and_not_read(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "out")
    path = tmp_path / "out" / "parts" / "part-000000.parquet"
    content = bytearray(path.read_bytes())
    content[60] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match=r"part-000000.parquet is missing or corrupt; --resume plays it again"):
        Records.open(tmp_path / "out").check("history#0")
    path.unlink()
    with pytest.raises(InputError, match="is missing or corrupt"):
        Records.open(tmp_path / "out")


def _rewritten(path: Path, without: str) -> None:
    pd.read_parquet(path).drop(columns=without).to_parquet(path)


DAMAGED = {
    "no design": ("design.parquet", Path.unlink, "design.parquet cannot be read: it is damaged or missing."),
    "torn design": ("design.parquet", lambda path: path.write_bytes(b"PAR1"), "design.parquet cannot be read: it is "),
    "column": ("design.parquet", lambda path: _rewritten(path, "seed"), "design.parquet has no column 'seed'; it is"),
    "facts that are none": (
        "provenance.json",
        lambda path: path.write_text("[]"),
        "its content is not as runs write it",
    ),
    "facts too deep": ("provenance.json", lambda path: path.write_text("[" * 10**5), "it is damaged or missing."),
    "no facts": ("provenance.json", Path.unlink, "provenance.json cannot be read: it is damaged or missing."),
    "no list": (
        "manifest.jsonl",
        lambda path: path.write_text("garbage\n"),
        "manifest.jsonl lists no part that is whole",
    ),
    "no part": ("parts/part-000000.parquet", Path.unlink, "parts/part-000000.parquet is missing or corrupt; --resume"),
    "torn part": (
        "parts/part-000000.parquet",
        lambda path: path.write_bytes(b"PAR1"),
        "part-000000.parquet is missing",
    ),
}


@pytest.mark.parametrize(("file", "damage", "said"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_batch_is_told_by_the_file_that_is_wrong(
    folder: Path, tmp_path: Path, file: str, damage: Callable[[Path], object], said: str
) -> None:
    shutil.copytree(folder, tmp_path / "out")
    damage(tmp_path / "out" / file)
    with pytest.raises(InputError, match=re.escape(said)):
        Records.open(tmp_path / "out")
