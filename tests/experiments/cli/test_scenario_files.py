"""Files of scenarios at the command line: what can be known is found before anything is played or written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.experiments.conftest import Command

LATE = """title = "T"
base = "baseline"
[[shock]]
parameter = "power_level"
quarters = ["{0}", "{0}"]
multiply_by = 9.0
source = "judgement"
"""
SHORT = ("--worlds", "2", "--quarters", "2", "--workers", "1")


@pytest.mark.parametrize("quarter", ["2026Q3", "2030Q4"])
@pytest.mark.parametrize(
    "words", [("run", "late.toml", *SHORT), ("play", "--as", "AWS", "--scenario", "late.toml", "--turns", "4")]
)
def test_a_range_that_is_left_late_is_found_before_anything_is_written(
    command: Command, tmp_path: Path, quarter: str, words: tuple[str, ...]
) -> None:
    (tmp_path / "late.toml").write_text(LATE.format(quarter))
    status, out, err = command(*words, "--out", "r")
    assert (status, out) == (2, "")
    assert f"late.toml: shock 1: power_level leaves its range in {quarter}; allowed is 0.1 to 5 (given: 9)." in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["late.toml"]


@pytest.mark.parametrize("quarters", [("2016Q1", "2016Q4"), ("2045Q1", "2046Q4")])
def test_a_shock_that_no_game_can_feel_is_refused(command: Command, tmp_path: Path, quarters: tuple[str, str]) -> None:
    text = LATE.replace("9.0", "0.5").replace('["{0}", "{0}"]', str(list(quarters)).replace("'", '"'))
    (tmp_path / "typo.toml").write_text(text)
    status, out, err = command("run", "typo.toml", *SHORT, "--out", "r")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "typo.toml: shock 1: quarters" in err and "2026Q1 to 2040Q4" in err
    assert [path.name for path in tmp_path.iterdir()] == ["typo.toml"]


@pytest.mark.whole
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{0}", "2026Q3", "mine.toml: shock 1 lies outside the quarters played, 2026Q1 to 2026Q2, and does nothing."),
        ("{0}", "2026Q1", ""),
        ("multiply_by = 0.5", "multiply_by = 1", "mine.toml: shock 1 does nothing: power_level is the same without it"),
    ],
)
def test_a_shock_that_does_nothing_is_said_and_the_game_is_played(
    command: Command, tmp_path: Path, old: str, new: str, said: str
) -> None:
    text = LATE.replace("9.0", "0.5").replace(old, new).replace("{0}", "2026Q1")
    (tmp_path / "mine.toml").write_text(text)
    status, _, err = command("run", "mine.toml", *SHORT, "--out", "r")
    remarks = [line for line in err.splitlines() if line.startswith("fully-booked: ")]
    assert status == 0 and (tmp_path / "r" / "quarters.parquet").is_file()
    assert said in remarks[0] if said else remarks == [], err


@pytest.mark.parametrize(
    "words", [("run", "root.toml", *SHORT), ("play", "--as", "AWS", "--scenario", "root.toml"), ("whatif", "root.toml")]
)
def test_a_start_without_prices_is_found_before_anything_is_played(
    command: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "root.toml").write_text('title = "R"\nstart = "2031Q1"\n')
    status, out, err = command(*words, "--out", "r")
    assert (status, out) == (2, "") and err.count("\n") == 1
    assert "root.toml: start = '2031Q1': there are starting prices only for 2023Q4, 2024Q4, 2025Q4." in err
    assert [path.name for path in tmp_path.iterdir()] == ["root.toml"]
