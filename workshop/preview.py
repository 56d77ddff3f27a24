"""What a team's draft may lead to, while it is typed: bands of its own key figures beside the rule of thumb's. Worked
out beside the process that plays, the newest draft of a device only, and never more than a few at once."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from experiments.play.preview import get_ready, preview
from sim.errors import InputError
from workshop import table
from workshop.rooms import RefusedError
from workshop.setup import HUMAN
from workshop.table import Task
from workshop.worker import Worker

Data = dict[str, Any]
Key = tuple[str, str, str]
"""Session, party and device: each of them has one draft that is tried."""
MOST_WAITING = 24
"""Drafts that wait at most; who comes then is asked to try again."""
KEPT = 64
"""Results that are kept for who asks the same again."""
WORLDS, QUARTERS = 16, 4


def previewed(task: Task, party: str, answers: Mapping[str, str], said: Mapping[str, Any]) -> Data:
    """Bands of a party's figures with what it typed and with the default rule, as plain data."""
    with table.lent(task) as game:
        decision = game.decision(party, answers, HUMAN, dict(said))
        return asdict(preview(game.book, party, decision, WORLDS, QUARTERS, game.game))


def prepared(task: Task, party: str) -> None:
    """Play what all previews of a party's coming turn share."""
    with table.lent(task) as game:
        get_ready(game.book, party, game.game, WORLDS, QUARTERS)


@dataclass(frozen=True)
class Draft:
    """What is to be tried."""

    task: Task
    party: str
    answers: Mapping[str, str]
    said: Mapping[str, Any]

    @property
    def mark(self) -> str:
        """Equal for equal drafts of one game."""
        text = json.dumps([repr(self.task.key), self.party, dict(self.answers), dict(self.said)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]


class Previews:
    """Drafts that wait for one worker. A newer draft of a device takes the place of its older one. While none waits,
    what the previews of a turn share is played ahead, a seat at a time."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._lock = threading.Lock()
        self._waiting: OrderedDict[Key, Draft] = OrderedDict()
        self._coming: dict[str, list[tuple[Task, str]]] = {}
        self._done: OrderedDict[str, Data] = OrderedDict()
        self._at_work: threading.Thread | None = None
        self._under_way = ""

    def ask(self, key: Key, draft: Draft) -> Data | None:
        """What is known of a draft already; else it waits. RefusedError when too many do."""
        mark = draft.mark
        with self._lock:
            self._waiting.pop(key, None)
            if mark in self._done or mark == self._under_way:
                return self._done.get(mark)
            if len(self._waiting) >= MOST_WAITING:
                raise RefusedError("Many teams are trying something just now; a moment.", 503)
            self._waiting[key] = draft
            self._start()
        return None

    def get_ready(self, session: str, task: Task, parties: Sequence[str]) -> None:
        """Play ahead for the seats of people, instead of what the session was to be ready for before."""
        with self._lock:
            self._coming[session] = [(task, party) for party in parties]
            self._start()

    def _start(self) -> None:
        if self._at_work is None:
            self._at_work = threading.Thread(target=self._work, daemon=True)
            self._at_work.start()

    def found(self, key: Key, mark: str) -> Data | None:
        """The result of a draft; None while it waits. RefusedError when a newer one has taken its place."""
        with self._lock:
            if mark in self._done:
                return self._done[mark]
            waits = key in self._waiting and self._waiting[key].mark == mark
            if waits or mark == self._under_way:
                return None
        raise RefusedError("A newer draft has taken its place.", 410)

    def _work(self) -> None:
        while True:
            with self._lock:
                draft = self._waiting.popitem(last=False)[1] if self._waiting else None
                coming = self._next_coming() if draft is None else None
                self._under_way = "" if draft is None else draft.mark
                if draft is None and coming is None:
                    self._at_work = None
                    return
            if draft is not None:
                self._try(draft)
            elif coming is not None:
                with suppress(Exception):  # it only saves time: a preview that is asked for says what is wrong
                    self.worker.call(prepared, *coming)

    def _next_coming(self) -> tuple[Task, str] | None:
        while self._coming:
            session, seats = next(iter(self._coming.items()))
            if seats:
                return seats.pop(0)
            del self._coming[session]
        return None

    def _try(self, draft: Draft) -> None:
        try:
            found = self.worker.call(previewed, draft.task, draft.party, draft.answers, draft.said)
        except Exception as error:  # whatever goes wrong here must not stop the next draft
            found = {"trouble": str(error) if isinstance(error, InputError) else "This could not be tried."}
        with self._lock:
            self._done[draft.mark] = found
            while len(self._done) > KEPT:
                self._done.popitem(last=False)
