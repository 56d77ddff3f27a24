"""What can be asked, and what is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments import scenarios
from experiments.batch.engine import Size
from experiments.library import shock_names
from experiments.whatif.question import Question, ask, one_case, remarks
from sim.errors import InputError
from sim.scenario import Scenario

SIZE = Size(16, 20)


@pytest.fixture(scope="module")
def base() -> Scenario:
    return scenarios.load("baseline")


@pytest.mark.parametrize(
    ("words", "sets", "said"),
    [
        (["chip-tariff", "chip-tariff:high"], [], "'chip-tariff' is given 2 times"),
        (
            ["switching-charges-return", "switching-charges-banned"],
            [],
            "contradict each other: they set switching_fee_ban_eu to 0 and to 1 in 2027Q1",
        ),
        (
            ["exclusivity-banned:low", "investor-ties-banned"],
            [],
            "they set exclusivity_ban_us to 0.4 and to 0.7 in 2027Q3",
        ),
        (["anchor-tie-ends", "anchor-tie-tightens"], [], "they set investor_tie_share_anthropic to 0.05 and to 0.65"),
        (["chip-tariff"], ["accelerator_tariff=0.3"], "--set: accelerator_tariff=0.3 and 'chip-tariff', which sets it"),
        ([], ["demand_level"], "--set: 'demand_level' is not allowed; give parameter=number"),
        ([], ["demand_level=nan"], "--set: 'demand_level=nan' is not allowed"),
        ([], ["demand_level=0_9"], "--set: 'demand_level=0_9' is not allowed"),
        ([], ["demand_level=٠.٩"], "--set: 'demand_level=٠.٩' is not allowed"),
        ([], ["demand_levl=1.1"], "unknown parameter 'demand_levl'. Closest: 'demand_level'"),
        ([], ["demand_level=11"], "demand_level"),
        ([], ["demand_level=0.9", "demand_level=0.8"], "demand_level is given 0.9 and 0.8; give it once"),
        ([], ["managed_share=0.3"], "managed_share is read only by the base"),
    ],
)
def test_what_cannot_be_asked_is_refused(base: Scenario, words: list[str], sets: list[str], said: str) -> None:
    with pytest.raises(InputError) as refused:
        ask(base, words, sets)
    assert said in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("words", "sets", "said"),
    [
        (["chip-tariff:low"], [], "'chip-tariff:low' does nothing: accelerator_tariff is the same without it"),
        (["chip-tariff@2034Q1"], [], "'chip-tariff@2034Q1' lies outside the quarters played, 2026Q1 to 2030Q4"),
        (["switching-charges-return"], [], "switching_fee_ban_eu is the same without it"),
        ([], ["demand_level=1"], "--set: demand_level=1 does nothing: every world of baseline has that"),
    ],
)
def test_what_can_never_act_is_refused(base: Scenario, words: list[str], sets: list[str], said: str) -> None:
    with pytest.raises(InputError) as refused:
        remarks(ask(base, words, sets), SIZE)
    assert said in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("name", [one for one in shock_names() if one != "switching-charges-return"])
def test_every_card_acts_on_the_baseline(base: Scenario, name: str) -> None:
    """All but the one that takes back what the baseline does not have."""
    remarks(ask(base, [name]), SIZE)
    assert ask(base, [f"{name}:high"]).scenario.digest != base.digest


def test_a_change_that_does_nothing_beside_others_is_said(base: Scenario) -> None:
    """At its low level the card bans charges in the EU alone: two of its three changes do nothing."""
    said = remarks(ask(base, ["switching-charges-banned:low"]), SIZE)
    assert len(said) == 2 and all("switching_fee_ban_" in one for one in said)
    assert remarks(ask(base, ["switching-charges-banned"]), SIZE) == []


def test_the_order_of_cards_does_not_matter(base: Scenario) -> None:
    """Three cards move foundry capacity, two by factors and one over the same quarters; demand is a value and a
    factor."""
    words = ["process-gas", "taiwan-blockade@2026Q4", "packaging-crunch:low", "efficiency-leap"]
    one, other = ask(base, words, ["demand_level=1.2"]), ask(base, words[::-1], ["demand_level=1.2"])
    assert one.scenario.digest == other.scenario.digest and one.scenario.shocks == other.scenario.shocks
    assert one == other and one.called == other.called


def test_what_is_set_comes_before_factors(base: Scenario, tmp_path: Path) -> None:
    """A card of one's own sets demand to 0.5 of the path, another takes 15 % off: 0.425, in either order."""
    file = tmp_path / "half.toml"
    file.write_text(
        'title = "Half"\nbase = "baseline"\n[[shock]]\nparameter = "demand_level"\n'
        'quarters = ["2027Q1", "2027Q4"]\nset = 0.5\nsource = "mine"\n',
        encoding="utf-8",
    )
    words = [str(file), "efficiency-leap"]
    for order in (words, words[::-1]):
        shocks = ask(base, order).scenario.shocks
        assert [one.change for one in shocks] == ["set", "multiply_by"]
        value = np.ones(2)
        for one in shocks:
            value = one.apply(value)
        assert value == pytest.approx(0.425)


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("Dear chips: chip-tariff:high, demand_level=0.9", "Dear chips", "chip-tariff:high + demand_level=0.9"),
        ("chip-tariff:high", "", "chip-tariff:high"),
        ("Dear:chip-tariff@2027Q3", "Dear", "chip-tariff@2027Q3"),
        ("demand_level=0.9", "", "demand_level=0.9"),
        ("A = B: chip-tariff", "A = B", "chip-tariff"),
    ],
)
def test_a_case_may_have_a_title(base: Scenario, text: str, name: str, words: str) -> None:
    question = one_case(base, text)
    assert (question.name, question.words) == (name, words)


def test_a_slip_in_a_card_is_no_title(base: Scenario) -> None:
    with pytest.raises(InputError, match=r"unknown shock 'chip-tarif'\. Closest: 'chip-tariff'"):
        one_case(base, "chip-tarif:high")


def test_cards_that_set_the_same_value_compose(base: Scenario) -> None:
    """Both free labs of their ties at full strength in the US."""
    question = ask(base, ["exclusivity-banned:high", "investor-ties-banned:high"])
    assert {one.set for one in question.scenario.shocks if one.parameter == "exclusivity_ban_us"} == {1.0}


def test_a_card_that_the_base_holds_is_refused() -> None:
    with pytest.raises(InputError, match="is in packaging-crunch already"):
        ask(scenarios.load("packaging-crunch"), ["packaging-crunch"])


def test_a_question_is_called_by_what_is_laid_on(base: Scenario) -> None:
    question = ask(base, ["chip-tariff:high@2027Q3"], ["demand_level=0.9"])
    assert question.called == "chip-tariff:high@2027Q3 + demand_level=0.9"
    assert ask(base, ["chip-tariff"], name="Tariff").called == "Tariff"
    assert Question(base).called == "nothing changed" and Question(base).scenario.digest == base.digest
    every = ask(base, ["chip-tariff:high@2027Q3"], ["porting_factor_*=0.5", "demand_level=0.9"])
    assert len(every.sets) == 5 and every.headline == (
        "Chip tariff (high, from 2027Q3) + demand_level at 0.9 + porting_factor_* at 0.5"
    )
    assert every.shown(20) == "Chip tariff (high," + "…" and every.shown(200) == every.headline
    assert ask(base, [], ["porting_factor_eu=0.5", "porting_factor_us=0.5"]).words == (
        "porting_factor_eu=0.5 + porting_factor_us=0.5"
    )
