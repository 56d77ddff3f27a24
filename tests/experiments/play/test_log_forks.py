"""Forks of a game's log: they share its past and nothing of its future, and a wrong one gets a sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.batch import engine
from experiments.batch.target import Target
from experiments.play import fork as forks
from experiments.play import terminal
from experiments.play.log_file import PERSON
from sim.errors import InputError
from sim.records import digest
from tests.experiments.play.logs import changed


@pytest.mark.whole
@pytest.mark.parametrize("others", ["recorded", "skilled"])
def test_a_fork_shares_the_past_and_nothing_of_the_future(written: tuple[Path, Any], others: str) -> None:
    path, records = written
    book, fork = forks.planned(path, "2026Q3", 5, others)
    assert fork.shared == 2
    tables = forks.tables(book, fork, 4)
    shares = tables["quarters"].pivot(index="world", columns="quarter", values="used_h100e")
    recorded = records.metric("used_h100e")[0]
    for quarter, value in zip(("2026Q1", "2026Q2"), recorded, strict=False):
        assert np.array_equal(shares[quarter], np.full(4, value))
    assert len(set(shares["2026Q3"])) == 4
    assert (shares.loc[0, "2026Q3"] == recorded[2]) == (others == "recorded")
    assert "share the past" in forks.assumption(book, fork)


@pytest.mark.whole
def test_a_fork_gives_the_same_bits_however_it_is_cut(written: tuple[Path, Any]) -> None:
    book, fork = forks.planned(written[0], "2026Q4", 5, "recorded")
    cell, read = fork.cell(book, 3), partial(engine.tables, "baseline", ("quarters",))
    whole = forks.tables(book, fork, 3)["quarters"]
    one = engine.play(replace(cell.part(2, 1), past=forks.past_of(book, fork)), read)["quarters"]
    played_whole = engine.play(cell, read)["quarters"]  # the past played again in every world
    assert digest(whole[whole["world"] == 2]) == digest(one)
    assert digest(whole) == digest(played_whole)


def test_a_fork_outside_the_log_is_refused(written: tuple[Path, Any]) -> None:
    for at in ("2025Q4", "2027Q1"):
        with pytest.raises(InputError, match=rf"--at = {at} is not in the log; give a quarter from 2026Q1 to 2026Q4"):
            forks.planned(written[0], at, 0, "recorded")
    with pytest.raises(InputError, match="'soon' is not a quarter"):
        forks.planned(written[0], "soon", 0, "recorded")
    with pytest.raises(InputError, match="--others = clever is not allowed"):
        forks.planned(written[0], "2026Q2", 0, "clever")
    with pytest.raises(InputError, match="--quarters = 2 ends before the fork"):
        forks.planned(written[0], "2026Q3", 2, "recorded")


def test_a_fork_of_another_past_is_refused(written: tuple[Path, Any], tmp_path: Path) -> None:
    def dearer(content: dict[str, Any]) -> None:
        content["played"][0]["decisions"]["aws"]["exit_fee_years"] = [0.25]

    path = changed(written[0], tmp_path, dearer)
    with pytest.raises(InputError, match=r"cannot be continued: .* \(2026Q1: .*was it changed by hand"):
        terminal.fork_log(*forks.planned(path, "2026Q3", 4, "recorded"), 2, Target(tmp_path / "fork"))
    assert not (tmp_path / "fork").exists()


@pytest.mark.whole
def test_the_commands(written: tuple[Path, Any], tmp_path: Path) -> None:
    assert terminal.replay_log(written[0], Target(tmp_path / "again")) == 0
    assert (tmp_path / "again" / "parties.parquet").is_file()
    terminal.fork_log(*forks.planned(written[0], "2026Q3", 4, "recorded"), 2, Target(tmp_path / "fork"))
    assert len(pd.read_parquet(tmp_path / "fork" / "quarters.parquet")) == 2 * 4
    assert json.loads((tmp_path / "fork" / "provenance.json").read_text())["at"] == "2026Q3"


def test_bands_are_the_quantiles_of_the_forks_worlds(written: tuple[Path, Any]) -> None:
    """A row a figure, a column a quarter after the fork; checked against a table that was made by hand."""
    book, fork = forks.planned(written[0], "2026Q3", 4, "recorded")
    names = [name for name, _, _ in (*forks.SHOWN, *forks.PARTY_SHOWN["cloud"])]
    rows = [
        {"world": world, "quarter": quarter, "party": party, **dict.fromkeys(names, value)}
        for quarter, middle in (("2026Q3", 0.2), ("2026Q4", 0.4))
        for party in ("aws", "azure")
        for world, value in enumerate((middle - 0.1, middle, middle + 0.1) if party == "aws" else (9.0, 9.0, 9.0))
    ]
    frame = pd.DataFrame(rows)
    sheet = forks.bands(book, fork, {"quarters": frame[frame["party"] == "aws"], "parties": frame}, 3)
    assert sheet.title.startswith("From 2026Q3 on, 3 worlds") and sheet.heads == ("", "2026Q3", "2026Q4")
    assert sheet.rows[0] == ("Trainium's share, %", "20.0 (11.0, 29.0)", "40.0 (31.0, 49.0)")
    assert sheet.rows[-2] == ("AWS: share, %", "20.0 (11.0, 29.0)", "40.0 (31.0, 49.0)")


@pytest.mark.whole
def test_a_fork_shows_what_the_seat_is_there_for(
    written: tuple[Path, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cloud's share and cash flow; a regulator has neither, but buyers."""
    for party, title, word in (("aws", "AWS", "free cash flow"), ("ec", "European Commission", "buyers' gain")):
        path = changed(
            written[0],
            tmp_path,
            lambda content, party=party: (
                content["seats"].update(aws="build-to-demand") or content["seats"].update({party: PERSON})
            ),
        )
        terminal.fork_log(*forks.planned(path, "2026Q3", 4, "recorded"), 2)
        out = " ".join(capsys.readouterr().out.split())
        assert f"{title}: " in out and word in out and f"{title} decides as it did" in out
        assert ("share, %" in out.replace("Trainium's share, %", "")) == (party == "aws")
