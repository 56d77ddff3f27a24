"""A name that is given twice counts once, or is refused: on the command line and in every file that lists names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from experiments import scenarios
from experiments.batch.engine import Size
from experiments.bots import tournament
from experiments.bots.payoffs import seats_of
from experiments.calibration.patterns import PLANS, load_plan
from experiments.claims import claims
from experiments.forecast import bridges
from experiments.library import STUDY_FILE
from experiments.study import design as designs
from experiments.theory import trial
from experiments.whatif import trials
from sim.errors import InputError, each_once
from tests.experiments.conftest import Command


def test_a_name_that_stands_twice_is_found() -> None:
    each_once("card", ["a", "b", "A"], "here")
    with pytest.raises(InputError, match=r"^here: card 'b' is given twice; give each once\.$"):
        each_once("card", ["a", "b", "c", "b"], "here")


@pytest.mark.whole
def test_a_strategy_that_is_entered_twice_plays_once(command: Command) -> None:
    """And weighs as one among the rivals: the numbers are those of a tournament in which it stands once."""
    asked = tournament.rules("baseline", "cloud", "", ["harvest", "land-grab", "harvest"], Size(2, 1))
    assert asked.strategies == ("build-to-demand", "harvest", "land-grab")
    sized = ("--role", "cloud", "--worlds", "2", "--quarters", "1", "--workers", "1")
    once, twice = (command("tournament", *sized, *["--strategy", "harvest"] * count) for count in (1, 2))
    assert once == twice and once[0] == 0 and once[1].count(" harvest") > 1


@pytest.mark.whole
def test_a_hypothesis_that_is_named_twice_is_tried_once(command: Command) -> None:
    assert [one.key for one in trial.chosen(["S24", "S30", "S24"], quick=False)] == ["S24", "S30"]
    status, out, _ = command("validate", "--theory", "--only", "s30, S30", "--worlds", "8", "--workers", "1")
    assert status == 0 and "1 of 1 hypotheses hold" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--shock", "packaging-crunch", "--shock", "packaging-crunch"], "'packaging-crunch' is given 2 times"),
        (["--strategy", "aws=harvest", "--strategy", "aws=land-grab"], "aws is given 'harvest' and 'land-grab'"),
    ],
)
def test_what_would_act_twice_is_refused(command: Command, words: list[str], said: str) -> None:
    status, out, err = command("run", "baseline", *words, "--worlds", "1", "--quarters", "1")
    assert (status, out) == (2, "") and said in err and list(Path().iterdir()) == []


def test_a_card_on_a_scenario_that_holds_it_is_refused(command: Command) -> None:
    """A card can be played as a scenario, so that its own card on top would act a second time."""
    status, out, err = command("run", "packaging-crunch", "--shock", "packaging-crunch", "--worlds", "1")
    assert (status, out) == (2, "") and "'packaging-crunch' is in packaging-crunch already" in err
    base = scenarios.load("baseline")
    assert len(scenarios.with_shocks(base, ["packaging-crunch", "edge-surge"]).shocks) > len(base.shocks)


def test_a_strategy_that_a_party_is_given_twice_counts_once() -> None:
    base = scenarios.load("baseline")
    assert scenarios.strategies_of(base, ["aws=harvest", "aws=harvest"]) == {"aws": "harvest"}


def test_a_party_that_is_named_beside_its_role_keeps_its_own_strategy_whatever_comes_first() -> None:
    base = scenarios.load("baseline")
    one = seats_of(base, {"cloud": "harvest", "aws": "land-grab"})
    assert one == seats_of(base, {"aws": "land-grab", "cloud": "harvest"})
    assert one["aws"] == "land-grab" and one["azure"] == "harvest"


SHOCK = """[[shock]]
parameter = "power_level"
quarters = ["2026Q1", "2030Q4"]
multiply_by = 0.9
source = "judgement"
"""


def test_a_shock_that_a_file_states_twice_is_refused_and_one_like_it_is_not(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    head = 'title = "Mine"\nbase = "baseline"\n'
    path.write_text(head + SHOCK + SHOCK.replace("0.9", "0.8"), encoding="utf-8")
    assert len(scenarios.load(str(path)).shocks) == 2
    path.write_text(head + SHOCK + SHOCK.replace("0.9", "0.8") + SHOCK.replace("judgement", "again"), encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.toml: shock 3: it is the same as shock 1 and would act twice"):
        scenarios.load(str(path))


# --- the project's own files ------------------------------------------------------------------------------------------


def doubled(text: str, table: str) -> str:
    """The text with the first entry of a table of tables, and what belongs to it, over again."""
    first = text.index(f"[[{table}]]")
    entry = re.match(rf"\[\[{table}\]\].*?(?=\n\[\[(?!{table}\.)|\Z)", text[first:], re.DOTALL)
    assert entry is not None
    return f"{text[:first]}{entry[0]}\n{text[first:]}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('levers = ["stack", "cloud"]', 'levers = ["stack", "stack"]', "lever 'stack'"),
        ("horizons = [4,", "horizons = [4, 4,", "horizon '4'"),
        ('[[part]]\nname = "lock-in-stack"', '[[part]]\nname = "open"', "cell 'open'"),
    ],
)
def test_a_design_in_which_a_name_stands_twice_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = STUDY_FILE.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "study.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=f"study.toml.*{said} is given twice"):
        designs.read(tmp_path / "study.toml")


@pytest.mark.parametrize("table", ["part", "sensitivity", "demand_case", "players", "lever"])
def test_a_design_with_an_entry_twice_is_refused(tmp_path: Path, table: str) -> None:
    text = STUDY_FILE.read_text(encoding="utf-8")
    (tmp_path / "study.toml").write_text(doubled(text, table), encoding="utf-8")
    with pytest.raises(InputError, match=r"study\.toml: .* is given twice"):
        designs.read(tmp_path / "study.toml")


def test_lists_of_experiments_claims_patterns_and_bridges_have_each_name_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file, table, read in (
        (trials.FILE, "trial", trials.read),
        (claims.FILE, "claim", claims.read),
    ):
        path = tmp_path / file.name
        path.write_text(doubled(file.read_text(encoding="utf-8"), table), encoding="utf-8")
        with pytest.raises(InputError, match=f"{file.name}: .* is given twice"):
            read(path)
    plan = (PLANS / "history-2025Q4.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(doubled(plan, "pattern"), encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.toml: pattern '.*' is given twice"):
        load_plan("mine", tmp_path)
    (tmp_path / "bridges.toml").write_text(
        doubled(bridges.FILE.read_text(encoding="utf-8"), "bridge"), encoding="utf-8"
    )
    monkeypatch.setattr(bridges, "FILE", tmp_path / "bridges.toml")
    bridges.declared.cache_clear()
    try:
        with pytest.raises(InputError, match=r"bridges\.toml: series '.*' is given twice"):
            bridges.declared()
    finally:
        bridges.declared.cache_clear()
