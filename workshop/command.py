"""`fully-booked workshop`: serve a room from this machine."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from sim.errors import InputError

NEEDS = ("fastapi", "uvicorn", "sqlalchemy", "alembic", "multipart", "segno", "argon2")
LOWEST_PORT, HIGHEST_PORT = 1024, 65535


def workshop(
    port: Annotated[str, typer.Option("--port", metavar="N", help="Port. Default: 8000.")] = "8000",
    data: Annotated[
        str, typer.Option("--data", metavar="DIR", help="Folder of the sessions. Default: workshop-data.")
    ] = "workshop-data",
    lan: Annotated[bool, typer.Option("--lan", help="Also for phones in the room, not only for this machine.")] = False,
    hosted: Annotated[
        str, typer.Option("--hosted", metavar="URL", help="Behind a TLS proxy, which people reach at this https URL.")
    ] = "",
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Facilitators may also come in with a passphrase.")
    ] = False,
) -> None:
    """Lead a room of teams: opens with a one-time link for the facilitator; teams join with a code."""
    number = int(port) if port.isascii() and port.isdecimal() and len(port) < 7 else 0
    if not LOWEST_PORT <= number <= HIGHEST_PORT:
        raise InputError(f"--port = {port} is not allowed; give a whole number from {LOWEST_PORT} to {HIGHEST_PORT}.")
    if missing := [name for name in NEEDS if importlib.util.find_spec(name) is None]:
        raise InputError(
            f"the workshop needs '{missing[0]}', which is not installed; install the extra 'workshop', or use "
            "python3 tasks.py workshop."
        )
    from workshop.serving import Reach, serve

    if hosted and lan:
        raise InputError("--hosted and --lan do not go together: the proxy reaches this machine's own address.")
    serve(number, Path(data), Reach(lan, hosted_at(hosted), passphrase))


def hosted_at(url: str) -> str:
    """The address of a hosted server, checked; '' when there is none."""
    if not url:
        return ""
    found = urlsplit(url)
    if found.scheme != "https" or not found.hostname or found.path.strip("/") or found.query or found.fragment:
        raise InputError(f"--hosted = {url} is not allowed; give https:// and a name, as https://class.example.org.")
    return f"https://{found.netloc}"
