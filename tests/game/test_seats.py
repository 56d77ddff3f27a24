"""Who holds a seat, what happens when nobody answers, and rules that bind what players decide."""

from __future__ import annotations

from typing import Any

import mesa
import numpy as np
import pytest

from agents.roster import cast
from agents.strategies import default_for
from sim.errors import InputError
from sim.game import Game
from tests.game.play import BASE, changed, play


class Sleeper:
    """Decides in the first quarters like the default and is silent afterwards."""

    def __init__(self, awake: int) -> None:
        self.rule, self.left = default_for("cloud").maker(), awake

    def decide(self, own: Any, market: Any) -> Any:
        self.left -= 1
        return self.rule.decide(own, market) if self.left >= 0 else None


def test_an_absent_players_last_decision_stands() -> None:
    game = Game(BASE, cast(seats={"aws": Sleeper(1)}), worlds=2, quarters=3)
    game.step()
    first = game.state.decided["aws"]
    game.run()
    assert np.array_equal(game.state.decided["aws"].price_usd_per_h100e_hour, first.price_usd_per_h100e_hour)
    assert np.all(game.state.decided["aws"].order_mw.sum(axis=1) > 0.0)
    game.close()


def test_the_first_quarter_needs_a_decision() -> None:
    game = Game(BASE, cast(seats={"aws": Sleeper(0)}), worlds=2, quarters=1)
    with pytest.raises(InputError, match="aws has not decided anything yet"):
        game.run()


def test_decisions_reach_the_quarter_whatever_mesa_lays_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mesa 3.5 puts a step of its own on every model, which takes nothing."""
    begin = mesa.Model.__init__

    def as_newer(model: mesa.Model, *given: Any, **named: Any) -> None:
        begin(model, *given, **named)
        model.step = lambda: None  # type: ignore[method-assign]

    monkeypatch.setattr(mesa.Model, "__init__", as_newer)
    game = Game(BASE, cast(), worlds=2, quarters=2)
    game.step({})
    assert game.quarter == 1
    game.close()


def test_every_party_needs_a_player() -> None:
    def without_nvidia(game: Game) -> list[Any]:
        return [player for player in cast()(game) if player.name != "nvidia"]

    with pytest.raises(InputError, match="nobody holds the seat of nvidia"):
        Game(BASE, without_nvidia, worlds=2, quarters=1)


def test_a_price_cap_binds_posted_prices() -> None:
    """With a cap of 15 % over long-run cost no posted price is above it from the first quarter; without one all are,
    clearly."""
    capped, free = play(changed(price_cap_markup=0.15), 3, 3), play(BASE, 3, 3)
    assert np.all(capped.metric("price_over_cost") <= 1.15 + 1e-9)
    assert np.all(free.metric("price_over_cost") > 1.25)


def test_charges_for_leaving_are_income_of_the_cloud_that_is_left() -> None:
    """By hand: what each owner is paid for leaving comes from buyers that were on it, so a cloud with no users gets
    none."""
    game = Game(BASE, cast(), worlds=2, quarters=2)
    game.run()
    core = game.roster.sites[0]
    fees = game.state.last.outcomes[0].switching_fee_musd_per_hour.sum(axis=2)
    rents = np.zeros(len(game.roster.owners), dtype=bool)
    rents[core.offer_owner] = True
    assert np.all(fees[:, rents] > 0.0)
    assert np.all(fees[:, ~rents] == 0.0)
    game.close()
