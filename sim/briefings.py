"""Briefings: what each player is shown before it decides. Lagged, private and public figures are put together here only."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from sim import policy, supply
from sim.arrays import Array, Index, Mask, read_only
from sim.contract import HABITS, BuyerBriefing, CloudBriefing, PublicBriefing, RegulatorBriefing, VendorBriefing
from sim.industry import IndustryState, Made
from sim.parameters import Parameters
from sim.roster import Roster
from sim.site_state import SiteState
from sim.units import USD_PER_MUSD

if TYPE_CHECKING:
    from sim.game import Game

LOOK_AHEAD = 3
"""Quarters ahead for which owners see powered sites and designers see the roadmap."""

B = TypeVar("B", CloudBriefing, VendorBriefing, BuyerBriefing)


def _locked(briefing: B) -> B:
    """The same briefing with every array locked: a seat cannot change the game by writing into what it is shown."""
    shown: dict[str, Any] = {field.name: getattr(briefing, field.name) for field in fields(briefing)}
    locked: dict[str, Any] = {
        name: read_only(value) if isinstance(value, np.ndarray) else value for name, value in shown.items()
    }
    return replace(briefing, **locked)


def habits(p: Parameters) -> Parameters:
    """The part of the parameters that describes how players decide."""
    return Parameters({name: getattr(p, name) for name in HABITS})


@dataclass(frozen=True)
class OwnerBook:
    """Private standing figures of the owners of capacity: pools of each, what is on order and retiring, this quarter's limits."""

    pools: tuple[Index, ...]
    own_design: Mask
    start_markup: Array
    booked_share: Array
    shadow_price: Array
    line_h100e: Array
    retiring_h100e: Array
    capex_musd_per_h100e: Array
    room_mw: Array
    budget_musd: Array
    exit_fee_years: Array
    porting_kit_musd: Array
    habits: Parameters


def public(quarter: int, state: IndustryState, in_force: Array, announced: Array) -> PublicBriefing:
    """The public market table."""
    coming = state.fleet.total() + state.arriving + state.backlog
    return PublicBriefing(quarter, read_only(state.price), read_only(coming), read_only(in_force), read_only(announced))


def cloud(
    owner: int, roster: Roster, book: OwnerBook, state: IndustryState, made: Made, p: Parameters
) -> CloudBriefing:
    """An owner's private board."""
    pools = book.pools[owner]
    lead = p.foundry_lead_quarters

    def mine(array: Array) -> Array:
        return read_only(np.ascontiguousarray(array[:, pools]))

    return _locked(CloudBriefing(
        name=roster.owners[owner], pools=pools, own_design=book.own_design[pools], edge=roster.pool_is_edge[pools],
        price_usd_per_h100e_hour=mine(state.price), long_run_cost_usd=mine(made.costs.long_run_usd),
        cash_cost_usd=mine(made.costs.running_usd_per_h100e_hour), start_markup=mine(book.start_markup),
        booked_share=mine(book.booked_share), shadow_price=mine(book.shadow_price), installed_h100e=mine(made.installed), line_h100e=mine(book.line_h100e),
        target_stock_h100e=mine(state.target), expected_growth=mine(state.growth),
        retiring_h100e=mine(book.retiring_h100e), lead_quarters=lead,
        mw_per_h100e=mine(made.costs.mw_per_h100e), capex_musd_per_h100e=mine(book.capex_musd_per_h100e), room_mw=book.room_mw[:, owner],
        budget_musd=book.budget_musd[:, owner], exit_fee_years=book.exit_fee_years[:, owner],
        porting_kit_musd=book.porting_kit_musd[:, owner], habits=book.habits,
    ))  # fmt: skip


@dataclass(frozen=True)
class LineBook:
    """Standing figures of all production lines: (worlds, lines) growth, backlog H100e, wafers last booked; ahead (worlds,
    families) H100e per wafer expected at arrival; separation (worlds,) between a design arm and its cloud."""

    growth: Array
    backlog_h100e: Array
    last_booking_wafers: Array
    ahead: Array
    separation: Array
    habits: Parameters


def vendor(
    family: int, roster: Roster, book: LineBook, state: IndustryState, made: Made, p: Parameters
) -> VendorBriefing:
    """A chip designer's private board; its lines are core and edge."""
    lines = [family, family + len(roster.families)]
    return _locked(VendorBriefing(
        name=roster.families[family], unit_cost_usd_per_h100e=made.unit_cost[:, family], gross_margin=p.vendor_gross_margin[:, family],
        own_design=bool(roster.family_is_own[family]), separation=book.separation, order_flow_h100e=state.order_flow[:, lines],
        order_growth=book.growth[:, lines], backlog_h100e=book.backlog_h100e[:, lines], inventory_h100e=state.inventory[:, lines],
        h100e_per_wafer_at_arrival=np.repeat(book.ahead[:, family, None], 2, axis=1),
        last_booking_wafers=book.last_booking_wafers[:, lines], lead_quarters=p.foundry_lead_quarters, habits=book.habits,
    ))  # fmt: skip


