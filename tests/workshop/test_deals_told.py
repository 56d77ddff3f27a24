"""What comes of deals: what reaches the game, what is told of it, and what going back leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.workshop.room import rooms
from tests.workshop.stage import TERMS, Room
from workshop import conduct, deal_words, deals, people
from workshop.people import Handed


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_what_is_agreed_reaches_both_decisions_and_what_is_not_goes_out(room: Room) -> None:
    room.offer()
    room.offer(to="openai")
    deals.answer(room.rooms, room.id, "anthropic", "0", True)
    deals.sign(room.rooms, room.id, "aws", "openai", False)
    room.rooms.lock(room.id)
    none: dict[str, Any] = {"signs": {}, "now": {}, "later": {}}
    assert room.stage.asked == {
        "aws": {"signs": {"openai": False}, "agreed": {"anthropic": TERMS}, "now": {"openai": TERMS}, "later": {}},
        "anthropic": {**none, "agreed": {"aws": TERMS}},
    }


def test_going_back_brings_offers_open_again_and_answers_as_drafts(room: Room) -> None:
    room.offer()
    deals.answer(room.rooms, room.id, "anthropic", "0", True)
    deals.sign(room.rooms, room.id, "aws", "openai", True)
    room.rooms.lock(room.id)
    conduct.publish(room.rooms, room.id)
    conduct.rewind(room.rooms, room.id, 1)
    state = room.state
    assert [(one.number, one.turn, one.status) for one in state.dealing.offers] == [(0, 1, "open")]
    assert state.dealing.signs(1, "aws") == {"openai": True}
    fresh = rooms(Path(str(room.rooms.log.engine.url.database)).parent, room.clock, room.stage)
    assert fresh.state(room.id).dealing == state.dealing


def test_going_back_to_a_turn_that_is_not_played_yet_loses_nothing(room: Room) -> None:
    """Drafts, what came too late, offers, messages, reasons, guesses and more time, also over two rewinds."""
    handed = Handed("aws", {"order": "700"}, 0, why="supply binds")
    people.save(room.rooms, room.id, handed)
    people.guess(room.rooms, room.id, "a phone", "31")
    room.offer()
    deals.sign(room.rooms, room.id, "aws", "openai", False)
    deals.message(room.rooms, room.id, "aws", {"to": "anthropic", "text": "Shall we?"})
    conduct.ease(room.rooms, room.id, "anthropic", "50")
    before = room.state
    for number in (1, 2):
        state = conduct.rewind(room.rooms, room.id, 1)
        assert (state.branch, state.phase, state.turn) == (number, "briefing", 1)
        assert state.seats["aws"].answers == {"order": "700"}
        assert state.dealing == before.dealing
        assert state.guesses == before.guesses
    people.save(room.rooms, room.id, Handed("aws", {"order": "710"}, state.seats["aws"].revision))
    conduct.open_turn(room.rooms, room.id)
    room.rooms.lock(room.id)
    late = Handed("aws", {"order": "720"}, room.state.seats["aws"].revision)
    people.submit(room.rooms, room.id, late)
    assert conduct.rewind(room.rooms, room.id, 1).seats["aws"].answers == {"order": "720"}
    fresh = rooms(Path(str(room.rooms.log.engine.url.database)).parent, room.clock, room.stage)
    assert fresh.state(room.id) == room.state


def test_what_came_of_an_offer_is_told_when_it_is_published(room: Room) -> None:
    room.offer()
    deals.answer(room.rooms, room.id, "anthropic", "0", True)
    signed = {"quarter": "2026Q1", "cloud": "aws", "lab": "anthropic", "family": 2, "chip": "Trainium"}
    room.stage.struck = [{**signed, "mw": 300.0, "price": 1.5}]
    room.rooms.lock(room.id)
    offer = room.state.dealing.offers[0]
    assert deal_words.fate(room.state, offer) == "agreed: signed when the turn is played"
    conduct.publish(room.rooms, room.id)
    assert deal_words.fate(room.state, offer) == "signed"
    assert deal_words.news(room.state, "aws") == [
        "2026Q1: signed with Anthropic, 300 MW on Trainium at $1.50 an H100e-hour."
    ]


def test_an_offer_to_a_bot_of_a_turn_of_two_quarters_has_lapsed_after_it(room: Room) -> None:
    room.offer(to="openai")
    assert "bot answers" in deal_words.fate(room.state, room.state.dealing.offers[0])
    room.rooms.lock(room.id)
    conduct.publish(room.rooms, room.id)
    assert deal_words.fate(room.state, room.state.dealing.offers[0]) == "not signed; it has lapsed"


def test_a_path_is_dated_from_the_quarter_in_which_it_is_signed(room: Room) -> None:
    assert deals.first_step(room.state, TERMS) == [("2027Q1", 100.0), ("2027Q2", 200.0), ("2027Q3", 300.0)]
    assert ("Path", "100 MW in 2027Q1, 200 MW, 300 MW from 2027Q3 to 2030Q4") in deal_words.terms(room.state, TERMS)


def test_small_offers_are_a_line_and_no_question(room: Room) -> None:
    shown = room.state.brief["seats"]["aws"]["deals"]["standing"]
    assert deal_words.small(room.state, "aws") == ""
    shown[0] = {**shown[0], "terms": {**TERMS, "mw": 2.5}}
    assert deal_words.waiting(room.state, "aws") == []
    assert deal_words.small(room.state, "aws") == (
        "Small offers, 2.5 MW together, of OpenAI: the rule of thumb signs 1 of 1."
    )


def test_what_came_of_each_offer_stands_with_the_result(room: Room) -> None:
    room.offer()
    room.offer(to="openai")
    deals.answer(room.rooms, room.id, "anthropic", "0", False)
    room.rooms.lock(room.id)
    assert deal_words.came_of(room.state, "aws") == []
    conduct.publish(room.rooms, room.id)
    assert deal_words.came_of(room.state, "aws") == [
        "Your offer to Anthropic, 300 MW: declined.",
        "Your offer to OpenAI, 300 MW: not signed; it has lapsed.",
    ]
    assert deal_words.came_of(room.state, "anthropic") == ["The offer of AWS, 300 MW: declined."]
    assert deal_words.came_of(room.state, "nvidia") == []
