"""What clouds sign: offers of labs, as far as their power goes."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.contract import CloudBriefing

MOST_POWER = 0.8
"""Part of a cloud's power that deals may take at most. Judgement."""


def pool_for_labs(own: CloudBriefing) -> int | None:
    """The pool that is offered to labs: the core's own design, else the largest of the core; None for who lets nothing
    to labs."""
    core = np.flatnonzero(~own.edge)
    mine = [k for k in core if own.own_design[k] and own.let_to_labs[k]]
    let = [k for k in core if own.let_to_labs[k]]
    return int((mine or let)[0]) if let else None


def accepted(own: CloudBriefing, most: float = MOST_POWER) -> Array:
    """1 for offers that are signed, (worlds, labs): the largest first while all of that size fit beside what is
    signed."""
    asked = own.offered_mw
    if not (asked > 0.0).any():  # mostly: nobody offers anything
        return np.zeros_like(asked)
    at_least = asked[:, None, :] >= asked[:, :, None]
    with_larger = np.where(at_least, asked[:, None, :], 0.0).sum(axis=2)
    room = most * own.deal_power_mw - own.signed_ahead.max(axis=1)
    return ((asked > 0.0) & (with_larger <= room[:, None])).astype(float)
