"""A log keeps the quarters before its game: the same scenario comes out of the file, and the same past is played."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from experiments import scenarios
from experiments.batch import engine
from experiments.library import LIBRARY
from experiments.play import log_file
from experiments.play.log import Logbook
from experiments.play.log_file import ScenarioContent
from sim.errors import InputError
from sim.scenario import Scenario
from sim.shocks import Shock
from tests.game.play import play

CUT = Shock(parameter="demand_level", quarters=("2024Q2", "2024Q3"), multiply_by=0.9, source="a test")


def free(name: str = "baseline") -> Scenario:
    """A scenario whose worlds draw from declared ranges."""
    found = scenarios.files.load(name, LIBRARY)
    assert found.prelude is not None
    return replace(found, ensemble="", prelude=replace(found.prelude, ensemble=""))


@pytest.mark.parametrize("name", ["baseline", "backtest"])
def test_a_scenario_comes_out_of_a_log_as_it_went_in(name: str) -> None:
    scenario = free(name)
    assert scenario.prelude is not None
    scenario = replace(scenario, prelude=replace(scenario.prelude, shocks=(CUT,)))
    text = ScenarioContent.of(scenario).model_dump_json(exclude_none=True)
    again = ScenarioContent.model_validate_json(text).scenario()
    assert again.digest == scenario.digest and again.calendar == scenario.calendar
    assert again.prelude is not None and again.prelude.prelude is None
    assert again == replace(scenario, file="", prelude=replace(scenario.prelude, file=""))
    assert again.prelude.shocks == (CUT,)


def test_a_log_without_quarters_before_says_nothing_of_them() -> None:
    content = ScenarioContent.of(replace(free(), prelude=None))
    assert content.scenario().prelude is None
    assert "prelude" not in json.loads(content.model_dump_json(exclude_none=True))


@pytest.mark.whole
def test_a_game_from_a_log_has_the_past_of_its_scenario(tmp_path: Path) -> None:
    path = tmp_path / "g" / "game.json"
    Logbook.begin(path, scenario=free(), seed=5, quarters=1, draw=True, level=3, seats={"aws": log_file.PERSON})
    book = Logbook.load(path)
    assert book.scenario.digest == free().digest
    with engine.opened(book.cell({})) as game:
        before = game.records.before
        assert before is not None and before.quarters_played[0] == "2024Q1"
        world = book.content.first_world
        played = play(free(), 1, 1, seed=5, first_world=world)
        assert played.before is not None and before.digest() == played.before.digest()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("start", 2023, "game.json: scenario prelude start = 2023: it must be a valid string."),
        ("bottom", "x", "game.json: scenario prelude bottom = 'x': there is no such key."),
        ("start", "2023Q3", "game.json: "),  # another past than the one that was written
    ],
)
def test_a_past_that_was_changed_by_hand_is_refused(tmp_path: Path, key: str, value: object, said: str) -> None:
    path = tmp_path / "game.json"
    Logbook.begin(path, scenario=free(), seed=5, quarters=1, draw=True, level=3, seats={"aws": log_file.PERSON})
    content = json.loads(path.read_text(encoding="utf-8"))
    content["scenario"]["prelude"][key] = value
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Logbook.load(path)
    assert str(caught.value).startswith(said) and "\n" not in str(caught.value)
