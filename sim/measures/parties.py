"""What a quarter was to each party: money, capacity in use, share, and what a regulator is there for. Read by
objectives."""

from __future__ import annotations

import numpy as np

from sim.accounts import ledger
from sim.arrays import Array, ratio, total_by
from sim.enforcement import cases
from sim.equilibrium import welfare
from sim.measures import labs, prices
from sim.metrics import PARTY_METRICS
from sim.state import Given, Quarter, State
from sim.units import HHI_SCALE, HOURS_PER_QUARTER

Row = dict[str, Array]

ERROR_SHARE = 0.02
"""Harm of a full remedy on harmless conduct, as a share of the region's compute bill. Judgement."""
HASTE_SHARE = 0.01
"""What a step without evidence costs a regulator in standing, on the same scale. Judgement."""


def measure(g: Given, before: State, after: State, played: Quarter) -> dict[tuple[str, str], Row]:
    """(role, party) -> PARTY_METRICS, (worlds,) each; what a role does not have is 0. Segments only follow rules and
    have no row."""
    rows = _owners(g, after, played) | _vendors(g, before, after, played)
    rows |= _labs(g, after, played) | _regulators(g, after, played)
    none = np.zeros(g.worlds)
    return {key: {metric.name: row.get(metric.name, none) for metric in PARTY_METRICS} for key, row in rows.items()}


def _owners(g: Given, after: State, played: Quarter) -> dict[tuple[str, str], Row]:
    roster, done, balance = g.roster, played.statement, after.balance
    used, rented = played.use.by_owner(roster), played.use.rented_by_owner(roster)
    book = (
        ledger.net_book_value(balance.equipment.capex_by_age, played.opened.p.useful_life_quarters)
        + balance.sites_gross
    )
    online = total_by(played.opened.made.online, roster.pool_owner, len(roster.owners))
    share = ratio(rented, rented.sum(axis=1, keepdims=True))
    return {
        ("cloud", owner): {
            "revenue_musd": done.revenue[:, k],
            "operating_income_musd": done.operating_income[:, k],
            "free_cash_flow_musd": done.free_cash_flow[:, k],
            "cash_musd": balance.cash[:, k],
            "book_value_musd": book[:, k],
            "use_h100e": used[:, k],
            "share": share[:, k],
            "utilisation": ratio(used[:, k], online[:, k]),
        }
        for k, owner in enumerate(roster.owners)
    }


def _vendors(g: Given, before: State, after: State, played: Quarter) -> dict[tuple[str, str], Row]:
    used, cash = played.use.by_family(g.roster), after.balance.vendor_cash
    share, flow = ratio(used, used.sum(axis=1, keepdims=True)), cash - before.balance.vendor_cash
    return {
        ("vendor", family): {
            "revenue_musd": played.statement.vendor_revenue[:, f],
            "operating_income_musd": flow[:, f],
            "free_cash_flow_musd": flow[:, f],
            "cash_musd": cash[:, f],
            "use_h100e": used[:, f],
            "share": share[:, f],
        }
        for f, family in enumerate(g.roster.families)
    }


def _labs(g: Given, after: State, played: Quarter) -> dict[tuple[str, str], Row]:
    core, outcome = g.roster.sites[0], played.outcomes[0]
    total = outcome.used.sum(axis=(1, 2))
    rows, accounts_of = {}, labs.party_rows(g.labs, after.labs)
    for number, lab in enumerate(g.roster.labs):
        mine = core.buyer_lab == number
        used = outcome.used[:, :, mine].sum(axis=(1, 2))
        bill = outcome.bill_musd_per_hour[:, :, mine].sum(axis=(1, 2)) * HOURS_PER_QUARTER
        own = {"use_h100e": used, "share": ratio(used, total), "compute_bill_musd": bill}
        rows["lab", lab] = {**own, **accounts_of[lab]}
    return rows


def _regulators(g: Given, after: State, played: Quarter) -> dict[tuple[str, str], Row]:
    roster, state = g.roster, after.cases
    surplus, bill = _by_region(g, after, played)
    wrong = cases.errors(state, played.signs, played.opened.p.harmless_conduct)
    clouds, silicon = welfare.hhi(played.use.rented_by_owner(roster)), welfare.hhi(played.use.by_family(roster))
    entry = 1.0 - 0.5 * (clouds + silicon) / HHI_SCALE
    return {
        ("regulator", name): {
            "buyer_surplus_musd": surplus[:, region],
            "compute_bill_musd": bill[:, region],
            "entry_value_musd": entry * bill[:, region],
            "error_cost_musd": ERROR_SHARE * wrong[:, k] * bill[:, region],
            "legitimacy_cost_musd": HASTE_SHARE * state.haste[:, k] * bill[:, region],
        }
        for k, (name, region) in enumerate(zip(roster.regulators, roster.regulator_region, strict=True))
    }


def _by_region(g: Given, after: State, played: Quarter) -> tuple[Array, Array]:
    """Buyer surplus and compute bill by region, musd (worlds, regions)."""
    surplus = np.zeros((g.worlds, len(g.roster.regions)))
    bill = np.zeros_like(surplus)
    for market, state, outcome in zip(g.markets.sites, after.sites, played.outcomes, strict=True):
        mine = prices.surplus(market, state, outcome, played.opened.p).sum(axis=2)
        spent = outcome.bill_musd_per_hour.sum(axis=1) * HOURS_PER_QUARTER
        for region, buyers in market.site.region_slices:
            surplus[:, region] += mine[:, buyers].sum(axis=1)
            bill[:, region] += spent[:, buyers].sum(axis=1)
    return surplus, bill
