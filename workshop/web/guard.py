"""What stands before every page: a device has a token, answers carry safe headers, forms bring back what they were
given.

The token is made here and known to the browser alone. Over plain http in a class there is no Sec-Fetch-Site, so a form
is trusted when its Origin, where the browser sends one, is this host, and its hidden word belongs to this device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.cookies import SimpleCookie
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import MutableHeaders, UploadFile
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workshop import tokens
from workshop.rooms import RefusedError

COOKIE = "fully_booked"
LASTS = 3 * 86_400
SAFE = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
LARGEST_FORM = 64 * 1024


class Guard:
    """Gives each device its token, and each answer its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        known = _token(scope)
        device = known or tokens.token()
        scope.setdefault("state", {})["device"] = device
        fixed = scope["path"].startswith("/static/")

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE.items():
                    headers.setdefault(name, value)
                if not known and not fixed:
                    headers.append("Set-Cookie", _cookie(device, scope["scheme"] == "https"))
            await send(message)

        await self.app(scope, receive, answer)


def _token(scope: Scope) -> str:
    """The token that a browser brings; '' when it has none."""
    sent = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1")
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(sent)
    except Exception:  # a cookie of another program that is none
        return ""
    value = cookies[COOKIE].value if COOKIE in cookies else ""
    return value if 40 <= len(value) <= 64 else ""


def _cookie(device: str, secure: bool) -> str:
    return f"{COOKIE}={device}; Path=/; Max-Age={LASTS}; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")


def device_of(request: Request) -> str:
    """The token of the device that asks."""
    return str(request.state.device)


def asked_by_script(request: Request) -> bool:
    """Does a page ask for a part of itself, so that it can stay where it is?"""
    return request.headers.get("hx-request") == "true"


async def posted(request: Request) -> Mapping[str, str]:
    """The fields of a form that came from one of our pages on this device. RefusedError when it did not."""
    if int(request.headers.get("content-length") or 0) > LARGEST_FORM:
        raise RefusedError("This form is too large.", 413)
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise RefusedError("This form came from another site and was not taken.", 403)
    form = await request.form()
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    for name, file in form.items():
        if isinstance(file, UploadFile) and file.filename:
            fields[name] = _text(await file.read())
    if not tokens.same(fields.get("form", ""), tokens.form_token(device_of(request))):
        raise RefusedError("This form is from another device, or too old; load the page again.", 403)
    return fields


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RefusedError("This file is no text in UTF-8; save the table as CSV (UTF-8) and try again.", 422) from None


Device = Annotated[str, Depends(device_of)]
Fields = Annotated[Mapping[str, str], Depends(posted)]
Route = Callable[..., Any]
