"""The study's design: its file holds together, every cell resolves, and a bad file is explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from experiments import library, scenarios
from experiments.batch.engine import Size
from experiments.bots.payoffs import seats_of
from experiments.study import design as designs
from experiments.study.design import FACTORIAL, Planner, StudyCell
from sim.errors import InputError
from sim.parameter_path import ParameterPath
from sim.shocks import Shock
from sim.streams import Streams


@pytest.fixture(scope="module")
def cells() -> dict[str, StudyCell]:
    return {cell.name: cell for cell in Planner(designs.read(), Size(200, 20, 1)).cells()}


def value(cell: StudyCell, name: str, quarter: int, draw: bool = False) -> float:
    scenario = cell.cell.scenario
    catalogue = scenarios.catalogue_of(scenario)
    path = ParameterPath(scenario, catalogue, Streams(1, 0, 1), draw)
    declaration, position = catalogue.find(name, "test")
    array = getattr(path.at(quarter), declaration.name)
    return float(array[0] if declaration.by is None else array[0, position])


def test_the_factorial_is_complete(cells: dict[str, StudyCell]) -> None:
    corners = [cell for cell in cells.values() if cell.kind == FACTORIAL]
    assert len({cell.factors for cell in corners}) == 8
    assert len({cell.cell.scenario.digest for cell in corners}) == 8
    assert cells["baseline"].cell.scenario.digest == scenarios.load("baseline").digest


def test_every_cell_resolves(cells: dict[str, StudyCell]) -> None:
    design = designs.read()
    parts, ends = len(design.part), 2 * len(design.sensitivity)
    assert len(cells) == 8 * (1 + 1 + len(design.demand_case) + len(design.players)) + parts + ends
    for cell in cells.values():
        catalogue = scenarios.catalogue_of(cell.cell.scenario)
        path = ParameterPath(cell.cell.scenario, catalogue, Streams(1, 0, 64), cell.cell.size.draw)
        for quarter in (1, 4, 6, 20):
            path.at(quarter)


def test_levels_of_lock_in(cells: dict[str, StudyCell]) -> None:
    for region in ("us", "eu", "uk", "rest"):
        assert value(cells["open"], f"porting_factor_{region}", 1) == 0.25
        assert value(cells["lock-in-stack"], f"egress_factor_{region}", 1) == 1.0
        assert value(cells["lock-in-cloud"], f"porting_factor_{region}", 1) == 1.0
        for name, low in (("egress_factor", 0.0), ("exit_fee_factor", 0.0), ("term_limit_quarters", 4.0)):
            assert value(cells["open"], f"{name}_{region}", 20) == low
    for lab in scenarios.catalogue_of(cells["open"].cell.scenario).entities["lab"]:
        assert value(cells["open"], f"investor_tie_share_{lab}", 1) == 0.0


def test_antitrust_is_in_force_from_the_sixth_quarter(cells: dict[str, StudyCell]) -> None:
    for name in ("self_preferencing_ban", "switching_fee_ban", "term_cap_duty", "exclusivity_ban"):
        assert value(cells["antitrust"], f"{name}_eu", 5) == 0.0
        assert value(cells["antitrust"], f"{name}_eu", 6) == 1.0
        assert value(cells["antitrust"], f"{name}_rest", 6) == 0.0


def test_relative_changes_keep_the_worlds_own_values(cells: dict[str, StudyCell]) -> None:
    own = value(cells["baseline"], "edge_potential_share", 3, draw=True)
    assert value(cells["edge"], "edge_potential_share", 3, draw=True) == pytest.approx(2.5 * own)
    assert value(cells["edge"], "foundry_crowding", 3) == 0.0
    assert value(cells["edge-crowding"], "foundry_crowding", 3) == 1.0


def test_a_quick_study_is_smaller() -> None:
    quick = Planner(designs.read(), Size(8, 12), quick=True).cells()
    assert {cell.group for cell in quick} == {"baseline"}
    fixed = Planner(designs.read(), Size(8, 12, 1, draw=False)).cells()
    assert not any(cell.cell.size.draw for cell in fixed)
    assert not any(cell.group == "chance" for cell in fixed)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('levers = ["stack", "cloud"]', 'levers = ["stak"]', ("stak", "'stack'")),
        ("early_horizon", "early_horizn", ("early_horizn", "'early_horizon'")),
        ('factors = ["edge"]', 'factors = ["edg"]', ("edg", "'edge'")),
        ('factors = ["edge"]', "factors = []", ("corners",)),
        ("quick_worlds = 8", "quick_worlds = 0", ("quick_worlds", "0")),
        ("quick_worlds = 8", "quick_worlds = true", ("quick_worlds: must be a whole number (given: True)",)),
        ("quick_worlds = 8", 'quick_worlds = "8"', ("quick_worlds: must be a whole number (given: '8')",)),
        ("quick_worlds = 8", "quick_worlds = 8.0", ("quick_worlds: must be a whole number (given: 8.0)",)),
        ("horizons = [4, 8,", "horizons = [true, 8,", ("horizons 1: must be a whole number (given: True)",)),
        ("null_effect_pp = 0.05", "null_effect_pp = true", ("null_effect_pp: must be a number (given: True)",)),
        ("null_effect_pp = 0.05", "null_effect_pp = 1e999", ("null_effect_pp: must be a finite number (given: inf)",)),
        (
            "null_effect_pp = 0.05",
            "null_effect_pp = 2025-01-01",
            ("null_effect_pp: must be a number (given: 2025-01-01)",),
        ),
    ],
)
def test_a_bad_design_is_explained(tmp_path: Path, old: str, new: str, named: tuple[str, ...]) -> None:
    text = library.STUDY_FILE.read_text()
    assert old in text
    (tmp_path / "study.toml").write_text(text.replace(old, new))
    with pytest.raises(InputError) as caught:
        designs.read(tmp_path / "study.toml")
    assert all(word in str(caught.value) for word in ("study.toml", *named)), caught.value


SIZES = ("default_worlds", "default_quarters", "side_worlds", "demand_worlds", "chance_worlds", "players_worlds",
         "quick_worlds", "quick_quarters")  # fmt: skip
BOUNDS = {
    **dict.fromkeys(SIZES, (("1",), ("0", "-1"))),
    "null_effect_pp": (("0.0",), ("-0.001",)), "binding_share": (("0.0", "1.0"), ("-0.001", "1.001")),
}  # fmt: skip
"""A number of the design: its ends, and what is beyond them."""


@pytest.mark.parametrize("name", BOUNDS)
def test_numbers_of_a_design_are_taken_up_to_their_ends(tmp_path: Path, name: str) -> None:
    text, path = library.STUDY_FILE.read_text(), tmp_path / "study.toml"

    def given(value: str) -> designs.Design:
        changed, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
        assert count == 1
        path.write_text(changed)
        return designs.read(path)

    taken, refused = BOUNDS[name]
    for value in taken:
        assert getattr(given(value), name) == float(value)
    for beyond in refused:
        with pytest.raises(InputError, match=rf"study\.toml: {name}: .*\(given: {re.escape(beyond)}\)"):
            given(beyond)


def test_a_lever_may_last_a_single_quarter_and_not_end_before_it_begins() -> None:
    """Its pattern stands for every region, one shock each."""
    catalogue = scenarios.catalogue_of(scenarios.load("baseline"))

    def expanded(first: str, last: str) -> list[tuple[str, tuple[str, str], str]]:
        shock = Shock(parameter="egress_factor_*", quarters=(first, last), source="judgement", set=0.5)
        found = designs.expanded(designs.Lever(name="brief", shock=[shock]), catalogue)
        return [(one.parameter, one.quarters, one.where) for one in found]

    where = "study.toml: lever 'brief': shock 1"
    quarters = ("2027Q1", "2027Q1")
    assert expanded(*quarters) == [(f"egress_factor_{r}", quarters, where) for r in ("us", "eu", "uk", "rest")]
    with pytest.raises(InputError) as caught:
        expanded("2027Q1", "2026Q4")
    assert str(caught.value) == f"{where}: quarters = ['2027Q1', '2026Q4']: the last quarter comes before the first."


def test_other_players_hold_the_seats_of_their_role_and_nobody_elses(cells: dict[str, StudyCell]) -> None:
    seats = cells["skilled/open"].cell.strategies
    assert seats["aws"] == seats["neocloud"] == "skilled-cloud"
    assert seats["nvidia"] == "skilled-vendor"
    assert not {"meta", "trainium", "startups"} & set(seats)
    assert cells["skilled/open"].cell.scenario.digest == cells["open"].cell.scenario.digest
    assert not cells["open"].cell.strategies


def test_players_that_do_not_exist_are_named() -> None:
    base = scenarios.load("baseline")
    with pytest.raises(InputError, match=r"unknown role or party 'clod'\. Closest: 'cloud'"):
        seats_of(base, {"clod": "skilled-cloud"})
    with pytest.raises(InputError, match=r"unknown cloud strategy 'skilled-clod'\. Closest: 'skilled-cloud'"):
        seats_of(base, {"aws": "skilled-clod"})


def test_patterns_stand_for_every_entity() -> None:
    catalogue = scenarios.catalogue_of(scenarios.load("baseline"))
    assert scenarios.expand(catalogue, "egress_factor_*", "here") == tuple(
        f"egress_factor_{region}" for region in catalogue.entities["region"]
    )
    with pytest.raises(InputError, match=r"here.*egres_factor_\*.*egress_factor_\*"):
        scenarios.expand(catalogue, "egres_factor_*", "here")


def test_a_part_may_stand_beside_the_factors_but_not_under_one_that_does_not_exist(tmp_path: Path) -> None:
    text = library.STUDY_FILE.read_text(encoding="utf-8")
    (tmp_path / "study.toml").write_text(text.replace('factor = "edge"', 'factor = "edgy"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"study\.toml: part 'edge-crowding': unknown factor 'edgy'.*'edge'"):
        designs.read(tmp_path / "study.toml")
    beside = [part for part in designs.read().part if not part.factor]
    assert [part.name for part in beside] == ["own-chips-first"] and all(part.on for part in beside)


def test_an_alternative_to_a_factor_holds_what_the_factor_does_not() -> None:
    design = designs.read()
    assert [part.name for part in design.part if part.factor and design.instead(part)] == ["edge-crowding"]
    assert [design.corner(factor.name) for factor in design.factor] == ["open", "antitrust", "edge"]
