"""Links that open one thing: a table card its seat, the projector's link the screen, the code the same screen."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from workshop import lobby, tokens
from workshop.hall import SCREEN
from workshop.rights import seat
from workshop.rooms import RefusedError
from workshop.web.guard import Device, Fields
from workshop.web.house import House, go


def routes(house: House) -> APIRouter:
    """Pages behind secrets that are on paper or on a wall."""
    router = APIRouter()
    _cards(router, house)
    _screens(router, house)
    return router


def _opened(house: House, request: Request, secret: str, screen: bool) -> tuple[str, str]:
    """Session and seat of a secret; who guesses is stopped after a while."""
    who, now = house.who(request), house.rooms.clock.now()
    house.failures.check(now, **who)
    try:
        found, party = lobby.card(house.rooms, secret)
        if (party == SCREEN) != screen:
            raise RefusedError("This link opens something else: look at where you have it from.", 404)
    except RefusedError:
        house.failures.failed(now, **who)
        raise
    return found, party


def _cards(router: APIRouter, house: House) -> None:
    @router.get("/card/{secret}")
    def card(request: Request, secret: str) -> HTMLResponse:
        house.met(request)
        found, party = _opened(house, request, secret, screen=False)
        state = house.rooms.state(found)
        return house.page(request, "card.html", s=state, seat=state.seats[party], secret=secret)

    @router.post("/card/{secret}")
    def sit(request: Request, secret: str, device: Device, fields: Fields) -> RedirectResponse:
        found, party = _opened(house, request, secret, screen=False)
        if house.rooms.state(found).seats[party].team:  # another phone of the team at this table
            house.rights.give(device, found, seat(party))
        else:
            lobby.sit(house.rooms, house.rights, found, device, (party, fields.get("name", "")))
        return go(f"/s/{found}/team/{party}")


def _screens(router: APIRouter, house: House) -> None:
    def shown(request: Request, session: str, template: str, here: str) -> HTMLResponse:
        room = house.room(request, session)
        return house.page(request, template, **room, qr=tokens.qr, here=here)

    @router.get("/screen/{code}")
    def screen(request: Request, code: str) -> HTMLResponse:
        return shown(request, house.by_code(request, code)["id"], "screen.html", f"/screen/{code}")

    @router.get("/screen/{code}/live")
    def live(request: Request, code: str) -> HTMLResponse:
        return shown(request, house.by_code(request, code)["id"], "screen_live.html", f"/screen/{code}")

    @router.get("/wall/{secret}")
    def wall(request: Request, secret: str) -> HTMLResponse:
        return shown(request, _opened(house, request, secret, screen=True)[0], "screen.html", f"/wall/{secret}")

    @router.get("/wall/{secret}/live")
    def wall_live(request: Request, secret: str) -> HTMLResponse:
        return shown(request, _opened(house, request, secret, screen=True)[0], "screen_live.html", f"/wall/{secret}")
