"""Sliders stand within what is declared, change nothing where they stand at first, and lay dated changes elsewhere."""

from __future__ import annotations

import pytest

from experiments import scenarios
from experiments.whatif import sliders
from experiments.whatif.question import Question, refuse
from sim.errors import InputError
from sim.shocks import Shock

BASE = scenarios.load(sliders.BASE)
ALL = sliders.read()


@pytest.mark.parametrize("slider", ALL.values(), ids=ALL.keys())
def test_a_slider_goes_no_further_than_its_parameters_may(slider: sliders.Slider) -> None:
    steps = (slider.high - slider.low) / slider.step
    assert steps == pytest.approx(round(steps))
    assert slider.read(slider.text(slider.neutral)) == pytest.approx(slider.neutral)
    assert slider.low <= slider.neutral <= slider.high
    for end in (slider.low, slider.high):
        for shock, one in zip(slider.shocks(end, 0, BASE.start), slider.declared, strict=False):
            reach = [shock.apply(one.low * 1.0), shock.apply(one.high * 1.0)] if slider.change != "set" else [end]
            assert all(one.allowed[0] <= value <= one.allowed[1] for value in reach)


@pytest.mark.parametrize("slider", [one for one in ALL.values() if one.change == "set"], ids=lambda one: one.name)
def test_where_a_slider_stands_at_first_is_what_every_world_has(slider: sliders.Slider) -> None:
    """A value is neutral when setting it does nothing: the model itself says so."""
    assert len({one.default for one in slider.declared}) == 1
    quarters = (slider.first or "2026Q1", slider.last or "2040Q4")
    held = [
        Shock(parameter=name, quarters=quarters, source="x", set=slider.neutral, where=name) for name in slider.names
    ]
    said = BASE.with_changes("x", "x", {}, tuple(held)).idle_shocks(scenarios.catalogue_of(BASE), 20)
    assert len(said) == len(held)


def test_sliders_at_rest_ask_nothing() -> None:
    at_rest = {one.name: one.text(one.neutral) for one in ALL.values()}
    assert sliders.positions(at_rest) == {}
    assert sliders.changes({}, BASE) == ()


def test_a_delay_moves_remedies_and_their_announcement_and_nothing_else() -> None:
    soon, late = ({"fee_ban": 1.0, "exit_fees": 0.0, **more} for more in ({}, {"delay": 4.0}))
    first, second = (sliders.changes(at, BASE) for at in (soon, late))
    assert {(one.quarters[0], one.announced) for one in first} == {("2027Q2", "2026Q4"), ("2026Q1", None)}
    assert {(one.quarters[0], one.announced) for one in second} == {("2028Q2", "2027Q4"), ("2026Q1", None)}
    assert sliders.idle({"delay": 4.0, "quality": 0.2}) != [] and sliders.idle(late) == []


def test_a_position_is_put_on_its_step_and_one_out_of_reach_is_refused() -> None:
    assert sliders.positions({"foundry": "0.6000001"}) == {"foundry": 0.6}
    for text in ("9", "nan", "", "much"):
        with pytest.raises(InputError, match=r"Foundry shock: .* give a number from 0\.3 to 1\.2"):
            sliders.positions({"foundry": text})
    with pytest.raises(InputError, match="exit_fees"):
        sliders.positions({"exit_fee": "1"})


def test_what_is_asked_holds_cards_and_sliders_and_refuses_what_contradicts() -> None:
    at = {"ties": 0.5}
    asked = Question(BASE, name=sliders.words(at), changes=sliders.changes(at, BASE))
    refuse(asked)
    assert asked.called == "Exclusivity at 0.50 times today's"
    assert {one.parameter for one in asked.scenario.shocks[len(BASE.shocks) :]} == set(ALL["ties"].names)
    twice = sliders.changes({"fee_ban": 1.0}, BASE) + sliders.changes({"fee_ban": 0.5}, BASE)
    with pytest.raises(InputError, match="contradict"):
        refuse(Question(BASE, changes=twice))
