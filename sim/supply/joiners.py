"""Owners that join later: they have nothing as a game opens, and power, money and a price of their own once they are
there.

A roster may add them to another (`joiners.csv`). Until its switch is on an owner has no power and no budget, and its
offer is not sold. An *owned* system is bought and not rented: it is posted at what it costs and a margin, whatever
renting brings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sim.arrays import PerWorld, PerWorldOwner, PerWorldPool, ratio
from sim.parameters import Parameters
from sim.roster import Joiner, Roster
from sim.supply.capacity import Fleet
from sim.supply.state import IndustryState


def there(joiner: Joiner, p: Parameters) -> PerWorld:
    """Has the owner joined? (worlds,), ones and zeros."""
    return np.where(getattr(p, joiner.switch) > 0.5, 1.0, 0.0)


def with_power(
    roster: Roster,
    path: PerWorldOwner,
    at_start: PerWorldOwner,
    taken: Callable[[], PerWorldOwner],
    p: Parameters,
    came: PerWorld | None = None,
) -> PerWorldOwner:
    """Power that each owner may fill, with what joiners have of it: MW (worlds, owners).

    A joiner may fill a share of what has come since the game opened, or since it entered where it does that. On its
    buyers' ground that is on top of all; in the common queue the others, all alike, go without what it has taken of it,
    and no more: nothing is kept dark.
    at_start: what ran as the game opened; taken (worlds, owners): what owners' capacity takes; came (worlds,): what
    there was in all as newcomers entered."""
    if not roster.joiners:
        return path
    total, more, gone = path.sum(axis=1), np.zeros_like(path), np.zeros(len(path))
    opened = at_start.sum(axis=1)
    for joiner in roster.joiners:
        new = np.maximum(total - (opened if came is None or not joiner.enters else came), 0.0)
        may = getattr(p, joiner.power_parameter) * there(joiner, p) * new
        more[:, joiner.owner] = may
        if joiner.common_power:
            gone += np.minimum(may, taken()[:, joiner.owner])
    return np.asarray(path * (1.0 - ratio(gone, total))[:, None] + more)


def with_budget(roster: Roster, plan: PerWorldOwner, p: Parameters) -> PerWorldOwner:
    """Capital budgets with those of joiners: musd a quarter (worlds, owners). Boards plan no limit for them; power and
    what can be paid for are their limits."""
    total, result = plan.sum(axis=1), plan
    for joiner in roster.joiners:
        result = result.copy()
        result[:, joiner.owner] += there(joiner, p) * total
    return result


def at_cost(roster: Roster, price: PerWorldPool, cost: PerWorldPool, p: Parameters) -> PerWorldPool:
    """Prices with those of owned systems at cost and margin. cost (worlds, pools): USD per H100e-hour."""
    bought = roster.bought[roster.pool_owner]
    return np.where(bought, cost * (1.0 + p.owned_margin)[:, None], price) if bought.any() else price


def aimed(roster: Roster, markup: PerWorldPool, p: Parameters) -> PerWorldPool:
    """Mark-ups that owners aim at in the long run, (worlds, pools): of owned systems, their margin."""
    bought = roster.bought[roster.pool_owner]
    return np.where(bought, p.owned_margin[:, None], markup) if bought.any() else markup


def without_habit(roster: Roster, markup: PerWorldPool, p: Parameters) -> PerWorldPool:
    """Mark-ups that owners are used to, (worlds, pools). Newcomers aim at what clouds aim at: what was posted for them
    when they had nothing to sell is no habit."""
    theirs = roster.entering[roster.pool_owner]
    return np.where(theirs, p.cloud_markup[:, None], markup) if theirs.any() else markup


def left_to_others(roster: Roster, wanted: PerWorldOwner) -> PerWorldOwner:
    """What owners want of what is divided among them, without joiners: these have their part by a rule of their own."""
    if not roster.joiners:
        return wanted
    result = wanted.copy()
    result[:, [joiner.owner for joiner in roster.joiners]] = 0.0
    return result


def wound_up(roster: Roster, state: IndustryState, gone: PerWorldOwner) -> IndustryState:
    """The supply side without owners that have gone, (worlds, owners) ones: orders are cancelled, and chips that stand
    or are on the way count as retired."""
    theirs = gone[:, roster.pool_owner] > 0.0
    kept = np.where(theirs, 0.0, 1.0)
    fleet = Fleet(state.fleet.h100e * kept[:, :, None], state.fleet.watts_per_h100e, state.fleet.chips_per_h100e)
    left = np.where(theirs, state.fleet.total() + state.arriving, 0.0)
    names = ("arriving", "backlog", "target", "growth", "booked_share")
    return replace(
        state, fleet=fleet, retired=state.retired + left, **{name: getattr(state, name) * kept for name in names}
    )
