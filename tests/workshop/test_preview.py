"""Previews of drafts: the newest of a device only, never too many at once, and what a page says of them."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from experiments.play import rehearsal
from tests.workshop.events import setup
from tests.workshop.site import Site
from tests.workshop.test_deals import SEATS, Stage
from workshop import conduct, preview, serving, table
from workshop.preview import Draft, Previews
from workshop.rooms import RefusedError
from workshop.table import Task

TASK = Task(setup(), (), (), ("aws",))


def draft(order: str, party: str = "aws") -> Draft:
    return Draft(TASK, party, {"order": order}, {})


class Slow:
    """A worker that holds its first work until it is let go, and notes what it was given."""

    def __init__(self) -> None:
        self.begun, self.go_on, self.tried = threading.Event(), threading.Event(), list[str]()

    def call(self, function: Any, task: Task, party: str, answers: Any = None, said: Any = None) -> Any:
        self.begun.set()
        assert self.go_on.wait(30)
        if function is preview.prepared:
            self.tried.append(f"ready {party} {len(task.quarters)}")
            return None
        self.tried.append(answers["order"])
        if answers["order"] == "13":
            raise MemoryError("no room")
        return {"party": party, "order": answers["order"]}

    def close(self) -> None:
        pass


@pytest.fixture
def slow() -> Slow:
    return Slow()


def ended(previews: Previews) -> None:
    """Wait until all that waited has been tried."""
    at_work = previews._at_work
    if at_work is not None:
        at_work.join(30)


def test_a_newer_draft_of_a_device_takes_the_place_of_its_older_one(slow: Slow) -> None:
    previews, key = Previews(slow), ("s", "aws", "phone")
    assert previews.ask(("s", "nvidia", "other"), draft("1")) is None
    assert slow.begun.wait(30)
    for order in ("100", "200", "300"):
        assert previews.ask(key, draft(order)) is None
    with pytest.raises(RefusedError, match="newer draft"):
        previews.found(key, draft("100").mark)
    assert previews.found(key, draft("300").mark) is None
    slow.go_on.set()
    ended(previews)
    assert slow.tried == ["1", "300"]
    assert previews.found(key, draft("300").mark) == {"party": "aws", "order": "300"}


def test_who_asks_the_same_again_gets_it_at_once(slow: Slow) -> None:
    previews = Previews(slow)
    slow.go_on.set()
    previews.ask(("s", "aws", "one"), draft("100"))
    ended(previews)
    assert previews.ask(("s", "aws", "two"), draft("100")) == {"party": "aws", "order": "100"}
    assert slow.tried == ["100"]


def test_too_many_are_asked_to_come_again(slow: Slow) -> None:
    previews = Previews(slow)
    previews.ask(("s", "aws", "first"), draft("0"))
    assert slow.begun.wait(30)
    for number in range(preview.MOST_WAITING):
        previews.ask(("s", "aws", f"phone {number}"), draft(str(100 + number)))
    with pytest.raises(RefusedError, match="Many teams") as refused:
        previews.ask(("s", "aws", "late"), draft("999"))
    assert refused.value.status == 503
    assert previews.ask(("s", "aws", "phone 3"), draft("555")) is None  # its own place is its own
    slow.go_on.set()
    ended(previews)
    assert len(slow.tried) == 1 + preview.MOST_WAITING


def test_what_goes_wrong_is_said_and_stops_nobody(slow: Slow) -> None:
    previews = Previews(slow)
    slow.go_on.set()
    previews.ask(("s", "aws", "one"), draft("13"))
    previews.ask(("s", "aws", "two"), draft("14"))
    ended(previews)
    assert previews.found(("s", "aws", "one"), draft("13").mark) == {"trouble": "This could not be tried."}
    assert previews.found(("s", "aws", "two"), draft("14").mark) == {"party": "aws", "order": "14"}


def test_a_mark_tells_drafts_and_games_apart() -> None:
    other = replace(TASK, cards=({"card": "edge-surge", "from": "2026Q1"},))
    marks = {draft("1").mark, draft("2").mark, draft("1", "nvidia").mark, replace(draft("1"), task=other).mark}
    assert len(marks) == 4
    assert draft("1").mark == draft("1").mark


@pytest.mark.whole
def test_a_draft_is_tried_against_the_rule_and_the_game_goes_on_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default rule's own answers differ in nothing from the rule; the game that was lent stands where it stood."""
    monkeypatch.setattr(preview, "WORLDS", 2)
    monkeypatch.setattr(preview, "QUARTERS", 2)
    rule = table.dealt(TASK)["seats"]["aws"]["rule"]
    same = preview.previewed(TASK, "aws", rule, {})
    assert same["quarters"] == ("2026Q1", "2026Q2")
    for line in same["lines"]:
        assert all(band[end] == 0.0 for band in line["apart"] for end in ("low", "middle", "high"))
    more = preview.previewed(TASK, "aws", {**rule, "exit_fee": "25"}, {})
    assert any(band["middle"] != 0.0 for line in more["lines"] for band in line["apart"])
    with table.lent(TASK) as game:
        assert game.game.quarter == 0


def test_seats_are_made_ready_one_by_one_and_drafts_come_first(slow: Slow) -> None:
    """A room that has moved on is made ready for where it stands; what was to be made ready before is let go."""
    previews = Previews(slow)
    previews.get_ready("s", TASK, ["aws", "nvidia"])
    assert slow.begun.wait(30)
    previews.ask(("s", "aws", "phone"), draft("100"))
    previews.get_ready("s", replace(TASK, quarters=({"digest": "x"},)), ["nvidia", "aws"])
    slow.go_on.set()
    ended(previews)
    assert slow.tried == ["ready aws 0", "100", "ready nvidia 1", "ready aws 1"]


@pytest.mark.whole
def test_what_was_made_ready_is_what_a_preview_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "WORLDS", 2)
    monkeypatch.setattr(preview, "QUARTERS", 1)
    plain = preview.previewed(TASK, "nvidia", {}, {})
    rehearsal._KEPT.clear()
    preview.prepared(TASK, "nvidia")
    (ready,) = rehearsal._KEPT.values()
    by_rule = ready._by_rule
    assert preview.previewed(TASK, "nvidia", {}, {}) == plain and ready._by_rule is by_rule is not None


def test_a_server_makes_the_seats_of_people_ready_once_a_room_is_dealt(tmp_path: Path, slow: Slow) -> None:
    site = Site(tmp_path)
    site.rooms.worker, site.house.previews.worker = Stage(), slow
    site.rooms.dealt = partial(serving._get_ready, site.house)
    slow.go_on.set()
    session = conduct.begin(site.rooms, setup(seats=SEATS))
    ended(site.house.previews)
    assert slow.tried == [f"ready {seat.party} 0" for seat in site.state(session).humans] != []
