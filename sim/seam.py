"""Over the seam: a game opens with the demand side of the quarters that were played before it.

The supply side is read from the tables again (fleets by age, what arrives and is on order, power that runs, owners'
cash), as are the labs' products; books with their prices, mixes, waiting demand, felt and shadow prices, constants,
ports, gravity, ecosystems, expectations and how power has been allotted go on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sim.accounts.state import Balance
from sim.arrays import Array, PerWorldPool, ratio, total_by
from sim.begin import with_deals
from sim.briefings.monitoring import watched
from sim.economy import Economy
from sim.labs.opening import open_labs
from sim.labs.product import LabMarket
from sim.market import constants
from sim.market.contracts import Book
from sim.market.site import SiteMarket
from sim.market.state import SiteState
from sim.market.use import Use
from sim.prelude import Past
from sim.state import Given, Opening, Quarter, State
from sim.supply.state import IndustryState


def carried(g: Given, fresh: State, past: Past) -> tuple[Given, State]:
    """The opening with the demand side of the past. fresh: the state as the tables alone open it."""
    end, last = past.state, past.state.last
    assert last is not None
    scale = _scale(fresh, last)
    use = Use(*(one * scale for one in (end.use.own, end.use.rented, end.use.total)))
    core, *edge = _sites(g, end, last, scale)
    opening = replace(g.opening, **_opening(past, last, (core, *edge)), own=use.own, markup=past.opening.markup)
    sites = (_labs_as_they_are(g, core, last, opening.wanted[0]), *edge)
    labs = LabMarket(g.roster, open_labs(g.start, opening.wanted[0], sites[0].book.live(), use.own), g.path.root)
    supply = _supply(fresh.supply, end.supply, scale)
    state = replace(
        fresh,
        economy=_economy(fresh.economy, opening, use),
        power=end.power.since(g.opening.mw),
        budget=end.budget.since(g.opening.capex),
        supply=supply,
        sites=sites,
        use=use,
        learning=end.learning,
        spot=end.spot,
        labs=labs.begin(),
        balance=_balance(g, fresh, end),
        seen=end.seen.since(watched(g, supply, sites, use)),
        last=last,
    )
    return with_deals(replace(g, opening=opening, labs=labs), state)


def _scale(fresh: State, last: Quarter) -> PerWorldPool:
    """The stock of the tables over what was played; 1 where nothing was."""
    had = last.opened.made.installed
    return np.where(had > 0.0, ratio(fresh.supply.fleet.total(), had), 1.0)


def _balance(g: Given, fresh: State, end: State) -> Balance:
    """Owners' books: equipment and sites at cost go on, and what was paid of sites under way follows what is on order,
    so that nobody gets works for nothing or pays for them twice."""
    core, owners = ~g.roster.pool_is_edge, len(g.roster.owners)
    now, had = (total_by(one.supply.backlog * core, g.roster.pool_owner, owners) for one in (fresh, end))
    building = np.where(had > 0.0, end.balance.building * ratio(now, had), fresh.balance.building)
    books = replace(fresh.balance, equipment=end.balance.equipment, sites_gross=end.balance.sites_gross)
    return replace(books, building=building)


def _economy(fresh: Economy, opening: Opening, use: Use) -> Economy:
    """What the edge has taken up, and what owners use and have come to pay for it."""
    edge = opening.wanted[1].sum(axis=1)
    return replace(fresh, edge=edge, own_price=opening.own_price, own_wanted=use.own)


def _labs_as_they_are(g: Given, core: SiteState, last: Quarter, wanted: Array) -> SiteState:
    """The core with labs' constants solved again: what labs held was given in the quarters before, not chosen."""
    asked = last.outcomes[0].frozen.conditions
    return replace(core, constants=constants.anew(g.start, g.markets.core, core, asked, wanted))


def _opening(past: Past, last: Quarter, sites: tuple[SiteState, ...]) -> dict[str, Any]:
    """What buyers want at the opening, as they did with what they hold, and the cost of own use that budgets have taken
    in."""
    wanted = tuple(
        outcome.frozen.conditions.wanted * _held(after, before)
        for outcome, before, after in zip(last.outcomes, past.state.sites, sites, strict=True)
    )
    cost = ratio(last.opened.made.costs.long_run_usd, past.opening.costs.long_run_usd)
    return {"wanted": wanted, "own_price": ratio(past.state.economy.own_price, cost)}


def _held(now: SiteState, then: SiteState) -> Array:
    """What each buyer holds over what it held, 1 for who held nothing: (worlds, buyers)."""
    was = then.book.live().sum(axis=1)
    return np.where(was > 0.0, ratio(now.book.live().sum(axis=1), was), 1.0)


def _supply(fresh: IndustryState, end: IndustryState, scale: PerWorldPool) -> IndustryState:
    """The supply side of the tables, with the prices that were posted, and what owners have come to expect."""
    posted = (fresh.price > 0.0) & (end.price > 0.0)
    return replace(
        fresh,
        price=np.where(posted, end.price, fresh.price),
        target=end.target * scale,
        growth=end.growth,
        booked_share=end.booked_share,
    )


def _sites(g: Given, end: State, last: Quarter, scale: PerWorldPool) -> tuple[SiteState, ...]:
    """All sites over the seam."""
    felt = (outcome.frozen.state.felt_price for outcome in last.outcomes)
    each = zip(g.markets.sites, end.sites, felt, strict=True)
    return tuple(_site(market, state, price, scale) for market, state, price in each)


def _site(market: SiteMarket, state: SiteState, felt: Array, scale: PerWorldPool) -> SiteState:
    """A site over the seam: amounts follow the stock of the tables, and demand is counted from the price at which the
    last quarter's was, felt (worlds, buyers): what budgets took in of that quarter acts in the next, as ever."""
    site, here = market.site, np.take(scale, market.site.pools, axis=1)
    booked = market.offers.managed_committed(state)
    factor = np.empty((len(here), len(site.offers)))
    factor[:, market.direct] = np.take(here, site.offer_pool[market.direct], axis=1)
    total = booked.sum(axis=2)
    factor[:, market.managed] = np.where(total > 0.0, ratio((booked * here[:, None]).sum(axis=2), total), 1.0)
    cohorts = factor[:, :, None, None]
    waits = np.concatenate([factor, np.ones((len(here), site.incumbents - len(site.offers)))], axis=1)[:, None]
    return replace(
        state,
        book=Book(state.book.capacity_h100e * cohorts, state.book.hourly_usd * cohorts),
        waiting=state.waiting * waits,
        displaced=state.displaced * waits,
        start_price=felt,
    )
