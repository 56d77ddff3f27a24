"""A team's form on a line, or at a server, that is slow: whatever was typed last is what is kept and played."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workshop.server import Server
from tests.workshop.windows import PHONE, Window

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SLOW = """
window.late = 2500;
const asked = window.fetch.bind(window);
window.fetch = async (address, how) => {
  const answer = await asked(address, how);
  if (String(address).endsWith("/draft")) { await new Promise((go) => setTimeout(go, window.late)); }
  return answer;
};
"""
"""Answers to drafts come late: the server has kept one, and the phone does not know it yet."""


@pytest.fixture
def phone(chromium: Any, server: Server) -> Window:
    """AWS's phone on a slow line, in an open turn."""
    host = f"http://127.0.0.1:{server.port}"
    lead, phone = Window(chromium, host), Window(chromium, host, SLOW, **PHONE)
    lead.page.goto(host + server.link)
    lead.page.click("button")
    lead.page.locator("section:has-text('Taster') button").click()
    phone.go(f"/join/{lead.page.locator('header .mono').inner_text()}")
    phone.page.check("input[value=aws]")
    phone.page.click("button:has-text('Take this seat')")
    lead.page.click("button:has-text('Show the briefing')")
    lead.page.click("button:has-text('Open the turn')")
    phone.page.wait_for_selector("#decision > button:has-text('Submit')")
    return phone


def _types(page: Any, name: str, text: str) -> None:
    """Type and leave the field, and give the draft the time to leave."""
    page.fill(f"input[name={name}]", text)
    page.press(f"input[name={name}]", "Tab")
    page.wait_for_timeout(700)


def _values(page: Any) -> list[str]:
    return [page.input_value(f"input[name={name}]") for name in ("order", "own_share", "exit_fee")]


def test_drafts_that_overtake_each_other_are_no_other_phone_and_lose_nothing(phone: Window) -> None:
    page = phone.page
    for name, text in (("order", "640"), ("own_share", "55"), ("exit_fee", "12")):
        _types(page, name, text)
    page.wait_for_timeout(6000)
    assert page.inner_text("#saved").startswith("Draft saved")
    page.reload()
    assert _values(page) == ["640", "55", "12"]
    assert phone.wrong == []


def test_submitting_while_a_draft_is_under_way_submits(phone: Window) -> None:
    page = phone.page
    _types(page, "order", "640")
    page.fill("input[name=exit_fee]", "7")
    page.click("#decision > button")
    page.wait_for_selector(".status .done:has-text('Submitted')")
    assert _values(page)[::2] == ["640", "7"]
    assert phone.wrong == []


def test_a_guess_leaves_what_is_typed_above_it(phone: Window) -> None:
    page = phone.page
    page.fill("input[name=order]", "640")
    page.fill("#guess-in", "6.5")
    page.click("#guess button")
    page.wait_for_selector("#guess .done:has-text('Your guess of 6.5 %')")
    assert _values(page)[0] == "640"
    page.fill("#guess-in", "7")
    page.click("#guess button")
    page.wait_for_selector("#guess .done:has-text('Your guess of 7 %')")
    assert phone.wrong == [] and phone.fits()


def test_what_is_typed_is_kept_though_the_field_is_never_left(phone: Window) -> None:
    """The clock runs out while somebody has just typed: the draft that is played holds it."""
    page = phone.page
    page.evaluate("window.late = 0")
    page.fill("input[name=order]", "640")
    page.wait_for_selector("#saved .done:has-text('Draft saved')")
    page.reload()
    assert _values(page)[0] == "640"
