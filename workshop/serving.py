"""One server process for a room, its two worker processes, and what is said when it starts."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import segno
import uvicorn

from sim.errors import InputError
from workshop.bell import Bell
from workshop.clock import Clock, SystemClock
from workshop.database import alone, connected, url_of
from workshop.log import EventLog
from workshop.rights import Rights
from workshop.rooms import Rooms
from workshop.table import warm
from workshop.web.app import application
from workshop.web.house import House
from workshop.worker import Process, Worker

LOOPBACK = ("127.0.0.1", "localhost")
GRACEFUL_SECONDS = 2
HELPERS = 4
DATABASE = "FULLY_BOOKED_DATABASE"
"""Names another database by its URL, for example of PostgreSQL; its driver is installed by whoever wants it."""


@contextmanager
def house(
    folder: Path, clock: Clock, workers: tuple[Worker, Worker], hosts: tuple[str, ...], address: str = ""
) -> Iterator[House]:
    """The house of a data folder, which nobody else serves while this lasts. workers: one plays, one forks."""
    with alone(folder), ThreadPoolExecutor(HELPERS) as helpers:
        engine = connected(os.environ.get(DATABASE) or url_of(folder))
        rooms = Rooms(EventLog(engine), clock, workers[0], helpers, Bell())
        try:
            yield House(rooms, workers[1], Rights(engine, clock), hosts, address)
        finally:
            for worker in workers:
                worker.close()
            engine.dispose()


def serve(port: int, folder: Path, lan: bool) -> None:
    """Serve until interrupted."""
    own = lan_address() if lan else ""
    if lan and not own:
        raise InputError("--lan: this machine is in no network; join one, or leave --lan out and play at this machine.")
    bound = _bound("0.0.0.0" if lan else LOOPBACK[0], port)
    name = socket.gethostname()
    hosts = (*LOOPBACK, own, name, f"{name}.local") if own else LOOPBACK
    address = f"http://{own}:{port}" if own else ""
    with bound, house(folder, SystemClock(), (Process(), Process()), hosts, address) as found:
        _greet(found, port, address)
        for worker in (found.rooms.worker, found.aside):
            found.rooms.helpers.submit(worker.call, warm)
        config = uvicorn.Config(
            application(found), log_level="warning", access_log=False, timeout_graceful_shutdown=GRACEFUL_SECONDS
        )
        uvicorn.Server(config).run(sockets=[bound])


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


def _greet(found: House, port: int, address: str) -> None:
    link = f"http://{LOOPBACK[0]}:{port}/facilitate/{found.rights.link()}"
    said = [f"Facilitator, open this link once: {link}"]
    if address:
        said.append(f"Phones in the room: {address}")
        said.append("Everybody in this network can reach the server, unencrypted: use it with people you know.")
    said.append("Everything is kept in the data folder. Stop with Ctrl+C.")
    print("\n".join(said), flush=True)
    if address:
        segno.make(address).terminal(out=sys.stdout, compact=True)
