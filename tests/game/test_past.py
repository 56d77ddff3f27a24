"""A past that is taken over is the past that would have been played, bit for bit."""

from __future__ import annotations

import pytest

from agents.roster import cast
from sim.errors import InputError
from sim.game import Game
from sim.past import Past
from sim.streams import Branch
from tests.game.play import BASE, differing, game_of, world_bytes

WORLDS, SHARED, TOTAL, ACTOR = 3, 3, 6, 2


@pytest.fixture(scope="module")
def past() -> Past:
    """Of the actor, in the quarters that are shared."""
    with game_of(BASE, 1, SHARED, first_world=ACTOR) as game:
        game.run()
        return game.past()


def forked() -> Game:
    return Game(BASE, cast(), worlds=WORLDS, quarters=TOTAL, first_world=5, branch=Branch(ACTOR, SHARED))


def test_worlds_go_on_from_a_past_as_if_they_had_played_it(past: Past) -> None:
    played, taken = forked(), forked()
    taken.go_on(past)
    assert taken.quarter == SHARED
    whole, rest = played.run(), taken.run()
    assert len(rest.quarters_played) == TOTAL
    for world in range(5, 5 + WORLDS):
        assert differing(world_bytes(rest, world), world_bytes(whole, world)) == []
    assert rest.parties().equals(whole.parties())
    used = rest.metric("used_h100e")
    assert (used[:, SHARED - 1] == used[0, SHARED - 1]).all() and len(set(used[:, -1])) == WORLDS
    played.close()
    taken.close()


def test_a_past_is_left_as_it_was(past: Past) -> None:
    before = past.records.digest()
    for _ in range(2):
        game = forked()
        game.go_on(past)
        game.run()
        game.close()
    assert past.records.digest() == before and past.state.number == SHARED


def test_a_game_of_several_worlds_goes_back_to_where_it_was() -> None:
    with game_of(BASE, 2, 2) as game:
        game.step()
        past = game.past()
        game.step()
        once = game.records.digest()
        game.go_on(past)
        assert game.quarter == 1
        game.step()
        assert game.records.digest() == once


def test_a_past_of_several_worlds_goes_on_in_as_many_only() -> None:
    said = "a past of 2 worlds goes on in 2 worlds; this game has 3"
    with game_of(BASE, 2, 1) as game, game_of(BASE, 3, 1) as other, pytest.raises(InputError, match=said):
        other.go_on(game.past())
