"""What labs are shown of their product market and purse, and what everybody sees of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.arrays import Array, ratio
from sim.briefings.view import View
from sim.labs import credit, purse
from sim.units import QUARTERS_PER_YEAR


def public(v: View) -> dict[str, Array]:
    """Token prices of last quarter and ranks of the models: (worlds, labs) each."""
    return {"token_price_usd_per_mtoken": v.opened.labs.price, "model_rank": v.given.labs.rank(v.opened.labs)}


@dataclass(frozen=True)
class LabBook:
    """Standing figures of all labs: (worlds, labs) each. cost: of serving a token on the lab's own mix at posted
    prices, start = 1; supplier_work_price (worlds, 4): of each supplier group the cheapest posted price of useful work,
    0 for one that nobody sells."""

    capability: Array
    rank: Array
    token_share: Array
    inference_h100e: Array
    cost: Array
    burn: Array
    runway: Array
    revenue: Array
    funding_left: Array
    funding_year: Array
    supplier_work_price: Array


def lab_book(v: View) -> LabBook:
    """Worked out once for all labs."""
    market, s, p, done = v.given.labs, v.opened.labs, v.p, v.opened.labs.statement
    buyers, site = v.given.roster.lab_buyers, v.state.sites[0]
    sold = market.start.tokens if s.sale is None else s.sale.sold.sum(axis=2)
    felt = ratio(site.felt_price[:, buyers], site.start_price[:, buyers])
    none = np.zeros_like(s.cash)
    burn = none if done is None else np.maximum(-done.free_cash_flow, 0.0)
    return LabBook(
        capability=market.capability(s),
        rank=market.rank(s),
        token_share=ratio(sold, sold.sum(axis=1, keepdims=True)),
        inference_h100e=market.serving_need(s, p) * v.shocks[0][:, buyers],
        cost=felt * market.per_token(s, p) / s.progress[:, None],
        burn=burn,
        runway=purse.runway(s.cash, burn),
        revenue=none if done is None else done.revenue,
        funding_left=purse.funding_left(market.start, v.opened.number, p),
        funding_year=_funding_year(v, burn),
        supplier_work_price=_work_prices(v),
    )


def product(v: View, book: LabBook, lab: int) -> dict[str, Any]:
    """A lab's board on its product and its purse, (worlds,) each."""
    s, partner = v.opened.labs, float(v.given.labs.start.partner[lab] >= 0)
    left = v.p.investor_tie_quarters[:, lab] - v.opened.number + 1.0
    return {
        "lab": lab,
        "capability": book.capability[:, lab],
        "model_rank": book.rank[:, lab],
        "token_share": book.token_share[:, lab],
        "inference_h100e": book.inference_h100e[:, lab],
        "serving_cost_index": book.cost[:, lab],
        "market_cost_index": s.cost,
        "cash_musd": s.cash[:, lab],
        "burn_musd": book.burn[:, lab],
        "runway_quarters": book.runway[:, lab],
        "revenue_musd": book.revenue[:, lab],
        "funding_left_musd": book.funding_left[:, lab],
        "funding_year_musd": book.funding_year[:, lab],
        "tie_quarters_left": np.maximum(left, 0.0) * partner,
        "supplier_work_price_usd": book.supplier_work_price,
        "partner_supplies": _partner_supplies(v, lab),
    }


def _funding_year(v: View, burn: Array) -> Array:
    """What investors would pay in over four quarters, (worlds, labs) musd: promised, and their line; a house pays what
    is burnt."""
    start, p, number = v.given.labs.start, v.p, v.opened.number
    promised = purse.funding_left(start, number, p) - purse.funding_left(start, number + QUARTERS_PER_YEAR, p)
    line = credit.line(start, v.opened.labs, p)
    return promised + QUARTERS_PER_YEAR * np.where(np.isinf(line), burn, line)


def _work_prices(v: View) -> Array:
    """Of each supplier group the cheapest posted price of useful work, (worlds, 4); 0 for one that nobody sells."""
    market = v.given.markets.core
    site, direct = market.site, market.direct
    efficiency = v.opened.made.production.efficiency[:, site.offer_family[direct]]
    posted = v.opened.supply.price[:, site.pools[site.offer_pool[direct]]]
    work = np.where(posted > 0.0, posted / efficiency, np.inf)
    best = np.where(v.given.markets.groups[0][direct] > 0.0, work[:, :, None], np.inf).min(axis=1)
    return np.where(np.isinf(best), 0.0, best)


def _partner_supplies(v: View, lab: int) -> Array:
    """Supplier groups that the lab's investor cloud sells: (worlds, 4), ones and zeros."""
    market, groups = v.given.markets.core, v.given.markets.groups[0]
    partner = market.site.offer_owner == market.site.buyer_partner[v.given.roster.lab_buyers[lab]]
    sells = ((groups > 0.0) & partner[:, None])[market.direct].any(axis=0)
    return np.repeat(sells[None, :].astype(float), v.given.worlds, axis=0)
