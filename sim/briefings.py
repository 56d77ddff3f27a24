"""Briefings: what each player is shown before it decides. Lagged, private and public figures are put together here only."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from sim import demand, lab_briefings, policy, regulation, supply, welfare
from sim.arrays import Array, Index, Mask, ratio, read_only, total_by_group
from sim.contract import (
    HABITS,
    CloudBriefing,
    LabBriefing,
    PublicBriefing,
    RegulatorBriefing,
    SegmentBriefing,
    VendorBriefing,
)
from sim.industry import Made
from sim.monitoring import FORECAST_WIDTH, Seen, supplier_groups
from sim.parameters import Parameters
from sim.roster import numbers
from sim.units import HOURS_PER_QUARTER, QUARTERS_PER_YEAR, USD_PER_MUSD

if TYPE_CHECKING:
    from sim.game import Game

LOOK_AHEAD = 3
"""Quarters ahead for which owners see powered sites and designers see the roadmap."""

B = TypeVar("B", PublicBriefing, CloudBriefing, VendorBriefing, SegmentBriefing, LabBriefing, RegulatorBriefing)


def _locked(briefing: B) -> B:
    """The same briefing with every array locked (a seat cannot change the game by writing into what it is shown) and C-ordered
    (what a seat adds up must not depend on how the market cut its part out)."""
    shown: dict[str, Any] = {field.name: getattr(briefing, field.name) for field in fields(briefing)}
    locked: dict[str, Any] = {
        name: read_only(np.ascontiguousarray(value)) if isinstance(value, np.ndarray) else value
        for name, value in shown.items()
    }
    return replace(briefing, **locked)


def habits(p: Parameters) -> Parameters:
    """The part of the parameters that describes how players decide."""
    return Parameters({name: getattr(p, name) for name in HABITS})


def public(game: Game, p: Parameters) -> PublicBriefing:
    """The public market table of a quarter."""
    state, seen = game.supply, game.monitor.seen(game.quarter)
    index = game.spending_index * p.demand_level
    rates = (p.spending_growth_start, p.spending_growth_long_run, p.spending_growth_half_life_quarters)
    ahead = [demand.spending_growth(*rates, game.quarter + k + 1) for k in range(QUARTERS_PER_YEAR)]
    next_year = index * np.exp(np.sum(ahead, axis=0))
    band = next_year[:, None] * np.exp(FORECAST_WIDTH * np.array([-1.0, 1.0]))
    edge = ratio(game.edge_base, game.start_wanted[1].sum(axis=1))
    return _locked(PublicBriefing(
        quarter=game.quarter, price_usd_per_h100e_hour=state.price, announced_h100e=state.fleet.total() + state.arriving + state.backlog,
        remedies_in_force=game.strength, remedies_announced=game.announced, chip_price_usd_per_h100e=state.chip_price,
        next_launch_quarters=game.start.next_launch(game.start.quarter + game.quarter, p), spot_price_usd_per_h100e_hour=game.spot_index,
        demand_index=index, edge_index=edge,
        utilisation_seen=seen.utilisation, family_share_seen=seen.family_share, order_book_seen_h100e=seen.order_book,
        supplier_mix_seen=seen.supplier_mix, demand_forecast_seen=band, case_stage=game.cases.stage, regulator_signal=game.cases.signal,
        **lab_briefings.public(game.product),
    ))  # fmt: skip


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

    return _locked(CloudBriefing(
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


@dataclass(frozen=True)
class LineBook:
    """Standing figures of all production lines: (worlds, lines) growth, backlog H100e, wafers last booked; ahead (worlds,
    families) H100e per wafer expected at arrival; separation (worlds,) between a design arm and its cloud."""

    growth: Array
    backlog_h100e: Array
    last_booking_wafers: Array
    ahead: Array
    separation: Array
    revenue_musd: Array
    habits: Parameters


def vendor(family: int, game: Game, book: LineBook, made: Made, p: Parameters) -> VendorBriefing:
    """A chip designer's private board; its lines are core and edge."""
    roster, state, worlds = game.roster, game.supply, game.streams.worlds
    lines = [family, family + len(roster.families)]
    table = roster.tables["families"]
    return _locked(VendorBriefing(
        name=roster.families[family], family=family, unit_cost_usd_per_h100e=made.unit_cost[:, family],
        chip_price_usd_per_h100e=state.chip_price[:, family], gross_margin=p.vendor_gross_margin[:, family],
        own_design=bool(roster.family_is_own[family]), separation=book.separation, order_flow_h100e=state.order_flow[:, lines],
        order_growth=book.growth[:, lines], backlog_h100e=book.backlog_h100e[:, lines], inventory_h100e=state.inventory[:, lines],
        h100e_per_wafer_at_arrival=np.repeat(book.ahead[:, family, None], 2, axis=1),
        last_booking_wafers=book.last_booking_wafers[:, lines], lead_quarters=p.foundry_lead_quarters,
        cash_musd=game.balance.vendor_cash[:, family], revenue_musd=book.revenue_musd[:, family],
        research_share=np.full(worlds, numbers(table, "research_share")[family]),
        openness=np.full(worlds, numbers(table, "openness")[family]), last=game.last.get(roster.families[family]), habits=book.habits,
    ))  # fmt: skip


