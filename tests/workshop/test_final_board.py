"""A team's final board: worked out beside the play once the last turn is there, a seat at a time, and kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.seats import Recorded
from experiments.play import aftermath
from experiments.play.because import RULE, SKILLED, YOU, together
from tests.workshop.played_turn import BIG, PlayedTurn
from workshop import conduct, debriefing, export, final_board, pages
from workshop.alternatives import playable
from workshop.debriefing import STEPS, Debriefing
from workshop.rooms import task_of
from workshop.state import replay
from workshop.table import book_of
from workshop.web import upkeep

SEATS = {"aws": "human", "nvidia": "human", "anthropic": "skilled"}
WORLDS = 3


class Ended(PlayedTurn):
    """A game of one turn and a quarter after it, whose boards are of few worlds."""

    def begin(self, **more: Any) -> None:
        self.site.house.desk.worlds = WORLDS
        super().begin(turns=1, unplayed=1, seats=SEATS)


@pytest.fixture
def ended(tmp_path: Path) -> Ended:
    return Ended(tmp_path)


@pytest.mark.whole
def test_a_board_comes_by_itself_and_holds_the_game_that_was_played(ended: Ended) -> None:
    assert "final aws" not in ended.state.debrief.found and "final board" not in ended.page("aws")
    conduct.publish(ended.site.rooms, ended.id)
    assert "is being worked out" in ended.page("aws")
    upkeep.look(ended.site.house)
    board = final_board.shown(ended.state, "aws")
    assert board is not None and board["title"] == "Revenue a quarter"
    assert len(board["chart"].line) == 2
    assert board["chart"].line[-1] == board["rows"][1][2]
    ended.site.lead.post("/", f"/s/{ended.id}/walk", step="reveal")
    for part in ("", "/board"):
        page = ended.page("aws", part)
        assert "What counted most: in 2026Q1 to 2026Q2 you decided New capacity order 3000 MW" in page
        assert f"in {WORLDS} worlds" in page and page.count("<svg") == 1


@pytest.mark.whole
def test_phones_tell_what_counted_most_once_the_wall_has_and_not_before(ended: Ended) -> None:
    """Through all steps of the walk, by all parts of the page, on another server, and in what is taken along."""
    site, whole = ended.site, ("", "/round", "/board", "/because")
    conduct.publish(site.rooms, ended.id)
    upkeep.look(site.house)
    site.lead.post("/", f"/s/{ended.id}/find/pivot")
    site.lead.post("/", f"/s/{ended.id}/why", who="room")
    assert {"pivot", "why room", "because 1", "final aws"} <= ended.state.debrief.found.keys()
    rounds = {pages.round_key(ended.state)}
    for step in ("", *(one.name for one in STEPS), "vote", ""):
        if step:
            site.lead.post("/", f"/s/{ended.id}/walk", step=step)
        told = step in ("reveal", "forks", "cases", "rule") or len(rounds) == 2
        rounds.add(pages.round_key(ended.state))  # a phone that is open fetches its part anew
        assert len(rounds) == 1 + told
        shown = "".join(ended.page("aws", part) for part in whole)
        assert ("What counted most" in shown, f"order {BIG} MW (the rule" in shown) == (told, told), step
        assert "Your game beside the rule of thumb" in shown and ("comes here after the vote" in shown) != told
        files = export.tickets(site.house.secret, ended.id, site.clock.now())
        taken, log = (site.browser().get(files[what]).text for what in ("page", "log"))
        assert ("Moved by" in taken, "Shapley" in taken) == (told, told)
        assert ("counted most is not in here" in taken) != told
        assert ('"ranked"' in log, "What counted most" in log) == (told, told)
        assert ("Look at it alone" in site.lead.get(f"/s/{ended.id}/debrief").text) != told
    assert replay(site.rooms.log.lineage(ended.id, 0)) == ended.state


def test_a_walk_in_the_midst_of_a_game_reveals_nothing_of_its_end() -> None:
    walked = debriefing.walked(Debriefing(), {"step": "rule"}, over=False)
    assert (walked.number, walked.revealed) == (7, False)
    told = debriefing.walked(walked, {"step": "reveal"}, over=True)
    assert debriefing.walked(told, {"step": "vote"}, over=True).revealed


@pytest.mark.whole
def test_paths_of_the_played_world_are_those_of_the_terminals_board(ended: Ended) -> None:
    """Found there in places of one game, here in games of their own."""
    conduct.publish(ended.site.rooms, ended.id)
    upkeep.look(ended.site.house)
    board = final_board.shown(ended.state, "aws")
    book = book_of(task_of(ended.state))
    others = {party: Recorded(book.decisions(party)) for party in playable(task_of(ended.state))}
    again = together(book, {"aws": ((1, 2),)}, others)["aws"].follow(book)
    paths = again.paths()
    again.close()
    assert board is not None
    assert board["chart"].line == pytest.approx(paths[YOU])
    assert board["rows"][1][3:] == pytest.approx((paths[RULE][-1], paths[SKILLED][-1]))


@pytest.mark.whole
def test_who_left_the_form_as_it_was_filled_in_went_as_the_rule_of_thumb(ended: Ended) -> None:
    """And no answer of a page works anything out."""
    conduct.publish(ended.site.rooms, ended.id)
    upkeep.look(ended.site.house)
    nvidia, aws = (final_board.shown(ended.state, party) for party in ("nvidia", "aws"))
    assert nvidia is not None and aws is not None
    assert all(mine == rule for _, _, mine, rule, _ in nvidia["rows"])
    flow = next(row for row in aws["rows"] if row[0].startswith("Free cash flow"))
    assert flow[2] < flow[3]  # orders cost money
    ended.site.lead.post("/", f"/s/{ended.id}/walk", step="reveal")
    assert "No single decision of yours" in ended.page("nvidia")
    assert final_board.shown(ended.state, "anthropic") is None


@pytest.mark.whole
def test_what_is_there_already_is_not_played_again_and_what_was_taken_back_is(
    ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real: Callable[..., Any] = final_board.measured

    def counted(task: Any, party: str, who: str, worlds: int) -> Any:
        asked.append(party)
        return real(task, party, who, worlds)

    monkeypatch.setattr(final_board, "measured", counted)
    upkeep.look(ended.site.house)  # while the facilitator looks at the result
    assert asked == ["aws"] * len(aftermath.HOLDERS) + ["nvidia"] * len(aftermath.HOLDERS)
    assert final_board.shown(ended.state, "aws") is None  # not before everybody may see it
    conduct.publish(ended.site.rooms, ended.id)
    assert final_board.shown(ended.state, "aws") is not None
    upkeep.look(ended.site.house)
    assert len(asked) == 2 * len(aftermath.HOLDERS)
    conduct.rewind(ended.site.rooms, ended.id, 1)
    upkeep.look(ended.site.house)
    assert len(asked) == 2 * len(aftermath.HOLDERS)
