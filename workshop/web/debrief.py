"""Looking back: the debrief's page and its walk on the wall, the vote by phone, and what leaves the house as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from workshop import agenda, analyses, export, table
from workshop.debriefing import fork_name
from workshop.rights import seat
from workshop.rooms import RefusedError, task_of
from workshop.web.acts import number
from workshop.web.guard import Fields, device_of
from workshop.web.house import House, go

STYLE = Path(__file__).parents[1] / "static" / "style.css"


def routes(house: House) -> APIRouter:
    """Pages of a debrief."""
    router = APIRouter()
    _looking(router, house)
    _working_out(router, house)
    _walking(router, house)
    _voting(router, house)
    _leaving(router, house)
    return router


def _shown(house: House, request: Request, session: str, template: str, fork: int) -> HTMLResponse:
    house.facilitator(request)
    room = house.room(request, session)
    forks = room["s"].forks
    more: dict[str, Any] = {
        "fork": forks[fork - 1] if 1 <= fork <= len(forks) else None,
        "number": fork,
        "plan": agenda.agenda(room["s"].setup.agenda),
        "busy": house.desk.busy(session),
        "wrong": house.desk.wrong(session),
        "tickets": export.tickets(house.secret, session, house.rooms.clock.now()),
    }
    return house.page(request, template, **room, **more)


def _looking(router: APIRouter, house: House) -> None:
    @router.get("/s/{session}/debrief")
    def debrief(request: Request, session: str, fork: int = 0) -> HTMLResponse:
        return _shown(house, request, session, "debrief.html", fork)

    @router.get("/s/{session}/debrief/live")
    def live(request: Request, session: str, fork: int = 0) -> HTMLResponse:
        return _shown(house, request, session, "debrief_live.html", fork)

    @router.get("/s/{session}/walk")
    def walk(request: Request, session: str, fork: int = 0) -> HTMLResponse:
        return _shown(house, request, session, "walk.html", fork)

    @router.get("/s/{session}/walk/live")
    def walk_live(request: Request, session: str, fork: int = 0) -> HTMLResponse:
        return _shown(house, request, session, "walk_live.html", fork)


def _working_out(router: APIRouter, house: House) -> None:
    works: dict[str, Callable[..., Any]] = {"pivot": analyses.pivot, "par": analyses.find_par}

    @router.post("/s/{session}/fork")
    def fork(request: Request, session: str, fields: Fields) -> RedirectResponse:
        house.facilitator(request)
        given = (fields.get("at", ""), fields.get("others", ""), fields.get("variant", ""))
        name = analyses.fork(house.rooms, session, house.desk, *given)
        forks = house.rooms.state(session).forks
        place = next((k for k, one in enumerate(forks, 1) if fork_name(one) == name), len(forks) + 1)
        return go(f"/s/{session}/{_back(fields)}?fork={place}#fork")

    @router.post("/s/{session}/why")
    def why(request: Request, session: str, fields: Fields) -> RedirectResponse:
        house.facilitator(request)
        analyses.why(house.rooms, session, house.desk, fields.get("who", ""))
        return go(f"/s/{session}/debrief#why")

    @router.post("/s/{session}/find/{what}")
    def find(request: Request, session: str, what: str, fields: Fields) -> RedirectResponse:
        house.facilitator(request)
        if what not in works:
            raise RefusedError("There is no such button.", 404)
        works[what](house.rooms, session, house.desk)
        return go(f"/s/{session}/{_back(fields)}#{what}")


def _back(fields: Any) -> str:
    """The page that a form was on."""
    return "walk" if fields.get("page") == "walk" else "debrief"


def _walking(router: APIRouter, house: House) -> None:
    @router.post("/s/{session}/walk")
    def walk(request: Request, session: str, fields: Fields) -> RedirectResponse:
        house.facilitator(request)
        step = fields.get("step", "")
        turn = number(fields, "turn", 0, 99) if fields.get("turn") else 0
        state = analyses.walk(house.rooms, session, step, turn)
        if step == "vote" and state.over and "pivot" not in state.debrief.found:
            analyses.pivot(house.rooms, session, house.desk)  # it is there when the vote is counted
        return go(f"/s/{session}/{'walk' if step else 'debrief'}")


def _voting(router: APIRouter, house: House) -> None:
    @router.post("/s/{session}/team/{party}/vote")
    def vote(request: Request, session: str, party: str, fields: Fields) -> RedirectResponse:
        if not house.rights.has(device_of(request), session, seat(party)):
            raise RefusedError("This device does not hold this seat; join with the code on the screen.", 403)
        turn = fields.get("turn", "")
        if not (turn.isascii() and turn.isdecimal() and len(turn) < 4):
            raise RefusedError("Your vote: choose one of the turns.", 422)
        analyses.vote(house.rooms, session, device_of(request), int(turn))
        return go(f"/s/{session}/team/{party}")


def _leaving(router: APIRouter, house: House) -> None:
    @router.get("/s/{session}/game.json")
    def log(request: Request, session: str) -> JSONResponse:
        house.facilitator(request)
        state = house.rooms.state(session)
        content = table.book_of(task_of(state)).content.model_dump(mode="json", exclude_none=True)
        name = f"workshop-{session}-branch-{state.branch}.json"
        return JSONResponse(content, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    @router.get("/export/{session}/{what}")
    def file(request: Request, session: str, what: str, until: str = "", key: str = "") -> Response:
        export.check(house.secret, (session, what, until, key), house.rooms.clock.now())
        state, events = house.rooms.state(session), []
        kind, ending = export.FILES[what]
        if what == "page":
            plan = agenda.agenda(state.setup.agenda)
            text = house.page(request, "export.html", s=state, plan=plan, style=STYLE.read_text("utf-8")).body
        else:
            if what == "log":
                events = house.rooms.log.lineage(session, state.branch)
            text = export.written(what, state, events).encode()
        name = f"workshop-{session}-{what}.{ending}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(bytes(text), media_type=kind, headers=headers)
