"""What labs are shown of their product market and purse, and what everybody sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.arrays import Array, ratio
from sim.briefings.monitoring import supplier_groups
from sim.labs import purse
from sim.labs.product import LabMarket
from sim.parameters import Parameters

if TYPE_CHECKING:
    from sim.game import Game


def public(market: LabMarket) -> dict[str, Array]:
    """Token prices of last quarter and ranks of the models: (worlds, labs) each."""
    return {"token_price_usd_per_mtoken": market.state.price, "model_rank": market.rank()}


def product(game: Game, lab: int, p: Parameters) -> dict[str, Any]:
    """A lab's board on its product and its purse, (worlds,) each."""
    market, s, none = game.product, game.product.state, np.zeros(game.streams.worlds)
    done, start = s.statement, market.start
    sold = start.tokens if s.sale is None else s.sale.sold.sum(axis=2)
    plan = _own_plan(game, lab, p)
    drain = none if done is None else np.maximum(-done.free_cash_flow[:, lab], 0.0)
    return {
        "lab": lab, "capability": market.capability()[:, lab], "model_rank": market.rank()[:, lab],
        "token_share": ratio(sold, sold.sum(axis=1, keepdims=True))[:, lab], "inference_h100e": market.serving_need(p)[:, lab] * plan,
        "serving_cost_index": _cost(game, lab, p), "market_cost_index": s.cost, "cash_musd": s.cash[:, lab], "burn_musd": drain,
        "runway_quarters": purse.runway(s.cash[:, lab], drain), "revenue_musd": none if done is None else done.revenue[:, lab],
        "funding_left_musd": purse.funding_left(market, p, game.quarter)[:, lab],
        "tie_quarters_left": np.maximum(p.investor_tie_quarters[:, lab] - game.quarter + 1.0, 0.0) * float(start.partner[lab] >= 0),
        **_suppliers(game, lab),
    }  # fmt: skip


def _own_plan(game: Game, lab: int, p: Parameters) -> Array:
    """The lab's own need over the market's, as in what it wants in all: its lumpy shock and its level."""
    buyer = game.roster.lab_buyers[lab]
    return np.asarray(np.exp(game.noise.sites[0].log_demand[game.quarter])[:, buyer] * p.lab_demand_level[:, lab])


def _cost(game: Game, lab: int, p: Parameters) -> Array:
    """Cost of serving a token on the lab's own mix at posted prices, start = 1: felt price over software and small-model gains."""
    site, market = game.sites[0], game.product
    buyer = game.roster.lab_buyers[lab]
    felt = ratio(site.felt_price[:, buyer], site.start_price[:, buyer])
    return np.asarray(felt * market.per_token(p)[:, lab] / market.state.progress)


def _suppliers(game: Game, lab: int) -> dict[str, Array]:
    """Of each supplier group: the cheapest posted price of useful work, and whether its investor cloud sells it. (worlds, 4).

    A group that nobody sells has price 0."""
    site, roster = game.markets[0].site, game.roster
    direct = game.markets[0].direct
    groups = supplier_groups(roster, site)[direct] > 0.0
    family = site.offer_family[direct]
    efficiency = game.start.made(game.start.quarter + game.quarter, game.path.at(game.quarter)).efficiency[:, family]
    posted = game.supply.price[:, site.pools[site.offer_pool[direct]]]
    work = np.where(posted > 0.0, posted / efficiency, np.inf)
    best = np.where(groups, work[:, :, None], np.inf).min(axis=1)
    partner = site.offer_owner[direct] == site.buyer_partner[roster.lab_buyers[lab]]
    sells = (groups & partner[:, None]).any(axis=0)
    return {
        "supplier_work_price_usd": np.where(np.isinf(best), 0.0, best),
        "partner_supplies": np.repeat(sells[None, :].astype(float), game.streams.worlds, axis=0),
    }  # fmt: skip
