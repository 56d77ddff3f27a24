"""What offers look like to buyers: which are sold, how managed service is routed, and what useful work costs at
each."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, Index, Mask, once, ratio, read_only, total_by
from sim.axes import Site
from sim.market import contracts
from sim.market.state import Conditions, SiteState
from sim.parameters import Parameters
from sim.roster import Roster
from sim.supply import prices
from sim.units import SMALLEST_CAPACITY_H100E

Among = Index | slice
"""Positions of buyers on their axis."""
EVERYBODY = slice(None)
ROUTED = ("price", "capacity", "efficiency", "fit", "software_gap", "p", "rules")
"""What decides how managed services spread over pools, of what buyers face."""
SIGNED = ("term", "usual_term", "short_premium", "p")
"""What decides for how long buyers sign, and what that costs."""


def available(roster: Roster, site: Site, p: Parameters) -> Mask:
    """Is each offer sold? (worlds, offers). Pools with a launch parameter open when it is 1."""
    open_ = np.ones((len(p.price_elasticity), len(site.offers)), dtype=bool)
    for offer, pool in enumerate(site.offer_pool):
        name = roster.pools[site.pools[pool]].launch_parameter if pool >= 0 else ""
        if name:
            open_[:, offer] = getattr(p, name) > 0.5
    return open_


def usual_terms(roster: Roster, site: Site, p: Parameters) -> Array:
    """Usual length of commitments, whole quarters: (worlds, buyers)."""
    segment = roster.numbers("segments", "term_factor")[site.buyer_segment]
    lab = roster.numbers("labs", "term_factor")[site.buyer_lab]
    factor = np.where(site.buyer_lab >= 0, lab, segment)
    return np.clip(np.rint(p.contract_term_quarters[:, None] * factor), 1.0, contracts.TERMS)


class Offers:
    """The offers of a site as buyers see them. direct, managed: positions of offers."""

    def __init__(self, site: Site, roster: Roster) -> None:
        self.site, self.roster = site, roster
        self.direct = np.flatnonzero(~site.offer_managed)
        self.managed = np.flatnonzero(site.offer_managed)

    def routing(self, c: Conditions, room: Array | None = None, live: Array | None = None) -> Array:
        """H100e of each pool that a unit of each offer uses: (worlds, regions, offers, pools), not to be written to.

        Direct offers use their own pool. A managed service spreads over its cloud's pools by what stands online there
        (nothing goes where nothing does), the cost of useful work now and the bonus for own silicon, which a ban on
        self-preferencing cuts in the regions it covers. With `room` (worlds, pools), the free capacity, and `live`
        (worlds, offers), what is committed to each offer, it routes around pools that could not take their part of a
        renewal of all that is live."""
        if room is None or live is None:
            return self._routed(c)
        room = np.where(room > SMALLEST_CAPACITY_H100E, room, 0.0)  # what rounding leaves of a full pool is no room
        shares = []
        for offer, mine in zip(self.managed, self._spread(c), strict=True):
            part = mine * live[:, offer, None, None]
            spread = mine * (room[:, None] / (room[:, None] + part + SMALLEST_CAPACITY_H100E))
            some_room = spread.sum(axis=2, keepdims=True) > 0.0  # with none anywhere it routes as without limits
            shares.append(np.where(some_room, spread, mine))
        return self._onto_pools(len(c.price), shares)

    @once(*ROUTED)
    def _routed(self, c: Conditions) -> Array:
        return self._onto_pools(len(c.price), self._spread(c))

    @once(*ROUTED)
    def _spread(self, c: Conditions) -> list[Array]:
        """How each managed service spreads over its cloud's pools, however full they are: (worlds, regions, pools)."""
        if not len(self.managed):
            return []
        site, found = self.site, []
        own = self.roster.own_family[site.pool_owner] == site.pool_family
        cost = np.log(c.price / self.managed_efficiency(c))
        bonus = (c.p.own_silicon_bonus[:, None] * c.rules.own_silicon_bonus_factor)[:, :, None] * own
        weight = np.exp(bonus - (c.p.routing_sensitivity[:, None] * cost)[:, None])
        for offer in self.managed:
            theirs = site.pool_owner == site.offer_owner[offer]
            online = c.capacity * theirs
            online = np.where(online.sum(axis=1, keepdims=True) > 0.0, online, theirs)  # a cloud without any stock yet
            mine = weight * online[:, None]
            found.append(ratio(mine, mine.sum(axis=2, keepdims=True)))
        return found

    def _onto_pools(self, worlds: int, shares: list[Array]) -> Array:
        """Routing of direct offers, and of managed ones by their shares."""
        site = self.site
        result = np.zeros((worlds, len(self.roster.regions), len(site.offers), len(site.pools)))
        result[:, :, self.direct, site.offer_pool[self.direct]] = 1.0
        for offer, mine in zip(self.managed, shares, strict=True):
            result[:, :, offer] = ratio(mine, mine.sum(axis=2, keepdims=True))
        return read_only(result)

    @once("efficiency", "fit", "software_gap", "p.managed_software_skill")
    def managed_efficiency(self, c: Conditions) -> Array:
        """Useful work per H100e of each pool when its cloud's own engineers run it: (worlds, pools)."""
        family = self.site.pool_family
        gap = (1.0 - c.p.managed_software_skill)[:, None] * c.software_gap[:, family]
        return read_only((c.efficiency * c.fit.services)[:, family] * (1.0 - gap))

    @once("efficiency", "fit", "software_gap")
    def _direct_efficiency(self, c: Conditions) -> Array:
        """Useful work per H100e of direct offers in the hands of each buyer: (worlds, direct, buyers)."""
        family = self.site.offer_family[self.direct]
        loss = c.software_gap[:, family, None] * (1.0 - self.site.buyer_skill)
        return read_only((c.efficiency[:, :, None] * c.fit.buyers)[:, family] * (1.0 - loss))

    def work_price(self, pool_price: Array, routing: Array, c: Conditions) -> Array:
        """Price per H100e-hour of useful work that each buyer meets: (worlds, offers, buyers)."""
        site = self.site
        result = np.empty((len(pool_price), len(site.offers), len(site.buyers)))
        result[:, self.direct] = pool_price[:, site.offer_pool[self.direct], None] / self._direct_efficiency(c)
        if len(self.managed):
            service = prices.managed_price(
                pool_price, routing[:, :, self.managed], c.p.managed_markup, self.managed_efficiency(c)
            )
            result[:, self.managed] = service.transpose(0, 2, 1)[:, :, site.buyer_region]
        return result

    def work_price_on_terms(self, pool_price: Array, routing: Array, c: Conditions) -> Array:
        """The same, with each commitment's term priced in, over what the buyer's own term usually costs: (worlds,
        offers, buyers)."""
        return self.work_price(pool_price, routing, c) * self._over_usual(c)

    @once(*SIGNED)
    def _over_usual(self, c: Conditions) -> Array:
        factor, usual = self.term_factors(c)
        return read_only(factor / usual)

    @once(*SIGNED)
    def term_factors(self, c: Conditions) -> tuple[Array, Array]:
        """Price of each commitment's term over the one-year price: by offer as its cloud sets it (worlds, offers,
        buyers), and of the term that the buyer is used to, as is usual (worlds, 1, buyers). Buyers compare offers at
        what they would pay; only what differs from what they are used to moves them, and who may not commit for as
        long as before feels dearer work."""
        term, longer = self.terms(c), c.p.long_term_discount[:, None, None]
        premium = c.short_premium[:, self.site.offer_owner, None]
        usual = contracts.term_price_factor(c.usual_term, c.p.short_term_premium[:, None], longer[..., 0])
        factor = contracts.term_price_factor(term, premium, longer)
        return read_only(np.where(self.site.offer_bought[:, None], 1.0, factor)), read_only(usual[:, None])

    @once("term", "p.managed_term_quarters")
    def terms(self, c: Conditions) -> Array:
        """Length of new commitments, whole quarters (worlds, offers, buyers): the buyer's own, and a managed
        service's; who owns a system has it for its life. Not to be written to."""
        managed = self.site.offer_managed[:, None]
        term = np.where(managed, np.rint(c.p.managed_term_quarters)[:, None, None], c.term[:, None])
        return read_only(np.where(self.site.offer_bought[:, None], float(contracts.TERMS), term))

    def price_paid(self, c: Conditions, routing: Array) -> Array:
        """Price per H100e-hour that each buyer pays at each offer, its term priced in: (worlds, offers, buyers)."""
        site = self.site
        paid = np.empty((len(c.price), len(site.offers), len(site.buyers)))
        paid[:, self.direct] = c.price[:, site.offer_pool[self.direct], None]
        if len(self.managed):
            blend = (routing[:, :, self.managed] * c.price[:, None, None]).sum(axis=3) * (1.0 + c.p.managed_markup)[
                :, None, None
            ]
            paid[:, self.managed] = blend.transpose(0, 2, 1)[:, :, site.buyer_region]
        return paid * self.term_factors(c)[0]

    @once(*ROUTED, *SIGNED)
    def _posted(self, c: Conditions) -> Array:
        """The same as posted, however full pools are."""
        return read_only(self.price_paid(c, self.routing(c)))

    @once("available", *ROUTED, *SIGNED)
    def _even_price(self, c: Conditions) -> Array:
        """The posted price of what is sold at each cloud, evenly: (worlds, buyers, owners)."""
        paid = self._posted(c)
        sold = np.where(c.available[:, :, None], np.ones_like(paid), 0.0)
        return read_only(ratio(self.by_cloud(sold * paid), self.by_cloud(sold)))

    def cloud_price(self, state: SiteState, c: Conditions, mass: Array, among: Among) -> Array:
        """What an H100e-hour costs each buyer at each cloud, USD (worlds, buyers, owners), as posted for its term: over
        what it holds there and what it seeks anew there, or evenly over what is sold there; 0 where nothing is."""
        paid, even = self._posted(c)[:, :, among], self._even_price(c)[:, among]
        held = state.book.live()[:, :, among] + mass[:, among, : len(self.site.offers)].transpose(0, 2, 1)
        own = ratio(self.by_cloud(held * paid), self.by_cloud(held))
        return np.where(own > 0.0, own, even)

    def by_cloud(self, amount: Array) -> Array:
        """Sums over the offers of each cloud: (worlds, offers, buyers) -> (worlds, buyers, owners)."""
        worlds, offers, buyers = amount.shape
        rows, owners = amount.transpose(0, 2, 1).reshape(worlds * buyers, offers), len(self.roster.owners)
        return total_by(rows, self.site.offer_owner, owners).reshape(worlds, buyers, owners)

    # --- managed services over their cloud's pools ----------------------------------------------------------------

    def managed_committed(self, state: SiteState) -> Array:
        """Committed managed service by offer and pool: (worlds, managed, pools)."""
        by_term = state.book.by_term()[:, self.managed]
        return np.asarray((by_term[:, :, None] * state.managed_mix).sum(axis=3))

    def managed_load(self, state: SiteState) -> Array:
        """What managed service loads on pools: (worlds, pools) H100e."""
        by_term = state.book.by_term()[:, self.managed]
        return np.asarray((by_term[:, :, None] * state.managed_mix).sum(axis=(1, 3)))

    def managed_served(self, state: SiteState, online: Array) -> Array:
        """Part of each service that is online: (worlds, managed). online (worlds, pools): part of each pool's
        bookings."""
        booked = self.managed_committed(state)
        total = booked.sum(axis=2)
        return np.asarray(np.where(total > 0.0, ratio((booked * online[:, None]).sum(axis=2), total), 1.0))

    def managed_use(self, state: SiteState, used: Array, online: Array) -> Array:
        """Use of managed services by pool, (worlds, pools); used (worlds, offers, buyers)."""
        booked = self.managed_committed(state) * online[:, None]
        share = ratio(booked, booked.sum(axis=2, keepdims=True))
        return np.asarray((used[:, self.managed].sum(axis=2)[:, :, None] * share).sum(axis=1))
