"""The supply side at the start: what is made, cost factors, fleets, and what is booked."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from sim.arrays import Array
from sim.finance import annuity, falling_annuity
from sim.parameters import Parameters
from sim.roster import Roster
from sim.scenario import Scenario
from sim.streams import Streams
from sim.supply import prices, technology
from sim.supply.capacity import AGES, Fleet
from sim.supply.costs import Costs, costs
from sim.supply.tables import Tables
from sim.supply.technology import Generations, Production
from sim.units import HOURS_PER_QUARTER


class Start:
    """Everything a game begins with.

    root: parameters of the bottom of the scenario's chain: the opening (constants, mark-ups, books) is solved on them
    and so is the same in every comparison. p: the scenario's own, on which the game is played (chip roadmap, cost
    edge)."""

    def __init__(self, roster: Roster, scenario: Scenario, root: Parameters, p: Parameters, streams: Streams) -> None:
        self.roster, self.root, self.p, self.streams = roster, root, p, streams
        self.tables = Tables(roster, scenario.start, scenario.pipeline_until)
        self.quarter = self.tables.quarter
        self.worlds = streams.worlds
        self.generations: Generations = technology.timeline(
            roster, p, streams, p.vendor_gross_margin, scenario.known_until
        )
        self.last_priced = technology.last_priced(scenario.known_until)

    def made(self, quarter: int, p: Parameters) -> Production:
        """Production mix of a quarter (an ordinal); delays touch only generations after the start."""
        return technology.production(
            self.generations, quarter, p.launch_delay_quarters, self.quarter + 1, p.launch_ramp_quarters
        )

    def next_launch(self, quarter: int, p: Parameters) -> Array:
        """Quarters until the next launch that each family has announced (its own slip not yet known): (worlds,
        families)."""
        return technology.quarters_to_launch(self.generations, quarter, p.launch_delay_quarters, self.quarter + 1)

    @cached_property
    def own_cost_factor(self) -> Array:
        """Factor on own designs' unit cost in play: (worlds, families)."""
        return self.cost_factor(self.p)

    @cached_property
    def opening_cost_factor(self) -> Array:
        """The same on root parameters: what the opening mark-ups are measured with."""
        return self.cost_factor(self.root)

    def cost_factor(self, p: Parameters) -> Array:
        """Factor on own designs' unit cost that gives the declared cost edge over Nvidia at the start: (worlds,
        families)."""
        roster, made = self.roster, self.made(self.quarter, self.root)
        unit = made.cost_per_h100e
        market = prices.chip_price(unit, p.vendor_gross_margin)
        at_market = costs(roster, p, made, market[:, roster.pool_family])
        factor = np.ones_like(unit)
        for owner, family in enumerate(roster.own_family):
            reference = [
                n
                for n, pool in enumerate(roster.pools)
                if pool.owner == owner and roster.family_stack[pool.family] == "cuda"
            ]
            mine = [
                n
                for n, pool in enumerate(roster.pools)
                if pool.owner == owner and pool.family == family and pool.site == "core"
            ]
            if family < 0 or not reference or not mine:
                continue
            target = (1.0 - p.cost_edge[:, family]) * at_market.long_run_usd[:, reference[0]]
            capital = _capital_for(target, at_market, mine[0], p)
            per_chip_dollar = at_market.capex_usd_per_h100e[:, mine[0]] / market[:, family]
            factor[:, family] = np.maximum(capital / per_chip_dollar / unit[:, family], 0.15)
        return factor

    def fleet(self) -> Fleet:
        """Installed capacity by age with the attributes of its time."""
        by_age = np.broadcast_to(self.tables.increments(), (self.worlds, len(self.roster.pools), AGES)).copy()
        made = [self.made(self.quarter - age, self.root) for age in range(AGES)]
        family = self.roster.pool_family
        watts = np.stack([one.watts_per_h100e[:, family] for one in made], axis=2)
        chips = np.stack([1.0 / one.h100e_per_chip[:, family] for one in made], axis=2)
        return Fleet(by_age, watts, chips)

    def booked(self) -> tuple[Array, Array]:
        """Capacity booked by the market and used by the owners themselves at the start, (pools,) each."""
        stock = self.tables.stock(self.quarter)
        booked = stock * np.array([pool.booked_share for pool in self.roster.pools])
        captive = booked * self.roster.captive_share
        return booked - captive, captive

    def felt_over_price(self, p: Parameters) -> Array:
        """Price that budgets have taken in, over the price, at the start: (worlds,).

        A price that has fallen by g a quarter for long is felt higher by g (1 - a) / a, in logs, a being the speed of
        adaptation: part of what the falls before the start will make buyers want is still to come."""
        lag = (1.0 - p.price_adaptation) / p.price_adaptation
        return np.asarray(np.exp(self.tables.price_fall() * lag))


def _capital_for(target: Array, at_market: Costs, pool: int, p: Parameters) -> Array:
    """Equipment, USD per H100e, on which a pool's long-run cost would be `target`, USD per H100e-hour: (worlds,)."""
    charge = falling_annuity(p.cost_of_capital, p.earnings_decline, p.retirement_quarters)
    site_charge = annuity(p.cost_of_capital, p.site_life_quarters)
    room = target * p.target_utilisation - at_market.running_usd_per_h100e_hour[:, pool]
    capital = room * HOURS_PER_QUARTER - at_market.site_usd_per_h100e[:, pool] * site_charge
    return capital / charge
