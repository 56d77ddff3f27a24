"""Commitments: how much is booked, by whom and for how long, where supply binds, who waits, and what is sublet."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, Mask, PerWorld, ratio
from sim.market import contracts
from sim.measures.figures import Figures, family, owner
from sim.metrics import BINDING_USE
from sim.state import Given, Quarter, State

COVER_QUARTERS = 6
"""How far ahead forward cover from deals looks."""


def measure(g: Given, f: Figures, after: State, played: Quarter) -> dict[str, Array]:
    """Metrics of a quarter, (worlds,) each."""
    roster, made, use, core = g.roster, played.opened.made, played.use, ~g.roster.pool_is_edge
    free = np.maximum(made.online - use.own, 0.0) * roster.pool_is_rented
    trainium, capacity = family(roster, "trainium"), free * core
    ours = trainium & core
    direct, largest, used, later = _customers(g, after, played)
    booked, room = (f.committed * ours).sum(axis=1), (free * ours).sum(axis=1)
    binding = (f.shadow > 0.0) | (f.committed + use.own >= BINDING_USE * made.online)
    return {
        "booked_ratio": contracts.booked_ratio((f.committed * core).sum(axis=1), (free * core).sum(axis=1)),
        "booked_ratio_trainium": contracts.booked_ratio(booked, room),
        "booked_ratio_trainium_without_top_customer": contracts.booked_ratio(booked - largest, room),
        "forward_cover_trainium_4q": ratio(later, direct),
        "top_customer_share_trainium": ratio(largest, direct),
        "trainium_top_customer_used_h100e": used,
        "trainium_top_customer_over_installed": ratio(used, (made.installed * trainium).sum(axis=1)),
        **_deals(g, after, played),
        "trainium_supply_binding": _part(capacity * binding, capacity, trainium),
        "binding_share": ratio((capacity * binding).sum(axis=1), capacity.sum(axis=1)),
        "shadow_price_trainium": (f.shadow * (ours & owner(roster, "aws"))).sum(axis=1),
        "unserved_h100e": f.unserved,
        "unserved_share": ratio(f.unserved, _wanted(g, played)),
        "switching_rate_cloud": ratio(sum(o.switched.sum(axis=1) for o in played.outcomes), use.rented.sum(axis=1)),
    }


def _deals(g: Given, after: State, played: Quarter) -> dict[str, Array]:
    """What labs have signed, now and ahead, over what they have in use."""
    core, roster, p = played.outcomes[0], g.roster, played.opened.p
    labs, deals = np.take(core.used.sum(axis=1), roster.lab_buyers, axis=1).sum(axis=1), played.opened.deals
    anchors = after.struck.joined(g.anchors)
    binding = anchors.binding(after.anchors.kept, played.opened.rules.tie_factor, p)
    ahead, news = np.full(g.worlds, after.number + COVER_QUARTERS, dtype=float), after.struck.news
    return {
        "deals_struck": news.struck,
        "deals_struck_mw": news.struck_mw,
        "deals_asked_mw": news.asked_mw,
        "deals_void": news.void,
        "deals_price_over_list": ratio(news.price_mw, news.list_mw),
        "deals_owed_h100e": deals.owed.sum(axis=1),
        "deals_cover_labs": ratio(np.minimum(anchors.by_place(core.committed), deals.owed).sum(axis=1), labs),
        "deals_cover_labs_6q": ratio(anchors.owed(binding, ahead, p).sum(axis=1), labs),
    }


def exchange(g: Given, played: Quarter) -> dict[str, Array]:
    """What was sublet between buyers, and at what price, (worlds,) each."""
    traded, families = played.traded, g.roster.families
    volume = traded.volume.sum(axis=1)
    none = np.zeros_like(volume)
    spot = {
        f"spot_price_{name}_usd_per_h100e_hour": traded.index[:, families.index(name)] if name in families else none
        for name in ("trainium", "nvidia")
    }
    return {
        **spot,
        "exchange_volume_h100e": volume,
        "exchange_gains_musd": traded.gains_musd,
        "exchange_share_of_use": ratio(volume, played.use.rented.sum(axis=1)),
    }


def _customers(g: Given, after: State, played: Quarter) -> tuple[PerWorld, ...]:
    """Direct Trainium commitments at the core: all, those of the largest lab, what the lab that uses most of it has in
    use, and commitments alive in four quarters. H100e."""
    site, families = g.roster.sites[0], g.roster.families
    offers = [k for k, number in enumerate(site.offer_family) if number >= 0 and families[number] == "trainium"]
    direct = played.outcomes[0].committed[:, offers].sum(axis=1)
    used = played.outcomes[0].used[:, offers].sum(axis=1)
    largest, running = (np.where(site.buyer_lab >= 0, one, 0.0).max(axis=1) for one in (direct, used))
    later = contracts.forward_cover(after.sites[0].book, 4)[:, offers].sum(axis=(1, 2))
    return direct.sum(axis=1), largest, running, later


def _part(amount: Array, whole: Array, pools: Mask) -> PerWorld:
    return ratio((amount * pools).sum(axis=1), (whole * pools).sum(axis=1))


def _wanted(g: Given, played: Quarter) -> PerWorld:
    """What all buyers want in use: H100e."""
    wanted = [played.decisions.by_party[party].wanted_h100e for party in g.roster.buyers]
    return np.stack([one.sum(axis=1) if one.ndim == 2 else one for one in wanted], axis=1).sum(axis=1)
