"""Declarations and roster tables are complete, and nothing measured after the cut stands behind a value."""

from __future__ import annotations

import csv

import pytest

from sim import declarations
from sim.declarations import catalogue, joiners
from sim.parameters import Parameter, parameter
from sim.quarters import ordinal
from sim.roster import DATA, ROSTERS, load_roster, rosters

CUT = ordinal("2025Q4")
DECLARATIONS = (*declarations.DECLARATIONS, *joiners.DECLARED)
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


def said_badly(one: Parameter) -> list[str]:
    """What a declaration leaves out."""
    missing = [name for name in ("unit", "source") if not getattr(one, name)]
    missing += [] if one.meaning.endswith((".", "?", ")")) else ["meaning"]
    return missing + ["period"] * (breaks_the_cut(one.grade, one.measured_to) or "2026" in one.source)


def test_every_parameter_says_what_it_is_and_where_from() -> None:
    assert {one.name: wrong for one in DECLARATIONS if (wrong := said_badly(one))} == {}


def test_a_declaration_that_leaves_something_out_is_found() -> None:
    whole = parameter("a", 1.0, "1", (0.0, 2.0), "J", "judgement", "What it is.")
    assert said_badly(whole) == []
    for change, wrong in (
        ({"unit": ""}, ["unit"]),
        ({"source": ""}, ["source"]),
        ({"meaning": "What it is"}, ["meaning"]),
        ({"grade": "B"}, ["period"]),
        ({"source": "a report of 2026", "unit": ""}, ["unit", "period"]),
        ({"measured_to": "2026Q1"}, ["period"]),
    ):
        assert said_badly(whole.model_copy(update=change)) == wrong


def test_every_row_of_a_roster_names_source_grade_and_period() -> None:
    rows = [(str(path), row) for path in ROSTER_TABLES for row in csv.DictReader(path.read_text("utf-8").splitlines())]
    assert len({name for name, _ in rows}) == len(ROSTER_TABLES) > 10
    unsaid = [row for row in rows if not row[1]["source"] or row[1]["grade"] not in ("A", "B", "C", "J")]
    assert unsaid == [] and [row for row in rows if breaks_the_cut(row[1]["grade"], row[1]["measured_to"])] == []


def test_a_switch_is_never_drawn_and_every_judged_range_is() -> None:
    judged = [one for one in DECLARATIONS if one.grade in ("C", "J") and one.draws and one.low < one.high]
    fixed = [one for one in DECLARATIONS if not one.draws or one.grade in ("A", "B") or one.low == one.high]
    assert len(judged) > 50 and [one.name for one in judged if not one.drawn] == []
    assert len(fixed) > 40 and [one.name for one in fixed if one.drawn] == []
    assert {one.name for one in judged} | {one.name for one in fixed} == {one.name for one in DECLARATIONS}


@pytest.mark.parametrize("name", rosters())
def test_parameters_expand_over_a_roster(name: str) -> None:
    roster = load_roster(name)
    scalars = catalogue(roster).scalars
    assert {f"egress_factor_{region}" for region in roster.regions} <= set(scalars)
    assert {f"unit_cost_error_{family}" for family in roster.families} <= set(scalars)


def test_the_tables_the_model_reads_are_there() -> None:
    for name in ("installed", "generations", "roadmap", "prices", "series", "anchors"):
        assert (DATA / f"{name}.csv").is_file()
