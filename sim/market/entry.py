"""Entry: what high prices bring about. Newcomers come when price over cost has paid for it long enough, and while they
come, incumbents' target mark-ups move towards the one that deters them.

    paying = price over cost / an entrant's disadvantage in cost
    opens after so many quarters in a row of paying above `entry_threshold`, closes at or below `entry_end`
    pressure' = pressure + rate (open - pressure)
    mark-up   = habit + pressure (1 - held) x min(deterring - habit, 0)

held is the part of rented capacity that newcomers have built (sim/market/entrant.py; none on the default roster): what
stands there presses on prices by itself, and is not counted twice.

The deterring mark-up is that of the free-entry condition: at price = cost x disadvantage a newcomer just covers its
long-run cost. That it takes more to come than to go on coming is the value of waiting before a sunk cost (Dixit 1989).
A mark-up of scarcity is no target and is not eroded: where power or chips bind, prices stay above.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, Mask, PerWorld, PerWorldPool, ratio
from sim.parameters import Parameters
from sim.roster import Roster


@dataclass(frozen=True)
class Entry:
    """Where entry stands, (worlds,) each. paying: quarters in a row in which entry would have paid; open: do newcomers
    come (0 or 1); pressure: part of the way from usual to deterring mark-ups; held: part of capacity that
    newcomers have."""

    paying: PerWorld
    open: PerWorld
    pressure: PerWorld
    held: PerWorld

    @classmethod
    def none(cls, worlds: int) -> Entry:
        """Nobody has thought of coming yet."""
        nothing = np.zeros(worlds)
        return cls(nothing, nothing, nothing, nothing)

    def after(self, price_over_cost: PerWorld, p: Parameters, held: PerWorld | None = None) -> Entry:
        """A quarter later. price_over_cost (worlds,): posted price over long-run cost in the quarter that was; held:
        part of capacity that newcomers had in it."""
        margin = price_over_cost / p.entrant_cost_factor
        paying = np.where(margin > p.entry_threshold, self.paying + 1.0, 0.0)
        comes = paying >= np.maximum(np.rint(p.entry_delay_quarters), 1.0)
        stays = (self.open > 0.0) & (margin > np.minimum(p.entry_end, p.entry_threshold))
        is_open = np.where(comes | stays, 1.0, 0.0)
        pressure = self.pressure + p.entry_erosion * (is_open - self.pressure)
        return Entry(paying, is_open, pressure, np.zeros_like(pressure) if held is None else held)

    @property
    def pressing(self) -> PerWorld:
        """Pressure that does not come from capacity which stands: (worlds,)."""
        return self.pressure * (1.0 - self.held)

    def eroded(self, markup: PerWorldPool, p: Parameters) -> PerWorldPool:
        """Mark-ups by habit, as entry leaves them: (worlds, pools)."""
        return eroded(markup, deterring_markup(p)[:, None], self.pressing[:, None])

    def felt(self, p: Parameters) -> Parameters:
        """Parameters with the mark-up that clouds aim at as entry leaves it."""
        return p.replace(cloud_markup=eroded(p.cloud_markup, deterring_markup(p), self.pressing))


def deterring_markup(p: Parameters) -> PerWorld:
    """Mark-up on an incumbent's cost at which a newcomer just covers its own: the free-entry condition."""
    return p.entrant_cost_factor - 1.0


def eroded(habit: Array, deterring: Array, pressure: Array) -> Array:
    """habit + pressure x min(deterring - habit, 0): a mark-up that deters already stays as it is. Shapes broadcast."""
    return np.asarray(habit + pressure * np.minimum(deterring - habit, 0.0))


def sold_at_price(roster: Roster, price: PerWorldPool, rented: PerWorldPool) -> PerWorldPool:
    """Use by buyers at the core of pools with a posted price, H100e: the weights of price over cost."""
    weight: Array = rented * _core(roster) * (price > 0.0)
    return weight


def price_over_cost(roster: Roster, price: PerWorldPool, cost: PerWorldPool, rented: PerWorldPool) -> PerWorld:
    """Mean posted price over long-run cost, weighted by use by buyers at the core."""
    weight = sold_at_price(roster, price, rented)
    posted = np.where(price > 0.0, price, 0.0)
    return ratio((posted * weight).sum(axis=1), (cost * weight).sum(axis=1))


def _core(roster: Roster) -> Mask:
    return ~roster.pool_is_edge
