"""A team's page: what is wrong with an answer stands beside it, one phone decides at a time, reasons and more time."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import pytest

from tests.workshop.events import setup
from tests.workshop.site import Browser, Site, field
from tests.workshop.test_deals import SEATS, Stage
from workshop import conduct
from workshop.preview import Previews
from workshop.wheel import SECONDS, Wheel

ANSWER = {"order": "610", "own_share": "50", "exit_fee": "10"}


class Tried(Stage):
    """Answers previews by hand."""

    def call(self, function: Any, *given: Any) -> Any:
        if function.__name__ == "previewed":
            band = {"low": 1.0, "middle": 2.0, "high": 3.0}
            line = {"name": "cash_musd", "title": "Cash", "unit": "$bn", "now": 2.5}
            line |= {"mine": (band,), "rule": (band,), "apart": ({**band, "low": -1.0, "middle": 0.5},)}
            ahead = {"party": "aws", "quarters": ("2026Q1",), "worlds": 16, "broken": 0, "lines": (line,)}
            return {**ahead, "assumes": "Worlds drawn afresh."}
        if function.__name__ == "minded":
            return ["Those chips stand dark."]
        return super().call(function, *given)


class Team:
    """AWS's team with two phones in an open turn."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder)
        self.site.rooms.worker = Tried()
        self.site.house.previews.worker = Tried()
        self.id = conduct.begin(self.site.rooms, setup(seats=SEATS))
        code = str(self.site.rooms.log.sessions()[0]["code"])
        self.page = f"/s/{self.id}/team/aws"
        self.one, self.two = self.site.seated(code, "aws", "Blue"), self.site.browser()
        self.two.post("/", f"/join/{code}/team", word=self.seat.word)
        conduct.brief(self.site.rooms, self.id)
        conduct.open_turn(self.site.rooms, self.id)

    @property
    def seat(self) -> Any:
        return self.site.state(self.id).seats["aws"]

    def send(self, phone: Browser, what: str, **fields: str) -> Any:
        given = {"revision": str(self.seat.revision), "key": "", **ANSWER, **fields}
        return phone.post(self.page, f"{self.page}/{what}", **given)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


@pytest.mark.whole
def test_a_wrong_answer_is_told_beside_its_question_while_it_is_typed(team: Team) -> None:
    part = team.send(team.one, "check", order="99999").text
    wrong = part.partition('id="e-order"')[2].partition("</p>")[0]
    assert "give 0 to 10000 MW in steps of 10" in wrong
    assert "hidden" in part.partition('id="e-exit_fee"')[2].partition(">")[0]
    assert "hidden" not in wrong.partition(">")[0]
    assert team.seat.revision == 0
    saved = team.send(team.one, "draft", order="99999")
    assert (saved.status_code, "Not saved" in saved.text, 'id="e-order"' in saved.text) == (422, True, True)


def test_a_form_that_cannot_be_played_comes_back_as_it_was_typed(team: Team) -> None:
    team.send(team.one, "draft", order="700")
    refused = team.send(team.one, "submit", order="99999", own_share="45", why="all in <b>")
    assert refused.status_code == 422
    assert "Nothing was handed in yet" in refused.text and "give 0 to 10000 MW in steps of 10" in refused.text
    assert 'value="99999"' in refused.text and 'value="45"' in refused.text
    assert 'value="all in &lt;b&gt;"' in refused.text
    wrong = refused.text.partition('id="e-order"')[2].partition("</p>")[0]
    assert "hidden" not in wrong.partition(">")[0] and "99999" in wrong
    assert (team.seat.answers["order"], team.seat.submitted) == ("700", False)
    again = {"revision": field(refused, "revision"), "key": field(refused, "key"), "form": field(refused, "form")}
    sent = team.one.client.post(f"{team.page}/submit", data={**ANSWER, **again, "order": "620"})
    assert sent.status_code == 200 and (team.seat.answers["order"], team.seat.submitted) == ("620", True)
    assert team.one.get(f"{team.page}/submit").url.path == team.page


def test_what_a_team_may_not_want_is_told_as_it_is_typed(team: Team) -> None:
    said = team.send(team.one, "minds").text
    assert "Mind: Those chips stand dark." in said
    assert "Mind:" not in team.send(team.one, "minds", order="99999").text
    assert team.site.browser().post("/", f"{team.page}/minds").status_code == 403
    team.site.rooms._under_way["at", "play"] = 0.0
    assert team.send(team.one, "minds").status_code == 204


def test_one_phone_decides_at_a_time_and_another_may_take_over(team: Team) -> None:
    assert team.send(team.one, "draft").status_code == 200
    assert "Another phone of your team is deciding" in team.two.get(f"{team.page}/live").text
    assert "Another phone of your team is deciding" not in team.one.get(f"{team.page}/live").text
    refused = team.send(team.two, "draft", order="700")
    assert (refused.status_code, "Take over" in refused.text) == (409, True)
    assert team.seat.answers["order"] == "610"
    assert team.send(team.two, "draft", order="700", take="yes").status_code == 200
    assert team.seat.answers["order"] == "700"
    assert team.send(team.one, "draft", order="620").status_code == 409
    old = team.send(team.one, "draft", order="620", revision="1")
    assert (old.status_code, "Press Submit to see both" in old.text) == (409, True)