def regulator(name: str, region: int, scheduled: Array, game: Game) -> RegulatorBriefing:
    """What law schedules for the coming quarter in a regulator's region."""
    k, cases, agencies = game.roster.regulators.index(name), game.cases, game.agencies
    rented = supply.by_owner(game.in_use(), game.roster.pool_owner, len(game.roster.owners))[:, game.roster.is_cloud]
    used = supply.by_owner(game.in_use(), game.roster.pool_family, len(game.roster.families))
    return _locked(RegulatorBriefing(
        name=name, scheduled_strength=np.ascontiguousarray(scheduled[:, region]), stage=cases.stage[:, k],
        stage_quarters=cases.quarters[:, k], evidence_over_proof=cases.evidence[:, k] / agencies.proof[k],
        signal_seen=game.conduct_seen[:, k], complaint=cases.complaint[:, k],
        commitments_offered=regulation.offered(cases, agencies)[:, k], not_possible=regulation.refusals(cases, agencies)[:, k],
        refused=cases.refused[:, k], hhi_cloud=welfare.hhi(rented), hhi_silicon=welfare.hhi(used), last=game.last.get(name),
    ))  # fmt: skip


# --- all private briefings of a quarter ------------------------------------------------------------


def private(game: Game, p: Parameters, made: Made, rules: policy.Rules) -> dict[tuple[str, str], Any]:
    """(role, name) -> briefing of every party."""
    roster, shared = game.roster, habits(p)
    owners, lines = _owner_book(game, p, made, shared), _line_book(game, p, rules, shared)
    shown: dict[tuple[str, str], Any] = {}
    for k, owner in enumerate(roster.owners):
        shown["cloud", owner] = cloud(k, game, owners, made, p)
    for f, family in enumerate(roster.families):
        shown["vendor", family] = vendor(f, game, lines, made, p)
    scheduled = policy.docket(game.path.at(game.quarter + 1))
    for name, region in zip(roster.regulators, roster.regulator_region, strict=True):
        shown["regulator", name] = regulator(name, int(region), scheduled, game)
    shown.update(_buyer_briefings(game, p, shared))
    return shown


def _line_book(game: Game, p: Parameters, rules: policy.Rules, shared: Parameters) -> LineBook:
    industry, state = game.industry, game.supply
    ahead = game.start.made(game.start.quarter + game.quarter + LOOK_AHEAD, p).h100e_per_wafer
    # what was booked last: the farthest slot that is filled, one lead time ahead less this quarter
    position = np.maximum(np.rint(p.foundry_lead_quarters).astype(np.int64) - 2, 0)
    last = state.queue[np.arange(len(position)), :, position]
    backlog = supply.by_owner(state.backlog, industry.line, industry.lines)
    none = np.zeros_like(game.balance.vendor_cash)
    revenue = none if game.statement is None else game.statement.vendor_revenue
    return LineBook(industry.line_growth(state), backlog, last, ahead, rules.separation, revenue, shared)


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


