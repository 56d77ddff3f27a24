"""Steps of the search for shadow prices, compiled: Newton's on the pools that move, and each pool's on its own.

The words are explained in `sim.equilibrium.clearing`.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np

from sim.arrays import Array, Mask
from sim.kernels.compiling import part
from sim.kernels.odds import times

NUDGE = 1e-12
"""On the diagonal of Newton's matrix, as in `sim.equilibrium.clearing`."""


class Desk(NamedTuple):
    """Room for Jacobians: root, within (buyers, incumbents), whole, nested (pools, buyers, incumbents), touched
    (pools,), matrix (pools, pools)."""

    root: Array
    within: Array
    whole: Array
    nested: Array
    touched: Mask
    matrix: Array


@part
def desk_for(buyers, incumbents, pools):
    """An empty desk."""
    one, many = (buyers, incumbents), (pools, buyers, incumbents)
    touched, matrix = np.empty(pools, np.bool_), np.empty((pools, pools))
    return Desk(np.empty(one), np.empty(one), np.empty(many), np.empty(many), touched, matrix)


@part
def _plus(more, total):
    """An array onto another."""
    more, total = more.reshape(-1), total.reshape(-1)
    for item in range(len(total)):
        total[item] += more[item]


@part
def _product(one, other):
    """Sum of the products of two rows, in four running sums that are added up at the end."""
    one, other = one.reshape(-1), other.reshape(-1)
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    fours = len(one) // 4
    for four in range(fours):
        a += one[4 * four] * other[4 * four]
        b += one[4 * four + 1] * other[4 * four + 1]
        c += one[4 * four + 2] * other[4 * four + 2]
        d += one[4 * four + 3] * other[4 * four + 3]
    for item in range(4 * fours, len(one)):
        a += one[item] * other[item]
    return (a + b) + (c + d)


@part
def _onto_both_sides(matrix, p, q, number):
    """A number onto a place of a symmetric matrix and onto the one across."""
    matrix[p, q] += number
    if p != q:
        matrix[q, p] += number


@part
def _uses(world, offer, pool):
    """Does any group of buyers use a pool through this offer?"""
    used = False
    for group in range(world.routing.shape[0]):
        used = used or world.routing[group, offer, pool] != 0.0
    return used


@part
def _enter(world, point, offer, p, among, desk):
    """An offer's damped x onto the row of a pool it uses, and its own part of the diagonal onto the matrix."""
    buyers, incumbents = world.mass.shape
    own, pool = 0.0, among[p]
    for buyer in range(buyers):
        group = world.group[buyer]
        used = world.routing[group, offer, pool]
        own += point.by_buyer[offer, buyer] * world.feels[buyer] * used
        if buyer + 1 == buyers or world.group[buyer + 1] != group:
            own /= world.scale[offer]
            for q in range(len(among)):
                desk.matrix[p, q] += own * world.routing[group, offer, among[q]]
            own = 0.0
        share = used * point.damping[offer, buyer]
        if desk.touched[p]:
            for row in range(incumbents):
                desk.nested[p, buyer, row] += share * world.x[offer, buyer, row]
        else:
            for row in range(incumbents):
                desk.nested[p, buyer, row] = share * world.x[offer, buyer, row]
    desk.touched[p] = True


@part
def _add_nest(point, nest, many, count, desk):
    """The routed x of a nest times the roots of mass, which makes it shares, added to `whole`; it stays in `nested`."""
    root = desk.root
    if many:
        root = desk.within
        times(desk.root, point.inside[nest], root)
    for p in range(count):
        if desk.touched[p]:
            times(desk.nested[p], root, desk.nested[p])
            _plus(desk.nested[p], desk.whole[p])


@part
def _within_nest(world, point, nest, count, desk):
    """What offers of a nest take from each other beyond what all offers do, onto the matrix."""
    buyers, incumbents = desk.within.shape
    for buyer in range(buyers):
        for row in range(incumbents):
            desk.within[buyer, row] = 1.0 / sqrt(point.power[nest, buyer, row] * point.weight[buyer, row])
    factor = 1.0 - 1.0 / world.scale[world.order[world.starts[nest]]]
    for p in range(count):
        if desk.touched[p]:
            times(desk.nested[p], desk.within, desk.nested[p])
            for q in range(p + 1):
                if desk.touched[q]:
                    _onto_both_sides(desk.matrix, p, q, factor * _product(desk.nested[p], desk.nested[q]))


