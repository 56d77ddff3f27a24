"""Odds of the nested logit and demand at given shadow prices, compiled: `sim.equilibrium.choice.odds` and `spread`, and
the inside of `sim.equilibrium.demand.at`. The words are explained there.

Nests come as `order`, the offers nest by nest, and `starts`, where each nest begins in it; groups of buyers as each
one's group.
"""

from __future__ import annotations

from math import exp, log
from typing import NamedTuple

import numpy as np

from sim.arrays import Array, Index
from sim.kernels.compiling import compiled, numbers, part, positions

LEAST = 1e-300
"""As `SMALLEST_WEIGHT` of `sim.equilibrium.choice`."""


class World(NamedTuple):
    """Who asks for what in one world: x (offers, buyers, incumbents), mass (buyers, incumbents), routing (groups,
    offers, pools), scale (offers,), feels (buyers,): how strongly a buyer feels a shadow price."""

    x: Array
    mass: Array
    routing: Array
    scale: Array
    feels: Array
    order: Index
    starts: Index
    group: Index


class Point(NamedTuple):
    """Demand of a world at some shadow prices, in room that is used again for every world: damping, by_buyer (offers,
    buyers), weight, seeking, chance (buyers, incumbents), inside, power (nests, buyers, incumbents), which nests of one
    leave alone; quantity (pools,)."""

    damping: Array
    by_buyer: Array
    weight: Array
    seeking: Array
    chance: Array
    inside: Array
    power: Array
    quantity: Array


@part
def blank(offers, buyers, incumbents, nests, pools):
    """Room for a point."""
    one, many = (buyers, incumbents), (nests, buyers, incumbents)
    damping, by_buyer = np.empty((offers, buyers)), np.empty((offers, buyers))
    weight, seeking, chance = np.empty(one), np.empty(one), np.empty(one)
    return Point(damping, by_buyer, weight, seeking, chance, np.empty(many), np.empty(many), np.empty(pools))


@part
def times(one, other, result):
    """Product of two arrays, item by item, into a third."""
    one, other, result = one.reshape(-1), other.reshape(-1), result.reshape(-1)
    for item in range(len(result)):
        result[item] = one[item] * other[item]


@part
def copy(found, place):
    """An array copied into another."""
    found, place = found.reshape(-1), place.reshape(-1)
    for item in range(len(place)):
        place[item] = found[item]


@part
def damp(world, price, damping):
    """exp(-penalty / lambda) of every offer for every buyer, into damping."""
    for offer in range(world.routing.shape[1]):
        group, penalty = -1, 0.0
        for buyer in range(len(world.group)):
            if world.group[buyer] != group:
                group, penalty = world.group[buyer], 0.0
                for pool in range(len(price)):
                    penalty += world.routing[group, offer, pool] * price[pool]
            felt = penalty * world.feels[buyer]
            damping[offer, buyer] = 1.0 if felt == 0.0 else exp(-felt / world.scale[offer])


@part
def weigh(x, scale, order, starts, point):
    """The odds at the point's damping: weight, which is exp(V_0) on entry, and inside and power of nests of many
    offers."""
    damping, weight = point.damping, point.weight
    buyers, incumbents = weight.shape
    for nest in range(len(starts) - 1):
        first, end = starts[nest], starts[nest + 1]
        total = weight if end - first == 1 else point.inside[nest]
        if end - first > 1:
            total[:] = 0.0
        for place in range(first, end):
            offer = order[place]
            for buyer in range(buyers):
                damped = damping[offer, buyer]
                for row in range(incumbents):
                    total[buyer, row] += x[offer, buyer, row] * damped
        if end - first > 1:
            _grow(total.reshape(-1), point.power[nest].reshape(-1), scale[order[first]], weight.reshape(-1))
    flat = weight.reshape(-1)
    for chooser in range(len(flat)):
        flat[chooser] = 1.0 / flat[chooser]


@part
def _grow(total, power, scale, weight):
    """S^lambda into power and onto weight, S^lambda / S in place of S in total."""
    for chooser in range(len(total)):
        value = total[chooser]
        power[chooser] = exp(log(LEAST if value < LEAST else value) * scale)
    for chooser in range(len(total)):
        value, grown = total[chooser], power[chooser]
        weight[chooser] += grown
        total[chooser] = grown / (value if value > 0.0 else 1.0)
        power[chooser] = LEAST if grown < LEAST else grown


