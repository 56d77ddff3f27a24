"""A turn in real browsers, a console and two phones: pages stay fresh by themselves, nothing is asked of other hosts,
no rule of content security is broken, and the form is filled in with the keyboard alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.workshop import windows
from tests.workshop.server import Server
from tests.workshop.windows import PHONE, Window

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_a_turn_in_browsers(chromium: Any, server: Server) -> None:
    host = f"http://127.0.0.1:{server.port}"
    lead, phone, second = (Window(chromium, host, **look) for look in ({}, PHONE, PHONE))
    lead.page.goto(host + server.link)
    lead.page.click("button")
    lead.page.locator("section:has-text('Taster') button").click()
    code = lead.page.locator("header .mono").inner_text()
    _sit(phone, host, code)
    lead.page.click("button:has-text('Show the briefing')")
    phone.page.wait_for_selector("#decision > button:has-text('Save as a draft')")
    lead.page.click("button:has-text('Open the turn')")
    phone.page.wait_for_selector("#decision > button:has-text('Submit')")
    assert phone.fits()
    _join(second, host, code, phone.page.locator("p.note strong").last.inner_text())
    _decide_by_keyboard(phone.page)
    lead.page.wait_for_selector("td.submitted")
    second.page.wait_for_selector(".status .done:has-text('Submitted')")
    lead.page.click("button:has-text('Lock and play')")
    lead.page.click("button:has-text('Publish to everybody')")
    phone.page.wait_for_selector("text=What came of your last turn")
    lead.page.wait_for_selector("button:has-text('Show the briefing of turn 2')")
    assert phone.fits() and lead.fits()
    assert lead.wrong + phone.wrong + second.wrong == []


def _sit(window: Window, host: str, code: str) -> None:
    window.page.goto(host)
    window.page.fill("#code", code.lower())
    window.page.click("button")
    window.page.click("label.seat:has-text('AWS')")
    assert window.fits()
    window.page.click("button:has-text('Take this seat')")


def _join(window: Window, host: str, code: str, word: str) -> None:
    window.page.goto(f"{host}/join/{code}")
    window.page.fill("#word", word)
    window.page.click("button:has-text('Join this team')")
    window.page.wait_for_selector("#decision")


def _decide_by_keyboard(page: Any) -> None:
    """From the first field on with Tab, figures and Enter alone; a saved draft is told on the way."""
    page.focus("input[name=order]")
    page.keyboard.press("Control+A")
    page.keyboard.type("640")
    page.keyboard.press("Tab")
    page.wait_for_selector("#saved .done:has-text('Draft saved')")
    page.focus("input[name=exit_fee]")
    page.keyboard.press("Control+A")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    page.wait_for_selector(".status .done:has-text('Submitted')")
    assert page.input_value("input[name=order]") == "640"
    assert page.input_value("input[name=exit_fee]") == "12"


def test_a_page_that_lost_its_server_says_so_and_comes_back(chromium: Any, server: Server, tmp_path: Path) -> None:
    host = f"http://127.0.0.1:{server.port}"
    lead, phone = Window(chromium, host), Window(chromium, host, **PHONE)
    lead.page.goto(host + server.link)
    lead.page.click("button")
    lead.page.locator("section:has-text('Taster') button").click()
    _sit(phone, host, lead.page.locator("header .mono").inner_text())
    lead.page.wait_for_selector("button:has-text('Show the briefing')")
    phone.page.wait_for_load_state("load")  # what a page says of its server, it says by a script
    server.kill()
    phone.page.wait_for_selector("#link:has-text('server'), #link:has-text('connection')")
    again = Server(tmp_path, server.port)
    try:
        again.ready()
        lead.page.reload()
        lead.page.click("button:has-text('Show the briefing')")
        phone.page.wait_for_selector("#decision")
    finally:
        windows.closed()
        again.stop()
    for window in (lead, phone):  # their server was killed: they may say so
        window.wrong.clear()


def test_two_teams_deal_and_a_draft_is_tried_in_browsers(chromium: Any, server: Server) -> None:
    """An offer on one phone lies on the other at once; a wrong one is answered where the team looks; what both agreed
    is signed; a draft is followed by what it may lead to."""
    host = f"http://127.0.0.1:{server.port}"
    lead, cloud, lab = (Window(chromium, host, **look) for look in ({}, PHONE, PHONE))
    lead.page.goto(host + server.link)
    lead.page.click("button")
    lead.page.locator("section:has-text('referee') button").first.click()
    code = lead.page.locator("header .mono").inner_text()
    for phone, seat in ((cloud, "aws"), (lab, "anthropic")):
        phone.page.goto(f"{host}/join/{code}")
        phone.page.check(f"input[value={seat}]")
        phone.page.click("button:has-text('Take this seat')")
    lead.page.click("button:has-text('Show the briefing')")
    lead.page.click("button:has-text('Open the turn')")
    _offer(cloud.page, "99990")
    cloud.page.wait_for_selector("#deals .wrong:has-text('more power than there will be')")
    cloud.forgive("422")
    _offer(cloud.page, "400")
    lab.page.wait_for_selector("a:has-text('One offer waits')")
    _write(lab.page, "<b>Fair</b> enough")
    cloud.page.wait_for_selector(".letters li:has-text('<b>Fair</b> enough')")
    lab.page.click("button:has-text('Accept: binding')")
    cloud.page.wait_for_selector(".fate:has-text('agreed: signed when the turn is played')")
    cloud.page.fill("input[name=exit_fee]", "12")
    cloud.page.press("input[name=exit_fee]", "Tab")
    cloud.page.wait_for_selector("#preview svg.bars")
    assert cloud.fits() and lab.fits()
    lead.page.click("button:has-text('Lock and play')")
    lead.page.click("button:has-text('Publish to everybody')")
    lab.page.wait_for_selector(".result li:has-text('The offer of AWS, 400 MW: signed')")
    assert lead.wrong + cloud.wrong + lab.wrong == []


def _offer(page: Any, size: str) -> None:
    """AWS's offer of Trainium to Anthropic."""
    if not page.is_visible("#offer"):
        page.click("summary:has-text('Offer a deal')")
    page.select_option("#o-to", "anthropic")
    page.select_option("#o-family", "Trainium")
    page.fill("#o-mw", size)
    page.fill("#o-price_usd", "1.5")
    page.click("#offer button")


def _write(page: Any, text: str) -> None:
    page.click("summary:has-text('Write a message')")
    page.fill("#m-text", text)
    page.click("button:has-text('Send the message')")
    page.wait_for_selector(".letters li")
    assert page.input_value("#m-text") == ""
