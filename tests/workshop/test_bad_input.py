"""What people may do wrong in a room, and the sentence that each gets; nothing of it is lost or half-written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.workshop.events import setup
from tests.workshop.site import HOST, Browser, Site, field
from tests.workshop.test_deals import SEATS, Stage
from workshop import conduct, people
from workshop.web.app import application

NAMES = {
    "a very long name, longer than any page has room for it": "a very long name, longer than",
    "🦊🦊 foxes 🦊": "🦊🦊 foxes 🦊",
    "צוות כחול": "צוות כחול",
    "Blue\u202edlrow\u0000\n team": "Blue dlrow team",
    "=HYPERLINK(1)": "=HYPERLINK(1)",
    "  @+-<b>x</b>  ": "@+-<b>x</b>",
}
"""What is typed -> what is kept."""


class Told(Stage):
    """Says what came of a turn."""

    def call(self, function: Any, *given: Any) -> Any:
        found = super().call(function, *given)
        came = {"title": "revenue", "expected": "$1 bn", "meaning": "as last quarter", "got": "$2 bn", "before": None}
        return {**found, "outcomes": {party: {**came, "drivers": [], "deals": []} for party in SEATS}}


class Room:
    """An open turn of a game that is played by hand, with a team in AWS."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder)
        self.site.rooms.worker = Told()
        self.id = conduct.begin(self.site.rooms, setup(seats=SEATS, turns=4))
        self.code = str(self.site.rooms.log.sessions()[0]["code"])
        self.page = f"/s/{self.id}/team/aws"
        self.team = self.site.seated(self.code, "aws", "Blue")
        self.turn()

    def turn(self) -> None:
        conduct.brief(self.site.rooms, self.id)
        conduct.open_turn(self.site.rooms, self.id)

    def play(self) -> None:
        self.site.rooms.lock(self.id)
        conduct.publish(self.site.rooms, self.id)

    @property
    def seat(self) -> Any:
        return self.site.state(self.id).seats["aws"]

    def form(self) -> dict[str, str]:
        """The hidden fields of the team's form as it stands now."""
        page = self.team.get(self.page)
        return {name: field(page, name) for name in ("form", "revision", "key", "of")}

    def send(self, given: dict[str, str], what: str = "submit", by: Browser | None = None) -> Any:
        answers = {"order": "610", "own_share": "50", "exit_fee": "10"}
        return (by or self.team).client.post(f"{self.page}/{what}", data={**answers, **given})


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_a_teams_name_is_a_name_and_nothing_else(room: Room) -> None:
    for typed, begins in NAMES.items():
        team = room.site.seated(room.code, "anthropic", typed)
        kept = room.site.state(room.id).seats["anthropic"].team
        assert kept == people.clean(typed) and kept.startswith(begins) and len(kept) <= people.LONGEST_NAME
        shown = begins.replace("<", "&lt;").replace(">", "&gt;")
        for page in (
            team.get(f"/s/{room.id}/team/anthropic"),
            room.site.lead.get(f"/s/{room.id}/console"),
            room.site.browser().get(f"/screen/{room.code}"),
        ):
            assert f"<bdi>{shown}" in page.text and "<b>x" not in page.text
        room.site.do(room.id, "free", seat="anthropic")


def test_a_phone_that_slept_over_two_turns_hands_in_nothing_for_a_turn_it_never_saw(room: Room) -> None:
    old = room.form()
    for _ in range(2):
        room.play()
        room.turn()
    refused = room.send(old)
    assert refused.status_code == 409
    assert "This form is of another turn" in refused.text and "the room is in turn 3" in refused.text
    assert room.send(old, "draft").status_code == 409
    assert (room.seat.answers, room.seat.submitted) == ({}, False)
    assert room.send(room.form()).status_code == 200 and room.seat.submitted


def test_a_form_from_before_the_room_went_back_is_not_taken(room: Room) -> None:
    room.send(room.form(), "draft")
    old = room.form()
    conduct.rewind(room.site.rooms, room.id, 1)
    conduct.open_turn(room.site.rooms, room.id)
    assert room.send({**old, "order": "0"}).status_code == 409
    assert room.seat.answers["order"] == "610"


def test_two_windows_of_one_phone_see_both_versions(room: Room) -> None:
    one, two = room.form(), room.form()
    assert room.send(one, "draft").status_code == 200
    other = room.send({**two, "order": "900"}, "draft")
    assert (other.status_code, "Another phone or window of your team" in other.text) == (409, True)
    assert room.send({**two, "key": "same"}).status_code == 200  # as it was saved: there is nothing to choose
    assert room.seat.submitted
    both = room.send({**two, "order": "900"})
    assert both.status_code == 409 and "610" in both.text and "900" in both.text
    assert room.seat.answers["order"] == "610"
    chosen = {name: field(both, name) for name in ("form", "revision", "key", "of", "take")}
    assert room.send({**chosen, "order": "900"}).status_code == 200
    assert (room.seat.answers["order"], room.seat.submitted) == ("900", True)


