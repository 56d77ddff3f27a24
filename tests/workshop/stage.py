"""A room with deals whose game is played by hand: it keeps what it is asked, and answers what it is told to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.workshop.events import ROUND, HandClock, setup
from tests.workshop.room import rooms
from workshop import conduct, deals, people, table
from workshop.rooms import Rooms
from workshop.setup import HUMAN

TERMS = {"mw": 300.0, "family": 2.0, "start_quarters": 4.0, "term_quarters": 16.0, "price_usd": 1.5}
TERMS |= {"take_or_pay": 0.8, "equity_musd": 0.0}
SEATS = {"aws": HUMAN, "anthropic": HUMAN, "openai": "skilled", "nvidia": HUMAN}


def partner(name: str) -> dict[str, Any]:
    return {"party": name, "families": [[0, "Nvidia GPU"], [2, "Trainium"]], "power": 900.0}


def brief(standing: bool) -> dict[str, Any]:
    """A briefing in which OpenAI's offer to AWS stands, or none."""
    mine = [{"party": "openai", "terms": TERMS, "rule": True}] if standing else []
    seat: dict[str, Any] = {"board": [], "last": None, "start": {}, "rule": {}}
    ahead = [["2026Q1", 0.0]]
    seats = {
        "aws": {"partners": [partner("anthropic"), partner("openai")], "standing": mine, "ahead": ahead},
        "anthropic": {"partners": [partner("aws")], "standing": [], "ahead": ahead},
        "nvidia": None,
        "openai": None,
    }
    return {
        "quarter": "2026Q1",
        "public": {"news": [], "clouds": [], "chips": [], "demand": 1.0, "edge": 1.0, "signed": []},
        "seats": {party: {**seat, "deals": shown} for party, shown in seats.items()},
    }


class Stage:
    """Plays what it is told to, and keeps what the game would have been given."""

    def __init__(self) -> None:
        self.standing, self.asked, self.struck = True, {}, []

    def call(self, function: Any, *given: Any) -> Any:
        if function is table.dealt:
            return brief(self.standing)
        self.asked = given[-1]
        outcomes = {party: {"deals": self.struck} for party in SEATS}
        return {**ROUND, "quarters": [{"quarter": "2026Q1"}], "brief": brief(False), "outcomes": outcomes}

    def close(self) -> None:
        pass


class Room:
    """An open turn with teams in three seats."""

    def __init__(self, folder: Path, quarters: int = 2) -> None:
        self.clock, self.stage = HandClock(), Stage()
        self.rooms: Rooms = rooms(folder, self.clock, self.stage)
        self.id = conduct.begin(self.rooms, setup(level=5, seats=SEATS, quarters_a_turn=quarters))
        for party in ("aws", "anthropic", "nvidia"):
            people.claim(self.rooms, self.id, party, party.title())
        conduct.brief(self.rooms, self.id)
        conduct.open_turn(self.rooms, self.id)

    @property
    def state(self) -> Any:
        return self.rooms.state(self.id)

    def offer(self, maker: str = "aws", to: str = "anthropic", **terms: str) -> Any:
        given = {"to": to, "mw": "300", "family": "Trainium", "price_usd": "1.5", **terms}
        return deals.offer(self.rooms, self.id, maker, given)

    def statuses(self) -> list[str]:
        return [one.status for one in self.state.dealing.offers]
