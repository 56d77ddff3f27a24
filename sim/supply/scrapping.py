"""Scrapping: an old vintage leaves when its power is worth more under a new chip, and the new chip stands at the door.

A MW that is full has a shadow value: what a new chip of the pool would earn on it, its own cost paid and the site sunk.

    new     = (v u - running - system charge) / MW a new H100e
    old     = (v u - running of the vintage) / MW an H100e of the vintage
    leaves    where new > hurdle x old

v u is the price times the use that owners plan for; running costs go with power, so a MW costs the same to run whatever
stands on it, and the rule comes down to a limit on watts per H100e. Room for orders counts such power as free. Nobody
switches off a machine that earns before its successor is there: the oldest leave when what is installed needs more
power than the sites have, no further than that goes, and no pool shrinks by it. So nothing is scrapped where power is
loose, where chips are short, or where orders do not come.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.arrays import Array, Index, PerWorldOwner, PerWorldPool, ratio, total_by
from sim.finance import falling_annuity
from sim.parameters import Parameters
from sim.roster import Roster
from sim.supply.capacity import AGES, Fleet, powered_share
from sim.supply.costs import Costs
from sim.units import HOURS_PER_QUARTER, WATTS_PER_MW

NEVER = 1000.0
"""A hurdle at which nothing is scrapped."""
SPREAD = 0.1
"""Halls and customers differ: of a vintage at the limit nothing is worth replacing, all of one that takes so much more.
Judgement."""


def worn_out_watts(price: PerWorldPool, costs: Costs, p: Parameters) -> PerWorldPool:
    """IT watts per H100e beyond which a vintage's power is worth more under a new chip, infinite where it never is.

    price: posted, 0 where nobody rents; own use is worth the long-run cost that it is booked at."""
    earned = np.where(price > 0.0, price, costs.long_run_usd) * p.target_utilisation[:, None]
    charge = falling_annuity(p.cost_of_capital, p.earnings_decline, p.retirement_quarters)[:, None]
    left = earned - costs.running_usd_per_h100e_hour - costs.capex_usd_per_h100e * charge / HOURS_PER_QUARTER
    hurdle = p.scrapping_hurdle[:, None]
    answers = (left > 0.0) & (hurdle < NEVER)
    # per H100e of new chips: m_old > m_new x earned / (left / hurdle + running)
    factor = earned / np.where(answers, left / hurdle + costs.running_usd_per_h100e_hour, 1.0)
    watts = costs.mw_per_h100e * WATTS_PER_MW / p.pue[:, None]
    return np.where(answers, watts * np.maximum(factor, 1.0), np.inf)


def worth_replacing(roster: Roster, fleet: Fleet, price: PerWorldPool, costs: Costs, p: Parameters) -> Array:
    """Part of each vintage whose power is worth more under a new chip: (worlds, pools, AGES); none at the edge, which
    has its own power."""
    limit = np.where(roster.pool_is_edge, np.inf, worn_out_watts(price, costs, p))
    return np.clip((fleet.watts_per_h100e / limit[:, :, None] - 1.0) / SPREAD, 0.0, 1.0)


def replaceable_mw(roster: Roster, fleet: Fleet, price: PerWorldPool, costs: Costs, p: Parameters) -> PerWorldOwner:
    """Site power of vintages that new chips may take, (worlds, owners)."""
    owners = len(roster.owners)
    if not (p.scrapping_hurdle < NEVER).any():
        return np.zeros((len(p.pue), owners))
    mw = _site_mw(fleet, fleet.h100e * worth_replacing(roster, fleet, price, costs, p), p)
    return total_by(mw.sum(axis=2), roster.pool_owner, owners)


def needed_mw(roster: Roster, fleet: Fleet, p: Parameters) -> PerWorldOwner:
    """Site power that what is installed at the core needs, (worlds, owners)."""
    core_mw = fleet.it_mw() * p.pue[:, None] * ~roster.pool_is_edge
    return total_by(core_mw, roster.pool_owner, len(roster.owners))


class Powered(NamedTuple):
    """Fleets when old vintages have made room; what left, H100e (worlds, pools, AGES); the part of what stands that
    sites can power, (worlds, owners)."""

    fleet: Fleet
    scrapped: Array
    share: PerWorldOwner


def powered(
    roster: Roster, fleet: Fleet, price: PerWorldPool, costs: Costs, sites: PerWorldOwner, p: Parameters
) -> Powered:
    """Power what sites can, after old vintages have made room for what they cannot. sites (worlds, owners) MW."""
    needed, gone = needed_mw(roster, fleet, p), np.zeros_like(fleet.h100e)
    if (p.scrapping_hurdle < NEVER).any():
        worth = worth_replacing(roster, fleet, price, costs, p)
        fleet, gone = make_room(fleet, worth, needed - sites, roster.pool_owner, p)
        needed = needed_mw(roster, fleet, p)
    return Powered(fleet, gone, powered_share(needed, sites))


def make_room(fleet: Fleet, worth: Array, short: PerWorldOwner, owner: Index, p: Parameters) -> tuple[Fleet, Array]:
    """The fleet without what has to leave, and what left: H100e (worlds, pools, AGES).

    worth (worlds, pools, AGES): part that is worth replacing; short (worlds, owners): MW that what is installed needs
    beyond what sites have. A pool gives up no more power than its new chips take (age 0), so that there is more for who
    rents there. The oldest leave first, an owner's pools of one age alike."""
    owners, worth_mw = short.shape[1], _site_mw(fleet, fleet.h100e * worth, p)
    mw = _oldest_first(worth_mw, _site_mw(fleet, fleet.h100e, p)[..., 0])
    if not ((short > 0.0).any() and mw.any()):
        return fleet, np.zeros_like(fleet.h100e)
    place = (owner[:, None] * AGES + np.arange(AGES)).reshape(-1)
    by_age = total_by(mw.reshape(len(mw), -1), place, owners * AGES).reshape(len(mw), owners, AGES)
    part = ratio(_oldest_first(by_age, short), by_age)
    gone = fleet.h100e * worth * ratio(mw, worth_mw) * part[:, owner]
    return Fleet(fleet.h100e - gone, fleet.watts_per_h100e, fleet.chips_per_h100e), gone


def _oldest_first(amount: Array, most: Array) -> Array:
    """What is taken of an amount by age (..., AGES) when no more than `most` (...) is taken in all."""
    older = np.cumsum(amount[..., ::-1], axis=-1)[..., ::-1] - amount
    return np.clip(most[..., None] - older, 0.0, amount)


def _site_mw(fleet: Fleet, h100e: Array, p: Parameters) -> Array:
    watts = h100e * fleet.watts_per_h100e
    return np.asarray(watts * p.pue[:, None, None] / WATTS_PER_MW)
