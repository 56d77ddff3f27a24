"""A room: who may do what when, what counts when, and that nothing is done twice or lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.workshop.events import HandClock, setup
from tests.workshop.room import rooms
from workshop import conduct, people, table
from workshop.people import Handed, StaleError
from workshop.rooms import RefusedError, Rooms
from workshop.worker import Here


class Room:
    """A session in its lobby, with a team in AWS."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.clock = HandClock()
        self.rooms: Rooms = rooms(folder, self.clock)
        self.id = conduct.begin(self.rooms, setup(**changes))
        self.word = people.claim(self.rooms, self.id, "aws", "Blue")

    @property
    def state(self) -> Any:
        return self.rooms.state(self.id)

    def opened(self) -> Room:
        conduct.brief(self.rooms, self.id)
        conduct.open_turn(self.rooms, self.id)
        return self

    def hand(self, revision: int, order: str = "600", **more: Any) -> Any:
        return people.submit(self.rooms, self.id, Handed("aws", {"order": order}, revision, **more))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


@pytest.mark.whole
def test_of_many_teams_that_want_a_seat_one_gets_it(tmp_path: Path) -> None:
    room = Room(tmp_path)

    def claims(number: int) -> bool:
        try:
            people.claim(room.rooms, room.id, "nvidia", f"Team {number}")
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(12) as crowd:
        assert sum(crowd.map(claims, range(200))) == 1
    assert sum(one.kind == "claimed" for one in room.rooms.log.events(room.id, 0)) == 2


def test_a_bots_seat_is_not_taken_and_a_second_device_needs_the_word(room: Room) -> None:
    with pytest.raises(RefusedError, match="A bot plays"):
        people.claim(room.rooms, room.id, "anthropic", "")
    assert people.second_device(room.state, room.word.upper().replace("-", " ")) == "aws"
    with pytest.raises(RefusedError, match="No team"):
        people.second_device(room.state, "kiwi-kiwi-kiwi")


def test_a_turn_is_played_with_what_was_submitted(room: Room) -> None:
    room.opened().hand(0, "420")
    room.rooms.lock(room.id)
    state = room.state
    assert (state.phase, state.rounds[0].answers["aws"]) == ("review", {"order": "420"})
    assert sum(state.played[0]["decisions"]["aws"]["order_mw"][0]) == pytest.approx(420.0)
    assert state.published == ()
    assert len(conduct.publish(room.rooms, room.id).published) == 1


def test_a_draft_is_played_when_nothing_was_submitted(room: Room) -> None:
    room.opened()
    people.save(room.rooms, room.id, Handed("aws", {"order": "380"}, 0))
    room.clock.time += 216
    assert sum(room.state.played[0]["decisions"]["aws"]["order_mw"][0]) == pytest.approx(380.0)


@pytest.mark.whole
@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, False), (4, False), (6, True)])
def test_what_comes_within_the_grace_counts(room: Room, seconds: float, late: bool) -> None:
    room.opened()
    room.clock.time += 210 + seconds
    room.state  # noqa: B018 - a page is looked at, which locks what is due
    seat = room.hand(0).seats["aws"]
    assert (seat.submitted, seat.late is not None) == (not late, late)


@pytest.mark.whole
def test_reopening_takes_up_what_came_late(room: Room) -> None:
    room.opened()
    room.clock.time += 300
    assert room.state.phase == "review"
    room.hand(0, "770")
    state = conduct.reopen(room.rooms, room.id)
    assert (state.phase, state.seats["aws"].answers, state.seats["aws"].late) == ("open", {"order": "770"}, None)
    room.rooms.lock(room.id)
    assert sum(room.state.played[0]["decisions"]["aws"]["order_mw"][0]) == pytest.approx(770.0)


def test_a_second_press_changes_nothing(room: Room) -> None:
    room.opened()
    once = room.hand(0, key="k")
    assert room.hand(0, key="k") == once


def test_an_old_version_never_overwrites_a_newer_one(room: Room) -> None:
    room.opened().hand(0, "600")
    with pytest.raises(StaleError) as stale:
        room.hand(0, "700")
    assert (stale.value.mine, stale.value.theirs.answers) == ({"order": "700"}, {"order": "600"})
    assert room.hand(1, "700").seats["aws"].answers == {"order": "700"}


@pytest.mark.parametrize("order", ["-10", "99999", "many", "1e999", "605"])
def test_an_answer_out_of_range_gets_a_sentence(room: Room, order: str) -> None:
    with pytest.raises(RefusedError, match="New capacity order"):
        room.opened().hand(0, order)


