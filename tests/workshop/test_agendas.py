"""Agendas that ship: their seats exist, their minutes fit, and every seat of people has a brief."""

from __future__ import annotations

import pytest

from agents.forms import LEVELS, form
from experiments import scenarios
from sim.errors import InputError
from sim.roster import load_roster
from workshop import agenda
from workshop.setup import HUMAN


@pytest.mark.parametrize("name", agenda.names())
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


@pytest.mark.parametrize("name", agenda.names())
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
