"""What an owner of capacity is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.accounts import lending
from sim.anchors.rules import Limits
from sim.arrays import Array, Mask, PerWorldOwner, PerWorldPool, ratio, read_only, total_by
from sim.briefings.view import LOOK_AHEAD, View, locked
from sim.contract import CloudBriefing
from sim.economy import Economy, budget_musd, powered_mw
from sim.market import captive
from sim.parameters import Parameters
from sim.state import Given, State
from sim.supply import joiners, scrapping
from sim.supply.state import IndustryState, Made
from sim.units import USD_PER_MUSD

OF_THE_OWNER = ("room_mw", "budget_musd", "payable_musd", "own_chip_value", "exit_fee_years", "porting_kit_musd")
"""Figures of the book that an owner has once, and is shown its own of: (worlds, owners)."""


@dataclass(frozen=True)
class OwnerBook:
    """Private standing figures of the owners of capacity: which pools are of their own design, and let to labs
    (pools,); what is shown of each pool, figure by figure, and those figures side by side (figures, worlds, pools);
    this quarter's limits and last quarter's accounts, (worlds, owners)."""

    own_design: Mask
    let_to_labs: Mask
    figures: tuple[str, ...]
    by_pool: Array
    foundry_left: Array
    own_chip_value: Array
    room_mw: Array
    budget_musd: Array
    payable_musd: Array
    accounts: dict[str, Array]
    commitment_discount: Array
    exit_fee_years: Array
    porting_kit_musd: Array


def cloud(v: View, name: str, book: OwnerBook, deals: dict[str, Array]) -> CloudBriefing:
    """An owner's private board. deals: the part of it on deals."""
    roster = v.given.roster
    owner = roster.owners.index(name)
    pools = roster.pools_of(owner)
    return locked(
        CloudBriefing,
        name=name,
        pools=pools,
        families=roster.pool_family[pools],
        own_design=book.own_design[pools],
        edge=roster.pool_is_edge[pools],
        let_to_labs=book.let_to_labs[pools],
        **dict(zip(book.figures, read_only(np.take(book.by_pool, pools, axis=2)), strict=True)),
        lead_quarters=v.p.foundry_lead_quarters,
        foundry_left=book.foundry_left,
        **{figure: getattr(book, figure)[:, owner] for figure in OF_THE_OWNER},
        **{f"{name}_musd": amount[:, owner] for name, amount in book.accounts.items()},
        commitment_discount=book.commitment_discount,
        edge_programme_musd=v.none(),
        **deals,
        last=v.last(name),
        habits=v.habits,
    )


def _by_pool(v: View, free: Limits, wafers_per_h100e: Array) -> dict[str, Array]:
    """What a board shows of each of its owner's pools, of all pools: (worlds, pools)."""
    g, state, made, p = v.given, v.opened.supply, v.opened.made, v.p
    return {
        "price_usd_per_h100e_hour": state.price,
        "long_run_cost_usd": made.costs.long_run_usd,
        "cash_cost_usd": made.costs.running_usd_per_h100e_hour,
        "start_markup": v.state.entry.eroded(g.opening.markup, p),
        "captive_share": captive.by_pool(g.roster, g.worlds, v.state.last.outcomes if v.state.last else ()),
        "booked_share": state.booked_share,
        "shadow_price": _shadow_prices(v),
        "installed_h100e": made.installed,
        "powered_h100e": made.online,
        "arriving_h100e": state.arriving,
        "line_h100e": state.arriving + state.backlog,
        "target_stock_h100e": state.target,
        "expected_growth": state.growth,
        "retiring_h100e": state.fleet.retiring(p.retirement_quarters, p.foundry_lead_quarters + 2.0),
        "mw_per_h100e": made.costs.mw_per_h100e,
        "capex_musd_per_h100e": free.musd,
        "deal_live_h100e": v.opened.deals.live_by_pool,
        "deal_line_h100e": v.opened.deals.line,
        "wafers_per_h100e": wafers_per_h100e,
        **dict(zip(("committed_h100e", "expiring_h100e", "market_share"), _positions(v), strict=True)),
    }


def owner_book(v: View) -> OwnerBook:
    """The standing figures of all owners."""
    g, roster, p, (free, left) = v.given, v.given.roster, v.p, _left_by_deals(v)
    wafers_per_h100e, foundry_left = _make_or_buy(v)
    shown = _by_pool(v, free, wafers_per_h100e)
    return OwnerBook(
        own_design=roster.own_family[roster.pool_owner] == roster.pool_family,
        let_to_labs=np.isin(np.arange(len(roster.pools)), g.places.pool),
        figures=tuple(shown),
        by_pool=np.stack(list(shown.values())),
        foundry_left=foundry_left,
        own_chip_value=g.opening.own_chip * p.own_chip_weight,
        room_mw=free.room_mw,
        budget_musd=free.budget_musd,
        payable_musd=left,
        accounts=_accounts(v),
        commitment_discount=p.short_term_premium / (1.0 + p.short_term_premium),
        exit_fee_years=np.repeat(p.exit_fee_default[:, None], len(roster.owners), axis=1),
        porting_kit_musd=np.tile(roster.numbers("owners", "porting_kit_musd"), (g.worlds, 1)),
    )