def test_before_the_turn_a_decision_is_a_draft_and_in_the_lobby_none(room: Room) -> None:
    with pytest.raises(RefusedError, match="has not begun"):
        room.hand(0)
    conduct.brief(room.rooms, room.id)
    assert not room.hand(0).seats["aws"].submitted


def test_a_paused_turn_keeps_its_time(room: Room) -> None:
    room.opened()
    room.clock.time += 100
    conduct.pause(room.rooms, room.id)
    room.clock.time += 10_000
    assert room.state.left == pytest.approx(110)
    conduct.extend(room.rooms, room.id, 60)
    assert conduct.open_turn(room.rooms, room.id).deadline == pytest.approx(room.clock.time + 170)


def test_going_back_makes_a_branch_and_keeps_the_old_one(room: Room) -> None:
    room.opened().hand(0, "500")
    room.rooms.lock(room.id)
    conduct.publish(room.rooms, room.id)
    old = room.state
    state = conduct.rewind(room.rooms, room.id, 1)
    assert (state.branch, state.phase, state.turn, state.rounds) == (1, "briefing", 1, ())
    assert (state.seats["aws"].answers, state.seats["aws"].team) == ({"order": "500"}, "Blue")
    conduct.open_turn(room.rooms, room.id)
    room.rooms.lock(room.id)
    assert room.state.played[0]["digest"] == old.played[0]["digest"]
    again = conduct.rewind(room.rooms, room.id, 1)
    assert again.branch == 2
    assert len(room.rooms.log.lineage(room.id, 0)) == old.last


def test_a_bot_takes_a_seat_and_people_take_it_back(room: Room) -> None:
    conduct.hold(room.rooms, room.id, "aws", "steady")
    room.opened()
    room.rooms.lock(room.id)
    assert "aws" not in room.state.rounds[0].answers
    conduct.hold(room.rooms, room.id, "aws", "human")
    assert room.state.seats["aws"].human
    with pytest.raises(RefusedError, match="Closest"):
        conduct.hold(room.rooms, room.id, "aws", "skiled")


@pytest.mark.whole
def test_a_card_comes_between_turns_and_once(room: Room) -> None:
    state = conduct.lay(room.rooms, room.id, "packaging-crunch")
    assert state.cards == ({"card": "packaging-crunch", "from": "2026Q1"},)
    with pytest.raises(RefusedError, match="already"):
        conduct.lay(room.rooms, room.id, "packaging-crunch")
    room.opened()
    with pytest.raises(RefusedError, match="between turns"):
        conduct.lay(room.rooms, room.id, "edge-surge")
    room.rooms.lock(room.id)
    conduct.publish(room.rooms, room.id)
    assert conduct.lay(room.rooms, room.id, "edge-surge").cards[-1]["from"] == "2026Q2"
    assert room.state.coming is not None


def test_a_demo_is_played_to_its_end(tmp_path: Path) -> None:
    room = Room(tmp_path)
    demo = conduct.begin(room.rooms, setup(seats={"aws": "skilled", "nvidia": "novice"}))
    state = conduct.demo(room.rooms, demo)
    assert (state.over, len(state.played), state.humans) == (True, 2, ())
    with pytest.raises(RefusedError, match="last turn"):
        conduct.brief(room.rooms, demo)


def test_what_was_under_way_is_begun_again_by_another_server(room: Room, tmp_path: Path) -> None:
    """A server that dies after the lock, and one that dies while it plays: the next one plays the turn, once."""
    room.opened().hand(0, "540")
    other = room.rooms.log
    other.add(room.id, 0, room.state.last, room.clock.time, [people.New("locked"), people.New("resolving")])
    table._KEPT.clear()
    fresh = rooms(tmp_path, room.clock)
    fresh.wake()
    state = fresh.state(room.id)
    assert (state.phase, state.rounds[0].answers["aws"]) == ("review", {"order": "540"})
    fresh.wake()
    assert sum(one.kind == "resolved" for one in other.events(room.id, 0)) == 1


def test_a_trouble_stands_until_somebody_tries_again(tmp_path: Path) -> None:
    class Broken(Here):
        def call(self, function: Any, *given: Any) -> Any:
            raise MemoryError("no room")

    broken = rooms(tmp_path, worker=Broken())
    session = conduct.begin(broken, setup())
    assert "no room" in broken.troubles[session]
    with pytest.raises(RefusedError, match="still being made"):
        conduct.brief(broken, session)
    broken.worker = Here()
    broken.try_again(session)
    assert conduct.brief(broken, session).phase == "briefing"
