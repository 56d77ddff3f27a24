"""Who may do what: a device has rights in a session, or in all of them. Kept by the hash of its token alone."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from workshop import tokens
from workshop.clock import Clock
from workshop.database import LINKS, RIGHTS

EVERYWHERE, FACILITATOR = "*", "facilitator"


def seat(party: str) -> str:
    """The right to decide for a party."""
    return f"seat:{party}"


def waits(number: int) -> str:
    """The right of who waits to be let in: that its knock is answered."""
    return f"knock:{number}"


LINK_SECONDS = 86_400.0
"""How long a link for a facilitator is good."""


@dataclass(frozen=True)
class Rights:
    """The rights in a database."""

    engine: sa.Engine
    clock: Clock

    def give(self, device: str, session: str, what: str) -> None:
        """Give a device a right; having it twice is having it."""
        row = {"device": tokens.hashed(device), "session": session, "what": what, "given_at": self.clock.now()}
        try:
            with self.engine.begin() as connection:
                connection.execute(sa.insert(RIGHTS).values(row))
        except IntegrityError:
            pass

    def has(self, device: str, session: str, what: str) -> bool:
        """May a device do this here?"""
        mine = sa.select(RIGHTS.c.what).where(
            RIGHTS.c.device == tokens.hashed(device), RIGHTS.c.session == session, RIGHTS.c.what == what
        )
        with self.engine.connect() as connection:
            return connection.execute(mine).first() is not None

    def seats(self, device: str, session: str) -> list[str]:
        """The parties that a device may decide for."""
        return self._of(device, session, "seat:")

    def waiting(self, device: str, session: str) -> list[str]:
        """The knocks of a device that have not been answered."""
        return self._of(device, session, "knock:")

    def _of(self, device: str, session: str, kind: str) -> list[str]:
        mine = sa.select(RIGHTS.c.what).where(RIGHTS.c.device == tokens.hashed(device), RIGHTS.c.session == session)
        with self.engine.connect() as connection:
            found = [str(row[0]) for row in connection.execute(mine)]
        return [what.removeprefix(kind) for what in found if what.startswith(kind)]

    def let_in(self, session: str, number: int, party: str) -> None:
        """Who knocked has a seat."""
        with self.engine.begin() as connection:
            connection.execute(sa.update(RIGHTS).where(*_right(session, waits(number))).values(what=seat(party)))

    def let_go(self, session: str, number: int) -> None:
        """Who knocked waits no more."""
        with self.engine.begin() as connection:
            connection.execute(sa.delete(RIGHTS).where(*_right(session, waits(number))))

    def facilitators(self) -> int:
        """Browsers that lead the rooms of this server."""
        found = sa.select(sa.func.count()).where(*_right(EVERYWHERE, FACILITATOR))
        with self.engine.connect() as connection:
            return int(connection.execute(found).scalar() or 0)

    def place(self, device: str) -> int:
        """The how manieth of those browsers a device is, by when it became one; 0 for none."""
        found = sa.select(RIGHTS.c.device).where(*_right(EVERYWHERE, FACILITATOR)).order_by(RIGHTS.c.given_at)
        with self.engine.connect() as connection:
            known = [row[0] for row in connection.execute(found)]
        mine = tokens.hashed(device)
        return known.index(mine) + 1 if mine in known else 0

    def only(self, device: str) -> None:
        """No other device leads here, and no link that was not used makes one."""
        others = RIGHTS.c.device != tokens.hashed(device)
        with self.engine.begin() as connection:
            connection.execute(sa.delete(RIGHTS).where(others, *_right(EVERYWHERE, FACILITATOR)))
            connection.execute(sa.delete(LINKS).where(LINKS.c.used_at.is_(None)))

    def facilitates(self, device: str) -> bool:
        """Does a device lead the rooms of this server?"""
        return self.has(device, EVERYWHERE, FACILITATOR)

    def drop(self, device: str) -> None:
        """Take every right from a device: its cookie is worth nothing from now on."""
        with self.engine.begin() as connection:
            connection.execute(sa.delete(RIGHTS).where(RIGHTS.c.device == tokens.hashed(device)))

    def clear_seat(self, session: str, party: str) -> None:
        """Take a seat from all devices that have it."""
        with self.engine.begin() as connection:
            connection.execute(sa.delete(RIGHTS).where(*_right(session, seat(party))))

    def link(self) -> str:
        """A new secret that makes one device a facilitator, once."""
        secret = tokens.token()
        row = {"hash": tokens.hashed(secret), "made_at": self.clock.now()}
        with self.engine.begin() as connection:
            connection.execute(sa.insert(LINKS).values(row))
        return secret

    def use(self, secret: str, device: str) -> bool:
        """Use a link up; was it good?"""
        fresh = LINKS.c.made_at > self.clock.now() - LINK_SECONDS
        mine = (LINKS.c.hash == tokens.hashed(secret)) & LINKS.c.used_at.is_(None) & fresh
        with self.engine.begin() as connection:
            done = connection.execute(sa.update(LINKS).where(mine).values(used_at=self.clock.now()))
        if done.rowcount != 1:
            return False
        self.lead(device)
        return True

    def lead(self, device: str) -> None:
        """Make a device a facilitator's."""
        self.give(device, EVERYWHERE, FACILITATOR)


def _right(session: str, what: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return RIGHTS.c.session == session, RIGHTS.c.what == what
