"""The notebooks run from top to bottom, and say what the folders that they leave say."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.batch.folder import Records

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def cells(path: Path, kind: str) -> list[str]:
    return [
        "".join(cell["source"])
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == kind
    ]


def executed(name: str, *changes: tuple[str, str]) -> tuple[dict[str, Any], list[Any]]:
    """The names that a notebook leaves, and the value on which each of its cells ends, as a kernel shows it."""
    left: dict[str, Any] = {"__name__": "__main__"}
    shown = []
    for source in cells(FOLDER / name, "code"):
        for old, new in changes:
            source = source.replace(old, new)
        tree = ast.parse(source)
        final = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), left)
        shown.append(None if final is None else eval(compile(ast.Expression(final.value), name, "eval"), left))
    return left, shown


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_results_and_says_what_it_is(path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    assert all(cell["outputs"] == [] for cell in content["cells"] if cell["cell_type"] == "code")
    assert "labels in an illustration. Nothing here is a forecast or advice" in cells(path, "markdown")[0]
    assert sum(len(source.splitlines()) for source in cells(path, "code")) < 60


def test_a_batch_is_played_gone_on_with_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    small = (("baseline", "history"), ("quarters = 4", "quarters = 1"), ("worlds = 8", "worlds = 2"))
    _, shown = executed("batch.ipynb", *small)
    assert "6 worlds played, 0 chunks failed" in capsys.readouterr().out
    means = next(one for one in shown if isinstance(one, pd.DataFrame))
    assert means["porting_into_factor_trainium"].tolist() == [0.5, 1.0, 2.0]
    records = Records.open("porting")
    by_hand = [records.metric("trainium_share_used", cell)[1].mean() for cell in records.cells]
    assert means["trainium_share_used"].tolist() == pytest.approx(by_hand, rel=1e-12)
    executed("batch.ipynb", *small)
    out = capsys.readouterr().out
    assert "0 worlds played" in out and f"{by_hand[2] - by_hand[0]:+.4f}, from" in out


@pytest.mark.whole
def test_a_what_if_is_told_in_words_tables_and_a_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    small = (("baseline", "history"), ("2026Q2", "2024Q1"), ("quarters=4", "quarters=1"), ("worlds=16", "worlds=2"))
    left, shown = executed("what-if.ipynb", *small)
    assert capsys.readouterr().out.strip() == (tmp_path / "tariff" / "whatif.txt").read_text(encoding="utf-8").strip()
    assert len(shown[-1]) and left["effects"].shape[0] > len(shown[-1])
    (picture,) = (
        line for line in cells(FOLDER / "what-if.ipynb", "markdown")[-1].splitlines() if line.startswith("![")
    )
    assert (tmp_path / picture.partition("(")[2].rstrip(")")).is_file()
