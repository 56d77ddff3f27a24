"""The log of a session: events that are only ever added, from which everything else is replayed.

An event stands at a place (session, branch, seq) that is given out once. Whoever adds one says which place it saw last:
two who saw the same cannot both come next, so a seat goes to one team and a decision overwrites none unseen. A rewind
is a branch: its first event says where it leaves its parent, and nothing is taken away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from workshop.database import EVENTS, RIGHTS, SESSIONS

BRANCHED = "branched"


@dataclass(frozen=True)
class New:
    """An event that is to be added. key: given once in a branch; who comes second with it adds nothing."""

    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    key: str | None = None


@dataclass(frozen=True)
class Event:
    """An event at its place. at: seconds since 1970."""

    branch: int
    seq: int
    at: float
    kind: str
    data: dict[str, Any]
    key: str | None = None


class TakenError(Exception):
    """Somebody else has added an event at this place, or one with this key."""


@dataclass(frozen=True)
class EventLog:
    """All sessions of a database."""

    engine: sa.Engine

    def begin(self, session: str, code: str, title: str, span: tuple[float, float], first: Sequence[New] = ()) -> None:
        """Enter a session with its first events, all or nothing. span: when it was made and when its code ends.
        TakenError when the code is in use."""
        row = {"id": session, "code": code, "title": title, "created_at": span[0], "expires_at": span[1]}
        try:
            with self.engine.begin() as connection:
                connection.execute(sa.insert(SESSIONS).values(row))
                if first:
                    connection.execute(sa.insert(EVENTS), _rows(session, _placed(0, 0, span[0], first)))
        except IntegrityError as error:
            raise TakenError from error

    def recode(self, session: str, code: str | None, until: float) -> None:
        """Give a session another join code (None: the same), and say when it ends. TakenError when it is in use."""
        change = {"expires_at": until} | ({"code": code} if code else {})
        try:
            with self.engine.begin() as connection:
                connection.execute(sa.update(SESSIONS).where(SESSIONS.c.id == session).values(change))
        except IntegrityError as error:
            raise TakenError from error

    def forget(self, session: str) -> None:
        """Take a whole session out, with who had rights in it: its time is over."""
        with self.engine.begin() as connection:
            for table, column in ((EVENTS, "session"), (RIGHTS, "session"), (SESSIONS, "id")):
                connection.execute(sa.delete(table).where(table.c[column] == session))

    def sessions(self) -> list[dict[str, Any]]:
        """All sessions, the newest first."""
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(SESSIONS).order_by(SESSIONS.c.created_at.desc())).mappings()
            return [dict(row) for row in rows]

    def add(self, session: str, branch: int, last: int, at: float, new: Sequence[New]) -> list[Event]:
        """Add events after the last that was seen, all or none. TakenError when somebody was first."""
        made = _placed(branch, last, at, new)
        try:
            with self.engine.begin() as connection:
                connection.execute(sa.insert(EVENTS), _rows(session, made))
        except IntegrityError as error:
            raise TakenError from error
        return made

    def branch(self, session: str) -> int:
        """The branch that is played: the last one."""
        with self.engine.connect() as connection:
            found = connection.execute(sa.select(sa.func.max(EVENTS.c.branch)).where(EVENTS.c.session == session))
            return int(found.scalar() or 0)

    def events(self, session: str, branch: int, after: int = 0) -> list[Event]:
        """A branch's own events after a place, in order."""
        return self._read(session, EVENTS.c.branch == branch, EVENTS.c.seq > after)

    def lineage(self, session: str, branch: int, until: int | None = None) -> list[Event]:
        """Everything that led to a branch, up to and including a place of it: first what it took over from its
        parents."""
        own = self.events(session, branch)
        own = [one for one in own if until is None or one.seq <= until]
        if own and own[0].kind == BRANCHED:
            parent = self.lineage(session, int(own[0].data["parent"]), int(own[0].data["until"]))
            return [*parent, *own]
        return own

    def with_key(self, session: str, branch: int, key: str) -> Event | None:
        """The event that has a key; None when there is none."""
        found = self._read(session, EVENTS.c.branch == branch, EVENTS.c.key == key)
        return found[0] if found else None

    def _read(self, session: str, *where: sa.ColumnElement[bool]) -> list[Event]:
        columns = [EVENTS.c[name] for name in ("branch", "seq", "at", "kind", "data", "key")]
        asked = sa.select(*columns).where(EVENTS.c.session == session, *where).order_by(EVENTS.c.seq)
        with self.engine.connect() as connection:
            return [Event(**row) for row in connection.execute(asked).mappings()]


def _placed(branch: int, last: int, at: float, new: Sequence[New]) -> list[Event]:
    return [Event(branch, last + number, at, one.kind, one.data, one.key) for number, one in enumerate(new, start=1)]


def _rows(session: str, made: Sequence[Event]) -> list[dict[str, Any]]:
    return [{"session": session, **asdict(one)} for one in made]
