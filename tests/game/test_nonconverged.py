"""A market that clearing gives up is marked in its world and quarter and no other, on both roads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim.equilibrium import clearing
from sim.game import Game
from sim.records import Records
from sim.state import State
from tests.game.play import BASE, differing, game_of, world_bytes
from tests.sim.measures.by_hand import balances
from tests.sim.measures.by_hand.world import Watched

WORLDS, QUARTERS, SHORT = 4, 3, 2
"""SHORT is the quarter in which a market is given too few evaluations."""
MARKETS = ("core", "edge", "tokens")
"""In the order in which a quarter clears them."""
SCARCE = {"demand_level": np.array([1.5, 1.0, 0.8, 1.2]), "power_level": np.array([1.0, 0.7, 1.0, 0.8])}
AT_THE_EDGE = np.array([0.5, 1.0, 1.0, 0.7])
"""Part of the edge's capacity that is there: worlds differ in where they are short."""


class Played(NamedTuple):
    """A game: its records, evaluations (worlds,) of each market in the quarter SHORT, and all it went through."""

    records: Records
    taken: dict[str, np.ndarray]
    watched: Watched


def play(market: str = "", most: int = clearing.MOST_EVALUATIONS) -> Played:
    """A game; a market is given at most so many evaluations in the quarter SHORT."""
    taken: dict[str, np.ndarray] = {}
    clear = clearing.clear

    def limited(*args: Any) -> clearing.Clearing:
        here = MARKETS[len(taken)]
        with pytest.MonkeyPatch.context() as fewer:
            if here == market:
                fewer.setattr(clearing, "MOST_EVALUATIONS", most)
            done = clear(*args)
        taken[here] = done.evaluations
        return done

    with game_of(BASE, WORLDS, QUARTERS, seed=11, values=SCARCE) as game:
        game.state = _thin_edge(game)
        states = [game.state]
        while game.quarter < QUARTERS:
            with pytest.MonkeyPatch.context() as patch:
                if game.quarter == SHORT - 1:
                    patch.setattr(clearing, "clear", limited)
                game.step()
            states.append(game.state)
        return Played(game.records, taken, Watched.of(game.given, states, game.records))


def _thin_edge(game: Game) -> State:
    """The state of the start with less capacity at the edge."""
    supply = game.state.supply
    there = np.where(game.roster.pool_is_edge, AT_THE_EDGE[:, None], 1.0)
    fleet = replace(supply.fleet, h100e=supply.fleet.h100e * there[..., None])
    return replace(game.state, supply=replace(supply, fleet=fleet))


@pytest.fixture(scope="module")
def whole(road: str) -> Played:
    """The game with all the evaluations that it asks for."""
    return play()


@pytest.mark.whole
def test_all_is_well_with_all_the_evaluations_there_are(whole: Played) -> None:
    assert whole.records.metric("nonconverged").max() == 0.0
    assert whole.records.metric("clearing_residual").max() <= 1e-9
    assert whole.records.metric("clearing_evaluations")[:, SHORT - 1].tolist() == whole.taken["core"].tolist()


@pytest.mark.parametrize("market", MARKETS)
def test_a_market_that_is_given_up_is_marked_where_it_is(whole: Played, market: str) -> None:
    """Worlds that need one evaluation more than they get are marked, in that quarter; the others keep their bits."""
    needed = whole.taken[market]
    most = int(needed.max()) - 1
    records, taken, watched = play(market, most)
    expected = np.zeros((WORLDS, QUARTERS))
    expected[needed > most, SHORT - 1] = 1.0
    assert 0 < expected.sum() < WORLDS
    assert records.metric("nonconverged").tolist() == expected.tolist()
    assert taken[market].tolist() == np.minimum(needed, most).tolist()
    assert np.array_equal(records.metric("clearing_residual") > 1e-9, expected == 1.0)
    assert all(records.metric(f"{what}_imbalance").max() < 1e-9 for what in ("money", "chip", "demand"))
    for w in watched.worlds:
        recorded = records.metric("clearing_residual")[w.r, w.quarter - 1]
        assert balances.residual(w) == pytest.approx(recorded, rel=1e-9, abs=1e-12)
    for world in range(WORLDS):
        differs = differing(world_bytes(whole.records, world), world_bytes(records, world))
        assert bool(differs) == (needed[world] > most)
