"""What a debrief works out, on a short game that was played: the pivot, why, par and forks with one thing changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.play.fork import Fork
from sim.errors import InputError
from tests.workshop.events import setup
from tests.workshop.room import rooms
from workshop import alternatives, analyses, conduct, forks, lenses, lookback, par, people
from workshop.alternatives import Rewrite
from workshop.analyses import Desk
from workshop.debriefing import STEPS
from workshop.people import Handed
from workshop.rooms import RefusedError, Rooms, task_of
from workshop.worker import Here

SEATS = {"aws": "human", "nvidia": "human", "anthropic": "skilled"}


class Played:
    """A session of two teams that was played to its end: AWS orders much in the second turn and charges for
    leaving."""

    def __init__(self, folder: Path) -> None:
        self.rooms: Rooms = rooms(folder)
        self.desk = Desk(Here(), worlds=3, par=4, rounds=(2, 2))
        self.id = conduct.begin(self.rooms, setup(turns=2, quarters_a_turn=1, unplayed=1, seats=SEATS))
        people.claim(self.rooms, self.id, "aws", "Blue <b>")
        for order in ("600", "1500"):
            self.turn(order)

    def turn(self, order: str) -> None:
        state = conduct.brief(self.rooms, self.id)
        people.guess(self.rooms, self.id, "a phone", "20")
        conduct.open_turn(self.rooms, self.id)
        given = Handed("aws", {"order": order, "exit_fee": "20"}, state.seats["aws"].revision)
        people.submit(self.rooms, self.id, given)
        self.rooms.lock(self.id)
        conduct.publish(self.rooms, self.id)

    @property
    def state(self) -> Any:
        return self.rooms.state(self.id)

    @property
    def found(self) -> dict[str, Any]:
        return dict(self.state.debrief.found)


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return Played(tmp_path_factory.mktemp("session"))


def share(game: Played) -> float:
    return float(game.state.played[-1]["outcomes"]["trainium_share_used"][0])


# --- other ways it could have gone ------------------------------------------------------------------------------------


@pytest.mark.whole
def test_the_record_in_world_0_is_the_game_that_was_played(game: Played) -> None:
    task = task_of(game.state)
    for asked in (Rewrite((), 1, 3, 2), Rewrite((), 1, 3, 2, branched=False), Rewrite((), 2, 2, 2, shared=1)):
        assert alternatives.ends(task, asked)[alternatives.SHARE][0] == share(game)


def test_the_rule_in_a_turn_changes_that_turn_and_repeats_the_rest(game: Played) -> None:
    task = task_of(game.state)
    book = alternatives.book_of(task)
    cell = alternatives.rewritten(book, task, Rewrite(("aws",), 2, 2, 1))
    with alternatives.engine.opened(cell) as played:
        ordered = []
        while played.quarter < 3:
            played.step()
            ordered.append(float(played.state.decided["aws"].order_mw.sum()))
    recorded = [float(np.sum(one["decisions"]["aws"]["order_mw"])) for one in task.quarters]
    assert (ordered[0], ordered[2]) == (recorded[0], recorded[2])
    assert ordered[1] != recorded[1] == pytest.approx(1500.0)


@pytest.mark.parametrize("variant", [name for name in alternatives.VARIANTS if name])
def test_a_variant_acts_from_the_fork_on_and_not_before(game: Played, variant: str) -> None:
    task = task_of(game.state)
    book, asked = alternatives.book_of(task), Fork(1, 3, "recorded")
    cell = alternatives.varied(book, asked, variant)
    decided: dict[str, list[Any]] = {"aws": [], "ec": [], "nvidia": []}
    with alternatives.engine.opened(cell) as played:
        while played.quarter < 3:
            played.step()
            for party, kept in decided.items():
                kept.append(played.state.decided[party])
    recorded = {party: book.decisions(party) for party in decided}
    for party, kept in decided.items():
        np.testing.assert_array_equal(vars(kept[0])[FIELD[party]], vars(recorded[party][1])[FIELD[party]])
    order = [float(one.order_mw.sum()) for one in decided["aws"]]
    if variant == "no-exit-fees":
        assert recorded["aws"][2].exit_fee_years.min() > 0.0 == decided["aws"][1].exit_fee_years.max()
    elif variant == "book-half":
        assert order[1] == pytest.approx(0.5 * float(recorded["aws"][2].order_mw.sum()))
    elif variant == "no-antitrust":
        assert decided["ec"][1].remedy_strength.max() == 0.0 == decided["ec"][1].step.max()
    elif variant == "remedy-earlier":
        np.testing.assert_array_equal(decided["ec"][1].attention, recorded["ec"][3].attention)
    else:
        assert [one.quarters[0] for one in cell.scenario.shocks if one.parameter == "edge_potential_share"] == [
            "2026Q2"
        ]


FIELD = {"aws": "order_mw", "ec": "attention", "nvidia": "booking_wafers"}


def test_rules_that_law_dates_come_earlier_but_not_before_the_fork() -> None:
    banned = alternatives.scenarios.load("switching-charges-banned")
    found = {
        one.parameter: one.quarters[0]
        for one in alternatives._rules_earlier(banned, "2026Q4").shocks
        if one.parameter.startswith("switching_fee_ban")
    }
    assert found == {
        "switching_fee_ban_eu": "2026Q4",  # from 2027Q1, one quarter after the fork
        "switching_fee_ban_uk": "2027Q3",
        "switching_fee_ban_us": "2027Q3",
    }


@pytest.mark.whole
def test_rounds_of_a_fork_are_the_worlds_of_one_fork(game: Played) -> None:
    task, asked = task_of(game.state), Fork(1, 3, "recorded")
    parts = [forks.some(task, asked, "", 0, 2), forks.some(task, asked, "", 2, 1)]
    whole = forks.some(task, asked, "", 0, 3)
    for name, values in forks.joined(parts).items():
        np.testing.assert_array_equal(values, whole[name])


# --- at the facilitator's desk ----------------------------------------------------------------------------------------


@pytest.mark.whole
def test_a_fork_grows_in_the_log_in_its_place_and_is_played_once(game: Played) -> None:
    name = analyses.fork(game.rooms, game.id, game.desk, "2026Q2", "recorded", "book-half")
    (found,) = game.state.forks
    assert (found["worlds"], found["of"], name) == (4, 4, ("2026Q2", "recorded", "book-half", 3))
    assert found["effect"][1] <= found["effect"][0] <= found["effect"][2]
    assert [row["quarter"] for row in found["rows"]] == [row["quarter"] for row in found["plain"]]
    said = len(game.rooms.log.events(game.id, 0))
    analyses.fork(game.rooms, game.id, game.desk, "2026Q2", "recorded", "book-half")
    assert len(game.rooms.log.events(game.id, 0)) == said
    analyses.fork(game.rooms, game.id, game.desk, "2026Q1", "skilled")
    assert [one["from"] for one in game.state.forks] == ["2026Q2", "2026Q1"]


@pytest.mark.parametrize(
    ("at", "others", "variant", "sentence"),
    [
        ("2031Q1", "recorded", "", "2031Q1 has not been played; give one of 2026Q1, 2026Q2, 2026Q3"),
        ("2026Q1", "recordet", "", "Closest: 'recorded'"),
        ("2026Q1", "recorded", "book-haff", "Closest: 'book-half'"),
    ],
)
def test_a_fork_that_cannot_be_gets_a_sentence(game: Played, at: str, others: str, variant: str, sentence: str) -> None:
    with pytest.raises(RefusedError, match=sentence):
        analyses.fork(game.rooms, game.id, game.desk, at, others, variant)


def test_what_cannot_be_worked_out_is_told_and_may_be_asked_again(game: Played) -> None:
    class Broken(Here):
        def call(self, function: Any, *given: Any) -> Any:
            raise InputError("the disk is full.")

    desk = Desk(Broken())
    analyses.pivot(game.rooms, game.id, desk)
    assert desk.wrong(game.id) == {"pivot": "the disk is full."}
    assert desk.busy(game.id) == []


@pytest.mark.whole
def test_the_pivot_is_the_turn_whose_replacement_moves_most(game: Played) -> None:
    """By a second method: the played world's difference, from two games of one world each."""
    analyses.pivot(game.rooms, game.id, game.desk)
    found = game.found["pivot"]
    assert (found["done"], found["turns"], found["worlds"]) == (2, 2, 4)
    assert set(found["ranked"]) == {"room", "aws", "nvidia"}
    task = task_of(game.state)
    instead = alternatives.ends(task, Rewrite(("aws",), 2, 2, 1))
    was = alternatives.ends(task, Rewrite((), 1, 3, 1))
    second = next(one for one in found["ranked"]["aws"] if one["turn"] == 2)
    assert second["here"] == pytest.approx((was["objective:aws"][0] - instead["objective:aws"][0]) / 1e3)
    sizes = [abs(one["mean"]) for one in found["ranked"]["room"]]
    assert sizes == sorted(sizes, reverse=True)
    assert lookback.pivot_words(found["ranked"]["room"])