def _left_by_deals(v: View) -> tuple[Limits, PerWorldOwner]:
    """What a quarter's orders for deals leave of owners' limits, and of what they can pay, musd (worlds, owners)."""
    o, owner = v.opened, v.given.roster.pool_owner
    most = payable(v.given, v.state, o.supply.backlog * o.free.musd, v.p)
    deals = total_by(o.deals.order * o.free.musd, owner, most.shape[1])
    return o.free.less(o.deals.order, owner), np.maximum(most - deals, 0.0)


def limits(g: Given, now: State, world: Economy, supply: IndustryState, made: Made, p: Parameters) -> Limits:
    """What owners may order within in the quarter after `now`, deals included: power that is allotted and free at
    arrival, or that old vintages would leave to new chips, and what boards plan and lenders let them pay."""
    path = powered_mw(world, g.opening.mw, now.number + 1, p, LOOK_AHEAD)
    committed = g.industry.committed_mw(supply, p, made)
    power = now.power.shared(path, LOOK_AHEAD)
    came = now.entrant.came_mw
    free = joiners.with_power(g.roster, power, g.opening.mw, lambda: committed, p, came) - committed
    free = free + scrapping.replaceable_mw(g.roster, supply.fleet, supply.price, made.costs, p)
    musd = (made.costs.capex_usd_per_h100e + made.costs.site_usd_per_h100e) / USD_PER_MUSD
    plan = now.budget.shared(budget_musd(world, g.opening.capex, p))
    budget = np.minimum(joiners.with_budget(g.roster, plan, p), payable(g, now, supply.backlog * musd, p))
    return Limits(room_mw=np.maximum(free, 0.0), budget_musd=budget, mw=made.costs.mw_per_h100e, musd=musd)


def payable(g: Given, now: State, ordered: PerWorldPool, p: Parameters) -> PerWorldOwner:
    """What new orders of the core may cost, musd (worlds, owners). ordered (worlds, pools) musd: what is on order, paid
    or not."""
    roster, last = g.roster, None if now.last is None else now.last.statement
    owed = total_by(ordered * ~roster.pool_is_edge, roster.pool_owner, len(roster.owners))
    owed = np.maximum(owed - now.balance.building, 0.0)
    return lending.payable(now.balance, last, owed, lending.rest_of_firm(roster, p), p)


def _make_or_buy(v: View) -> tuple[Array, Array]:
    """What splits orders between own and bought chips: wafers of an H100e (worlds, pools), and wafers made for the core
    over those that were due, at most 1 (worlds,)."""
    g, made = v.given, v.opened.made
    families = g.industry.families
    core = (np.ascontiguousarray(one[:, :families]) for one in (v.state.supply.queue[..., 0], made.wafers))
    due, came = (one.sum(axis=1) for one in core)
    per_h100e = 1.0 / made.production.h100e_per_wafer[:, g.roster.pool_family]
    return per_h100e, np.where(due > 0.0, np.minimum(ratio(came, due), 1.0), 1.0)


def _shadow_prices(v: View) -> Array:
    """Last quarter's shadow price of every pool, (worlds, pools)."""
    shadow = np.zeros((v.given.worlds, len(v.given.roster.pools)))
    for site, state in zip(v.given.roster.sites, v.state.sites, strict=True):
        shadow[:, site.pools] = state.shadow_price
    return shadow


def _accounts(v: View) -> dict[str, Array]:
    """Cash now, and last quarter's accounts of owners: (worlds, owners) musd; nothing before the first quarter."""
    cash, last = v.state.balance.cash, v.state.last
    found = ("revenue", "operating_income", "free_cash_flow")
    none = np.zeros_like(cash)
    return {"cash": cash, **{name: none if last is None else getattr(last.statement, name) for name in found}}


def _positions(v: View) -> tuple[Array, Array, Array]:
    """Committed and expiring capacity, and share of the site's use by buyers, of every pool: (worlds, pools)."""
    found, last = np.zeros((3, v.given.worlds, len(v.given.roster.pools))), v.state.last
    for number, (market, state) in enumerate(zip(v.given.markets.sites, v.state.sites, strict=True)):
        live, ending = state.book.live(), state.book.capacity_h100e[..., 0]
        managed = state.book.by_term()[:, market.managed][:, :, None] * state.managed_mix
        pools = market.site.pools
        found[0][:, pools] = market.direct_load(live) + managed.sum(axis=(1, 3))
        found[1][:, pools] = market.direct_load(ending) + managed[..., 0].sum(axis=1)
        outcome = last.outcomes[number] if last else None
        use = found[0][:, pools] if outcome is None else outcome.direct_use_by_pool + outcome.managed_use_by_pool
        found[2][:, pools] = ratio(use, use.sum(axis=1, keepdims=True))
    return found[0], found[1], found[2]
