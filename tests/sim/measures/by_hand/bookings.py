"""Commitments from the book's cohorts, where supply binds, who waits, and who left its cloud."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.market import contracts
from tests.sim.measures.by_hand.shares import TRAINIUM, Where, core
from tests.sim.measures.by_hand.world import Pool, World, ratio

Column = Callable[[World], float]


def booked_ratio(where: Where, less: Column = lambda w: 0.0) -> Column:
    """Booked over room at the core, after something is taken off what is booked."""

    def worked(w: World) -> float:
        booked = w.total(lambda pool: pool.booked, lambda pool: where(pool) and core(pool))
        return ratio(booked - less(w), w.total(lambda pool: pool.room, lambda pool: where(pool) and core(pool)))

    return worked


def direct_trainium(w: World, from_term: int = 0) -> dict[str, float]:
    """Direct Trainium commitments at the core by buyer, H100e; those with more than so many quarters left."""
    market, found = w.markets[0], dict.fromkeys(w.markets[0].site.buyers, 0.0)
    for offer, by_buyer in enumerate(market.book):
        family = market.site.offer_family[offer]
        if family >= 0 and w.roster.families[family] == "trainium":
            for buyer, terms in zip(market.site.buyers, by_buyer, strict=True):
                found[buyer] += sum(terms[from_term:])
    return found


def largest_lab(w: World) -> float:
    """What the lab with most of it has of them."""
    return max(amount for buyer, amount in direct_trainium(w).items() if buyer in w.roster.labs)


def top_customer_used(w: World) -> float:
    """Of what each lab has in use, the most on Trainium that it rents itself."""
    market = w.markets[0]
    used = market.outcome.used[w.r].tolist()
    ours = [k for k, f in enumerate(market.site.offer_family) if f >= 0 and w.roster.families[f] == "trainium"]
    return max(sum(used[k][b] for k in ours) for b, name in enumerate(market.site.buyers) if name in w.roster.labs)


def labs_use(w: World) -> float:
    """All that labs have in use at the core."""
    market = w.markets[0]
    used = market.outcome.used[w.r].tolist()
    return sum(row[b] for row in used for b, name in enumerate(market.site.buyers) if name in w.roster.labs)


def owed(w: World, quarter: int, kept: list[float], struck: list[list[float]]) -> list[tuple[int, int, float]]:
    """Offer, buyer and what deals owe there in a quarter: what is held, as the opening found it, and as much of the
    rest as counts, where they bind; kept: of what is not left. A ban lifts the tied part of what an investor's cloud
    has."""
    deals, p, ties = w.given.anchors.deals, w.played.opened.p, w.played.opened.rules.tie_factor[w.r]
    found = []
    for k in range(len(deals.buyer)):
        there = 1.0 if deals.in_place is None else deals.in_place[w.r][k]
        level = deals.held[k][quarter] * there + float(p.announced_deals_level[w.r]) * deals.rise[w.r][k][quarter]
        level += struck[k][quarter]
        investor = w.markets[0].site.buyer_partner[deals.buyer[k]] == w.markets[0].site.offer_owner[deals.offer[k]]
        lifted = p.investor_tie_share[w.r][deals.lab[k]] * (1.0 - ties[deals.region[k]]) if investor else 0.0
        part = kept[k] * (1.0 - lifted) * p.deals_bind[w.r]
        found.append((int(deals.offer[k]), int(deals.buyer[k]), float(level * part)))
    return found


def owed_now(w: World) -> list[tuple[int, int, float]]:
    """This quarter's."""
    kept = w.played.opened.anchors.kept[w.r].tolist()
    return owed(w, w.quarter, kept, w.before.struck.path[w.r].tolist())


def owed_ahead(w: World) -> float:
    """All that will be owed in six quarters, as things stand."""
    kept, struck = w.after.anchors.kept[w.r].tolist(), w.after.struck.path[w.r].tolist()
    return sum(level for *_, level in owed(w, w.quarter + 6, kept, struck))


def newly_struck(w: World) -> list[tuple[float, float, float]]:
    """MW, price and quote of each deal by which this quarter's paths rise."""
    before, after, places, found = w.before.struck, w.after.struck, w.given.places, []
    c, kept = w.markets[0].outcome.frozen.conditions, w.played.opened.anchors.kept[w.r]
    site, mw = w.markets[0].site, w.played.opened.made.costs.mw_per_h100e[w.r]
    for k in range(len(places.lab)):
        rise = after.path[w.r][k] - before.path[w.r][k]
        if not rise.any():
            continue
        peak = int(rise.argmax())
        price = (after.price[w.r][k][peak] - before.price[w.r][k][peak]) / rise[peak]
        premium, longer = c.short_premium[w.r][places.cloud[k]], float(c.p.long_term_discount[w.r])
        term = contracts.term_price_factor(
            np.array([float((rise > 0.0).sum())]), np.array([premium]), np.array([longer])
        )[0]
        pool = site.offer_pool[w.given.anchors.deals.offer[k]]
        size = float(rise[peak] * kept[k] * mw[places.pool[k]])
        found.append((size, float(price), float(c.price[w.r][pool] * term)))
    return found


