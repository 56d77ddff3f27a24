"""The market of one site in one quarter: expiring, waiting and new demand chooses among offers, and choice meets capacity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.arrays import Array, power, ratio
from sim.axes import Site
from sim.equilibrium import choice, clearing, exchange
from sim.equilibrium.clearing import Clearing
from sim.equilibrium.demand import Demand
from sim.finance import annuity
from sim.market import contracts, demand, lock_in, managed
from sim.market.demand import Seekers
from sim.market.moves import Moves, moves
from sim.market.state import Conditions, Frozen, SiteOutcome, SiteState
from sim.market.traits import Traits
from sim.parameters import Parameters
from sim.roster import Roster
from sim.supply import prices
from sim.units import QUARTERS_PER_YEAR, SMALLEST_CAPACITY_H100E, USD_PER_MUSD


class SiteMarket:
    """One site: its layout, fixed attributes of buyers and offers, and the quarter's resolution. State is handed in and out."""

    def __init__(self, site: Site, roster: Roster, traits: Traits, p: Parameters) -> None:
        self.site, self.roster, self.traits = site, roster, traits
        self.nests = choice.Nests.of(site.offer_nest)
        self.scale = self.nests.scale(p.dissimilarity)
        self.origins = lock_in.Origins.of(site.offer_family, site.offer_owner, len(roster.families))
        self.direct = np.flatnonzero(~site.offer_managed)
        self.managed = np.flatnonzero(site.offer_managed)

    # --- what buyers see ------------------------------------------------------------------------------------------

    def routing(self, c: Conditions, room: Array | None = None, live: Array | None = None) -> Array:
        """H100e of each pool that a unit of each offer uses: (worlds, regions, offers, pools).

        Direct offers use their own pool. A managed service spreads over its cloud's pools by where they stood at the start,
        the cost of useful work now and the bonus for own silicon, which a ban on self-preferencing cuts in the regions it
        covers. With `room` (worlds, pools), the free capacity, and `live` (worlds, offers), what is committed to each offer, it
        routes around pools that could not take their part of a renewal of all that is live."""
        site, worlds, regions = self.site, len(c.price), len(self.roster.regions)
        result = np.zeros((worlds, regions, len(site.offers), len(site.pools)))
        result[:, :, self.direct, site.offer_pool[self.direct]] = 1.0
        if not len(self.managed):
            return result
        own = self.roster.own_family[site.pool_owner] == site.pool_family
        cost = np.log(c.price / self._managed_efficiency(c))
        bonus = (c.p.own_silicon_bonus[:, None] * c.rules.own_silicon_bonus_factor)[:, :, None] * own
        weight = np.exp(bonus - (c.p.routing_sensitivity[:, None] * cost)[:, None]) * self.traits.routing_base
        for offer in self.managed:
            mine = weight * (site.pool_owner == site.offer_owner[offer])
            mine = ratio(mine, mine.sum(axis=2, keepdims=True))
            if room is not None and live is not None:
                part = mine * live[:, offer, None, None]
                spread = mine * (room[:, None] / (room[:, None] + part + SMALLEST_CAPACITY_H100E))
                some_room = spread.sum(axis=2, keepdims=True) > 0.0  # with none anywhere it routes as without limits
                mine = np.where(some_room, spread, mine)
            result[:, :, offer] = ratio(mine, mine.sum(axis=2, keepdims=True))
        return result

    def _managed_efficiency(self, c: Conditions) -> Array:
        family = self.site.pool_family
        gap = (1.0 - c.p.managed_software_skill)[:, None] * c.software_gap[:, family]
        return c.efficiency[:, family] * (1.0 - gap)

    def work_price(self, pool_price: Array, routing: Array, c: Conditions) -> Array:
        """Price per H100e-hour of useful work that each buyer meets: (worlds, offers, buyers)."""
        site = self.site
        result = np.empty((len(pool_price), len(site.offers), len(site.buyers)))
        family = site.offer_family[self.direct]
        loss = c.software_gap[:, family, None] * (1.0 - site.buyer_skill)
        effective = c.efficiency[:, family, None] * (1.0 - loss)
        result[:, self.direct] = pool_price[:, site.offer_pool[self.direct], None] / effective
        if len(self.managed):
            service = prices.managed_price(
                pool_price, routing[:, :, self.managed], c.p.managed_markup, self._managed_efficiency(c)
            )
            result[:, self.managed] = service.transpose(0, 2, 1)[:, :, site.buyer_region]
        return result

    def term_factors(self, c: Conditions) -> tuple[Array, Array]:
        """Price of each buyer's own term over the one-year price: by offer as its cloud sets it (worlds, offers, buyers), and as is
        usual (worlds, 1, buyers). Buyers compare offers at what they would pay; only what differs from the usual moves them."""
        longer = c.p.long_term_discount[:, None]
        by_owner = [contracts.term_price_factor(c.term, premium[:, None], longer) for premium in c.short_premium.T]
        usual = contracts.term_price_factor(c.term, c.p.short_term_premium[:, None], longer)
        return np.stack([by_owner[owner] for owner in self.site.offer_owner], axis=1), usual[:, None]

    def utility(self, work_price: Array, state: SiteState, c: Conditions) -> Array:
        """Utility before switching costs, (worlds, offers, buyers); minus infinity where an offer is not to be had."""
        t, p, site = self.traits, c.p, self.site
        value = -self.price_sensitivity(p)[:, None] * np.log(work_price / state.market_price[:, None])
        value += (state.constants + self._family_terms(c))[:, :, None] + c.taste
        value -= p.residency_weight[:, None, None] * t.misfit
        score = t.confidential + p.confidentiality_gain[:, t.chip, None] * t.regulated
        value += p.confidentiality_weight[:, None, None] * score
        value += p.platform_convenience[:, None, None] * t.convenience + t.log_affinity
        value += np.where(t.partner_offer, p.partner_taste[:, site.buyer_lab][:, None], 0.0)
        return np.where(c.available[:, :, None], value, -np.inf)

    def price_sensitivity(self, p: Parameters) -> Array:
        """alpha of each buyer: (worlds, buyers)."""
        lab = np.where(self.site.buyer_lab >= 0, p.lab_price_sensitivity_factor[:, None], 1.0)
        return p.price_sensitivity[:, None] * lab * self.traits.sensitivity_factor

    def _family_terms(self, c: Conditions) -> Array:
        """Software ecosystem and carbon of direct offers: (worlds, offers); a managed service hides its chip.

        An ecosystem counts relative to the leading one (the mean of ln(1 + E) weighted by E): growth of the whole market
        favours no stack, and neither buying direct over managed service."""
        family, level = self.site.offer_family, np.log1p(c.ecosystem)
        leading = ratio((level * c.ecosystem).sum(axis=1), c.ecosystem.sum(axis=1))
        network = c.p.ecosystem_strength[:, None] * (level - leading[:, None])[:, family]
        carbon = c.p.carbon_weight[:, None] * np.log2(c.watts_per_h100e[:, family] / self.traits.reference_watts)
        return np.where(self.site.offer_managed, 0.0, network - carbon)

    def switching_costs(self, state: SiteState, c: Conditions) -> lock_in.SwitchingCosts:
        """Costs of leaving stacks and clouds this quarter."""
        p, rules, t, region = c.p, c.rules, self.traits, self.site.buyer_region
        families, alpha = len(self.roster.families), self.price_sensitivity(c.p)
        spread = annuity(p.cost_of_capital, p.foresight_quarters)[:, None]
        skill = 1.0 + p.porting_skill_effect[:, None] * (0.5 - self.site.buyer_skill)
        factor = p.porting_factor[:, region] * rules.porting_factor[:, region] * skill
        from_other = np.where(t.is_cuda, 1.0, 0.0)
        years = lock_in.porting_cost_years(
            p.porting_cost_years,
            p.portability,
            factor,
            np.ones(families),
            state.ports,
            p.porting_learning,
            t.same_stack,
        )
        years = years * p.porting_out_factor[:, None, :, None] * p.porting_into_factor[:, None, None, :]
        years = years * np.where(from_other, 1.0, p.porting_out_of_other_factor[:, None])[:, None, :, None]
        habit = p.greenfield_habit[:, None, None] * years[:, :, t.cuda_family]
        years = np.concatenate([years, habit[:, :, None], np.zeros_like(habit)[:, :, None]], axis=2)
        years = np.concatenate([years, np.zeros_like(years[..., :1])], axis=3)
        intangible = p.porting_intangible[:, None] * rules.stack_intangible_factor[:, region]
        other_stack = np.concatenate([~t.same_stack, np.zeros((1, families), bool), np.zeros((1, families), bool)])
        other_stack = np.concatenate([other_stack, np.zeros((families + 2, 1), bool)], axis=1)
        stack = lock_in.money_to_utils(years, alpha[:, :, None, None], spread[:, :, None, None])
        stack = stack + intangible[:, :, None, None] * other_stack
        egress = (p.egress_cost_years[:, None] * rules.egress_factor[:, region])[:, :, None] * state.gravity
        fee = egress + rules.exit_fee_factor[:, region][:, :, None] * c.exit_fee_years[:, None, :]
        cloud = lock_in.money_to_utils(fee, alpha[:, :, None], spread[:, :, None])
        cloud = cloud + (p.cloud_intangible[:, None] * rules.cloud_intangible_factor[:, region])[:, :, None]
        return lock_in.SwitchingCosts(stack, years, cloud, fee)

    def demand_on_offers(
        self, utility: Array, costs: lock_in.SwitchingCosts, routing: Array, mass: Array, p: Parameters
    ) -> Demand:
        """The choice problem of the quarter's seekers."""
        stay = lock_in.factors(costs, self.origins, self.site.offer_family, self.site.offer_owner, self.scale)
        stay[..., -1] = np.where(self.traits.partner_offer, 1.0, 0.0)
        alpha = self.price_sensitivity(p)
        relative = alpha / alpha.mean(axis=1, keepdims=True)
        weight = 1.0 + p.rationing_by_price[:, None] * (relative - 1.0)
        return Demand.of(utility, stay, mass, routing, self.scale, weight, self.nests, self.site.region_slices)

    # --- the quarter ----------------------------------------------------------------------------------------------

    def resolve(self, state: SiteState, c: Conditions) -> tuple[SiteState, SiteOutcome]:
        """Expire, seek, choose, clear, sign, use."""
        p, over = c.p, 1.0 + c.p.overcommitment
        state, returning, exit_fee = self._expire(state, c)
        live = state.book.live()
        live_use = live.sum(axis=1) / over[:, None]
        mix = ratio(live.transpose(0, 2, 1), live.sum(axis=1)[:, :, None])
        tied = self._tied_share(c)
        seekers = demand.seek(c.wanted, live_use, returning, mix, p.greenfield_share[:, None], tied)
        managed_load, direct_load = self._managed_load(state), self.direct_load(live)
        captive = np.minimum(c.captive_wanted, np.maximum(c.capacity - direct_load - managed_load, 0.0))
        free = np.maximum(c.capacity - direct_load - managed_load - captive, 0.0)
        routing = self.routing(c, free, live.sum(axis=2))
        work_price = self.work_price(c.price, routing, c)
        factor, usual = self.term_factors(c)
        work_price = work_price * (factor / usual)
        costs = self.switching_costs(state, c)
        asked = self.demand_on_offers(
            self.utility(work_price, state, c), costs, routing, seekers.mass * over[:, None, None], p
        )
        cleared = clearing.clear(asked, free, state.shadow_price)
        sought = self._sought_long_run(asked, c, work_price, mix, live_use, seekers)
        paid = self.price_paid(c, routing) * factor
        term = np.where(self.site.offer_managed[:, None], p.managed_term_quarters[:, None, None], c.term[:, None])
        after = self._sign(state, cleared, routing, paid, term)
        moved = moves(self.site, self.origins, asked, seekers.returning, cleared, costs, paid, over)
        frozen = Frozen(
            state, c, live, direct_load + managed_load, captive, seekers.mass * over[:, None, None], routing, work_price
        )
        waiting = cleared.outside / over[:, None, None]
        waiting[..., -1] = 0.0
        leaning = exchange.leaning(asked, waiting, self.site.offer_family, len(self.roster.families))
        outcome = self._use(after, cleared, seekers, c, captive, sought, paid, exit_fee, over, moved, leaning, frozen)
        market_price = self._market_price(outcome.committed, work_price, state.market_price)
        felt = demand.follow_price(state.felt_price, market_price, p.price_adaptation[:, None])
        after = replace(
            after, waiting=waiting, shadow_price=cleared.shadow_price, market_price=market_price, felt_price=felt
        )
        return after, outcome

    def _tied_share(self, c: Conditions) -> Array:
        site = self.site
        tie = c.p.investor_tie_share[:, site.buyer_lab] * c.rules.tie_factor[:, site.buyer_region]
        return np.where((site.buyer_lab >= 0) & (site.buyer_partner >= 0), tie, 0.0)

    def _expire(self, state: SiteState, c: Conditions) -> tuple[SiteState, Array, Array]:
        """Commitments that end, are released, or are bought out of; returns demand by what it used, in use terms.

        A buyer with more committed than it wants hands part back when the exit fee (in years of its bill) is below what take-or-pay
        would still cost."""
        p, over = c.p, (1.0 + c.p.overcommitment)[:, None, None]
        book, expired = state.book.roll()
        mix = np.concatenate([state.managed_mix[..., 1:], state.managed_mix[..., -1:]], axis=3)
        live = book.live()
        released = np.where(self.traits.partner_offer, p.contract_release_share[:, self.site.buyer_lab][:, None], 0.0)
        surplus = 1.0 - ratio(c.wanted, live.sum(axis=1) / over[:, 0])
        fee_quarters = c.exit_fee_years[:, self.site.offer_owner][:, :, None] * QUARTERS_PER_YEAR
        fee_quarters = fee_quarters * c.rules.exit_fee_factor[:, self.site.buyer_region][:, None]
        bill = book.hourly_bill_usd()
        owed_quarters = ratio(book.owed_usd_per_hour_quarters(), bill)
        cheaper = fee_quarters < p.take_or_pay[:, None, None] * owed_quarters
        handed_back = np.clip(surplus, 0.0, 1.0)[:, None] * np.where(cheaper, p.early_exit_take_up[:, None, None], 0.0)
        handed_back = np.where(released > 0.0, 0.0, handed_back)
        leaving = np.where(released > 0.0, released, handed_back)
        owed = bill * handed_back * fee_quarters
        back = np.zeros_like(state.waiting)
        back[..., : len(self.site.offers)] = ((expired + live * released) / over).transpose(0, 2, 1)
        return replace(state, book=book.release(leaving), managed_mix=mix), back + state.waiting, owed / USD_PER_MUSD

    def direct_load(self, live: Array) -> Array:
        load = np.zeros((len(live), len(self.site.pools)))
        for offer in self.direct:
            load[:, self.site.offer_pool[offer]] += live[:, offer].sum(axis=1)
        return load

    def _managed_load(self, state: SiteState) -> Array:
        by_term = state.book.capacity_h100e[:, self.managed].sum(axis=2)
        return np.asarray((by_term[:, :, None] * state.managed_mix).sum(axis=(1, 3)))

    def _sign(self, state: SiteState, cleared: Clearing, routing: Array, paid: Array, term: Array) -> SiteState:
        """New commitments; a managed cohort remembers on which pools it runs."""
        before = state.book.capacity_h100e[:, self.managed].sum(axis=2)
        book = state.book.sign(cleared.by_buyer, paid, term)
        if not len(self.managed):
            return replace(state, book=book)
        after = book.capacity_h100e[:, self.managed].sum(axis=2)
        new = np.zeros((*before.shape[:2], routing.shape[3]))
        for group, buyers in self.site.region_slices:
            signed = cleared.by_buyer[:, self.managed][:, :, buyers].sum(axis=2)
            new += signed[:, :, None] * routing[:, group, self.managed]
        spread = ratio(new, new.sum(axis=2, keepdims=True))
        kept = ratio(before, after)[:, :, None]
        mix = state.managed_mix * kept + spread[..., None] * (1.0 - kept)
        mix = np.where(after[:, :, None] > 0.0, mix, spread[..., None])
        return replace(state, book=book, managed_mix=mix)

    def price_paid(self, c: Conditions, routing: Array) -> Array:
        """Posted price per H100e-hour of each offer for each buyer: (worlds, offers, buyers)."""
        site = self.site
        paid = np.empty((len(c.price), len(site.offers), len(site.buyers)))
        paid[:, self.direct] = c.price[:, site.offer_pool[self.direct], None]
        if len(self.managed):
            blend = (routing[:, :, self.managed] * c.price[:, None, None]).sum(axis=3) * (1.0 + c.p.managed_markup)[
                :, None, None
            ]
            paid[:, self.managed] = blend.transpose(0, 2, 1)[:, :, site.buyer_region]
        return paid

    def _sought_long_run(
        self, asked: Demand, c: Conditions, work_price: Array, mix: Array, live_use: Array, seekers: Seekers
    ) -> Array:
        """Demand on pools at cost-based prices, capacity relaxed: what orders answer. (worlds, pools)."""
        relaxed = self.routing(replace(c, price=c.long_run_price))
        cheap = self.work_price(c.long_run_price, relaxed, c)
        change = np.exp(-self.price_sensitivity(c.p)[:, None] * np.log(cheap / work_price) / self.scale[:, :, None])
        usual, long_run = ((mix.transpose(0, 2, 1) * price).sum(axis=1) for price in (work_price, cheap))
        relative = np.where(usual > 0.0, long_run / np.where(usual > 0.0, usual, 1.0), 1.0)
        wanted = c.wanted * power(relative, c.p.price_elasticity[:, None])
        need, now = np.maximum(wanted - live_use, 0.0), seekers.mass.sum(axis=2)
        free = replace(asked, mass=asked.mass * ratio(need, now)[..., None], routing=relaxed)
        return clearing.quantity_at(free, np.zeros_like(c.capacity), change)

    def _use(
        self, state: SiteState, cleared: Clearing, seekers: Seekers, c: Conditions, captive: Array, sought: Array, paid: Array,
        exit_fee: Array, over: Array, moved: Moves, leaning: Array, frozen: Frozen,
    ) -> SiteOutcome:  # fmt: skip
        """What is used of what is committed: at most what is wanted, and at most what is online."""
        live = state.book.live()
        direct_committed, managed_committed = self.direct_load(live), self._managed_load(state)
        served = np.minimum(
            1.0,
            np.where(
                direct_committed + managed_committed > 0,
                c.capacity / np.maximum(direct_committed + managed_committed, 1e-9),
                1.0,
            ),
        )
        in_use = np.minimum(1.0 / over[:, None], ratio(c.wanted, live.sum(axis=1)))
        managed_served = managed.served(state, self.managed, served)
        used = live * in_use[:, None]
        used[:, self.direct] *= served[:, self.site.offer_pool[self.direct], None]
        used[:, self.managed] *= managed_served[:, :, None]
        average = ratio(state.book.hourly_bill_usd(), live)
        bill = contracts.bill(live, used, average, average, c.p.take_or_pay[:, None, None]) / USD_PER_MUSD
        direct_use = self.direct_load(used)
        managed_use = managed.use_by_pool(state, self.managed, used, served)
        return SiteOutcome(
            clearing=cleared, seekers=seekers, committed=live, used=used, signed=cleared.by_buyer, bill_musd_per_hour=bill,
            exit_fee_musd_per_hour=exit_fee, switching_fee_musd_per_hour=moved.fee_musd_per_hour, porting_musd_per_hour=moved.porting_musd_per_hour,
            managed_use_by_pool=managed_use, direct_use_by_pool=direct_use, committed_by_pool=direct_committed + managed_committed,
            managed_committed_by_pool=managed_committed, captive_used=captive, sought_long_run=sought, switched=moved.switched, ported=moved.ported, price_paid=paid,
            capacity=c.capacity, price_agreed=state.book.hourly_bill_usd(), leaning=leaning,
            sublet=np.zeros(live.shape[::2]), frozen=frozen,
        )  # fmt: skip

    def _market_price(self, committed: Array, work_price: Array, last: Array) -> Array:
        total = committed.sum(axis=1)
        mean = (committed * work_price).sum(axis=1)
        return np.where(total > 0.0, mean / np.where(total > 0.0, total, 1.0), last)
