"""Seats the parties of a roster: each party gets its role's default strategy, or another by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agents.player import CLASSES, Party
from agents.strategies import default_for, find
from sim.contract import Seat
from sim.errors import InputError, unknown
from sim.game import Game
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


OTHER_NAMES = {
    "amazon": "aws",
    "amzn": "aws",
    "microsoft": "azure",
    "msft": "azure",
    "alphabet": "google",
    "goog": "google",
    "googl": "google",
    "nvda": "nvidia",
    "deepmind": "google-deepmind",
    "eu": "ec",
    "commission": "ec",
    "us": "ftc",
    "usa": "ftc",
    "uk": "cma",
}
"""What people call a party that is none of its names in the roster."""


def spoken_names(roster: Roster) -> dict[str, str]:
    """What people call the parties of a roster: titles, their first words where they mean one party, and other
    names."""
    everyone = parties(roster)
    names = {name for _, name, _ in everyone}
    firsts = [title.partition(" ")[0].strip(":") for _, _, title in everyone]
    found = {first: name for first, (_, name, _) in zip(firsts, everyone, strict=True) if firsts.count(first) == 1}
    found |= {other: name for other, name in OTHER_NAMES.items() if name in names}
    return found | {title: name for _, name, title in everyone}


def unknown_party(
    roster: Roster, given: str, where: str = "", kind: str = "party", also: Iterable[str] = ()
) -> InputError:
    """The error for a party that does not exist: it names the one that was meant, or none. also: other words allowed
    there."""
    names = [name for _, name, _ in parties(roster)]
    return unknown(kind, given, (*also, *names), where, spoken_names(roster))


@dataclass(frozen=True)
class Seating:
    """A cast for `Game`: `strategies` names strategies by party, `seats` gives a party any seat (a person, a recorded
    game)."""

    strategies: Mapping[str, str]
    seats: Mapping[str, Seat]

    @property
    def default(self) -> Seating:
        """Everybody with its role's default strategy: who played before a game opens."""
        return Seating({}, {})

    def __call__(self, game: Game) -> list[Party]:
        """The players; InputError for a party or strategy that does not exist."""
        everyone = parties(game.roster)
        for chosen in (*self.strategies, *self.seats):
            if chosen not in {name for _, name, _ in everyone}:
                raise unknown_party(game.roster, chosen)
        for chosen, seat in self.seats.items():
            if isinstance(seat, type) or not callable(getattr(seat, "decide", None)):
                given = f"the class {seat.__name__}" if isinstance(seat, type) else f"of type {type(seat).__name__}"
                raise InputError(f"seats: {chosen}: a seat is an object with decide(own, market) (given: {given}).")
        return [_seat(game, role, name, title, self.strategies, self.seats) for role, name, title in everyone]


def cast(strategies: Mapping[str, str] | None = None, seats: Mapping[str, Seat] | None = None) -> Seating:
    """A cast for `Game` by strategies and seats of parties; the rest play their role's default."""
    return Seating(strategies or {}, seats or {})


def _seat(
    game: Game, role: str, name: str, title: str, strategies: Mapping[str, str], seats: Mapping[str, Seat]
) -> Party:
    if name in seats:
        return CLASSES[role](game, name, title, seats[name])
    sheet = find(strategies[name], role, name) if name in strategies else default_for(role)
    return CLASSES[role](game, name, title, sheet.maker())
