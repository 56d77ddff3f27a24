"""A draft as it is typed: what a team may not want of it, at once, and its preview, fetched when it is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from workshop import people, table
from workshop.dealing import clauses
from workshop.preview import Draft
from workshop.rooms import RefusedError, task_of
from workshop.state import BRIEFING, OPEN, PAUSED
from workshop.web.guard import Fields, device_of
from workshop.web.house import House

FIRST_PUT_RIGHT = "Put right what is marked above; then you see what it may lead to."
NOTHING_YET = "Change something, and see here what it may lead to."
CLOSED = "The turn is closed; there is nothing to try."


def routes(house: House) -> APIRouter:
    """What is said of a draft, a draft that is tried, and its result."""
    router = APIRouter()

    @router.post("/s/{session}/team/{party}/preview")
    def ask(request: Request, session: str, party: str, fields: Fields) -> HTMLResponse:
        house.holder(request, session, party)
        draft = _draft(house, session, party, fields)
        if isinstance(draft, str):
            return _part(house, request, (session, party), sentence=draft)
        try:
            known = house.previews.ask((session, party, device_of(request)), draft)
        except RefusedError as busy:
            answer = _part(house, request, (session, party), busy.status, sentence=str(busy))
            answer.headers["Retry-After"] = "5"
            return answer
        return _part(house, request, (session, party), **_as_known(known, draft.mark))

    @router.get("/s/{session}/team/{party}/preview/{mark}")
    def found(request: Request, session: str, party: str, mark: str) -> HTMLResponse:
        house.holder(request, session, party)
        try:
            known = house.previews.found((session, party, device_of(request)), mark[:64])
        except RefusedError:
            return _part(house, request, (session, party), sentence=NOTHING_YET)
        return _part(house, request, (session, party), **_as_known(known, mark[:64]))

    _minding(router, house)
    return router


def _minding(router: APIRouter, house: House) -> None:
    @router.post("/s/{session}/team/{party}/minds")
    def minds(request: Request, session: str, party: str, fields: Fields) -> Response:
        house.holder(request, session, party)
        draft = _draft(house, session, party, fields)
        if isinstance(draft, str):
            return house.page(request, "minds.html", minds=[])
        if house.rooms.busy:  # a turn is being played: what was said stands
            return Response(status_code=204)
        said = house.rooms.worker.call(table.minded, draft.task, party, draft.answers, dict(draft.said))
        return house.page(request, "minds.html", minds=said)


def _draft(house: House, session: str, party: str, fields: Mapping[str, str]) -> Draft | str:
    """What a form asks to be tried, or why it cannot be, in a sentence."""
    state = house.rooms.state(session)
    form = people.seat_form(state, party)
    answers = people.typed(form, fields)
    if people.problems(state, party, answers):
        return FIRST_PUT_RIGHT
    if state.phase not in (BRIEFING, OPEN, PAUSED):
        return CLOSED
    said = clauses(state.dealing, state.turn, frozenset(seat.party for seat in state.humans))
    return Draft(task_of(state), party, answers, {party: said.get(party, {})})


def _as_known(known: dict[str, Any] | None, mark: str) -> dict[str, Any]:
    return {"mark": mark} if known is None else {"ahead": known}


def _part(house: House, request: Request, where: tuple[str, str], status: int = 200, **given: Any) -> HTMLResponse:
    session, party = where
    shown = {"ahead": None, "mark": "", "sentence": "", "party": party, **given}
    return house.page(request, "preview.html", status, **house.room(request, session), **shown)
