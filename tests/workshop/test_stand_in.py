"""A team deals, and is then away: the bot that plays for it keeps what the team has signed, offered and answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from experiments.play import replay
from experiments.play.log import Logbook
from tests.workshop.events import HandClock, setup
from tests.workshop.room import rooms
from workshop import conduct, deals, paper, people
from workshop.presence import Presence, look
from workshop.setup import HUMAN

SEATS = {"aws": HUMAN, "anthropic": HUMAN, "openai": "steady"}
OFFER = {"mw": "300", "family": "Trainium", "price_usd": "1.5", "start_quarters": "4", "term_quarters": "16"}
OFFER |= {"take_or_pay": "80", "equity_musd": "0"}
AWS, OPENAI, ANTHROPIC = 0, 0, 1
"""Places in the roster: of a cloud, and of labs."""


class Left:
    """Both teams agree, AWS offers OpenAI's bot something too, and both are away before they have handed in
    anything."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.rooms, self.presence = rooms(folder, self.clock), Presence(self.clock)
        self.id = conduct.begin(self.rooms, setup(level=5, seats=SEATS, turns=2, quarters_a_turn=1))
        for party in ("aws", "anthropic"):
            people.claim(self.rooms, self.id, party, party.title())
        conduct.brief(self.rooms, self.id)
        conduct.open_turn(self.rooms, self.id)
        deals.offer(self.rooms, self.id, "aws", {"to": "anthropic", **OFFER})
        deals.answer(self.rooms, self.id, "anthropic", "0", True)
        deals.offer(self.rooms, self.id, "aws", {"to": "openai", **OFFER, "mw": "200"})
        self.clock.time += 61.0
        look(self.rooms, self.presence, self.id)
        self.away = set(self.rooms.state(self.id).hall.away)
        self.rooms.lock(self.id)
        self.state = conduct.publish(self.rooms, self.id)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    return Left(tmp_path_factory.mktemp("session"))


def decided(left: Left, party: str, name: str) -> list[float]:
    found: list[float] = left.state.played[0]["decisions"][party][f"deal_{name}"][0]
    return found


def test_bots_played_and_the_deal_was_signed(left: Left) -> None:
    assert left.away == {"aws", "anthropic"}
    assert left.state.rounds[0].answers == {}
    assert decided(left, "aws", "mw")[ANTHROPIC] == decided(left, "anthropic", "mw")[AWS] == 300.0
    for party in ("aws", "anthropic"):
        mine: list[dict[str, Any]] = left.state.rounds[0].outcomes[party]["deals"]
        (deal,) = [one for one in mine if (one["cloud"], one["lab"]) == ("aws", "anthropic")]
        assert deal["price"] == pytest.approx(1.5)


def test_an_offer_of_the_team_goes_out_all_the_same(left: Left) -> None:
    assert decided(left, "aws", "mw")[OPENAI] == 200.0
    assert decided(left, "aws", "price_usd")[OPENAI] == 1.5


def test_the_log_of_it_plays_again_to_the_bit(left: Left, tmp_path: Path) -> None:
    path = tmp_path / "game.json"
    path.write_text(json.dumps(paper.game_of(left.state)), encoding="utf-8")
    assert replay.check(Logbook.load(path)).status == 0
