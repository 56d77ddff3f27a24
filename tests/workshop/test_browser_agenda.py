"""A whole agenda A in real browsers: a facilitator who has the printed link alone, four teams on phones against bots,
from the first page to the debrief. The first team never touches its screen: it plays with the keyboard."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workshop.server import Server
from tests.workshop.windows import DESK, PHONE, WALL, Window
from workshop.agenda import agenda

pytestmark = [pytest.mark.slow, pytest.mark.browser]
TEAMS = ("AWS", "Nvidia", "Anthropic", "European Commission")


def test_a_whole_agenda_from_the_first_link_to_the_debrief(chromium: Any, server: Server) -> None:
    host = f"http://127.0.0.1:{server.port}"
    lead, wall = Window(chromium, host, **DESK), Window(chromium, host, **WALL)
    lead.go(server.link)
    lead.page.click("button:has-text('This is my machine')")
    lead.page.locator("section:has-text('Taster') button").click()
    code = lead.page.locator("header .mono").inner_text()
    wall.go(str(lead.page.get_attribute("a:has-text('Screen for the wall')", "href")))
    phones = [_seated(chromium, host, code, team) for team in TEAMS]
    for turn in range(1, agenda("a").turns + 1):
        _turn(lead, wall, phones, turn)
    lead.page.click("a:has-text('To the debrief')")
    lead.page.wait_for_selector("text=Who decided what")
    for phone in phones:  # each board comes by itself
        phone.page.wait_for_selector("#board svg.chart")
        assert phone.barriers() == []
    windows = [lead, wall, *phones]
    assert [one.wrong for one in windows] == [[] for _ in windows]
    assert all(one.fits() for one in windows)


def _seated(chromium: Any, host: str, code: str, team: str) -> Window:
    """A team's phone, from the code on the wall to its seat."""
    phone = Window(chromium, host, **PHONE)
    phone.go("/")
    phone.page.fill("#code", code)
    phone.page.keyboard.press("Enter")
    phone.page.click(f"label.seat:has-text('{team}')")
    phone.page.click("button:has-text('Take this seat')")
    phone.page.wait_for_selector("h1:has-text('Welcome')")
    return phone


def _turn(lead: Window, wall: Window, phones: list[Window], turn: int) -> None:
    """Brief, open, four decisions, lock, publish: each page follows by itself."""
    lead.page.click(f"button:has-text('Show the briefing of turn {turn}')")
    lead.page.click("button:has-text('Open the turn')")
    for number, phone in enumerate(phones):
        phone.page.wait_for_selector("#decision > button:has-text('Submit')")
        if number:
            phone.page.click("#decision > button:has-text('Submit')")
        else:
            phone.page.focus("#decision > button")
            phone.page.keyboard.press("Enter")
        phone.page.wait_for_selector(".done:has-text('Submitted')")
    lead.page.wait_for_selector("text=Every team has submitted")
    lead.page.click("button:has-text('Lock and play the turn')")
    lead.page.click("button:has-text('Publish to everybody')")
    wall.page.wait_for_selector("text=What the room has made of it")
