"""How a site's market opens: who uses what under which commitments, and the constants that are then frozen.

All of it is solved on the *root* parameters of a scenario: a changed scenario is compared with its base on the same
constants (sim/market/constants.py).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim import remedies
from sim.arrays import Array, ratio
from sim.axes import Site
from sim.market import admission, channel, constants, contracts
from sim.market.contracts import Book
from sim.market.fit import Fit
from sim.market.offers import available, usual_terms
from sim.market.site import SiteMarket
from sim.market.state import Conditions, SiteState
from sim.market.traits import managed_affinity, skill_column
from sim.parameters import Parameters
from sim.roster import Roster, column, numbers
from sim.supply.start import Start
from sim.supply.tables import INITIAL_GROWTH


def open_site(start: Start, market: SiteMarket, price: Array) -> tuple[SiteState, Array]:
    """The state of a site's market with its frozen constants, and what each buyer wants at the start (worlds, buyers).

    price (worlds, pools): posted at the start, USD per H100e-hour."""
    p, c = start.root, conditions(start, market.site, price)
    committed, routing = held(start, market, c), market.offers.routing(c)
    wanted = committed.sum(axis=1) / (1.0 + p.overcommitment)[:, None]
    work_price = market.offers.work_price_on_terms(c.price, routing, c)
    market_price = _market_price(market.site, committed, work_price)
    felt = market_price * start.felt_over_price(p)[:, None]
    worlds, site, roster = start.worlds, market.site, start.roster
    buyers, offers = len(site.buyers), len(site.offers)
    state = SiteState(
        book=_book(market, c, committed, routing),
        managed_mix=np.repeat(routing[:, 0, market.managed][..., None], contracts.TERMS, axis=3),
        waiting=np.zeros((worlds, buyers, site.incumbents)),
        displaced=np.zeros((worlds, buyers, site.incumbents)),
        ports=np.zeros((worlds, buyers, len(roster.families))),
        gravity=np.ones((worlds, buyers, len(roster.owners))),
        constants=np.zeros((worlds, offers, buyers)),
        shadow_price=np.zeros((worlds, len(site.pools))),
        market_price=market_price,
        felt_price=felt,
        start_price=felt,
    )
    solved = constants.solved(start, market, state, c, committed, wanted)
    return replace(state, constants=admission.at_par(roster, site, solved, market.scale, p)), wanted


def conditions(start: Start, site: Site, price: Array) -> Conditions:
    """What buyers face at the start, on root parameters: rules as they stand, capacity as installed, nothing wanted
    yet."""
    p, roster, worlds = start.root, start.roster, start.worlds
    made, families = start.made(start.quarter, p), roster.tables["families"]
    gap = np.broadcast_to(1.0 - numbers(families, "software_maturity"), (worlds, len(roster.families)))
    none = np.zeros((worlds, len(roster.regions), len(remedies.REMEDIES)))
    here, by_owner = price[:, site.pools], np.ones((1, len(roster.owners)))
    return Conditions(
        p=p,
        rules=remedies.rules(p, none),
        price=here,
        long_run_price=here,
        capacity=start.tables.stock(start.quarter)[:, site.pools],
        captive_wanted=np.zeros_like(here),
        efficiency=made.efficiency,
        fit=Fit.of(site, made.lean, _training(start), start.quarter, p),
        software_gap=gap * p.software_gap_factor,
        ecosystem=np.broadcast_to(numbers(families, "ecosystem_mh100e_quarters"), gap.shape),
        watts_per_h100e=made.watts_per_h100e,
        exit_fee_years=p.exit_fee_default[:, None] * by_owner,
        short_premium=p.short_term_premium[:, None] * by_owner,
        taste=np.zeros((worlds, len(site.offers), len(site.buyers))),
        available=available(roster, site, p),
        wanted=np.zeros((worlds, len(site.buyers))),
        term=usual_terms(roster, site, p),
        usual_term=usual_terms(roster, site, p),
    )


def _training(start: Start) -> Array:
    """Share of each lab's compute that trains, as the roster has it: (worlds, labs)."""
    share = numbers(start.roster.tables["labs"], "training_share")
    return np.broadcast_to(share, (start.worlds, len(share)))


