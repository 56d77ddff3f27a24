"""Make or buy: how an owner that designs a chip of its own splits its orders between that chip and bought ones.

What an owner lacks at its sites, it fills with whichever chip brings most for a unit of what it is short of: megawatts
where power binds, wafers where the foundry does, dollars otherwise. A chip brings its expected rent less what it takes
to run it, over its life; life and discount are the same for all chips of an owner, so an hour's net rent stands for it.
Demand says how much of each is wanted, and value moves orders around that:

    order_f = need_f v_f^e / sum need v^e x sum need        v_f = net rent / (dollars^d megawatts^m wafers^w)

d, m and w add up to 1 and move with the part of last orders that each limit cut, so that no limit takes over at once.
Own chips count v times a constant, at which the rule is content with the fleet of the end of 2024: whatever else made
an owner hold it (learning, independence, chips that could not be had) is in there, and stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, PerWorld, PerWorldOwner, PerWorldPool, ratio, total_by
from sim.parameters import Parameters
from sim.quarters import label, ordinal
from sim.supply.costs import costs
from sim.supply.industry import Industry
from sim.units import USD_PER_MUSD

ON_RECORD = "2024Q4"
"""The fleets that owners' constants are solved on; those of later years are held out."""
LEAST_EARNED = 0.05
"""A chip that hardly earns its running cost counts as if this part of its rent were left."""


@dataclass(frozen=True)
class Units:
    """What an H100e of new capacity takes of everything that may be short: musd of system and site, MW of site power,
    wafers. (worlds, pools) each."""

    musd: Array
    mw: Array
    wafers: Array


@dataclass(frozen=True)
class Short:
    """By what orders are measured, (worlds,) each, adding up to 1: dollars, site power, wafers."""

    musd: PerWorld
    mw: PerWorld
    wafers: PerWorld


DOLLARS = Short(*(np.full(1, part) for part in (1.0, 0.0, 0.0)))
"""Nothing is short: capacity is built for money, and money always has another use."""


def short(by_money: PerWorld, by_power: PerWorld, by_foundry: PerWorld) -> Short:
    """How much each limit counts. by_money, by_power, by_foundry (worlds,): the part of orders that it leaves, 0 to 1.

    Power and wafers count with the part that they cut, together at most in full; dollars with the rest, and with their
    own cut where the cuts add up to more than everything."""
    cut = [np.clip(1.0 - left, 0.0, 1.0) for left in (by_money, by_power, by_foundry)]
    whole = np.maximum(cut[0] + cut[1] + cut[2], 1.0)
    power, foundry = cut[1] / whole, cut[2] / whole
    return Short(1.0 - power - foundry, power, foundry)


def net_rent(price: Array, running: Array, utilisation: PerWorld) -> Array:
    """What an H100e earns in an hour: its price while it is let, less what it costs to run. USD, (worlds, pools)."""
    rent = price * utilisation[:, None]
    return np.maximum(rent - running, LEAST_EARNED * rent)


def log_value(earned: Array, units: Units, by: Short) -> Array:
    """Log of what a chip earns per unit of what is short, (worlds, pools); earned: net_rent."""
    taken = by.musd[:, None] * np.log(units.musd) + by.mw[:, None] * np.log(units.mw)
    return np.log(earned) - taken - by.wafers[:, None] * np.log(units.wafers)


def split(need: Array, value: Array, elasticity: PerWorld) -> Array:
    """Orders that keep the sum of what is needed, moved to what is worth more: need x exp(elasticity x value), then
    scaled to that sum. need (worlds, pools) >= 0, any unit; value (worlds, pools) logs. Without elasticity, the
    need."""
    best = value.max(axis=1, keepdims=True)
    moved = need * np.exp(elasticity[:, None] * (value - best))
    return np.asarray(moved * ratio(need.sum(axis=1), moved.sum(axis=1))[:, None])


@dataclass(frozen=True)
class Fleets:
    """Owners' fleets at the core at the end of a quarter, (worlds, pools): H100e installed, what new chips of each pool
    are worth per dollar (logs), and the MW of an H100e of them."""

    h100e: PerWorldPool
    value: PerWorldPool
    mw: PerWorldPool

    @classmethod
    def at(cls, industry: Industry, quarter: str, p: Parameters) -> Fleets:
        """As the tables have them: stock, list prices of capacity, costs of the chips that are made then. p: root."""
        roster, start = industry.roster, industry.start
        made = start.made(ordinal(quarter), p)
        chips = industry.list_price(made.cost_per_h100e * start.own_cost_factor, p, p.transfer_price_weight)
        cost = costs(roster, p, made, industry.pool_chip_price(chips))
        price = start.tables.price(p.edge_price_premium, quarter)
        earned = net_rent(
            np.where(price > 0.0, price, cost.long_run_usd), cost.running_usd_per_h100e_hour, p.target_utilisation
        )
        musd = (cost.capex_usd_per_h100e + cost.site_usd_per_h100e) / USD_PER_MUSD
        units = Units(musd, cost.mw_per_h100e, 1.0 / made.h100e_per_wafer[:, roster.pool_family])
        stock = start.tables.stock(ordinal(quarter)) * ~roster.pool_is_edge
        return cls(stock, log_value(earned, units, DOLLARS), cost.mw_per_h100e)


def record(known_until: str) -> str:
    """The quarter whose fleets the constants are solved on: the end of 2024, or the last that is known before."""
    return label(min(ordinal(ON_RECORD), ordinal(known_until))) if known_until else ON_RECORD


def constants(industry: Industry, fleets: Fleets) -> PerWorldOwner:
    """What an owner's own chip counts for over what it earns, (worlds, owners); 1 where it had none, or nothing else.

    Demand wanted the fleet that stood there. So the rule leaves its mix alone if own chips are worth, constant
    included, what the mean MW of its bought chips is (geometric; exact where they are of one family). By dollars: in
    the history that games play, nothing but foundries cut orders in 2024, and they little."""
    roster, owners = industry.roster, len(industry.roster.owners)
    own = roster.own_family[roster.pool_owner] == roster.pool_family
    mw = fleets.h100e * fleets.mw

    def mean_of(mask: Array) -> tuple[Array, Array]:
        held = total_by(mw * mask, roster.pool_owner, owners)
        return held, ratio(total_by(mw * mask * fleets.value, roster.pool_owner, owners), held)

    (made, mine), (bought, theirs) = mean_of(own), mean_of(~own)
    return np.where((made > 0.0) & (bought > 0.0), np.exp(theirs - mine), 1.0)
