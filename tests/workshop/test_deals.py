"""Deals and messages between seats: what may follow what, in a room whose game is played by hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.workshop.events import ROUND, HandClock, setup
from tests.workshop.room import rooms
from workshop import conduct, deal_words, deals, people, table
from workshop.dealing import Dealing, clauses
from workshop.log import New
from workshop.people import Handed
from workshop.rooms import RefusedError, Rooms
from workshop.setup import HUMAN

TERMS = {"mw": 300.0, "family": 2.0, "start_quarters": 4.0, "term_quarters": 16.0, "price_usd": 1.5}
TERMS |= {"take_or_pay": 0.8, "equity_musd": 0.0}
SEATS = {"aws": HUMAN, "anthropic": HUMAN, "openai": "skilled", "nvidia": HUMAN}


def partner(name: str) -> dict[str, Any]:
    return {"party": name, "families": [[0, "Nvidia GPU"], [2, "Trainium"]], "power": 900.0}


def brief(standing: bool) -> dict[str, Any]:
    """A briefing in which OpenAI's offer to AWS stands, or none."""
    mine = [{"party": "openai", "terms": TERMS, "rule": True}] if standing else []
    seat: dict[str, Any] = {"board": [], "last": None, "start": {}, "rule": {}}
    ahead = [["2026Q1", 0.0]]
    seats = {
        "aws": {"partners": [partner("anthropic"), partner("openai")], "standing": mine, "ahead": ahead},
        "anthropic": {"partners": [partner("aws")], "standing": [], "ahead": ahead},
        "nvidia": None,
        "openai": None,
    }
    return {
        "quarter": "2026Q1",
        "public": {"news": [], "clouds": [], "chips": [], "demand": 1.0, "edge": 1.0, "signed": []},
        "seats": {party: {**seat, "deals": shown} for party, shown in seats.items()},
    }


class Stage:
    """Plays what it is told to, and keeps what the game would have been given."""

    def __init__(self) -> None:
        self.standing, self.asked, self.struck = True, {}, []

    def call(self, function: Any, *given: Any) -> Any:
        if function is table.dealt:
            return brief(self.standing)
        self.asked = given[-1]
        outcomes = {party: {"deals": self.struck} for party in SEATS}
        return {**ROUND, "quarters": [{"quarter": "2026Q1"}], "brief": brief(False), "outcomes": outcomes}

    def close(self) -> None:
        pass


class Room:
    """An open turn with teams in three seats."""

    def __init__(self, folder: Path, quarters: int = 2) -> None:
        self.clock, self.stage = HandClock(), Stage()
        self.rooms: Rooms = rooms(folder, self.clock, self.stage)
        self.id = conduct.begin(self.rooms, setup(level=5, seats=SEATS, quarters_a_turn=quarters))
        for party in ("aws", "anthropic", "nvidia"):
            people.claim(self.rooms, self.id, party, party.title())
        conduct.brief(self.rooms, self.id)
        conduct.open_turn(self.rooms, self.id)

    @property
    def state(self) -> Any:
        return self.rooms.state(self.id)

    def offer(self, maker: str = "aws", to: str = "anthropic", **terms: str) -> Any:
        given = {"to": to, "mw": "300", "family": "Trainium", "price_usd": "1.5", **terms}
        return deals.offer(self.rooms, self.id, maker, given)

    def statuses(self) -> list[str]:
        return [one.status for one in self.state.dealing.offers]


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


def test_a_room_of_three_questions_knows_no_deals(tmp_path: Path) -> None:
    made = rooms(tmp_path, worker=Stage())
    session = conduct.begin(made, setup(level=3, seats=SEATS))
    conduct.brief(made, session)
    with pytest.raises(RefusedError, match="left to the rule of thumb in a session of 3 questions"):
        deals.offer(made, session, "aws", {"to": "anthropic"})
    assert deals.readers(made.state(session), "aws") == []


def test_a_path_is_dated_from_the_quarter_in_which_it_is_signed(room: Room) -> None:
    assert deals.first_step(room.state, TERMS) == [("2027Q1", 100.0), ("2027Q2", 200.0), ("2027Q3", 300.0)]
    assert ("Path", "100 MW in 2027Q1, 200 MW, 300 MW from 2027Q3 to 2030Q4") in deal_words.terms(room.state, TERMS)


def test_an_event_of_deals_after_the_lock_is_none(room: Room) -> None:
    room.rooms.lock(room.id)
    with pytest.raises(RefusedError, match="deals of this turn are closed"):
        room.rooms.act(room.id, lambda state: [New("withdrawn", {"seat": "aws", "offer": 0})])


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
