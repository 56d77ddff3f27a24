"""What a server does by itself every second: locks what is due, puts bots in for teams that are away, frees seats that
nobody uses, has told what teams' decisions did, shows a large room the model it waits for, keeps files of what was
played, and forgets what is past its day."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable

from workshop import consequences, cycles, final_board, lobby, paper, predicting, presence
from workshop.rooms import DAY
from workshop.state import PUBLISHED, REVIEW
from workshop.web.house import House

LOG = logging.getLogger(__name__)
SWEEP = 60.0
"""Seconds between two looks for sessions that are past their day: there may be many old ones."""


def look(house: House) -> None:
    """Everything once."""
    house.rooms.wake()
    now = house.rooms.clock.now()
    for one in house.rooms.log.sessions():
        if one["expires_at"] > now - DAY:
            _each(_attend, house, one["id"])
            _each(_sweep, house, one["id"])
            _each(_tell, house, one["id"])
            _each(_show, house, one["id"])
            _each(_keep, house, one["id"])
    if now - house.swept.get("at", 0.0) >= SWEEP:
        house.swept["at"] = now
        for one in house.rooms.log.sessions():
            _each(_past, house, one["id"])


def _each(do: Callable[[House, str], None], house: House, session: str) -> None:
    try:
        do(house, session)
    except Exception:  # a full disk, a room that cannot be replayed: tell it and look after the others
        LOG.exception("session %s could not be looked after; it is tried again in a second", session)


def _attend(house: House, session: str) -> None:
    presence.look(house.rooms, house.presence, session)


def _sweep(house: House, session: str) -> None:
    lobby.sweep(house.rooms, house.rights, house.presence, session)


def _tell(house: House, session: str) -> None:
    consequences.look(house.rooms, house.desk, session)
    final_board.look(house.rooms, house.desk, session)


def _show(house: House, session: str) -> None:
    """Show a large room what the model says once it is there; until then its pages say how far it is."""
    state = house.rooms.state(session)
    if cycles.waits(state.cycles):
        predicting.show(house.rooms, session, house.explorer)
        now = predicting.progress(predicting.played(state, session, house.explorer))
        if house.progress.get(session) != now:
            house.progress[session] = now
            house.rooms.bell.ring(session)


def _keep(house: House, session: str) -> None:
    """Write a turn's files once it was played."""
    state = house.rooms.state(session)
    done = (session, state.branch, state.turn, state.attempt)
    if house.folder is None or state.phase not in (REVIEW, PUBLISHED) or done in house.written:
        return
    paper.keep(house.folder, session, state)
    house.written.add(done)


def _past(house: House, session: str) -> None:
    until = house.rooms.state(session).hall.until
    if until is not None and house.rooms.clock.now() > until:
        forget(house, session)


def forget(house: House, session: str) -> None:
    """Take a session out of the database, and its files."""
    house.rooms.forget(session)
    if house.folder is not None:
        shutil.rmtree(house.folder / paper.EXPORTS / session, ignore_errors=True)
