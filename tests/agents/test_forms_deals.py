"""What people say of deals at a form: how much power is offered where, and what is signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from agents.forms import form
from agents.roster import cast
from agents.seats import Heard
from agents.strategies import default_for
from experiments import scenarios
from sim.contract import expected, validated
from sim.game import Game
from sim.roster import load_roster

BASE = scenarios.load("baseline")
ROSTER = load_roster(BASE.roster)
ROLES = {"aws": "cloud", "anthropic": "lab"}


@pytest.fixture(scope="module")
def heard() -> Iterator[dict[str, Heard]]:
    """Three quarters: labs offer in the first, clouds answer in the second."""
    seats = {party: Heard(default_for(role).maker()) for party, role in ROLES.items()}
    game = Game(BASE, cast(seats=seats), worlds=1, quarters=3)
    game.run()
    game.close()
    yield seats


def test_a_cloud_offers_evenly_and_of_its_own_chip(heard: dict[str, Heard]) -> None:
    own, market, rule = heard["aws"].kept[0]
    decision = form(ROSTER, "aws", 5).decide({"deals": 600.0}, own, market, rule)
    validated(decision, expected(ROSTER, 1)["aws"], "aws", "2026Q1")
    assert decision.deal_mw.tolist() == [[100.0] * len(ROSTER.labs)]
    assert set(decision.deal_family[0]) == {float(ROSTER.families.index("trainium"))}
    assert (decision.order_mw == rule.order_mw).all()


def test_a_lab_offers_as_the_rule_does_or_by_its_mix(heard: dict[str, Heard]) -> None:
    """In a quarter in which the rule offers, more of the same; in another most goes where most is held and stands."""
    one = form(ROSTER, "anthropic", 5)
    own, market, rule = heard["anthropic"].kept[1]
    assert not rule.deal_mw.any()
    decision = one.decide({"deals": 500.0}, own, market, rule)
    assert decision.deal_mw.sum() == pytest.approx(500.0)
    assert decision.deal_mw[0].argmax() == ROSTER.owners.index("aws")
    asks = replace(rule, deal_mw=np.where(np.arange(len(ROSTER.owners)) < 2, 40.0, 0.0)[None])
    twice = one.decide({"deals": 150.0}, own, market, asks)
    assert twice.deal_mw[0, :2].tolist() == [75.0, 75.0] and not twice.deal_mw[0, 2:].any()


def test_yes_signs_what_stands_and_nothing_else(heard: dict[str, Heard]) -> None:
    one = form(ROSTER, "aws", 7)
    own, market, rule = heard["aws"].kept[1]
    offered = np.zeros_like(own.offered_mw)
    offered[0, 1] = 50.0
    own, rule = replace(own, offered_mw=offered), replace(rule, deal_accept=np.zeros_like(offered))
    assert one.decide({"sign": "yes"}, own, market, rule).deal_accept.tolist() == (offered > 0.0).tolist()
    agreed = replace(rule, deal_accept=(offered > 0.0).astype(float))
    assert not one.decide({"sign": "no"}, own, market, agreed).deal_accept.any()
    assert one.decide({"sign": "yes"}, own, market, agreed) is agreed
