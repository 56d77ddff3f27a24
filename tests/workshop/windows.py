"""Windows of a real browser: what each is like, what went wrong in it, and every page that people see."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}}
WALL = {"viewport": {"width": 1920, "height": 1080}}
OLD_WALL = {"viewport": {"width": 1024, "height": 768}}
WAIT = 120_000.0
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"

LEAD, TEAM, STRANGER = "facilitator", "team", "stranger"
PAGES = (
    ("join", "/", STRANGER, (PHONE, DESK)),
    ("notice", "/notice", STRANGER, (PHONE, DESK)),
    ("passphrase", "/facilitate", STRANGER, (PHONE, DESK)),
    ("one-time link", "/facilitate/x", STRANGER, (PHONE, DESK)),
    ("choose a seat", "/join/{code}", STRANGER, (PHONE, DESK)),
    ("table card", "/card/{card}", STRANGER, (PHONE, DESK)),
    ("no such page", "/nowhere", STRANGER, (PHONE, DESK)),
    ("sessions", "/", LEAD, (PHONE, DESK)),
    ("console", "/s/{session}/console", LEAD, (PHONE, DESK)),
    ("table cards", "/s/{session}/cards", LEAD, (PHONE, DESK)),
    ("handout", "/s/{session}/handout", LEAD, (PHONE, DESK)),
    ("both rooms", "/s/{session}/beside", LEAD, (PHONE, DESK)),
    ("debrief", "/s/{session}/debrief", LEAD, (PHONE, DESK, WALL)),
    ("screen by its code", "/screen/{code}", STRANGER, (OLD_WALL, WALL)),
    ("screen by its link", "/wall/{screen}", STRANGER, (PHONE, OLD_WALL, WALL)),
    ("walk", "/s/{session}/walk", LEAD, (PHONE, DESK, WALL)),
    ("a team's page", "/s/{session}/team/aws", TEAM, (PHONE, DESK)),
    ("hot seat", "/s/{session}/team/ec", LEAD, (PHONE, DESK)),
)
"""Name, address, who looks at it, and with which windows. Whoever adds a page adds a row."""
OTHERS = (
    ("what if", "/explore?worlds=16", STRANGER, (PHONE, DESK)),
    ("handout of B", "/s/{b}/handout", LEAD, (PHONE, DESK)),
    ("handout of C", "/s/{c}/handout", LEAD, (PHONE, DESK)),
    ("hot seat with five questions and deals", "/s/{b}/team/aws", LEAD, (PHONE, DESK)),
    ("hot seat with seven questions", "/s/{c}/team/ec", LEAD, (PHONE, DESK)),
    ("changes to predict", "/s/{d}/cycles", LEAD, (PHONE, DESK)),
    ("changes on paper", "/s/{d}/cycles/handout", LEAD, (PHONE, DESK)),
    ("a pair's page", "/s/{d}/pair", STRANGER, (PHONE, DESK)),
    ("guesses on the wall", "/guesses/{d_code}", STRANGER, (OLD_WALL, WALL)),
)
"""Pages of what stands beside a session of agenda A: sessions b, c and d by the agendas of these letters."""
OPEN_TURN = "/s/{session}/team/aws"
SENT = (
    ("a link for a co-host", "/", LEAD, "button:has-text('co-host')", {}, "A link for a co-host"),
    ("two versions", OPEN_TURN, TEAM, "#decision > button", {"revision": "99", "order": "900"}, "Two versions"),
    ("a form of another turn", OPEN_TURN, TEAM, "#decision > button", {"of": "0.9"}, "This form is of another turn"),
)
"""Pages that answer a form, in an open turn: name, page of the form, who sends it, the button, fields that hold
something else, and what the answer says. Whoever adds such a page adds a row."""
OPENED: list[Window] = []
"""Windows of the test that runs just now."""


def launched(api: Any) -> Any:
    """The system's Chromium; the test is skipped where there is none, and fails there in CI."""
    if CHROMIUM is None and "CI" not in os.environ:
        pytest.skip("Chromium is not installed: install it to run this")
    return api.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


def closed() -> None:
    """Close all windows, before their server ends and they complain of it."""
    for one in OPENED:
        one.context.close()


class Window:
    """A page of a browser of its own, which notes what goes wrong."""

    def __init__(self, chromium: Any, host: str, script: str = "", **look: Any) -> None:
        self.host, self.wrong = host, list[str]()
        OPENED.append(self)
        self.context = chromium.new_context(**look)
        if script:
            self.context.add_init_script(script)
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("request", lambda asked: self._asked(asked.url))
        self.page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.host, "data:", "blob:")):
            self._note(f"asked {url}")

    def _note(self, said: str) -> None:
        self.wrong.append(said)

    def forgive(self, *parts: str) -> None:
        """What a test brings about itself is nothing wrong: a refusal, a server that is killed."""
        self.wrong = [one for one in self.wrong if not any(part in one for part in parts)]

    def go(self, path: str) -> None:
        """Open a page of the server."""
        self.page.goto(self.host + path)

    def _measured(self, expression: str) -> Any:
        """What a page says of itself once it is loaded: one that has just come has no elements yet."""
        self.page.wait_for_load_state("load")
        return self.page.evaluate(expression)

    def fits(self) -> bool:
        """Does nothing stand out to the right?"""
        return bool(self._measured("document.documentElement.scrollWidth <= window.innerWidth"))

    def holds(self) -> bool:
        """Does all of it but its foot stand in the window? Nobody scrolls a wall."""
        return bool(self._measured("document.querySelector('main').getBoundingClientRect().bottom <= innerHeight"))

    def barriers(self) -> list[str]:
        """What keeps people out, by the rules of WCAG 2.2 at AA."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        found = self.page.evaluate("(rules) => axe.run(document, {runOnly: {type: 'tag', values: rules}})", rules)
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]
