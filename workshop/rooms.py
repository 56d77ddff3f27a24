"""All rooms of a server: the state of each, how something is added to its log, and the work that a state calls for.

What a state calls for (a briefing to be made, a turn to be played) is found from the state alone. So a server that was
killed in the middle begins it again when it starts, and a result that is there already is not written twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from sim.errors import InputError
from workshop import table
from workshop.acting import acting, signed
from workshop.bell import Bell
from workshop.clock import Clock
from workshop.dealing import clauses
from workshop.log import EventLog, New, TakenError
from workshop.setup import HUMAN, Setup
from workshop.state import LOBBY, LOCKED, OPEN, PUBLISHED, RESOLVING, State, after, replay
from workshop.table import Task
from workshop.worker import Worker

GRACE = 5.0
"""Seconds after a deadline in which a decision still counts: it was on its way."""
SLOW, STUCK = 20.0, 120.0
"""Seconds of work after which the console offers to begin anew, and after which that is done unasked."""
DAY = 86_400.0
"""How long a room is looked after when its code has ended: a class may go on."""
TRIES = 200
"""How often somebody who came second looks again before giving up."""


class RefusedError(Exception):
    """What was asked cannot be done, in a sentence. status: of the answer over HTTP."""

    def __init__(self, sentence: str, status: int = 409) -> None:
        super().__init__(sentence)
        self.status = status


Decide = Callable[[State], Sequence[New]]


@dataclass(frozen=True)
class Job:
    """Work that a state calls for. what: 'deal' or 'resolve'."""

    session: str
    what: str
    state: State

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for the same work."""
        one = self.state
        return (self.session, self.what, one.branch, one.turn, one.attempt, len(one.cards))


class Rooms:
    """The rooms of one database. worker plays; helpers: threads that wait for it; bell: who is told that something
    changed; dealt: who is told a session and its state once something was played for it."""

    def __init__(self, log: EventLog, clock: Clock, worker: Worker, helpers: Executor, bell: Bell) -> None:
        self.log, self.clock, self.worker, self.helpers, self.bell = log, clock, worker, helpers, bell
        self.troubles: dict[str, str] = {}
        self.dealt: Callable[[str, State], None] = lambda session, state: None
        self._states: dict[str, State] = {}
        self._lock = threading.Lock()
        self._under_way: dict[tuple[object, ...], float] = {}
        self._begun_anew: set[tuple[object, ...]] = set()

    @property
    def busy(self) -> bool:
        """Is a room being played or briefed just now? Who plays what-ifs waits then."""
        return bool(self._under_way)

    # --- reading ----------------------------------------------------------------------------------------------------

    def state(self, session: str) -> State:
        """A room's state now; a turn whose time is up is locked first."""
        found = self._read(session)
        if found.phase == OPEN and found.deadline is not None and self.clock.now() > self._until(found):
            with acting(""):  # time did it, whoever asks
                self.lock(session)
            found = self._read(session)
        return found

    @staticmethod
    def _until(state: State) -> float:
        """When an open turn is locked: the room waits for teams with more time that have not submitted."""
        waits = state.more_time(*(seat.party for seat in state.waiting))
        return (state.deadline or 0.0) + waits + GRACE

    def _read(self, session: str) -> State:
        branch, known = self.log.branch(session), self._states.get(session)
        if known is not None and known.branch == branch:
            for event in self.log.events(session, branch, known.last):
                known = after(known, event)
        else:
            events = self.log.lineage(session, branch)
            if not events:
                raise RefusedError("There is no such session.", 404)
            known = replay(events)
        self._states[session] = known
        return known

    # --- adding -----------------------------------------------------------------------------------------------------

    def act(self, session: str, decide: Decide) -> State:
        """Add what `decide` makes of the state, as of the very state that it saw. RefusedError when it may not come
        now."""
        for _ in range(TRIES):
            seen = self._read(session)
            new = [signed(one) for one in decide(seen)]
            if not new:
                return seen
            if wrong := [one.kind for one in new[:1] if not seen.may(one.kind)]:
                raise RefusedError(
                    f"This cannot be done now: {REASONS.get(wrong[0], wrong[0])}; {IN_PHASE[seen.phase]}."
                )
            try:
                self.log.add(session, seen.branch, seen.last, self.clock.now(), new)
            except TakenError:
                if any(one.key and self.log.with_key(session, seen.branch, one.key) for one in new):
                    return self._read(session)
                continue
            return self._changed(session)
        raise RefusedError("Too many changes at once; please try again.", 503)

    def branch_off(self, session: str, branch: int, first: New) -> State:
        """Begin a branch."""
        try:
            self.log.add(session, branch, 0, self.clock.now(), [signed(first)])
        except TakenError:
            raise RefusedError("Somebody went back at the same moment; look again.") from None
        return self._changed(session)

    def _changed(self, session: str) -> State:
        with self._lock:
            now = self._read(session)
        self.bell.ring(session)
        self.work(session, now)
        return now

    def lock(self, session: str) -> State:
        """End a turn's time: what was saved last is played."""
        return self.act(session, lambda state: [New("locked")] if state.may("locked") else [])

    # --- work -------------------------------------------------------------------------------------------------------

    def work(self, session: str, state: State) -> None:
        """Begin what a state calls for, once."""
        what = called_for(state)
        if not what:
            return
        job = Job(session, what, state)
        with self._lock:
            if job.key in self._under_way or session in self.troubles:
                return
            self._under_way[job.key] = self.clock.now()
        self.helpers.submit(self._do, job)

    def _do(self, job: Job) -> None:
        try:
            self._deal(job) if job.what == "deal" else self._resolve(job)
        except Exception as error:  # the room stands until somebody looks: say why, whatever it is
            self.troubles[job.session] = str(error) if isinstance(error, InputError) else repr(error)
        finally:
            with self._lock:
                self._under_way.pop(job.key, None)
            self.bell.ring(job.session)
        if job.session not in self.troubles:
            now = self._read(job.session)
            self.dealt(job.session, now)
            self.work(job.session, now)

    def _deal(self, job: Job) -> None:
        shown = self.worker.call(table.dealt, task_of(job.state))
        number = len(job.state.played)
        key = f"dealt:{number}:{len(job.state.cards)}"
        self.act(
            job.session, lambda state: [New("dealt", {"brief": shown}, key)] if called_for(state) == "deal" else []
        )

    def _resolve(self, job: Job) -> None:
        state = self.act(job.session, lambda state: [New("resolving")] if state.phase == LOCKED else [])
        holders = state.holders
        answers = {seat.party: seat.answers for seat in state.humans if holders[seat.party] == HUMAN}
        count = state.setup.quarters_of(state.turn)
        deals = clauses(state.dealing, state.turn, frozenset(answers))
        data = self.worker.call(table.played, task_of(state), answers, holders, count, deals)
        new = New("resolved", data, f"resolved:{state.turn}:{state.attempt}")
        self.act(job.session, lambda now: [new] if now.phase == RESOLVING and now.branch == state.branch else [])

    def try_again(self, session: str) -> None:
        """Begin anew what went wrong, or takes too long."""
        if self.taking(session) > SLOW:
            self.worker.restart()
        self.troubles.pop(session, None)
        self.work(session, self.state(session))

    def taking(self, session: str) -> float:
        """Seconds since the work for a room was begun; 0 when there is none."""
        with self._lock:
            begun = [at for key, at in self._under_way.items() if key[0] == session]
        return self.clock.now() - min(begun) if begun else 0.0

    def forget(self, session: str) -> None:
        """Take a session out of the database and of memory."""
        self.log.forget(session)
        self._states.pop(session, None)
        self.troubles.pop(session, None)
        self.bell.ring(session)

    def wake(self) -> None:
        """Lock what is due and begin what is called for in every room: at the start, and every second. Work that hangs
        is begun anew, once."""
        for one in self.log.sessions():
            if one["expires_at"] > self.clock.now() - DAY:
                self.work(one["id"], self.state(one["id"]))
        with self._lock:
            stuck = {key for key, at in self._under_way.items() if self.clock.now() - at > STUCK} - self._begun_anew
            self._begun_anew |= stuck
        if stuck:
            self.worker.restart()