def held(start: Start, market: SiteMarket, c: Conditions) -> Array:
    """Capacity committed at the start by offer and buyer, (worlds, offers, buyers): labs by name, the rest by
    weight."""
    site = market.site
    by_offer = _by_offer(start, market, c, start.booked()[0][:, site.pools])
    known = of_labs(site, np.minimum(start.tables.anchors(site), 1e18), start.root)
    over = 0.8 * by_offer / np.maximum(known.sum(axis=2), 1e-9)
    known = known * np.minimum(1.0, over)[:, :, None]
    rest = (by_offer - known.sum(axis=2))[:, :, None]
    return known + rest * segment_weights(start.roster, site, start.worlds)


def of_labs(site: Site, recorded: Array, p: Parameters) -> Array:
    """What labs by name hold, (worlds, offers, buyers): as recorded (offers, buyers), each chip family by its
    factor."""
    factor = np.where(site.offer_family >= 0, p.anchor_factor[:, site.offer_family], 1.0)
    return np.asarray(recorded * factor[:, :, None])


def _by_offer(start: Start, market: SiteMarket, c: Conditions, booked: Array) -> Array:
    """Booked capacity of pools shared out over offers: managed services take their part, the rest is direct. (worlds,
    offers)."""
    site, routing = market.site, market.offers.routing(c)[:, 0]
    by_offer, managed_of_pool = np.zeros((start.worlds, len(site.offers))), np.zeros_like(booked)
    share = channel.opening_share(start.roster, start.root) * start.root.managed_share_factor[:, None]
    for offer in market.managed:
        owner, part = site.offer_owner[offer], routing[:, offer]
        wanted = share[:, owner] * booked[:, site.pool_owner == owner].sum(axis=1)
        limit = np.where(part > 0.0, 0.9 * booked / np.maximum(part, 1e-12), np.inf).min(axis=1)
        by_offer[:, offer] = np.minimum(wanted, limit)
        managed_of_pool = managed_of_pool + by_offer[:, offer, None] * part
    for offer in market.direct:
        pool = site.offer_pool[offer]
        by_offer[:, offer] = booked[:, pool] - managed_of_pool[:, pool]
    return by_offer


def segment_weights(roster: Roster, site: Site, worlds: int) -> Array:
    """Shares of segment types in the rest of each offer: (worlds, offers, buyers), adding up to 1."""
    t = roster.tables
    column_of = column(t["segments"], "region_weight")
    weight = np.array(
        [
            0.0 if s < 0 else float(t["segments"][s]["weight"]) * float(t["regions"][r][column_of[s]])
            for s, r in zip(site.buyer_segment, site.buyer_region, strict=True)
        ]
    )
    weight = weight * skill_column(site, roster, "share")
    affinity = managed_affinity(site, roster)
    by_offer = np.where(site.offer_managed[:, None], weight * affinity, weight / np.maximum(affinity, 0.2))
    by_offer = by_offer * np.where(site.buyer_lab >= 0, 0.0, 1.0)
    return np.broadcast_to(ratio(by_offer, by_offer.sum(axis=1, keepdims=True)), (worlds, *by_offer.shape))


def _book(market: SiteMarket, c: Conditions, committed: Array, routing: Array) -> Book:
    """Commitments as a market leaves them that grew before the start."""
    growth = np.full(len(committed), INITIAL_GROWTH)
    paid = market.offers.price_paid(c, routing)
    return contracts.book_in_growth(committed, paid, market.offers.terms(c), growth)


def _market_price(site: Site, committed: Array, work_price: Array) -> Array:
    """Price of useful work over what each buyer holds, (worlds, buyers); the plain mean of what is sold for who holds
    nothing."""
    total = committed.sum(axis=1)
    mean = ratio((committed * work_price).sum(axis=1), total)
    sold = work_price[:, np.flatnonzero(~site.offer_joins)]
    return np.where(total > 0.0, mean, sold.mean(axis=1))
