"""The facilitator's pages: sessions and the console of a room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from experiments.library import titles
from workshop import act_words, agenda, conduct, lobby, pace, pages, paper, presence, tokens
from workshop.acting import acting
from workshop.rooms import SLOW, RefusedError
from workshop.web import upkeep
from workshop.web.acts import ACTS, number
from workshop.web.guard import Fields
from workshop.web.house import House, go

MOST_SEED = 2**32 - 1
AT = {"note": "#acts"}
"""Where on the console an act leads back to."""


def day(at: float | None) -> str:
    """A day as people read it: '27 November 2026'; '' for none."""
    return f"{datetime.fromtimestamp(at):%d %B %Y}".lstrip("0") if at is not None else ""


def as_file(text: str, name: str) -> Response:
    """A table to keep."""
    return Response(text, media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def routes(house: House) -> APIRouter:
    """Pages for the facilitator."""
    router = APIRouter()
    _beginning(router, house)
    _leading(router, house)
    _acting(router, house)
    _files(router, house)
    return router


def _beginning(router: APIRouter, house: House) -> None:
    @router.post("/sessions")
    def begin(request: Request, fields: Fields) -> RedirectResponse:
        house.facilitator(request)
        name, seed = fields.get("agenda", "a"), number(fields, "seed", 0, MOST_SEED)
        plan = agenda.agenda(name)
        if fields.get("rooms") == "2" and not plan.cycle:
            session, _ = conduct.begin_two(house.rooms, plan.setup(name, seed))
        else:
            session = conduct.begin(house.rooms, plan.setup(name, seed))
        return go(f"/s/{session}/{'cycles' if plan.cycle else 'console'}")

    @router.post("/demo")
    def demo(request: Request, fields: Fields) -> RedirectResponse:
        house.facilitator(request)
        plan, seed = agenda.agenda("a"), number(fields, "seed", 0, MOST_SEED)
        session = conduct.begin(house.rooms, plan.setup("a", seed, "Demo: bots in every seat", demo=True))
        house.rooms.helpers.submit(conduct.demo, house.rooms, session)
        return go(f"/s/{session}/console")


def shown(house: House, request: Request, session: str, template: str) -> HTMLResponse:
    """A page of a room that only its facilitator sees."""
    house.facilitator(request)
    room = house.room(request, session)
    state, now = room["s"], house.rooms.clock.now()
    plan = agenda.agenda(state.setup.agenda)
    more: dict[str, Any] = {
        "cards": titles("shocks"),
        "plan": plan,
        "qr": tokens.qr,
        "pace": pace.pace(state, plan, now, room["left"]),
        "taking": house.rooms.taking(session),
        "slow": SLOW,
        "unused": lobby.UNUSED,
        "graces": presence.grace_words(state),
        "until": day(state.hall.until),
        "kept": house.folder / paper.EXPORTS / session if house.folder else None,
        "conduct": conduct,
        "act_words": act_words.words,
        "time_of": act_words.time_of,
        "expired": room["entry"]["expires_at"] <= now,
    }
    return house.page(request, template, **room, **more)


def _leading(router: APIRouter, house: House) -> None:
    @router.get("/s/{session}/console")
    def console(request: Request, session: str) -> HTMLResponse:
        return shown(house, request, session, "console.html")

    @router.get("/s/{session}/console/live")
    def live(request: Request, session: str) -> HTMLResponse:
        return shown(house, request, session, "console_live.html")

    @router.get("/s/{session}/cards")
    def cards(request: Request, session: str) -> HTMLResponse:
        return shown(house, request, session, "cards.html")

    @router.get("/s/{session}/handout")
    def handout(request: Request, session: str) -> HTMLResponse:
        return shown(house, request, session, "handout.html")


def _acting(router: APIRouter, house: House) -> None:
    @router.post("/s/{session}/do/{what}")
    def act(request: Request, session: str, what: str, fields: Fields) -> RedirectResponse:
        house.facilitator(request)
        if what not in ACTS:
            raise RefusedError("There is no such button.", 404)
        with acting(house.sender(request), fields.get("why", "")):
            ACTS[what](house, session, fields)
        return go(f"/s/{session}/console{AT.get(what, '')}")

    @router.post("/s/{session}/forget")
    def forget(request: Request, session: str, fields: Fields) -> RedirectResponse:
        house.facilitator(request)
        if fields.get("word", "").strip().casefold() != "forget":
            raise RefusedError("Nothing was forgotten: type the word 'forget' to confirm.", 422)
        house.session(session)
        upkeep.forget(house, session)
        return go("/")


def _files(router: APIRouter, house: House) -> None:
    @router.get("/s/{session}/form.csv")
    def blank(request: Request, session: str) -> Response:
        house.facilitator(request)
        state = house.rooms.state(session)
        return as_file(paper.csv_of(paper.form_rows(state)), f"turn-{state.turn}-form.csv")

    @router.get("/s/{session}/beside")
    def beside(request: Request, session: str) -> HTMLResponse:
        house.facilitator(request)
        room = house.room(request, session)
        if not (twin := room["s"].hall.twin):
            raise RefusedError("This session has no room beside it.", 404)
        both = [room["s"], house.rooms.state(twin)]
        both.sort(key=lambda state: state.hall.letter)
        return house.page(request, "beside.html", **room, both=both, rows=pages.beside(both))
