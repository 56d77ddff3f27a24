"""Deals and messages on teams' pages: who sees what, and what a form that goes wrong is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workshop.events import setup
from tests.workshop.site import Browser, Site
from tests.workshop.test_deals import SEATS, Stage
from workshop import conduct

SCRIPT = {"HX-Request": "true"}


class Market:
    """A site with an open turn in which seats may deal."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder)
        self.site.rooms.worker = Stage()
        self.id = conduct.begin(self.site.rooms, setup(level=5, seats=SEATS, quarters_a_turn=2))
        self.code = str(self.site.rooms.log.sessions()[0]["code"])
        self.teams = {party: self.site.seated(self.code, party, party.upper()) for party in ("aws", "anthropic")}
        conduct.brief(self.site.rooms, self.id)
        conduct.open_turn(self.site.rooms, self.id)

    def page(self, party: str) -> str:
        return f"/s/{self.id}/team/{party}"

    def press(self, party: str, what: str, script: bool = False, **fields: str) -> tuple[int, str]:
        team: Browser = self.teams[party]
        given = {"form": team.token(self.page(party)), **fields}
        headers = SCRIPT if script else {}
        answer = team.client.post(f"{self.page(party)}/deal/{what}", data=given, headers=headers)
        return answer.status_code, answer.text

    def seen(self, party: str) -> str:
        return self.teams[party].get(self.page(party)).text


@pytest.fixture
def market(tmp_path: Path) -> Market:
    return Market(tmp_path)


OFFER = {"to": "anthropic", "mw": "300", "family": "Trainium", "price_usd": "1.5"}


def test_an_offer_is_seen_by_two_and_by_nobody_else(market: Market) -> None:
    assert market.press("aws", "offer", **OFFER)[0] == 200
    assert "AWS offers you a deal" in market.seen("anthropic")
    assert "$1.50 an H100e-hour" in market.seen("anthropic")
    third = market.site.seated(market.code, "nvidia")
    for browser, where in ((third, market.page("nvidia")), (third, f"/screen/{market.code}")):
        assert "$1.50" not in browser.get(where).text
    assert third.get(f"{market.page('aws')}/deals").status_code == 403


def test_agreeing_is_said_on_both_pages_and_what_stands_is_answered(market: Market) -> None:
    market.press("aws", "offer", **OFFER)
    status, part = market.press("anthropic", "accept", True, offer="0")
    assert (status, "Agreed: it is signed when the turn is played." in part, "<html" in part) == (200, True, False)
    for party in market.teams:
        assert "agreed: signed when the turn is played" in market.seen(party)
    assert "OpenAI offers you a deal" in market.seen("aws")
    assert "the rule of thumb signs it" in market.seen("aws")
    assert "You let it lapse." in market.press("aws", "lapse", True, other="openai")[1]


def test_a_wrong_offer_is_answered_by_its_sentence_where_the_team_looks(market: Market) -> None:
    status, part = market.press("aws", "offer", True, **{**OFFER, "mw": "5000"})
    assert (status, "more power than there will be" in part, 'role="alert"' in part) == (422, True, True)
    status, page = market.press("aws", "offer", **{**OFFER, "to": "aws"})
    assert (status, "it takes two" in page or "takes two" in page) == (422, True)
    assert market.press("aws", "steal")[0] == 404
    assert market.press("aws", "accept", offer="-1")[0] == 404
    assert market.site.state(market.id).dealing.offers == ()


def test_a_message_is_shown_as_written_and_as_something_that_binds_nobody(market: Market) -> None:
    market.press("aws", "message", to="anthropic", text="<script>alert(1)</script>")
    page = market.seen("anthropic")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    letters = page.partition('class="letters"')[2].partition("</ul>")[0]
    assert "AWS to you, turn 1" in letters
    assert "a message binds nobody" in page
    assert 'class="clause"' not in page
    assert "alert(1)" not in market.site.browser().get(f"/screen/{market.code}").text


def test_a_form_of_another_device_is_not_taken(market: Market) -> None:
    team, other = market.teams["aws"], market.teams["anthropic"]
    stolen = {"form": team.token(market.page("aws")), **OFFER}
    assert other.client.post(f"{market.page('aws')}/deal/offer", data=stolen).status_code == 403
    forged = {"form": other.token(market.page("anthropic")), **OFFER}
    assert other.client.post(f"{market.page('aws')}/deal/offer", data=forged).status_code == 403
    assert market.site.state(market.id).dealing.offers == ()
