"""How a game begins: everything that is given is drawn or solved once, on the root of the scenario."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sim.accounts.settlement import Bookkeeper
from sim.accounts.state import Assets, Balance
from sim.anchors.protocol import Standing
from sim.anchors.rules import Anchors
from sim.anchors.struck import Struck, everywhere
from sim.anchors.table import Deals
from sim.arrays import PerWorldPool, ratio, total_by
from sim.briefings.monitoring import watched
from sim.economy import Economy
from sim.enforcement.chance import Chance
from sim.enforcement.record import open_cases
from sim.enforcement.state import Agencies
from sim.indices import Indices
from sim.labs.opening import open_labs
from sim.labs.product import LabMarket
from sim.market.entrant import Entrant
from sim.market.entry import Entry
from sim.market.learning import Learning
from sim.market.opening import open_site
from sim.market.sites import Markets
from sim.market.state import SiteState
from sim.market.sublets import opening_index
from sim.market.use import Use
from sim.monitor import Memory, Monitor
from sim.noise import Noise
from sim.parameter_path import Path
from sim.parameters import Parameters
from sim.roster import Roster
from sim.scenario import Scenario
from sim.state import Given, Opening, State
from sim.streams import Streams
from sim.supply import joiners, make_or_buy
from sim.supply.costs import costs
from sim.supply.deals import Terms
from sim.supply.industry import Industry
from sim.supply.negotiation import Negotiation
from sim.supply.power import Shares
from sim.supply.programmes import Hidden, Programmes
from sim.supply.start import Start
from sim.supply.state import IndustryState
from sim.units import USD_PER_MUSD


def begin(
    scenario: Scenario,
    roster: Roster,
    path: Path,
    streams: Streams,
    noise: Noise,
    arriving: PerWorldPool | None = None,
) -> tuple[Given, State]:
    """What is given to a game, and its state before the first quarter. arriving: H100e that a later opening has coming,
    when this game leads to one."""
    p, root = path.at(1), path.root
    start = Start(roster, scenario, root, p, streams)
    industry = _industry(start, p, arriving)
    supply = industry.begin(p)
    sites, opening = _opened(industry, Markets(roster, noise.sites, root, root, start.quarter), supply)
    given = Given(
        worlds=streams.worlds,
        roster=roster,
        scenario=scenario,
        path=path,
        noise=noise,
        start=start,
        opening=opening,
        industry=industry,
        negotiation=Negotiation(roster),
        anchors=_anchors(industry, scenario, arriving is not None),
        markets=Markets(roster, noise.sites, p, root, start.quarter),
        labs=LabMarket(roster, open_labs(start, opening.wanted[0], sites[0].book.live(), opening.own), root),
        agencies=Agencies.of(roster, start.quarter),
        chance=Chance(streams, roster.regulators, arriving is not None),
        hidden=Hidden.draw(roster, streams),
        books=Bookkeeper(roster),
        monitor=Monitor(roster, streams, arriving is not None),
    )
    return with_deals(given, _state(given, supply, sites))


def _industry(start: Start, p: Parameters, arriving: PerWorldPool | None) -> Industry:
    industry = Industry(start.roster, start, p)
    return industry if arriving is None else industry.as_recorded(arriving)


def _anchors(industry: Industry, scenario: Scenario, prelude: bool) -> Anchors:
    """The deals that a game may know; in the quarters before an opening, what labs held is known and deals add
    nothing."""
    roster, streams = industry.roster, industry.start.streams
    known = Deals.none(streams.worlds) if prelude else everywhere(Deals.known(roster, scenario, streams), roster)
    return Anchors(known, roster.pool_owner, len(roster.owners), industry.line, industry.lines)


def with_deals(g: Given, state: State) -> tuple[Given, State]:
    """An opening as deals find it: what is under way for them, and owners' target without what is live of them."""
    p, live, supply = g.path.at(1), state.sites[0].book.live(), state.supply
    g = replace(g, anchors=g.anchors.found(live, p))
    anchors = g.anchors.begin(live, supply.arriving, supply.backlog, p)
    owed = g.anchors.owed(anchors.kept, np.zeros(g.worlds), p)
    firm = g.anchors.by_pool(np.minimum(g.anchors.by_place(live), owed)) / p.target_utilisation[:, None]
    target = np.maximum(supply.target - firm, 0.0)
    return g, replace(state, anchors=anchors, supply=replace(supply, target=target))


