"""Declarations and roster tables are complete, and nothing measured after the cut stands behind a value."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from sim.declarations import DECLARATIONS, catalogue
from sim.parameters import Parameter
from sim.quarters import ordinal
from sim.roster import DATA, ROSTERS, load_roster, rosters

CUT = ordinal("2025Q4")
ROSTER_TABLES = sorted(ROSTERS.rglob("*.csv"))


def breaks_the_cut(grade: str, measured_to: str) -> bool:
    """A measured value (A or B) names its last period, at the latest 2025Q4; a judgement names none or one before the
    cut."""
    if not measured_to:
        return grade in ("A", "B")
    return ordinal(measured_to) > CUT


def test_the_checker_can_fail() -> None:
    assert breaks_the_cut("B", "2026Q1")
    assert breaks_the_cut("A", "")
    assert not breaks_the_cut("B", "2025Q4")
    assert not breaks_the_cut("J", "")


@pytest.mark.parametrize("declared", DECLARATIONS, ids=lambda one: one.name)
def test_every_parameter_says_what_it_is_and_where_from(declared: Parameter) -> None:
    assert declared.unit
    assert declared.source
    assert declared.meaning.endswith((".", "?", ")"))
    assert not breaks_the_cut(declared.grade, declared.measured_to)
    assert "2026" not in declared.source


@pytest.mark.parametrize("path", ROSTER_TABLES, ids=lambda path: path.stem)
def test_every_row_of_a_roster_names_source_grade_and_period(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row["source"], row
            assert row["grade"] in ("A", "B", "C", "J"), row
            assert not breaks_the_cut(row["grade"], row["measured_to"]), row


def test_a_switch_is_never_drawn_and_every_judged_range_is() -> None:
    for declared in DECLARATIONS:
        if declared.grade in ("C", "J") and declared.draws and declared.low < declared.high:
            assert declared.drawn
        if declared.allowed == (0.0, 1.0) and declared.unit == "0-1" and not declared.draws:
            assert not declared.drawn


@pytest.mark.parametrize("name", rosters())
def test_parameters_expand_over_a_roster(name: str) -> None:
    roster = load_roster(name)
    scalars = catalogue(roster).scalars
    assert {f"egress_factor_{region}" for region in roster.regions} <= set(scalars)
    assert {f"cost_edge_{family}" for family in roster.families} <= set(scalars)


def test_the_tables_the_model_reads_are_there() -> None:
    for name in ("installed", "generations", "roadmap", "prices", "series", "anchors"):
        assert (DATA / f"{name}.csv").is_file()
