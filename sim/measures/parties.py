"""What a quarter was to each party: money, capacity in use, share, and what a regulator is there for. Read by objectives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.accounts import ledger
from sim.arrays import Array, ratio, total_by
from sim.enforcement import cases
from sim.equilibrium import welfare
from sim.market.site import SiteMarket
from sim.market.state import SiteOutcome, SiteState
from sim.measures import labs
from sim.metrics import PARTY_METRICS
from sim.units import HHI_SCALE, HOURS_PER_QUARTER, musd_for_hours

if TYPE_CHECKING:
    from sim.game import Game

Row = dict[str, Array]

ERROR_SHARE = 0.02
"""Harm of a full remedy on harmless conduct, as a share of the region's compute bill. Judgement."""
HASTE_SHARE = 0.01
"""What a step without evidence costs a regulator in standing, on the same scale. Judgement."""


def measure(game: Game, p: Any, outcomes: tuple[SiteOutcome, ...], statement: Any) -> dict[tuple[str, str], Row]:
    """(role, party) -> PARTY_METRICS, (worlds,) each; what a role does not have is 0. Segments only follow rules and have no row."""
    use = game.in_use()
    rows = _owners(game, p, use, statement)
    rows |= _vendors(game, use, statement)
    rows |= _labs(game, outcomes)
    rows |= _regulators(game, p, outcomes)
    none = np.zeros(game.streams.worlds)
    return {key: {metric.name: row.get(metric.name, none) for metric in PARTY_METRICS} for key, row in rows.items()}


def _owners(game: Game, p: Any, use: Array, statement: Any) -> dict[tuple[str, str], Row]:
    owners, pool_owner = game.roster.owners, game.roster.pool_owner
    by_owner = total_by(use, pool_owner, len(owners))
    rented = total_by(game.books.pool_use(game.last_outcomes), pool_owner, len(owners))
    book = ledger.net_book_value(game.balance.equipment.capex_by_age, p.useful_life_quarters) + game.balance.sites_gross
    online = total_by(game.online, pool_owner, len(owners))
    share = ratio(rented, rented.sum(axis=1, keepdims=True))
    return {
        ("cloud", owner): {
            "revenue_musd": statement.revenue[:, k], "operating_income_musd": statement.operating_income[:, k],
            "free_cash_flow_musd": statement.free_cash_flow[:, k], "cash_musd": game.balance.cash[:, k], "book_value_musd": book[:, k],
            "use_h100e": by_owner[:, k], "share": share[:, k], "utilisation": ratio(by_owner[:, k], online[:, k]),
        }
        for k, owner in enumerate(owners)
    }  # fmt: skip


def _vendors(game: Game, use: Array, statement: Any) -> dict[tuple[str, str], Row]:
    families = game.roster.families
    by_family = total_by(use, game.roster.pool_family, len(families))
    share = ratio(by_family, by_family.sum(axis=1, keepdims=True))
    flow = game.balance.vendor_cash - game.vendor_cash_before
    return {
        ("vendor", family): {
            "revenue_musd": statement.vendor_revenue[:, f], "operating_income_musd": flow[:, f], "free_cash_flow_musd": flow[:, f],
            "cash_musd": game.balance.vendor_cash[:, f], "use_h100e": by_family[:, f], "share": share[:, f],
        }
        for f, family in enumerate(families)
    }  # fmt: skip


def _labs(game: Game, outcomes: tuple[SiteOutcome, ...]) -> dict[tuple[str, str], Row]:
    core, outcome = game.roster.sites[0], outcomes[0]
    total = outcome.used.sum(axis=(1, 2))
    rows, accounts_of = {}, labs.party_rows(game.product)
    for number, lab in enumerate(game.roster.labs):
        mine = core.buyer_lab == number
        used = outcome.used[:, :, mine].sum(axis=(1, 2))
        bill = outcome.bill_musd_per_hour[:, :, mine].sum(axis=(1, 2)) * HOURS_PER_QUARTER
        rows["lab", lab] = {
            "use_h100e": used,
            "share": ratio(used, total),
            "compute_bill_musd": bill,
            **accounts_of[lab],
        }
    return rows


def _regulators(game: Game, p: Any, outcomes: tuple[SiteOutcome, ...]) -> dict[tuple[str, str], Row]:
    roster = game.roster
    surplus = np.zeros((game.streams.worlds, len(roster.regions)))
    bill = np.zeros_like(surplus)
    for market, state, outcome in zip(game.markets, game.sites, outcomes, strict=True):
        mine = _surplus(market, state, outcome, p)
        spent = outcome.bill_musd_per_hour.sum(axis=1) * HOURS_PER_QUARTER
        for region, buyers in market.site.region_slices:
            surplus[:, region] += mine[:, buyers].sum(axis=1)
            bill[:, region] += spent[:, buyers].sum(axis=1)
    rented = total_by(game.books.pool_use(outcomes), roster.pool_owner, len(roster.owners))
    used = total_by(game.in_use(), roster.pool_family, len(roster.families))
    wrong = cases.errors(game.cases, game.conduct, p.harmless_conduct)
    entry = 1.0 - 0.5 * (welfare.hhi(rented) + welfare.hhi(used)) / HHI_SCALE
    return {
        ("regulator", name): {
            "buyer_surplus_musd": surplus[:, region], "compute_bill_musd": bill[:, region], "entry_value_musd": entry * bill[:, region],
            "error_cost_musd": ERROR_SHARE * wrong[:, k] * bill[:, region],
            "legitimacy_cost_musd": HASTE_SHARE * game.cases.haste[:, k] * bill[:, region],
        }
        for k, (name, region) in enumerate(zip(roster.regulators, roster.regulator_region, strict=True))
    }  # fmt: skip


def _surplus(market: SiteMarket, state: SiteState, outcome: SiteOutcome, p: Any) -> Array:
    """Buyer surplus of the quarter's choosers by buyer, musd (worlds, buyers)."""
    alpha = market.price_sensitivity(p)[:, :, None]
    bill = musd_for_hours(outcome.seekers.mass, state.market_price[:, :, None])
    return np.asarray(welfare.consumer_surplus(outcome.clearing.logsum, alpha, bill).sum(axis=2))