def answers(w: World) -> tuple[float, float]:
    """MW that was to be answered, and acceptances of nothing."""
    clouds, labs = w.before.offers.of_clouds.mw[w.r].tolist(), w.before.offers.of_labs.mw[w.r].tolist()
    of_cloud = w.played.decisions.clouds.deal_accept[w.r].tolist()
    of_lab = w.played.decisions.labs.deal_accept[w.r].tolist()
    asked, void = 0.0, 0.0
    for cloud in range(len(clouds)):
        for lab in range(len(clouds[cloud])):
            asked += max(clouds[cloud][lab], labs[cloud][lab])
            void += of_lab[lab][cloud] == 1.0 and clouds[cloud][lab] == 0.0
            void += of_cloud[cloud][lab] == 1.0 and labs[cloud][lab] == 0.0
    return asked, void


def price_over_list(w: World) -> float:
    """By size."""
    deals = newly_struck(w)
    return ratio(sum(mw * price for mw, price, _ in deals), sum(mw * quote for mw, _, quote in deals))


def deals_live(w: World) -> float:
    """Of what deals owe, as much as is committed."""
    committed = w.markets[0].outcome.committed[w.r].tolist()
    return sum(min(committed[offer][buyer], level) for offer, buyer, level in owed_now(w))


def top_customer(w: World) -> float:
    """Its part."""
    return ratio(largest_lab(w), sum(direct_trainium(w).values()))


def forward_cover(w: World) -> float:
    """Alive in four quarters: five or more left, this one included."""
    return ratio(sum(direct_trainium(w, 4).values()), sum(direct_trainium(w).values()))


def binding(where: Where) -> Column:
    """Share of room at the core in pools with a shadow price, or of which 99.5 % is booked or in own use."""

    def binds(pool: Pool) -> bool:
        return pool.shadow > 0.0 or pool.booked + pool.own >= 0.995 * pool.online

    def worked(w: World) -> float:
        whole = w.total(lambda pool: pool.room, lambda pool: where(pool) and core(pool))
        return ratio(w.total(lambda pool: pool.room, lambda pool: where(pool) and core(pool) and binds(pool)), whole)

    return worked


def shadow_price_trainium(w: World) -> float:
    """At AWS's core pool."""
    (pool,) = [pool for pool in w.pools if (pool.owner, pool.family, pool.edge) == ("aws", "trainium", False)]
    return pool.shadow


def unserved(w: World) -> float:
    """Conservation: what sought and did not sign waits, less what waiting buyers got from others."""
    left = 0.0
    for market in w.markets:
        sought = sum(sum(mass) for mass in market.outcome.seekers.mass[w.r].tolist())
        left += sought - sum(sum(by_buyer) for by_buyer in market.flow("signed")) / w.over
    return left - sum(w.played.traded.bought[w.r].tolist())


def wanted(w: World) -> float:
    """What all buyers said they want."""
    found = 0.0
    for party, decided in w.played.decisions.by_party.items():
        if party in (*w.roster.labs, *w.roster.segments):
            asked = decided.wanted_h100e[w.r].tolist()
            found += sum(asked) if isinstance(asked, list) else asked
    return found


def rented(w: World) -> float:
    """In use by buyers."""
    return w.total(lambda pool: pool.rented)


def switched(w: World) -> float:
    """Demand that was in use or waited and signed with another cloud than the one it came from."""
    found = 0.0
    for market in w.markets:
        owner = market.site.offer_owner.tolist()
        returning = market.outcome.seekers.returning[w.r].tolist()
        shares = market.outcome.clearing.shares[w.r].tolist()
        for offer, mine in enumerate(owner):
            for buyer, row in enumerate(returning):
                signed = shares[offer][buyer]
                found += sum(row[k] * signed[k] for k, cloud in enumerate(owner) if cloud != mine)
    return found


COLUMNS: dict[str, Column] = {
    "booked_ratio": booked_ratio(lambda pool: True),
    "booked_ratio_trainium": booked_ratio(TRAINIUM),
    "booked_ratio_trainium_without_top_customer": booked_ratio(TRAINIUM, largest_lab),
    "forward_cover_trainium_4q": forward_cover,
    "top_customer_share_trainium": top_customer,
    "trainium_top_customer_used_h100e": top_customer_used,
    "trainium_top_customer_over_installed": lambda w: ratio(
        top_customer_used(w), w.total(lambda pool: pool.installed, TRAINIUM)
    ),
    "deals_owed_h100e": lambda w: sum(level for *_, level in owed_now(w)),
    "deals_cover_labs": lambda w: ratio(deals_live(w), labs_use(w)),
    "deals_struck": lambda w: float(len(newly_struck(w))),
    "deals_struck_mw": lambda w: sum(mw for mw, *_ in newly_struck(w)),
    "deals_asked_mw": lambda w: answers(w)[0],
    "deals_void": lambda w: answers(w)[1],
    "deals_price_over_list": price_over_list,
    "deals_cover_labs_6q": lambda w: ratio(owed_ahead(w), labs_use(w)),
    "trainium_supply_binding": binding(TRAINIUM),
    "binding_share": binding(lambda pool: True),
    "shadow_price_trainium": shadow_price_trainium,
    "unserved_h100e": unserved,
    "unserved_share": lambda w: ratio(unserved(w), wanted(w)),
    "switching_rate_cloud": lambda w: ratio(switched(w), rented(w)),
}
