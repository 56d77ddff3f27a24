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
