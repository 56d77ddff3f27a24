"""What a team is told of its own decisions after a turn: its quarters played again, kept in the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.seats import Recorded
from experiments.play.because import together
from tests.workshop.played_turn import BIG, PlayedTurn
from workshop import conduct, consequences, people
from workshop.alternatives import playable
from workshop.rooms import task_of
from workshop.table import book_of
from workshop.web import upkeep

SEATS = {"aws": "human", "nvidia": "human", "google": "human", "anthropic": "skilled"}


def two_quarters(folder: Path) -> PlayedTurn:
    """A turn of two quarters; nobody sits in Google's seat."""
    return PlayedTurn(folder, turns=2, quarters_a_turn=2, unplayed=0, seats=SEATS)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> PlayedTurn:
    return two_quarters(tmp_path_factory.mktemp("session"))


def test_a_team_is_told_once_the_turn_is_published_and_not_before(played: PlayedTurn) -> None:
    name = "because 1"
    assert name not in played.state.debrief.found
    conduct.publish(played.site.rooms, played.id)
    assert "is being worked out" in played.page("aws")
    conduct.brief(played.site.rooms, played.id)  # a facilitator who does not wait
    upkeep.look(played.site.house)
    upkeep.look(played.site.house)
    kinds = [one for one in played.site.rooms.log.events(played.id, 0) if one.kind == "found"]
    assert [one.data["what"] for one in kinds] == [name]
    told = played.page("aws").replace("\u2060", "")  # an amount keeps its sign on its line
    assert f"2026Q1 to 2026Q2, New capacity order {BIG} MW (the rule:" in told
    assert "free cash flow −$" in told and "in 2026Q2." in told
    assert "rule of thumb's decision in that turn instead of yours" in played.page("aws", "/because")
    assert consequences.NOTHING in played.page("nvidia").replace("&#39;", "'")
    assert consequences.shown(played.state, "google") is None  # nobody sits there
    assert consequences.shown(played.state, "anthropic") is None


def test_the_first_place_is_the_game_that_was_played_and_the_rules_turn_is_another(played: PlayedTurn) -> None:
    task, spans = task_of(played.state), {"aws": ((1, 2),), "nvidia": ((1, 2),)}
    book = book_of(task)
    again = together(book, spans, {party: Recorded(book.decisions(party)) for party in playable(task)})
    aws, nvidia = again["aws"].follow(book), again["nvidia"].follow(book)
    share = aws.game.records.metric("trainium_share_used")
    assert share[0, -1] == played.state.played[-1]["outcomes"]["trainium_share_used"][0]
    cash = aws.game.records.party("cloud", "aws", "cash_musd")
    assert cash[0, -1] < cash[aws.seat.first + 1, -1]  # orders cost money
    sold = nvidia.game.records.party("vendor", "nvidia", "revenue_musd")
    assert np.array_equal(sold[0], sold[nvidia.seat.first + 1])  # Nvidia did as its rule does
    aws.game.close()


@pytest.mark.whole
def test_what_is_taken_back_is_not_told(tmp_path: Path) -> None:
    played = two_quarters(tmp_path)
    upkeep.look(played.site.house)
    assert "because 1" in played.state.debrief.found
    conduct.reopen(played.site.rooms, played.id)
    given = people.Handed("aws", {"order": "0"}, played.state.seats["aws"].revision)
    people.submit(played.site.rooms, played.id, given)
    played.site.rooms.lock(played.id)
    conduct.publish(played.site.rooms, played.id)
    assert consequences.shown(played.state, "aws") is None
    assert BIG not in played.page("aws")
    upkeep.look(played.site.house)
    said = consequences.shown(played.state, "aws")
    assert said is not None and "New capacity order 0 MW" in said[0] + consequences.NOTHING
    assert BIG not in played.page("aws")


def test_what_could_not_be_worked_out_is_not_tried_every_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played, tried = two_quarters(tmp_path), list[int]()

    def fails(*given: Any) -> None:
        tried.append(1)
        raise MemoryError("no room")

    monkeypatch.setattr(consequences, "told", fails)
    conduct.publish(played.site.rooms, played.id)
    for _ in range(3):
        upkeep.look(played.site.house)
    assert tried == [1]
    assert "is being worked out" not in played.page("aws")
    assert "What came of your last turn" in played.page("aws")
