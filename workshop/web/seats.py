"""A team's page: briefing, form, drafts and submitting. Hot seat is the same page, opened by the facilitator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from workshop import consequences, final_board, pages, people, tokens
from workshop.acting import acting
from workshop.people import Handed, StaleError
from workshop.rights import seat as held
from workshop.rooms import RefusedError
from workshop.state import State
from workshop.web.guard import Fields, asked_by_script, device_of
from workshop.web.house import House, go

SAVED, STALE, DRIVEN = "saved", "stale", "driven"
ANOTHER_TURN = (
    "This form is of another turn, and nothing of it was handed in: the room is in turn {turn} now. Open your team's "
    "page again to decide it."
)
HOT_SEAT = "decided at the facilitator's machine"


def routes(house: House) -> APIRouter:
    """Pages for teams."""
    router = APIRouter()
    _looking(router, house)
    _deciding(router, house)
    _checking(router, house)
    _guessing(router, house)
    return router


def _looking(router: APIRouter, house: House) -> None:
    def part(request: Request, session: str, party: str, template: str) -> HTMLResponse:
        return house.page(request, template, **_shown(house, request, session, party))

    @router.get("/s/{session}/team/{party}")
    def team(request: Request, session: str, party: str, again: str = "") -> HTMLResponse:
        if again and house.rights.has(device_of(request), session, held(party)):
            house.presence.has_open(session, party)  # a browser without scripts holds no stream: it loads its page anew
        return part(request, session, party, "team.html")

    @router.get("/s/{session}/team/{party}/live")
    def live(request: Request, session: str, party: str) -> HTMLResponse:
        return part(request, session, party, "team_live.html")

    @router.get("/s/{session}/team/{party}/round")
    def turn(request: Request, session: str, party: str) -> HTMLResponse:
        return part(request, session, party, "team_round.html")

    @router.get("/s/{session}/team/{party}/because")
    def because(request: Request, session: str, party: str) -> HTMLResponse:
        return part(request, session, party, "team_because.html")

    @router.get("/s/{session}/team/{party}/board")
    def board(request: Request, session: str, party: str) -> HTMLResponse:
        return part(request, session, party, "team_board.html")


def _shown(house: House, request: Request, session: str, party: str) -> dict[str, Any]:
    """What a team's page is made from."""
    stands_in = house.holder(request, session, party)
    room = house.room(request, session)
    people.seat_form(room["s"], party)
    seat = room["s"].seats[party]
    shown: dict[str, Any] = {"seat": seat, "asked": pages.questions(room["s"], party), "stands_in": stands_in}
    shown["because"] = consequences.shown(room["s"], party)
    shown["awaited"] = consequences.awaited(room["s"], house.desk, session, party)
    shown["board"] = final_board.shown(room["s"], party)
    shown["board_awaited"] = final_board.awaited(room["s"], house.desk, session, party)
    mine = people.guessed(room["s"], session, device_of(request))
    form: dict[str, Any] = {
        "guess": mine,
        "why": room["s"].dealing.why(room["s"].turn, party),
        "key": tokens.token(),
        "revision": seat.revision,
        "problems": {},
        "saved": "",
        "checked": False,
        "driven": house.wheel.other((session, party), device_of(request), house.rooms.clock.now()),
    }
    if room["left"] is not None:
        room["left"] += room["s"].more_time(party)
    return {**room, **shown, **form}


def _deciding(router: APIRouter, house: House) -> None:
    @router.post("/s/{session}/team/{party}/draft")
    def draft(request: Request, session: str, party: str, fields: Fields) -> HTMLResponse:
        given = _handed(house, request, (session, party), fields)
        said, code = _kept(house, session, given, _drives(house, request, session, given, fields))
        room = house.room(request, session)
        seat = room["s"].seats[party]
        said["revision"] = seat.revision if said["saved"] == SAVED else given.revision
        shown = {"asked": pages.questions(room["s"], party), "checked": True}
        return house.page(request, "saved.html", code, **room, **said, **shown, seat=seat, key=given.key)

    @router.post("/s/{session}/team/{party}/submit")
    def submit(request: Request, session: str, party: str, fields: Fields) -> Response:
        given = _handed(house, request, (session, party), fields)
        if wrong := _wrong(house.rooms.state(session), given):
            return _typed_again(house, request, session, given, wrong)
        try:
            if not _drives(house, request, session, given, fields):
                raise StaleError(given.answers, house.rooms.state(session).seats[party])
            with acting(house.sender(request) if given.reason else "", given.reason):
                people.submit(house.rooms, session, given)
            house.wheel.leave((session, party))
        except StaleError as stale:
            room = house.room(request, session)
            both: dict[str, Any] = {"mine": stale.mine, "theirs": stale.theirs, "why": given.why}
            both["asked"] = pages.questions(room["s"], party)
            return house.page(request, "stale.html", 409, **room, **both, seat=stale.theirs, key=tokens.token())
        return go(f"/s/{session}/team/{party}")


