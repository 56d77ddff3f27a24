"""Measuring the claims: what ships is of all experiments, and what a command writes; nothing is played here."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from experiments.claims import __main__ as shipping
from experiments.claims import claims
from experiments.whatif import trials
from experiments.whatif.trials import Measured
from tests.experiments.conftest import Command


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, trials.Size]]:
    """Stands for measuring: what ships, and for how many experiments and on what size it was asked."""
    asked: list[tuple[int, trials.Size]] = []

    def measure(chosen: list[trials.Trial], size: trials.Size, *given: object) -> Measured:
        asked.append((len(chosen), size))
        return Measured(claims.shipped().table, {**claims.shipped().facts, "worlds": size.worlds})

    monkeypatch.setattr(trials, "measure", measure)
    return asked


@pytest.mark.parametrize(("words", "worlds"), [((), 200), (("24",), 24)])
def test_what_ships_is_measured_on_all_experiments(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    measured: list[tuple[int, trials.Size]],
    words: tuple[str, ...],
    worlds: int,
) -> None:
    monkeypatch.setattr(shipping, "TABLE", tmp_path / "measured.csv")
    monkeypatch.setattr(shipping, "FACTS", tmp_path / "measured.json")
    assert shipping.main(words) == 0
    assert measured == [(len(trials.read()), trials.Size(worlds, 20))]
    assert json.loads((tmp_path / "measured.json").read_text(encoding="utf-8"))["worlds"] == worlds
    assert len(pd.read_csv(tmp_path / "measured.csv")) == len(claims.shipped().table)


@pytest.mark.parametrize("words", [("1",), ("x",), ("2", "3"), ("--pag",)])
def test_wrong_words_measure_nothing(
    measured: list[object], capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert shipping.main(words) == 2 and shipping.main(["--page"]) == 0
    assert measured == [] and capsys.readouterr().err.startswith("usage:")


SIZES = [
    (("--quick",), trials.QUICK),
    ((), trials.FULL),
    (("--quick", "--worlds", "5", "--quarters", "9", "--seed", "0"), trials.Size(5, 9, 0)),
]


@pytest.mark.whole
@pytest.mark.parametrize(("words", "size"), SIZES)
def test_measuring_anew_writes_tables_and_a_page(
    command: Command, measured: list[tuple[int, trials.Size]], words: tuple[str, ...], size: trials.Size
) -> None:
    status, out, _ = command("claims", "--run", *words, "--workers", "1", "--out", "mine")
    assert status == 0 and measured == [(len(trials.read()), size)]
    assert {path.name for path in Path("mine").iterdir()} == {
        "claims.csv",
        "claims.md",
        "measured.csv",
        "provenance.json",
    }
    assert Path("mine/claims.md").read_text(encoding="utf-8").count("\n### C") == 42
    assert len(pd.read_csv("mine/claims.csv")) == 42 and out.rstrip().endswith("Tables: mine")
    assert json.loads(Path("mine/provenance.json").read_text())["worlds"] == size.worlds
