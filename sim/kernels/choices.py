"""What buyers weigh and where they go, compiled: weights of offers under switching costs, flows between offers, and
leanings.

The numpy functions are `sim.lock_in.weights`, `sim.moves.flows` and `sim.exchange.leaning`; the words are explained
there. `stack` and `cloud` (incumbents,) say what demand leaves; `target` and `owner` (offers,) what it enters.
"""

from __future__ import annotations

from math import exp, log1p

import numpy as np

from sim.kernels.compiling import REAL, WHOLE, compiled, numbers, part, positions


@part
def _first_alike(one, other):
    """For each offer the first one with the same numbers in both rows."""
    first = np.empty(len(one), np.int64)
    for offer in range(len(one)):
        first[offer] = offer
        for before in range(offer):
            if one[before] == one[offer] and other[before] == other[offer]:
                first[offer] = before
                break
    return first


@part
def _exponentials(utils, inverse, result):
    """exp(-cost / lambda), item by item; most costs are 0."""
    utils, result = utils.reshape(-1), result.reshape(-1)
    for item in range(len(result)):
        result[item] = 1.0 if utils[item] == 0.0 else exp(-utils[item] * inverse)


@part
def _weigh(value, stacks, clouds, stack, cloud, owner, partner, result):
    """Weights of one offer for every buyer and incumbent. stacks (buyers, origins) and clouds (buyers, owners) are
    factors."""
    buyers, incumbents = result.shape
    for buyer in range(buyers):
        for row in range(incumbents - 1):
            moves = cloud[row] >= 0 and cloud[row] != owner
            stay = stacks[buyer, stack[row]] * clouds[buyer, cloud[row]] if moves else stacks[buyer, stack[row]]
            result[buyer, row] = value[buyer] * stay
        result[buyer, incumbents - 1] = value[buyer] * partner[buyer]


@compiled(*numbers(3, 2, 4, 4), *positions(1, 1, 1, 1), *numbers(2), REAL)
def weights(exponent, scale, stack_utils, cloud_utils, stack, cloud, target, owner, partner, largest):
    """exp((V - sigma) / lambda): (worlds, offers, buyers, incumbents). Tables of the same lambda are exponentiated
    once."""
    worlds, offers, buyers = exponent.shape
    origins, owners = stack_utils.shape[2], cloud_utils.shape[2]
    result = np.empty((worlds, offers, buyers, len(stack)))
    stacks, clouds = np.empty((offers, buyers, origins)), np.empty((offers, buyers, owners))
    column, leaving, value = np.empty((buyers, origins)), np.empty((buyers, owners)), np.empty(buyers)
    for r in range(worlds):
        same_table, same_cloud = _first_alike(scale[r], target), _first_alike(scale[r], owner)
        for offer in range(offers):
            if same_table[offer] == offer:
                for buyer in range(buyers):
                    for origin in range(origins):
                        column[buyer, origin] = stack_utils[r, buyer, origin, target[offer]]
                _exponentials(column, 1.0 / scale[r, offer], stacks[offer])
            if same_cloud[offer] == offer:
                for buyer in range(buyers):
                    for place in range(owners):
                        leaving[buyer, place] = cloud_utils[r, buyer, place, owner[offer]]
                _exponentials(leaving, 1.0 / scale[r, offer], clouds[offer])
            for buyer in range(buyers):
                power = exponent[r, offer, buyer]
                value[buyer] = exp(largest if power > largest else power)
            _weigh(
                value,
                stacks[same_table[offer]],
                clouds[same_cloud[offer]],
                stack,
                cloud,
                owner[offer],
                partner[offer],
                result[r, offer],
            )
    return result


@compiled(*numbers(2, 3, 2, 2, 2, 1, 2), WHOLE, *numbers(2, 1, 2))
def stack_costs(worth, learned, leaving, entering, foreign, habit, same, usual, alpha, spread, intangible):
    """Years of the bill and utils of going from stack to stack: (worlds, buyers, families + 2, families + 1) each."""
    worlds, buyers, families = learned.shape
    years, utils = (
        np.zeros((worlds, buyers, families + 2, families + 1)),
        np.zeros((worlds, buyers, families + 2, families + 1)),
    )
    for r in range(worlds):
        for buyer in range(buyers):
            for origin in range(families):
                for target in range(families):
                    if same[origin, target] == 0.0:
                        cost = (
                            worth[r, buyer]
                            * learned[r, buyer, target]
                            * leaving[r, origin]
                            * entering[r, target]
                            * foreign[r, origin]
                        )
                        years[r, buyer, origin, target] = cost
                        utils[r, buyer, origin, target] = (
                            alpha[r, buyer] * log1p(cost * spread[r]) + intangible[r, buyer]
                        )
            for target in range(families):
                cost = habit[r] * years[r, buyer, usual, target]
                years[r, buyer, families, target] = cost
                utils[r, buyer, families, target] = alpha[r, buyer] * log1p(cost * spread[r])
    return years, utils


@compiled(*numbers(3, 3, 4, 4, 3), *positions(1, 1, 1, 1), WHOLE, WHOLE)
def flows(mass, returning, shares, stack_years, cloud_price, stack, cloud, target, owner, tied, owners):
    """What buyers moved: left (worlds, owners, buyers), switched (worlds, buyers), ports, ported (worlds, offers,
    buyers). cloud_price (worlds, buyers, owners)."""
    worlds, offers, buyers, incumbents = shares.shape
    managed = stack_years.shape[3] - 1
    left, switched = np.zeros((worlds, owners, buyers)), np.zeros((worlds, buyers))
    ports, ported, gone = np.empty((worlds, offers, buyers)), np.empty((worlds, offers, buyers)), np.empty(owners)
    for r in range(worlds):
        for offer in range(offers):
            family = target[offer]
            for buyer in range(buyers):
                gone[:] = 0.0
                work, entered = 0.0, 0.0
                for row in range(incumbents):
                    flow, origin = mass[r, buyer, row] * shares[r, offer, buyer, row], stack[row]
                    work += flow * stack_years[r, buyer, origin, family]
                    if family < managed and origin != family and origin != tied:
                        entered += flow
                    if cloud[row] >= 0 and cloud[row] != owner[offer]:
                        gone[cloud[row]] += returning[r, buyer, row] * shares[r, offer, buyer, row]
                ports[r, offer, buyer], ported[r, offer, buyer] = work, entered
                for place in range(owners):
                    switched[r, buyer] += gone[place]
                    left[r, place, buyer] += gone[place] * cloud_price[r, buyer, place]
    return left, switched, ports, ported


@compiled(*numbers(4, 3), *positions(1), WHOLE)
def leaning(x, waiting, family, families):
    """Demand that waits by the family it leans to: (worlds, families, buyers). family (offers,), below 0 for managed
    service."""
    worlds, offers, buyers, incumbents = x.shape
    found = np.zeros((worlds, families, buyers))
    total = np.empty((buyers, incumbents))
    for r in range(worlds):
        total[:] = 0.0
        for offer in range(offers):
            for buyer in range(buyers):
                for row in range(incumbents):
                    total[buyer, row] += x[r, offer, buyer, row]
        for buyer in range(buyers):
            for row in range(incumbents):
                whole = total[buyer, row]
                total[buyer, row] = 0.0 if whole == 0.0 else waiting[r, buyer, row] / whole
        for offer in range(offers):
            if family[offer] >= 0:
                for buyer in range(buyers):
                    leans = 0.0
                    for row in range(incumbents):
                        leans += x[r, offer, buyer, row] * total[buyer, row]
                    found[r, family[offer], buyer] += leans
    return found