def _wrong(state: State, given: Handed) -> dict[str, str]:
    """What is wrong with answers, while they can be put right."""
    return people.problems(state, given.party, given.answers) if state.may("drafted") else {}


def _typed_again(house: House, request: Request, session: str, given: Handed, wrong: dict[str, str]) -> HTMLResponse:
    """The team's page with what was typed, and beside it what is wrong with it."""
    shown = _shown(house, request, session, given.party)
    asked = pages.questions(shown["s"], given.party, given.answers)
    kept = {"asked": asked, "problems": wrong, "why": given.why, "revision": given.revision}
    return house.page(request, "team.html", 422, **{**shown, **kept})


def _drives(house: House, request: Request, session: str, given: Handed, fields: Mapping[str, str]) -> bool:
    """May this device decide, or does another one of the team just now?"""
    now = house.rooms.clock.now()
    return house.wheel.hold((session, given.party), device_of(request), now, fields.get("take") == "yes")


def _checking(router: APIRouter, house: House) -> None:
    @router.get("/s/{session}/team/{party}/submit")
    def submitted(session: str, party: str) -> Response:
        """The address of a form that came back with what is wrong with it."""
        return go(f"/s/{session}/team/{party}")

    @router.post("/s/{session}/team/{party}/check")
    def check(request: Request, session: str, party: str, fields: Fields) -> HTMLResponse:
        given = _handed(house, request, (session, party), fields)
        room = house.room(request, session)
        wrong = people.problems(room["s"], party, given.answers)
        return house.page(request, "checked.html", **room, problems=wrong, asked=pages.questions(room["s"], party))


def _guessing(router: APIRouter, house: House) -> None:
    @router.post("/s/{session}/team/{party}/guess")
    def guess(request: Request, session: str, party: str, fields: Fields) -> Response:
        house.holder(request, session, party)
        said, status = "", 200
        try:
            people.guess(house.rooms, session, device_of(request), fields.get("guess", ""))
        except RefusedError as error:
            if not asked_by_script(request):
                raise
            said, status = str(error), error.status
        if not asked_by_script(request):
            return go(f"/s/{session}/team/{party}#guess")
        return house.page(request, "team_guess.html", status, **_shown(house, request, session, party), wrong_now=said)


def _handed(house: House, request: Request, where: tuple[str, str], fields: Mapping[str, str]) -> Handed:
    """What a form hands in. where: session and party. RefusedError when this device may not decide there."""
    session, party = where
    stands_in = house.holder(request, session, party)
    state = house.rooms.state(session)
    form = people.seat_form(state, party)
    if fields.get("of", state.mark) != state.mark:
        raise RefusedError(ANOTHER_TURN.format(turn=state.turn))
    revision, reason = fields.get("revision", ""), fields.get("reason", "").strip()[:200] or HOT_SEAT
    number = int(revision) if revision.isascii() and revision.isdecimal() and len(revision) < 9 else -1
    why = " ".join(fields.get("why", "").split())[: people.LONGEST_WHY]
    return Handed(party, people.typed(form, fields), number, fields.get("key", ""), reason if stands_in else "", why)


def _kept(house: House, session: str, given: Handed, drives: bool) -> tuple[dict[str, Any], int]:
    """What a page is told of a draft, and the status of the answer."""
    if problems := people.problems(house.rooms.state(session), given.party, given.answers):
        return {"problems": problems, "saved": ""}, 422
    if not drives:
        fresh = house.rooms.state(session).seats[given.party].revision == given.revision
        return {"problems": {}, "saved": DRIVEN if fresh else STALE}, 409
    try:
        people.save(house.rooms, session, replace(given, key="", reason=""))
    except StaleError:
        return {"problems": {}, "saved": STALE}, 409
    except RefusedError as error:
        return {"problems": {}, "saved": str(error)}, error.status
    return {"problems": {}, "saved": SAVED}, 200
