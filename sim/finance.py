"""Present values and growth: annuities that spread a sum over quarters, and yearly growth over quarters."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, power
from sim.units import QUARTERS_PER_YEAR


def annuity(cost_of_capital: Array, horizon_quarters: Array) -> Array:
    """Per-quarter equivalent of a one-off cost of 1 over a horizon: A = rho / (1 - (1 + rho)^-T); shapes broadcast.

    cost_of_capital is yearly; at 0 the cost is spread evenly (1 / T)."""
    rho = power(1.0 + cost_of_capital, 1.0 / QUARTERS_PER_YEAR) - 1.0
    safe = np.where(rho > 0.0, rho, 1.0)
    return np.where(rho > 0.0, safe / (1.0 - power(1.0 + safe, -horizon_quarters)), 1.0 / horizon_quarters)


def falling_annuity(cost_of_capital: Array, decline: Array, horizon_quarters: Array) -> Array:
    """First payment of a series that falls by `decline` a year and repays a cost of 1 over the horizon; shapes
    broadcast.

    The user cost of capital with expected obsolescence (Hall and Jorgenson 1967): an annuity at (1 + r) / (1 - g) -
    1."""
    return annuity((1.0 + cost_of_capital) / (1.0 - decline) - 1.0, horizon_quarters)


def growth_factor(yearly: Array, quarters: float) -> Array:
    """(1 + yearly growth) ^ (quarters / 4)."""
    return power(1.0 + yearly, quarters / QUARTERS_PER_YEAR)