def test_who_submits_while_another_phone_decides_sees_both_versions(team: Team) -> None:
    team.send(team.one, "draft")
    clash = team.send(team.two, "submit", order="700", why="cheaper")
    assert clash.status_code == 409
    assert "610" in clash.text and "700" in clash.text
    assert field(clash, "take") == "yes" and field(clash, "why") == "cheaper"
    assert not team.seat.submitted
    assert team.send(team.two, "submit", order="700", take="yes").status_code == 200
    assert (team.seat.submitted, team.seat.answers["order"]) == (True, "700")
    assert team.send(team.one, "submit").status_code == 200  # nobody decides after a decision was handed in


def test_the_wheel_is_free_a_minute_after_the_last_touch() -> None:
    wheel, seat = Wheel(), ("s", "aws")
    assert wheel.hold(seat, "one", 0.0)
    assert not wheel.hold(seat, "two", SECONDS - 1.0)
    assert wheel.hold(seat, "one", SECONDS - 1.0)
    assert wheel.other(seat, "two", 2.0 * SECONDS - 2.0)
    assert wheel.hold(seat, "two", 2.0 * SECONDS - 1.0)
    assert wheel.hold(("s", "nvidia"), "one", 0.0)


@pytest.mark.whole
def test_a_reason_is_kept_by_turn_and_shown_again(team: Team) -> None:
    team.send(team.one, "draft", why="  supply <b>binds</b>  ")
    team.send(team.one, "submit", why="supply <b>binds</b>")
    dealing = team.site.state(team.id).dealing
    assert dealing.whys == (((1, "aws"), "supply <b>binds</b>"),)
    page = team.one.get(team.page).text
    assert 'value="supply &lt;b&gt;binds&lt;/b&gt;"' in page
    assert "Submit · a draft is played too" in page
    kinds = [one.kind for one in team.site.rooms.log.events(team.id, 0)]
    assert kinds.count("reasoned") == 1


@pytest.mark.whole
def test_a_team_with_more_time_holds_the_room_until_it_has_submitted(team: Team) -> None:
    assert team.one.post(team.page, f"/s/{team.id}/do/ease", seat="aws", share="50").status_code == 403
    assert team.site.do(team.id, "ease", seat="aws", share="50").status_code == 200
    assert "more time" in team.one.get(f"{team.page}/live").text
    team.site.clock.time += 210.0 + 104.0  # beyond everybody's time, within half as much again
    assert team.site.state(team.id).phase == "open"
    assert team.send(team.one, "submit").status_code == 200
    assert team.site.state(team.id).phase == "review"
    assert team.site.state(team.id).rounds[0].turn == 1
    late = [one.kind for one in team.site.rooms.log.events(team.id, 0)]
    assert "late" not in late


def test_others_get_no_more_time_because_one_team_has_it(team: Team) -> None:
    team.site.do(team.id, "ease", seat="aws", share="50")
    team.site.clock.time += 216.0
    page = f"/s/{team.id}/team/nvidia"
    shown = team.site.lead.get(page)
    team.site.lead.post(page, f"{page}/submit", revision=field(shown, "revision"), key="x", reason="x", price="1")
    assert team.site.state(team.id).seats["nvidia"].late == {"price": "1"}
    team.site.clock.time += 105.0
    assert team.site.state(team.id).phase == "review"


def test_a_preview_comes_when_it_is_there(team: Team) -> None:
    asked = team.send(team.one, "preview")
    mark = asked.text.partition("/preview/")[2].partition('"')[0]
    at_work = team.site.house.previews._at_work
    if at_work is not None:
        at_work.join(30)
    shown = team.one.get(f"{team.page}/preview/{mark}").text if mark else asked.text
    assert "Cash, $bn" in shown and "<svg" in shown
    assert "Yours 2.0" in shown and "difference +0.5" in shown
    assert "Worlds drawn afresh." in shown
    assert team.site.browser().get(f"{team.page}/preview/{mark}").status_code == 403
    assert "Put right what is marked" in team.send(team.one, "preview", order="-5").text


def test_a_full_queue_is_said_and_dated(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workshop.preview.MOST_WAITING", 0)
    team.site.house.previews.__dict__.update(Previews(Tried()).__dict__)
    busy = team.send(team.one, "preview")
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
    assert "Many teams are trying" in busy.text


@pytest.mark.parametrize(
    ("each", "unplayed", "said"),
    [
        (1, 0, None),
        (2, 0, "in force for 2 quarters; an amount"),
        (2, 4, "in force for 2 quarters, the last turn's for 4 more; an amount"),
        (1, 4, "in force for a quarter, the last turn's for 4 more; an amount"),
    ],
)
def test_a_team_knows_from_the_start_how_long_its_answers_last(
    tmp_path: Path, each: int, unplayed: int, said: str | None
) -> None:
    site = Site(tmp_path)
    site.rooms.worker = Stage()
    session = conduct.begin(site.rooms, setup(seats=SEATS, quarters_a_turn=each, unplayed=unplayed))
    team = site.seated(str(site.rooms.log.sessions()[0]["code"]), "aws", "Blue")
    conduct.brief(site.rooms, session)
    shown = html.unescape(team.get(f"/s/{session}/team/aws").text)
    assert said in shown if said else "in force for" not in shown
