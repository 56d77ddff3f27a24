"""The phases of a room, and which events may come in each."""

from __future__ import annotations

LOBBY, BRIEFING, OPEN, PAUSED = "lobby", "briefing", "open", "paused"
LOCKED, RESOLVING, REVIEW, PUBLISHED = "locked", "resolving", "review", "published"
PHASES = (LOBBY, BRIEFING, OPEN, PAUSED, LOCKED, RESOLVING, REVIEW, PUBLISHED)
MAY_FOLLOW = {
    "briefed": (LOBBY, PUBLISHED),
    "opened": (BRIEFING,),
    "paused": (OPEN,),
    "resumed": (PAUSED,),
    "extended": (OPEN, PAUSED),
    "drafted": (BRIEFING, OPEN, PAUSED),
    "submitted": (OPEN, PAUSED),
    "guessed": (BRIEFING, OPEN, PAUSED),
    "locked": (OPEN, PAUSED),
    "resolving": (LOCKED,),
    "resolved": (RESOLVING,),
    "reopened": (REVIEW,),
    "published": (REVIEW,),
    "shocked": (LOBBY, PUBLISHED),
    **dict.fromkeys(("offered", "withdrawn", "answered", "signed"), (BRIEFING, OPEN, PAUSED)),
    "dropped": (BRIEFING, OPEN, PAUSED, PUBLISHED),
    "stood_in": (OPEN, PAUSED),
}
"""Which phases an event may come in; others may come in any."""