def _opened(industry: Industry, markets: Markets, supply: IndustryState) -> tuple[tuple[SiteState, ...], Opening]:
    """Every site as the game opens, and what holds of the opening."""
    opened = [open_site(industry.start, market, supply.price) for market in markets.sites]
    return tuple(state for state, _ in opened), _opening(industry, supply, tuple(want for _, want in opened))


def _opening(industry: Industry, supply: IndustryState, wanted: tuple[np.ndarray, ...]) -> Opening:
    """Costs, mark-ups, power and spending as the game opens, on root parameters."""
    roster, start, root = industry.roster, industry.start, industry.start.root
    chip_price = industry.pool_chip_price(industry.opening_chip_price(root))
    made = costs(roster, root, start.made(start.quarter, root), chip_price)
    core, owners = ~roster.pool_is_edge, len(roster.owners)
    flow = np.maximum(start.tables.flow(), 0.0) * core
    capex = (made.capex_usd_per_h100e + made.site_usd_per_h100e) * flow / USD_PER_MUSD
    mw = supply.fleet.it_mw() * root.pue[:, None] * core
    _, captive = start.booked()
    pools, quarter = len(roster.pools), make_or_buy.record(start.known_until)
    fleets = make_or_buy.Fleets.at(industry, quarter, root)
    markup = np.where(supply.price > 0.0, ratio(supply.price, made.long_run_usd) - 1.0, 0.0)
    return Opening(
        wanted=wanted,
        own=captive,
        own_price=start.felt_over_price(root)[:, None] * np.ones(pools),
        costs=made,
        markup=joiners.without_habit(roster, markup, root),
        mw=total_by(mw, roster.pool_owner, owners),
        capex=total_by(capex, roster.pool_owner, owners),
        own_chip=make_or_buy.constants(industry, fleets),
    )


def _balance(g: Given, supply: IndustryState) -> Balance:
    """Owners' books as the game opens: equipment and sites at cost, and sites that are under way for what is on
    order."""
    roster, opening = g.roster, g.opening
    equipment = Assets.of_fleet(roster, supply.fleet, opening.costs.capex_usd_per_h100e)
    ground = opening.mw * g.path.root.site_capex_musd_per_mw[:, None]
    coming = supply.backlog * opening.costs.site_usd_per_h100e * ~roster.pool_is_edge / USD_PER_MUSD
    return g.books.open(equipment, ground, total_by(coming, roster.pool_owner, len(roster.owners)))


def _unsigned(g: Given) -> dict[str, Any]:
    """Nothing struck, and no offer to answer."""
    clouds, labs = len(g.roster.owners), len(g.roster.labs)
    struck = Struck.none(g.worlds, len(g.anchors.deals.buyer), clouds, labs)
    return {"struck": struck, "offers": Standing.none(g.worlds, clouds, labs)}


def _state(g: Given, supply: IndustryState, sites: tuple[SiteState, ...]) -> State:
    """The state before the first quarter."""
    worlds, roster, opening = g.worlds, g.roster, g.opening
    installed = supply.fleet.total()
    use = Use.booked(roster, supply.booked_share, installed)
    return State(
        number=0,
        economy=Economy.start(opening.wanted[1].sum(axis=1), opening.own_price, opening.own),
        power=Shares.start(opening.mw),
        budget=Shares.start(opening.capex, 1),
        supply=supply,
        programmes=Programmes.start(worlds, len(roster.owners), len(roster.families)),
        terms=Terms.none(supply.chip_price),
        anchors=g.anchors.begin(sites[0].book.live(), supply.arriving, supply.backlog, g.path.at(1)),
        **_unsigned(g),
        sites=sites,
        use=use,
        learning=Learning.start(roster, worlds),
        spot=opening_index(roster, supply.price, installed),
        labs=g.labs.begin(),
        cases=open_cases(roster, worlds, g.start.quarter),
        balance=_balance(g, supply),
        entry=Entry.none(worlds),
        entrant=Entrant.none(worlds),
        seen=Memory.start(watched(g, supply, sites, use)),
        indices=Indices.none(worlds, len(roster.pools)),
    )