def test_pages_are_fresh_whenever_they_are_loaded(room: Room) -> None:
    """Back after Submit, and a reload in each phase: nothing is kept by the browser, and each phase has its page."""
    sent = room.send(room.form())
    assert [one.status_code for one in sent.history] == [303]
    page = room.team.get(room.page)
    assert page.headers["cache-control"] == "no-store" and "Submitted." in page.text
    phases = {"open": "Submitted.", "paused": "Paused", "review": "being played", "published": "Next"}
    for phase, said in phases.items():
        if phase == "paused":
            conduct.pause(room.site.rooms, room.id)
        elif phase == "review":
            room.site.rooms.lock(room.id)
        elif phase == "published":
            conduct.publish(room.site.rooms, room.id)
        assert room.site.state(room.id).phase == phase
        for _ in range(2):
            assert said in room.team.get(room.page).text
    conduct.brief(room.site.rooms, room.id)
    assert "Save as a draft" in room.team.get(room.page).text


def test_a_decision_after_the_lock_is_kept_and_said(room: Room) -> None:
    given = room.form()
    room.site.rooms.lock(room.id)
    assert "Your last decision came after the turn was locked" in room.send({**given, "order": "700"}).text
    assert room.seat.late["order"] == "700"


def test_what_is_no_answer_is_told_beside_its_field(room: Room) -> None:
    given = room.form()
    for answer in ("-1", "1e9", "NaN", "", "<b>", "600; drop", "9" * 400):
        refused = room.send({**given, "order": answer})
        assert refused.status_code == 422, answer
        said = refused.text.partition('id="e-order"')[2].partition("</p>")[0]
        assert "0 to 10000 MW in steps of 10" in said and "<b>" not in said
    assert room.seat.revision == 0


def test_a_forged_form_and_a_foreign_page_are_refused_in_a_sentence(room: Room) -> None:
    forged = room.send({**room.form(), "form": "0" * 32})
    assert (forged.status_code, "from another device, or too old" in forged.text) == (403, True)
    stranger = room.send(room.form(), by=room.site.browser())
    assert stranger.status_code == 403
    client, given = room.team.client, room.form()
    foreign = client.post(f"{room.page}/submit", data=given, headers={"Origin": "http://evil.example"})
    assert (foreign.status_code, "from another site" in foreign.text) == (403, True)
    assert room.seat.revision == 0


def test_an_address_that_is_not_understood_gets_a_page_and_no_code(room: Room) -> None:
    lead, team = room.site.lead, room.team
    for browser, where, status, said in (
        (team, f"/join/{room.code}/claim", 405, "takes a form"),
        (lead, f"/s/{room.id}/debrief?fork=abc", 422, "not understood"),
        (team, "/s/none/team/aws", 403, "does not hold this seat"),
        (team, f"/s/{room.id}/team/mars", 403, "does not hold this seat"),
        (lead, f"/s/{room.id}/team/mars", 404, "no such seat"),
        (team, "/join/ÄÖÜ💥", 404, "opens no session"),
    ):
        page = browser.get(where)
        assert page.status_code == status, where
        assert said in page.text and "This did not work" in page.text and "Traceback" not in page.text


def test_what_nobody_thought_of_is_a_sentence_too(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*given: Any) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(people, "submit", breaks)
    given = room.form()
    client = TestClient(application(room.site.house, watch=False), base_url=HOST, raise_server_exceptions=False)
    client.cookies = room.team.client.cookies
    page = client.post(f"{room.page}/submit", data={**given, "order": "610"})
    assert page.status_code == 500 and "could not answer this" in page.text
    assert "secret detail" not in page.text


def test_a_session_of_three_questions_says_who_deals_and_takes_no_offer(room: Room) -> None:
    page, said = room.team.get(room.page).text, "Deals for years ahead are left to the rule of thumb"
    assert said in page and "Offer a deal" not in page and 'id="deals"' not in page
    assert said not in room.site.lead.get(f"/s/{room.id}/team/nvidia").text
    refused = room.team.post(room.page, f"{room.page}/deal/offer", to="anthropic", mw="300", family="Trainium")
    assert refused.status_code in (409, 422) and "left to the rule of thumb" in refused.text
    assert room.site.state(room.id).dealing.offers == ()
