"""Offer constants: what the choice model cannot explain. With them the demand that seeks in a first quarter goes where
stock, recent deliveries and what each lab holds say.

A lab's mix is mostly its own history, so every lab has constants of its own; everybody else shares one constant an
offer, solved on what labs leave.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.arrays import Array, Index, Mask, ratio
from sim.axes import Site
from sim.equilibrium import clearing
from sim.equilibrium.demand import Demand
from sim.market.site import SiteMarket
from sim.market.state import Conditions, SiteState
from sim.parameters import Parameters
from sim.supply.start import Start
from sim.supply.tables import INITIAL_GROWTH

HIGH_CONSTANT = 12.0
"""Constants are found as HIGH_CONSTANT less the shadow price that brings demand down to what is observed."""
SMALLEST_SHARE = 1e-6
"""Part of what a lab seeks that goes to every offer at least: a constant cannot be found for nothing."""
LEAST_LEFT = 0.1
"""Of what others have expiring at an offer, the part that is left to them at least, whatever labs take."""


def solved(start: Start, market: SiteMarket, state: SiteState, c: Conditions, committed: Array, wanted: Array) -> Array:
    """Constants of every offer and buyer, (worlds, offers, buyers), on a site's opening.

    committed (worlds, offers, buyers), wanted (worlds, buyers) H100e. Expiring demand comes back to its offer and
    growth follows recent deliveries, less what waits; labs by their own mix, the rest of it for everybody else."""
    mass = seeking(market.site, state, committed, wanted, start.root)
    flow = growth_flow(start, market, committed)
    lab = _with_mix(market.site, committed)
    asked = _asked(market, state, c, mass)
    goal = lab_goal(mass, committed, flow, c.p, ~market.site.offer_joins[:, None]) * lab[:, None]
    common = _clear(_only(asked, ~lab), _left_to_others(state, committed, mass, flow, goal, c.p))
    own = _alone(asked, market.site, goal)
    constants = HIGH_CONSTANT - np.where(lab[:, None], own, common[:, :, None])
    return np.where(c.available[:, :, None], constants, 0.0)


def anew(start: Start, market: SiteMarket, state: SiteState, c: Conditions, wanted: Array) -> Array:
    """Constants of a site where a lab's are solved again on what it now holds, (worlds, offers, buyers): between two
    dates it was known what labs held, so that what their constants say is that of the later one."""
    committed = state.book.live()
    mass = seeking(market.site, state, committed, wanted, start.root)
    lab = _with_mix(market.site, committed)
    flow = growth_flow(start, market, committed)
    goal = lab_goal(mass, committed, flow, start.root, ~market.site.offer_joins[:, None]) * lab[:, None]
    bare = replace(c, p=start.root, taste=np.zeros_like(c.taste))
    own = HIGH_CONSTANT - _alone(_asked(market, state, bare, mass), market.site, goal)
    return np.where(lab[:, None] & c.available[:, :, None], own, state.constants)


def lab_goal(mass: Array, committed: Array, flow: Array, p: Parameters, may: Mask | bool = True) -> Array:
    """Where what each buyer seeks should go if it were a lab, (worlds, offers, buyers) H100e: by its own mix and, by
    `lab_flow_weight`, where growth of the market goes, less what waits. may (offers, 1): which offers are there."""
    weight, sought = p.lab_flow_weight[:, None, None], (1.0 - p.waiting_share)[:, None] * mass.sum(axis=2)
    mix = ratio(committed, committed.sum(axis=1, keepdims=True))
    share = np.maximum((1.0 - weight) * mix + weight * flow[:, :, None], SMALLEST_SHARE) * may
    return np.asarray(share / share.sum(axis=1, keepdims=True) * sought[:, None])


def _with_mix(site: Site, committed: Array) -> Mask:
    """Labs that hold something, (worlds, buyers): one that holds nothing has no mix, and takes the common constants."""
    return np.asarray((site.buyer_lab >= 0) & (committed.sum(axis=1) > 0.0))


def _left_to_others(state: SiteState, committed: Array, mass: Array, flow: Array, goal: Array, p: Parameters) -> Array:
    """What everybody but labs with a mix should ask of each offer, (worlds, offers): the market's goal less the
    labs'."""
    expiring = state.book.capacity_h100e[..., 0].sum(axis=2)
    target = expiring + (committed.sum(axis=(1, 2)) * INITIAL_GROWTH)[:, None] * flow
    served = (1.0 - p.waiting_share) * mass.sum(axis=(1, 2)) / target.sum(axis=1)
    others = np.where(goal.sum(axis=1, keepdims=True) > 0.0, 0.0, state.book.capacity_h100e[..., 0]).sum(axis=2)
    left = np.maximum(target * served[:, None] - goal.sum(axis=2), LEAST_LEFT * others * served[:, None])
    return np.maximum(left, 1e-9 * committed.sum(axis=(1, 2))[:, None])


