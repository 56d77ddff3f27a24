"""A results folder opened again: what was run, its tables, and what does not fit together."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import scenarios
from experiments.batch import engine, single
from experiments.batch.engine import Cell, Size
from experiments.batch.folder import Records
from experiments.batch.target import PROVENANCE, Target
from sim.errors import InputError

SHARE = "trainium_share_used"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> single.Stored:
    cell = Cell(scenarios.load("baseline"), Size(3, 2))
    return single.run(cell, Target(tmp_path_factory.mktemp("folder") / "run"))


@pytest.fixture
def copy(played: single.Stored, tmp_path: Path) -> Path:
    return Path(shutil.copytree(played.out, tmp_path / "run"))


@pytest.mark.whole
def test_a_folder_knows_what_was_run(played: single.Stored) -> None:
    records = Records.open(played.out)
    assert list(records.cells) == ["baseline"]
    assert records.cells["baseline"].worlds == 3
    assert records.facts.seed == 1
    assert records.labels == {1: "2026Q1", 2: "2026Q2"}
    assert {"offers", "parties", "quarters"} == set(records.tables)
    records.check("baseline")


def test_tables_come_back_as_they_were(played: single.Stored) -> None:
    records = Records.open(str(played.out))
    pd.testing.assert_frame_equal(records.table(), played.played.quarters, check_dtype=False)
    two = records.table("offers", ["world", "cloud"], ["baseline"])
    assert list(two.columns) == ["world", "cloud"]
    assert len(two) == len(played.played.offers)
    metric = records.metric(SHARE, "baseline")
    wanted = played.played.quarters.pivot(index="world", columns="quarter_number", values=SHARE)
    assert np.array_equal(metric.to_numpy(), wanted.to_numpy())


def test_arrays_have_axes_and_units(played: single.Stored) -> None:
    pytest.importorskip("xarray")
    found = Records.open(played.out).to_xarray([SHARE])
    assert dict(found.sizes) == {"cell": 1, "world": 3, "quarter_number": 2}
    assert found[SHARE].attrs["units"] == "0-1"
    assert list(found["quarter"].values) == ["2026Q1", "2026Q2"]
    rows = played.played.quarters
    assert float(found[SHARE].sel(world=2, quarter_number=2)[0]) == float(
        rows.loc[(rows["world"] == 2) & (rows["quarter_number"] == 2), SHARE].iloc[0]
    )


@pytest.mark.whole
def test_tables_can_be_asked_in_sql(played: single.Stored) -> None:
    pytest.importorskip("duckdb")
    records = Records.open(played.out)
    with records.duckdb() as connection:
        ((mean,),) = connection.sql(f"select avg({SHARE}) from quarters").fetchall()
    assert mean == pytest.approx(played.played.quarters[SHARE].mean(), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        (PROVENANCE, None, "no provenance.json"),
        (PROVENANCE, "{", "damaged"),
        (PROVENANCE, "{}", "command is not as runs write it"),
        (PROVENANCE, "[" * 100_000 + "]" * 100_000, "damaged"),
        (PROVENANCE, '{"command": "c", "seed": true}', "seed is not as runs write it"),
        ("quarters.parquet", None, "no quarters.parquet"),
        ("quarters.parquet", "PAR1", "no whole Parquet file"),
    ],
)
def test_what_is_no_whole_folder_is_refused(copy: Path, name: str, damage: str | None, said: str) -> None:
    (copy / name).unlink() if damage is None else (copy / name).write_text(damage)
    with pytest.raises(InputError, match=said) as refused:
        Records.open(copy)
    assert str(copy) in str(refused.value)


def test_files_of_two_runs_are_refused(copy: Path) -> None:
    whole = pd.read_parquet(copy / "quarters.parquet")
    whole[whole["world"] < 2].to_parquet(copy / "quarters.parquet")
    with pytest.raises(InputError, match=r"has 4 rows where provenance\.json tells of 6"):
        Records.open(copy)


def test_figures_that_were_changed_are_found(copy: Path) -> None:
    whole = pd.read_parquet(copy / "quarters.parquet")
    whole.loc[3, SHARE] += 1e-9
    whole.to_parquet(copy / "quarters.parquet")
    with pytest.raises(InputError, match="changed or are of another run"):
        Records.open(copy).check("baseline")


def test_names_that_are_none_have_a_closest_match(played: single.Stored) -> None:
    records = Records.open(played.out)
    for ask, said in (
        (lambda: records.table("ofers"), "'offers'"),
        (lambda: records.table("quarters", ["trainium_share"]), "trainium_share_"),
        (lambda: records.metric("utilization", "baseline"), "'utilisation'"),
        (lambda: records.cell("basline"), "'baseline'"),
    ):
        with pytest.raises(InputError, match=said):
            ask()


def test_a_folder_and_a_file_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name, said in (("none", "is no folder"), ("file", "is a file")):
        with pytest.raises(InputError, match=said):
            Records.open(tmp_path / name)


def test_a_cell_says_who_plays_otherwise() -> None:
    scenario = scenarios.load("baseline")
    assert Cell(scenario, Size(1, 1)).said == "baseline"
    assert engine.Cell(scenario, Size(1, 1), {"aws": "harvest"}).said == "baseline+aws=harvest"


def test_provenance_of_another_count_is_refused(copy: Path) -> None:
    facts = json.loads((copy / PROVENANCE).read_text())
    facts["quarters"] = 0
    (copy / PROVENANCE).write_text(json.dumps(facts))
    with pytest.raises(InputError, match="quarters is not as runs write it"):
        Records.open(copy)
