"""Managed services spread over their cloud's pools: what is committed where, how much of it is online, what is used where."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, Index, ratio
from sim.market.state import SiteState


def committed(state: SiteState, offers: Index) -> Array:
    """Committed managed service by offer and pool: (worlds, managed, pools). offers: positions of managed offers."""
    by_term = state.book.capacity_h100e[:, offers].sum(axis=2)
    return np.asarray((by_term[:, :, None] * state.managed_mix).sum(axis=3))


def served(state: SiteState, offers: Index, online: Array) -> Array:
    """Part of each service that is online: (worlds, managed). online (worlds, pools): part of each pool's bookings."""
    booked = committed(state, offers)
    total = booked.sum(axis=2)
    return np.asarray(np.where(total > 0.0, ratio((booked * online[:, None]).sum(axis=2), total), 1.0))


def use_by_pool(state: SiteState, offers: Index, used: Array, online: Array) -> Array:
    """Use of managed services by pool, (worlds, pools); used (worlds, offers, buyers)."""
    booked = committed(state, offers) * online[:, None]
    share = ratio(booked, booked.sum(axis=2, keepdims=True))
    return np.asarray((used[:, offers].sum(axis=2)[:, :, None] * share).sum(axis=1))
