"""Choice meets capacity: shadow prices on pools, not clipping.

Find lambda >= 0 on every pool with Q(lambda) <= K and lambda (K - Q) = 0. Q is the demand when each unit drawn from a
pool carries the utility penalty lambda: the allocation is unique and free of order (it minimises the convex dual
sum_i M_i logsum_i(V - lambda) + lambda K). Read as proportional rationing, every application to a pool is accepted with
the same chance exp(-lambda); read as price rationing (`weight` = price sensitivity over its mean) buyers pay a
surcharge.

Solved by a semi-smooth Newton method on the active set with an analytic Jacobian. The convex dual is the judge of every
step: one that runs past the lowest point on its line is taken back part of the way. Every world stops by itself: a
converged world is not touched again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import kernels
from sim.arrays import Array, Index, Mask
from sim.equilibrium.demand import Demand, Point, at, by_road, effective_penalty
from sim.units import SMALLEST_CAPACITY_H100E

TOLERANCE = 1e-9
MOST_EVALUATIONS = 100
LONGEST_STEP = 2.0
"""Of a first step, in utils. Every good step doubles it: managed offers may take a pool's price far up."""
BACK = 0.4
"""Part of a step that is kept when it ran too far."""
SMALLEST_RESPONSE = 1e-3
"""Of a pool's log demand to its own price, taken when it moves on its own."""
NUDGE = 1e-12
"""On the diagonal of Newton's matrix."""


@dataclass(frozen=True)
class Clearing:
    """The allocation.

    shadow_price (worlds, pools) in utils; shares (worlds, offers, buyers, incumbents); by_buyer (worlds, offers,
    buyers) H100e; pool_quantity (worlds, pools); outside (worlds, buyers, incumbents) H100e waiting; logsum (worlds,
    buyers, incumbents); residual, evaluations (worlds,).
    """

    shadow_price: Array
    shares: Array
    by_buyer: Array
    outside: Array
    pool_quantity: Array
    logsum: Array
    residual: Array
    evaluations: Array

    @property
    def converged(self) -> Mask:
        """Which worlds reached the tolerance."""
        return self.residual <= TOLERANCE


def quantity_at(demand: Demand, shadow_price: Array, tilt: Array | None = None) -> Array:
    """Demand on every pool at given shadow prices, (worlds, pools); tilt (worlds, offers, buyers) multiplies x."""
    tilt = np.ones(demand.x.shape[:3]) if tilt is None else tilt
    return by_road(_compiled_point, _point, demand.tilted(tilt), shadow_price, tilt)[1]


def shares_at(demand: Demand, shadow_price: Array) -> Array:
    """Choice probabilities at given shadow prices, (worlds, offers, buyers, incumbents)."""
    return by_road(_compiled_shares, _shares, demand, shadow_price)[0]


def logsum_at(demand: Demand, shadow_price: Array) -> Array:
    """Expected utility of each chooser at given shadow prices, (worlds, buyers, incumbents)."""
    return by_road(_compiled_point, _point, demand, shadow_price, np.ones(demand.x.shape[:3]))[0]


def _point(demand: Demand, shadow_price: Array, tilt: Array) -> tuple[Array, ...]:
    """Expected utility (worlds, buyers, incumbents) and demand on every pool (worlds, pools)."""
    point = at(demand, shadow_price, tilt)
    return point.logsum, point.pool_quantity


def _compiled_point(demand: Demand, shadow_price: Array, tilt: Array) -> tuple[Array, ...]:
    weight, quantity = kernels.find("odds").demand(*demand.plain, shadow_price, tilt)
    return -np.log(weight), quantity


def _shares(demand: Demand, shadow_price: Array) -> tuple[Array, ...]:
    return (at(demand, shadow_price).shares(),)


def _compiled_shares(demand: Demand, shadow_price: Array) -> tuple[Array, ...]:
    penalty = effective_penalty(demand.routing, shadow_price, demand.weight, demand.groups)
    damping, outside = np.exp(-penalty / demand.scale[:, :, None]), np.ones_like(demand.mass)
    _, shares = kernels.find("odds").chances(demand.x, damping, demand.scale, *demand.nests.layout, outside)
    return (shares,)


def clear(demand: Demand, capacity: Array, start: Array | None = None) -> Clearing:
    """Clear every pool in every world.

    capacity: (worlds, pools) H100e that is free for this demand; start: shadow prices to begin from (last quarter's).
    A world that does not reach the tolerance is returned with its residual: callers mark it, tests fail on it.
    """
    begun = np.zeros_like(capacity) if start is None else start
    return Clearing(*by_road(_compiled_clear, _clear, demand, capacity, begun))


def _compiled_clear(demand: Demand, capacity: Array, start: Array) -> tuple[Array, ...]:
    bounds = (TOLERANCE, MOST_EVALUATIONS, LONGEST_STEP, BACK, SMALLEST_RESPONSE, SMALLEST_CAPACITY_H100E)
    return kernels.find("clearing").clear(*demand.plain, capacity, start, *bounds)


