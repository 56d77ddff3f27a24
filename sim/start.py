"""The state of the market at the start: who owns what, who uses what, at which price, from the tables of sim/data.

Offer constants, what a choice model cannot explain, are solved here on the *root* parameters of a scenario and then frozen:
a changed scenario is compared with its base on the same constants.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim import clearing, contracts, lock_in, policy, prices, supply, technology
from sim.accounts import Assets
from sim.arrays import Array, ratio, read_only
from sim.errors import InputError
from sim.parameters import Parameters
from sim.quarters import ordinal
from sim.roster import DATA, Roster, Site, column, numbers, table
from sim.scenario import Scenario
from sim.site_market import Conditions, SiteMarket, SiteState, Traits
from sim.streams import Streams
from sim.supply import AGES, Fleet
from sim.technology import Generations, Production
from sim.units import HOURS_PER_QUARTER, WATTS_PER_KW, WATTS_PER_MW

HIGH_CONSTANT = 12.0
"""Constants are found as HIGH_CONSTANT less the shadow price that brings demand down to what is observed."""
INITIAL_GROWTH = 0.12
"""Growth a quarter of what was signed before the start (the stock grew about threefold in 2025; commitments less)."""
LEADING_WATTS = 850.0
"""IT watts per H100e of leading chips at the end of 2025 (generations.csv, B200-B300): operations cost scales with power."""
SMALLEST_ROUTED = 0.005
"""Weight of a pool without stock in routing, relative to the largest pool, so that a new chip can enter a managed service."""
SPREAD_QUARTERS = 8
"""Stock from before the first table quarter is taken as delivered over this many quarters."""


class Tables:
    """Figures of the start quarter by axis position, the same in every world."""

    def __init__(self, roster: Roster, start: str, pipeline_until: str = "") -> None:
        self.roster, self.start, self.quarter = roster, start, ordinal(start)
        self.pipeline_until = ordinal(pipeline_until) if pipeline_until else self.quarter
        self._stock: dict[int, Array] = {}
        self.installed = table(DATA / "installed.csv")
        first = min(ordinal(row["quarter"]) for row in self.installed)
        if not any(row["quarter"] == start for row in table(DATA / "prices.csv")):
            known = sorted(set(column(table(DATA / "prices.csv"), "quarter")))
            raise InputError(f"start = '{start}': there are starting prices only for {', '.join(known)}.")
        self.first = first

    def stock(self, quarter: int) -> Array:
        """Installed H100e of every pool at the end of a quarter (an ordinal): (pools,)."""
        if quarter not in self._stock:
            self._stock[quarter] = read_only(self._read_stock(quarter))
        return self._stock[quarter]

    def _read_stock(self, quarter: int) -> Array:
        found = {
            (r["owner"], r["family"]): float(r["h100e"]) for r in self.installed if ordinal(r["quarter"]) == quarter
        }
        amount = np.zeros(len(self.roster.pools))
        for row in self.roster.tables["stock_map"]:
            pool = self._pool(row["owner"], row["family"], "core")
            amount[pool] += float(row["share"]) * found.get((row["source_owner"], row["source_family"]), 0.0)
        for row in self.roster.tables["extra_stock"]:
            if row["quarter"] == self.start:
                fade = (1.0 + INITIAL_GROWTH) ** (quarter - self.quarter)
                amount[self._pool(row["owner"], row["family"], row["site"])] += float(row["h100e"]) * fade
        return amount

    def increments(self) -> Array:
        """What was delivered at each age (0 = the start quarter), (pools, AGES): adds up to the stock at the start."""
        by_age = np.zeros((len(self.roster.pools), AGES))
        oldest = min(self.quarter - self.first, AGES - SPREAD_QUARTERS - 1)
        for age in range(oldest):
            by_age[:, age] = np.maximum(self.stock(self.quarter - age) - self.stock(self.quarter - age - 1), 0.0)
        rest = np.maximum(self.stock(self.quarter) - by_age.sum(axis=1), 0.0)
        weight = (1.0 + INITIAL_GROWTH) ** -np.arange(SPREAD_QUARTERS, dtype=float)
        by_age[:, oldest : oldest + SPREAD_QUARTERS] += rest[:, None] * (weight / weight.sum())
        return by_age

    def flow(self) -> Array:
        """Recent deliveries a quarter, (pools,): the mean of the last two quarters, or of what is under way when that is known."""
        if len(self.given):
            return np.asarray(self.given[:2].mean(axis=0))
        return self.increments()[:, :2].mean(axis=1)

    def trend(self) -> Array:
        """Deliveries that show where growth goes, (pools,): a year of what is under way, or recent deliveries."""
        return np.asarray(self.given[:4].mean(axis=0)) if len(self.given) else self.flow()

    @property
    def given(self) -> Array:
        """Deliveries already under way at the start, as they came: (quarters, pools), empty when none are stated."""
        quarters = range(self.quarter + 1, self.pipeline_until + 1)
        return np.array([np.maximum(self.stock(q) - self.stock(q - 1), 0.0) for q in quarters])

    def price(self, premium: Array) -> Array:
        """Posted price of every pool, (worlds, pools); 0 for fleets that are not rented out. Edge capacity carries a premium."""
        known = {
            (row["cloud"], row["family"]): float(row["price_usd_per_h100e_hour"])
            for row in table(DATA / "prices.csv")
            if row["quarter"] == self.start
        }
        owners, families = self.roster.owners, self.roster.families
        usual = {f: float(np.mean([v for (_, other), v in known.items() if other == f])) for _, f in known}
        rented = [pool.direct or bool(self.roster.managed_titles[pool.owner]) for pool in self.roster.pools]
        base = np.array(
            [
                known.get((owners[pool.owner], families[pool.family]), usual.get(families[pool.family], 0.0))
                if out
                else 0.0
                for pool, out in zip(self.roster.pools, rented, strict=True)
            ]
        )
        return np.where(self.roster.pool_is_edge, base * (1.0 + premium[:, None]), base)

    def anchors(self, site: Site) -> Array:
        """Capacity in use by labs by name, (offers, buyers)."""
        held = np.zeros((len(site.offers), len(site.buyers)))
        for row in table(DATA / "anchors.csv"):
            offer = f"{row['cloud']}/{row['family']}"
            if row["quarter"] == self.start and row["lab"] in site.buyers and offer in site.offers:
                held[site.offers.index(offer), site.buyers.index(row["lab"])] += float(row["h100e"])
        return held

    def _pool(self, owner: str, family: str, site: str) -> int:
        wanted = (self.roster.owners.index(owner), self.roster.families.index(family), site)
        for number, pool in enumerate(self.roster.pools):
            if (pool.owner, pool.family, pool.site) == wanted:
                return number
        raise InputError(f"roster '{self.roster.name}': no pool {owner}/{family}/{site}.")


def traits(site: Site, roster: Roster, stock: Array, reference_watts: float = LEADING_WATTS) -> Traits:
    """Fixed attributes of a site's buyers and offers from the roster's tables; stock (pools,) at the start."""
    t = roster.tables
    fit = {(row["region"], row["owner"]): float(row["fit"]) for row in t["residency"]}
    residency = np.where(site.buyer_segment >= 0, numbers(t["segments"], "residency")[site.buyer_segment], 0.0)
    misfit = np.array(
        [
            [1.0 - fit.get((roster.regions[r], roster.owners[o]), 1.0) for r in site.buyer_region]
            for o in site.offer_owner
        ]
    )
    managed_owner = np.array([bool(title) for title in roster.managed_titles])
    own = roster.own_family[site.offer_owner]
    family = np.where(site.offer_family >= 0, site.offer_family, np.maximum(own, 0))
    confidential = numbers(t["families"], "confidentiality")[family]
    user = 1.0 - site.buyer_skill
    affinity = _managed_affinity(site, roster)
    stacks = np.array(roster.family_stack)
    is_lab = site.buyer_lab >= 0
    sensitivity = np.where(is_lab, 1.0, _skill_column(site, roster, "price_sensitivity_factor"))
    return Traits(
        misfit=misfit * residency,
        confidential=confidential[:, None] * residency,
        convenience=managed_owner[site.offer_owner][:, None] * user,
        log_affinity=np.where(site.offer_managed[:, None], np.log(np.maximum(affinity, 1e-6)), 0.0),
        routing_base=np.maximum(stock[site.pools], SMALLEST_ROUTED * max(float(stock[site.pools].max()), 1.0)),
        partner_offer=(site.offer_owner[:, None] == site.buyer_partner[None, :]) & (site.buyer_partner >= 0),
        sensitivity_factor=sensitivity,
        same_stack=stacks[:, None] == stacks[None, :],
        is_cuda=stacks == "cuda",
        cuda_family=int(np.flatnonzero(stacks == "cuda")[0]) if (stacks == "cuda").any() else 0,
        reference_watts=reference_watts,
    )


def _skill_column(site: Site, roster: Roster, name: str) -> Array:
    """A column of the skills table by buyer; labs get the first row's."""
    rows = roster.tables["skills"]
    by_skill = {float(row["skill"]): float(row[name]) for row in rows}
    return np.array([by_skill.get(skill, float(rows[0][name])) for skill in site.buyer_skill])


