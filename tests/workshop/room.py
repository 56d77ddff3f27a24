"""A room in memory: its game is played at once, in this process, and its clock is set by hand."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from tests.workshop.events import HandClock
from workshop.bell import Bell
from workshop.database import connected, url_of
from workshop.log import EventLog
from workshop.rooms import Rooms
from workshop.worker import Here, Worker


class AtOnce(Executor):
    """Does what it is given before it answers."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def rooms(folder: Path, clock: HandClock | None = None, worker: Worker | None = None) -> Rooms:
    """The rooms of a folder."""
    return Rooms(EventLog(connected(url_of(folder))), clock or HandClock(), worker or Here(), AtOnce(), Bell())
