"""What an owner of capacity is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.arrays import Array, Index, Mask, ratio
from sim.briefings.public import LOOK_AHEAD, locked
from sim.contract import (
    CloudBriefing,
)
from sim.parameters import Parameters
from sim.supply.industry import Made
from sim.units import USD_PER_MUSD

if TYPE_CHECKING:
    from sim.game import Game


@dataclass(frozen=True)
class OwnerBook:
    """Private standing figures of the owners of capacity: pools of each, what is on order, committed and retiring, this quarter's
    limits, last quarter's accounts. Over pools (worlds, pools) or over owners (worlds, owners)."""

    pools: tuple[Index, ...]
    own_design: Mask
    start_markup: Array
    booked_share: Array
    shadow_price: Array
    line_h100e: Array
    retiring_h100e: Array
    capex_musd_per_h100e: Array
    committed_h100e: Array
    expiring_h100e: Array
    market_share: Array
    room_mw: Array
    budget_musd: Array
    accounts: dict[str, Array]
    commitment_discount: Array
    exit_fee_years: Array
    porting_kit_musd: Array
    habits: Parameters


def cloud(owner: int, game: Game, book: OwnerBook, made: Made, p: Parameters) -> CloudBriefing:
    """An owner's private board."""
    roster, state, pools = game.roster, game.supply, book.pools[owner]

    def mine(array: Array) -> Array:
        return np.ascontiguousarray(array[:, pools])

    return locked(CloudBriefing(
        name=roster.owners[owner], pools=pools, families=roster.pool_family[pools], own_design=book.own_design[pools],
        edge=roster.pool_is_edge[pools], price_usd_per_h100e_hour=mine(state.price), long_run_cost_usd=mine(made.costs.long_run_usd),
        cash_cost_usd=mine(made.costs.running_usd_per_h100e_hour), start_markup=mine(book.start_markup),
        booked_share=mine(book.booked_share), shadow_price=mine(book.shadow_price), installed_h100e=mine(made.installed), line_h100e=mine(book.line_h100e),
        target_stock_h100e=mine(state.target), expected_growth=mine(state.growth), retiring_h100e=mine(book.retiring_h100e),
        lead_quarters=p.foundry_lead_quarters, mw_per_h100e=mine(made.costs.mw_per_h100e),
        capex_musd_per_h100e=mine(book.capex_musd_per_h100e), room_mw=book.room_mw[:, owner], budget_musd=book.budget_musd[:, owner],
        committed_h100e=mine(book.committed_h100e), expiring_h100e=mine(book.expiring_h100e), market_share=mine(book.market_share),
        **{f"{name}_musd": amount[:, owner] for name, amount in book.accounts.items()},
        commitment_discount=book.commitment_discount, exit_fee_years=book.exit_fee_years[:, owner],
        porting_kit_musd=book.porting_kit_musd[:, owner], edge_programme_musd=np.zeros(game.streams.worlds),
        last=game.last.get(roster.owners[owner]), habits=book.habits,
    ))  # fmt: skip


def owner_book(game: Game, p: Parameters, made: Made, shared: Parameters) -> OwnerBook:
    roster = game.roster
    pools = tuple(np.flatnonzero(roster.pool_owner == k) for k in range(len(roster.owners)))
    own_design = roster.own_family[roster.pool_owner] == roster.pool_family
    ahead = game.powered_mw(p, LOOK_AHEAD)
    room = np.maximum(ahead - game.industry.committed_mw(game.supply, p, made), 0.0)
    budget = game.opening_capex * (p.capital_budget_headroom * p.capital_budget_factor * game.budget_index)[:, None]
    kits = np.tile([float(row["porting_kit_musd"]) for row in roster.tables["owners"]], (len(budget), 1))
    fees = np.repeat(p.exit_fee_default[:, None], len(roster.owners), axis=1)
    state, costs = game.supply, made.costs
    committed, expiring, share = _positions(game)
    return OwnerBook(
        pools=pools, own_design=own_design, start_markup=game.start_markup, booked_share=game.booked_share,
        shadow_price=_shadow_prices(game), line_h100e=state.arriving + state.backlog,
        retiring_h100e=state.fleet.retiring(p.retirement_quarters, p.foundry_lead_quarters + 2.0),
        capex_musd_per_h100e=(costs.capex_usd_per_h100e + costs.site_usd_per_h100e) / USD_PER_MUSD, committed_h100e=committed,
        expiring_h100e=expiring, market_share=share, room_mw=room, budget_musd=budget, accounts=_accounts(game),
        commitment_discount=p.short_term_premium / (1.0 + p.short_term_premium), exit_fee_years=fees, porting_kit_musd=kits, habits=shared,
    )  # fmt: skip


def _shadow_prices(game: Game) -> Array:
    """Last quarter's shadow price of every pool, (worlds, pools)."""
    shadow = np.zeros((game.streams.worlds, len(game.roster.pools)))
    for market, state in zip(game.markets, game.sites, strict=True):
        shadow[:, market.site.pools] = state.shadow_price
    return shadow


def _accounts(game: Game) -> dict[str, Array]:
    """Cash now, and last quarter's accounts of owners: (worlds, owners) musd; nothing before the first quarter."""
    done = game.statement
    none = np.zeros_like(game.balance.cash)
    found = ("revenue", "operating_income", "free_cash_flow")
    return {"cash": game.balance.cash, **{name: none if done is None else getattr(done, name) for name in found}}


def _positions(game: Game) -> tuple[Array, Array, Array]:
    """Committed and expiring capacity, and share of the site's use by buyers, of every pool: (worlds, pools)."""
    found = np.zeros((3, game.streams.worlds, len(game.roster.pools)))
    for number, (market, state) in enumerate(zip(game.markets, game.sites, strict=True)):
        live, ending = state.book.live(), state.book.capacity_h100e[..., 0]
        managed = state.book.capacity_h100e[:, market.managed].sum(axis=2)[:, :, None] * state.managed_mix
        pools = market.site.pools
        found[0][:, pools] = market.direct_load(live) + managed.sum(axis=(1, 3))
        found[1][:, pools] = market.direct_load(ending) + managed[..., 0].sum(axis=1)
        last = game.last_outcomes[number] if game.last_outcomes else None
        use = found[0][:, pools] if last is None else last.direct_use_by_pool + last.managed_use_by_pool
        found[2][:, pools] = ratio(use, use.sum(axis=1, keepdims=True))
    return found[0], found[1], found[2]
