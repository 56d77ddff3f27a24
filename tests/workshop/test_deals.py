"""Deals and messages between seats: what may follow what, in a room whose game is played by hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.workshop.events import setup
from tests.workshop.room import rooms
from tests.workshop.stage import SEATS, TERMS, Room, Stage
from workshop import conduct, deal_words, deals
from workshop.dealing import Dealing, clauses
from workshop.log import New
from workshop.rooms import RefusedError


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_an_offer_holds_its_terms_and_the_other_side_alone_answers_it(room: Room) -> None:
    room.offer()
    assert room.state.dealing.offers[0].terms == TERMS
    assert [one.other for one in deal_words.waiting(room.state, "anthropic")] == ["aws"]
    for other in ("aws", "nvidia"):
        with pytest.raises(RefusedError, match="another team"):
            deals.answer(room.rooms, room.id, other, "0", True)
    deals.answer(room.rooms, room.id, "anthropic", "0", True)
    assert room.statuses() == ["accepted"]


def test_an_offer_to_people_that_nobody_answers_waits_for_the_next_briefing(room: Room) -> None:
    room.offer()
    said = clauses(room.state.dealing, 1, frozenset({"aws", "anthropic"}))
    assert (said["aws"]["later"], said["aws"]["now"], "anthropic" in said) == ({"anthropic": TERMS}, {}, False)
    bot = clauses(room.state.dealing, 1, frozenset({"aws"}))
    assert bot["aws"]["now"] == {"anthropic": TERMS}


def test_declined_and_taken_back_offers_never_reach_the_market(room: Room) -> None:
    room.offer()
    deals.answer(room.rooms, room.id, "anthropic", "0", False)
    room.offer(mw="400")
    deals.withdraw(room.rooms, room.id, "aws", "1")
    assert room.statuses() == ["declined", "withdrawn"]
    assert clauses(room.state.dealing, 1, frozenset(SEATS)) == {}


def test_a_new_offer_takes_the_place_of_the_open_one(room: Room) -> None:
    room.offer()
    room.offer(mw="400")
    assert room.statuses() == ["withdrawn", "open"]
    with pytest.raises(RefusedError, match="taken back"):
        deals.answer(room.rooms, room.id, "anthropic", "0", True)


def test_a_pair_agrees_once_a_turn_and_the_counter_offer_goes(room: Room) -> None:
    room.offer()
    room.offer("anthropic", "aws", mw="200")
    deals.answer(room.rooms, room.id, "aws", "1", True)
    assert room.statuses() == ["withdrawn", "accepted"]
    with pytest.raises(RefusedError, match="agreed on a deal in this turn already"):
        room.offer(mw="100")


def test_a_second_tap_changes_nothing(room: Room) -> None:
    once, twice = room.offer(), room.offer()
    assert once == twice
    for _ in range(2):
        deals.answer(room.rooms, room.id, "anthropic", "0", True)
        deals.message(room.rooms, room.id, "aws", {"to": "nvidia", "text": "hello"})
        deals.sign(room.rooms, room.id, "aws", "openai", True)
    kinds = [one.kind for one in room.rooms.log.events(room.id, 0)]
    assert [kinds.count(kind) for kind in ("offered", "answered", "messaged", "signed")] == [1, 1, 1, 1]


def test_of_two_tabs_that_answer_differently_one_is_told(room: Room) -> None:
    room.offer()

    def answers(yes: bool) -> bool:
        try:
            deals.answer(room.rooms, room.id, "anthropic", "0", yes)
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(2) as tabs:
        assert sorted(tabs.map(answers, (True, False))) == [False, True]


def test_an_answer_to_what_stands_may_change_until_the_lock(room: Room) -> None:
    assert deal_words.to_answer(room.state, "aws") == 1
    deals.sign(room.rooms, room.id, "aws", "openai", True)
    deals.sign(room.rooms, room.id, "aws", "openai", False)
    assert (deal_words.to_answer(room.state, "aws"), deal_words.waiting(room.state, "aws")[0].answer) == (0, "decline")
    with pytest.raises(RefusedError, match="No offer of this party stands"):
        deals.sign(room.rooms, room.id, "anthropic", "aws", True)


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"start_quarters": "-1"}, "before it is signed"),
        ({"start_quarters": "0"}, "before it is signed"),
        ({"start_quarters": "2"}, "give 4 to 8 quarters .* Closest: 4"),
        ({"term_quarters": "99"}, "give 12 to 40 quarters"),
        ({"mw": "1000"}, "900 MW at most"),
        ({"mw": "0"}, "Closest: 10"),
        ({"mw": "plenty"}, "is not a number"),
        ({"price_usd": "-3"}, "give 0 to 1000"),
        ({"take_or_pay": "120"}, "give 0 to 100 %"),
        ({"family": "Abacus"}, "give Nvidia GPU or Trainium"),
        ({"to": "aws"}, "takes two"),
        ({"to": "antropic"}, "nobody whom you may sign .* Closest: 'anthropic'"),
        ({"to": "nvidia"}, "nobody whom you may sign"),
    ],
)
def test_an_offer_out_of_range_gets_a_sentence(room: Room, terms: dict[str, str], sentence: str) -> None:
    with pytest.raises(RefusedError, match=sentence) as refused:
        room.offer(**terms)
    assert refused.value.status == 422
    assert room.state.dealing == Dealing()


def test_who_signs_no_deals_offers_none(room: Room) -> None:
    with pytest.raises(RefusedError, match="clouds and labs do"):
        room.offer("nvidia", "aws")


def test_after_the_lock_and_its_grace_deals_are_closed(room: Room) -> None:
    room.clock.time += 216
    with pytest.raises(RefusedError, match="time is up"):
        room.offer()
    room.state  # noqa: B018 - a page is looked at, which locks what is due
    with pytest.raises(RefusedError, match=r"are closed|lapsed"):
        room.offer()


def test_messages_go_to_teams_only_and_not_without_end(room: Room) -> None:
    write = {"to": "anthropic", "text": "  <script>alert(1)</script>\nsee you  "}
    deals.message(room.rooms, room.id, "aws", write)
    assert room.state.dealing.messages[0].text == "<script>alert(1)</script> see you"
    for to, sentence in (("aws", "to yourself"), ("openai", "Nobody reads"), ("mars", "Nobody reads")):
        with pytest.raises(RefusedError, match=sentence):
            deals.message(room.rooms, room.id, "aws", {"to": to, "text": "hello"})
    with pytest.raises(RefusedError, match="empty"):
        deals.message(room.rooms, room.id, "aws", {"to": "anthropic", "text": " \n "})
    for number in range(deals.MOST_MESSAGES - 1):
        deals.message(room.rooms, room.id, "aws", {"to": "anthropic", "text": f"{number}"})
    with pytest.raises(RefusedError, match="talk to each other"):
        deals.message(room.rooms, room.id, "aws", {"to": "anthropic", "text": "more"})
    assert deal_words.written(room.state, "nvidia") == []


def test_a_room_of_three_questions_knows_no_deals(tmp_path: Path) -> None:
    made = rooms(tmp_path, worker=Stage())
    session = conduct.begin(made, setup(level=3, seats=SEATS))
    conduct.brief(made, session)
    with pytest.raises(RefusedError, match="left to the rule of thumb in a session of 3 questions"):
        deals.offer(made, session, "aws", {"to": "anthropic"})
    assert deals.readers(made.state(session), "aws") == []


def test_an_event_of_deals_after_the_lock_is_none(room: Room) -> None:
    room.rooms.lock(room.id)
    with pytest.raises(RefusedError, match="deals of this turn are closed"):
        room.rooms.act(room.id, lambda state: [New("withdrawn", {"seat": "aws", "offer": 0})])
