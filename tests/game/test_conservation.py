"""Nothing is made or lost: money, chips, demand; accounts close; what is used was committed and online."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from sim.accounts.ledger import net_book_value
from sim.metrics import METRICS
from sim.records import Records
from sim.scenario import Scenario, load
from sim.units import HOURS_PER_QUARTER
from tests.game.play import BASE, LIBRARY, Seen, Witness, changed, play, shock, watch

EXACT = 1e-9
REMEDIES = [
    shock(f"{remedy}_{region}", 1.0, "2026Q3", announced="2026Q1")
    for remedy in (
        "self_preferencing_ban",
        "switching_fee_ban",
        "interoperability_duty",
        "term_cap_duty",
        "exclusivity_ban",
    )
    for region in ("us", "eu")
]
STRESSES = {
    "baseline": BASE,
    "foundry halves": changed(shock("foundry_capacity_factor", 0.4)),
    "half of Nvidia's chips go abroad": changed(shock("supply_diversion_nvidia", 0.5, "2026Q2")),
    "sites lose power": changed(shock("power_level", 0.5, "2026Q3")),
    "the anchor lab leaves": changed(shock("contract_release_share_anthropic", 0.5, "2026Q3")),
    "a tariff": changed(shock("accelerator_tariff", 0.25, "2026Q2")),
    "remedies": changed(*REMEDIES, shock("structural_separation_us", 1.0, "2026Q3")),
    "demand collapses": changed(shock("demand_level", 0.3, "2026Q3")),
    "scarcity is priced": changed(rationing_by_price=1.0),
}  # fmt: skip
SHIPPED = sorted(path.stem for path in LIBRARY.rglob("*.toml") if path.stem != "study")


LONG = "baseline, longer"


@pytest.fixture(scope="module", params=[*STRESSES, pytest.param(LONG, marks=pytest.mark.whole)])
def watched(request: pytest.FixtureRequest) -> Iterator[tuple[str, Records, Witness]]:
    """Six quarters of three worlds of each market, and twelve of eight of the baseline."""
    name = request.param
    worlds, quarters = (8, 12) if name == LONG else (3, 6)
    yield (name, *watch(BASE if name == LONG else STRESSES[name], worlds, quarters))


def close(one: np.ndarray, other: np.ndarray) -> None:
    """Equal to 1e-9 of the largest amount in the same world."""
    one, other = np.broadcast_arrays(one, other)
    scale = np.maximum(np.abs(other).reshape(len(other), -1).max(axis=1), 1.0)
    assert np.all(np.isfinite(one)) and np.all(np.isfinite(other))
    assert (np.abs(one - other).reshape(len(one), -1).max(axis=1) / scale).max() < EXACT


def balances(witness: Witness) -> Iterator[tuple[Seen, object, object]]:
    """Each quarter with the balance before and after it."""
    before = witness.opening
    for seen in witness.quarters:
        yield seen, before, seen.balance
        before = seen.balance


# --- the three conservation laws ------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", ["money_imbalance", "chip_imbalance", "demand_imbalance"])
def test_nothing_is_made_or_lost(watched: tuple[str, Records, Witness], law: str) -> None:
    assert watched[1].metric(law).max() < EXACT


def test_every_chip_made_is_with_an_owner_abroad_or_in_stock(watched: tuple[str, Records, Witness]) -> None:
    """Counted over the whole game from outside: made = diverted + delivered + left in inventory, by line."""
    game, quarters = watched[2].game, watched[2].quarters
    line = game.given.industry.line
    made = sum(seen.made.output for seen in quarters)
    abroad = sum(seen.made.diverted for seen in quarters)
    by_line = np.zeros_like(made)
    for seen in quarters:
        np.add.at(by_line.T, line, seen.made.delivered.T)
    close(made, abroad + by_line + quarters[-1].supply.inventory)


def test_fleets_are_what_was_installed_less_what_retired(watched: tuple[str, Records, Witness]) -> None:
    """Installed at the end = after the first quarter + deliveries since (a quarter's transit) - retirements."""
    quarters = watched[2].quarters
    arrived = sum(seen.made.delivered for seen in quarters[:-1])
    retired = sum(seen.made.retired for seen in quarters[1:])
    close(quarters[-1].made.installed, quarters[0].made.installed + arrived - retired)


def test_wanted_demand_is_live_or_seeks_and_what_seeks_is_signed_or_waits(
    watched: tuple[str, Records, Witness],
) -> None:
    """By buyer: seeking = wanted - what live commitments cover, deals in full, never below 0; and seeking = signed +
    waiting."""
    for seen in watched[2].quarters:
        over = 1.0 + seen.p.overcommitment[:, None]
        for site, outcome in zip(watched[2].game.roster.sites, seen.outcomes, strict=True):
            wanted = np.empty_like(outcome.committed[:, 0])
            for party in dict.fromkeys(site.buyer_party):
                members = [buyer for buyer, other in enumerate(site.buyer_party) if other == party]
                wanted[:, members] = seen.decisions[party].wanted_h100e.reshape(len(wanted), -1)
            sought, signed = outcome.seekers.mass.sum(axis=2), outcome.signed.sum(axis=1) / over
            owed = outcome.frozen.conditions.owed
            firm = 0.0 * outcome.committed if owed is None else np.minimum(outcome.frozen.live, owed.level)
            live = firm.sum(axis=1) + (outcome.frozen.live - firm).sum(axis=1) / over
            close(sought, np.maximum(np.maximum(wanted, firm.sum(axis=1)) - live, 0.0))
            close(sought, signed + outcome.clearing.outside.sum(axis=2) / over)


def test_clearing_converges(watched: tuple[str, Records, Witness]) -> None:
    assert watched[1].metric("clearing_residual").max() <= 1e-9
    assert watched[1].metric("nonconverged").max() == 0.0


# --- accounts -------------------------------------------------------------------------------------------------------


def test_nobody_is_below_nothing_and_lenders_stop_at_their_multiple(watched: tuple[str, Records, Witness]) -> None:
    """Debt never rises above the multiple of the quarter's EBITDA, four times as much in a year."""
    for seen, before, after in balances(watched[2]):
        assert after.cash.min() >= -1e-6 and after.debt.min() >= 0.0
        earned = np.maximum(seen.statement.revenue - seen.statement.cash_costs, 0.0)
        most = np.maximum(before.debt, 4.0 * seen.p.lender_multiple[:, None] * earned)
        assert (after.debt <= most * (1.0 + 1e-12)).all()


def test_cash_changes_by_free_cash_flow(watched: tuple[str, Records, Witness]) -> None:
    """The ledger moves cash; the statement counts free cash flow on its own: they agree for every owner."""
    for seen, before, after in balances(watched[2]):
        close(after.cash - before.cash, seen.statement.free_cash_flow + seen.statement.financing)


def test_free_cash_flow_is_money_in_less_money_out(watched: tuple[str, Records, Witness]) -> None:
    for seen in watched[2].quarters:
        s = seen.statement
        close(s.free_cash_flow, s.revenue - s.cash_costs - s.tax - s.interest - s.capex)
        close(s.operating_income, s.revenue - s.cash_costs - s.depreciation - s.write_off)


def test_book_value_grows_by_what_is_bought_and_shrinks_by_what_is_charged(
    watched: tuple[str, Records, Witness],
) -> None:
    for seen, before, after in balances(watched[2]):
        p, s = seen.p, seen.statement
        sites = after.sites_gross - before.sites_gross
        site_charge = before.sites_gross / p.site_life_quarters[:, None]
        service = np.arange(before.equipment.capex_by_age.shape[2]) < np.rint(p.retirement_quarters)[:, None] - 1.0
        old, new = (
            net_book_value(b.equipment.capex_by_age * service[:, None], p.useful_life_quarters) for b in (before, after)
        )
        close(new, old + s.capex - sites - (s.depreciation - site_charge) - s.write_off)


def test_vendors_receive_what_owners_and_foreigners_pay_for_chips(watched: tuple[str, Records, Witness]) -> None:
    """Recomputed pool by pool from deliveries, the price they were ordered at and the terms of the pair."""
    roster, families = watched[2].game.roster, len(watched[2].game.roster.families)
    for seen, before, after in balances(watched[2]):
        paid = np.zeros_like(seen.statement.vendor_revenue)
        for pool, family in enumerate(roster.pool_family):
            billed = seen.chip_price[:, family] * seen.deal[:, pool]
            paid[:, family] += seen.made.delivered[:, pool] * billed / 1e6
        abroad = (seen.made.diverted[:, :families] + seen.made.diverted[:, families:]) * seen.chip_price / 1e6
        close(seen.statement.chip_spend.sum(axis=1), paid)
        close(seen.statement.vendor_revenue, paid + abroad)
        research = seen.p.research_intensity[:, None] * seen.statement.vendor_revenue
        spent = seen.statement.vendor_cost + research
        close(after.vendor_cash - before.vendor_cash, seen.statement.vendor_revenue - spent)


def test_clouds_receive_what_buyers_and_parents_pay(watched: tuple[str, Records, Witness]) -> None:
    """Recomputed from bills, exit and switching charges by buyer, and own use at cost."""
    roster = watched[2].game.roster
    for seen in watched[2].quarters:
        received = np.zeros_like(seen.statement.revenue)
        for site, outcome in zip(roster.sites, seen.outcomes, strict=True):
            flows = outcome.bill_musd_per_hour + outcome.exit_fee_musd_per_hour
            received += outcome.switching_fee_musd_per_hour.sum(axis=2) * HOURS_PER_QUARTER
            for offer, owner in enumerate(site.offer_owner):
                received[:, owner] += flows[:, offer].sum(axis=1) * HOURS_PER_QUARTER
        close(received.sum(axis=1), seen.statement.buyer_spend)
        for pool, owner in enumerate(roster.pool_owner):
            received[:, owner] += (
                seen.captive[:, pool] * seen.made.costs.long_run_usd[:, pool] * HOURS_PER_QUARTER / 1e6
            )
        close(received, seen.statement.revenue)


def test_take_or_pay_bills_lie_between_use_and_commitment(watched: tuple[str, Records, Witness]) -> None:
    """A commitment is billed for at least what is used and at most in full, at the prices it was signed at."""
    for seen in watched[2].quarters:
        for state, outcome in zip(seen.sites, seen.outcomes, strict=True):
            full = state.book.hourly_usd.sum(axis=3) / 1e6
            part = np.divide(outcome.used, outcome.committed, out=np.zeros_like(full), where=outcome.committed > 0.0)
            share = np.maximum(part, seen.p.take_or_pay[:, None, None])
            close(outcome.bill_musd_per_hour, full * np.minimum(share, 1.0))


# --- capacity -------------------------------------------------------------------------------------------------------


def test_nothing_is_used_that_is_not_committed_and_online(watched: tuple[str, Records, Witness]) -> None:
    for seen in watched[2].quarters:
        for site, outcome in zip(watched[2].game.roster.sites, seen.outcomes, strict=True):
            used = outcome.direct_use_by_pool + outcome.managed_use_by_pool
            room = 1e-9 * np.maximum(outcome.capacity, 1.0)
            assert np.all(outcome.used <= outcome.committed * (1.0 + EXACT))
            assert np.all(used <= outcome.committed_by_pool + room)
            assert np.all(used + outcome.captive_used <= seen.made.online[:, site.pools] + room)
            assert np.all(seen.made.online <= seen.made.installed * (1.0 + EXACT))


def test_nothing_is_sold_twice(watched: tuple[str, Records, Witness]) -> None:
    """Where commitments exceed what is online, capacity was lost after they were signed: nothing new was signed."""
    for seen in watched[2].quarters:
        for outcome in seen.outcomes:
            over = outcome.committed_by_pool + outcome.captive_used > outcome.capacity * (1.0 + 1e-6) + 1e-3
            assert np.all(outcome.clearing.pool_quantity[over] < 1e-3)


def test_use_by_pool_adds_up_to_use_by_buyer(watched: tuple[str, Records, Witness]) -> None:
    for seen in watched[2].quarters:
        for outcome in seen.outcomes:
            by_pool = (outcome.direct_use_by_pool + outcome.managed_use_by_pool).sum(axis=1)
            close(by_pool, outcome.used.sum(axis=(1, 2)) + outcome.sublet.sum(axis=1))
            close(outcome.committed_by_pool.sum(axis=1), outcome.committed.sum(axis=(1, 2)))


# --- records --------------------------------------------------------------------------------------------------------


def test_offers_add_up_to_the_metrics(watched: tuple[str, Records, Witness]) -> None:
    quarters, offers = watched[1].quarters(), watched[1].offers()
    total = offers.groupby(["world", "quarter"], sort=True)[["installed_h100e", "used_h100e"]].sum()
    expected = quarters.set_index(["world", "quarter"]).sort_index()
    for column in total.columns:
        assert np.allclose(total[column], expected[column], rtol=EXACT)
    mine = offers[offers["family"] == "trainium"].groupby(["world", "quarter"])["used_h100e"].sum()
    assert np.allclose(mine / total["used_h100e"], expected["trainium_share_used"], rtol=EXACT)


def test_records_are_finite_and_shares_are_shares(watched: tuple[str, Records, Witness]) -> None:
    quarters, offers = watched[1].quarters(), watched[1].offers()
    assert np.isfinite(quarters.select_dtypes("number")).all(axis=None)
    assert np.isfinite(offers.select_dtypes("number")).all(axis=None)
    shares = [metric.name for metric in METRICS if metric.unit == "0-1"]
    assert quarters[shares].min().min() >= -1e-12
    wrong = [name for name in shares if quarters[name].max() > 1.0 + EXACT and not name.startswith("booked_ratio")]
    assert wrong == []
    assert quarters[["hhi_cloud", "hhi_silicon"]].max().max() <= 10_000.0 + 1e-6


def test_no_offer_is_negative(watched: tuple[str, Records, Witness]) -> None:
    offers = watched[1].offers()
    amounts = offers[["used_h100e", "committed_h100e", "price_usd_per_h100e_hour", "shadow_price"]]
    assert amounts.min().min() >= -1e-3


@pytest.mark.whole
@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_scenario_converges_and_conserves(name: str) -> None:
    scenario: Scenario = load(name, LIBRARY)
    records = play(scenario, worlds=3, quarters=8)
    assert records.metric("nonconverged").max() == 0.0
    for law in ("money_imbalance", "chip_imbalance", "demand_imbalance"):
        assert records.metric(law).max() < EXACT
