"""The server: routes of three kinds of people, one stream, and a watch that locks what is due."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from sim.errors import InputError
from workshop.rooms import RefusedError
from workshop.web import (
    ahead,
    console,
    cycles,
    dealing,
    debrief,
    door,
    explore,
    leading,
    screens,
    seats,
    stream,
    upkeep,
)
from workshop.web.guard import Guard, asked_by_script
from workshop.web.house import House

STATIC = Path(__file__).parents[1] / "static"
LOG = logging.getLogger(__name__)
ROUTES = (door, leading, screens, seats, dealing, ahead, console, debrief, stream, explore, cycles)
PLAINLY = {
    404: "There is no such page.",
    405: "This address takes a form and is no page; go back to the page with the form.",
}
"""What other errors of the web are called."""
FORMS = (
    (r"(/s/\w+/team/\w+)/\w", "", "your team's page"),
    (r"(/s/\w+)/do/", "/console", "the console"),
    (r"(/s/\w+/cycles)/\w", "", "the console"),
    (r"(/s/\w+)/predict$", "/pair", "the page of your prediction"),
    (r"(/join/\w+)/\w", "", "the seats"),
)
"""What a form is sent to, and the page that it stands on."""
EVERY = 1.0
"""Seconds between two looks at what is due."""


def application(house: House, watch: bool = True) -> FastAPI:
    """The server of a house. watch: look every second for turns whose time is up, also when no page asks."""
    hidden: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": None}
    app = FastAPI(title="Fully Booked workshop", lifespan=_life(house, watch), **hidden)
    app.state.house, app.state.previews = house, house.previews  # made once, before threads ask for it
    for routes in ROUTES:
        app.include_router(routes.routes(house))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(Guard)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(house.hosts), www_redirect=False)
    _answer_errors(app, house)
    return app


def _life(house: House, watch: bool) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        ended = threading.Event()
        if watch:
            threading.Thread(target=_watch, args=(house, ended), daemon=True).start()
        try:
            yield
        finally:
            ended.set()

    return life


def _watch(house: House, ended: threading.Event) -> None:
    while True:
        try:
            upkeep.look(house)
        except Exception:  # a disk that was full for a moment must not end the watch
            LOG.exception("a room could not be looked after; it is tried again in a second")
        if ended.wait(EVERY):
            return


def _form_of(path: str) -> tuple[str, str]:
    """Address and name of the page that holds the form which was sent to a path; two '' where none is known."""
    for pattern, page, name in FORMS:
        if found := re.match(pattern, path):
            return found.group(1) + page, name
    return "", ""


def _answer_errors(app: FastAPI, house: House) -> None:
    def sentence(request: Request, error: Exception) -> Response:
        status = getattr(error, "status", getattr(error, "status_code", 422))
        said = str(error)
        if isinstance(error, HTTPException):
            said = PLAINLY.get(error.status_code, str(error.detail))
        elif isinstance(error, RequestValidationError):
            said = "This address has a part that is not understood; go back to the page that you came from."
        elif not isinstance(error, (RefusedError, InputError)):
            status, said = 500, "The server could not answer this. Try again; what was handed in before is kept."
        part = asked_by_script(request)
        template = "part_sorry.html" if part else "sorry.html"
        answer = house.page(request, template, status, sentence=said, back=_form_of(request.url.path))
        if status in (429, 503):
            answer.headers["Retry-After"] = "5"
        return answer

    for kind in (RefusedError, InputError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, sentence)