def watched(game: Game) -> Seen:
    """What monitoring takes in after a quarter (or at the start): true figures, shown later and with noise."""
    roster, state = game.roster, game.supply
    use, installed = game.in_use(), state.fleet.total()
    owners = supply.by_owner(
        np.stack([use, installed], axis=0).reshape(-1, len(roster.pools)), roster.pool_owner, len(roster.owners)
    )
    by_owner = owners.reshape(2, len(use), -1)
    lines = supply.by_owner(state.backlog, game.industry.line, game.industry.lines)
    families = len(roster.families)
    market, core = game.markets[0], game.sites[0]
    groups = supplier_groups(roster, market.site)
    live = core.book.live()
    by_lab = [live[:, :, market.site.buyer_lab == lab].sum(axis=2) for lab in range(len(roster.labs))]
    mix = np.stack([total_by_group(offers, groups) for offers in by_lab], axis=1)
    return Seen(
        ratio(by_owner[0], by_owner[1]),
        ratio(supply.by_owner(use, roster.pool_family, families), use.sum(axis=1, keepdims=True)),
        lines[:, :families] + lines[:, families:], ratio(mix, mix.sum(axis=2, keepdims=True)),
    )  # fmt: skip


def _buyer_briefings(game: Game, p: Parameters, shared: Parameters) -> dict[tuple[str, str], Any]:
    shown: dict[tuple[str, str], Any] = {}
    for number, market in enumerate(game.markets):
        site = market.site
        for party in dict.fromkeys(site.buyer_party):
            members = np.array([b for b, other in enumerate(site.buyer_party) if other == party])
            lab = int(site.buyer_lab[members[0]])
            common: dict[str, Any] = _wants(game, number, members, lab, p)
            if lab >= 0:
                shown["lab", party] = _locked(
                    LabBriefing(
                        party,
                        **common,
                        habits=shared,
                        **_lab_position(game, number, members, lab),
                        **lab_briefings.product(game, lab, p),
                    )
                )
            else:
                shown["segment", party] = _locked(SegmentBriefing(party, **common, habits=shared))
    return shown


def _wants(game: Game, number: int, members: Index, lab: int, p: Parameters) -> dict[str, Array]:
    """What any buyer's board starts from, (worlds, types) each."""
    site, state = game.roster.sites[number], game.sites[number]
    core = site.name == "core"
    ones = np.ones_like(p.demand_level)
    level = p.lab_demand_level[:, lab] * p.demand_level if lab >= 0 else p.demand_level if core else ones
    start = game.start_wanted[number] if core else game.adopted
    return {
        "start_h100e": start[:, members], "spending_index": game.spending_index if core else game.edge_base,
        "felt_price_usd": state.felt_price[:, members], "start_price_usd": state.start_price[:, members],
        "shock": np.exp(game.noise.sites[number].log_demand[game.quarter])[:, members], "level": level,
        "usual_term_quarters": game.start.terms(site, p)[:, members],
    }  # fmt: skip


def _lab_position(game: Game, number: int, members: Index, lab: int) -> dict[str, Any]:
    """A lab's own position in the market after last quarter, (worlds,) unless said."""
    state, worlds, buyer = game.sites[number], game.streams.worlds, int(members[0])
    live = state.book.live()[:, :, buyer]
    last = game.last_outcomes[number] if game.last_outcomes else None
    mix = total_by_group(live, supplier_groups(game.roster, game.roster.sites[number]))
    table = game.roster.tables["labs"]
    own = {
        name: np.full(worlds, numbers(table, name)[lab])
        for name in ("training_share", "token_price_usd_per_mtoken", "small_model_share")
    }
    bill = state.book.hourly_bill_usd()[:, :, buyer].sum(axis=1) / USD_PER_MUSD
    bill = bill if last is None else last.bill_musd_per_hour[:, :, buyer].sum(axis=1)
    return {
        "used_h100e": live.sum(axis=1) if last is None else last.used[:, :, buyer].sum(axis=1), "committed_h100e": live.sum(axis=1),
        "expiring_h100e": state.book.capacity_h100e[:, :, buyer, 0].sum(axis=1), "waiting_h100e": state.waiting[:, buyer].sum(axis=1),
        "supplier_mix": ratio(mix, mix.sum(axis=1, keepdims=True)), "ports": np.ascontiguousarray(state.ports[:, buyer]),
        "bill_musd": bill * HOURS_PER_QUARTER, **own, "last": game.last.get(game.roster.labs[lab]),
    }  # fmt: skip
