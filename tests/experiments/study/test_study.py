"""A tiny study from end to end: every file is there, the numbers agree with the tables, the report needs nothing
else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.batch.engine import Size
from experiments.cli import main
from experiments.study.design import Planner, read

FILES = {
    "quarters.parquet",
    "offers.parquet",
    "effects.csv",
    "levels.csv",
    "cells.csv",
    "summary.json",
    "provenance.json",
    "data_dictionary.csv",
    "data_dictionary.md",
    "report.html",
    "figures",
}
BINDING = "trainium_supply_binding"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("study") / "out"
    words = ["study", "--quick", "--worlds", "2", "--quarters", "4", "--workers", "1", "--out", str(out)]
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    return out


@pytest.mark.whole
def test_every_file_is_there(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == FILES
    figures = {path.name for path in (folder / "figures").iterdir()}
    names = ("answer", "shares", "share_paths", "effects", "yardsticks", "tightness", "parts", "interactions", "market")
    assert figures == {f"{name}.{kind}" for name in names for kind in ("png", "svg")}
    assert [path.name for path in folder.parent.iterdir()] == ["out"]


@pytest.mark.whole
def test_the_report_needs_nothing_else(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "://" not in page
    assert not re.search(r'(src|href)="(?!#)', page)
    assert "<script" not in page
    for said in ("not a forecast", "2 worlds a cell", "seed 1", "quick run", "labels in an illustration", "hash"):
        assert said in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.whole
def test_effects_follow_from_the_table_of_quarters(folder: Path) -> None:
    """By a second method: a pivot of quarters.parquet."""
    quarters = pd.read_parquet(folder / "quarters.parquet")
    at_end = quarters[quarters["quarter_number"] == 4]
    wide = 100.0 * at_end.pivot(index="world", columns="cell", values="trainium_share_used")
    on = ["open", "open+antitrust", "open+edge", "open+antitrust+edge"]
    off = ["baseline", "antitrust", "edge", "antitrust+edge"]
    expected = (wide[on].to_numpy() - wide[off].to_numpy()).mean()
    effects = pd.read_csv(folder / "effects.csv")
    row = effects.query("kind == 'main' and effect == 'lock-in' and metric == 'trainium_share_used'")
    assert row["mean"].item() == pytest.approx(expected, rel=1e-5, abs=1e-9)
    assert row["worlds"].item() == 2
    levels = pd.read_csv(folder / "levels.csv").query(f"cell == 'baseline' and metric == '{BINDING}'")
    base = at_end.loc[at_end["cell"] == "baseline", BINDING]
    assert levels["mean"].item() == pytest.approx(100.0 * base.mean(), rel=1e-5)


@pytest.mark.whole
def test_tables_are_complete_and_described(folder: Path) -> None:
    dictionary = pd.read_csv(folder / "data_dictionary.csv")
    for name in ("quarters", "offers", "effects", "levels", "cells"):
        file = folder / f"{name}.parquet"
        table = pd.read_parquet(file) if file.exists() else pd.read_csv(folder / f"{name}.csv")
        assert set(table.columns) == set(dictionary.loc[dictionary["table"] == name, "column"]), name
        assert not np.isinf(table.select_dtypes("number").to_numpy()).any()
        assert not table.select_dtypes("number").isna().to_numpy().any()


@pytest.mark.whole
def test_provenance_names_every_cell(folder: Path) -> None:
    said = json.loads((folder / "provenance.json").read_text())
    cells = pd.read_csv(folder / "cells.csv")
    assert set(said["cells"]) == set(cells["cell"])
    assert (said["seed"], said["worlds"], said["quarters"], said["quick"]) == (1, 2, 4, True)
    assert set(said["versions"]) >= {"python", "mesa", "numpy", "pandas", "pyarrow", "fully-booked"}
    hashes = {name: one["scenario_hash"] for name, one in said["cells"].items()}
    assert hashes == dict(zip(cells["cell"], cells["scenario_hash"], strict=True))


@pytest.mark.slow
def test_the_whole_study_twice_with_other_workers(tmp_path: Path) -> None:
    digests = []
    for workers in ("1", "2"):
        out = tmp_path / workers
        with pytest.raises(SystemExit) as ended:
            main(["study", "--worlds", "3", "--quarters", "5", "--workers", workers, "--out", str(out)])
        assert ended.value.code == 0
        cells = json.loads((out / "provenance.json").read_text())["cells"]
        digests.append({name: cell["records_digest"] for name, cell in cells.items()})
        pages = {path.stem for path in (out / "figures").glob("*.png")}
        assert {"sensitivities", "demand_cases"} <= pages
    planned = Planner(read(), Size(worlds=3, quarters=5, seed=1)).cells()
    assert set(digests[0]) == {cell.name for cell in planned}
    assert digests[0] == digests[1]
