"""Every page in a real browser, and what a phone does to a page: it sleeps, its clock is wrong, its network goes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workshop import windows
from tests.workshop.server import Visitor
from tests.workshop.walls import LONG
from tests.workshop.windows import DESK, LEAD, OLD_WALL, OTHERS, PAGES, PHONE, SENT, TEAM, WALL, Window
from tests.workshop.zygote import Forked, Zygote
from workshop.database import connected, url_of
from workshop.log import EventLog
from workshop.state import State, replay

pytestmark = [pytest.mark.slow, pytest.mark.browser]
DAY_MS = 86_400_000
WALLS, ON_A_WALL = (OLD_WALL, WALL), ("/screen/", "/wall/", "/guesses/")
"""Windows and pages of which nothing may lie below the edge."""
SLEEP = "Object.defineProperty(document, 'hidden', {{value: {hidden}, configurable: true}});" + (
    "document.dispatchEvent(new Event('visibilitychange'))"
)


class Room:
    """A session of agenda A on a server of its own, with a team in AWS."""

    def __init__(self, zygote: Zygote, folder: Path) -> None:
        self.server = Forked(zygote, folder)
        self.server.ready()
        self.host = f"http://127.0.0.1:{self.server.port}"
        self.lead, self.team = Visitor(self.server.port), Visitor(self.server.port)
        self.lead.post(self.server.link, self.server.link)
        page = self.lead.post("/", "/sessions", agenda="a", seed="4", rooms="2")
        self.session = page.url.path.split("/")[2]
        self.log = EventLog(connected(url_of(folder)))
        self.code = next(one["code"] for one in self.log.sessions() if one["id"] == self.session)
        self.team.post("/", f"/join/{self.code}/claim", seat="aws", name="Blue")
        self.team.looks(self.session)

    def begin_others(self) -> None:
        """Sessions of the other agendas, those of B and C in an open turn, the first change of D asked."""
        self.others = {}
        for name in "bcd":
            page = self.lead.post("/", "/sessions", agenda=name, seed="4")
            self.others[name] = page.url.path.split("/")[2]
        self.others["d_code"] = next(one["code"] for one in self.log.sessions() if one["id"] == self.others["d"])
        first = self.session
        for name in "bc":
            self.session = self.others[name]
            self.do("brief")
            self.do("open")
        self.session = first
        cycles = f"/s/{self.others['d']}/cycles"
        assert self.lead.post(cycles, f"{cycles}/ask").status_code == 200

    def state(self) -> State:
        return replay(self.log.lineage(self.session, self.log.branch(self.session)))

    def do(self, what: str, **fields: str) -> None:
        end = time.monotonic() + 120
        while not self._ready(what) and time.monotonic() < end:
            time.sleep(0.05)
        answer = self.lead.post(f"/s/{self.session}/console", f"/s/{self.session}/do/{what}", **fields)
        assert answer.status_code == 200, answer.text

    def _ready(self, what: str) -> bool:
        """Is the server done with what a button waits for?"""
        state = self.state()
        made = (state.coming if state.phase == "published" else state.brief) is not None
        return {"brief": made, "publish": state.phase == "review"}.get(what, True)

    def window(self, chromium: Any, who: str, script: str = "", **look: Any) -> Window:
        """A window of the facilitator, of the team or of a stranger."""
        made = Window(chromium, self.host, script, **look)
        visitor = {LEAD: self.lead, TEAM: self.team}.get(who)
        if visitor is not None:
            made.context.add_cookies(
                [{"name": "fully_booked", "value": visitor.client.cookies["fully_booked"], "url": self.host}]
            )
        return made


@pytest.fixture
def room(zygote: Zygote, tmp_path: Path) -> Iterator[Room]:
    made = Room(zygote, tmp_path)
    yield made
    windows.closed()
    made.server.kill()
    made.log.engine.dispose()


def test_every_page_lets_everybody_in_fits_and_asks_nobody_else(chromium: Any, room: Room) -> None:
    """Each page in the lobby, in an open turn and after it, with each of its windows."""
    wrong = []
    for phase, acts in (("lobby", ()), ("open", ("brief", "open")), ("published", ("lock", "publish"))):
        for what in acts:
            room.do(what)
        hall = room.state().hall
        names = {
            "session": room.session,
            "code": room.code,
            "card": hall.cards["nvidia"],
            "screen": hall.cards["screen"],
        }
        wrong += looked_at(chromium, room, PAGES, names, phase)
    room.begin_others()
    assert wrong + looked_at(chromium, room, OTHERS, room.others, "others") == []


def looked_at(chromium: Any, room: Room, pages: Any, names: dict[str, str], phase: str) -> list[str]:
    """What is wrong with pages, by the window."""
    wrong = []
    for name, path, who, looks in pages:
        for look in looks:
            window = room.window(chromium, who, **look)
            window.go(path.format(**names))
            if name == "no such page":
                window.forgive("404")
            at = f"{name} ({phase}, {look['viewport']['width']} px)"
            wrong += [f"{at}: {one}" for one in (*window.barriers(), *window.wrong)]
            wrong += [] if window.fits() else [f"{at}: wider than the window"]
            low = look in WALLS and path.startswith(ON_A_WALL) and not window.holds()
            wrong += [f"{at}: lower than the window"] if low else []
            window.context.close()
    return wrong


def test_pages_that_answer_a_form_let_everybody_in_and_fit(chromium: Any, room: Room) -> None:
    room.do("brief")
    room.do("open")
    page = f"/s/{room.session}/team/aws"
    room.team.post(page, f"{page}/submit", revision="0", key="first", order="610", own_share="50", exit_fee="10")
    wrong = []
    for name, path, who, button, held, said in SENT:
        for look in (PHONE, DESK):
            window = room.window(chromium, who, **look)
            window.go(path.format(session=room.session))
            for field, value in held.items():
                window.page.locator(f"#decision [name={field}]").evaluate(f"(one) => {{ one.value = '{value}' }}")
            window.page.click(button)
            window.page.wait_for_selector(f"main:has-text('{said}')")
            window.forgive("409")
            at = f"{name} ({look['viewport']['width']} px)"
            wrong += [f"{at}: {one}" for one in (*window.barriers(), *window.wrong)]
            wrong += [] if window.fits() else [f"{at}: wider than the window"]
            window.context.close()
    assert wrong == []


def test_the_page_that_is_taken_along_is_whole_without_a_server(chromium: Any, room: Room, tmp_path: Path) -> None:
    for what in ("brief", "open", "lock", "publish"):
        room.do(what)
    link = re.search(r'href="(/export/[^"]+/page[^"]*)"', room.lead.client.get(f"/s/{room.session}/debrief").text)
    assert link
    file = tmp_path / "debrief.html"
    file.write_text(room.lead.client.get(link.group(1).replace("&amp;", "&")).text, encoding="utf-8")
    for look in (PHONE, DESK):
        window = Window(chromium, file.as_uri().removesuffix("/debrief.html"), **look)
        window.go("/debrief.html")
        assert "What happened" in window.page.inner_text("main")
        assert window.barriers() == [] and window.fits()


def test_a_phone_that_slept_wakes_to_the_present(chromium: Any, room: Room) -> None:
    """It sleeps once, thrice, over the change of a round, and comes back from another page."""
    phone = room.window(chromium, TEAM, **PHONE)
    phone.go(f"/s/{room.session}/team/aws")
    for _ in range(3):
        phone.page.evaluate(SLEEP.format(hidden="true"))
        phone.page.evaluate(SLEEP.format(hidden="false"))
    phone.page.wait_for_selector("#link:has-text('Reconnected. Lobby')", state="attached")
    phone.page.evaluate(SLEEP.format(hidden="true"))
    room.do("brief")
    room.do("open")
    assert "Lobby" in phone.page.inner_text("#live")
    phone.page.evaluate(SLEEP.format(hidden="false"))
    phone.page.wait_for_selector("#decision > button:has-text('Submit')")
    said = phone.page.locator("#link").inner_text()
    assert re.match(r"Reconnected. Turn 1 . Open: decide and submit \d:\d\d left", said), said
    phone.go("/notice")
    room.do("lock")
    room.do("publish")
    phone.page.go_back()
    phone.page.wait_for_selector("text=What came of your last turn")
    assert phone.wrong == []


def test_a_wall_fits_again_when_the_facilitator_says_something(chromium: Any, room: Room) -> None:
    wall = room.window(chromium, "", **OLD_WALL)
    room.do("brief")
    room.do("open")
    wall.go(f"/screen/{room.code}")
    assert wall.holds()
    for said in (LONG, "Five minutes more."):
        room.do("say", text=said)
        wall.page.wait_for_selector(f".said:has-text('{said[-30:].strip()}')")
        assert wall.holds() and wall.wrong == []


def test_a_page_without_scripts_loads_itself_again(chromium: Any, room: Room) -> None:
    phone = room.window(chromium, TEAM, **PHONE, java_script_enabled=False)
    phone.go(f"/s/{room.session}/team/aws")
    phone.page.wait_for_url("**/team/aws?again=1")
    room.do("brief")
    phone.page.wait_for_selector("main noscript a")
    assert phone.fits() and phone.wrong == []


@pytest.mark.parametrize("shift", [-DAY_MS, DAY_MS])
def test_a_wrong_clock_moves_no_deadline(chromium: Any, room: Room, shift: int) -> None:
    """A phone whose clock is a day off sees the time that is left, and its decision counts."""
    script = f"const real = Date.now; Date.now = () => real() + {shift};"
    phone = room.window(chromium, TEAM, script, **PHONE)
    room.do("brief")
    room.do("open")
    phone.go(f"/s/{room.session}/team/aws")
    minutes, seconds = phone.page.locator(".timer").first.inner_text().split(":")
    left = 60 * int(minutes) + int(seconds)
    assert 0 < left <= room.state().setup.seconds
    phone.page.click("#decision > button:has-text('Submit')")
    phone.page.wait_for_selector(".status .done:has-text('Submitted')")
    assert room.state().seats["aws"].submitted
    assert phone.wrong == []


def test_the_timer_is_said_aloud_at_60_30_and_10_seconds(chromium: Any, room: Room) -> None:
    """On the wall, with less motion asked for: the page's own clock is put forward."""
    wall = room.window(chromium, "", **WALL, reduced_motion="reduce")
    room.do("brief")
    room.do("open")
    wall.go(f"/screen/{room.code}")
    assert wall.page.get_attribute("#link", "aria-live") == "polite"
    for left in (60, 30, 10):
        wall.page.evaluate(f"document.querySelector('[data-left]').dataset.left = {left}")
        wall.page.evaluate("document.getElementById('live').append('')")
        wall.page.wait_for_selector(f"#link:has-text('{left} seconds left')", state="attached")
    moving = wall.page.evaluate("getComputedStyle(document.querySelector('.timer')).animationName")
    assert moving == "none"
    assert wall.wrong == []
