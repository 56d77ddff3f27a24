"""Choice meets capacity, compiled: `sim.equilibrium.clearing.clear`, where the words are explained, world by world."""

from __future__ import annotations

from math import log
from typing import NamedTuple

import numpy as np

from sim.arrays import Array
from sim.kernels.compiling import REAL, WHOLE, compiled, numbers, part, positions
from sim.kernels.newton import alone, desk_for, newton
from sim.kernels.odds import World, at, blank, copy, spread, times


class Bounds(NamedTuple):
    """Constants of the search, as `sim.equilibrium.clearing` names them."""

    tolerance: float
    most: int
    longest: float
    back: float
    smallest_response: float
    smallest_capacity: float


class Place(NamedTuple):
    """Where a search stands, (pools,) each: price; excess ln(Q/K), wanted Q and slope K - Q at that price; the price
    that it last stepped from, and the step."""

    price: Array
    excess: Array
    wanted: Array
    slope: Array
    origin: Array
    step: Array


@part
def _along(slope, step):
    """Slope of the dual along a step."""
    total = 0.0
    for pool in range(len(step)):
        total += slope[pool] * step[pool]
    return total


@part
def _look(here, quantity, room, least):
    """Fill in what the quantity says of this place; the largest |min(lambda, ln K/Q)| over pools, NaN when one is."""
    residual = 0.0
    for pool in range(len(room)):
        here.wanted[pool] = least if quantity[pool] < least else quantity[pool]
        here.excess[pool] = log(here.wanted[pool] / room[pool])
        here.slope[pool] = room[pool] - here.wanted[pool]
        short, price = -here.excess[pool], here.price[pool]
        apart = abs(short if short < price else price)
        if np.isnan(short) or np.isnan(price):
            residual = np.nan
        elif apart > residual:
            residual = apart
    return residual


@part
def _search(world, point, desk, room, here, best, bounds):
    """Clear one world from the place's price: the point becomes the last one, `best` its prices. Residual and
    evaluations."""
    best_residual, descent, limit = np.inf, 0.0, bounds.longest
    for evaluation in range(1, bounds.most + 1):
        at(world, here.price, point)
        residual = _look(here, point.quantity, room, bounds.smallest_capacity)
        if not residual > best_residual:
            best_residual = residual
            copy(here.price, best)
        if not residual > bounds.tolerance:  # NaN too: a broken world has nowhere to go
            return best_residual, evaluation
        for pool in range(len(room)):
            here.step[pool] = here.price[pool] - here.origin[pool]
        if _along(here.slope, here.step) > 0.5 * descent:  # too far: back part of the way
            for pool in range(len(room)):
                here.step[pool] *= bounds.back
            limit = max(bounds.longest, 0.5 * limit)
        else:
            newton(world, point, here.price, here.excess, here.wanted, limit, desk, here.step)
            if not _along(here.slope, here.step) < 0.0:
                alone(
                    world, point, here.price, here.excess, here.wanted, limit, bounds.smallest_response, desk, here.step
                )
            copy(here.price, here.origin)
            descent, limit = abs(_along(here.slope, here.step)), 2.0 * limit
        for pool in range(len(room)):
            here.price[pool] = here.origin[pool] + here.step[pool]
    at(world, best, point)
    return best_residual, bounds.most


@compiled(*numbers(4, 3, 4, 2, 2), *positions(1, 1, 1), *numbers(2, 2), REAL, WHOLE, REAL, REAL, REAL, REAL)
def clear(
    x,
    mass,
    routing,
    scale,
    feels,
    order,
    starts,
    group,
    capacity,
    start,
    tolerance,
    most,
    longest,
    back,
    response,
    least,
):
    """Clear every world: price, shares, by_buyer, outside, quantity, logsum, residual, evaluations."""
    worlds, offers, buyers, incumbents = x.shape
    pools = capacity.shape[1]
    best, shares, by_buyer = np.empty((worlds, pools)), np.empty(x.shape), np.empty((worlds, offers, buyers))
    outside, logsum, quantity = np.empty(mass.shape), np.empty(mass.shape), np.empty((worlds, pools))
    residual, evaluations, room = np.empty(worlds), np.empty(worlds), np.empty(pools)
    bounds = Bounds(tolerance, most, longest, back, response, least)
    point, desk = blank(offers, buyers, incumbents, len(starts) - 1, pools), desk_for(buyers, incumbents, pools)
    empty = np.empty((4, pools))
    for r in range(worlds):
        world = World(x[r], mass[r], routing[r], scale[r], feels[r], order, starts, group)
        here = Place(start[r].copy(), empty[0], empty[1], empty[2], start[r].copy(), empty[3])
        for pool in range(pools):
            room[pool] = least if capacity[r, pool] < least else capacity[r, pool]
        residual[r], evaluations[r] = _search(world, point, desk, room, here, best[r], bounds)
        copy(point.by_buyer, by_buyer[r])
        copy(point.quantity, quantity[r])
        spread(world.x, order, starts, point, shares[r])
        times(world.mass, point.weight, outside[r])
        for buyer in range(buyers):
            for row in range(incumbents):
                logsum[r, buyer, row] = -log(point.weight[buyer, row])
    return best, shares, by_buyer, outside, quantity, logsum, residual, evaluations
