"""Who pays whom in a quarter, and what it leaves: revenue, operating income, cash, capital spending by owner and vendor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.accounts import ledger as accounts
from sim.accounts.ledger import Assets, Ledger
from sim.arrays import Array, total_by
from sim.enforcement.conduct import CaseFines
from sim.market.state import SiteOutcome
from sim.market.sublets import Traded
from sim.parameters import Parameters
from sim.roster import Roster
from sim.supply.industry import Made
from sim.units import HOURS_PER_QUARTER, USD_PER_MUSD, WATTS_PER_KW, musd_for_hours

OTHERS = (
    "foundry", "builders", "utilities", "parents", "treasury", "software", "outside", "edge-partners", "exchange", "investors",
    "staff",
)  # fmt: skip


@dataclass(frozen=True)
class Balance:
    """Stocks of money: cash (worlds, owners), vendor_cash (worlds, families), equipment by age, gross value of sites
    (worlds, owners)."""

    cash: Array
    vendor_cash: Array
    equipment: Assets
    sites_gross: Array


@dataclass(frozen=True)
class Statement:
    """A quarter's accounts, musd: (worlds, owners) unless said. vendor_* (worlds, families); spend (worlds, parties)."""

    revenue: Array
    cash_costs: Array
    depreciation: Array
    write_off: Array
    operating_income: Array
    tax: Array
    capex: Array
    free_cash_flow: Array
    vendor_revenue: Array
    vendor_cost: Array
    buyer_spend: Array
    switching_spend: Array
    fees: Array
    energy_mwh: Array
    fines: Array
    imbalance: Array
    chip_spend: Array


