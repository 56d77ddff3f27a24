"""Agendas that ship: their seats exist, their minutes fit, and every seat of people has a brief."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from agents.forms import LEVELS, form
from experiments import scenarios
from sim.errors import InputError
from sim.roster import load_roster
from workshop import agenda
from workshop.alternatives import VARIANTS
from workshop.setup import HUMAN

WITH_TURNS = [name for name in agenda.names() if not agenda.agenda(name).cycle]


@pytest.mark.parametrize("name", WITH_TURNS)
def test_an_agenda_fits_its_roster_and_its_time(name: str) -> None:
    plan = agenda.agenda(name)
    roster = load_roster(scenarios.load(plan.scenario).roster)
    assert plan.level in LEVELS
    for party in (*plan.seats, *plan.briefs):
        assert form(roster, party, plan.level).questions
    assert set(plan.seats) <= set(plan.briefs)
    minutes = [scene.minute for scene in plan.script]
    assert minutes == sorted(minutes) and minutes[0] == 0 and minutes[-1] < plan.minutes
    assert plan.turns * plan.seconds < 60 * plan.minutes


@pytest.mark.parametrize("name", WITH_TURNS)
def test_a_third_of_the_time_is_left_when_the_turns_are_over(name: str) -> None:
    plan = agenda.agenda(name)
    debrief = next(scene.minute for scene in plan.script if "silent" in scene.title)
    assert plan.minutes - debrief >= plan.minutes / 3


def test_a_demo_has_bots_in_every_seat() -> None:
    setup = agenda.agenda("a").setup("a", 1, demo=True)
    assert HUMAN not in setup.seats.values()
    assert setup.quarters == setup.turns * setup.quarters_a_turn + setup.unplayed
    assert sum(setup.quarters_of(turn) for turn in range(1, setup.turns + 1)) == setup.quarters


def test_an_agenda_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(InputError, match="unknown agenda 'z'"):
        agenda.agenda("z")


SEATED = [name for name in agenda.names() if agenda.agenda(name).seats]


@pytest.mark.parametrize("name", SEATED)
def test_an_agenda_with_seats_has_all_its_sheets(name: str) -> None:
    plan = agenda.agenda(name)
    assert len(plan.check) == 6 and len({one.question for one in plan.check}) == 6
    assert plan.rules and plan.observe and plan.predictions and plan.forks
    assert {*plan.forks, *(one.told_by for one in plan.predictions)} <= set(VARIANTS)


@pytest.mark.parametrize("name", SEATED)
def test_the_turns_fit_between_practice_and_debrief(name: str) -> None:
    """Time to decide, and a minute to look at each turn, in what the script leaves for turns."""
    plan = agenda.agenda(name)
    minutes = [scene.minute for scene in plan.script]
    given = 0
    for here, following in pairwise(plan.script):
        if "urns" in here.title:
            given += following.minute - here.minute
    setup = plan.setup(name, 1)
    asked = sum(setup.seconds_of(turn) / 60.0 + 1.0 for turn in range(1, plan.turns + 1))
    assert minutes[0] == 0 and asked <= given


def test_turns_have_times_of_their_own_and_the_last_holds_on() -> None:
    setup = agenda.agenda("a").setup("a", 1)
    assert [setup.seconds_of(turn) for turn in (1, 4)] == [setup.seconds] * 2
    paced = replace(setup, pace=[400, 300])
    assert [paced.seconds_of(turn) for turn in (1, 2, 3)] == [400, 300, 300]


def test_the_seed_lays_a_card_on_one_of_its_turns() -> None:
    plan = agenda.agenda("c")
    (card,) = plan.cards
    turns = [card.turn(seed) for seed in range(60)]
    assert set(turns) == set(range(card.first, card.last + 1))
    (laid,) = plan.laid(3, "2025Q4")
    assert laid["from"] == f"{2026 + (card.turn(3) - 1) // 4}Q{(card.turn(3) - 1) % 4 + 1}"
    assert plan.laid(3, "2025Q4") == plan.laid(3, "2025Q4")


@pytest.mark.parametrize(
    "change", [{"windows": {"9": "talk"}}, {"cards": [{"card": "edge-surge", "first": 1, "last": 5}]}]
)
def test_what_a_turn_that_does_not_exist_would_get_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="there are 4 turns"):
        agenda.Agenda.model_validate({**agenda.agenda("a").model_dump(), **change})


def test_real_cases_have_a_source_and_a_question() -> None:
    for one in agenda.cases():
        assert one.source and one.ask.endswith("?")
