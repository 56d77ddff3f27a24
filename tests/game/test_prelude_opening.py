"""What a game takes over from its past at the opening: what is given, carried and reset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from agents.roster import cast
from sim import prelude
from sim.anchors.given import in_force
from sim.anchors.table import rows
from sim.game import Game
from sim.kept import Kept
from sim.market.signed import LABS_AT_MOST
from sim.quarters import ordinal
from tests.game.before import FELL, SEED, free
from tests.game.play import game_of

pytestmark = pytest.mark.usefixtures("nothing_kept")
QUARTER = ordinal("2025Q4")


@pytest.fixture(scope="module")
def opened() -> Iterator[tuple[Game, prelude.Past, Game]]:
    """A game at its opening, the past it goes on from, and the same game without one."""
    kept, prelude.KEPT = prelude.KEPT, Kept(512)
    game = Game(free(), cast(), worlds=3, quarters=1, seed=SEED)
    ((_, past),) = prelude.KEPT._found.values()
    prelude.KEPT = kept
    tables = Game(replace(free(), prelude=None), cast(), worlds=3, quarters=1, seed=SEED)
    yield game, past, tables
    game.close()
    tables.close()


Opened = tuple[Game, prelude.Past, Game]


@pytest.mark.whole
def test_supply_and_money_are_those_of_the_tables(opened: Opened) -> None:
    game, past, tables = opened
    now, fresh = game.state, tables.state
    for name in ("arriving", "backlog", "queue", "cumulative", "retired"):
        assert np.array_equal(getattr(now.supply, name), getattr(fresh.supply, name))
    assert np.array_equal(now.supply.fleet.h100e, fresh.supply.fleet.h100e)
    assert np.array_equal(now.balance.cash, fresh.balance.cash)
    assert (now.balance.cash != past.state.balance.cash).any()
    assert np.array_equal(now.labs.cash, fresh.labs.cash)
    assert now.number == 0 and (now.economy.spending == 1.0).all() and (now.economy.power == 1.0).all()
    assert np.array_equal(game.given.opening.mw, tables.given.opening.mw)


def test_what_buyers_and_owners_have_come_to_goes_on(opened: Opened) -> None:
    game, past, tables = opened
    now, end = game.state, past.state
    others = game.roster.sites[0].buyer_lab < 0
    for name in ("managed_mix", "shadow_price", "market_price", "felt_price", "ports", "gravity", "constants"):
        for site, before in zip(now.sites, end.sites, strict=True):
            if (
                site.book is now.sites[0].book and name == "constants"
            ):  # what labs held was given, and so is solved anew
                assert np.array_equal(site.constants[:, :, others], before.constants[:, :, others])
                assert not np.array_equal(site.constants[:, :, ~others], before.constants[:, :, ~others])
            else:
                assert getattr(site, name) is getattr(before, name)
        fresh = getattr(tables.state.sites[0], name)
        assert name == "shadow_price" or not np.array_equal(getattr(now.sites[0], name), fresh)
    assert now.balance.equipment is end.balance.equipment and now.balance.sites_gross is end.balance.sites_gross
    on_order = [
        np.stack([one.supply.backlog[:, (pools == k) & core].sum(axis=1) for k in range(len(game.roster.owners))], 1)
        for pools, core in [(game.roster.pool_owner, ~game.roster.pool_is_edge)]
        for one in (now, end)
    ]
    paid = now.balance.building * on_order[1]  # of sites under way: as large a part of what is on order as before
    assert paid == pytest.approx(end.balance.building * on_order[0]) and paid.any()
    assert now.supply.growth is end.supply.growth and now.supply.booked_share is end.supply.booked_share
    assert (
        now.seen.mixes is end.seen.mixes
        and now.last is end.last
        and now.learning is end.learning
        and now.spot is end.spot
    )
    assert game.given.opening.markup is past.opening.markup


def test_books_are_those_of_the_past_where_the_stock_is(opened: Opened) -> None:
    """Pools of the core whose stock the past met hold what they held; a pool that the tables halve holds half."""
    game, past, _ = opened
    roster, core = game.roster, game.roster.sites[0]
    assert past.state.last is not None
    had, has = past.state.last.opened.made.installed, game.state.supply.fleet.total()
    now, then = game.state.sites[0].book.live().sum(axis=2), past.state.sites[0].book.live().sum(axis=2)
    for offer in np.flatnonzero(~core.offer_managed):
        pool = core.pools[core.offer_pool[offer]]
        assert now[:, offer] * had[:, pool] == pytest.approx(then[:, offer] * has[:, pool])
    fell = [roster.pool_name(pool) for pool in range(len(roster.pools))].index(FELL)
    assert has[:, fell] == pytest.approx(0.5 * had[:, fell])


@pytest.mark.whole
@pytest.mark.parametrize("name", ["baseline", "backtest"])
def test_deliveries_in_the_past_end_at_the_stock_of_the_tables(name: str, nothing_kept: Kept) -> None:
    """Eight quarters, and four, all of which are smoothed: pools that grew end where the tables have them."""
    with game_of(free(name), 2, 1, seed=SEED) as game:
        ((_, past),) = nothing_kept._found.values()
        tables = game.given.start.tables
        assert past.state.last is not None
        ended = past.state.last.opened.made.installed + past.state.last.opened.made.retired
        stock = tables.stock(tables.quarter)
        grew = np.array([game.roster.pool_name(pool) != FELL for pool in range(stock.shape[1])])
    assert ended[:, grew] == pytest.approx(stock[:, grew])
    assert (ended[:, ~grew] > stock[:, ~grew]).all()


@pytest.mark.whole
@pytest.mark.parametrize("name", ["baseline", "backtest"])
def test_what_stands_before_an_opening_runs_as_the_opening_takes_it(name: str, nothing_kept: Kept) -> None:
    """An opening on any date powers all that the tables have standing then. With half of the power that stood
    there it does so still; the game itself is bound by it."""
    little = free(name)
    assert little.prelude is not None
    before = replace(little.prelude, parameters={**little.prelude.parameters, "power_headroom": 0.5})
    with game_of(replace(little, prelude=before), 2, 1, seed=SEED) as game:
        ((_, past),) = nothing_kept._found.values()
        assert past.state.last is not None
        made = past.state.last.opened.made
        assert np.array_equal(made.online, made.installed) and (made.powered_share == 1.0).all()
        assert not game.given.industry.lit


def test_labs_hold_at_the_opening_what_is_known_of_them(opened: Opened) -> None:
    game, past, _ = opened
    core = game.roster.sites[0]
    known = prelude.recorded(core, game.given.start.quarter, game.given.start.quarter)
    live = past.state.sites[0].book.live()
    free_of_the_limit = known.sum(axis=1) < LABS_AT_MOST * live.sum(axis=2)
    labs, direct = core.buyer_lab >= 0, ~core.offer_managed
    checked = 0
    for world in range(3):
        for offer in np.flatnonzero(direct & free_of_the_limit[world]):
            assert live[world, offer, labs] == pytest.approx(known[offer, labs])
            checked += int((known[offer, labs] > 0.0).any())
    assert checked >= 12  # of 21: where much runs behind a managed service, a direct offer may be at its limit


def test_nothing_of_deals_jumps_where_a_game_begins(opened: Opened) -> None:
    """What is owed as the game opens is what labs have there; what is announced comes on top of that. In the last
    quarter before it, deals of that date owed all that was known at their places, and it was used in full."""
    game, past, _ = opened
    anchors, core = game.given.anchors, game.roster.sites[0]
    live = anchors.by_place(game.state.sites[0].book.live())
    owed = anchors.owed(game.state.anchors.kept, np.zeros(3), game.given.path.at(1))
    stands = owed > 0.0
    assert stands.sum() >= 12 and owed[stands] == pytest.approx(live[stands])
    assert past.state.last is not None
    outcome = past.state.last.outcomes[0]
    before = outcome.frozen.conditions.owed
    assert before is not None and before.known is not None
    dated = [(core.offers.index(one.offer), core.buyers.index(one.lab)) for one in in_force(rows(), QUARTER)]
    assert set(zip(*(axis.tolist() for axis in np.nonzero(before.level[0])), strict=True)) == set(dated)
    for offer, buyer in dated:
        assert np.array_equal(before.level[:, offer, buyer], before.known[:, offer, buyer])
        full = outcome.committed[:, offer, buyer] <= before.level[:, offer, buyer] * (1.0 + 1e-9)
        assert full.all() and outcome.used[:, offer, buyer] == pytest.approx(outcome.committed[:, offer, buyer])


def test_labs_sold_before_the_opening_what_they_are_known_to_have_sold(opened: Opened) -> None:
    """Revenue of the last quarter is that of the table at the opening, in every world."""
    game, past, tables = opened
    assert past.state.labs.statement is not None
    assert past.state.labs.statement.revenue == pytest.approx(
        np.broadcast_to(tables.given.labs.start.revenue, (3, len(game.roster.labs)))
    )


def test_demand_goes_on_at_the_price_it_was_counted_at(opened: Opened) -> None:
    """Prices of the last quarter act on the first of the game, as those of any quarter act on the next."""
    game, past, _ = opened
    assert past.state.last is not None
    for site, outcome in zip(game.state.sites, past.state.last.outcomes, strict=True):
        assert np.array_equal(site.start_price, outcome.frozen.state.felt_price)
        assert not np.array_equal(site.start_price, site.felt_price)


def test_the_first_quarter_begins_from_the_stock_and_the_books_of_the_opening(opened: Opened) -> None:
    """What is in use over the seam moves by no more than a quarter's usual growth."""
    game, past, _ = opened
    used = past.records.metric("used_h100e")
    first = game.run().metric("used_h100e")[:, 0]
    growth = used[:, 1:] / used[:, :-1]
    assert (first / used[:, -1] < 1.2 * growth.max()).all() and (first > used[:, -1] * 0.95).all()
