"""A batch's folder read again: its points are cells, and two of them can be compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.batch import compare, lasting
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


def test_a_corrupt_part_is_named_and_not_read(folder: Path, tmp_path: Path) -> None:
    import shutil

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
