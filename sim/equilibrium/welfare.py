"""Who gains: buyer surplus by the log-sum, the total cost of compute, concentration.

Log-sum levels are arbitrary; only differences within one definition of the choice set mean anything (Small and Rosen
1981). An offer more always raises the log-sum: that is the value of variety, not of price.
"""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.units import HHI_SCALE


def consumer_surplus(logsum: Array, price_sensitivity: Array, value_scale: Array) -> Array:
    """Surplus of buyers: logsum / alpha times what one unit of utility over alpha is worth. Shapes broadcast.

    With a linear price the scale is the number of buyers; with the log of price it is their bill, since a log point of
    price is worth the bill."""
    return value_scale * logsum / price_sensitivity


def compensating_variation(before: Array, after: Array, price_sensitivity: Array, value_scale: Array) -> Array:
    """Money value of a change of choice sets: scale x (L1 - L0) / alpha."""
    return consumer_surplus(after, price_sensitivity, value_scale) - consumer_surplus(
        before, price_sensitivity, value_scale
    )


def hhi(amounts: Array) -> Array:
    """Herfindahl-Hirschman index of amounts on the last axis, 0..10 000; 0 where there is nothing."""
    total = amounts.sum(axis=-1, keepdims=True)
    share = amounts / np.where(total > 0.0, total, 1.0)
    return np.asarray((share**2).sum(axis=-1) * HHI_SCALE)


def chained_index(last_index: Array, last_price: Array, price: Array, last_weight: Array, weight: Array) -> Array:
    """A chained Fisher-type price index: last index x sqrt(Laspeyres x Paasche). Prices and quantities (worlds,
    items)."""

    def relative(quantity: Array) -> Array:
        before = (last_price * quantity).sum(axis=1)
        return np.where(before > 0.0, (price * quantity).sum(axis=1) / np.where(before > 0.0, before, 1.0), 1.0)

    return last_index * np.sqrt(relative(last_weight) * relative(weight))