def _managed_affinity(site: Site, roster: Roster) -> Array:
    segment = np.where(
        site.buyer_segment >= 0, numbers(roster.tables["segments"], "managed_affinity")[site.buyer_segment], 0.2
    )
    return segment * np.where(site.buyer_lab >= 0, 1.0, _skill_column(site, roster, "managed_affinity"))


@dataclass(frozen=True)
class Costs:
    """Cost-based figures of new capacity, (worlds, pools) unless said: capex_usd_per_h100e (system), site_usd_per_h100e,
    running_usd_per_h100e_hour, mw_per_h100e (site power), long_run_usd (per H100e-hour used), unit_cost (worlds, families),
    chip_price (worlds, pools)."""

    capex_usd_per_h100e: Array
    site_usd_per_h100e: Array
    running_usd_per_h100e_hour: Array
    mw_per_h100e: Array
    long_run_usd: Array


def costs(roster: Roster, p: Parameters, made: Production, chip_price: Array) -> Costs:
    """Costs of new capacity at the chips' prices, (worlds, pools)."""
    family = roster.pool_family
    watts = made.watts_per_h100e[:, family] * p.pue[:, None]
    factor = numbers(roster.tables["owners"], "capacity_cost_factor")[roster.pool_owner]
    capex = chip_price * (1.0 + p.accelerator_tariff[:, None]) * p.system_cost_factor[:, None] * factor
    site = watts * p.site_capex_musd_per_mw[:, None]  # musd per MW is USD per watt
    running = watts / WATTS_PER_KW * p.power_price_usd_per_kwh[:, None]
    running = running + p.operations_usd_per_h100e_hour[:, None] * made.watts_per_h100e[:, family] / LEADING_WATTS
    system_charge = lock_in.annuity(p.cost_of_capital, p.useful_life_quarters)[:, None]
    site_charge = lock_in.annuity(p.cost_of_capital, p.site_life_quarters)[:, None]
    total = supply.long_run_cost(capex, site, running, system_charge, site_charge, p.target_utilisation[:, None])
    return Costs(capex, site, running, watts / WATTS_PER_MW, total)


