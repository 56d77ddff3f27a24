"""Terms between vendors and clouds each quarter: bargaining on leverage, rebates for loyalty, guarantees.

Leverage is Nash-in-Nash at last quarter's shares, posted prices and costs, relative to what it was at the start:

    negotiated = (w / list now over w / list at the start) ^ bargaining weight, within NEGOTIABLE

so that a game starts on list prices and terms move only as leverage moves. Own designs stay at their transfer price,
and no own design is sold to a rival here: raising rivals' cost shows only where a roster has such a pair.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.arrays import Array, PerWorldPool, power, ratio
from sim.decisions import VendorDecision
from sim.equilibrium import bargaining
from sim.finance import falling_annuity
from sim.parameters import Parameters
from sim.roster import Roster
from sim.supply import deals
from sim.supply.deals import Guarantee, Terms
from sim.supply.state import IndustryState, Made
from sim.units import HOURS_PER_QUARTER

NEGOTIABLE = (0.8, 1.25)
"""Band of what bargaining can make of a list price."""
SMALLEST_PART = 0.02
"""Of a list price: a bargained price is at least this, so that ratios stay finite."""


class Negotiation:
    """Who bargains in a roster: the pools at the core whose capacity is rented out (own designs among them, at fixed
    prices)."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self.pools = np.flatnonzero(roster.pool_is_rented & ~roster.pool_is_edge)
        self.family, self.owner = roster.pool_family[self.pools], roster.pool_owner[self.pools]
        self.merchant = deals.merchant_pools(roster)[self.pools]

    def strike(
        self,
        supply: IndustryState,
        terms: Terms,
        made: Made,
        in_use: PerWorldPool,
        vendors: VendorDecision,
        p: Parameters,
    ) -> tuple[IndustryState, Terms]:
        """This quarter's terms, for deliveries of the next: the pools' prices over list, and the terms that stand.

        in_use: H100e in use last quarter; vendors: decisions side by side, (worlds, families)."""
        terms = terms.renewed(vendors.loyalty_rebate, vendors.price_guarantee_mw, supply.chip_price)
        loyal = deals.loyalty(self.roster, supply.fleet.total() + supply.backlog)
        paid = deals.rebated(self.roster, terms, loyal)
        leverage = self._leverage(supply, made, in_use, p)
        terms = terms if terms.leverage is not None else replace(terms, leverage=leverage)
        deal = paid * self.negotiated(leverage, terms, p)
        guarantee = Guarantee(terms.guarantee_mw, terms.guaranteed_price)
        return replace(supply, deal=deal, guarantee=guarantee, rebate=vendors.loyalty_rebate), terms

    def negotiated(self, leverage: Array, terms: Terms, p: Parameters) -> PerWorldPool:
        """Factor on list prices from leverage (worlds, pairs) over what it was at the start; 1 where nobody
        bargains."""
        first = leverage if terms.leverage is None else terms.leverage
        factor = np.ones((len(leverage), len(self.roster.pools)))
        moved = np.clip(power(leverage / first, p.bargaining_weight[:, None]), *NEGOTIABLE)
        factor[:, self.pools] = np.where(self.merchant, moved, 1.0)
        return factor

    def _leverage(self, supply: IndustryState, made: Made, in_use: PerWorldPool, p: Parameters) -> Array:
        """Bargained over list price of every pair: (worlds, pairs)."""
        wholesale = self.wholesale_prices(supply, made, in_use, p)
        return np.maximum(wholesale / supply.chip_price[:, self.family], SMALLEST_PART)

    def wholesale_prices(self, supply: IndustryState, made: Made, in_use: PerWorldPool, p: Parameters) -> Array:
        """Nash-in-Nash prices of chips, USD per H100e: (worlds, pairs)."""
        charge = falling_annuity(p.cost_of_capital, p.earnings_decline, p.retirement_quarters)
        charge = charge * p.system_cost_factor
        hourly = (charge / HOURS_PER_QUARTER / p.target_utilisation)[
            :, None
        ]  # of one dollar of chip, per H100e-hour used
        listed = supply.chip_price[:, self.family]
        paid = listed * made.deal[:, self.pools]
        use = np.ascontiguousarray(in_use[:, self.pools])
        share = ratio(use, use.sum(axis=1, keepdims=True))
        rest = np.maximum(made.costs.long_run_usd[:, self.pools] - paid * hourly, 0.0)
        found = bargaining.nash_in_nash(
            share,
            supply.price[:, self.pools],
            rest,
            made.unit_cost[:, self.family] * hourly,
            self.owner,
            self.family,
            p.vendor_bargaining_power,
            ~self.merchant,
            listed * hourly,
        )
        return np.asarray(found / hourly)
