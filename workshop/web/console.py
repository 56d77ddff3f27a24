"""The facilitator's pages: sessions and the console of a room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from experiments.library import titles
from workshop import agenda, conduct, tokens
from workshop.rooms import RefusedError
from workshop.web.guard import Fields
from workshop.web.house import House, go

MOST_SEED = 2**32 - 1
LONGEST_EXTENSION = 3600


def routes(house: House) -> APIRouter:
    """Pages for the facilitator."""
    router = APIRouter()
    _beginning(router, house)
    _leading(router, house)
    return router


def number(fields: Mapping[str, str], name: str, low: int, high: int) -> int:
    """A whole number of a form; RefusedError says what is allowed."""
    text = fields.get(name, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and low <= int(text) <= high):
        raise RefusedError(f"{name} = '{text[:20]}' is not allowed; give a whole number from {low} to {high}.", 422)
    return int(text)


def _beginning(router: APIRouter, house: House) -> None:
    @router.post("/sessions")
    def begin(request: Request, fields: Fields) -> RedirectResponse:
        house.facilitator(request)
        name, seed = fields.get("agenda", "a"), number(fields, "seed", 0, MOST_SEED)
        plan = agenda.agenda(name)
        session = conduct.begin(house.rooms, plan.setup(name, seed))
        return go(f"/s/{session}/console")

    @router.post("/demo")
    def demo(request: Request, fields: Fields) -> RedirectResponse:
        house.facilitator(request)
        plan, seed = agenda.agenda("a"), number(fields, "seed", 0, MOST_SEED)
        session = conduct.begin(house.rooms, plan.setup("a", seed, "Demo: bots in every seat", demo=True))
        house.rooms.helpers.submit(conduct.demo, house.rooms, session)
        return go(f"/s/{session}/console")


def _leading(router: APIRouter, house: House) -> None:
    def shown(request: Request, session: str, template: str) -> HTMLResponse:
        house.facilitator(request)
        room = house.room(request, session)
        more: dict[str, Any] = {
            "cards": titles("shocks"),
            "plan": agenda.agenda(room["s"].setup.agenda),
            "qr": tokens.qr,
        }
        return house.page(request, template, **room, **more)

    @router.get("/s/{session}/console")
    def console(request: Request, session: str) -> HTMLResponse:
        return shown(request, session, "console.html")

    @router.get("/s/{session}/console/live")
    def live(request: Request, session: str) -> HTMLResponse:
        return shown(request, session, "console_live.html")

    @router.get("/s/{session}/handout")
    def handout(request: Request, session: str) -> HTMLResponse:
        return shown(request, session, "handout.html")

    @router.post("/s/{session}/do/{what}")
    def act(request: Request, session: str, what: str, fields: Fields) -> RedirectResponse:
        house.facilitator(request)
        if what not in ACTS:
            raise RefusedError("There is no such button.", 404)
        ACTS[what](house, session, fields)
        return go(f"/s/{session}/console")


def _free(house: House, session: str, fields: Mapping[str, str]) -> None:
    conduct.release(house.rooms, session, fields.get("seat", ""))
    house.rights.clear_seat(session, fields.get("seat", ""))


ACTS: dict[str, Callable[[House, str, Mapping[str, str]], Any]] = {
    "brief": lambda house, session, fields: conduct.brief(house.rooms, session),
    "open": lambda house, session, fields: conduct.open_turn(house.rooms, session),
    "pause": lambda house, session, fields: conduct.pause(house.rooms, session),
    "extend": lambda house, session, fields: conduct.extend(
        house.rooms, session, number(fields, "seconds", 1, LONGEST_EXTENSION)
    ),
    "lock": lambda house, session, fields: house.rooms.lock(session),
    "publish": lambda house, session, fields: conduct.publish(house.rooms, session),
    "reopen": lambda house, session, fields: conduct.reopen(house.rooms, session),
    "say": lambda house, session, fields: conduct.announce(house.rooms, session, fields.get("text", "")),
    "hold": lambda house, session, fields: conduct.hold(
        house.rooms, session, fields.get("seat", ""), fields.get("holder", "")
    ),
    "free": _free,
    "card": lambda house, session, fields: conduct.lay(house.rooms, session, fields.get("card", "")),
    "rewind": lambda house, session, fields: conduct.rewind(house.rooms, session, number(fields, "turn", 1, 99)),
    "again": lambda house, session, fields: house.rooms.try_again(session),
}
