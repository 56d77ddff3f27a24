"""Seats the parties of a roster: each party gets its role's default strategy, or another by name."""

from __future__ import annotations

from collections.abc import Mapping

from agents.player import CLASSES, Party
from agents.strategies import default_for, find
from sim.contract import Seat
from sim.errors import unknown
from sim.game import Cast, Game
from sim.roster import Roster


def parties(roster: Roster) -> tuple[tuple[str, str, str], ...]:
    """(role, name, title) of every party in roster order."""
    t = roster.tables
    return (
        *(("cloud", name, title) for name, title in zip(roster.owners, roster.owner_titles, strict=True)),
        *(("vendor", name, title) for name, title in zip(roster.families, roster.family_titles, strict=True)),
        *(("lab", row["lab"], row["title"]) for row in t["labs"]),
        *(("segment", row["segment"], row["title"]) for row in t["segments"]),
        *(("regulator", row["regulator"], row["title"]) for row in t["regulators"]),
    )


def cast(strategies: Mapping[str, str] | None = None, seats: Mapping[str, Seat] | None = None) -> Cast:
    """A cast for `Game`: `strategies` names strategies by party, `seats` gives a party any seat (a person, a recorded game).

    InputError for a party or strategy that does not exist."""

    def make(game: Game) -> list[Party]:
        everyone = parties(game.roster)
        for chosen in (*(strategies or {}), *(seats or {})):
            if chosen not in {name for _, name, _ in everyone}:
                raise unknown("party", chosen, [name for _, name, _ in everyone])
        return [_seat(game, role, name, title, strategies or {}, seats or {}) for role, name, title in everyone]

    return make


def _seat(
    game: Game, role: str, name: str, title: str, strategies: Mapping[str, str], seats: Mapping[str, Seat]
) -> Party:
    if name in seats:
        return CLASSES[role](game, name, title, seats[name])
    sheet = find(strategies[name], role, name) if name in strategies else default_for(role)
    return CLASSES[role](game, name, title, sheet.maker())
