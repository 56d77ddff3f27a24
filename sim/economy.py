"""The world outside the market: indices of spending, power, foundry and budgets, edge demand, and what owners want for
themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array, PerWorld, PerWorldOwner, PerWorldPool, once, ratio, read_only, total_by
from sim.finance import growth_factor
from sim.market import demand
from sim.parameters import Parameters
from sim.roster import Roster


@dataclass(frozen=True)
class Economy:
    """Where the world stands. spending, power, foundry, budget (worlds,): indices, start = 1; edge (worlds,): H100e
    that edge demand has grown to; own_price (worlds, pools): the cost of own use that owners' budgets have taken in,
    start = 1 as cost goes; own_wanted (worlds, pools): H100e that owners want for themselves."""

    spending: PerWorld
    power: PerWorld
    foundry: PerWorld
    budget: PerWorld
    edge: PerWorld
    own_price: PerWorldPool
    own_wanted: PerWorldPool

    @classmethod
    def start(cls, edge: PerWorld, own_price: PerWorldPool, own_wanted: PerWorldPool) -> Economy:
        """The world as a game opens."""
        one = np.ones(len(edge))
        return cls(one, one, one, one, edge, own_price, own_wanted)

    def moved(self, quarter: int, core: PerWorld, p: Parameters) -> Economy:
        """A quarter on. core (worlds,): H100e wanted at the core at the start.

        Edge potential is a share of the reference core demand of the time, not of actual core use: the two stay
        apart."""
        spending = self.spending * np.exp(spending_growth(quarter, p))
        potential = np.maximum(p.edge_potential_share * (core * spending), self.edge)
        return replace(
            self,
            spending=spending,
            power=self.power * power_growth(quarter, p),
            foundry=self.foundry * growth_factor(p.foundry_growth, 1),
            budget=self.budget * growth_factor(p.capital_budget_growth, 1),
            edge=demand.bass_step(self.edge, potential, p.edge_innovation, p.edge_imitation),
        )

    def power_level(self, quarter: int, ahead: int, p: Parameters) -> PerWorld:
        """Powered sites over those of the start now, or so many quarters ahead at today's growth: (worlds,)."""
        known = self._power_levels(p)
        if (quarter, ahead) not in known:
            now = self.power * p.power_headroom * p.power_level
            one = now if not ahead else self.power_level(quarter, ahead - 1, p) * power_growth(quarter + ahead, p)
            known[quarter, ahead] = read_only(one)
        return known[quarter, ahead]

    @once()
    def _power_levels(self, p: Parameters) -> dict[tuple[int, int], PerWorld]:
        """What has been worked out of it: many look ahead, and by many quarters."""
        return {}

    def owners_want(
        self,
        roster: Roster,
        at_start: PerWorldPool,
        felt: PerWorldPool,
        cost: PerWorldPool,
        online: Array,
        p: Parameters,
    ) -> Economy:
        """Own use of owners follows spending and the cost of capacity, as the market's demand does.

        What an owner wants is its own, not a pool's: it runs where its capacity stands, online x captive share, on a
        chip that it did not have at the start too. at_start: H100e; felt: the cost budgets had taken in then; cost: of
        own capacity over what it was; online (worlds, pools) H100e."""
        own_price = demand.follow_price(self.own_price, cost, p.price_adaptation[:, None])
        index, elasticity = (self.spending * p.demand_level)[:, None], p.price_elasticity[:, None]
        path = demand.wanted(at_start, index, own_price, felt, elasticity, np.ones_like(cost))
        owner, owners = roster.pool_owner, len(roster.owners)
        room = online * roster.captive_share
        spread = ratio(room, total_by(room, owner, owners)[:, owner])
        return replace(self, own_price=own_price, own_wanted=total_by(path, owner, owners)[:, owner] * spread)


def spending_growth(quarter: int, p: Parameters) -> PerWorld:
    """Log growth of spending in a quarter."""
    rates = (p.spending_growth_start, p.spending_growth_long_run, p.spending_growth_half_life_quarters)
    return demand.spending_growth(*rates, quarter)


def power_growth(quarter: int, p: Parameters) -> PerWorld:
    """Growth factor of powered sites in a quarter."""
    rates = (p.power_growth_start, p.power_growth_long_run, p.power_half_life_quarters)
    return np.asarray(np.exp(demand.spending_growth(*rates, quarter)))


def powered_mw(economy: Economy, at_start: PerWorldOwner, quarter: int, p: Parameters, ahead: int = 0) -> Array:
    """Power of the owners' sites now, or so many quarters ahead at today's growth, if all grow alike: MW (worlds,
    owners).

    at_start: power of what was installed when the game opened."""
    return at_start * economy.power_level(quarter, ahead, p)[:, None]


def total_mw(economy: Economy, at_start: PerWorldOwner, quarter: int, p: Parameters, ahead: int = 0) -> PerWorld:
    """The same of all owners together: MW (worlds,)."""
    return np.asarray(powered_mw(economy, at_start, quarter, p, ahead).sum(axis=1))


def budget_musd(economy: Economy, at_start: PerWorldOwner, p: Parameters, ahead: int = 0) -> PerWorldOwner:
    """Capital budgets of owners, or those so many quarters ahead, if all grow alike: musd a quarter (worlds, owners).

    at_start: what keeping the pace of the start takes."""
    index = economy.budget * growth_factor(p.capital_budget_growth, ahead) if ahead else economy.budget
    return at_start * (p.capital_budget_headroom * p.capital_budget_factor * index)[:, None]
