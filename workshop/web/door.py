"""The way in: the front page, joining with a code, the one-time link of the facilitator, and the screen of the room."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from workshop import agenda, people, rooms, tokens
from workshop.rights import seat
from workshop.rooms import RefusedError
from workshop.web.guard import Device, Fields
from workshop.web.house import House, go


def routes(house: House) -> APIRouter:
    """Pages for everybody."""
    router = APIRouter()
    _front(router, house)
    _joining(router, house)
    _screen(router, house)
    return router


def _front(router: APIRouter, house: House) -> None:
    @router.get("/")
    def front(request: Request, device: Device) -> HTMLResponse:
        if not house.rights.facilitates(device):
            return house.page(request, "join.html", wrong="")
        sessions = [(one, house.rooms.state(one["id"])) for one in house.rooms.log.sessions()]
        agendas = [(name, agenda.agenda(name)) for name in agenda.names()]
        return house.page(request, "home.html", sessions=sessions, agendas=agendas)

    @router.get("/facilitate/{secret}")
    def link(request: Request, secret: str) -> HTMLResponse:
        return house.page(request, "link.html", secret=secret)

    @router.post("/facilitate/{secret}")
    def use(secret: str, device: Device, fields: Fields) -> RedirectResponse:
        if not house.rights.use(secret, device):
            raise RefusedError("This link has been used, or is none; start the workshop again for a new one.", 403)
        return go("/")

    @router.post("/leave")
    def leave(device: Device, fields: Fields) -> RedirectResponse:
        house.rights.drop(device)
        return go("/")


def _joining(router: APIRouter, house: House) -> None:
    @router.post("/join")
    def by_code(request: Request, fields: Fields) -> RedirectResponse:
        found = house.by_code(request, fields.get("code", ""))
        return go(f"/join/{found['code']}")

    @router.get("/join/{code}")
    def choose(request: Request, code: str, device: Device) -> HTMLResponse:
        found = house.by_code(request, code)
        state, mine = house.rooms.state(found["id"]), house.rights.seats(device, found["id"])
        free = [state.seats[party] for party in rooms.free(state)]
        return house.page(request, "choose.html", entry=found, s=state, free=free, mine=mine)

    @router.post("/join/{code}/claim")
    def claim(request: Request, code: str, device: Device, fields: Fields) -> RedirectResponse:
        found, party = house.by_code(request, code), fields.get("seat", "")
        people.claim(house.rooms, found["id"], party, fields.get("name", ""))
        house.rights.give(device, found["id"], seat(party))
        return go(f"/s/{found['id']}/team/{party}")

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


def _screen(router: APIRouter, house: House) -> None:
    @router.get("/screen/{code}")
    def screen(request: Request, code: str) -> HTMLResponse:
        found = house.by_code(request, code)
        return house.page(request, "screen.html", **house.room(request, found["id"]), qr=tokens.qr)

    @router.get("/screen/{code}/live")
    def live(request: Request, code: str) -> HTMLResponse:
        found = house.by_code(request, code)
        return house.page(request, "screen_live.html", **house.room(request, found["id"]), qr=tokens.qr)
