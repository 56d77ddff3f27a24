"""The stream of a room: 'version N', and nothing else. It holds no connection to the
database and ends with its page."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse

from workshop.web.house import House

BEAT = 15.0
"""Seconds after which a silent stream says that it lives."""


def routes(house: House) -> APIRouter:
    """The stream, and the same number for pages that poll."""
    router, bell = APIRouter(), house.rooms.bell

    async def versions(request: Request, session: str) -> AsyncIterator[str]:
        seen = bell.version(session)
        yield f"retry: 2000\ndata: {seen}\n\n"
        while not await request.is_disconnected():
            now = await bell.after(session, seen, BEAT)
            yield f"data: {now}\n\n" if now != seen else ": still here\n\n"
            seen = now

    @router.get("/s/{session}/stream")
    async def stream(request: Request, session: str) -> StreamingResponse:
        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
        return StreamingResponse(versions(request, session), media_type="text/event-stream", headers=headers)

    @router.get("/s/{session}/version")
    def version(session: str) -> JSONResponse:
        return JSONResponse({"version": bell.version(session)})

    return router