def _clear(demand: Demand, capacity: Array, start: Array) -> tuple[Array, ...]:
    """Clear all worlds at once with numpy, the reference: the parts of a `Clearing`."""
    capacity = np.maximum(capacity, SMALLEST_CAPACITY_H100E)
    worlds = len(capacity)
    price = start.copy()
    best_price, best_residual, evaluations = price.copy(), np.full(worlds, np.inf), np.zeros(worlds)
    origin, descent, longest = price.copy(), np.zeros(worlds), np.full(worlds, LONGEST_STEP)
    left, part = np.arange(worlds), demand  # the worlds that are not finished
    final = Point.blank(demand)
    for _ in range(MOST_EVALUATIONS):
        point = at(part, price[left])
        quantity = np.maximum(point.pool_quantity, SMALLEST_CAPACITY_H100E)
        excess = np.log(quantity / capacity[left])
        residual = np.abs(np.minimum(price[left], -excess)).max(axis=1)
        evaluations[left] += 1
        better = ~(residual > best_residual[left])
        best_price[left[better]], best_residual[left[better]] = price[left[better]], residual[better]
        unfinished = residual > TOLERANCE  # NaN counts as finished: a broken world must not hold up the others
        final.put(left[~unfinished], point, ~unfinished)
        if not unfinished.any():
            break
        if not unfinished.all():
            left, point = left[unfinished], point.some(unfinished)
            part = point.demand
            quantity, excess = quantity[unfinished], excess[unfinished]
        here, slope = price[left], capacity[left] - quantity  # of the dual
        step = here - origin[left]
        too_far = (slope * step).sum(axis=1) > 0.5 * descent[left]
        onward = ~too_far
        step[too_far] *= BACK
        if onward.any():
            some, limit = left[onward], longest[left[onward]]
            step[onward] = _step(point.some(onward), here[onward], excess[onward], slope[onward], limit)
            origin[some], descent[some] = here[onward], np.abs((slope * step).sum(axis=1))[onward]
        longest[left] = np.where(too_far, np.maximum(LONGEST_STEP, 0.5 * longest[left]), 2.0 * longest[left])
        price[left] = origin[left] + step
    else:
        final.put(left, at(part, best_price[left]), np.ones(len(left), dtype=bool))
    shares, outside = final.shares(), demand.mass * final.waiting
    return best_price, shares, final.by_buyer, outside, final.pool_quantity, final.logsum, best_residual, evaluations


def _jacobian(point: Point) -> Array:
    """-dQ/dlambda of pools, (worlds, pools, pools): positive on the diagonal.

    dQ_j/dv_k = sum_n M_n [ s_j (d_jk / lambda_g) + 1(same nest) (1 - 1/lambda_g) s_j s_k / P_g - s_j s_k ], formed from
    T = sqrt(M) s, so that each product of offers is one matrix product a group.
    """
    demand = point.demand
    worlds, offers, pools = demand.x.shape[0], demand.x.shape[1], demand.routing.shape[3]
    total = np.zeros((worlds, pools, pools))
    diagonal = np.arange(offers)
    rooted = point.shares(np.sqrt(demand.mass * demand.weight[:, :, None]))
    own = point.by_buyer * demand.weight[:, None]
    for group, buyers in demand.groups:
        rows = rooted[:, :, buyers].reshape(worlds, offers, -1)
        slope = -(rows @ rows.transpose(0, 2, 1))
        for nest, members in enumerate(demand.nests.members):
            share = point.nest_share[nest]
            if share is not None:
                nest_rows = rows[:, members] / np.sqrt(share[:, buyers]).reshape(worlds, 1, -1)
                block = nest_rows @ nest_rows.transpose(0, 2, 1)
                _add_block(slope, members, block, demand.scale[:, demand.nests.first(nest)])
        slope[:, diagonal, diagonal] += own[:, :, buyers].sum(axis=2) / demand.scale
        routing = demand.routing[:, group]
        total = total + routing.transpose(0, 2, 1) @ slope @ routing
    return total


def _add_block(slope: Array, members: Index | slice, block: Array, scale: Array) -> None:
    """Add (1 - 1/lambda) times the within-nest products to the rows and columns of a nest."""
    factor = (1.0 - 1.0 / scale)[:, None, None]
    positions = np.arange(slope.shape[1])[members]
    slope[:, positions[:, None], positions[None, :]] += factor * block


def _step(point: Point, price: Array, excess: Array, slope: Array, limit: Array) -> Array:
    """Step of the semi-smooth Newton method for min(lambda, ln K/Q) = 0: active pools go to Q = K, idle ones to 0.

    Shortened to the limit as a whole, so that it keeps its direction. Where it does not lead down the dual, each pool
    moves on its own by ln(Q/K) over its own slope, which always does."""
    pools = price.shape[1]
    active = price + excess > 0.0
    quantity = np.maximum(point.pool_quantity, SMALLEST_CAPACITY_H100E)
    response = _jacobian(point) / quantity[:, :, None]
    identity = np.eye(pools)
    matrix = np.where(active[:, :, None], response + NUDGE * identity, identity)
    target = np.where(active, excess, -price)
    newton = np.linalg.solve(matrix, target[:, :, None])[:, :, 0]
    own = excess / np.maximum(np.diagonal(response, axis1=1, axis2=2), SMALLEST_RESPONSE)
    newton, own = (
        np.maximum(step * np.minimum(1.0, limit / np.maximum(np.abs(step).max(axis=1), limit))[:, None], -price)
        for step in (newton, own)
    )
    leads_down = (slope * newton).sum(axis=1) < 0.0
    return np.where(leads_down[:, None], newton, own)


def dual_value(demand: Demand, capacity: Array, shadow_price: Array) -> Array:
    """The convex dual that clearing minimises, (worlds,): sum M / w logsum(V - w lambda) + lambda K, in utils."""
    value = logsum_at(demand, shadow_price) / demand.weight[:, :, None]
    return np.asarray((demand.mass * value).sum(axis=(1, 2)) + (shadow_price * capacity).sum(axis=1))


def acceptance_rate(shadow_price: Array) -> Array:
    """Chance that an application to a pool is accepted under proportional rationing: exp(-lambda)."""
    return np.asarray(np.exp(-shadow_price))