class Bookkeeper:
    """Settles a quarter through one ledger."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self.buyers = roster.buyers
        self.vendors = tuple(f"vendor:{family}" for family in roster.families)
        self.parties = (*roster.owners, *self.vendors, *(f"buyer:{b}" for b in self.buyers), *OTHERS)

    def open(self, equipment: Assets, sites_gross: Array) -> Balance:
        """Balances at the start: owners' cash from the roster, equipment and sites on the books (worlds, owners)."""
        worlds = len(sites_gross)
        cash = np.tile([float(row["cash_musd"]) for row in self.roster.tables["owners"]], (worlds, 1))
        return Balance(cash, np.zeros((worlds, len(self.roster.families))), equipment, sites_gross)

    def settle(
        self, p: Parameters, balance: Balance, made: Made, outcomes: tuple[SiteOutcome, ...], captive_used: Array,
        kits: Array, edge_work: Array, labs_work: Array, watts: Array, chip_price: Array, deal: Array, traded: Traded,
        case_fines: CaseFines, also: Callable[[Ledger], None] = lambda ledger: None,
    ) -> tuple[Balance, Statement]:  # fmt: skip
        """One quarter. captive_used (worlds, pools); kits, edge_work (worlds, owners) musd; labs_work (worlds, labs) musd; watts (worlds, pools)
        average IT watts per H100e; chip_price (worlds, families), deal (worlds, pools): list price and what is paid over it for deliveries; traded: what buyers sublet; case_fines:
        what cases imposed; also: books of others that are kept in the same ledger, called when bills have been paid."""
        roster, worlds, owners = self.roster, len(captive_used), self.roster.owners
        ledger = Ledger(self.parties, worlds)
        revenue, fees, switching, spend = self._rentals(ledger, outcomes)
        internal = musd_for_hours(captive_used, made.costs.long_run_usd)
        internal = total_by(internal, roster.pool_owner, len(owners))
        self._sublets(ledger, traded)
        energy, running = self._running(p, made, outcomes, captive_used, watts)
        capex, chips, tariff, sites = self._capital(p, made, chip_price[:, roster.pool_family] * deal, watts)
        fines = self._fines(p.fine_share + case_fines.cloud_share, outcomes)
        for k, owner in enumerate(owners):
            ledger.pay("parents", owner, internal[:, k], "internal use")
            ledger.pay(owner, "utilities", running[:, k], "power and operations")
            ledger.pay(owner, "software", kits[:, k], "porting kits")
            ledger.pay(owner, "software", edge_work[:, k], "edge programmes")
            ledger.pay(owner, "treasury", fines[:, k], "fines")
            ledger.pay(owner, "treasury", tariff[:, k], "tariffs")
            ledger.pay(owner, "builders", capex[:, k] - chips[:, k].sum(axis=1) - tariff[:, k], "systems and sites")
            for f, vendor in enumerate(self.vendors):
                ledger.pay(owner, vendor, chips[:, k, f], "chips")
        for lab, work in zip(roster.labs, labs_work.T, strict=True):
            ledger.pay(f"buyer:{lab}", "software", work, "second back ends")
        vendor_revenue, vendor_cost, vendor_fines = self._vendors(
            ledger, p, made, chips, chip_price, case_fines.vendor_share
        )
        also(ledger)
        revenue = revenue + internal
        cash_costs = running + kits + edge_work + fines
        return self._close(ledger, p, balance, revenue, cash_costs, capex, sites, {
            "vendor_revenue": vendor_revenue, "vendor_cost": vendor_cost, "buyer_spend": spend, "switching_spend": switching,
            "fees": fees, "fines": fines.sum(axis=1) + vendor_fines.sum(axis=1), "energy_mwh": energy, "chip_spend": chips,
        })  # fmt: skip

    def _rentals(self, ledger: Ledger, outcomes: tuple[SiteOutcome, ...]) -> tuple[Array, Array, Array, Array]:
        """Bills, exit and switching fees to clouds; porting work to software firms. Returns by owner, by owner, total, total."""
        worlds, owners = len(outcomes[0].used), len(self.roster.owners)
        revenue, fees = np.zeros((worlds, owners)), np.zeros((worlds, owners))
        switching, spend = np.zeros(worlds), np.zeros(worlds)
        for site, outcome in zip(self.roster.sites, outcomes, strict=True):
            bills = outcome.bill_musd_per_hour * HOURS_PER_QUARTER
            exits = outcome.exit_fee_musd_per_hour * HOURS_PER_QUARTER
            leaving = outcome.switching_fee_musd_per_hour * HOURS_PER_QUARTER
            ports = outcome.porting_musd_per_hour * HOURS_PER_QUARTER
            for party in site.parties:
                mine = site.members(party)
                port = np.take(ports, mine, axis=2).sum(axis=(1, 2))
                ledger.pay(f"buyer:{party}", "software", port, "porting")
                switching += port
                paid = total_by(np.take(bills, mine, axis=2).sum(axis=2), site.offer_owner, owners)
                charged = total_by(np.take(exits, mine, axis=2).sum(axis=2), site.offer_owner, owners)
                charged = charged + np.take(leaving, mine, axis=2).sum(axis=2)
                for k in sorted(set(site.offer_owner.tolist())):
                    ledger.pay(f"buyer:{party}", self.roster.owners[k], paid[:, k], "rental")
                    ledger.pay(f"buyer:{party}", self.roster.owners[k], charged[:, k], "switching fees")
                revenue, fees = revenue + paid + charged, fees + charged
                spend += paid.sum(axis=1) + charged.sum(axis=1)
        return revenue, fees, switching + fees.sum(axis=1), spend

    def _sublets(self, ledger: Ledger, traded: Traded) -> None:
        """Money between buyers for capacity sublet on the exchange, which keeps nothing."""
        core = self.roster.sites[0]
        for party in core.parties:
            mine = core.members(party)
            ledger.pay(f"buyer:{party}", "exchange", np.take(traded.paid_musd, mine, axis=1).sum(axis=1), "sublets")
            ledger.pay("exchange", f"buyer:{party}", np.take(traded.received_musd, mine, axis=1).sum(axis=1), "sublets")

    def _running(
        self, p: Parameters, made: Made, outcomes: tuple[SiteOutcome, ...], captive_used: Array, watts: Array
    ) -> tuple[Array, Array]:
        """Energy in MWh (worlds,) and cost of power and operations by owner: used capacity at full power, idle at a third."""
        used = captive_used + self.pool_use(outcomes)
        effective = used + (made.online - used) / 3.0
        energy = effective * watts * p.pue[:, None] / USD_PER_MUSD * HOURS_PER_QUARTER
        power = energy * WATTS_PER_KW * p.power_price_usd_per_kwh[:, None] / USD_PER_MUSD
        operations = musd_for_hours(made.online, p.operations_usd_per_h100e_hour[:, None] * watts / 850.0)
        cost = total_by(power + operations, self.roster.pool_owner, len(self.roster.owners))
        return energy.sum(axis=1), cost

    def pool_use(self, outcomes: tuple[SiteOutcome, ...]) -> Array:
        """H100e in use by buyers on every pool: (worlds, pools)."""
        total = np.zeros((len(outcomes[0].used), len(self.roster.pools)))
        for site, outcome in zip(self.roster.sites, outcomes, strict=True):
            total[:, site.pools] += outcome.direct_use_by_pool + outcome.managed_use_by_pool
        return total

    def _capital(self, p: Parameters, made: Made, chip_price: Array, watts: Array) -> tuple[Array, Array, Array, Array]:
        """Capital spending by owner, chips by owner and family, tariffs by owner, site spending by owner (musd).

        Sites are built for the power of new capacity beyond what retired capacity sets free."""
        roster, owners, families = self.roster, len(self.roster.owners), len(self.roster.families)
        chip = made.delivered * chip_price / USD_PER_MUSD
        chips = np.zeros((len(chip), owners, families))
        for pool, (owner, family) in enumerate(zip(roster.pool_owner, roster.pool_family, strict=True)):
            chips[:, owner, family] += chip[:, pool]
        tariff = total_by(chip * p.accelerator_tariff[:, None], roster.pool_owner, owners)
        system = made.delivered * made.costs.capex_usd_per_h100e / USD_PER_MUSD
        equipment = total_by(system, roster.pool_owner, owners)
        core = ~roster.pool_is_edge
        arriving = made.delivered * made.costs.mw_per_h100e * core
        freed = made.retired * watts * p.pue[:, None] / USD_PER_MUSD * core
        new_mw = np.maximum(total_by(arriving - freed, roster.pool_owner, owners), 0.0)
        sites = new_mw * p.site_capex_musd_per_mw[:, None]
        return equipment + sites, chips, tariff, sites

    def _fines(self, by_region: Array, outcomes: tuple[SiteOutcome, ...]) -> Array:
        """Fines on clouds: a share of what their customers in the region paid. (worlds, owners)."""
        fines = np.zeros((len(outcomes[0].used), len(self.roster.owners)))
        for site, outcome in zip(self.roster.sites, outcomes, strict=True):
            share = by_region[:, site.buyer_region]
            by_offer = (outcome.bill_musd_per_hour * HOURS_PER_QUARTER * share[:, None]).sum(axis=2)
            fines += total_by(by_offer, site.offer_owner, len(self.roster.owners))
        return fines

    def _vendors(
        self, ledger: Ledger, p: Parameters, made: Made, chips: Array, chip_price: Array, fine_share: Array
    ) -> tuple[Array, Array, Array]:
        families = len(self.vendors)
        output = made.output[:, :families] + made.output[:, families:]
        cost = output * made.unit_cost / USD_PER_MUSD
        abroad = (made.diverted[:, :families] + made.diverted[:, families:]) * chip_price / USD_PER_MUSD
        research = p.research_intensity[:, None] * (chips.sum(axis=1) + abroad)
        fined = fine_share * (chips.sum(axis=1) + abroad)
        for f, vendor in enumerate(self.vendors):
            ledger.pay(vendor, "treasury", fined[:, f], "fines")
            ledger.pay(vendor, "staff", research[:, f], "research")
            ledger.pay(vendor, "foundry", cost[:, f], "wafers")
            ledger.pay("outside", vendor, abroad[:, f], "chips abroad")
        return chips.sum(axis=1) + abroad, cost, fined

    def _close(
        self, ledger: Ledger, p: Parameters, balance: Balance, revenue: Array, cash_costs: Array, capex: Array, sites: Array,
        rest: dict[str, Array],
    ) -> tuple[Balance, Statement]:  # fmt: skip
        equipment = balance.equipment.add(capex - sites)
        written_off, serving = _write_off(equipment, p)
        book = accounts.depreciation(serving, p.useful_life_quarters)
        tax_book = accounts.depreciation(equipment.capex_by_age, p.tax_life_quarters)
        site_charge = balance.sites_gross / p.site_life_quarters[:, None]
        income = accounts.operating_income(revenue, cash_costs, book + site_charge, written_off)
        taxable = np.maximum(revenue - cash_costs - tax_book - site_charge, 0.0)
        tax = taxable * p.tax_rate[:, None]
        flow = accounts.free_cash_flow(income, book + site_charge, written_off, tax, capex)
        for k, owner in enumerate(self.roster.owners):
            ledger.pay(owner, "treasury", tax[:, k], "tax")
        moved = np.stack([ledger.net(owner) for owner in self.roster.owners], axis=1)
        vendor_moved = np.stack([ledger.net(vendor) for vendor in self.vendors], axis=1)
        after = Balance(
            balance.cash + moved, balance.vendor_cash + vendor_moved, equipment, balance.sites_gross + sites
        )
        statement = Statement(
            revenue=revenue, cash_costs=cash_costs, depreciation=book + site_charge, write_off=written_off, operating_income=income,
            tax=tax, capex=capex, free_cash_flow=flow, imbalance=ledger.imbalance(), **rest,
        )  # fmt: skip
        return after, statement


def _write_off(equipment: Assets, p: Parameters) -> tuple[Array, Array]:
    """Book value left in equipment retired before its reported life ends; spending by age on what was in service till now.

    Taxes follow their own life whatever is reported, so nothing leaves the list of spending itself."""
    ages = np.arange(equipment.capex_by_age.shape[2])
    life, retired = np.rint(p.useful_life_quarters)[:, None], np.rint(p.retirement_quarters)[:, None]
    going = (ages == retired - 1.0) & (retired < life)
    left = np.clip(life - 1.0 - ages, 0.0, None) / life
    lost = np.where(going[:, None], equipment.capex_by_age * left[:, None], 0.0).sum(axis=2)
    return lost, np.where((ages < retired)[:, None], equipment.capex_by_age, 0.0)
