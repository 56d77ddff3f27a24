"""The managed channel: how much of a cloud's bookings its model service has at the start, and how the taste for buying
compute as a service moves.

Nobody publishes either. The share is drawn by world, for all clouds with a service together; the roster says how clouds
stand to each other. The taste drifts evenly, from the first quarter of a game's history on."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, Mask
from sim.parameters import Parameters
from sim.roster import Roster, numbers


def opening_share(roster: Roster, p: Parameters) -> Array:
    """Part of each owner's bookings that its managed service has at the start, (worlds, owners): the drawn share times
    the roster's weight of the owner over the mean weight of the owners with a service, at most all."""
    weight = numbers(roster.tables["owners"], "managed_weight")
    served = np.array([bool(title) for title in roster.managed_titles])
    if not (weight * served).any():
        return np.zeros((len(p.managed_share), len(weight)))
    relative = np.where(served, weight / weight[served].mean(), 0.0)
    return np.minimum(p.managed_share[:, None] * relative, 1.0)


def drifted(constants: Array, managed: Mask, p: Parameters) -> Array:
    """Offer constants a quarter later: those of managed services move with the taste for them. constants (worlds,
    offers, buyers) utils, managed (offers,)."""
    return constants + np.where(managed, p.managed_taste_drift[:, None], 0.0)[:, :, None]
