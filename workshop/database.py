"""The database of a workshop: tables, migrations, and who may open it.

SQLite in the data folder unless a URL says otherwise; nothing here is written for one kind of database, but for the
settings that SQLite needs to survive a killed process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock, Timeout
from sqlalchemy.exc import DatabaseError

from sim.errors import InputError

FILE, LOCK = "workshop.sqlite", "workshop.lock"
MIGRATIONS = Path(__file__).parent / "migrations"

TABLES = sa.MetaData()
SESSIONS = sa.Table(
    "sessions",
    TABLES,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("code", sa.String(8), nullable=False, unique=True),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
)
EVENTS = sa.Table(
    "events",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("session", sa.String(16), sa.ForeignKey("sessions.id"), nullable=False),
    sa.Column("branch", sa.Integer, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("key", sa.String(120)),
    sa.Column("data", sa.JSON, nullable=False),
    sa.UniqueConstraint("session", "branch", "seq"),
    sa.UniqueConstraint("session", "branch", "key"),
)
RIGHTS = sa.Table(
    "rights",
    TABLES,
    sa.Column("device", sa.String(64), primary_key=True),
    sa.Column("session", sa.String(16), primary_key=True),
    sa.Column("what", sa.String(60), primary_key=True),
    sa.Column("given_at", sa.Float, nullable=False),
)
LINKS = sa.Table(
    "links",
    TABLES,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("made_at", sa.Float, nullable=False),
    sa.Column("used_at", sa.Float),
)


def url_of(folder: Path) -> str:
    """Where the database of a data folder lies."""
    return f"sqlite:///{folder / FILE}"


def connected(url: str) -> sa.Engine:
    """An engine with the settings that a room needs; the tables are those of the newest version."""
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _careful)
    migrate(engine, url)
    return engine


def _careful(connection: Any, record: Any) -> None:
    """Readers never wait for a writer, and what was committed outlives a power cut."""
    for setting in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}")


def migrate(engine: sa.Engine, shown: str) -> None:
    """Bring the tables up to date; InputError when a newer version made them, or the file is no database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {one.revision for one in ScriptDirectory.from_config(config).walk_revisions()}
    try:
        with engine.begin() as connection:
            there = MigrationContext.configure(connection).get_current_revision()
            if there is not None and there not in known:
                raise InputError(
                    f"{shown}: the database is of a newer version (revision {there}); use that version of Fully "
                    "Booked, or give another --data folder."
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DatabaseError as error:
        raise InputError(f"{shown}: this is no database of a workshop ({error.orig}).") from error


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else serves a data folder while this lasts; InputError when somebody does, or it cannot be written."""
    lock = FileLock(folder / LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError(
            f"--data: '{folder}' is served by another workshop just now; end that one, or give another folder."
        ) from None
    except OSError as error:
        raise InputError(f"--data: '{folder}' cannot be written: {error.strerror or error}.") from error
    try:
        yield
    finally:
        lock.release()
