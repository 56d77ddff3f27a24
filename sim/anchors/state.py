"""What deals leave to the next quarter, and what they come to in one."""

from __future__ import annotations

from dataclasses import dataclass

from sim.arrays import Array, PerWorldOwner, PerWorldPool


@dataclass(frozen=True)
class AnchorState:
    """kept (worlds, places): part of each deal that has not been left; installed, arriving, backlog (worlds, pools)
    H100e for deals: installed this quarter and so signed in it, made, and on order; flow (worlds, lines) H100e a
    quarter: smoothed orders for deals."""

    kept: Array
    installed: PerWorldPool
    arriving: PerWorldPool
    backlog: PerWorldPool
    flow: Array


@dataclass(frozen=True)
class Standing:
    """A quarter's deals. By place (worlds, places) H100e: owed now, and live of it as the quarter opens; coming: what
    will be owed when an order of today is installed, over what is live. By pool (worlds, pools) H100e: live with what
    was installed for them, line on order or made, order that is due, step: what has to be booked now beyond what the
    last booking was for, and last_step: what that one was. steps_mw (worlds, owners): power of those steps."""

    owed: Array
    live: Array
    coming: Array
    live_by_pool: PerWorldPool
    line: PerWorldPool
    order: PerWorldPool
    step: PerWorldPool
    last_step: PerWorldPool
    steps_mw: PerWorldOwner
