"""Prices, use of capacity, and what compute costs buyers: an index over pools with switching and waiting costs."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, PerWorld, ratio
from sim.equilibrium import welfare
from sim.indices import Indices
from sim.market.entry import sold_at_price
from sim.market.site import SiteMarket
from sim.market.state import SiteOutcome, SiteState
from sim.measures import money
from sim.measures.figures import Figures, family, owner, total
from sim.parameters import Parameters
from sim.state import Given, Quarter, State
from sim.units import musd_for_hours


def measure(g: Given, f: Figures, after: State, played: Quarter) -> dict[str, Array]:
    """Metrics of a quarter, (worlds,) each."""
    roster, made, use, core = g.roster, played.opened.made, played.use, ~g.roster.pool_is_edge
    weight = _weight(g, f, played)
    trainium, nvidia, aws = family(roster, "trainium"), family(roster, "nvidia"), owner(roster, "aws")
    spent = (f.posted * weight).sum(axis=1)
    return {
        "price_usd_per_h100e_hour": ratio(spent, weight.sum(axis=1)),
        "price_trainium_usd_per_h100e_hour": total(f.posted, aws & trainium & core),
        "price_nvidia_aws_usd_per_h100e_hour": total(f.posted, aws & nvidia & core),
        "price_over_cost": ratio(spent, (made.costs.long_run_usd * weight).sum(axis=1)),
        "utilisation": ratio(total(use.total, core), total(made.online, core)),
        "utilisation_trainium": ratio(total(use.total, trainium), total(made.online, trainium)),
        "powered_share": ratio(total(made.online, core), total(made.installed, core)),
        "switching_spend_musd": played.statement.switching_spend,
        "buyer_surplus_musd": _surplus(g, after, played),
        "cost_of_compute_index": after.indices.level,
        "cost_of_compute_fixed_basket_index": after.indices.fixed,
    }


def surplus(market: SiteMarket, state: SiteState, outcome: SiteOutcome, p: Parameters) -> Array:
    """Buyer surplus of the quarter's choosers, musd (worlds, buyers, incumbents)."""
    alpha = market.price_sensitivity(p)[:, :, None]
    bill = musd_for_hours(outcome.seekers.mass, state.market_price[:, :, None])
    return welfare.consumer_surplus(outcome.clearing.logsum, alpha, bill)


def _surplus(g: Given, after: State, played: Quarter) -> PerWorld:
    found = np.zeros(g.worlds)
    for market, state, outcome in zip(g.markets.sites, after.sites, played.outcomes, strict=True):
        found = found + surplus(market, state, outcome, played.opened.p).sum(axis=(1, 2))
    return found


def indices(g: Given, f: Figures, before: Indices, played: Quarter) -> Indices:
    """The indices a quarter later: price of useful work over pools, scaled up by switching and waiting costs."""
    efficiency = played.opened.made.production.efficiency
    weight = _weight(g, f, played)
    price = np.where(weight > 0.0, f.posted / efficiency[:, g.roster.pool_family], 0.0)
    spend = musd_for_hours((weight * f.posted).sum(axis=1), 1.0)
    shortage = musd_for_hours(f.unserved, ratio((price * weight).sum(axis=1), weight.sum(axis=1)))
    burden = 1.0 + ratio(played.statement.switching_spend + shortage, spend)
    return before.after(price, weight, burden, money.other_aws_income(g, played))


def _weight(g: Given, f: Figures, played: Quarter) -> Array:
    """Use by buyers at the core of pools with a posted price, (worlds, pools) H100e."""
    return sold_at_price(g.roster, f.posted, played.use.rented)