class Start:
    """Everything a game begins with.

    root: parameters of the bottom of the scenario's chain: the opening (constants, mark-ups, books) is solved on them and so is
    the same in every comparison. p: the scenario's own, on which the game is played (chip roadmap, cost edge)."""

    def __init__(self, roster: Roster, scenario: Scenario, root: Parameters, p: Parameters, streams: Streams) -> None:
        self.roster, self.root, self.p, self.streams = roster, root, p, streams
        self.tables = Tables(roster, scenario.start, scenario.pipeline_until)
        self.quarter = self.tables.quarter
        self.worlds = streams.worlds
        self.generations: Generations = technology.timeline(roster, p, streams, p.vendor_gross_margin)

    def made(self, quarter: int, p: Parameters) -> Production:
        """Production mix of a quarter (an ordinal); delays touch only generations after the start."""
        return technology.production(
            self.generations, quarter, p.launch_delay_quarters, self.quarter + 1, p.launch_ramp_quarters
        )

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
            charge = lock_in.annuity(p.cost_of_capital, p.useful_life_quarters)
            site_charge = lock_in.annuity(p.cost_of_capital, p.site_life_quarters)
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
        none = np.zeros((self.worlds, len(self.roster.regions), len(policy.REMEDIES)))
        stock = np.broadcast_to(self.tables.stock(self.quarter)[site.pools], (self.worlds, len(site.pools)))
        here = price[:, site.pools]
        taste = np.zeros((self.worlds, len(site.offers), len(site.buyers)))
        exit_fee = np.repeat(p.exit_fee_default[:, None], len(self.roster.owners), axis=1)
        return Conditions(
            p=p, rules=policy.rules(p, none), price=here, long_run_price=here, capacity=stock, captive_wanted=np.zeros_like(here),
            efficiency=made.efficiency, software_gap=gap, ecosystem=ecosystem, watts_per_h100e=made.watts_per_h100e,
            exit_fee_years=exit_fee, taste=taste, available=self.available(site, p), wanted=wanted, term=term,
        )  # fmt: skip

    def available(self, site: Site, p: Parameters) -> Array:
        """Is each offer sold? (worlds, offers). Pools with a launch parameter open when it is 1."""
        open_ = np.ones((self.worlds, len(site.offers)), dtype=bool)
        for offer, pool in enumerate(site.offer_pool):
            name = self.roster.pools[site.pools[pool]].launch_parameter if pool >= 0 else ""
            if name:
                open_[:, offer] = getattr(p, name) > 0.5
        return open_

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
        weight = weight * _skill_column(site, self.roster, "share")
        affinity = _managed_affinity(site, self.roster)
        by_offer = np.where(site.offer_managed[:, None], weight * affinity, weight / np.maximum(affinity, 0.2))
        by_offer = by_offer * np.where(site.buyer_lab >= 0, 0.0, 1.0)
        return np.broadcast_to(ratio(by_offer, by_offer.sum(axis=1, keepdims=True)), (self.worlds, *by_offer.shape))

    def site_state(self, market: SiteMarket, price: Array) -> tuple[SiteState, Array]:
        """The state of a site's market with its frozen constants, and what each buyer wants at the start (worlds, buyers)."""
        site, p = market.site, self.root
        over = 1.0 + p.overcommitment
        term = self.terms(site, p)
        c = self.conditions(site, p, price, np.zeros((self.worlds, len(site.buyers))), term)
        committed = self.use(market, c)
        routing = market.routing(c)
        work_price = market.work_price(c.price, routing, c)
        total = committed.sum(axis=1)
        mean = ratio((committed * work_price).sum(axis=1), total)
        fallback = work_price.mean(axis=1)
        market_price = np.where(total > 0.0, mean, fallback)
        wanted = total / over[:, None]
        managed_terms = np.where(site.offer_managed[:, None], p.managed_term_quarters[:, None, None], term[:, None])
        paid = market._price_paid(c, routing)
        growth = np.full(self.worlds, INITIAL_GROWTH)
        book = contracts.book_in_growth(committed, paid, managed_terms, growth)
        mix = np.repeat(routing[:, 0, market.managed][..., None], contracts.TERMS, axis=3)
        waiting = np.zeros((self.worlds, len(site.buyers), site.incumbents))
        state = SiteState(
            book=book, managed_mix=mix, waiting=waiting, ports=np.zeros((self.worlds, len(site.buyers), len(self.roster.families))),
            gravity=np.ones((self.worlds, len(site.buyers), len(self.roster.owners))), constants=np.zeros((self.worlds, len(site.offers))),
            shadow_price=np.zeros((self.worlds, len(site.pools))), market_price=market_price, felt_price=market_price,
            start_price=market_price,
        )  # fmt: skip
        return self._with_constants(market, state, c, committed, wanted), wanted

    def _with_constants(
        self, market: SiteMarket, state: SiteState, c: Conditions, committed: Array, wanted: Array
    ) -> SiteState:
        """Solve the constants: with them, seeking demand of the first quarter goes where stock and recent deliveries say.

        Expiring demand comes back to its offer and growth follows recent deliveries, less what waits."""
        site, over = market.site, 1.0 + c.p.overcommitment
        seeking = self._seeking(site, state, committed, wanted, over)
        flow = self._flow(market, committed)
        expiring = seeking[..., : len(site.offers)].sum(axis=1)
        growth = committed.sum(axis=(1, 2)) * INITIAL_GROWTH
        target = expiring + growth[:, None] * flow
        served = (1.0 - c.p.waiting_share) * seeking.sum(axis=(1, 2)) / target.sum(axis=1)
        floor = 1e-9 * committed.sum(axis=(1, 2))[:, None]
        raised = replace(state, constants=np.full_like(state.constants, HIGH_CONSTANT))
        routing = market.routing(c)
        utility = market.utility(market.work_price(c.price, routing, c), raised, c)
        asked = market.demand_on_offers(utility, market.switching_costs(state, c), routing, seeking, c.p)
        every_offer = np.broadcast_to(np.eye(len(site.offers)), (*routing.shape[:3], len(site.offers)))
        asked = replace(asked, routing=np.ascontiguousarray(every_offer), weight=np.ones_like(asked.weight))
        cleared = clearing.clear(
            asked, np.maximum(target * served[:, None], floor), np.full_like(target, HIGH_CONSTANT)
        )
        constants = np.where(self.available(site, c.p), HIGH_CONSTANT - cleared.shadow_price, 0.0)
        return replace(state, constants=constants)

    def _seeking(self, site: Site, state: SiteState, committed: Array, wanted: Array, over: Array) -> Array:
        """Masses that choose in the first quarter: one cohort of the book, and growth from the live mix."""
        offers = len(site.offers)
        mass = np.zeros_like(state.waiting)
        mass[..., :offers] = state.book.capacity_h100e[..., 0].transpose(0, 2, 1)
        mix = ratio(committed.transpose(0, 2, 1), committed.sum(axis=1)[:, :, None])
        growth = wanted * over[:, None] * INITIAL_GROWTH
        fresh = self.root.greenfield_share[:, None]
        mass[..., :offers] += mix * (growth * (1.0 - fresh))[..., None]
        mass[..., offers] += growth * fresh
        return mass

    def _flow(self, market: SiteMarket, committed: Array) -> Array:
        """Where growth went of late: shares of offers, (worlds, offers)."""
        site = market.site
        captive = np.array([self.roster.pools[pool].captive_share for pool in site.pools])
        delivered = self.tables.trend()[site.pools] * (1.0 - captive)
        by_offer = committed.sum(axis=2)
        pace = np.zeros_like(by_offer)
        managed_of_owner = {int(site.offer_owner[offer]): offer for offer in market.managed}
        for offer in market.managed:
            mine = np.flatnonzero(site.pool_owner == site.offer_owner[offer])
            theirs = [k for k in market.direct if site.offer_owner[k] == site.offer_owner[offer]]
            part = ratio(by_offer[:, offer], by_offer[:, offer] + by_offer[:, theirs].sum(axis=1))
            pace[:, offer] = part * delivered[mine].sum()
        for offer in market.direct:
            service = managed_of_owner.get(int(site.offer_owner[offer]))
            part = 0.0 if service is None else ratio(pace[:, service], self._delivered_by(site, delivered, offer))
            pace[:, offer] = delivered[site.offer_pool[offer]] * (1.0 - part)
        pace = np.maximum(pace, 1e-5 * pace.sum(axis=1, keepdims=True))
        return np.asarray(pace / pace.sum(axis=1, keepdims=True))

    def _delivered_by(self, site: Site, delivered: Array, offer: int) -> Array:
        """Deliveries to all pools of an offer's cloud, (worlds,)."""
        return np.full(self.worlds, delivered[site.pool_owner == site.offer_owner[offer]].sum())

    def assets(self, fleet: Fleet, capex_usd_per_h100e: Array) -> Assets:
        """Books of the owners at the start: deliveries by age at today's system cost, musd (worlds, owners, AGES)."""
        spent = fleet.h100e * capex_usd_per_h100e[:, :, None] / WATTS_PER_MW
        owners = len(self.roster.owners)
        core = spent * ~self.roster.pool_is_edge[:, None]
        by_owner = np.stack(
            [supply.by_owner(core[:, :, age], self.roster.pool_owner, owners) for age in range(AGES)], axis=2
        )
        return Assets(by_owner)


__all__ = ["Costs", "Start", "Tables", "costs", "traits"]
