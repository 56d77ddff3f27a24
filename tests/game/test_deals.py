"""Deals in a game: off they are not there, and what was signed by a date is all that a game from it knows."""

from __future__ import annotations

import numpy as np
import pytest

from sim.anchors import table
from sim.scenario import load
from tests.game.play import BASE, LIBRARY, changed, differing, game_of, play, world_bytes

WORLDS, QUARTERS = 3, 6


def test_deals_that_do_not_bind_are_a_game_without_deals(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bits in every column, whatever labs and clouds would have struck on top."""
    off = play(changed(deals_bind=0.0), WORLDS, QUARTERS)
    monkeypatch.setattr(table, "rows", lambda: ())
    none = play(changed(deals_struck=0.0), WORLDS, QUARTERS)
    for world in range(WORLDS):
        assert set(differing(world_bytes(off, world), world_bytes(none, world))) <= {"cell"}


@pytest.mark.whole
def test_what_was_signed_binds_in_every_world_and_what_was_announced_as_far_as_it_counts() -> None:
    """Without what was announced, deals owe what labs held; half of it is half way; all moves Trainium's share."""
    none, half, full = (
        play(changed(announced_deals_level=level, deals_struck=0.0), WORLDS, QUARTERS, draw=False)
        for level in (0.0, 0.5, 1.0)
    )
    owed = [one.metric("deals_owed_h100e") for one in (none, half, full)]
    assert owed[1] == pytest.approx(0.5 * (owed[0] + owed[2]))
    assert (owed[0] > 0.0).all() and np.ptp(owed[0], axis=0) == pytest.approx(np.zeros(QUARTERS))
    assert (none.metric("trainium_share_used")[:, -1] != full.metric("trainium_share_used")[:, -1]).all()


def test_deals_are_live_as_far_as_their_pools_go() -> None:
    """What is owed and not live is where the pool is full: nothing is free there after commitments and own use."""
    with game_of(BASE, WORLDS, QUARTERS) as game:
        anchors = game.given.anchors
        for _ in range(QUARTERS):
            owed = game.brief().opened.deals.owed
            game.step()
            core = game.state.last.outcomes[0]  # type: ignore[union-attr]
            short = np.maximum(owed - anchors.by_place(core.committed), 0.0)
            free = core.capacity - core.committed_by_pool - core.captive_used
            pool = game.roster.sites[0].offer_pool[anchors.deals.offer]
            assert (short <= 1e-6 * owed + np.where(free[:, pool] > 1e-3 * core.capacity[:, pool], 0.0, np.inf)).all()
            assert not (short > owed).any()


def test_a_game_knows_what_was_signed_by_its_date() -> None:
    """At the end of 2024 Anthropic's Trainium is all that there is; a year later every deal of the table stands."""
    core = None
    found = {}
    for name in ("backtest", "baseline"):
        with game_of(load(name, LIBRARY), 1, 1) as game:
            core = game.roster.sites[0]
            deals = game.given.anchors.deals
            stands = (deals.left > 0.0).any(axis=1).tolist()
            places = zip(deals.buyer.tolist(), deals.offer.tolist(), stands, strict=True)
            found[name] = {(core.buyers[b], core.offers[o]) for b, o, one in places if one}
    assert found["backtest"] == {("anthropic", "aws/trainium")}
    assert found["baseline"] == {(one.lab, one.offer) for one in table.rows()}
