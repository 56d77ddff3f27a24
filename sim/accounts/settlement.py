"""Who pays whom in a quarter, and what it leaves: revenue, operating income, cash, capital spending by owner and
vendor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.accounts import ledger as accounts
from sim.accounts.ledger import Ledger, Payment
from sim.accounts.lending import Raised, credit, interest, rest_of_firm
from sim.accounts.state import Assets, Balance, Statement
from sim.accounts.write_offs import Scrapped, freed_watts
from sim.arrays import Array, PerWorldPool, ratio, total_by
from sim.decisions import Decisions
from sim.enforcement.state import CaseFines
from sim.market.state import SiteOutcome
from sim.market.sublets import Traded
from sim.market.use import Use
from sim.parameters import Parameters
from sim.roster import Roster, numbers
from sim.supply.capacity import Fleet
from sim.supply.state import IndustryState, Made
from sim.units import HOURS_PER_QUARTER, USD_PER_MUSD, WATTS_PER_KW, musd_for_hours

OTHERS = (
    "foundry",
    "builders",
    "utilities",
    "parents",
    "treasury",
    "software",
    "outside",
    "edge-partners",
    "exchange",
    "investors",
    "staff",
    "lenders",
)


@dataclass(frozen=True)
class Bills:
    """What a quarter is billed on. terms: the supply side as the quarter began, whose prices hold for what was
    delivered; fleet: what is installed now; backlog (worlds, pools): H100e on order after the quarter; unpaid (worlds,
    owners, labs): rents that labs in default do not pay, musd."""

    made: Made
    outcomes: tuple[SiteOutcome, ...]
    use: Use
    traded: Traded
    decisions: Decisions
    fines: CaseFines
    terms: IndustryState
    fleet: Fleet
    backlog: PerWorldPool
    unpaid: Array | None = None

    @cached_property
    def watts(self) -> PerWorldPool:
        """Average IT watts per H100e installed."""
        return ratio(self.fleet.it_mw() * 1e6, self.fleet.total())


class Settled(NamedTuple):
    """Books after a quarter, its statement, and the ledger of all payments."""

    balance: Balance
    statement: Statement
    ledger: Ledger


@dataclass(frozen=True)
class _Owners:
    """What owners earn and spend in a quarter, musd (worlds, owners); chips (worlds, owners, families). building: what
    is paid of sites for capacity on order."""

    revenue: Array
    cash_costs: Array
    capex: Array
    sites: Array
    chips: Array
    fines: Array
    building: Array


class Bookkeeper:
    """Settles a quarter through one ledger."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self.vendors = tuple(f"vendor:{family}" for family in roster.families)
        self.parties = (*roster.owners, *self.vendors, *(f"buyer:{b}" for b in roster.buyers), *OTHERS)

    def open(self, equipment: Assets, sites_gross: Array, on_order: Array) -> Balance:
        """Balances at the start: owners' cash and debt from the roster, equipment and sites on the books (worlds,
        owners). on_order: sites for what is on order, musd, half of which are paid, as of works that are on average
        half done."""
        worlds = len(sites_gross)
        cash, debt = (
            np.tile(numbers(self.roster.tables["owners"], name), (worlds, 1)) for name in ("cash_musd", "debt_musd")
        )
        return Balance(
            cash, np.zeros((worlds, len(self.roster.families))), equipment, sites_gross, debt, 0.5 * on_order
        )

    def settle(self, balance: Balance, bills: Bills, also: Iterable[Payment], p: Parameters) -> Settled:
        """One quarter. also: payments of others that are kept in the same ledger, made when bills have been paid."""
        ledger = Ledger(self.parties, len(balance.cash))
        owners, others = self._pay_bills(ledger, balance, bills, p)
        for payment in also:
            ledger.pay(*payment)
        scrapped = Scrapped.of(balance.equipment, bills.made.scrapped, bills.fleet, self.roster, p)
        after, statement = self._close(ledger, balance, owners, scrapped, p, others)
        return Settled(after, statement, ledger)

    def _pay_bills(
        self, ledger: Ledger, balance: Balance, bills: Bills, p: Parameters
    ) -> tuple[_Owners, dict[str, Array]]:
        """All payments of a quarter but taxes: owners' books, and what else a statement shows."""
        rented, fees, switching, spend = self._rentals(ledger, bills.outcomes)
        self._sublets(ledger, bills.traded)
        energy, running = self._running(bills, p)
        owners = self._owners(ledger, bills, (rented, running, balance.building), p)
        for lab, work in zip(self.roster.labs, bills.decisions.labs.portability_musd.T, strict=True):
            ledger.pay(f"buyer:{lab}", "software", work, "second back ends")
        vendor_revenue, vendor_cost, vendor_fines = self._vendors(ledger, bills, owners.chips, p)
        return owners, {
            "vendor_revenue": vendor_revenue,
            "vendor_cost": vendor_cost,
            "buyer_spend": spend,
            "switching_spend": switching,
            "fees": fees,
            "fines": owners.fines.sum(axis=1) + vendor_fines.sum(axis=1),
            "energy_mwh": energy,
            "chip_spend": owners.chips,
        }

    def _rentals(self, ledger: Ledger, outcomes: tuple[SiteOutcome, ...]) -> tuple[Array, Array, Array, Array]:
        """Bills, exit and switching fees to clouds; porting work to software firms. Returns by owner, by owner, total,
        total."""
        worlds, owners = len(outcomes[0].used), len(self.roster.owners)
        revenue, fees = np.zeros((worlds, owners)), np.zeros((worlds, owners))
        switching, spend = np.zeros(worlds), np.zeros(worlds)
        for site, outcome in zip(self.roster.sites, outcomes, strict=True):
            bills = outcome.bill_musd_per_hour * HOURS_PER_QUARTER
            exits = outcome.exit_fee_musd_per_hour * HOURS_PER_QUARTER
            leaving = outcome.switching_fee_musd_per_hour * HOURS_PER_QUARTER
            ports = outcome.porting_musd_per_hour * HOURS_PER_QUARTER
            sellers = [(int(k), self.roster.owners[k]) for k in np.unique(site.offer_owner)]
            for party in site.parties:
                mine, purse = site.members(party), f"buyer:{party}"
                port = np.take(ports, mine, axis=2).sum(axis=(1, 2))
                ledger.pay(purse, "software", port, "porting")
                switching += port
                paid = total_by(np.take(bills, mine, axis=2).sum(axis=2), site.offer_owner, owners)
                charged = total_by(np.take(exits, mine, axis=2).sum(axis=2), site.offer_owner, owners)
                charged = charged + np.take(leaving, mine, axis=2).sum(axis=2)
                for k, seller in sellers:
                    ledger.pay(purse, seller, paid[:, k], "rental")
                    ledger.pay(purse, seller, charged[:, k], "switching fees")
                revenue, fees = revenue + paid + charged, fees + charged
                spend += paid.sum(axis=1) + charged.sum(axis=1)
        return revenue, fees, switching + fees.sum(axis=1), spend

    def _sublets(self, ledger: Ledger, traded: Traded) -> None:
        """Money between buyers for capacity sublet on the exchange, which keeps nothing."""
        core = self.roster.sites[0]
        for party in core.parties:
            mine, purse = core.members(party), f"buyer:{party}"
            ledger.pay(purse, "exchange", np.take(traded.paid_musd, mine, axis=1).sum(axis=1), "sublets")
            ledger.pay("exchange", purse, np.take(traded.received_musd, mine, axis=1).sum(axis=1), "sublets")

    def _running(self, bills: Bills, p: Parameters) -> tuple[Array, Array]:
        """Energy in MWh (worlds,) and cost of power and operations by owner: used capacity at full power, idle at a
        third."""
        used, online, watts = bills.use.total, bills.made.online, bills.watts
        effective = used + (online - used) / 3.0
        energy = effective * watts * p.pue[:, None] / USD_PER_MUSD * HOURS_PER_QUARTER
        power = energy * WATTS_PER_KW * p.power_price_usd_per_kwh[:, None] / USD_PER_MUSD
        operations = musd_for_hours(online, p.operations_usd_per_h100e_hour[:, None] * watts / 850.0)
        cost = total_by(power + operations, self.roster.pool_owner, len(self.roster.owners))
        return energy.sum(axis=1), cost

    def _owners(self, ledger: Ledger, bills: Bills, known: tuple[Array, Array, Array], p: Parameters) -> _Owners:
        """What each owner books beside rentals: own use at cost, power, programmes, fines, chips and sites. known:
        rentals, running costs, and what has been paid of sites under way (worlds, owners)."""
        roster, clouds, (rented, running, building) = self.roster, bills.decisions.clouds, known
        internal = musd_for_hours(bills.use.own, bills.made.costs.long_run_usd)
        internal = total_by(internal, roster.pool_owner, len(roster.owners))
        capex, chips, tariff, sites, building = self._capital(bills, building, p)
        fines = self._fines(p.fine_share + bills.fines.cloud_share, bills.outcomes)
        bad_debts = self._bad_debts(ledger, bills, len(running))
        kits, edge_work = clouds.porting_kit_musd, clouds.edge_programme_musd
        for k, owner in enumerate(roster.owners):
            ledger.pay("parents", owner, internal[:, k], "internal use")
            ledger.pay(owner, "utilities", running[:, k], "power and operations")
            ledger.pay(owner, "software", kits[:, k], "porting kits")
            ledger.pay(owner, "software", edge_work[:, k], "edge programmes")
            ledger.pay(owner, "treasury", fines[:, k], "fines")
            ledger.pay(owner, "treasury", tariff[:, k], "tariffs")
            ledger.pay(owner, "builders", capex[:, k] - chips[:, k].sum(axis=1) - tariff[:, k], "systems and sites")
            for f, vendor in enumerate(self.vendors):
                ledger.pay(owner, vendor, chips[:, k, f], "chips")
        return _Owners(
            rented + internal, running + kits + edge_work + fines + bad_debts, capex, sites, chips, fines, building
        )

    def _bad_debts(self, ledger: Ledger, bills: Bills, worlds: int) -> Array:
        """Rents written off, which stay in the purses of labs in default: (worlds, owners)."""
        if bills.unpaid is None:
            return np.zeros((worlds, len(self.roster.owners)))
        for k, owner in enumerate(self.roster.owners):
            for number, lab in enumerate(self.roster.labs):
                ledger.pay(owner, f"buyer:{lab}", bills.unpaid[:, k, number], "rents written off")
        return np.asarray(bills.unpaid.sum(axis=2))

    def _capital(self, bills: Bills, building: Array, p: Parameters) -> tuple[Array, Array, Array, Array, Array]:
        """Capital spending by owner, chips by owner and family, tariffs by owner, site spending by owner (musd), and
        what is then paid of sites under way.

        Sites are built for the power of new capacity beyond what retired capacity sets free, and paid as they are
        built."""
        roster, made, owners = self.roster, bills.made, len(self.roster.owners)
        chip = made.delivered * (bills.terms.chip_price[:, roster.pool_family] * made.deal) / USD_PER_MUSD
        chips = np.zeros((len(chip), owners, len(roster.families)))
        for pool, (owner, family) in enumerate(zip(roster.pool_owner, roster.pool_family, strict=True)):
            chips[:, owner, family] += chip[:, pool]
        tariff = total_by(chip * p.accelerator_tariff[:, None], roster.pool_owner, owners)
        system = made.delivered * made.costs.capex_usd_per_h100e / USD_PER_MUSD
        equipment = total_by(system, roster.pool_owner, owners)
        core = ~roster.pool_is_edge
        arriving = made.delivered * made.costs.mw_per_h100e * core
        freed = freed_watts(made, bills.fleet, bills.watts) * p.pue[:, None] / USD_PER_MUSD * core
        new_mw = np.maximum(total_by(arriving - freed, roster.pool_owner, owners), 0.0)
        ordered = total_by(bills.backlog * made.costs.mw_per_h100e * core, roster.pool_owner, owners)
        each = p.site_capex_musd_per_mw[:, None]
        sites, building = accounts.built(building, new_mw * each, ordered * each, p.foundry_lead_quarters)
        return equipment + sites, chips, tariff, sites, building

    def _fines(self, by_region: Array, outcomes: tuple[SiteOutcome, ...]) -> Array:
        """Fines on clouds: a share of what their customers in the region paid. (worlds, owners)."""
        fines = np.zeros((len(outcomes[0].used), len(self.roster.owners)))
        for site, outcome in zip(self.roster.sites, outcomes, strict=True):
            share = by_region[:, site.buyer_region]
            by_offer = (outcome.bill_musd_per_hour * HOURS_PER_QUARTER * share[:, None]).sum(axis=2)
            fines += total_by(by_offer, site.offer_owner, len(self.roster.owners))
        return fines

    def _vendors(self, ledger: Ledger, bills: Bills, chips: Array, p: Parameters) -> tuple[Array, Array, Array]:
        """Revenue, cost and fines of vendors, (worlds, families) musd."""
        families, made = len(self.vendors), bills.made
        output = made.output[:, :families] + made.output[:, families:]
        cost = output * made.unit_cost / USD_PER_MUSD
        abroad = (made.diverted[:, :families] + made.diverted[:, families:]) * bills.terms.chip_price / USD_PER_MUSD
        research = p.research_intensity[:, None] * (chips.sum(axis=1) + abroad)
        fined = bills.fines.vendor_share * (chips.sum(axis=1) + abroad)
        for f, vendor in enumerate(self.vendors):
            ledger.pay(vendor, "treasury", fined[:, f], "fines")
            ledger.pay(vendor, "staff", research[:, f], "research")
            ledger.pay(vendor, "foundry", cost[:, f], "wafers")
            ledger.pay("outside", vendor, abroad[:, f], "chips abroad")
        return chips.sum(axis=1) + abroad, cost, fined

    def _close(
        self,
        ledger: Ledger,
        balance: Balance,
        owners: _Owners,
        scrapped: Scrapped,
        p: Parameters,
        rest: dict[str, Array],
    ) -> tuple[Balance, Statement]:
        """Depreciation, write-offs, tax; what is left moves cash."""
        equipment = scrapped.kept.add(owners.capex - owners.sites)
        lost, serving = scrapped.and_retired(equipment, p)
        site_charge = balance.sites_gross / p.site_life_quarters[:, None]
        book = accounts.depreciation(serving, p.useful_life_quarters) + site_charge
        income = accounts.operating_income(owners.revenue, owners.cash_costs, book, lost)
        owed = interest(balance.debt, p.lender_spread)
        tax = self._tax(owners, equipment, site_charge + owed + scrapped.tax_left, p)
        raised = self._raise(ledger, balance, owners.revenue - owners.cash_costs, (tax, owed), p)
        cash, sites = balance.cash + ledger.net_of(self.roster.owners), balance.sites_gross + owners.sites
        vendor_cash = balance.vendor_cash + ledger.net_of(self.vendors)
        after = Balance(cash, vendor_cash, equipment, sites, raised.owed(balance.debt), owners.building)
        return after, Statement(
            revenue=owners.revenue,
            cash_costs=owners.cash_costs,
            depreciation=book,
            write_off=lost,
            operating_income=income,
            tax=tax,
            capex=owners.capex,
            free_cash_flow=accounts.free_cash_flow(income, book, lost, tax, owners.capex) - owed,
            interest=owed,
            **raised.stated,
            imbalance=ledger.imbalance(),
            **rest,
        )

    def _raise(
        self, ledger: Ledger, balance: Balance, earned: Array, due: tuple[Array, Array], p: Parameters
    ) -> Raised:
        """Pay taxes and interest (worlds, owners), and find the money where there is none left. earned: EBITDA."""
        tax, owed = due
        for k, owner in enumerate(self.roster.owners):
            ledger.pay(owner, "treasury", tax[:, k], "tax")
            ledger.pay(owner, "lenders", owed[:, k], "interest")
        cash = balance.cash + ledger.net_of(self.roster.owners)
        raised = Raised.of(cash, balance.debt, credit(earned, balance.debt, p), rest_of_firm(self.roster, p))
        raised.pay(ledger, self.roster.owners)
        return raised

    @staticmethod
    def _tax(owners: _Owners, equipment: Assets, charges: Array, p: Parameters) -> Array:
        """Taxes follow a life of their own, whatever is reported: (worlds, owners) musd. charges: sites,
        interest, and what tax books still held of what is scrapped."""
        tax_book = accounts.depreciation(equipment.capex_by_age, p.tax_life_quarters)
        taxable = np.maximum(owners.revenue - owners.cash_costs - tax_book - charges, 0.0)
        return taxable * p.tax_rate[:, None]
