"""The supply side at the start: cost factors, fleets, what is booked, terms, and who holds what."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from sim import remedies
from sim.accounts.ledger import Assets
from sim.arrays import Array, Mask, ratio, total_by
from sim.axes import Site
from sim.finance import annuity, falling_annuity
from sim.market import contracts
from sim.market.site import SiteMarket
from sim.market.state import Conditions
from sim.market.traits import managed_affinity, skill_column
from sim.parameters import Parameters
from sim.roster import Roster, column, numbers
from sim.scenario import Scenario
from sim.streams import Streams
from sim.supply import prices, technology
from sim.supply.capacity import AGES, Fleet
from sim.supply.costs import costs
from sim.supply.tables import Tables
from sim.supply.technology import Generations, Production
from sim.units import HOURS_PER_QUARTER, WATTS_PER_MW


class Start:
    """Everything a game begins with.

    root: parameters of the bottom of the scenario's chain: the opening (constants, mark-ups, books) is solved on them and so is
    the same in every comparison. p: the scenario's own, on which the game is played (chip roadmap, cost edge)."""

    def __init__(self, roster: Roster, scenario: Scenario, root: Parameters, p: Parameters, streams: Streams) -> None:
        self.roster, self.root, self.p, self.streams = roster, root, p, streams
        self.tables = Tables(roster, scenario.start, scenario.pipeline_until)
        self.quarter = self.tables.quarter
        self.worlds = streams.worlds
        self.generations: Generations = technology.timeline(
            roster, p, streams, p.vendor_gross_margin, scenario.known_until
        )
        self.last_priced = technology.last_priced(scenario.known_until)

    def made(self, quarter: int, p: Parameters) -> Production:
        """Production mix of a quarter (an ordinal); delays touch only generations after the start."""
        return technology.production(
            self.generations, quarter, p.launch_delay_quarters, self.quarter + 1, p.launch_ramp_quarters
        )

    def next_launch(self, quarter: int, p: Parameters) -> Array:
        """Quarters until the next launch that each family has announced (its own slip not yet known): (worlds, families)."""
        return technology.quarters_to_launch(self.generations, quarter, p.launch_delay_quarters, self.quarter + 1)

    @cached_property
    def own_cost_factor(self) -> Array:
        """Factor on own designs' unit cost in play: (worlds, families)."""
        return self.cost_factor(self.p)

    @cached_property
    def opening_cost_factor(self) -> Array:
        """The same on root parameters: what the opening mark-ups are measured with."""
        return self.cost_factor(self.root)

    def cost_factor(self, p: Parameters) -> Array:
        """Factor on own designs' unit cost that gives the declared cost edge over Nvidia at the start: (worlds, families)."""
        roster, made = self.roster, self.made(self.quarter, self.root)
        unit = made.cost_per_h100e
        market = prices.chip_price(unit, p.vendor_gross_margin)
        at_market = costs(roster, p, made, market[:, roster.pool_family])
        factor = np.ones_like(unit)
        for owner, family in enumerate(roster.own_family):
            reference = [
                n
                for n, pool in enumerate(roster.pools)
                if pool.owner == owner and roster.family_stack[pool.family] == "cuda"
            ]
            mine = [
                n
                for n, pool in enumerate(roster.pools)
                if pool.owner == owner and pool.family == family and pool.site == "core"
            ]
            if family < 0 or not reference or not mine:
                continue
            target = (1.0 - p.cost_edge[:, family]) * at_market.long_run_usd[:, reference[0]]
            charge = falling_annuity(p.cost_of_capital, p.earnings_decline, p.retirement_quarters)
            site_charge = annuity(p.cost_of_capital, p.site_life_quarters)
            room = target * p.target_utilisation - at_market.running_usd_per_h100e_hour[:, mine[0]]
            capital = room * HOURS_PER_QUARTER - at_market.site_usd_per_h100e[:, mine[0]] * site_charge
            per_chip_dollar = at_market.capex_usd_per_h100e[:, mine[0]] / market[:, family]
            factor[:, family] = np.maximum(capital / charge / per_chip_dollar / unit[:, family], 0.15)
        return factor

    def fleet(self) -> Fleet:
        """Installed capacity by age with the attributes of its time."""
        by_age = np.broadcast_to(self.tables.increments(), (self.worlds, len(self.roster.pools), AGES)).copy()
        made = [self.made(self.quarter - age, self.root) for age in range(AGES)]
        family = self.roster.pool_family
        watts = np.stack([one.watts_per_h100e[:, family] for one in made], axis=2)
        chips = np.stack([1.0 / one.h100e_per_chip[:, family] for one in made], axis=2)
        return Fleet(by_age, watts, chips)

    def booked(self) -> tuple[Array, Array]:
        """Capacity booked by the market and used by the owners themselves at the start, (pools,) each."""
        stock = self.tables.stock(self.quarter)
        booked = stock * np.array([pool.booked_share for pool in self.roster.pools])
        captive = booked * np.array([pool.captive_share for pool in self.roster.pools])
        return booked - captive, captive

    def conditions(self, site: Site, p: Parameters, price: Array, wanted: Array, term: Array) -> Conditions:
        """What buyers face at the start, with rules as they stand and capacity as installed."""
        made, families = self.made(self.quarter, p), self.roster.tables["families"]
        gap = np.broadcast_to(1.0 - numbers(families, "software_maturity"), (self.worlds, len(self.roster.families)))
        ecosystem = np.broadcast_to(numbers(families, "ecosystem_mh100e_quarters"), gap.shape)
        none = np.zeros((self.worlds, len(self.roster.regions), len(remedies.REMEDIES)))
        stock = np.broadcast_to(self.tables.stock(self.quarter)[site.pools], (self.worlds, len(site.pools)))
        here = price[:, site.pools]
        taste = np.zeros((self.worlds, len(site.offers), len(site.buyers)))
        exit_fee = np.repeat(p.exit_fee_default[:, None], len(self.roster.owners), axis=1)
        return Conditions(
            p=p, rules=remedies.rules(p, none), price=here, long_run_price=here, capacity=stock, captive_wanted=np.zeros_like(here),
            efficiency=made.efficiency, software_gap=gap * p.software_gap_factor, ecosystem=ecosystem, watts_per_h100e=made.watts_per_h100e,
            exit_fee_years=exit_fee, short_premium=np.repeat(p.short_term_premium[:, None], len(self.roster.owners), axis=1), taste=taste, available=self.available(site, p), wanted=wanted, term=term,
        )  # fmt: skip

    def available(self, site: Site, p: Parameters) -> Mask:
        """Is each offer sold? (worlds, offers). Pools with a launch parameter open when it is 1."""
        open_ = np.ones((self.worlds, len(site.offers)), dtype=bool)
        for offer, pool in enumerate(site.offer_pool):
            name = self.roster.pools[site.pools[pool]].launch_parameter if pool >= 0 else ""
            if name:
                open_[:, offer] = getattr(p, name) > 0.5
        return open_

    def felt_over_price(self, p: Parameters) -> Array:
        """Price that budgets have taken in, over the price, at the start: (worlds,).

        A price that has fallen by g a quarter for long is felt higher by g (1 - a) / a, in logs, a being the speed of adaptation:
        part of what the falls before the start will make buyers want is still to come."""
        lag = (1.0 - p.price_adaptation) / p.price_adaptation
        return np.asarray(np.exp(self.tables.price_fall() * lag))

    def terms(self, site: Site, p: Parameters) -> Array:
        """Usual length of commitments, whole quarters: (worlds, buyers)."""
        t = self.roster.tables
        segment, lab = (
            numbers(t["segments"], "term_factor")[site.buyer_segment],
            numbers(t["labs"], "term_factor")[site.buyer_lab],
        )
        factor = np.where(site.buyer_lab >= 0, lab, segment)
        return np.clip(np.rint(p.contract_term_quarters[:, None] * factor), 1.0, contracts.TERMS)

    def use(self, market: SiteMarket, c: Conditions) -> Array:
        """Capacity committed at the start by offer and buyer, (worlds, offers, buyers): labs by name, the rest by weight."""
        site, roster = market.site, self.roster
        booked = np.broadcast_to(self.booked()[0][site.pools], (self.worlds, len(site.pools)))
        routing = market.routing(c)[:, 0]
        direct = np.zeros((self.worlds, len(site.offers)))
        managed_of_pool = np.zeros_like(booked)
        share = numbers(roster.tables["owners"], "managed_share")
        for offer in market.managed:
            owner = site.offer_owner[offer]
            mine = site.pool_owner == owner
            wanted = share[owner] * booked[:, mine].sum(axis=1)
            limit = np.where(routing[:, offer] > 0.0, 0.9 * booked / np.maximum(routing[:, offer], 1e-12), np.inf).min(
                axis=1
            )
            direct[:, offer] = np.minimum(wanted, limit)
            managed_of_pool = managed_of_pool + direct[:, offer, None] * routing[:, offer]
        for offer in market.direct:
            pool = site.offer_pool[offer]
            direct[:, offer] = booked[:, pool] - managed_of_pool[:, pool]
        held = np.minimum(self.tables.anchors(site), 1e18)
        over = 0.8 * direct / np.maximum(held.sum(axis=1), 1e-9)
        held = held * np.minimum(1.0, over)[:, :, None]
        return held + (direct - held.sum(axis=2))[:, :, None] * self._weights(site, c)

    def _weights(self, site: Site, c: Conditions) -> Array:
        """Shares of segment types in the rest of each offer: (worlds, offers, buyers), adding up to 1."""
        t = self.roster.tables
        column_of = column(t["segments"], "region_weight")
        weight = np.array(
            [
                0.0 if s < 0 else float(t["segments"][s]["weight"]) * float(t["regions"][r][column_of[s]])
                for s, r in zip(site.buyer_segment, site.buyer_region, strict=True)
            ]
        )
        weight = weight * skill_column(site, self.roster, "share")
        affinity = managed_affinity(site, self.roster)
        by_offer = np.where(site.offer_managed[:, None], weight * affinity, weight / np.maximum(affinity, 0.2))
        by_offer = by_offer * np.where(site.buyer_lab >= 0, 0.0, 1.0)
        return np.broadcast_to(ratio(by_offer, by_offer.sum(axis=1, keepdims=True)), (self.worlds, *by_offer.shape))

    def assets(self, fleet: Fleet, capex_usd_per_h100e: Array) -> Assets:
        """Books of the owners at the start: deliveries by age at today's system cost, musd (worlds, owners, AGES)."""
        spent = fleet.h100e * capex_usd_per_h100e[:, :, None] / WATTS_PER_MW
        owners = len(self.roster.owners)
        core = spent * ~self.roster.pool_is_edge[:, None]
        by_owner = np.stack([total_by(core[:, :, age], self.roster.pool_owner, owners) for age in range(AGES)], axis=2)
        return Assets(by_owner)
