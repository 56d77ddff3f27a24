"""The what-if page: for everybody, without a session. A plain form that a script makes live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from experiments.cards import card
from experiments.library import shock_names, titles
from experiments.whatif import sliders
from workshop import bands, explored, tokens, views
from workshop.rooms import RefusedError
from workshop.underway import Found
from workshop.views import View
from workshop.web.house import House

PATIENCE, LONG_PATIENCE = 2.0, 20.0
"""Seconds that a page without a script, and a file, wait for what they show."""
FIRST_LOOK, HOLD = 0.3, 8.0
"""Seconds that a request of the script is held while nothing is known yet, and while nothing is new: a page learns of
each quarter as soon as it has been played. Less than those after which a page is taken to be closed."""
KINDS = {"png": "image/png", "svg": "image/svg+xml"}


def routes(house: House) -> APIRouter:
    """The page, the part of it that changes, and its files."""
    router = APIRouter()
    _looking(router, house)
    _taking(router, house)
    return router


def _looking(router: APIRouter, house: House) -> None:
    @router.get("/explore")
    def explore(request: Request) -> HTMLResponse:
        view, page = views.read(request.query_params), tokens.session_id()
        found = house.explorer.wait(page, view, PATIENCE)
        return house.page(request, "explore.html", **shown(house, request, found), **_asked(view), page=page)

    def asked(request: Request, page: str) -> Found:
        return house.explorer.ask(page[:40], views.read(request.query_params))

    def told(request: Request, found: Found) -> Response:
        return house.page(request, "explore_part.html", **shown(house, request, found))

    @router.get("/explore/part")
    async def part(request: Request, page: str = "", seen: str = "") -> Response:
        found = await run_in_threadpool(asked, request, page)
        known = seen == str(found.version)
        if not found.over and (known or not found.here):
            await house.explorer.more(found, HOLD if known else FIRST_LOOK)
            found = await run_in_threadpool(asked, request, page)
        if seen == str(found.version):
            return Response(status_code=204)
        return await run_in_threadpool(told, request, found)


def shown(house: House, request: Request, found: Found) -> dict[str, Any]:
    """What the part that changes is made from."""
    view, answer = found.view, found.answer
    link = f"{house.base(request)}/explore?{view.query(worlds=_reached(found))}"
    return {
        "found": found,
        "view": view,
        "idle": sliders.idle(view.positions),
        "yardsticks": bands.yardsticks(answer) if answer else [],
        "bands": bands,
        "link": link,
        "files": view.query(worlds=_reached(found)),
    }


def _reached(found: Found) -> int:
    """The largest number of worlds that may be asked for and is there; the first while there are none."""
    return max((one for one in views.WORLDS if one <= found.worlds), default=views.WORLDS[0])


def _asked(view: View) -> dict[str, Any]:
    """What the form is made from."""
    groups: dict[str, list[sliders.Slider]] = {}
    for slider in sliders.read().values():
        groups.setdefault(slider.group, []).append(slider)
    opened = {next(iter(groups)), *(sliders.read()[name].group for name in view.positions)}
    return {"groups": groups, "opened": opened, "cards": _cards(), "levels": views.STRENGTH, "places": views.CARDS}


def _cards() -> Mapping[str, list[tuple[str, str]]]:
    """Category -> name and title of its cards."""
    found: dict[str, list[tuple[str, str]]] = {}
    told = titles("shocks")
    for name in shock_names():
        found.setdefault(card(name).category, []).append((name, told[name].partition(":")[0]))
    return dict(sorted(found.items()))


def _taking(router: APIRouter, house: House) -> None:
    def whole(request: Request) -> Found:
        """An answer that has been played to its end, in as many worlds as the address says."""
        view = views.read(request.query_params)
        found = house.explorer.wait(tokens.session_id(), view, LONG_PATIENCE, view.worlds)
        if found.failed:
            raise RefusedError(f"This what-if could not be played: {found.failed}", 422)
        if found.answer is None or not found.over:
            raise RefusedError("This is still being played; please try again in a moment.", 503)
        return found

    def file(content: str | bytes, kind: str, name: str) -> Response:
        return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    @router.get("/explore/what-if.csv")
    def data(request: Request) -> Response:
        answer = whole(request).answer
        assert answer is not None
        return file(bands.effects(answer), "text/csv; charset=utf-8", "what-if.csv")

    @router.get("/explore/what-if.{kind}")
    def figure(request: Request, kind: str) -> Response:
        if kind not in KINDS:
            raise RefusedError("There is no such file; give csv, png or svg.", 404)
        drawn = house.aside.call(explored.drawn, whole(request).answer)
        return file(drawn[kind], KINDS[kind], f"what-if.{kind}")
