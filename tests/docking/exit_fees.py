"""Two firms, two periods: what a ban on exit fees does when firms may put up hurdles instead. Our own derivation.

Each firm holds half of the customers. In the second period a customer likes the other firm better by m, uniform on
[-M, M]. The firm asks its own customers for c + a, the rival offers them c + b; who leaves pays the fee f to the firm
and loses h in hurdles to nobody. A customer stays where m < z = b + f + h - a. Each firm chooses its best price:

    firm:   max  a (M + z) + f (M - z)    ->  a = M + z + f
    rival:  max  b (M - z)                ->  b = M - z          so that  z = h / 3.

The fee moves no customer: it comes back in both prices. Hurdles do. Profit from an own customer is
(M + z)^2 / 2M + f, of poaching one (M - z)^2 / 2M; firms compete for customers in the first period and hand out the
difference, 2 z + f, there. As long as customers bear at most S = f + h, the firm takes fees first (a unit brings 1, a
unit of hurdles (M + z) / 3M, less while z < 2M), and hurdles when fees are forbidden.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Outcome(NamedTuple):
    """z: the taste at which a customer leaves; own, poach: margins; users: mean surplus of a customer over both
    periods, up to a constant; welfare: what is gained by moving less hurdles; profit: of an own customer."""

    z: float
    own: float
    poach: float
    users: float
    welfare: float
    profit: float


def closed_form(spread: float, fee: float, hurdle: float) -> Outcome:
    """The equilibrium above; spread is M."""
    z = hurdle / 3.0
    own, poach = spread + z + fee, spread - z
    stays, leaves = (spread + z) / (2.0 * spread), (spread - z) / (2.0 * spread)
    liked = (spread**2 - z**2) / (4.0 * spread)
    second = liked - stays * own - leaves * (poach + fee + hurdle)
    return Outcome(
        z, own, poach, second + 2.0 * z + fee, liked - leaves * hurdle, (spread + z) ** 2 / (2.0 * spread) + fee
    )


def by_search(spread: float, fee: float, hurdle: float) -> Outcome:
    """The same by best responses on a grid of prices, and by counting a fine population of customers."""
    grid = np.linspace(0.0, 4.0 * spread, 8001)
    own, poach = spread, spread
    for _ in range(200):
        z = np.clip(poach + fee + hurdle - grid, -spread, spread)
        own = 0.5 * own + 0.5 * grid[np.argmax(grid * (spread + z) + fee * (spread - z))]
        z = np.clip(grid + fee + hurdle - own, -spread, spread)
        poach = 0.5 * poach + 0.5 * grid[np.argmax(grid * (spread - z))]
    tastes = (np.arange(200_000) + 0.5) / 100_000 * spread - spread
    leaves = tastes > poach + fee + hurdle - own
    second = np.where(leaves, tastes - poach - fee - hurdle, -own).mean()
    profit = np.where(leaves, fee, own).mean()
    handed_out = profit - np.where(leaves, poach, 0.0).mean()
    return Outcome(
        poach + fee + hurdle - own,
        own,
        poach,
        second + handed_out,
        np.where(leaves, tastes - hurdle, 0.0).mean(),
        profit,
    )