def called_for(state: State) -> str:
    """The work that a state calls for: 'deal', 'resolve' or none ('')."""
    if state.setup.cycles:
        return ""
    if state.phase in (LOCKED, RESOLVING):
        return "resolve"
    if state.phase == PUBLISHED:
        return "deal" if state.coming is None and not state.over else ""
    return "deal" if state.phase == LOBBY and state.brief is None else ""


def task_of(state: State) -> Task:
    """The game of a room so far."""
    people = {party for one in state.rounds for party in one.answers} | {seat.party for seat in state.humans}
    order = tuple(party for party in state.setup.seats if party in people)
    return Task(state.setup, state.cards, state.played, order)


def created(setup: Setup) -> list[New]:
    """The first event of a session. Seats of people are named as such in the settings and claimed later."""
    return [New("created", replace(setup, seats=dict(setup.seats)).data())]


def free(state: State) -> list[str]:
    """Seats that a team may take."""
    return [seat.party for seat in state.seats.values() if seat.holder == HUMAN and not seat.team]


REASONS: dict[str, str] = {
    "briefed": "the next turn is briefed after the last was published",
    "opened": "a turn is opened from its briefing",
    "paused": "only an open turn is paused",
    "resumed": "only a paused turn goes on",
    "extended": "only an open turn gets more time",
    "drafted": "decisions are closed",
    "submitted": "decisions are closed",
    "reopened": "a turn is reopened while its result is not published",
    "published": "there is no result to publish",
    "shocked": "a card is laid between turns",
    **dict.fromkeys(("offered", "withdrawn", "answered", "signed"), "deals of this turn are closed"),
    "dropped": "turns are dropped once the first was briefed, and not while one is played",
}
IN_PHASE: dict[str, Any] = {
    "lobby": "the room is in the lobby",
    "briefing": "the room reads its briefing",
    "open": "the turn is open",
    "paused": "the turn is paused",
    "locked": "the turn is locked",
    "resolving": "the turn is being played",
    "review": "the facilitator looks at the result",
    "published": "the turn has been published",
}
