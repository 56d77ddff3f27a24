"""History inside a game: the quarters before the opening are played on what is known of them, and their demand side is
carried over the seam.

Given in those quarters: deliveries by pool as they came, and what labs by name are known to have used. Everything else
is played: which offers buyers chose, at which prices, on which terms. At the origin the supply side is read from the
tables again (fleets by age, what arrives and is on order, power, owners' cash), as are the labs' products; books with
their prices, mixes, waiting demand, felt and shadow prices, constants, ports, gravity, ecosystems and expectations go
on.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from sim import ensembles
from sim.arrays import Array, PerWorldPool, ratio
from sim.axes import Site
from sim.labs.opening import open_labs
from sim.labs.product import LabMarket
from sim.market import contracts
from sim.market.contracts import Book
from sim.market.offers import usual_terms
from sim.market.site import SiteMarket
from sim.market.state import SiteState
from sim.market.use import Use
from sim.parameters import Parameters
from sim.quarters import ordinal
from sim.records import Records
from sim.roster import DATA, Roster, table
from sim.scenario import Scenario
from sim.state import Given, Opening, Quarter, State
from sim.streams import Streams
from sim.supply.state import IndustryState
from sim.supply.tables import INITIAL_GROWTH, between
from sim.worlds import widened

LABS_AT_MOST = 0.8
"""Part of what an offer has let that labs by name may hold: somebody else always holds the rest."""


@dataclass(frozen=True)
class Ahead:
    """What is known in a prelude of the opening that it leads to: the origin (an ordinal), and what arrives then
    (worlds, pools) H100e."""

    origin: int
    arriving: PerWorldPool


@dataclass(frozen=True)
class Draws:
    """Which worlds a game draws: their streams, whether they draw parameters from their ranges, and values given world
    by world."""

    streams: Streams
    draw: bool
    values: Mapping[str, Array]

    def before(self, fixed: Collection[str]) -> Draws:
        """Those of a prelude that fixes some parameters itself. Worlds that branch from one world share its past, which
        is played once."""
        branch = self.streams.branch
        values = {name: value for name, value in self.values.items() if name not in fixed}
        if branch is None:
            return Draws(replace(self.streams, times=1), self.draw, values)
        alone = Streams(self.streams.seed, branch.world, branch.world + 1)
        return Draws(alone, self.draw, {name: value[:1] for name, value in values.items()})

    @property
    def key(self) -> tuple[object, ...]:
        """What tells draws apart."""
        values = tuple(sorted((name, value.tobytes()) for name, value in self.values.items()))
        return (self.streams, self.draw, values)


@dataclass(frozen=True)
class Past:
    """What a prelude leaves: how it opened, its state at the origin, and what was recorded."""

    opening: Opening
    state: State
    records: Records

    def widened(self, streams: Streams) -> Past:
        """The same for the worlds of a game that branch from one, or that are played several times side by side."""
        worlds = len(self.records.world)
        times = streams.worlds // worlds
        if times == 1:
            return self
        opening, state = (widened(one, times, worlds) for one in (self.opening, self.state))
        return Past(opening, state, self.records.widened(times, streams.first_world, worlds))


class Kept:
    """The last pasts that were played: the cells of a study, a what-if or a fork share theirs."""

    def __init__(self, worlds: int) -> None:
        self.worlds, self._pasts = worlds, OrderedDict[tuple[object, ...], Past]()

    def past(self, key: tuple[object, ...], play: Callable[[], Past]) -> Past:
        """The past of this key, played when it is not there. As many are kept as have `worlds` worlds in all, at least
        the last."""
        found = self._pasts.pop(key, None) or play()
        self._pasts[key] = found
        while len(self._pasts) > 1 and sum(len(one.records.world) for one in self._pasts.values()) > self.worlds:
            self._pasts.popitem(last=False)
        return found


KEPT = Kept(512)
"""About 0.6 MB a world."""


def quarters_before(scenario: Scenario) -> int:
    """How many quarters are played before the opening; 0 without a prelude."""
    return 0 if scenario.prelude is None else ordinal(scenario.start) - ordinal(scenario.prelude.start)


def scenario_before(scenario: Scenario) -> Scenario:
    """The scenario of the quarters before the opening: root parameters but for what it sets itself and what depends on
    when one looks; deliveries known to the origin."""
    before = scenario.prelude
    assert before is not None
    dated = ensembles.dated(before.ensemble) if before.ensemble else frozenset()
    root = {name: value for name, value in scenario.root_parameters.items() if name not in dated}
    parameters = {**root, **before.parameters}
    before = replace(before, parameters=parameters, root_parameters=parameters)
    return replace(before, pipeline_until=scenario.start, quarters=quarters_before(scenario))


# --- labs by name -----------------------------------------------------------------------------------------------------


@cache
def _records(lab: str, offer: str) -> tuple[tuple[int, float], ...]:
    """(quarter, H100e) of a lab at an offer, by date."""
    rows = [r for r in table(DATA / "anchors.csv") if r["lab"] == lab and f"{r['cloud']}/{r['family']}" == offer]
    found: dict[int, float] = {}
    for row in rows:
        found[ordinal(row["quarter"])] = found.get(ordinal(row["quarter"]), 0.0) + float(row["h100e"])
    return tuple(sorted(found.items()))


def recorded(site: Site, quarter: int, origin: int) -> Array:
    """H100e that labs by name hold at each offer in a quarter, (offers, buyers): between two dated figures at an even
    pace in logs, from nothing in equal steps. Figures after the origin are not known."""
    dates = sorted({ordinal(row["quarter"]) for row in table(DATA / "anchors.csv")})
    dates = [date for date in dates if date <= origin]
    held = np.zeros((len(site.offers), len(site.buyers)))
    for buyer, name in enumerate(site.buyers):
        if site.buyer_lab[buyer] >= 0:
            for offer, title in enumerate(site.offers):
                held[offer, buyer] = _between(dict(_records(name, title)), dates, quarter)
    return held


def _between(figures: Mapping[int, float], dates: list[int], quarter: int) -> float:
    """A figure at a quarter between the dates of the table; a date without a row is nothing."""
    earlier = [date for date in dates if date <= quarter]
    later = [date for date in dates if date >= quarter]
    first, last = (earlier or later)[-1 if earlier else 0], (later or earlier)[0 if later else -1]
    a, b = figures.get(first, 0.0), figures.get(last, 0.0)
    if first == last:
        return a
    return between(a, b, (quarter - first) / (last - first))


def as_recorded(roster: Roster, site: Site, state: SiteState, known: Array, p: Parameters) -> SiteState:
    """A site whose labs hold what is known of them; who else holds the same offers has the rest. known (offers,
    buyers) H100e."""
    live, lab = state.book.live(), site.buyer_lab >= 0
    direct = ~site.offer_managed[:, None]
    total = live.sum(axis=2)
    over = ratio(LABS_AT_MOST * total, np.maximum(known.sum(axis=1), 1e-9))
    theirs = known * np.minimum(1.0, over)[:, :, None]
    labs = np.where(direct & lab, theirs, np.where(lab, live, 0.0))
    rest, others = total - labs.sum(axis=2), np.where(lab, 0.0, live)
    wanted = labs + others * ratio(rest, others.sum(axis=2))[:, :, None]
    waiting = np.where(lab[:, None], 0.0, state.waiting)
    displaced = np.where(lab[:, None], 0.0, state.displaced)
    book = rescaled(state.book, wanted, usual_terms(roster, site, p))
    return replace(state, book=book, waiting=waiting, displaced=displaced)


def rescaled(book: Book, wanted: Array, term: Array) -> Book:
    """A book with other amounts (worlds, offers, buyers): cohorts in proportion; where nothing was live, as a book in
    growth, at the offer's average price."""
    live, bill = book.live(), book.hourly_bill_usd()
    factor = ratio(wanted, live)[..., None]
    price = ratio(bill.sum(axis=2), live.sum(axis=2))[:, :, None]
    new = np.where(live > 0.0, 0.0, wanted)
    fresh = contracts.book_in_growth(new, price + np.zeros_like(new), term, np.full(len(new), INITIAL_GROWTH))
    return Book(book.capacity_h100e * factor + fresh.capacity_h100e, book.hourly_usd * factor + fresh.hourly_usd)


