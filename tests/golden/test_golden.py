"""Nothing moved: every shipped scenario against its golden file, and a transcript of one world."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tests.golden.write import COLUMNS, TRANSCRIPT, expected_file, means, scenarios, table, transcript

HOW = "When a result was meant to move: `python tasks.py golden`, and a *Results move* line in the changelog."
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def require(file: Path) -> None:
    assert file.exists(), f"{file.name} is missing: python tasks.py golden"


def moved(given: float, expected: float, rounding: float = 0.0) -> bool:
    return abs(given - expected) > 1e-6 * max(abs(expected), 1e-9) + rounding


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(path, id=path.stem, marks=() if path.stem == "baseline" else pytest.mark.whole)
        for path in scenarios()
    ],
)
def test_a_scenario_gives_what_it_gave(scenario: Path) -> None:
    file = expected_file(scenario)
    require(file)
    with file.open(encoding="utf-8", newline="") as opened:
        expected = list(csv.DictReader(opened))
    given = list(csv.DictReader(table(means(scenario.stem)).splitlines()))
    assert [row["quarter"] for row in given] == [row["quarter"] for row in expected]
    wrong = [
        f"{old['quarter']} {name}: {new[name]}, expected {old[name]}"
        for new, old in zip(given, expected, strict=True)
        for name in COLUMNS
        if moved(float(new[name]), float(old[name]))
    ]
    assert wrong == [], HOW


@pytest.mark.whole
def test_a_game_reads_as_it_read() -> None:
    """Words exactly; numbers to their last digit printed."""
    require(TRANSCRIPT)
    given, expected = transcript(), TRANSCRIPT.read_text(encoding="utf-8")
    assert NUMBER.sub("#", given) == NUMBER.sub("#", expected), HOW
    for new, old in zip(NUMBER.findall(given), NUMBER.findall(expected), strict=True):
        last_digit = 10.0 ** -len(old.partition(".")[2])
        assert not moved(float(new.replace(",", "")), float(old.replace(",", "")), last_digit), HOW


def test_no_golden_file_is_left_without_its_scenario() -> None:
    files = {file for scenario in scenarios() for file in scenario.parent.glob("*.expected.csv")}
    assert files <= {expected_file(scenario) for scenario in scenarios()}