@part
def _jacobian(world, point, among, desk):
    """-dQ/dlambda of the pools in `among`, into the desk's matrix.

    With T the shares times the roots of mass, shares are added up to pools before they are multiplied with each other:
    routing' T' T routing = Y' Y with Y = T routing. Pools that will not move are left out."""
    count = len(among)
    buyers, incumbents = world.mass.shape
    desk.matrix[:count, :count] = 0.0
    desk.whole[:count] = 0.0
    for buyer in range(buyers):
        for row in range(incumbents):
            desk.root[buyer, row] = sqrt(world.mass[buyer, row] * world.feels[buyer]) * point.weight[buyer, row]
    for nest in range(len(world.starts) - 1):
        first, end, reached = world.starts[nest], world.starts[nest + 1], False
        desk.touched[:count] = False
        for place in range(first, end):
            for p in range(count):
                if _uses(world, world.order[place], among[p]):
                    _enter(world, point, world.order[place], p, among, desk)
                    reached = True
        if reached:
            _add_nest(point, nest, end - first > 1, count, desk)
            if end - first > 1:
                _within_nest(world, point, nest, count, desk)
    for p in range(count):
        for q in range(p + 1):
            _onto_both_sides(desk.matrix, p, q, -_product(desk.whole[p], desk.whole[q]))


@part
def _solve(matrix, right, size):
    """Gaussian elimination with partial pivoting; the solution replaces right, and the matrix is spent."""
    for column in range(size):
        pivot = column
        for row in range(column + 1, size):
            if abs(matrix[row, column]) > abs(matrix[pivot, column]):
                pivot = row
        if pivot != column:
            for k in range(size):
                matrix[column, k], matrix[pivot, k] = matrix[pivot, k], matrix[column, k]
            right[column], right[pivot] = right[pivot], right[column]
        for row in range(column + 1, size):
            factor = matrix[row, column] / matrix[column, column]
            for k in range(column + 1, size):
                matrix[row, k] -= factor * matrix[column, k]
            right[row] -= factor * right[column]
    for row in range(size - 1, -1, -1):
        value = right[row]
        for k in range(row + 1, size):
            value -= matrix[row, k] * right[k]
        right[row] = value / matrix[row, row]


@part
def _shorten(step, limit, price):
    """A step as a whole no longer than the limit, so that it keeps its direction, and no price below 0; in place."""
    longest = limit
    for pool in range(len(step)):
        if abs(step[pool]) > longest or np.isnan(step[pool]):
            longest = abs(step[pool])
    factor = limit / longest
    for pool in range(len(step)):
        step[pool] *= factor
        if step[pool] < -price[pool]:
            step[pool] = -price[pool]


@part
def newton(world, point, price, excess, wanted, limit, desk, step):
    """The semi-smooth Newton step for min(lambda, ln K/Q) = 0, into step: active pools go to Q = K, idle ones to 0.

    Idle pools without a price stay where they are, and need no Jacobian."""
    among, active, moving, rank = np.empty(len(price), np.int64), np.empty(len(price), np.int64), 0, 0
    for pool in range(len(price)):
        step[pool] = -price[pool]
        if price[pool] + excess[pool] > 0.0:
            active[rank] = moving
            rank += 1
        if price[pool] + excess[pool] > 0.0 or price[pool] > 0.0:
            among[moving] = pool
            moving += 1
    _jacobian(world, point, among[:moving], desk)
    matrix, right = np.empty((rank, rank)), np.empty(rank)
    for row in range(rank):
        pool = among[active[row]]
        right[row] = excess[pool]
        for q in range(moving):
            other = among[q]
            if not price[other] + excess[other] > 0.0:
                right[row] += desk.matrix[active[row], q] / wanted[pool] * price[other]
        for column in range(rank):
            matrix[row, column] = desk.matrix[active[row], active[column]] / wanted[pool]
        matrix[row, row] += NUDGE
    _solve(matrix, right, rank)
    for row in range(rank):
        step[among[active[row]]] = right[row]
    _shorten(step, limit, price)


@part
def alone(world, point, price, excess, wanted, limit, smallest, desk, step):
    """The step of every pool on its own, by ln(Q/K) over its own slope, into step."""
    _jacobian(world, point, np.arange(len(price)), desk)
    for pool in range(len(price)):
        step[pool] = excess[pool] / max(desk.matrix[pool, pool] / wanted[pool], smallest)
    _shorten(step, limit, price)
