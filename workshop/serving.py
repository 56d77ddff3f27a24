"""One server process for a room, its worker processes, and what is said when it starts."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import segno
import uvicorn

from sim.errors import Halted, InputError
from workshop import explored, passphrase
from workshop.bell import Bell
from workshop.clock import Clock, SystemClock
from workshop.database import alone, connected, url_of
from workshop.log import EventLog
from workshop.passphrase import Passphrase
from workshop.rights import Rights
from workshop.rooms import Rooms, task_of
from workshop.state import State
from workshop.table import warm
from workshop.web.app import application
from workshop.web.house import House
from workshop.worker import Process, Worker

LOOPBACK = ("127.0.0.1", "localhost")
GRACEFUL_SECONDS = 2
HELPERS, WAITERS = 4, 2
DATABASE = "FULLY_BOOKED_DATABASE"
"""Names another database by its URL, for example of PostgreSQL; its driver is installed by whoever wants it."""


PASSPHRASE = "FULLY_BOOKED_PASSPHRASE"
"""Holds the facilitator's passphrase, where one is asked for; without it one is made and printed."""


@dataclass(frozen=True)
class Reach:
    """Who can reach a server. lan: the network; hosted: the https address of a proxy, '' for none; passphrase: whether
    facilitators may come in with one on this machine alone too."""

    lan: bool = False
    hosted: str = ""
    passphrase: bool = False

    def secret(self) -> tuple[str, bool]:
        """The passphrase ('' for none), and whether it was made here."""
        if not (self.lan or self.hosted or self.passphrase):
            return "", False
        given = os.environ.get(PASSPHRASE, "")
        return (passphrase.checked(given, PASSPHRASE), False) if given else (passphrase.made(), True)


@contextmanager
def house(
    folder: Path,
    clock: Clock,
    workers: tuple[Worker, ...],
    hosts: tuple[str, ...],
    address: str = "",
    secret: str = "",
) -> Iterator[House]:
    """The house of a data folder, which nobody else serves while this lasts. workers: the first plays, the second
    forks, and it and further ones answer what-ifs; secret: the facilitator's passphrase, '' for none."""
    with alone(folder), ThreadPoolExecutor(HELPERS) as helpers, ThreadPoolExecutor(WAITERS) as waiters:
        engine = connected(os.environ.get(DATABASE) or url_of(folder))
        rooms = Rooms(EventLog(engine), clock, workers[0], helpers, Bell())
        opens, more, rights = Passphrase(secret) if secret else None, workers[2:], Rights(engine, clock)
        found = House(
            rooms, workers[1], rights, hosts, address, folder=folder, passphrase=opens, waiters=waiters, more=more
        )
        try:
            yield found
        finally:
            found.desk.closed = True
            found.explorer.close()
            for worker in workers:
                worker.close()
            engine.dispose()


class _Server(uvicorn.Server):
    """Lets go streams and requests that wait for news before it waits for them to end."""

    def __init__(self, config: uvicorn.Config, found: House) -> None:
        super().__init__(config)
        self.found = found

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End all that is under way."""
        self.found.rooms.bell.close()
        self.found.explorer.let_go()
        await super().shutdown(sockets)


def serve(port: int, folder: Path, reach: Reach) -> None:
    """Serve until interrupted: Halted says then that nothing is lost."""
    own = lan_address() if reach.lan else ""
    if reach.lan and not own:
        raise InputError("--lan: this machine is in no network; join one, or leave --lan out and play at this machine.")
    secret, made = reach.secret()
    bound = _bound("0.0.0.0" if reach.lan else LOOPBACK[0], port)
    name, public = socket.gethostname(), urlsplit(reach.hosted).hostname or ""
    hosts = (*LOOPBACK, *((own, name, f"{name}.local") if own else ()), *((public,) if public else ()))
    address = reach.hosted or (f"http://{own}:{port}" if own else "")
    with bound, house(folder, SystemClock(), (Process(), Process(), Process()), hosts, address, secret) as found:
        _greet(found, reach, port, secret if made else "")
        found.rooms.helpers.submit(found.rooms.worker.call, warm)
        found.rooms.helpers.submit(_warm, found)
        found.rooms.dealt = partial(_get_ready, found)
        config = uvicorn.Config(
            application(found),
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACEFUL_SECONDS,
            proxy_headers=bool(reach.hosted),
        )
        try:
            _Server(config, found).run(sockets=[bound])
        except KeyboardInterrupt:
            raise Halted(f"stopped; all sessions are kept in '{folder}' and go on when it is started again.") from None


def _warm(found: House) -> None:
    """Who answers what-ifs stands back behind play and pages, and has the baseline before anybody asks."""
    for worker in (found.aside, *found.more):
        worker.call(explored.stand_back)
        worker.call(warm)
    found.explorer.warm()


def _get_ready(found: House, session: str, state: State) -> None:
    """Play ahead what previews of the coming turn share, as soon as it is known what it begins from."""
    if state.coming or (state.brief and not state.rounds):
        parties = [seat.party for seat in state.humans]
        found.previews.get_ready(session, task_of(state), parties)


def _bound(host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise InputError(f"--port = {port} cannot be used: {error.strerror or error}; give another.") from error
    return made


def lan_address() -> str:
    """The address of this machine in its network; nothing is sent to find it. '' when there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))
            return str(probe.getsockname()[0])
        except OSError:
            return ""


def _greet(found: House, reach: Reach, port: int, secret: str) -> None:
    base = reach.hosted or f"http://{LOOPBACK[0]}:{port}"
    said = [f"Facilitator, open this link once: {base}/facilitate/{found.rights.link()}"]
    if secret:
        said.append(f"Or come in at {base}/facilitate with the passphrase: {secret}")
    elif found.passphrase is not None:
        said.append(f"Or come in at {base}/facilitate with the passphrase of {PASSPHRASE}.")
    if reach.lan:
        said.append(f"Phones in the room: {found.address}")
        said.append("Everybody in this network can reach the server, unencrypted: use it with people you know.")
    if reach.hosted:
        said.append(f"The proxy at {reach.hosted} hands requests on to http://{LOOPBACK[0]}:{port}.")
    said.append("Everything is kept in the data folder. Stop with Ctrl+C.")
    print("\n".join(said), flush=True)
    if reach.lan:
        segno.make(found.address).terminal(out=sys.stdout, compact=True)
