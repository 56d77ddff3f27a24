"""Tells pages that a room, or what is known of a what-if, has changed: a number each, which streams wait for. Nothing
else goes over a stream."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress

Waiting = tuple[asyncio.AbstractEventLoop, asyncio.Event]


class Bell:
    """A number a session that only grows while the server runs, and everybody who waits for it to grow."""

    def __init__(self) -> None:
        start = time.time_ns() // 1_000_000  # another server never says a number that a page has seen from the last one
        self._last = start  # and none is said twice, also when a session was forgotten in between
        self._versions: dict[str, int] = defaultdict(lambda: start)
        self._waiting: dict[str, set[Waiting]] = defaultdict(set)
        self._lock = threading.Lock()
        self.closed = False

    def version(self, session: str) -> int:
        """The number now."""
        return self._versions[session]

    def ring(self, session: str) -> None:
        """Something changed. May be called from any thread."""
        with self._lock:
            self._last += 1
            self._versions[session] = self._last
            waiting = list(self._waiting[session])
        _wake(waiting)

    def close(self) -> None:
        """The server is ending: nobody waits any more."""
        with self._lock:
            self.closed = True
            waiting = [one for those in self._waiting.values() for one in those]
        _wake(waiting)

    def forget(self, session: str) -> None:
        """It is over: its number is kept no longer."""
        with self._lock:
            self._versions.pop(session, None)

    async def after(self, session: str, seen: int, seconds: float) -> int:
        """The number once it is another than the one seen, or when the time is up."""
        event = asyncio.Event()
        entry = (asyncio.get_running_loop(), event)
        with self._lock:
            if self.closed or self._versions[session] != seen:
                return self._versions[session]
            self._waiting[session].add(entry)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), seconds)
        finally:
            with self._lock:
                self._waiting[session].discard(entry)
        return self._versions[session]


def _wake(waiting: Iterable[Waiting]) -> None:
    for loop, event in waiting:
        with suppress(RuntimeError):  # the loop of a page that has gone is closed
            loop.call_soon_threadsafe(event.set)
