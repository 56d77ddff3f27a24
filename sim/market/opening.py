"""How a site's market opens: who uses what under which commitments, and the constants that are then frozen.

Offer constants, what a choice model cannot explain, are solved on the *root* parameters of a scenario: a changed scenario
is compared with its base on the same constants.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.arrays import Array, ratio
from sim.axes import Site
from sim.equilibrium import clearing
from sim.market import contracts
from sim.market.site import SiteMarket
from sim.market.state import Conditions, SiteState
from sim.supply.start import Start
from sim.supply.tables import INITIAL_GROWTH

HIGH_CONSTANT = 12.0
"""Constants are found as HIGH_CONSTANT less the shadow price that brings demand down to what is observed."""


def open_site(start: Start, market: SiteMarket, price: Array) -> tuple[SiteState, Array]:
    """The state of a site's market with its frozen constants, and what each buyer wants at the start (worlds, buyers)."""
    site, p = market.site, start.root
    over = 1.0 + p.overcommitment
    term = start.terms(site, p)
    c = start.conditions(site, p, price, np.zeros((start.worlds, len(site.buyers))), term)
    committed = start.use(market, c)
    routing = market.routing(c)
    work_price = market.work_price(c.price, routing, c)
    total = committed.sum(axis=1)
    mean = ratio((committed * work_price).sum(axis=1), total)
    fallback = work_price.mean(axis=1)
    market_price = np.where(total > 0.0, mean, fallback)
    felt = market_price * start.felt_over_price(p)[:, None]
    wanted = total / over[:, None]
    managed_terms = np.where(site.offer_managed[:, None], p.managed_term_quarters[:, None, None], term[:, None])
    paid = market.price_paid(c, routing)
    growth = np.full(start.worlds, INITIAL_GROWTH)
    book = contracts.book_in_growth(committed, paid, managed_terms, growth)
    mix = np.repeat(routing[:, 0, market.managed][..., None], contracts.TERMS, axis=3)
    waiting = np.zeros((start.worlds, len(site.buyers), site.incumbents))
    state = SiteState(
        book=book, managed_mix=mix, waiting=waiting, ports=np.zeros((start.worlds, len(site.buyers), len(start.roster.families))),
        gravity=np.ones((start.worlds, len(site.buyers), len(start.roster.owners))), constants=np.zeros((start.worlds, len(site.offers))),
        shadow_price=np.zeros((start.worlds, len(site.pools))), market_price=market_price, felt_price=felt,
        start_price=felt,
    )  # fmt: skip
    return _with_constants(start, market, state, c, committed, wanted), wanted


def _with_constants(
    start: Start, market: SiteMarket, state: SiteState, c: Conditions, committed: Array, wanted: Array
) -> SiteState:
    """Solve the constants: with them, seeking demand of the first quarter goes where stock and recent deliveries say.

    Expiring demand comes back to its offer and growth follows recent deliveries, less what waits."""
    site, over = market.site, 1.0 + c.p.overcommitment
    seeking = _seeking(start, site, state, committed, wanted, over)
    flow = _flow(start, market, committed)
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
    cleared = clearing.clear(asked, np.maximum(target * served[:, None], floor), np.full_like(target, HIGH_CONSTANT))
    constants = np.where(start.available(site, c.p), HIGH_CONSTANT - cleared.shadow_price, 0.0)
    return replace(state, constants=constants)


def _seeking(start: Start, site: Site, state: SiteState, committed: Array, wanted: Array, over: Array) -> Array:
    """Masses that choose in the first quarter: one cohort of the book, and growth from the live mix."""
    offers = len(site.offers)
    mass = np.zeros_like(state.waiting)
    mass[..., :offers] = state.book.capacity_h100e[..., 0].transpose(0, 2, 1)
    mix = ratio(committed.transpose(0, 2, 1), committed.sum(axis=1)[:, :, None])
    growth = wanted * over[:, None] * INITIAL_GROWTH
    fresh = start.root.greenfield_share[:, None]
    mass[..., :offers] += mix * (growth * (1.0 - fresh))[..., None]
    mass[..., offers] += growth * fresh
    return mass


def _flow(start: Start, market: SiteMarket, committed: Array) -> Array:
    """Where growth went of late: shares of offers, (worlds, offers)."""
    site = market.site
    captive = np.array([start.roster.pools[pool].captive_share for pool in site.pools])
    delivered = start.tables.trend()[site.pools] * (1.0 - captive)
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
        part = (
            np.zeros(start.worlds)
            if service is None
            else ratio(pace[:, service], _delivered_by(start, site, delivered, int(offer)))
        )
        pace[:, offer] = delivered[site.offer_pool[offer]] * (1.0 - part)
    pace = np.maximum(pace, 1e-5 * pace.sum(axis=1, keepdims=True))
    return np.asarray(pace / pace.sum(axis=1, keepdims=True))


def _delivered_by(start: Start, site: Site, delivered: Array, offer: int) -> Array:
    """Deliveries to all pools of an offer's cloud, (worlds,)."""
    return np.full(start.worlds, delivered[site.pool_owner == site.offer_owner[offer]].sum())
