"""Pages of a session of cycles: pairs predict on phones, the facilitator asks and shows, the wall holds the guesses
against the band of the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from workshop import agenda, bands, cycles, predicted, predicting, tokens
from workshop.acting import acting
from workshop.rooms import RefusedError
from workshop.web.guard import Device, Fields
from workshop.web.house import GONE, House, go


def routes(house: House) -> APIRouter:
    """Pages for pairs, the wall and the facilitator."""
    router = APIRouter()
    _pairs(router, house)
    _wall(router, house)
    _leading(router, house)
    _files(router, house)
    return router


def shown(house: House, request: Request, session: str, template: str, **more: Any) -> HTMLResponse:
    """A page of a session of cycles; RefusedError where the session has none."""
    room = house.room(request, session)
    state = room["s"]
    if not state.setup.cycles:
        raise RefusedError("This session has turns, and no changes to predict.", 404)
    waits = cycles.waits(state.cycles)
    progress = house.progress.get(session, predicting.BEGUN) if waits else None
    parts: dict[str, Any] = {
        "now": cycles.current(state.cycles),
        "open": cycles.is_open(state.cycles),
        "progress": progress.said if progress else "",
        "stuck": bool(progress and progress.stuck),
        "left_over": len(state.setup.cycles) - len(state.cycles),
        "cycles": cycles,
        "promise": predicting.PROMISE,
        "guesses": predicted,
        "qr": tokens.qr,
        "plan": agenda.agenda(state.setup.agenda),
    }
    return house.page(request, template, **room, **parts, **more)


def _pairs(router: APIRouter, house: House) -> None:
    def pair(request: Request, session: str, device: str, template: str) -> HTMLResponse:
        if house.session(session)["expires_at"] <= house.rooms.clock.now():
            raise RefusedError(GONE, 410)
        now = cycles.current(house.rooms.state(session).cycles)
        mine = None if now is None else now.of(predicting.who(session, device))
        return shown(house, request, session, template, mine=mine)

    @router.get("/s/{session}/pair")
    def page(request: Request, session: str, device: Device) -> HTMLResponse:
        return pair(request, session, device, "pair.html")

    @router.get("/s/{session}/pair/live")
    def live(request: Request, session: str, device: Device) -> HTMLResponse:
        return pair(request, session, device, "pair_live.html")

    @router.post("/s/{session}/predict")
    def predict(session: str, device: Device, fields: Fields) -> RedirectResponse:
        predicting.predict(house.rooms, session, device, fields.get("sign", ""), fields.get("size", ""))
        return go(f"/s/{session}/pair")


def _wall(router: APIRouter, house: House) -> None:
    def wall(request: Request, code: str, template: str) -> HTMLResponse:
        session = house.by_code(request, code)["id"]
        seed = house.rooms.state(session).setup.seed
        rest, whole = predicting.at_rest(house.explorer, session, seed)
        return shown(house, request, session, template, rest=rest, rest_whole=whole)

    @router.get("/guesses/{code}")
    def page(request: Request, code: str) -> HTMLResponse:
        return wall(request, code, "wall.html")

    @router.get("/guesses/{code}/live")
    def live(request: Request, code: str) -> HTMLResponse:
        return wall(request, code, "wall_live.html")


def _close(house: House, session: str) -> None:
    house.progress.pop(session, None)  # that of the change before
    predicting.close(house.rooms, session, house.explorer)


ACTS: dict[str, Callable[[House, str], Any]] = {
    "ask": lambda house, session: predicting.ask(house.rooms, session, house.explorer),
    "again": lambda house, session: predicting.again(house.rooms, session, house.explorer),
    "leave-out": lambda house, session: predicting.leave_out(house.rooms, session, house.explorer),
    "show": _close,
}


def _leading(router: APIRouter, house: House) -> None:
    def lead(request: Request, session: str, template: str) -> HTMLResponse:
        house.facilitator(request)
        return shown(house, request, session, template)

    @router.get("/s/{session}/cycles")
    def page(request: Request, session: str) -> HTMLResponse:
        return lead(request, session, "cycles.html")

    @router.get("/s/{session}/cycles/live")
    def live(request: Request, session: str) -> HTMLResponse:
        return lead(request, session, "cycles_live.html")

    @router.get("/s/{session}/cycles/handout")
    def handout(request: Request, session: str) -> HTMLResponse:
        return lead(request, session, "cycles_handout.html")

    @router.post("/s/{session}/cycles/{what}")
    def act(request: Request, session: str, what: str, fields: Fields) -> RedirectResponse:
        house.facilitator(request)
        if what not in ACTS:
            raise RefusedError("There is no such button.", 404)
        with acting(house.sender(request)):
            ACTS[what](house, session)
        return go(f"/s/{session}/cycles")


def _files(router: APIRouter, house: House) -> None:
    @router.get("/s/{session}/predictions.csv")
    def table(request: Request, session: str) -> Response:
        house.facilitator(request)
        rows = predicting.rows(house.rooms.state(session))
        if not rows:
            raise RefusedError("Nobody has predicted anything yet.", 404)
        headers = {"Content-Disposition": f'attachment; filename="predictions-{session}.csv"'}
        return Response(bands.table(rows), media_type="text/csv; charset=utf-8", headers=headers)