@pytest.mark.whole
def test_an_account_starts_at_the_rules_game_and_ends_at_the_played_one(game: Played) -> None:
    analyses.why(game.rooms, game.id, game.desk, "room")
    found = game.found["why room"]
    assert found["came"] == pytest.approx(100.0 * share(game))
    assert [part["name"] for part in found["parts"]] == ["own", "rest", "chance"]
    assert sum(part["value"] for part in found["parts"]) == pytest.approx(found["total"], abs=1e-9)
    everybody = tuple(sorted(alternatives.playable(task_of(game.state))))
    rule = alternatives.ends(task_of(game.state), Rewrite(everybody, 1, 3, 4, branched=False))[alternatives.SHARE]
    assert found["total"] == pytest.approx(100.0 * (share(game) - np.mean(rule[1:])))


@pytest.mark.whole
def test_par_holds_a_seat_against_the_skilled_bot(game: Played) -> None:
    analyses.find_par(game.rooms, game.id, game.desk)
    found = game.found["par"]
    assert (set(found["seats"]), found["done"]) == ({"aws", "nvidia"}, 2)
    aws = {row["lens"]: row for row in found["seats"]["aws"]}
    assert set(aws) == {lens.name for lens in lenses.LENSES["cloud"]}
    state = game.state
    assert aws["share"]["mine"] == pytest.approx(100.0 * state.rounds[-1].yardsticks[-1]["seats"]["aws"]["share"])
    assert all(0.0 <= row["percentile"] <= 100.0 for row in aws.values())
    assert lookback.awards(state)


