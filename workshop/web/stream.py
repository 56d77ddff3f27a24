"""The stream of a room: 'version N', and nothing else. It holds no connection to the
database and ends with its page; while it lasts, its team is there."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from workshop.web.guard import device_of
from workshop.web.house import House

BEAT = 15.0
"""Seconds after which a silent stream says that it lives."""


def routes(house: House) -> APIRouter:
    """The stream, and the same number for pages that poll."""
    router = APIRouter()

    def there(session: str, mine: list[str]) -> None:
        for party in mine:
            house.presence.has_open(session, party)

    async def versions(request: Request, session: str, mine: list[str]) -> AsyncIterator[str]:
        seen = house.rooms.bell.version(session)
        there(session, mine)
        yield f"retry: 2000\ndata: {seen}\n\n"
        while not (house.rooms.bell.closed or await request.is_disconnected()):
            now = await house.rooms.bell.after(session, seen, BEAT)
            there(session, mine)
            yield f"data: {now}\n\n" if now != seen else ": still here\n\n"
            seen = now

    @router.get("/s/{session}/stream")
    async def stream(request: Request, session: str) -> StreamingResponse:
        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
        mine = await run_in_threadpool(house.rights.seats, device_of(request), session)
        return StreamingResponse(versions(request, session, mine), media_type="text/event-stream", headers=headers)

    @router.get("/s/{session}/version")
    def version(request: Request, session: str) -> JSONResponse:
        there(session, house.rights.seats(device_of(request), session))
        return JSONResponse({"version": house.rooms.bell.version(session)})

    return router
