"""Newcomers with capacity in play: asleep they move nothing, awake all sums hold, and what fails is wound up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from experiments.theory import metamorphic
from sim import entering
from sim.accounts.state import Balance
from sim.declarations import catalogue
from sim.economy import total_mw
from sim.errors import InputError
from sim.game import Game
from sim.roster import load_roster
from sim.state import State
from sim.supply.scrapping import needed_mw
from tests.game.play import BASE, CHECKS, Records, changed, game_of, shock

WIDE = BASE.on_roster("wide")
ROSTER = load_roster("wide")
MINE, (POOL,), CORE = ROSTER.owners.index("entrant"), ROSTER.pools_of(ROSTER.owners.index("entrant")), ROSTER.sites[0]
OFFER, WORLDS = CORE.offers.index("entrant/nvidia"), 3
SOON = {"entry_delay_quarters": 1.0, "entry_threshold": 1.0}
"""Newcomers come in the second quarter."""
OPEN = changed(shock("entrant_available", 1.0), base=WIDE, **SOON)


EDGE = ("exchange", "spot", "trainium_share_spend")
"""Figures of the exchange, and of what is spent there too."""


def without_newcomers(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in rows if row["owner"] != "entrant"]


@pytest.mark.whole
@pytest.mark.parametrize("joined", [False, True])
def test_asleep_newcomers_move_nothing(joined: bool) -> None:
    """With them in the tables and their switch off, and without them; so too where the other joiners are there. To what
    clearing is solved to, but for what lies on the edge of an exchange (bids that just meet)."""
    there = (shock("owned_available", 1.0), shock("sovereign_available", 1.0)) if joined else ()
    scenario = changed(*there, base=WIDE, **SOON)
    before = metamorphic.play(scenario, worlds=2, quarters=5)
    with metamorphic.other_tables() as data:
        for table in ("owners", "pools", "joiners"):
            metamorphic.rewrite(data / "rosters" / "wide" / f"{table}.csv", without_newcomers)
        (data / "rosters" / "wide" / "residency.csv").unlink()
        metamorphic.forget()
        assert "entrant" not in load_roster("wide").owners
        found = metamorphic.errors(before, metamorphic.play(scenario, worlds=2, quarters=5))
    assert {name: error for name, error in found.items() if error > 1e-8 and not name.startswith(EDGE)} == {}
    assert max(found.values()) <= 1e-6


@pytest.mark.whole
def test_the_default_roster_knows_nothing_of_them() -> None:
    with game_of(BASE, 1, 2) as game:
        asleep = game.state.entrant
        game.run()
        assert game.state.entrant is asleep
        assert (game.state.entry.held == 0.0).all()
    with pytest.raises(InputError, match=r"'entrant_available' is only on the roster 'wide'"):
        catalogue(load_roster("default")).find("entrant_available", "changed")


# --- awake ------------------------------------------------------------------------------------------------------------


def played(scenario: Any, quarters: int) -> tuple[list[State], Records, Game]:
    """States after every quarter, the opening first."""
    with game_of(scenario, WORLDS, quarters) as game:
        states = [game.state]
        while game.quarter < quarters:
            game.step()
            states.append(game.state)
        return states, game.records, game


@pytest.fixture(scope="module")
def awake() -> tuple[list[State], Records, Game]:
    return played(OPEN, 9)


@pytest.mark.whole
def test_money_chips_and_demand_balance(awake: tuple[list[State], Records, Game]) -> None:
    table = awake[1].quarters()
    assert {name: table[name].abs().max() for name in CHECKS if table[name].abs().max() > 1e-8} == {}


def test_the_first_order_is_all_that_money_and_power_allow(awake: tuple[list[State], Records, Game]) -> None:
    """Nobody has called for their capacity yet. They own 6,000 musd and are given 1,000 a quarter at most (times what
    boards decide), for four quarters; power would allow more."""
    first = awake[0][2]
    assert first.last is not None and (awake[0][1].entrant.fresh == 1.0).all()
    p, costs = first.last.opened.p, first.last.opened.made.costs
    each = (costs.capex_usd_per_h100e + costs.site_usd_per_h100e)[:, POOL] / 1e6
    assert (awake[0][1].supply.backlog[:, POOL] == 0.0).all()
    assert first.supply.backlog[:, POOL] * each == pytest.approx(6000.0 + 4.0 * 1000.0 * p.other_cash_factor)


def test_power_that_they_fill_is_taken_from_the_common_pool(awake: tuple[list[State], Records, Game]) -> None:
    """What all sites run is never more than there is in all, and newcomers never run more than their share of what has
    come since."""
    states, _, game = awake
    for state in states[1:]:
        assert state.last is not None
        o = state.last.opened
        runs = needed_mw(ROSTER, o.supply.fleet, o.p) * o.made.powered_share
        there = total_mw(o.economy, game.given.opening.mw, o.number, o.p)
        assert (runs.sum(axis=1) <= there * (1.0 + 1e-9)).all()
        share = o.p.entrant_power_share * np.maximum(there - state.entrant.came_mw, 0.0)
        assert (runs[:, MINE] <= share * (1.0 + 1e-9)).all()
    assert (runs[:, MINE] > 0.0).all()


def test_what_stands_is_sold_and_no_longer_presses(awake: tuple[list[State], Records, Game]) -> None:
    last = awake[0][-1]
    assert last.last is not None and (last.last.use.rented[:, POOL] > 0.0).all()
    assert (last.entry.held > 0.0).all() and (last.entry.pressing < last.entry.pressure).all()


def test_labs_hold_nothing_of_them(awake: tuple[list[State], Records, Game]) -> None:
    held = awake[0][-1].sites[0].book.live()[:, OFFER]
    assert (held[:, CORE.buyer_lab >= 0] == 0.0).all() and (held.sum(axis=1) > 0.0).all()


# --- they fail --------------------------------------------------------------------------------------------------------

BAD = (shock("demand_level", 0.05, "2027Q3"), shock("operations_usd_per_h100e_hour", 1.0, "2027Q3"))
POOR = changed(shock("entrant_available", 1.0), *BAD, base=WIDE, entry_delay_quarters=1.0)
"""From the seventh quarter on hardly anybody wants compute, and what stands idle is dear to keep."""


@pytest.fixture(scope="module")
def failed() -> tuple[list[State], Records, Game]:
    return played(POOR, 13)


def last_quarter(states: list[State], world: int) -> int:
    """The quarter after which newcomers are gone."""
    return next(k for k, state in enumerate(states) if state.entrant.left[world] > 0.0)


def books(balance: Balance) -> list[np.ndarray]:
    return [
        balance.cash,
        balance.debt,
        balance.sites_gross,
        balance.building,
        balance.equipment.capex_by_age.sum(axis=2),
    ]


@pytest.mark.whole
def test_they_leave_when_they_cannot_pay_and_not_before(failed: tuple[list[State], Records, Game]) -> None:
    """Backers pay for what is built, and for losses while entry pays. They leave after the first quarter in which more
    is missing."""
    states = failed[0]
    for world in range(WORLDS):
        end = last_quarter(states, world)
        came = next(k for k, state in enumerate(states) if state.entrant.there[world] > 0.0)
        assert came < 6 < end
        for number, state in enumerate(states[1:], start=1):
            assert state.last is not None
            done = state.last.statement
            missing = (done.called + done.backed * (state.entry.open == 0.0)[:, None] - done.capex)[world, MINE]
            assert (missing > 1.0) == (number == end)
            assert state.entrant.there[world] == (1.0 if came <= number < end else 0.0)


def test_nothing_of_theirs_is_left(failed: tuple[list[State], Records, Game]) -> None:
    states = failed[0]
    for world in range(WORLDS):
        end = last_quarter(states, world)
        for state in states[end:]:
            supply, book = state.supply, state.sites[0].book
            amounts = [supply.backlog, supply.arriving, supply.fleet.total(), supply.target]
            assert [one[world, POOL] for one in amounts] == [0.0] * 4
            assert book.live()[world, OFFER].sum() == 0.0 and state.sites[0].waiting[world, :, OFFER].sum() == 0.0
            assert [one[world, MINE] for one in books(state.balance)] == [0.0] * 5
        assert states[end - 1].supply.fleet.total()[world, POOL] > 0.0


def test_chips_that_stood_are_retired(failed: tuple[list[State], Records, Game]) -> None:
    """All that ever came to them counts as retired in the end."""
    states = failed[0]
    for world in range(WORLDS):
        came = sum(float(state.last.opened.made.delivered[world, POOL]) for state in states[1:] if state.last)
        assert came > 0.0 and states[-1].supply.retired[world, POOL] == pytest.approx(came)


def test_their_power_goes_back_to_the_others(failed: tuple[list[State], Records, Game]) -> None:
    """Once they are gone everybody has what it would have if nobody had come: all there is goes to others."""
    states, _, game = failed
    for state in states[last_quarter(states, 0) + 1 :]:
        assert state.last is not None
        o, opening = state.last.opened, game.given.opening.mw
        path = state.power.shared(
            opening * (total_mw(o.economy, opening, o.number, o.p) / opening.sum(axis=1))[:, None]
        )
        found = entering.powered(game.given, state, path, o.p)
        assert found[0].tolist() == path[0].tolist() and found[0, MINE] == 0.0


def test_a_market_in_which_somebody_fails_balances(failed: tuple[list[State], Records, Game]) -> None:
    table = failed[1].quarters()
    assert {name: table[name].abs().max() for name in CHECKS if table[name].abs().max() > 1e-8} == {}
    for state in failed[0][1:]:
        assert state.last is not None and state.last.ledger.imbalance().max() < 1e-9


def test_lenders_lose_what_is_not_paid(failed: tuple[list[State], Records, Game]) -> None:
    """In the quarter that they fail in, what is written off is what was owed; in no other is anything."""
    for world in range(WORLDS):
        end = last_quarter(failed[0], world)
        for number, state in enumerate(failed[0][1:], start=1):
            assert state.last is not None
            lost = state.last.ledger.by_kind.get("loans written off")
            assert lost is None or lost[world] == 0.0 or number == end
