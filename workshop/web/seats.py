"""A team's page: briefing, form, drafts and submitting. Hot seat is the same page, opened by the facilitator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from workshop import pages, people, tokens
from workshop.people import Handed, StaleError
from workshop.rooms import RefusedError
from workshop.web.guard import Fields
from workshop.web.house import House, go


def routes(house: House) -> APIRouter:
    """Pages for teams."""
    router = APIRouter()
    _looking(router, house)
    _deciding(router, house)
    return router


def _looking(router: APIRouter, house: House) -> None:
    def part(request: Request, session: str, party: str, template: str) -> HTMLResponse:
        stands_in = house.holder(request, session, party)
        room = house.room(request, session)
        people.seat_form(room["s"], party)
        seat = room["s"].seats[party]
        shown = {"seat": seat, "asked": pages.questions(room["s"], party), "stands_in": stands_in}
        form: dict[str, Any] = {"key": tokens.token(), "revision": seat.revision, "problems": {}, "saved": ""}
        return house.page(request, template, **room, **shown, **form)

    @router.get("/s/{session}/team/{party}")
    def team(request: Request, session: str, party: str) -> HTMLResponse:
        return part(request, session, party, "team.html")

    @router.get("/s/{session}/team/{party}/live")
    def live(request: Request, session: str, party: str) -> HTMLResponse:
        return part(request, session, party, "team_live.html")

    @router.get("/s/{session}/team/{party}/round")
    def turn(request: Request, session: str, party: str) -> HTMLResponse:
        return part(request, session, party, "team_round.html")


def _deciding(router: APIRouter, house: House) -> None:
    def handed(request: Request, session: str, party: str, fields: Fields) -> Handed:
        stands_in = house.holder(request, session, party)
        form = people.seat_form(house.rooms.state(session), party)
        revision, reason = fields.get("revision", ""), fields.get("reason", "").strip()[:200]
        if stands_in and not reason:
            reason = "decided at the facilitator's machine"
        number = int(revision) if revision.isascii() and revision.isdecimal() and len(revision) < 9 else -1
        return Handed(party, people.typed(form, fields), number, fields.get("key", ""), reason if stands_in else "")

    @router.post("/s/{session}/team/{party}/draft")
    def draft(request: Request, session: str, party: str, fields: Fields) -> HTMLResponse:
        given = handed(request, session, party, fields)
        form = people.seat_form(house.rooms.state(session), party)
        shown: dict[str, Any] = {"problems": people.problems(form, given.answers), "revision": given.revision}
        saved, code = "", 200
        if not shown["problems"]:
            try:
                people.save(house.rooms, session, replace(given, key="", reason=""))
                saved = "saved"
            except StaleError:
                saved, code = "stale", 409
            except RefusedError as error:
                saved, code = str(error), error.status
        room = house.room(request, session)
        seat = room["s"].seats[party]
        if saved == "saved":
            shown["revision"] = seat.revision
        return house.page(request, "saved.html", code, **room, **shown, seat=seat, saved=saved, key=given.key)

    @router.post("/s/{session}/team/{party}/submit")
    def submit(request: Request, session: str, party: str, fields: Fields) -> Response:
        given = handed(request, session, party, fields)
        try:
            people.submit(house.rooms, session, given)
        except StaleError as stale:
            room = house.room(request, session)
            both: dict[str, Any] = {
                "mine": stale.mine,
                "theirs": stale.theirs,
                "asked": pages.questions(room["s"], party),
            }
            return house.page(request, "stale.html", 409, **room, **both, seat=stale.theirs, key=tokens.token())
        return go(f"/s/{session}/team/{party}")
