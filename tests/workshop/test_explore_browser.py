"""The what-if page and a cycle of agenda D in real browsers: with the keyboard alone, on a phone, without a script, and
with nothing asked of other hosts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workshop.server import Server
from tests.workshop.windows import PHONE, Window

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PATIENCE = 180_000.0


def played(page: Any, worlds: int) -> str:
    """The sentence on the share, when a band of so many worlds is there."""
    page.wait_for_selector(f".answer[data-over='1'] .phase:has-text('{worlds} worlds')", timeout=PATIENCE)
    return str(page.locator(".says").first.inner_text())


def level(page: Any) -> bool:
    """Do charts that stand side by side begin at the same height, whatever their captions?"""
    tops = page.evaluate("Array.from(document.querySelectorAll('svg.chart'), (one) => one.getBoundingClientRect().top)")
    return bool(tops[0] == tops[1] < tops[2] == tops[3])


def test_a_slider_is_moved_with_the_keyboard_alone(chromium: Any, server: Server) -> None:
    host = f"http://127.0.0.1:{server.port}"
    desk, phone = Window(chromium, host), Window(chromium, host, "", **PHONE)
    desk.page.goto(f"{host}/explore?worlds=16")
    at_rest = played(desk.page, 16)
    assert "in the middle world; nine worlds in ten between" in at_rest
    assert level(desk.page)
    desk.page.focus("#exit_fees")
    desk.page.keyboard.press("Home")
    assert desk.page.locator("output[for=exit_fees]").inner_text() == "0.00"
    desk.page.wait_for_selector(".asked:has-text('Exit fees at 0.00')", timeout=PATIENCE)
    moved = played(desk.page, 16)
    assert moved != at_rest
    assert desk.page.url == f"{host}/explore?exit_fees=0&worlds=16"
    desk.page.locator("details[data-keep=trainium_share_used] summary").click()
    phone.page.goto(desk.page.locator("#link-out").input_value())
    assert played(phone.page, 16) == moved
    assert desk.fits() and phone.fits()
    assert desk.wrong + phone.wrong == []


def test_without_a_script_it_is_a_form(chromium: Any, server: Server) -> None:
    host = f"http://127.0.0.1:{server.port}"
    plain = Window(chromium, host, java_script_enabled=False)
    plain.page.goto(f"{host}/explore?worlds=16")
    plain.page.focus("#exit_fees")
    plain.page.keyboard.press("Home")
    plain.page.click("#show")
    plain.page.wait_for_selector(".asked:has-text('Exit fees at 0.00')", timeout=PATIENCE)
    played(plain.page, 16)
    assert plain.page.locator("svg").count() == 4


def test_a_cycle_of_predictions(chromium: Any, server: Server) -> None:
    host = f"http://127.0.0.1:{server.port}"
    lead, wall, phone = (Window(chromium, host, "", **look) for look in ({}, {}, PHONE))
    lead.page.goto(host + server.link)
    lead.page.click("button")
    lead.page.locator("section:has-text('Policy what-if') button").click()
    code = lead.page.locator("header .mono").inner_text()
    wall.page.goto(f"{host}/guesses/{code}")
    phone.page.goto(host)
    phone.page.fill("#code", code.lower())
    phone.page.click("button")
    lead.page.click("button:has-text('Ask change 1')")
    phone.page.wait_for_selector("#size")
    phone.page.check("input[value=lower]")
    phone.page.focus("#size")
    phone.page.keyboard.press("ArrowRight")
    assert phone.page.locator("output").inner_text() == "1.25"
    phone.page.click("button:has-text('This is our prediction')")
    phone.page.wait_for_selector(".done:has-text('lower by 1.25 points')")
    wall.page.wait_for_selector("text=1 prediction")
    assert wall.page.locator(".heap").count() == 0
    assert [one.fits() for one in (lead, wall, phone)] == [True] * 3
    assert lead.wrong + wall.wrong + phone.wrong == []
    lead.page.click("button:has-text('Close and show')")
    wall.page.wait_for_selector(".guesses .heap", timeout=PATIENCE)
    phone.page.wait_for_selector("text=You said: lower by 1.25 points", timeout=PATIENCE)
    lead.page.wait_for_selector("button:has-text('Ask change 2')")
    assert [one.fits() for one in (lead, wall, phone)] == [True] * 3