# --- over the seam ----------------------------------------------------------------------------------------------------


def carried(g: Given, fresh: State, past: Past) -> tuple[Given, State]:
    """The opening with the demand side of the past. fresh: the state as the tables alone open it."""
    end, last = past.state, past.state.last
    assert last is not None
    had = last.opened.made.installed
    scale = np.where(had > 0.0, ratio(fresh.supply.fleet.total(), had), 1.0)
    use = Use(*(one * scale for one in (end.use.own, end.use.rented, end.use.total)))
    sites = tuple(_site(market, state, scale) for market, state in zip(g.markets.sites, end.sites, strict=True))
    opening = replace(g.opening, **_opening(past, last, sites), own=use.own, markup=past.opening.markup)
    labs = LabMarket(g.roster, open_labs(g.start, opening.wanted[0], sites[0].book.live(), use.own), g.path.root)
    own = {"own_price": opening.own_price, "own_wanted": use.own}
    books = replace(fresh.balance, equipment=end.balance.equipment, sites_gross=end.balance.sites_gross)
    state = replace(
        fresh,
        economy=replace(fresh.economy, edge=opening.wanted[1].sum(axis=1), **own),
        supply=_supply(fresh.supply, end.supply, scale),
        sites=sites,
        use=use,
        learning=end.learning,
        spot=end.spot,
        labs=labs.begin(),
        balance=books,
        seen=end.seen,
        last=last,
    )
    return replace(g, opening=opening, labs=labs), state


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


def _site(market: SiteMarket, state: SiteState, scale: PerWorldPool) -> SiteState:
    """A site over the seam: amounts follow the stock of the tables, prices are rebased."""
    site, here = market.site, scale[:, market.site.pools]
    booked = market.offers.managed_committed(state)
    factor = np.empty((len(here), len(site.offers)))
    factor[:, market.direct] = here[:, site.offer_pool[market.direct]]
    total = booked.sum(axis=2)
    factor[:, market.managed] = np.where(total > 0.0, ratio((booked * here[:, None]).sum(axis=2), total), 1.0)
    cohorts = factor[:, :, None, None]
    waits = np.concatenate([factor, np.ones((len(here), site.incumbents - len(site.offers)))], axis=1)[:, None]
    return replace(
        state,
        book=Book(state.book.capacity_h100e * cohorts, state.book.hourly_usd * cohorts),
        waiting=state.waiting * waits,
        displaced=state.displaced * waits,
        start_price=state.felt_price,
    )
