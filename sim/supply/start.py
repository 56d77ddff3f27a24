"""The supply side at the start: what is made, cost factors, fleets, and what is booked."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from sim.arrays import Array
from sim.parameters import Parameters
from sim.roster import Roster
from sim.scenario import Scenario
from sim.streams import Streams
from sim.supply import technology
from sim.supply.capacity import AGES, Fleet
from sim.supply.named import Levers
from sim.supply.tables import Tables
from sim.supply.technology import Generations, Production


class Start:
    """Everything a game begins with.

    root: parameters of the bottom of the scenario's chain: the opening (constants, mark-ups, books) is solved on them
    and so is the same in every comparison. p: the scenario's own, on which the game is played (chip roadmap)."""

    def __init__(self, roster: Roster, scenario: Scenario, root: Parameters, p: Parameters, streams: Streams) -> None:
        self.roster, self.root, self.p, self.streams = roster, root, p, streams
        carried = scenario.prelude is not None
        self.tables = Tables(roster, scenario.start, scenario.pipeline_until, root.stock_error, carried)
        self.quarter = self.tables.quarter
        self.carried, self.known_until = carried, scenario.known_until
        self.worlds = streams.worlds
        self.generations: Generations = technology.timeline(
            roster, p, streams, p.vendor_gross_margin, scenario.known_until
        )
        self.levers = Levers.of(roster.families, scenario.known_until, self.quarter)
        self.last_priced = technology.last_priced(scenario.known_until)

    def made(self, quarter: int, p: Parameters) -> Production:
        """Production mix of a quarter (an ordinal); delays touch only generations after the start."""
        return technology.production(
            self.levers.acting(self.generations, p),
            quarter,
            p.launch_delay_quarters,
            self.quarter + 1,
            p.launch_ramp_quarters,
        )

    def next_launch(self, quarter: int, p: Parameters) -> Array:
        """Quarters until the next launch that each family has announced (its own slip not yet known): (worlds,
        families)."""
        ahead = self.levers.acting(self.generations, p)
        return technology.quarters_to_launch(ahead, quarter, p.launch_delay_quarters, self.quarter + 1)

    @cached_property
    def own_cost_factor(self) -> Array:
        """Factor on the tables' unit cost: exp(u) for own designs, 1 for merchants; (worlds, families).

        Read from the root: a design costs the same in every scenario of a chain and wherever a game starts, and so does
        what the opening mark-ups are measured with. Shocks move `unit_cost_factor`."""
        return np.where(self.roster.family_is_own, np.exp(self.root.unit_cost_error), 1.0)

    def fleet(self) -> Fleet:
        """Installed capacity by age with the attributes of its time."""
        by_age = self.tables.increments()
        made = [self.made(self.quarter - age, self.root) for age in range(AGES)]
        family = self.roster.pool_family
        watts = np.stack([one.watts_per_h100e[:, family] for one in made], axis=2)
        chips = np.stack([1.0 / one.h100e_per_chip[:, family] for one in made], axis=2)
        return Fleet(by_age, watts, chips)

    def booked(self) -> tuple[Array, Array]:
        """Capacity booked by the market and used by the owners themselves at the start, (worlds, pools)
        each."""
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
