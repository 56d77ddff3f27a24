"""The game behind a session: people's answers reach it, it can be built again from its log, cards keep the past."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.library import shock_names
from experiments.play import log_file, replay
from experiments.play.fork import Fork
from experiments.play.log import Logbook
from sim.errors import InputError
from tests.workshop.events import setup
from workshop import brief, forks, table
from workshop.setup import HUMAN
from workshop.table import Task

SETUP = setup(turns=2, quarters_a_turn=2, unplayed=1)
TASK = Task(SETUP, (), (), ("aws", "nvidia"))
HOLDERS = dict(SETUP.seats)


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    return table.dealt(TASK)


@pytest.fixture(scope="module")
def turn(shown: dict[str, Any]) -> dict[str, Any]:
    return table.played(TASK, {"aws": {"order": "400", "exit_fee": "0"}}, HOLDERS, 2)


def after(turn: dict[str, Any]) -> Task:
    return replace(TASK, quarters=tuple(turn["quarters"]))


@pytest.mark.whole
def test_every_seat_has_a_board_and_a_lawful_start(shown: dict[str, Any]) -> None:
    assert shown["quarter"] == "2026Q1"
    assert set(shown["seats"]) == set(SETUP.seats)
    for seat in shown["seats"].values():
        assert seat["board"]
        assert set(seat["start"]) == set(seat["rule"])
        assert len(seat["start"]) == SETUP.level
        assert seat["last"] is None


def test_an_answer_becomes_the_decision_in_each_quarter_of_the_turn(turn: dict[str, Any]) -> None:
    orders = [sum(one["decisions"]["aws"]["order_mw"][0]) for one in turn["quarters"]]
    fees = [one["decisions"]["aws"]["exit_fee_years"][0] for one in turn["quarters"]]
    assert orders == pytest.approx([400.0, 400.0])
    assert fees == [0.0, 0.0]


def test_a_warning_in_words_comes_before_ruin_and_builds_no_game(shown: dict[str, Any]) -> None:
    assert table.dealt(TASK) == shown  # the game is at hand
    (power,) = [one for one in table.minded(TASK, "aws", {"order": "9000"}, {}) if "stand dark" in one]
    assert "MW more than you have power for" in power
    assert not [one for one in table.minded(TASK, "aws", {"order": "0"}, {}) if "stand dark" in one]
    table._KEPT.clear()
    assert table.minded(TASK, "aws", {"order": "9000"}, {}) == [] and not table._KEPT


def test_a_turn_tells_its_quarters_and_what_comes_next(turn: dict[str, Any]) -> None:
    assert [one["quarter"] for one in turn["yardsticks"]] == ["2026Q1", "2026Q2"]
    assert turn["brief"]["quarter"] == "2026Q3"
    assert turn["brief"]["seats"]["aws"]["last"]["got"] == turn["outcomes"]["aws"]["got"]
    assert turn["brief"]["seats"]["aws"]["start"]["order"] == turn["brief"]["seats"]["aws"]["rule"]["order"]


@pytest.mark.whole
def test_a_game_built_again_from_its_log_goes_on_with_the_same_bits(turn: dict[str, Any]) -> None:
    kept = table.played(after(turn), {}, HOLDERS, 3)
    table._KEPT.clear()
    again = table.played(after(turn), {}, HOLDERS, 3)
    assert [one["digest"] for one in kept["quarters"]] == [one["digest"] for one in again["quarters"]]
    assert kept["outcomes"] == again["outcomes"]
    assert again["brief"] is None


def test_a_game_that_is_behind_is_gone_on_with_and_one_that_is_ahead_is_not(
    turn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who played none of it, one quarter of it and all of it shows the same; an earlier task gets a game of its own."""
    monkeypatch.setattr(table, "_KEPT", OrderedDict())
    whole = after(turn)
    half, other = replace(whole, quarters=whole.quarters[:1]), replace(whole, setup=replace(SETUP, seed=8))
    table.dealt(half)
    (kept,) = table._KEPT.values()
    assert table.dealt(whole) == turn["brief"] and list(table._KEPT.values()) == [kept]
    assert list(table._KEPT) == [whole.key] and kept.game.quarter == 2
    table.dealt(TASK)
    assert kept.game.quarter == 2 and len(table._KEPT) == 2 and not whole.follows(other.key)


def test_a_log_that_was_changed_is_refused(turn: dict[str, Any]) -> None:
    changed = [{**turn["quarters"][0], "digest": "0"}, *turn["quarters"][1:]]
    with pytest.raises(InputError, match="2026Q1 does not come out"):
        table.dealt(replace(TASK, quarters=tuple(changed)))


@pytest.mark.whole
def test_a_card_leaves_the_past_and_moves_what_follows(turn: dict[str, Any]) -> None:
    card = {"card": "packaging-crunch", "from": "2026Q3"}
    struck = replace(after(turn), cards=(card,))
    scenario = table.scenario_of(SETUP, struck.cards)
    assert scenario.shocks[-1].quarters[0] == "2026Q3"
    table.dealt(struck)
    moved, usual = (table.played(one, {}, HOLDERS, 3)["quarters"][-1] for one in (struck, after(turn)))
    assert moved["digest"] != usual["digest"]


@pytest.mark.parametrize("card", shock_names())
def test_a_card_that_is_announced_begins_with_its_announcement(card: str) -> None:
    own = table.scenario_of(SETUP, ({"card": card, "from": "2026Q4"},)).shocks
    assert min(one.announced or one.quarters[0] for one in own) == "2026Q4"


def test_the_file_is_a_log_that_replays_and_forks(turn: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "game.json"
    log_file.write(path, table.book_of(after(turn)).content)
    book = Logbook.load(path)
    assert book.people == ("aws", "nvidia")
    found = replay.check(book)
    assert (found.status, found.bits) == (0, True)


@pytest.mark.whole
@pytest.mark.parametrize("others", ["recorded", "skilled"])
def test_a_fork_has_bands_that_start_where_its_worlds_part(turn: dict[str, Any], others: str) -> None:
    found = forks.forked(after(turn), Fork(1, 4, others), 5)
    assert found["from"] == "2026Q2"
    assert [one["quarter"] for one in found["rows"]] == ["2026Q2", "2026Q3", "2026Q4"]
    for row in found["rows"]:
        for low, middle, high in row["room"].values():
            assert low <= middle <= high
    assert "chance differs" in found["assumes"]


def test_a_person_who_answers_nothing_holds_what_the_form_starts_with(shown: dict[str, Any]) -> None:
    quiet = table.played(TASK, {}, HOLDERS, 1)
    typed = table.played(TASK, {"aws": shown["seats"]["aws"]["start"]}, HOLDERS, 1)
    assert quiet["quarters"][0]["digest"] == typed["quarters"][0]["digest"]
    assert HOLDERS["aws"] == HUMAN


def test_what_belongs_to_a_figure_stands_with_it() -> None:
    figures = [("Tying", "idle"), ("proof", "5%"), ("next", "order info"), ("Your last step:", "none")]
    assert brief.joined(figures) == [["Tying", "idle; proof 5%; next order info"], ["Your last step", "none"]]
