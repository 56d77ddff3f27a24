"""Deals and messages on a team's page: an inbox that comes anew with the room, and forms that stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from workshop import deals, people
from workshop.rooms import RefusedError
from workshop.state import State
from workshop.web.guard import Fields, asked_by_script
from workshop.web.house import House, go

Act = Callable[[House, str, str, Mapping[str, str]], State]
ACTS: dict[str, Act] = {
    "offer": lambda house, session, party, f: deals.offer(house.rooms, session, party, f),
    "withdraw": lambda house, session, party, f: deals.withdraw(house.rooms, session, party, f.get("offer", "")),
    "accept": lambda house, session, party, f: deals.answer(house.rooms, session, party, f.get("offer", ""), True),
    "decline": lambda house, session, party, f: deals.answer(house.rooms, session, party, f.get("offer", ""), False),
    "sign": lambda house, session, party, f: deals.sign(house.rooms, session, party, f.get("other", ""), True),
    "lapse": lambda house, session, party, f: deals.sign(house.rooms, session, party, f.get("other", ""), False),
    "message": lambda house, session, party, f: deals.message(house.rooms, session, party, f),
}
SAID = {
    "offer": "Your offer is on the table.",
    "withdraw": "Your offer is taken back.",
    "accept": "Agreed: it is signed when the turn is played.",
    "decline": "Declined.",
    "sign": "Kept: it is signed when the turn is played.",
    "lapse": "Kept: it will lapse.",
    "message": "Sent.",
}


def routes(house: House) -> APIRouter:
    """The inbox, and what is done in it."""
    router = APIRouter()

    @router.get("/s/{session}/team/{party}/deals")
    def inbox(request: Request, session: str, party: str) -> HTMLResponse:
        house.holder(request, session, party)
        house.rooms.state(session)
        return _part(house, request, (session, party), "", "")

    @router.post("/s/{session}/team/{party}/deal/{what}")
    def act(request: Request, session: str, party: str, what: str, fields: Fields) -> Response:
        house.holder(request, session, party)
        people.seat_form(house.rooms.state(session), party)
        if what not in ACTS:
            raise RefusedError("There is no such button.", 404)
        try:
            ACTS[what](house, session, party, fields)
        except RefusedError as error:
            if not asked_by_script(request):
                raise
            return _part(house, request, (session, party), "", str(error), error.status)
        if not asked_by_script(request):
            return go(f"/s/{session}/team/{party}#deals")
        return _part(house, request, (session, party), SAID[what], "")

    return router


def _part(
    house: House, request: Request, where: tuple[str, str], said: str, wrong: str, status: int = 200
) -> HTMLResponse:
    """The inbox, with what has just been done or refused."""
    session, party = where
    room = house.room(request, session)
    people.seat_form(room["s"], party)
    more = {"seat": room["s"].seats[party], "said_now": said, "wrong_now": wrong}
    return house.page(request, "team_deals.html", status, **room, **more)
