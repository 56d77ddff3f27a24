"""Deals of seats in the market itself: what reaches decisions, when, and what is signed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.workshop.events import setup
from workshop import table
from workshop.dealing import Dealing, Offer, clauses
from workshop.setup import HUMAN
from workshop.table import Table, Task

SEATS = {"aws": HUMAN, "anthropic": HUMAN, "google": "steady", "openai": "steady"}
SETUP = setup(level=5, seats=SEATS, turns=2, quarters_a_turn=2)
TASK = Task(SETUP, (), (), ("aws", "anthropic"))
PEOPLE = frozenset({"aws", "anthropic"})
TERMS = {"mw": 300.0, "family": 2.0, "start_quarters": 4.0, "term_quarters": 16.0, "price_usd": 1.5}
TERMS |= {"take_or_pay": 0.8, "equity_musd": 0.0}
AWS, ANTHROPIC, OPENAI = 0, 1, 0
"""Places in the roster: of a cloud, and of labs."""


def play(said: dict[str, Any], task: Task = TASK) -> dict[str, Any]:
    """A turn with the defaults and these deals."""
    return table.played(task, {}, dict(SEATS), 2, said)


def said(*offers: Offer) -> dict[str, Any]:
    return clauses(Dealing(offers), 1, PEOPLE)


@pytest.fixture(scope="module")
def agreed() -> dict[str, Any]:
    return play(said(Offer(0, 1, "aws", "anthropic", TERMS, "accepted")))


@pytest.fixture(scope="module")
def waits() -> dict[str, Any]:
    return play(said(Offer(0, 1, "anthropic", "aws", TERMS), Offer(1, 1, "aws", "openai", {**TERMS, "mw": 200.0})))


def decided(turn: dict[str, Any], quarter: int, party: str, name: str) -> list[float]:
    found: list[float] = turn["quarters"][quarter]["decisions"][party][f"deal_{name}"][0]
    return found


@pytest.mark.whole
def test_a_seat_sees_with_whom_it_may_sign_and_what_it_has_signed() -> None:
    shown = table.dealt(TASK)["seats"]
    aws = shown["aws"]["deals"]
    assert [one["party"] for one in aws["partners"]][:2] == ["openai", "anthropic"]
    assert aws["partners"][1]["families"] == [[0, "Nvidia GPU"], [2, "Trainium"]]
    assert [quarter for quarter, _ in aws["ahead"]] == ["2026Q1", "2027Q1", "2028Q1", "2029Q1"]
    meta = [one["party"] for one in shown["anthropic"]["deals"]["partners"]]
    assert "aws" in meta and "meta" not in meta  # an own fleet lets nothing


def test_what_both_agreed_is_named_by_both_in_one_quarter_and_struck_at_its_price(agreed: dict[str, Any]) -> None:
    assert decided(agreed, 0, "aws", "mw")[ANTHROPIC] == decided(agreed, 0, "anthropic", "mw")[AWS] == 300.0
    assert sum(decided(agreed, 1, "aws", "mw")) == sum(decided(agreed, 1, "anthropic", "mw")) == 0.0
    (mine,) = [one for one in agreed["outcomes"]["anthropic"]["deals"] if one["cloud"] == "aws"]
    assert (mine["quarter"], mine["family"], mine["price"]) == ("2026Q1", 2, pytest.approx(1.5))
    assert mine["mw"] == pytest.approx(300.0, rel=0.02)  # a lab that left part of a deal signs that much more


def test_what_was_struck_stands_on_both_boards(agreed: dict[str, Any]) -> None:
    silent = play({})
    for party in ("aws", "anthropic"):
        with_it, without = (dict(one["brief"]["seats"][party]["deals"]["ahead"])["2028Q3"] for one in (agreed, silent))
        assert with_it - without == pytest.approx(300.0, rel=0.25)  # a MW holds more capacity every quarter


def test_an_offer_to_people_is_made_in_the_last_quarter_and_stands_in_their_briefing(waits: dict[str, Any]) -> None:
    assert decided(waits, 0, "anthropic", "mw")[AWS] == 0.0
    assert decided(waits, 1, "anthropic", "mw")[AWS] == 300.0
    (standing,) = [one for one in waits["brief"]["seats"]["aws"]["deals"]["standing"] if one["party"] == "anthropic"]
    assert standing["terms"] == TERMS


def test_an_offer_to_a_bot_is_made_at_once_and_answered_in_the_turn(waits: dict[str, Any]) -> None:
    assert decided(waits, 0, "aws", "mw")[OPENAI] == 200.0
    assert decided(waits, 1, "aws", "mw")[OPENAI] == 0.0
    accepted = decided(waits, 1, "openai", "accept")[AWS] == 1.0
    struck = any(one["lab"] == "openai" for one in waits["outcomes"]["aws"]["deals"])
    assert accepted == struck  # at a named price the market signs what is accepted


def test_offers_of_bots_to_people_wait_until_they_can_be_answered(waits: dict[str, Any]) -> None:
    """Labs offer in the first quarter of a year: those of labs that play for themselves stand in AWS's next
    briefing."""
    offers = {one["party"] for one in waits["brief"]["seats"]["aws"]["deals"]["standing"]}
    assert {"mistral", "xai"} & offers
    for lab in offers - {"anthropic"}:
        assert decided(waits, 0, lab, "mw")[AWS] == 0.0
        assert decided(waits, 1, lab, "mw")[AWS] > 0.0


@pytest.mark.whole
def test_an_answer_is_taken_and_silence_is_the_rule_of_thumbs(waits: dict[str, Any]) -> None:
    later = replace(TASK, quarters=tuple(waits["quarters"]))
    standing = {one["party"]: one["rule"] for one in waits["brief"]["seats"]["aws"]["deals"]["standing"]}
    silent = play({}, later)
    labs = Table(TASK).game.roster.labs
    for lab, rule in standing.items():
        assert decided(silent, 0, "aws", "accept")[labs.index(lab)] == float(rule)
    answered = play({"aws": {"signs": {"anthropic": False}}}, later)
    assert decided(answered, 0, "aws", "accept")[ANTHROPIC] == 0.0
    yes = play({"aws": {"signs": {"anthropic": True}}}, later)
    assert [one["price"] for one in yes["outcomes"]["aws"]["deals"] if one["lab"] == "anthropic"] == [
        pytest.approx(1.5)
    ]


@pytest.mark.whole
def test_a_game_with_deals_is_built_again_from_its_log(agreed: dict[str, Any]) -> None:
    table._KEPT.clear()
    again = table.dealt(replace(TASK, quarters=tuple(agreed["quarters"])))
    assert again["seats"]["aws"]["deals"] == agreed["brief"]["seats"]["aws"]["deals"]


@pytest.mark.whole
def test_without_deals_by_name_a_turn_of_one_quarter_is_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a turn of a quarter nothing waits: seats that say nothing of deals play as the form alone has it."""
    single = replace(TASK, setup=setup(level=5, seats=SEATS))
    spoken = Table(single)
    spoken.play({}, SEATS, 1, {})
    plain = Table(single)
    monkeypatch.setattr(Table, "_clauses", lambda *given: None)
    plain.play({}, SEATS, 1)
    assert spoken.book.content.played[0].digest == plain.book.content.played[0].digest
