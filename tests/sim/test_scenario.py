"""Scenario files: good ones, and every kind of bad one with an error that says file, key, value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.declarations import catalogue
from sim.errors import InputError
from sim.parameter_path import ParameterPath
from sim.roster import load_roster
from sim.scenario import Scenario, find, load, names
from sim.shocks import Shock
from sim.streams import Streams
from tests.sim.scenario_files import CATALOGUE, SHOCK, error_of, write

# --- good files ---


def test_a_scenario_states_what_differs_from_its_base(library: Path) -> None:
    write(library, 'title = "EU"\nbase = "baseline"\n[parameters]\negress_factor_eu = 0.5\n' + SHOCK)
    write(library, 'title = "Deeper"\nbase = "eu"\n[parameters]\nprice_elasticity = -2.0\n' + SHOCK, "deeper")
    scenario = load("deeper", library)
    assert (scenario.name, scenario.title, scenario.start, scenario.roster) == ("deeper", "Deeper", "2025Q4", "default")
    assert scenario.parameters == {"price_elasticity": -2.0, "egress_factor_eu": 0.5}
    assert scenario.root_parameters == {"price_elasticity": -1.2}
    assert [shock.where for shock in scenario.shocks] == ["eu.toml: shock 1", "deeper.toml: shock 1"]
    assert scenario.check(CATALOGUE) is scenario


def test_scenarios_are_found_by_name_in_sub_folders_or_by_path(library: Path, tmp_path: Path) -> None:
    (library / "shocks").mkdir()
    (library / "shocks" / "surge.toml").write_text('title = "Surge"\nbase = "baseline"\n')
    assert load("surge", library).title == "Surge"
    assert load(str(library / "shocks" / "surge.toml"), library).title == "Surge"
    assert names(library) == ("baseline",) and names(library, "shocks") == ("surge",)
    assert find("baseline", library) == library / "baseline.toml"


def test_the_digest_follows_content_and_not_names(library: Path) -> None:
    one = load(write(library, 'title = "A"\nbase = "baseline"\n' + SHOCK, "one"), library)
    other = load(write(library, '# a remark\ntitle = "B"\nbase   = "baseline"\n' + SHOCK, "other"), library)
    changed = load(write(library, 'title = "A"\nbase = "baseline"\n' + SHOCK.replace("0.5", "0.6"), "changed"), library)
    assert one.digest == other.digest != changed.digest
    assert one.digest != load("baseline", library).digest


# --- bad files ---


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("title = ", ["eu.toml", "not a TOML file"]),
        ('title = "x"\n[parameters]\nprice_elasticity = -1\nprice_elasticity = -2\n', ["eu.toml", "not a TOML file"]),
        ('title = "x"\nbse = "baseline"\n', ["eu.toml", "unknown key 'bse'", "Closest: 'base'"]),
        ("[parameters]\n", ["eu.toml", "title", "required"]),
        ("title = 3\n", ["eu.toml", "title", "3"]),
        ('title = "x"\n[parameters]\nprice_elasticity = "high"\n', ["eu.toml", "price_elasticity", "'high'"]),
        ('title = "x"\nstart = "2025-10"\n', ["eu.toml: start", "'2025-10'", "2025Q4"]),
        ('title = "x"\nbase = "baseline"\nstart = "2026Q1"\n', ["eu.toml", "start", "baseline"]),
        ('title = "x"\nbase = "baseline"\nroster = "other"\n', ["eu.toml", "roster", "baseline"]),
        ('title = "x"\nbase = "eu"\n', ["eu.toml", "its own base"]),
        (
            'title = "x"\n[parameters]\negres_factor_eu = 1.0\n',
            ["eu.toml", "'egres_factor_eu'", "Closest: 'egress_factor_eu'"],
        ),
        ('title = "x"\n[parameters]\nprice_elasticity = 0.5\n', ["eu.toml", "price_elasticity = 0.5", "-4 to -0.1"]),
        (
            'title = "x"\n[parameters]\nprice_elasticity = nan\n',
            ["eu.toml", "price_elasticity", "finite number", "nan"],
        ),
    ],
)
def test_a_bad_file_is_explained(library: Path, content: str, said: list[str]) -> None:
    message = error_of(library, content)
    assert [word for word in said if word not in message] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("multiply_by", "multiply", ["unknown key", "multiply", "Closest: 'multiply_by'"]),
        ("multiply_by = 0.5", "", ["exactly one of multiply_by, add, set"]),
        ("multiply_by = 0.5", "multiply_by = 0.5\nadd = 1.0", ["exactly one of multiply_by, add, set"]),
        ('source = "a law"', "", ["source", "required"]),
        ('["2026Q3", "2027Q1"]', '["2027Q1", "2026Q3"]', ["shock 1", "2027Q1", "2026Q3", "comes before"]),
        ('["2026Q3", "2027Q1"]', '["2026Q5", "2027Q1"]', ["shock 1", "'2026Q5'", "2025Q4"]),
        ('["2026Q3", "2027Q1"]', '["2026Q3"]', ["quarters"]),
        ('source = "a law"', 'source = "a law"\nannounced = "2026Q4"', ["shock 1", "'2026Q4'", "2026Q3"]),
        ('source = "a law"', 'source = "a law"\nwhere = "x"\nwhen = "y"', ["unknown key", "when"]),
        ("egress_factor_eu", "egress_factor_uk", ["shock 1", "'egress_factor_uk'", "Closest: 'egress_factor_"]),
        ("multiply_by = 0.5", "set = 7.0", ["shock 1", "egress_factor_eu = 7", "0 to 3"]),
    ],
)
def test_a_bad_shock_is_explained(library: Path, old: str, new: str, said: list[str]) -> None:
    message = error_of(library, 'title = "x"\nbase = "baseline"\n' + SHOCK.replace(old, new))
    assert [word for word in said if word not in message] == []


WHOLE, A_NUMBER, TEXT, TABLE, LIST = (
    "must be a whole number",
    "must be a number",
    "must be text",
    "must be a table",
    "must be a list",
)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("quarters = true", f"quarters: {WHOLE} (given: True)"),
        ('quarters = "8"', f"quarters: {WHOLE} (given: '8')"),
        ("quarters = 8.0", f"quarters: {WHOLE} (given: 8.0)"),
        ("quarters = 2026-01-01", f"quarters: {WHOLE} (given: 2026-01-01)"),
        ("quarters = [8]", f"quarters: {WHOLE} (given: [8])"),
        ("quarters = 0", "quarters: must be at least 1 (given: 0)"),
        ("quarters = 61", "quarters: must be at most 60 (given: 61)"),
        ("quarters = 0x" + "f" * 5000, "quarters: must be at most 60 (given: a number of thousands of digits)"),
        ("start = 2025", f"start: {TEXT} (given: 2025)"),
        ("start = 2025-10-01", f"start: {TEXT} (given: 2025-10-01)"),
        ("source = true", f"source: {TEXT} (given: True)"),
        ('roster = ["default"]', f"roster: {TEXT} (given: ['default'])"),
        ("parameters = 3", f"parameters: {TABLE} (given: 3)"),
        ('shock = "big"', f"shock: {LIST} (given: 'big')"),
        ("[parameters]\nprice_elasticity = true", f"parameters price_elasticity: {A_NUMBER} (given: True)"),
        ('[parameters]\nprice_elasticity = "-1"', f"parameters price_elasticity: {A_NUMBER} (given: '-1')"),
        (
            "[parameters]\nprice_elasticity = 2026-01-01T10:00:00",
            f"parameters price_elasticity: {A_NUMBER} (given: 2026-01-01 10:00:00)",
        ),
        (
            "[parameters]\nprice_elasticity = 0x" + "f" * 5000,
            f"parameters price_elasticity: {A_NUMBER} (given: a number of thousands of digits)",
        ),
        (
            "[parameters]\nprice_elasticity = " + "1" * 400,
            f"parameters price_elasticity: {A_NUMBER} (given: {'1' * 120}...)",
        ),
        ("[parameters]\nprice_elasticity = 1e999", "parameters price_elasticity: must be a finite number (given: inf)"),
        ("[parameters]\nprice_elasticity = -inf", "parameters price_elasticity: must be a finite number (given: -inf)"),
        ("[parameters.price_elasticity]\nlow = 1", f"parameters price_elasticity: {A_NUMBER} (given: {{'low': 1}})"),
    ],
)
def test_nothing_is_read_as_what_it_is_not(library: Path, line: str, said: str) -> None:
    assert error_of(library, f'title = "x"\n{line}\n') == f"eu.toml: {said}."


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("multiply_by = 0.5", "multiply_by = true", f"multiply_by: {A_NUMBER} (given: True)"),
        ("multiply_by = 0.5", 'multiply_by = "0.5"', f"multiply_by: {A_NUMBER} (given: '0.5')"),
        ("multiply_by = 0.5", "set = nan", "set: must be a finite number (given: nan)"),
        ("multiply_by = 0.5", "add = 1e999", "add: must be a finite number (given: inf)"),
        ("multiply_by = 0.5", "add = [1]", f"add: {A_NUMBER} (given: [1])"),
        ('["2026Q3", "2027Q1"]', '[2026, "2027Q1"]', f"quarters 1: {TEXT} (given: 2026)"),
        ('["2026Q3", "2027Q1"]', '"2026Q3"', f"quarters: {LIST} (given: '2026Q3')"),
        ('source = "a law"', "source = 3", f"source: {TEXT} (given: 3)"),
        ('source = "a law"', 'source = "a law"\nannounced = 2026-04-01', f"announced: {TEXT} (given: 2026-04-01)"),
        ('"egress_factor_eu"', "1", f"parameter: {TEXT} (given: 1)"),
    ],
)
def test_nothing_in_a_shock_is_read_as_what_it_is_not(library: Path, old: str, new: str, said: str) -> None:
    message = error_of(library, 'title = "x"\nbase = "baseline"\n' + SHOCK.replace(old, new))
    assert message == f"eu.toml: shock 1 {said}."


def test_whole_numbers_are_numbers(library: Path) -> None:
    write(library, 'title = "x"\nquarters = 8\n[parameters]\nprice_elasticity = -1\n' + SHOCK.replace("0.5", "2"))
    scenario = load("eu", library)
    assert (scenario.quarters, scenario.parameters["price_elasticity"], scenario.shocks[0].multiply_by) == (
        8,
        -1.0,
        2.0,
    )


def test_all_problems_of_a_file_are_told_at_once(library: Path) -> None:
    message = error_of(
        library, 'title = "x"\ntitel = "y"\n[parameters]\nprice_elasticity = "high"\n[[shock]]\nparametr = "x"\n'
    )
    assert len(message.splitlines()) >= 4
    message = error_of(library, 'title = "x"\n[parameters]\nprice_elasticity = 9\negress_factor_us = 9\nnothing = 0\n')
    assert len(message.splitlines()) == 3


def test_an_unknown_scenario_is_answered_with_the_closest(library: Path) -> None:
    with pytest.raises(InputError, match=r"unknown scenario 'basline'\. Closest: 'baseline'"):
        load("basline", library)
    with pytest.raises(InputError, match="does not exist"):
        load(str(library / "nothing.toml"), library)


def test_bases_may_not_go_in_a_circle(library: Path) -> None:
    write(library, 'title = "A"\nbase = "b"\n', "a")
    write(library, 'title = "B"\nbase = "a"\n', "b")
    with pytest.raises(InputError, match="its own base"):
        load("a", library)


# --- quarter by quarter ---


def path(library: Path, shocks: str, draw: bool = False) -> ParameterPath:
    scenario = load(write(library, 'title = "x"\nbase = "baseline"\n' + shocks), library)
    return ParameterPath(scenario, CATALOGUE, Streams(3, 0, 4), draw)


def test_a_shock_acts_from_its_first_to_its_last_quarter(library: Path) -> None:
    p = path(library, SHOCK)  # 2026Q3 is the third quarter after the start, 2027Q1 the fifth
    assert [p.at(quarter).egress_factor[0].tolist() for quarter in range(1, 8)] == [
        [1.0, 1.0],
        [1.0, 1.0],
        [1.0, 0.5],
        [1.0, 0.5],
        [1.0, 0.5],
        [1.0, 1.0],
        [1.0, 1.0],
    ]


def test_shocks_act_one_after_the_other(library: Path) -> None:
    second = SHOCK.replace("multiply_by = 0.5", "add = 0.25").replace("2026Q3", "2026Q4")
    third = SHOCK.replace("multiply_by = 0.5", "set = 2.0").replace("2026Q3", "2027Q1")
    p = path(library, SHOCK + second + third)
    assert [p.at(quarter).egress_factor[0, 1] for quarter in (2, 3, 4, 5, 6)] == [1.0, 0.5, 0.75, 2.0, 1.0]


def test_a_shock_means_the_same_change_in_every_world(library: Path) -> None:
    p = path(library, SHOCK, draw=True)
    before, within = p.at(0).egress_factor, p.at(3).egress_factor
    assert len(np.unique(before[:, 1])) == 4
    assert within[:, 1] == pytest.approx(0.5 * before[:, 1])
    assert (within[:, 0] == before[:, 0]).all()
    assert p.at(0).price_elasticity.tolist() == [-1.2] * 4  # set by the base


def test_what_is_announced_is_known_before_it_is_in_force(library: Path) -> None:
    p = path(library, SHOCK.replace("multiply_by = 0.5", 'multiply_by = 0.5\nannounced = "2026Q2"'))
    assert [p.announced(quarter).egress_factor[0, 1] for quarter in range(1, 7)] == [1.0, 0.5, 0.5, 0.5, 0.5, 1.0]
    assert [p.at(quarter).egress_factor[0, 1] for quarter in (1, 2, 3)] == [1.0, 1.0, 0.5]


def test_the_root_stays_as_the_bottom_of_the_chain_says(library: Path) -> None:
    write(library, 'title = "EU"\nbase = "baseline"\n[parameters]\nprice_elasticity = -3.0\n')
    p = ParameterPath(load("eu", library), CATALOGUE, Streams(3, 0, 4), draw=True)
    assert p.at(0).price_elasticity.tolist() == [-3.0] * 4
    assert p.root.price_elasticity.tolist() == [-1.2] * 4
    assert (p.root.egress_factor == p.at(0).egress_factor).all()


def test_a_scenario_in_code_is_checked_like_a_file() -> None:
    scenario = Scenario("mine", "Mine", parameters={"price_elasticity": 5.0})
    with pytest.raises(InputError, match="scenario 'mine': price_elasticity = 5"):
        ParameterPath(scenario, CATALOGUE, Streams(3, 0, 4), draw=False)


def test_a_shock_that_could_not_act_is_refused() -> None:
    """What is read only when a game opens takes a change from the first quarter, or none."""
    base = Scenario("late", "Late", parameters={}, root_parameters={})
    late = base.with_changes(
        "late", "Late", {}, (Shock(parameter="taste_sd", quarters=("2027Q1", "2028Q1"), set=0.1, source="test"),)
    )
    with pytest.raises(
        InputError, match=r"taste_sd is read when a game opens; quarters must begin by 2026Q1, not 2027Q1"
    ):
        late.check(catalogue(load_roster("default")))
    early = base.with_changes(
        "early", "Early", {}, (Shock(parameter="taste_sd", quarters=("2026Q1", "2028Q1"), set=0.1, source="test"),)
    )
    assert early.check(catalogue(load_roster("default"))) is early
    derived = base.with_changes("own", "Own", {"waiting_share": 0.05}, ())
    with pytest.raises(InputError, match="waiting_share is read only by the base"):
        derived.check(catalogue(load_roster("default")))


def test_a_base_says_for_how_many_quarters_it_is_played(tmp_path: Path) -> None:
    (tmp_path / "short.toml").write_text('title = "Short"\nquarters = 3\n', encoding="utf-8")
    (tmp_path / "on-top.toml").write_text('title = "On top"\nbase = "short"\n', encoding="utf-8")
    (tmp_path / "longer.toml").write_text('title = "Longer"\nbase = "short"\nquarters = 9\n', encoding="utf-8")
    assert load("short", tmp_path).quarters == load("on-top", tmp_path).quarters == 3
    with pytest.raises(InputError, match="belong to the base 'short'"):
        load("longer", tmp_path)
