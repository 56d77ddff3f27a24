"""The workers of a cluster, which come and go: how many there are, and for how long there may be none.

A scheduler that has no workers takes every task and answers none. Jobs of a queue may start hours later, so that is no
error at first; whoever waits is told, and the wait has an end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.errors import InputError

WAIT_SECONDS = 600
"""How long there may be no worker, unless another time is asked for."""
LOOK_SECONDS = 2.0
"""How often workers are counted, and how long there may be none before it is said."""


class DesertedError(InputError):
    """No worker for as long as one was waited for, or no scheduler any more."""


@dataclass
class Crew:
    """Who plays. address: of the scheduler, as it is told; seconds: how long nobody may; say: is told when nobody
    does; clock: seconds that only grow."""

    address: str = ""
    seconds: float = WAIT_SECONDS
    say: Callable[[str], None] = lambda sentence: None
    clock: Callable[[], float] = time.monotonic
    threads: int = 0
    _counted: float | None = None
    _alone: float | None = None
    _told: bool = False
    _ever: bool = False

    def count(self, found: Any) -> int:
        """Threads that there are, counted anew now and then; DesertedError when there was none for too long. found: a
        client of the cluster."""
        now = self.clock()
        if self._counted is None or now - self._counted >= LOOK_SECONDS:
            self._counted, self.threads = now, self._threads(found)
            if self.threads:
                self._alone, self._told, self._ever = None, False, True
            else:
                self._miss(now)
        return self.threads

    def wait(self, found: Any) -> None:
        """Until somebody is there."""
        while not self.count(found):
            time.sleep(min(LOOK_SECONDS, self.seconds) / 4.0)

    def gone(self) -> DesertedError:
        """What is told when the scheduler has left, with all that it was to do."""
        return DesertedError(f"{self.head} answers no more")

    def _threads(self, found: Any) -> int:
        try:
            return sum(found.nthreads().values())
        except (OSError, AttributeError) as error:  # the latter: a client that has given its scheduler up
            raise self.gone() from error

    def _miss(self, now: float) -> None:
        """Nobody is there: for how long?"""
        self._alone = now if self._alone is None else self._alone
        since = now - self._alone
        if since >= self.seconds:
            start = f"start some (dask worker {self.address}), or give --wait more seconds"
            raise DesertedError(f"{self.head} answers, but no worker {self._is} within {self.seconds:.0f} s; {start}")
        if since >= LOOK_SECONDS and not self._told:
            self._told = True
            self.say(f"{self.head} answers, but no worker {self._is}; waiting {self.seconds:.0f} s (Ctrl-C ends).")

    @property
    def head(self) -> str:
        """The scheduler, as it is told of."""
        return f"--address = {self.address}: the scheduler" if self.address else "the cluster"

    @property
    def _is(self) -> str:
        return "came back" if self._ever else "has joined"
