"""The same log in PostgreSQL: a URL away. Skipped where there is no PostgreSQL or no driver for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.workshop.events import NOON, STORY, HandClock, setup
from tests.workshop.room import AtOnce
from tests.workshop.server import free_port
from workshop import conduct, people
from workshop.bell import Bell
from workshop.database import TABLES, connected
from workshop.log import EventLog, New, TakenError
from workshop.people import Handed
from workshop.rights import EVERYWHERE, FACILITATOR, Rights
from workshop.rooms import Rooms
from workshop.state import replay
from workshop.worker import Here

pytestmark = pytest.mark.slow
FOLDERS = ("", *sorted(str(one) for one in Path("/usr/lib/postgresql").glob("*/bin")))


def program(name: str) -> str:
    """Where a program of PostgreSQL lies; the test is skipped when it is not installed."""
    found = next((path for folder in FOLDERS if (path := shutil.which(name, path=folder or None))), None)
    if found is None:
        pytest.skip(f"{name} is not installed: install PostgreSQL to run this")
    return found


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A PostgreSQL of its own, in a folder of its own, run by somebody who is not root."""
    pytest.importorskip("psycopg")
    make, start = program("initdb"), program("postgres")
    who = {"user": "nobody", "group": "nogroup"} if os.getuid() == 0 else {}
    with tempfile.TemporaryDirectory() as place:
        if who:
            shutil.chown(place, **who)
        Path(place).chmod(0o700)
        data, port = f"{place}/data", free_port()
        subprocess.run(
            [make, "-D", data, "-U", "room", "-A", "trust"], check=True, cwd=place, capture_output=True, **who
        )
        server = subprocess.Popen(
            [start, "-D", data, "-p", str(port), "-k", place, "-h", "127.0.0.1"],
            cwd=place,
            stderr=subprocess.PIPE,
            **who,
        )
        assert server.stderr is not None
        for line in server.stderr:
            if b"ready to accept" in line:
                break
        try:
            yield f"postgresql+psycopg://room@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            server.wait(30)
            server.stderr.close()


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    """An empty database with the newest tables."""
    made = connected(url)
    with made.begin() as connection:
        for table in reversed(TABLES.sorted_tables):
            connection.execute(sa.delete(table))
    yield made
    made.dispose()


def test_places_are_given_out_once_and_branches_keep_their_parents(engine: sa.Engine) -> None:
    log = EventLog(engine)
    log.begin("s1", "ABCDEF", "A class", (NOON, NOON + 100))
    log.add("s1", 0, 0, NOON, STORY)
    assert replay(log.lineage("s1", 0)).turn == 2

    def claim(number: int) -> bool:
        try:
            log.add("s1", 0, len(STORY), NOON, [New("said", {"text": str(number)})])
        except TakenError:
            return False
        return True

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(claim, range(40))) == 1
    with pytest.raises(TakenError):
        log.add("s1", 0, len(STORY) + 1, NOON, [New("resolved", {}, "resolved:1:1")])
    with pytest.raises(TakenError):
        log.begin("s2", "ABCDEF", "Another", (NOON, NOON))


def test_a_turn_is_played(engine: sa.Engine) -> None:
    rooms = Rooms(EventLog(engine), HandClock(), Here(), AtOnce(), Bell())
    session = conduct.begin(rooms, setup())
    people.claim(rooms, session, "aws", "Blue")
    conduct.brief(rooms, session)
    conduct.open_turn(rooms, session)
    people.submit(rooms, session, Handed("aws", {"order": "420"}, 0))
    rooms.lock(session)
    conduct.publish(rooms, session)
    state = conduct.rewind(rooms, session, 1)
    assert (state.branch, state.phase, state.seats["aws"].answers) == (1, "briefing", {"order": "420"})


def test_a_link_is_used_once_and_a_right_twice_given_is_one(engine: sa.Engine) -> None:
    rights = Rights(engine, HandClock())
    secret = rights.link()
    assert [rights.use(secret, device) for device in ("a", "b")] == [True, False]
    rights.give("a", EVERYWHERE, FACILITATOR)
    assert (rights.facilitates("a"), rights.facilitates("b")) == (True, False)
    rights.drop("a")
    assert not rights.facilitates("a")
