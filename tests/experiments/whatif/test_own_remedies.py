"""A remedy of a user's own: strength, coverage and date become changes of the remedy's parameters, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from experiments import scenarios
from experiments.batch.engine import Size
from experiments.cards import Laid
from experiments.designs.plan import plan
from experiments.whatif.question import ask, remarks
from sim.errors import InputError
from sim.remedies import REMEDIES
from sim.roster import load_roster

ROOT = Path(__file__).resolve().parents[3]
CARD = """
title = "An exit-fee cap of my own"
base = "baseline"

[[remedy]]
name = "switching_fee_ban"
strength = 0.6
low = 0.2
high = 1.0
coverage = { eu = 1.0, uk = 0.5 }
in_force = "2027Q3"
announced = "2026Q4"
"""


def card(folder: Path, *changes: tuple[str, str]) -> str:
    text = CARD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return str(folder / "mine.toml")


def changes(word: str) -> dict[str, tuple[float | None, tuple[str, str], str | None]]:
    return {one.parameter: (one.set, one.quarters, one.announced) for one in Laid.read(word).shocks()}


def test_each_region_has_its_part_of_the_strength_at_each_level(tmp_path: Path) -> None:
    word = card(tmp_path)
    for level, strength in (("low", 0.2), ("central", 0.6), ("high", 1.0)):
        found = changes(f"{word}:{level}")
        assert {name: value for name, (value, _, _) in found.items()} == pytest.approx(
            {"switching_fee_ban_eu": strength, "switching_fee_ban_uk": strength / 2.0}
        )
    assert {dates for _, *dates in map(tuple, found.values()) for dates in [tuple(dates)]} == {
        (("2027Q3", "2040Q4"), "2026Q4")
    }


def test_dates_move_together_and_an_end_is_kept(tmp_path: Path) -> None:
    word = card(tmp_path, ('in_force = "2027Q3"', 'in_force = "2027Q3"\nends = "2029Q2"'))
    assert changes(f"{word}@2028Q1")["switching_fee_ban_eu"] == (0.6, ("2028Q1", "2029Q4"), "2027Q2")


@pytest.mark.parametrize("coverage", ['"all"', '["all"]', '["us", "eu", "uk", "rest"]', "{ all = 1.0 }"])
def test_everywhere_is_every_region_of_the_roster(tmp_path: Path, coverage: str) -> None:
    found = changes(card(tmp_path, ("{ eu = 1.0, uk = 0.5 }", coverage)))
    assert set(found) == {f"switching_fee_ban_{region}" for region in load_roster("default").regions}
    assert {value for value, _, _ in found.values()} == {0.6}


@pytest.mark.parametrize("remedy", REMEDIES)
def test_every_declared_remedy_can_be_dated(tmp_path: Path, remedy: str) -> None:
    word = card(tmp_path, ("switching_fee_ban", remedy))
    laid = scenarios.with_shocks(scenarios.load("baseline"), [word])
    assert {one.parameter for one in laid.shocks} >= {f"{remedy}_eu", f"{remedy}_uk"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("switching_fee_ban", "switching_fee_bann", "remedy 1: unknown remedy 'switching_fee_bann'. Closest: 'switchi"),
        ("switching_fee_ban", "exit-fee cap", "remedy 1: unknown remedy 'exit-fee cap'. Closest: 'switching_fee_ban'"),
        ("uk = 0.5", "mars = 0.5", "remedy 1: coverage: unknown region 'mars'. Allowed: all, eu, rest, uk, us."),
        ("uk = 0.5", "uk = 1.5", "remedy 1 coverage uk: must be at most 1.0 (given: 1.5)."),
        ("{ eu = 1.0, uk = 0.5 }", "3", 'remedy 1 coverage: give regions, such as ["eu", "uk"], or each with its part'),
        ("{ eu = 1.0, uk = 0.5 }", "[]", "remedy 1 coverage: give regions"),
        ("{ eu = 1.0, uk = 0.5 }", '["eu", "eu"]', "remedy 1 coverage: each region may stand once"),
        ("strength = 0.6", "strength = -0.1", "remedy 1 strength: must be at least 0.0 (given: -0.1)."),
        ("strength = 0.6", "strenght = 0.6", "unknown key 'remedy 1 strenght'. Closest: 'strength'."),
        ('"2027Q3"', '"2027Q5"', "remedy 1: in_force: '2027Q5' is not a quarter"),
        ('"2026Q4"', '"2028Q1"', "remedy 1: announced = '2028Q1': it cannot be later than in_force = '2027Q3'."),
        ('"2027Q3"', '"2027Q3"\nends = "2027Q2"', "remedy 1: ends = '2027Q2' comes before in_force = '2027Q3'."),
    ],
)
def test_what_is_no_remedy_is_refused_with_file_key_and_value(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        Laid.read(card(tmp_path, (old, new))).shocks()
    assert f"mine.toml: {said}" in str(refused.value)


def test_one_that_can_never_act_is_refused(tmp_path: Path) -> None:
    question = ask(scenarios.load("baseline"), [card(tmp_path)])
    assert remarks(question, Size(2, 20)) == []
    with pytest.raises(InputError, match="lies outside the quarters played"):
        remarks(question, Size(2, 2))


def test_a_design_finds_cards_and_scenarios_beside_itself(tmp_path: Path) -> None:
    card(tmp_path)
    (tmp_path / "base.toml").write_text('title = "Mine"\nbase = "baseline"\n[parameters]\ndemand_level = 0.9\n')
    (tmp_path / "design.toml").write_text(
        'question = "does my remedy matter?"\n[held]\nscenario = "base.toml"\nquarters = 8\n[[shocks]]\nname = "none"\n'
        '[[shocks]]\nname = "mine"\ncards = ["mine.toml:high"]\n[measured]\noutcomes = ["utilisation"]\n'
    )
    made = plan(str(tmp_path / "design.toml"))
    none, mine = (made.of(point).scenario for point in range(len(made)))
    assert none.parameters["demand_level"] == mine.parameters["demand_level"] == 0.9
    assert [one.set for one in mine.shocks[len(none.shocks) :]] == [1.0, 0.5]


def test_the_page_shows_a_remedy_that_can_be_laid_on(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "write-a-scenario.md").read_text(encoding="utf-8")
    (shown,) = (block for block in re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL) if "[[remedy]]" in block)
    (tmp_path / "mine.toml").write_text(shown, encoding="utf-8")
    question = ask(scenarios.load("baseline"), [f"{tmp_path / 'mine.toml'}:high@2028Q1"])
    assert {one.parameter: one.set for one, _ in question.placed} == {
        "switching_fee_ban_eu": 1.0,
        "switching_fee_ban_uk": 0.5,
    }
    assert remarks(question, Size(2, 20)) == []
