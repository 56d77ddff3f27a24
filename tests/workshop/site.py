"""A server in this process, and browsers that look at it: forms are filled in as a page shows them."""

from __future__ import annotations

import contextvars
import functools
import re
from contextvars import ContextVar
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from tests.workshop.events import HandClock
from tests.workshop.room import rooms
from workshop.rights import Rights
from workshop.web.app import application
from workshop.web.house import House
from workshop.worker import Here

HOST = "http://localhost"
ASKED: ContextVar[House] = ContextVar("the house of the site that is asked")


class Whichever:
    """Stands for the house of the site that is asked."""

    def __getattr__(self, name: str) -> Any:
        return getattr(ASKED.get(), name)


@functools.cache
def shared() -> FastAPI:
    """The application of all sites of a process: it takes a tenth of a second to put together, and pages hold nothing
    but their house, which they ask at every request."""
    return application(cast(House, Whichever()), watch=False)


class Served:
    """The application in one house."""

    def __init__(self, house: House) -> None:
        self.house = house
        contextvars.copy_context().run(self._put_together)

    def _put_together(self) -> None:
        ASKED.set(self.house)
        self.openapi = shared().openapi

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        ASKED.set(self.house)
        await shared()(scope, receive, send)


class Browser:
    """A browser of its own cookies."""

    def __init__(self, site: Site) -> None:
        self.client = TestClient(site.app, base_url=HOST)

    def get(self, where: str) -> Response:
        return self.client.get(where)

    def post(self, page: str, where: str, **fields: str) -> Response:
        """Send a form of a page."""
        return self.client.post(where, data={"form": self.token(page), **fields})

    def token(self, page: str) -> str:
        return field(self.get(page), "form")


class Site:
    """A server with a facilitator, on a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.rooms = rooms(folder, self.clock)
        self.rights = Rights(self.rooms.log.engine, self.clock)
        self.house = House(self.rooms, Here(), self.rights, ("localhost",), folder=folder)
        self.app = Served(self.house)
        self.lead = self.browser()
        link = f"/facilitate/{self.rights.link()}"
        assert self.lead.post(link, link).status_code == 200

    def browser(self) -> Browser:
        return Browser(self)

    def begin(self, **fields: str) -> tuple[str, str]:
        """A session of agenda A: its number and code."""
        page = self.lead.post("/", "/sessions", **{"agenda": "a", "seed": "5", **fields})
        assert page.status_code == 200, page.text
        number = page.url.path.split("/")[2]
        return number, str(self.rooms.log.sessions()[0]["code"])

    def do(self, session: str, what: str, **fields: str) -> Response:
        """Press a button of the console."""
        return self.lead.post(f"/s/{session}/console", f"/s/{session}/do/{what}", **fields)

    def seated(self, code: str, party: str, name: str = "") -> Browser:
        """A team's browser in a seat."""
        team = self.browser()
        page = team.post("/", f"/join/{code}/claim", seat=party, name=name)
        assert page.status_code == 200, page.text
        return team

    def state(self, session: str) -> Any:
        return self.rooms.state(session)


def field(page: Response, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text
    return found.group(1)
