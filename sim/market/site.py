"""The market of one site in one quarter: expiring, waiting and new demand chooses among offers, and choice meets
capacity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.arrays import Array, once, power, ratio, read_only, total_by
from sim.axes import Site
from sim.equilibrium import choice, clearing, exchange
from sim.equilibrium.demand import Demand
from sim.finance import annuity
from sim.market import admission, billing, captive, channel, charges, demand, lock_in, signed
from sim.market.demand import Seekers
from sim.market.moves import moves
from sim.market.offers import EVERYBODY, Among, Offers
from sim.market.state import Chosen, Conditions, Frozen, Owed, SiteOutcome, SiteState
from sim.market.tastes import Tastes
from sim.market.traits import Traits
from sim.parameters import Parameters
from sim.roster import Roster
from sim.units import QUARTERS_PER_YEAR, USD_PER_MUSD


class SiteMarket:
    """One site: its layout, fixed attributes of buyers and offers, and the quarter's resolution. State is handed in and
    out."""

    def __init__(self, site: Site, roster: Roster, traits: Traits, p: Parameters) -> None:
        self.site, self.roster, self.traits = site, roster, traits
        self.nests = choice.Nests.of(site.offer_nest)
        self.tastes = Tastes(site, traits)
        self.scale = self.nests.scale(p.dissimilarity)
        self.origins = lock_in.Origins.of(site.offer_family, site.offer_owner, len(roster.families))
        self.offers = Offers(site, roster)
        self.direct, self.managed = self.offers.direct, self.offers.managed

    # --- what buyers see ------------------------------------------------------------------------------------------

    def utility(self, work_price: Array, state: SiteState, c: Conditions, among: Among = EVERYBODY) -> Array:
        """Utility before switching costs of buyers among all, (worlds, offers, buyers); minus infinity where an offer
        is not to be had."""
        t, p, site = self.traits, c.p, self.site
        misfit, confidential, service, partner = (one[:, :, among] for one in self.tastes.standing(p))
        relative = work_price[:, :, among] / state.market_price[:, among][:, None]
        value = -self.price_sensitivity(p)[:, among][:, None] * np.log(relative)
        value += state.constants[:, :, among] + self.tastes.family_terms(c)[:, :, None] + c.taste[:, :, among]
        value -= misfit
        value += confidential
        value += service
        value += partner
        return admission.choosable(value, c.available[:, :, None], site, t, p, among)

    def price_sensitivity(self, p: Parameters) -> Array:
        """alpha of each buyer: (worlds, buyers), not to be written to."""
        return self.tastes.price_sensitivity(p)

    @once("cost_of_capital", "foresight_quarters")
    def _spread(self, p: Parameters) -> Array:
        """Part of a one-off cost that each quarter of a buyer's foresight bears: (worlds,)."""
        return read_only(annuity(p.cost_of_capital, p.foresight_quarters))

    def switching_costs(
        self, state: SiteState, c: Conditions, mass: Array, among: Among = EVERYBODY
    ) -> lock_in.SwitchingCosts:
        """Costs of leaving stacks and clouds this quarter, of buyers `among` all. mass (worlds, buyers, incumbents):
        who seeks, in committed H100e."""
        p, region, alpha = c.p, self.site.buyer_region[among], self.price_sensitivity(c.p)[:, among]
        spread, fee = self._spread(p), charges.leaving_years(self.site, state, c)
        years, stack = lock_in.stack_costs(self._porting(state, c, among), alpha, spread)
        price, fee = self.offers.cloud_price(state, c, mass, among), fee[:, among]
        charge = fee + charges.hurdles(self.site, state, c)[:, among]
        charge = charge[..., None] * ratio(price[..., None], price[:, :, None])
        cloud = lock_in.money_to_utils(charge, alpha[:, :, None, None], spread[:, None, None, None])
        cloud = cloud + (p.cloud_intangible[:, None] * c.rules.cloud_intangible_factor[:, region])[:, :, None, None]
        return lock_in.SwitchingCosts(stack, years, cloud, fee, price)

    def _porting(self, state: SiteState, c: Conditions, among: Among) -> lock_in.Porting:
        """What makes up the cost of porting for buyers among this site's."""
        p, t, region = c.p, self.traits, self.site.buyer_region[among]
        skill = 1.0 + p.porting_skill_effect[:, None] * (0.5 - self.site.buyer_skill[among])
        return lock_in.Porting(
            base_years=p.porting_cost_years,
            portability=p.portability,
            learning=p.porting_learning,
            habit=p.greenfield_habit,
            factor=c.rules.porting_factor[:, region] * skill,
            ports=state.ports[:, among],
            intangible=p.porting_intangible[:, None] * c.rules.stack_intangible_factor[:, region],
            leaving=p.porting_out_factor,
            entering=p.porting_into_factor,
            foreign=np.where(t.is_cuda, 1.0, p.porting_out_of_other_factor[:, None]),
            same_stack=t.same_stack,
            cuda_family=t.cuda_family,
        )

    def demand_on_offers(
        self, utility: Array, costs: lock_in.SwitchingCosts, routing: Array, mass: Array, p: Parameters
    ) -> Demand:
        """The choice problem of the quarter's seekers."""
        places = (self.origins, self.site.offer_family, self.site.offer_owner, self.scale, self.traits.partner_offer)
        exponent = utility / self.scale[:, :, None]
        x = lock_in.weights(exponent, costs, *places)
        asked = Demand(x, mass, routing, self.scale, self.tastes.rationing(p), self.nests, self.site.region_slices)
        return asked.counted(exponent, lambda: lock_in.staying(costs, *places))

    # --- the quarter ----------------------------------------------------------------------------------------------

    def resolve(self, state: SiteState, c: Conditions) -> tuple[SiteState, SiteOutcome]:
        """Expire, seek, choose, clear, sign, use."""
        over = (1.0 + c.p.overcommitment)[:, None, None]
        state, ended, exit_fee = self._expire(state, c)
        if c.owed is not None:
            state, ended, c = self._sign_due(state, ended, c.owed, c)
        chosen = self._choose(state, ended, c)
        waiting = chosen.cleared.outside / over
        waiting[..., -1] = 0.0
        displaced = waiting * ratio(chosen.seekers.returning, chosen.seekers.mass)
        after = self._sign(state, chosen, c)
        outcome = self._use(after, chosen, c, exit_fee, waiting)
        market_price = billing.market_price(outcome.committed, chosen.frozen.work_price, state.market_price)
        felt = demand.follow_price(state.felt_price, market_price, c.p.price_adaptation[:, None])
        after = replace(after, waiting=waiting, displaced=displaced, market_price=market_price, felt_price=felt)
        after = replace(after, constants=channel.drifted(state.constants, self.site.offer_managed, c.p))
        return replace(after, shadow_price=chosen.cleared.shadow_price), outcome

    def _sign_due(
        self, state: SiteState, ended: Array, owed: Owed, c: Conditions
    ) -> tuple[SiteState, Array, Conditions]:
        """What deals owe is signed before anyone seeks."""
        load = self.direct_load(state.book.live()) + self.offers.managed_load(state)
        room = signed.Room(load, c.capacity, c.captive_wanted)
        book, new = signed.sign_due(self.site, state.book, room, owed, self._deal_price(state, owed, c), c.term)
        wants = signed.at_least(c, book.live(), owed, self.site.buyer_lab >= 0)
        return replace(state, book=book), signed.signed_for(ended, new), wants

    def _choose(self, state: SiteState, ended: Array, c: Conditions) -> Chosen:
        """Who seeks chooses among offers, and choice meets free capacity. ended (worlds, buyers, incumbents): use whose
        commitments are over."""
        over, live = 1.0 + c.p.overcommitment, state.book.live()
        live_use = self._live_use(live, c)
        mix = ratio(live.transpose(0, 2, 1), live.sum(axis=1)[:, :, None])
        fresh, tied = c.p.greenfield_share[:, None], self._tied_share(c)
        back = demand.Back(ended + state.waiting, ended + state.displaced)
        seekers = demand.seek(c.wanted, live_use, back, mix, fresh, tied)
        load = self.direct_load(live), self.offers.managed_load(state)
        captive = np.minimum(c.captive_wanted, np.maximum(c.capacity - load[0] - load[1], 0.0))
        free = np.maximum(c.capacity - load[0] - load[1] - captive, 0.0)
        routing = self.offers.routing(c, free, live.sum(axis=2))
        work_price = self.offers.work_price_on_terms(c.price, routing, c)
        mass = seekers.mass * over[:, None, None]
        costs = self.switching_costs(state, c, mass)
        asked = self.demand_on_offers(self.utility(work_price, state, c), costs, routing, mass, c.p)
        cleared = clearing.clear(asked, free, state.shadow_price)
        frozen = Frozen(state, c, live, load[0] + load[1], captive, mass, routing, work_price)
        sought = self._sought_long_run(asked, frozen, mix, live_use, seekers)
        paid = self.offers.price_paid(c, routing)
        return Chosen(seekers, asked, costs, cleared, frozen, sought, paid)

    def _deal_price(self, state: SiteState, owed: Owed, c: Conditions) -> Array:
        """What is paid for what is signed for deals, USD per H100e-hour (worlds, offers, buyers)."""
        worth = self.deal_worth(state, owed.level, np.zeros_like(owed.level), c)
        return signed.agreed(owed, signed.prices(self.site, owed, c, worth))

    def deal_worth(self, state: SiteState, level: Array, before: Array, c: Conditions) -> signed.Worth:
        """What deals are worth to the labs that have one. level, and before of earlier deals (worlds, offers, buyers)
        H100e."""
        labs, routing = np.flatnonzero((level > 0.0).any(axis=(0, 1))), self.offers.routing(c)
        utility = self.utility(self.offers.work_price_on_terms(c.price, routing, c), state, c, labs)
        costs = self.switching_costs(state, c, np.zeros_like(state.waiting), labs)
        x = np.exp(np.minimum(utility / self.scale[:, :, None], choice.LARGEST_EXPONENT))[..., None]
        x = x * lock_in.factors(costs, self.origins, self.site.offer_family, self.site.offer_owner, self.scale)
        short = signed.scarcity(routing, state.shadow_price, self.site.buyer_region[labs])
        part = signed.slices(before[:, :, labs], level[:, :, labs], c.wanted[:, labs])
        gain = signed.gains(x, self.scale, self.nests, signed.origins(state, labs, c.p), part, short)
        return signed.Worth(labs, gain, state.shadow_price, self.price_sensitivity(c.p))

    def _live_use(self, live: Array, c: Conditions) -> Array:
        """Use that commitments cover: (worlds, buyers)."""
        return signed.covered(live, c.owed, 1.0 + c.p.overcommitment)

    def _tied_share(self, c: Conditions) -> Array:
        site = self.site
        tie = c.p.investor_tie_share[:, site.buyer_lab] * c.rules.tie_factor[:, site.buyer_region]
        stands = (site.buyer_lab >= 0) & (site.buyer_partner >= 0) & signed.without_tie(site, c.owed)
        return np.where(stands, tie, 0.0)

    def _expire(self, state: SiteState, c: Conditions) -> tuple[SiteState, Array, Array]:
        """Commitments that end, are released, or are bought out of; returns the use that they served by what it used.

        A buyer with more committed than it wants hands part back when the exit fee (in years of its bill) is below what
        take-or-pay would still cost."""
        p, over = c.p, (1.0 + c.p.overcommitment)[:, None, None]
        ahead = state.book.ahead()
        mix = np.concatenate([state.managed_mix[..., 1:], state.managed_mix[..., -1:]], axis=3)
        live, bill = ahead.live, ahead.hourly_bill_usd
        released = np.where(self.traits.partner_offer, p.contract_release_share[:, self.site.buyer_lab][:, None], 0.0)
        surplus, free = 1.0 - ratio(c.wanted, self._live_use(live, c)), signed.shielded(live, c.owed)
        fee_quarters = c.exit_fee_years[:, self.site.offer_owner][:, :, None] * QUARTERS_PER_YEAR
        fee_quarters = fee_quarters * c.rules.exit_fee_factor[:, self.site.buyer_region][:, None]
        owed_quarters = ratio(ahead.owed_usd_per_hour_quarters, bill)
        cheaper = fee_quarters < p.take_or_pay[:, None, None] * owed_quarters
        handed_back = (
            np.clip(surplus, 0.0, 1.0)[:, None] * np.where(cheaper, p.early_exit_take_up[:, None, None], 0.0) * free
        )
        handed_back = np.where((released > 0.0) | self.site.offer_bought[:, None], 0.0, handed_back)
        leaving = np.where(released > 0.0, released, handed_back)
        owed = bill * handed_back * fee_quarters
        if c.owed is not None:
            owed = owed + bill * released * (1.0 - free) * c.owed.take_or_pay * owed_quarters
        book, expired = state.book.roll(leaving)
        back = np.zeros_like(state.waiting)
        back[..., : len(self.site.offers)] = ((expired + live * released) / over).transpose(0, 2, 1)
        return replace(state, book=book, managed_mix=mix), back, owed / USD_PER_MUSD

    def direct_load(self, live: Array) -> Array:
        """What direct offers load on pools: live (worlds, offers, buyers) -> (worlds, pools) H100e."""
        by_offer = live.sum(axis=2)[:, self.direct]
        return total_by(by_offer, self.site.offer_pool[self.direct], len(self.site.pools))

    def _sign(self, state: SiteState, chosen: Chosen, c: Conditions) -> SiteState:
        """New commitments; a managed cohort remembers on which pools it runs."""
        signed = chosen.cleared.by_buyer
        before = state.book.by_term()[:, self.managed]
        book = state.book.sign(signed, chosen.paid, self.offers.terms(c))
        if not len(self.managed):
            return replace(state, book=book)
        after = book.by_term()[:, self.managed]
        new = np.zeros((*before.shape[:2], len(self.site.pools)))
        for group, buyers in self.site.region_slices:
            here = signed[:, self.managed][:, :, buyers].sum(axis=2)
            new += here[:, :, None] * chosen.frozen.routing[:, group, self.managed]
        spread = ratio(new, new.sum(axis=2, keepdims=True))
        kept = ratio(before, after)[:, :, None]
        mix = state.managed_mix * kept + spread[..., None] * (1.0 - kept)
        mix = np.where(after[:, :, None] > 0.0, mix, spread[..., None])
        return replace(state, book=book, managed_mix=mix)

    def _sought_long_run(self, asked: Demand, frozen: Frozen, mix: Array, live_use: Array, seekers: Seekers) -> Array:
        """Demand on pools at cost-based prices, capacity relaxed: what orders answer. (worlds, pools)."""
        c, work_price = frozen.conditions, frozen.work_price
        relaxed = self.offers.routing(replace(c, price=c.long_run_price))
        cheap = self.offers.work_price_on_terms(c.long_run_price, relaxed, c)
        change = np.exp(-self.price_sensitivity(c.p)[:, None] * np.log(cheap / work_price) / self.scale[:, :, None])
        usual, long_run = ((mix.transpose(0, 2, 1) * price).sum(axis=1) for price in (work_price, cheap))
        relative = np.where(usual > 0.0, long_run / np.where(usual > 0.0, usual, 1.0), 1.0)
        wanted = c.wanted * power(relative, c.p.price_elasticity[:, None])
        wanted = wanted if c.owed is None else wanted - c.owed.coming
        need, now = np.maximum(wanted - live_use, 0.0), seekers.mass.sum(axis=2)
        free = replace(asked, mass=asked.mass * ratio(need, now)[..., None], routing=relaxed)
        return clearing.quantity_at(free, np.zeros_like(c.capacity), change)

    def _use(self, state: SiteState, chosen: Chosen, c: Conditions, exit_fee: Array, waiting: Array) -> SiteOutcome:
        """What is used of what is committed: at most what is wanted, and at most what is online."""
        live, families = state.book.live(), len(self.traits.is_cuda)
        direct, managed = self.direct_load(live), self.offers.managed_load(state)
        served = billing.served(direct + managed, c.capacity)
        used = self._used(state, live, served, c)
        return SiteOutcome(
            clearing=chosen.cleared,
            seekers=chosen.seekers,
            committed=live,
            used=used,
            signed=chosen.cleared.by_buyer,
            **billing.billed(state.book, used, c),
            exit_fee_musd_per_hour=exit_fee,
            **self._moved(chosen, c),
            managed_use_by_pool=self.offers.managed_use(state, used, served),
            direct_use_by_pool=self.direct_load(used),
            committed_by_pool=direct + managed,
            managed_committed_by_pool=managed,
            captive_used=chosen.frozen.captive,
            sought_long_run=chosen.sought,
            price_paid=chosen.paid,
            capacity=c.capacity,
            leaning=exchange.leaning(chosen.asked, waiting, self.site.offer_family, families),
            sublet=np.zeros(live.shape[::2]),
            frozen=chosen.frozen,
        )

    def _moved(self, chosen: Chosen, c: Conditions) -> dict[str, Array]:
        """What buyers that move pay for it, who moves, and whom the cost of moving holds."""
        moved = moves(self.site, self.origins, chosen, 1.0 + c.p.overcommitment)
        return {
            "switching_fee_musd_per_hour": moved.fee_musd_per_hour,
            "porting_musd_per_hour": moved.porting_musd_per_hour,
            "switched": moved.switched,
            "captive_share": captive.shares(self.site, chosen.costs, self.offers.by_cloud(chosen.frozen.live)),
            "ported": moved.ported,
        }

    def _used(self, state: SiteState, live: Array, served: Array, c: Conditions) -> Array:
        """Commitments in use, (worlds, offers, buyers) H100e; served (worlds, pools): part of each pool's bookings that
        is online."""
        over = 1.0 + c.p.overcommitment
        if c.owed is None:
            used = live * np.minimum(1.0 / over[:, None], ratio(c.wanted, live.sum(axis=1)))[:, None]
        else:
            used = signed.used(live, c.owed, c.wanted, over)
        used[:, self.direct] *= served[:, self.site.offer_pool[self.direct], None]
        used[:, self.managed] *= self.offers.managed_served(state, served)[:, :, None]
        return used
