"""Who leads: the one-time link, the passphrase, a co-host, and the end of it. And what everybody is told of what is
kept."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from workshop import lobby, tokens
from workshop.rooms import RefusedError
from workshop.web.guard import Device, Fields
from workshop.web.house import House, go


def routes(house: House) -> APIRouter:
    """Pages of becoming a facilitator, and of being none any more."""
    router = APIRouter()
    _becoming(router, house)
    _by_link(router, house)
    _ending(router, house)
    return router


def _becoming(router: APIRouter, house: House) -> None:
    @router.get("/notice")
    def notice(request: Request) -> HTMLResponse:
        return house.page(request, "notice.html", days=lobby.KEPT_DAYS)

    @router.get("/facilitate")
    def ask(request: Request) -> HTMLResponse:
        return house.page(request, "passphrase.html")

    @router.post("/facilitate")
    def come_in(request: Request, device: Device, fields: Fields) -> RedirectResponse:
        if house.passphrase is None:
            raise RefusedError("This server has no passphrase; open the link that was printed at the start.", 403)
        house.passphrase.check(house.rooms.clock.now(), house.who(request)["address"], fields.get("passphrase", ""))
        house.rights.lead(device)
        return go("/")


def _by_link(router: APIRouter, house: House) -> None:
    @router.post("/cohost")
    def cohost(request: Request, fields: Fields) -> HTMLResponse:
        house.facilitator(request)
        link = f"{house.base(request)}/facilitate/{house.rights.link()}"
        return house.page(request, "cohost.html", link_to=link, qr=tokens.qr, alone=house.alone)

    @router.get("/facilitate/{secret}")
    def link(request: Request, secret: str) -> HTMLResponse:
        return house.page(request, "link.html", secret=secret)

    @router.post("/facilitate/{secret}")
    def use(secret: str, device: Device, fields: Fields) -> RedirectResponse:
        if not house.rights.use(secret, device):
            raise RefusedError("This link has been used, or is none; start the workshop again for a new one.", 403)
        return go("/")


def _ending(router: APIRouter, house: House) -> None:
    @router.post("/only")
    def only(request: Request, device: Device, fields: Fields) -> RedirectResponse:
        house.facilitator(request)
        house.rights.only(device)
        return go("/")

    @router.post("/leave")
    def leave(device: Device, fields: Fields) -> RedirectResponse:
        house.rights.drop(device)
        return go("/")
