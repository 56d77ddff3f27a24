"""README's three pictures of a workshop, taken of today's pages: `python3 tasks.py pictures`.

A server plays a demo and begins agenda A. The room's screen and a phone are taken while a turn is open, the debrief
with a fork of the demo."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.workshop.server import Server
from tests.workshop.windows import DESK, PHONE, WALL, Window, launched

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDE, NARROW = 1200, 420
COLOURS = 64
PATIENCE = 600_000.0
TEAMS = ("AWS", "Nvidia", "Anthropic", "European Commission")


def keep(name: str, shot: bytes, width: int) -> None:
    """A picture as it ships: so many columns, few colours."""
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    picture = picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / f"workshop-{name}.png", optimize=True)


def window(chromium: Any, host: str, look: dict[str, Any]) -> Window:
    """A window that waits for a slow machine."""
    made = Window(chromium, host, **look)
    made.page.set_default_timeout(PATIENCE)
    return made


def board_and_questions(phone: Any) -> bytes:
    """A phone's page from its news to its last question: no more, for the three pictures stand side by side."""
    phone.evaluate("window.scrollTo(0, 0)")
    first = phone.locator("section:has(> .board)").bounding_box()
    last = phone.locator("#decide details:has-text('What it does')").last.bounding_box()
    height = last["y"] + last["height"] - first["y"]
    return bytes(phone.screenshot(full_page=True, clip={**first, "height": height}))


def room(chromium: Any, host: str, lead: Window) -> None:
    """A turn of agenda A that is open: one team has submitted, one sees what its draft may lead to."""
    lead.go("/")
    lead.page.locator("section:has-text('Taster') button").click()
    code = lead.page.locator("header .mono").inner_text()
    wall = window(chromium, host, WALL)
    wall.go(str(lead.page.get_attribute("a:has-text('Screen for the wall')", "href")))
    phones = [seated(chromium, host, code, team) for team in TEAMS]
    lead.page.click("button:has-text('Show the briefing of turn 1')")
    lead.page.click("button:has-text('Open the turn')")
    phones[1].page.click("#decision > button:has-text('Submit')")
    phones[1].page.wait_for_selector(".done:has-text('Submitted')")
    aws = phones[0].page
    aws.fill("#q-order", "1000")
    aws.press("#q-order", "Tab")
    aws.wait_for_selector("#preview h4")
    aws.evaluate("document.activeElement.blur()")
    keep("phone", board_and_questions(aws), NARROW)
    wall.page.wait_for_selector("text=submitted")
    keep("screen", wall.page.screenshot(), WIDE)


def seated(chromium: Any, host: str, code: str, team: str) -> Window:
    """A team's phone in its seat."""
    phone = window(chromium, host, PHONE)
    phone.go(f"/join/{code}")
    phone.page.click(f"label.seat:has-text('{team}')")
    phone.page.click("button:has-text('Take this seat')")
    phone.page.wait_for_selector("h1:has-text('Welcome')")
    return phone


def debrief(lead: Window) -> None:
    """A fork of the demo: all exit fees gone from its first quarter on, others as they decided."""
    lead.page.click("button:has-text('Play the demo')")
    lead.page.click("a:has-text('To the debrief')")
    lead.page.wait_for_selector("select[name=variant]")
    lead.page.select_option("select[name=variant]", "no-exit-fees")
    lead.page.click("button:has-text('Play it: 64 worlds')")
    lead.page.wait_for_selector("#fork .big-line")
    lead.page.wait_for_selector("#fork >> text=more are being played", state="detached")
    keep("debrief", lead.page.locator("#fork").screenshot(), WIDE)


def main() -> None:
    """Take and keep all three."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as api:
        server, chromium = Server(Path(folder)), launched(api)
        try:
            server.ready()
            host = f"http://127.0.0.1:{server.port}"
            lead = window(chromium, host, DESK)
            lead.go(server.link)
            lead.page.click("button:has-text('This is my machine')")
            debrief(lead)
            room(chromium, host, lead)
        finally:
            chromium.close()
            server.stop()


if __name__ == "__main__":
    main()