def _asked(market: SiteMarket, state: SiteState, c: Conditions, mass: Array) -> Demand:
    """The first quarter's choice with every constant high, and each offer a pool of its own."""
    raised = replace(state, constants=np.full_like(state.constants, HIGH_CONSTANT))
    routing = market.offers.routing(c)
    utility = market.utility(market.offers.work_price_on_terms(c.price, routing, c), raised, c)
    asked = market.demand_on_offers(utility, market.switching_costs(state, c, mass), routing, mass, c.p)
    every_offer = np.broadcast_to(np.eye(routing.shape[2]), (*routing.shape[:3], routing.shape[2]))
    return replace(asked, routing=np.ascontiguousarray(every_offer), weight=np.ones_like(asked.weight))


def _clear(asked: Demand, goal: Array) -> Array:
    """By how much constants are too high, (worlds, offers). goal (worlds, offers) H100e."""
    return clearing.clear(asked, goal, np.full_like(goal, HIGH_CONSTANT)).shadow_price


def _only(asked: Demand, buyers: Mask) -> Demand:
    """The demand of some buyers, a mask (worlds, buyers)."""
    return replace(asked, mass=np.where(buyers[:, :, None], asked.mass, 0.0))


def _alone(asked: Demand, site: Site, goal: Array) -> Array:
    """The same for each lab by itself, (worlds, offers, buyers); 0 for who is none. Labs stand one after the other on
    the worlds axis, so that all are solved at once and none knows of another."""
    found, labs = np.zeros_like(goal), np.flatnonzero(site.buyer_lab >= 0)
    if len(labs):
        each = _clear(_one_by_one(asked, labs), np.concatenate([goal[:, :, lab] for lab in labs]))
        found[:, :, labs] = each.reshape(len(labs), *goal.shape[:2]).transpose(1, 2, 0)
    return found


def _one_by_one(asked: Demand, buyers: Index) -> Demand:
    """Some buyers' demand, each in worlds of its own: all worlds of the first, then those of the next."""
    times = len(buyers)

    def stacked(values: Array, axis: int) -> Array:
        return np.concatenate([np.take(values, [buyer], axis=axis) for buyer in buyers])

    exponent = None if asked.exponent is None else stacked(asked.exponent, 2)
    far = None if asked.far is None else np.concatenate([asked.far] * times)
    return Demand(
        x=stacked(asked.x, 2),
        mass=stacked(asked.mass, 1),
        routing=np.concatenate([np.ascontiguousarray(asked.routing[:, :1])] * times),
        scale=np.concatenate([asked.scale] * times),
        weight=stacked(asked.weight, 1),
        nests=asked.nests,
        groups=((0, slice(0, 1)),),
        exponent=exponent,
        far=far,
    )


def seeking(site: Site, state: SiteState, committed: Array, wanted: Array, p: Parameters) -> Array:
    """Masses that choose in the first quarter, (worlds, buyers, incumbents) H100e: one cohort of the book, and growth
    from the live mix."""
    offers = len(site.offers)
    mass = np.zeros_like(state.waiting)
    mass[..., :offers] = state.book.capacity_h100e[..., 0].transpose(0, 2, 1)
    mix = ratio(committed.transpose(0, 2, 1), committed.sum(axis=1)[:, :, None])
    growth = wanted * (1.0 + p.overcommitment)[:, None] * INITIAL_GROWTH
    fresh = p.greenfield_share[:, None]
    mass[..., :offers] += mix * (growth * (1.0 - fresh))[..., None]
    mass[..., offers] += growth * fresh
    return mass


def growth_flow(start: Start, market: SiteMarket, committed: Array) -> Array:
    """Where growth went of late: shares of offers, (worlds, offers)."""
    site = market.site
    captive = start.roster.captive_share[site.pools]
    delivered = start.tables.trend()[:, site.pools] * (1.0 - captive)
    by_offer = committed.sum(axis=2)
    pace = np.zeros_like(by_offer)
    managed_of_owner = {int(site.offer_owner[offer]): offer for offer in market.managed}
    for offer in market.managed:
        mine = np.flatnonzero(site.pool_owner == site.offer_owner[offer])
        theirs = [k for k in market.direct if site.offer_owner[k] == site.offer_owner[offer]]
        part = ratio(by_offer[:, offer], by_offer[:, offer] + by_offer[:, theirs].sum(axis=1))
        pace[:, offer] = part * delivered[:, mine].sum(axis=1)
    for offer in market.direct:
        service = managed_of_owner.get(int(site.offer_owner[offer]))
        part = (
            np.zeros(start.worlds)
            if service is None
            else ratio(pace[:, service], _delivered_by(start, site, delivered, int(offer)))
        )
        pace[:, offer] = delivered[:, site.offer_pool[offer]] * (1.0 - part)
    pace = np.maximum(pace, 1e-5 * pace.sum(axis=1, keepdims=True)) * ~site.offer_joins
    return np.asarray(pace / pace.sum(axis=1, keepdims=True))


def _delivered_by(start: Start, site: Site, delivered: Array, offer: int) -> Array:
    """Deliveries to all pools of an offer's cloud, (worlds,)."""
    return np.asarray(delivered[:, site.pool_owner == site.offer_owner[offer]].sum(axis=1))
