"""What labs are shown of their product market and purse, and what everybody sees of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.arrays import Array, ratio
from sim.briefings.view import View
from sim.labs import purse


def public(v: View) -> dict[str, Array]:
    """Token prices of last quarter and ranks of the models: (worlds, labs) each."""
    return {"token_price_usd_per_mtoken": v.opened.labs.price, "model_rank": v.given.labs.rank(v.opened.labs)}


def product(v: View, lab: int) -> dict[str, Any]:
    """A lab's board on its product and its purse, (worlds,) each."""
    market, s, p, number = v.given.labs, v.opened.labs, v.p, v.opened.number
    done, start = s.statement, market.start
    sold = start.tokens if s.sale is None else s.sale.sold.sum(axis=2)
    drain = v.none() if done is None else np.maximum(-done.free_cash_flow[:, lab], 0.0)
    return {
        "lab": lab, "capability": market.capability(s)[:, lab], "model_rank": market.rank(s)[:, lab],
        "token_share": ratio(sold, sold.sum(axis=1, keepdims=True))[:, lab],
        "inference_h100e": market.serving_need(s, p)[:, lab] * _own_plan(v, lab),
        "serving_cost_index": _cost(v, lab), "market_cost_index": s.cost, "cash_musd": s.cash[:, lab], "burn_musd": drain,
        "runway_quarters": purse.runway(s.cash[:, lab], drain), "revenue_musd": v.none() if done is None else done.revenue[:, lab],
        "funding_left_musd": purse.funding_left(start, number, p)[:, lab],
        "tie_quarters_left": np.maximum(p.investor_tie_quarters[:, lab] - number + 1.0, 0.0) * float(start.partner[lab] >= 0),
        **_suppliers(v, lab),
    }  # fmt: skip


def _own_plan(v: View, lab: int) -> Array:
    """The lab's own need over the market's, as in what it wants in all: its lumpy shock and its level."""
    buyer = v.given.roster.lab_buyers[lab]
    shock = np.exp(v.given.noise.sites[0].log_demand[v.opened.number])[:, buyer]
    return np.asarray(shock * v.p.lab_demand_level[:, lab])


def _cost(v: View, lab: int) -> Array:
    """Cost of serving a token on the lab's own mix at posted prices, start = 1: felt price over software and small-model gains."""
    site, market, labs = v.state.sites[0], v.given.labs, v.opened.labs
    buyer = v.given.roster.lab_buyers[lab]
    felt = ratio(site.felt_price[:, buyer], site.start_price[:, buyer])
    return np.asarray(felt * market.per_token(labs, v.p)[:, lab] / labs.progress)


def _suppliers(v: View, lab: int) -> dict[str, Array]:
    """Of each supplier group: the cheapest posted price of useful work, and whether its investor cloud sells it. (worlds, 4).

    A group that nobody sells has price 0."""
    market, roster = v.given.markets.core, v.given.roster
    site, direct = market.site, market.direct
    groups = v.given.markets.groups[0][direct] > 0.0
    efficiency = v.opened.made.production.efficiency[:, site.offer_family[direct]]
    posted = v.opened.supply.price[:, site.pools[site.offer_pool[direct]]]
    work = np.where(posted > 0.0, posted / efficiency, np.inf)
    best = np.where(groups, work[:, :, None], np.inf).min(axis=1)
    partner = site.offer_owner[direct] == site.buyer_partner[roster.lab_buyers[lab]]
    sells = (groups & partner[:, None]).any(axis=0)
    return {
        "supplier_work_price_usd": np.where(np.isinf(best), 0.0, best),
        "partner_supplies": np.repeat(sells[None, :].astype(float), v.given.worlds, axis=0),
    }  # fmt: skip