@pytest.mark.whole
def test_a_bot_against_itself_ties(game: Played) -> None:
    """A skilled bot's seat scores 50 against itself in the played world."""
    task = task_of(game.state)
    own = par.measured(task, "anthropic", False, 1)
    bot = par.measured(task, "anthropic", True, 1)
    for row in par.scored("lab", own, bot):
        assert (row["percentile"], row["tied"], row["same"]) == (50.0, 1, True)
        assert "tells nothing" in lookback.par_words(row)


def test_the_walk_is_seven_steps_and_the_vote_is_open_in_one(game: Played) -> None:
    assert [one.name for one in STEPS] == ["silence", "timeline", "vote", "reveal", "forks", "cases", "rule"]
    with pytest.raises(RefusedError, match="not open"):
        analyses.vote(game.rooms, game.id, "phone", 1)
    analyses.walk(game.rooms, game.id, "vote")
    for device, turn in (("phone", 1), ("tablet", 2), ("phone", 2)):
        analyses.vote(game.rooms, game.id, device, turn)
    assert game.state.debrief.tally == {2: 2}
    assert analyses.voted(game.state, game.id, "phone") == 2
    with pytest.raises(RefusedError, match="has not been played"):
        analyses.vote(game.rooms, game.id, "phone", 3)
    with pytest.raises(RefusedError, match="Closest: 'reveal'"):
        analyses.walk(game.rooms, game.id, "reveel")
    with pytest.raises(RefusedError, match="Turn 3 has not been played"):
        analyses.walk(game.rooms, game.id, "timeline", 3)
    assert lookback.neighbours(game.state) == ("timeline", "reveal")


def test_a_timeline_tells_decisions_in_words(game: Played) -> None:
    first, second = lookback.timeline(game.state)
    assert (first.quarters, second.quarters) == ("2026Q1", "2026Q2 to 2026Q3")
    words = dict(second.decided)["AWS"]
    assert any("1500 MW" in one for one in words)
    assert dict(second.decided)["Nvidia"] == [lookback.FILLED]
    assert next(title for title, _, _ in first.ends) == "Trainium's share"


def test_a_look_back_waits_for_the_last_turn(tmp_path: Path) -> None:
    fresh = rooms(tmp_path)
    session = conduct.begin(fresh, setup())
    with pytest.raises(RefusedError, match="last turn has not been published"):
        analyses.pivot(fresh, session, Desk(Here()))


def test_a_server_that_ends_does_not_go_on_with_a_debrief(game: Played) -> None:
    desk = Desk(Here(), worlds=1)
    desk.closed = True
    analyses.pivot(game.rooms, game.id, desk)
    assert "is ending" in desk.wrong(game.id)["pivot"]
