"""The way in: the front page, and joining with a code."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from workshop import agenda, lobby, people, rooms
from workshop.rights import seat
from workshop.rooms import RefusedError
from workshop.web.guard import Device, Fields
from workshop.web.house import House, go


def routes(house: House) -> APIRouter:
    """Pages for everybody."""
    router = APIRouter()
    _front(router, house)
    _joining(router, house)
    _joining_again(router, house)
    return router


def _front(router: APIRouter, house: House) -> None:
    @router.get("/")
    def front(request: Request, device: Device) -> HTMLResponse:
        house.met(request)
        if not house.rights.facilitates(device):
            return house.page(request, "join.html")
        sessions = [(one, house.rooms.state(one["id"])) for one in house.rooms.log.sessions()]
        agendas = [(name, agenda.agenda(name)) for name in agenda.names()]
        leading = house.rights.facilitators()
        return house.page(request, "home.html", sessions=sessions, agendas=agendas, leading=leading)


def _joining(router: APIRouter, house: House) -> None:
    @router.post("/join")
    def by_code(request: Request, fields: Fields) -> RedirectResponse:
        found = house.by_code(request, fields.get("code", ""))
        return go(f"/join/{found['code']}")

    @router.get("/join/{code}", response_model=None)
    def choose(request: Request, code: str, device: Device, words: str = "") -> Response:
        house.met(request)
        found = house.by_code(request, code)
        state, mine = house.rooms.state(found["id"]), house.rights.seats(device, found["id"])
        if state.setup.cycles:
            return go(f"/s/{found['id']}/pair")
        more: dict[str, Any] = {
            "free": [state.seats[party] for party in rooms.free(state)],
            "mine": mine,
            "waiting": bool(house.rights.waiting(device, found["id"])),
            "words": words,
            "version": house.rooms.bell.version(found["id"]),
        }
        return house.page(request, "choose.html", entry=found, s=state, **more)

    @router.post("/join/{code}/claim")
    def claim(request: Request, code: str, device: Device, fields: Fields) -> RedirectResponse:
        found, party = house.by_code(request, code), fields.get("seat", "")
        house.arrived(request)
        if lobby.enter(house.rooms, house.rights, found["id"], device, (party, fields.get("name", ""))):
            return go(f"/s/{found['id']}/team/{party}")
        return go(f"/join/{found['code']}")


def _joining_again(router: APIRouter, house: House) -> None:
    @router.post("/join/{code}/team")
    def second(request: Request, code: str, device: Device, fields: Fields) -> RedirectResponse:
        found, who, now = house.by_code(request, code), house.who(request), house.rooms.clock.now()
        try:
            party = people.second_device(house.rooms.state(found["id"]), fields.get("word", ""))
        except RefusedError:
            house.failures.failed(now, **who)
            raise
        house.rights.give(device, found["id"], seat(party))
        return go(f"/s/{found['id']}/team/{party}")
