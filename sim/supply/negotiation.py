"""Terms between vendors and clouds each quarter: bargaining on leverage, rebates for loyalty, guarantees.

Leverage is Nash-in-Nash at last quarter's shares, posted prices and costs, relative to what it was at the start:

    negotiated = (w / list now over w / list at the start) ^ bargaining weight, within NEGOTIABLE

so that a game starts on list prices and terms move only as leverage moves. Own designs stay at their transfer price, and no
own design is sold to a rival here: raising rivals' cost shows only where a roster has such a pair.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.arrays import Array, Index, power, ratio
from sim.equilibrium import bargaining
from sim.finance import falling_annuity
from sim.parameters import Parameters
from sim.supply import deals
from sim.supply.industry import Made
from sim.units import HOURS_PER_QUARTER

if TYPE_CHECKING:
    from sim.game import Game

NEGOTIABLE = (0.8, 1.25)
"""Band of what bargaining can make of a list price."""
SMALLEST_PART = 0.02
"""Of a list price: a bargained price is at least this, so that ratios stay finite."""


def strike(game: Game, p: Parameters, made: Made, decisions: dict[str, Any]) -> None:
    """This quarter's terms for deliveries of the next: sets game.terms and the pools' prices over list."""
    roster, supply = game.roster, game.supply
    rebate, guarantee = (
        np.stack([getattr(decisions[family], name) for family in roster.families], axis=1)
        for name in ("loyalty_rebate", "price_guarantee_mw")
    )
    game.terms = game.terms.renewed(rebate, guarantee, supply.chip_price)
    loyal = deals.loyalty(roster, supply.fleet.total() + supply.backlog)
    paid = deals.factor(roster, game.terms, supply.chip_price, loyal, supply.backlog, made.costs.mw_per_h100e)
    game.supply = replace(supply, deal=paid * negotiated(game, p, made), rebate=rebate)


def bargainers(game: Game) -> Index:
    """Pools at the core whose capacity is rented out: the pairs that bargain (own designs among them, at fixed prices)."""
    return np.flatnonzero(game.meter_rented & ~game.roster.pool_is_edge)


def negotiated(game: Game, p: Parameters, made: Made) -> Array:
    """Factor on list prices from leverage: (worlds, pools), 1 where nobody bargains."""
    roster, pools = game.roster, bargainers(game)
    listed = game.supply.chip_price[:, roster.pool_family[pools]]
    wholesale = wholesale_prices(game, p, made, pools)
    now = np.maximum(wholesale / listed, SMALLEST_PART)
    if not game.leverage.size:
        game.leverage = now
    factor = np.ones((len(now), len(roster.pools)))
    moved = np.clip(power(now / game.leverage, p.bargaining_weight[:, None]), *NEGOTIABLE)
    factor[:, pools] = np.where(deals.merchant_pools(roster)[pools], moved, 1.0)
    return factor


def wholesale_prices(game: Game, p: Parameters, made: Made, pools: Index) -> Array:
    """Nash-in-Nash prices of chips, USD per H100e: (worlds, pairs)."""
    roster, supply, costs = game.roster, game.supply, made.costs
    family = roster.pool_family[pools]
    charge = falling_annuity(p.cost_of_capital, p.earnings_decline, p.retirement_quarters)
    charge = charge * p.system_cost_factor
    hourly = (charge / HOURS_PER_QUARTER / p.target_utilisation)[:, None]  # of one dollar of chip, per H100e-hour used
    listed = supply.chip_price[:, family]
    paid = listed * supply.deal[:, pools]
    use = np.ascontiguousarray(game.in_use()[:, pools])
    share = ratio(use, use.sum(axis=1, keepdims=True))
    rest = np.maximum(costs.long_run_usd[:, pools] - paid * hourly, 0.0)
    found = bargaining.nash_in_nash(
        share, supply.price[:, pools], rest, made.unit_cost[:, family] * hourly, roster.pool_owner[pools], family,
        p.vendor_bargaining_power, ~deals.merchant_pools(roster)[pools], listed * hourly,
    )  # fmt: skip
    return np.asarray(found / hourly)
