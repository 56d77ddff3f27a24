"""How prices are posted: mark-up on long-run cost, adjusted by use of capacity, moving part of the way each quarter."""

from __future__ import annotations

import numpy as np
from scipy.special import lambertw

from sim.arrays import Array
from sim.parameters import Parameters


def target_price(long_run_cost: Array, start_markup: Array, markup: Array, anchor: Array) -> Array:
    """Cost times one plus the target mark-up, which leans on the mark-up the pool began with. Shapes broadcast."""
    return long_run_cost * (1.0 + anchor * start_markup + (1.0 - anchor) * markup)


def aimed_markup(start: Array, captive: Array, p: Parameters) -> Array:
    """Mark-up on long-run cost that clouds aim at, (worlds, pools): what they lean on at the start and usually, times
    1 + psi captive."""
    usual = target_price(np.ones_like(start), start, p.cloud_markup[:, None], p.markup_anchor[:, None]) - 1.0
    return np.asarray(usual * (1.0 + p.captive_markup[:, None] * captive))


def pressure(
    booked_share: Array, target_utilisation: Array, response: Array, shadow_price: Array, scarcity_response: Array
) -> Array:
    """Change of log price from use and scarcity: eta (u - u*) + s lambda. Cut when idle, raise when sold out and
    applied for.

    lambda is the pool's shadow price: of e^lambda applications one is accepted. Shapes broadcast."""
    return response * (booked_share - target_utilisation) + scarcity_response * shadow_price


def adjust(price: Array, target: Array, speed: Array, pressure_: Array, limit: Array, floor: Array) -> Array:
    """Move part of the way to the target in logs and with the market's pressure, at most `limit` a quarter, never below
    the floor.

    d ln p = gamma ln(p*/p) + pressure; the floor is cash cost."""
    change = np.clip(speed * np.log(target / price) + pressure_, -limit, limit)
    return np.maximum(price * np.exp(change), floor)


def capacity_filling_price(utility: Array, price_sensitivity: Array, market: Array, capacity: Array) -> Array:
    """Price at which a single logit offer just sells its capacity: M e^(d - a p) / (1 + e^(d - a p)) = K."""
    share = capacity / market
    return (utility - np.log(share / (1.0 - share))) / price_sensitivity


def monopoly_price(utility: Array, price_sensitivity: Array, marginal_cost: Array) -> Array:
    """Price of a single logit offer without a capacity limit: p = c + (1 + W(e^(d - a c - 1))) / a, W being Lambert's
    function."""
    inside = np.exp(utility - price_sensitivity * marginal_cost - 1.0)
    share = np.real(lambertw(inside.astype(np.complex128), 0))
    return marginal_cost + (1.0 + share) / price_sensitivity


def chip_price(unit_cost: Array, gross_margin: Array) -> Array:
    """Price of a merchant chip at a gross margin: cost / (1 - margin)."""
    return unit_cost / (1.0 - gross_margin)


def transfer_price(unit_cost: Array, gross_margin: Array, weight: Array) -> Array:
    """Price at which an own chip is booked: w = c + phi (w_arm's length - c); phi = 0 eliminates the double margin."""
    return unit_cost + weight * (chip_price(unit_cost, gross_margin) - unit_cost)


def managed_price(direct_price: Array, routing: Array, markup: Array, efficiency: Array) -> Array:
    """Price of managed service per H100e-hour of useful work: routed direct prices over efficiency, plus a mark-up.

    direct_price, efficiency (worlds, pools); routing (worlds, groups, managed, pools); markup (worlds,)."""
    per_work = direct_price / efficiency
    return (routing * per_work[:, None, None, :]).sum(axis=3) * (1.0 + markup)[:, None, None]