def buyer(
    name: str,
    members: Index,
    start_wanted: Array,
    index: Array,
    state: SiteState,
    shock: Array,
    level: Array,
    term: Array,
    shared: Parameters,
) -> BuyerBriefing:
    """A lab's or a segment's private board; arrays (worlds, types)."""
    return _locked(BuyerBriefing(
        name=name, start_h100e=start_wanted[:, members], spending_index=index, felt_price_usd=state.felt_price[:, members],
        start_price_usd=state.start_price[:, members], shock=shock[:, members], level=level, usual_term_quarters=term[:, members],
        habits=shared,
    ))  # fmt: skip


def regulator(name: str, region: int, scheduled: Array) -> RegulatorBriefing:
    """What a regulator's scenario schedules for the coming quarter."""
    return RegulatorBriefing(name, read_only(np.ascontiguousarray(scheduled[:, region])))


# --- all private briefings of a quarter ------------------------------------------------------------


def private(game: Game, p: Parameters, made: Made, rules: policy.Rules) -> dict[tuple[str, str], Any]:
    """(role, name) -> briefing of every party."""
    roster, shared = game.roster, habits(p)
    owners, lines = _owner_book(game, p, made, shared), _line_book(game, p, rules, shared)
    shown: dict[tuple[str, str], Any] = {}
    for k, owner in enumerate(roster.owners):
        shown["cloud", owner] = cloud(k, roster, owners, game.supply, made, p)
    for f, family in enumerate(roster.families):
        shown["vendor", family] = vendor(f, roster, lines, game.supply, made, p)
    scheduled = policy.docket(game.path.at(game.quarter + 1))
    for name, region in zip(roster.regulators, roster.regulator_region, strict=True):
        shown["regulator", name] = regulator(name, int(region), scheduled)
    shown.update(_buyer_briefings(game, p, shared))
    return shown


def _line_book(game: Game, p: Parameters, rules: policy.Rules, shared: Parameters) -> LineBook:
    industry, state = game.industry, game.supply
    ahead = game.start.made(game.start.quarter + game.quarter + LOOK_AHEAD, p).h100e_per_wafer
    # what was booked last: the farthest slot that is filled, one lead time ahead less this quarter
    position = np.maximum(np.rint(p.foundry_lead_quarters).astype(np.int64) - 2, 0)
    last = state.queue[np.arange(len(position)), :, position]
    backlog = supply.by_owner(state.backlog, industry.line, industry.lines)
    return LineBook(industry.line_growth(state), backlog, last, ahead, rules.separation, shared)


def _owner_book(game: Game, p: Parameters, made: Made, shared: Parameters) -> OwnerBook:
    roster = game.roster
    pools = tuple(np.flatnonzero(roster.pool_owner == k) for k in range(len(roster.owners)))
    own_design = roster.own_family[roster.pool_owner] == roster.pool_family
    ahead = game.powered_mw(p, LOOK_AHEAD)
    room = np.maximum(ahead - game.industry.committed_mw(game.supply, p, made), 0.0)
    budget = game.opening_capex * (p.capital_budget_headroom * p.capital_budget_factor * game.budget_index)[:, None]
    kits = np.tile([float(row["porting_kit_musd"]) for row in roster.tables["owners"]], (len(budget), 1))
    fees = np.repeat(p.exit_fee_default[:, None], len(roster.owners), axis=1)
    state, costs = game.supply, made.costs
    return OwnerBook(
        pools=pools, own_design=own_design, start_markup=game.start_markup, booked_share=game.booked_share,
        shadow_price=_shadow_prices(game), line_h100e=state.arriving + state.backlog,
        retiring_h100e=state.fleet.retiring(p.retirement_quarters, p.foundry_lead_quarters + 2.0),
        capex_musd_per_h100e=(costs.capex_usd_per_h100e + costs.site_usd_per_h100e) / USD_PER_MUSD, room_mw=room,
        budget_musd=budget, exit_fee_years=fees, porting_kit_musd=kits, habits=shared,
    )  # fmt: skip


def _shadow_prices(game: Game) -> Array:
    """Last quarter's shadow price of every pool, (worlds, pools)."""
    shadow = np.zeros((game.streams.worlds, len(game.roster.pools)))
    for market, state in zip(game.markets, game.sites, strict=True):
        shadow[:, market.site.pools] = state.shadow_price
    return shadow


def _buyer_briefings(game: Game, p: Parameters, shared: Parameters) -> dict[tuple[str, str], Any]:
    shown: dict[tuple[str, str], Any] = {}
    for number, (market, state) in enumerate(zip(game.markets, game.sites, strict=True)):
        site, core = market.site, market.site.name == "core"
        shock = np.exp(game.noise.sites[number].log_demand[game.quarter])
        start = game.start_wanted[number] if core else game.adopted
        index = game.spending_index if core else game.edge_base
        term = game.start.terms(site, p)
        for party in dict.fromkeys(site.buyer_party):
            members = np.array([b for b, other in enumerate(site.buyer_party) if other == party])
            lab = site.buyer_lab[members[0]]
            level = (
                p.lab_demand_level[:, lab] * p.demand_level
                if lab >= 0
                else (p.demand_level if core else np.ones_like(p.demand_level))
            )
            role = "lab" if lab >= 0 else "segment"
            shown[role, party] = buyer(party, members, start, index, state, shock, level, term, shared)
    return shown