@part
def spread(x, order, starts, point, shares):
    """Choice probabilities from odds, into shares (offers, buyers, incumbents)."""
    buyers, incumbents = point.weight.shape
    for nest in range(len(starts) - 1):
        chance = point.weight
        if starts[nest + 1] - starts[nest] > 1:
            chance = point.chance
            times(point.weight, point.inside[nest], chance)
        for place in range(starts[nest], starts[nest + 1]):
            offer = order[place]
            for buyer in range(buyers):
                damped = point.damping[offer, buyer]
                for row in range(incumbents):
                    shares[offer, buyer, row] = x[offer, buyer, row] * damped * chance[buyer, row]


@part
def _sums(x, chance, damping, result):
    """Sum over the incumbents of x times chance, times damping, into result (buyers,).

    Each buyer's sum goes in the order of its incumbents; four buyers at once, for a sum alone waits for itself."""
    buyers, incumbents = x.shape
    fours = 4 * (buyers // 4)
    for b in range(0, fours, 4):
        one, two, three, four = 0.0, 0.0, 0.0, 0.0
        for row in range(incumbents):
            one += x[b, row] * chance[b, row]
            two += x[b + 1, row] * chance[b + 1, row]
            three += x[b + 2, row] * chance[b + 2, row]
            four += x[b + 3, row] * chance[b + 3, row]
        result[b], result[b + 1] = one * damping[b], two * damping[b + 1]
        result[b + 2], result[b + 3] = three * damping[b + 2], four * damping[b + 3]
    for b in range(fours, buyers):
        total = 0.0
        for row in range(incumbents):
            total += x[b, row] * chance[b, row]
        result[b] = total * damping[b]


@part
def _ask(world, point):
    """H100e that buyers ask of each offer at the point's odds, into by_buyer."""
    times(world.mass, point.weight, point.seeking)
    for nest in range(len(world.starts) - 1):
        chance = point.seeking
        if world.starts[nest + 1] - world.starts[nest] > 1:
            chance = point.chance
            times(point.seeking, point.inside[nest], chance)
        for place in range(world.starts[nest], world.starts[nest + 1]):
            offer = world.order[place]
            _sums(world.x[offer], chance, point.damping[offer], point.by_buyer[offer])


@part
def _route(world, by_buyer, quantity):
    """H100e asked of each pool, into quantity: each group's sum for an offer goes to the pools that the offer uses."""
    quantity[:] = 0.0
    offers, buyers = by_buyer.shape
    for offer in range(offers):
        total = 0.0
        for buyer in range(buyers):
            group = world.group[buyer]
            total += by_buyer[offer, buyer]
            if buyer + 1 == buyers or world.group[buyer + 1] != group:
                for pool in range(len(quantity)):
                    quantity[pool] += total * world.routing[group, offer, pool]
                total = 0.0


@part
def at(world, price, point):
    """The point at these shadow prices."""
    damp(world, price, point.damping)
    point.weight[:] = 1.0
    weigh(world.x, world.scale, world.order, world.starts, point)
    _ask(world, point)
    _route(world, point.by_buyer, point.quantity)


@compiled(*numbers(4, 3, 4, 2, 2), *positions(1, 1, 1), *numbers(2, 3))
def demand(x, mass, routing, scale, feels, order, starts, group, price, tilt):
    """`sim.equilibrium.demand.at` of every world: weight (worlds, buyers, incumbents), quantity (worlds, pools).

    tilt (worlds, offers, buyers) multiplies x."""
    worlds, offers, buyers, incumbents = x.shape
    weight, quantity = np.empty(mass.shape), np.empty(price.shape)
    point = blank(offers, buyers, incumbents, len(starts) - 1, price.shape[1])
    for r in range(worlds):
        world = World(x[r], mass[r], routing[r], scale[r], feels[r], order, starts, group)
        damp(world, price[r], point.damping)
        times(point.damping, tilt[r], point.damping)
        point.weight[:] = 1.0
        weigh(world.x, world.scale, order, starts, point)
        _ask(world, point)
        _route(world, point.by_buyer, point.quantity)
        copy(point.weight, weight[r])
        copy(point.quantity, quantity[r])
    return weight, quantity


@compiled(*numbers(4, 3, 2), *positions(1, 1), *numbers(3))
def chances(x, damping, scale, order, starts, outside):
    """Odds and shares of every world: weight (worlds, buyers, incumbents), and shares, as x. outside: exp(V_0), as
    weight."""
    worlds, offers, buyers, incumbents = x.shape
    weight, shares = np.empty(outside.shape), np.empty(x.shape)
    point = blank(offers, buyers, incumbents, len(starts) - 1, 0)
    for r in range(worlds):
        copy(damping[r], point.damping)
        copy(outside[r], point.weight)
        weigh(x[r], scale[r], order, starts, point)
        spread(x[r], order, starts, point, shares[r])
        copy(point.weight, weight[r])
    return weight, shares
