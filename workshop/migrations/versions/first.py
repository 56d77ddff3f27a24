"""The first tables: sessions, their events, who may do what, and links that open the console."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, written out: a later version changes `workshop.database`, and this stays as it is."""
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("code", sa.String(8), nullable=False, unique=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
    )
    _events()
    op.create_table(
        "rights",
        sa.Column("device", sa.String(64), primary_key=True),
        sa.Column("session", sa.String(16), primary_key=True),
        sa.Column("what", sa.String(60), primary_key=True),
        sa.Column("given_at", sa.Float, nullable=False),
    )
    op.create_table(
        "links",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("made_at", sa.Float, nullable=False),
        sa.Column("used_at", sa.Float),
    )


def _events() -> None:
    op.create_table(
        "events",
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


def downgrade() -> None:
    """Drop them."""
    for name in ("links", "rights", "events", "sessions"):
        op.drop_table(name)
