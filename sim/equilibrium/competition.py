"""Price competition: multi-product logit Bertrand, solved as an aggregative game (Nocke and Schutz 2018).

Rivals matter to a firm through one number, the aggregate H = exp(V_0) + sum exp(V). Given H, each firm has one unknown:

    V = d - a p      p_j = c_j + m,                  m = 1 / (a (1 - S))         S the firm's share
    V = d - a ln p   p_j = a / (a - 1) (c_j + P),    P = sum s_j (p_j - c_j)     needs a > 1

so an equilibrium is a bisection on H around a root a firm. Simultaneous best replies may cycle; this cannot. Where a <=
1 in the log form demand is too dull for a finite price: `a` is taken as SMALLEST_LOG_SENSITIVITY, which caps the
mark-up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, Index, Mask

TOLERANCE = 1e-10
OUTER_STEPS = 200
INNER_STEPS = 60
SMALLEST_LOG_SENSITIVITY = 1.25
"""Caps the mark-up of a firm without rivals at a / (a - 1) = 5 times cost."""


@dataclass(frozen=True)
class Prices:
    """Prices, shares (worlds, offers), outside share (worlds,), and the largest error of the first-order conditions
    relative to price (worlds,)."""

    price: Array
    share: Array
    outside: Array
    residual: Array

    @property
    def converged(self) -> Mask:
        """Which worlds solve their first-order conditions."""
        return self.residual <= TOLERANCE


@dataclass(frozen=True)
class Market:
    """Who sells what. quality d, cost (worlds, offers); sensitivity a (worlds,); firm of each offer; outside: exp(V_0)
    (worlds,), 0 without an outside good; log_price: does the price enter as its log?"""

    quality: Array
    cost: Array
    sensitivity: Array
    firm: Index
    outside: Array
    log_price: bool = False

    @property
    def firms(self) -> int:
        """How many firms there are."""
        return int(self.firm.max()) + 1

    @property
    def a(self) -> Array:
        """Sensitivity in use, (worlds, 1)."""
        a = np.maximum(self.sensitivity, SMALLEST_LOG_SENSITIVITY) if self.log_price else self.sensitivity
        return np.asarray(a[:, None])

    def weight(self, price: Array) -> Array:
        """exp(V) of every offer: (worlds, offers)."""
        return np.exp(self.quality - self.a * (np.log(price) if self.log_price else price))

    def by_firm(self, amount: Array) -> Array:
        """Sum over a firm's offers: (worlds, offers) -> (worlds, firms)."""
        total = np.zeros((len(amount), self.firms))
        for offer, firm in enumerate(self.firm):
            total[:, firm] += amount[:, offer]
        return total

    def price_at(self, unknown: Array) -> Array:
        """Prices from each firm's one number: its mark-up, or its profit a buyer. (worlds, firms) -> (worlds,
        offers)."""
        mine = unknown[:, self.firm]
        return self.a / (self.a - 1.0) * (self.cost + mine) if self.log_price else self.cost + mine

    def residual(self, price: Array, share: Array) -> Array:
        """Largest error of the first-order conditions, relative to price, (worlds,)."""
        if self.log_price:
            implied = self.a / (self.a - 1.0) * (self.cost + self.by_firm(share * (price - self.cost))[:, self.firm])
        else:
            implied = self.cost + 1.0 / (self.a * (1.0 - self.by_firm(share)[:, self.firm]))
        return np.asarray((np.abs(price - implied) / np.abs(price)).max(axis=1))


def equilibrium(market: Market) -> Prices:
    """Bertrand-Nash prices of all firms. Give all offers to one firm for the joint optimum (needs an outside good)."""
    top = market.weight(market.price_at(np.zeros((len(market.cost), market.firms)))).sum(axis=1) + market.outside
    high, low = np.log(top), np.log(top) - 60.0
    for _ in range(OUTER_STEPS):
        middle = 0.5 * (low + high)
        unknown = _replies(market, np.exp(middle))
        inside = market.weight(market.price_at(unknown)).sum(axis=1) + market.outside
        too_low = np.log(inside) > middle  # firms together bring more than the aggregate they answered to
        going = high - low > 1e-15 * np.abs(middle)
        low, high = np.where(going & too_low, middle, low), np.where(going & ~too_low, middle, high)
        if not going.any():
            break
    unknown = _replies(market, np.exp(0.5 * (low + high)))
    return _prices(market, market.price_at(unknown), np.zeros_like(market.outside))


def _replies(market: Market, aggregate: Array) -> Array:
    """Each firm's answer to an aggregate: (worlds, firms)."""
    shape = (len(market.cost), market.firms)
    if market.log_price:
        k = market.a / (market.a - 1.0)

        def gap(profit: Array) -> tuple[Array, Array]:
            mine = profit[:, market.firm]
            share = np.exp(market.quality - market.a * np.log(k * (market.cost + mine))) / aggregate[:, None]
            earned = market.by_firm(share * (k * (market.cost + mine) - market.cost))
            slope = market.by_firm(share / (market.cost + mine)) * market.a * profit
            return profit - earned, 1.0 + slope

        most = -gap(np.zeros(shape))[0]
        return _root(gap, np.zeros(shape), most, np.zeros(shape))  # concave: Newton from the left never overshoots
    base = np.log(
        np.maximum(market.by_firm(np.exp(market.quality - market.a * market.cost)), 1e-300) / aggregate[:, None]
    )

    def share_gap(share: Array) -> tuple[Array, Array]:
        return np.log(share) + 1.0 / (1.0 - share) - base, 1.0 / share + 1.0 / (1.0 - share) ** 2

    share = _root(share_gap, np.full(shape, 1e-300), np.full(shape, 1.0 - 1e-12))
    return np.asarray(1.0 / (market.a * (1.0 - share)))


def best_response(market: Market, rivals: Array) -> Prices:
    """The best price of each firm when all its rivals together weigh `rivals` (worlds, firms) = sum of their exp(V).

    Every firm answers by itself; with one firm that is the best reply of a single seat."""
    worlds, firms = len(market.cost), market.firms
    others = rivals + market.outside[:, None]

    def replies(log_ratio: Array) -> Array:
        aggregate = others * np.exp(log_ratio)
        return np.stack([_replies(market, aggregate[:, f])[:, f] for f in range(firms)], axis=1)

    def gap(log_ratio: Array) -> Array:  # on ln(H / others): a firm's own weight adds to what it answers to
        return np.asarray(
            np.log1p(market.by_firm(market.weight(market.price_at(replies(log_ratio)))) / others) - log_ratio
        )

    answer = replies(_falling_root(gap, np.zeros((worlds, firms)), np.full((worlds, firms), 60.0)))
    return _prices(market, market.price_at(answer), rivals.max(axis=1) if firms == 1 else np.zeros(worlds))


def _prices(market: Market, price: Array, rivals: Array) -> Prices:
    weight = market.weight(price)
    aggregate = weight.sum(axis=1) + market.outside + rivals
    share = weight / aggregate[:, None]
    return Prices(price, share, market.outside / aggregate, market.residual(price, share))


def _root(gap: Callable[[Array], tuple[Array, Array]], low: Array, high: Array, start: Array | None = None) -> Array:
    """Root of an increasing function between bounds, by Newton's method kept inside them. Shapes alike.

    Every element stops by itself, so that no world waits for, or goes on with, another."""
    x, going = (0.5 * (low + high) if start is None else start), np.ones(low.shape, dtype=bool)
    for _ in range(INNER_STEPS):
        value, slope = gap(x)
        low, high = np.where(value < 0.0, x, low), np.where(value < 0.0, high, x)
        newton = x - value / slope
        inside = (newton >= low) & (newton <= high)  # a root that is met exactly is a bound too
        moved = np.where(inside, newton, 0.5 * (low + high))
        far = np.abs(moved - x) > 5e-16 * np.abs(x)  # the last bit may go to and fro
        x = np.where(going, moved, x)
        going = going & far
        if not going.any():
            break
    return x


def _falling_root(gap: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Root of a falling function, positive at `low` and negative at `high`, by false position (Illinois). Shapes alike.

    Every element stops by itself."""
    f_low, f_high, x, going = gap(low), gap(high), low, np.ones(low.shape, dtype=bool)
    side = np.zeros(low.shape)
    for _ in range(OUTER_STEPS):
        between = (low * f_high - high * f_low) / np.where(f_high == f_low, 1.0, f_high - f_low)
        tried = np.where((between > low) & (between < high), between, 0.5 * (low + high))
        value = gap(tried)
        far = (np.abs(tried - x) > 1e-15 * np.maximum(np.abs(tried), 1.0)) & (value != 0.0)
        x, up = np.where(going, tried, x), value > 0.0
        f_high = np.where(going & up & (side > 0.0), 0.5 * f_high, f_high)
        f_low = np.where(going & ~up & (side < 0.0), 0.5 * f_low, f_low)
        low, f_low = np.where(going & up, tried, low), np.where(going & up, value, f_low)
        high, f_high = np.where(going & ~up, tried, high), np.where(going & ~up, value, f_high)
        side, going = np.where(up, 1.0, -1.0), going & far
        if not going.any():
            break
    return x


def costs_from_prices(price: Array, share: Array, sensitivity: Array, firm: Index) -> Array:
    """Marginal costs that make observed prices an equilibrium of the linear form: c = p - 1 / (a (1 - S)). (worlds,
    offers)."""
    total = np.zeros((len(share), int(firm.max()) + 1))
    for offer, owner in enumerate(firm):
        total[:, owner] += share[:, offer]
    return np.asarray(price - 1.0 / (sensitivity[:, None] * (1.0 - total[:, firm])))


def quality_from_shares(price: Array, share: Array, sensitivity: Array) -> Array:
    """Mean valuations that give observed shares without an outside good, the first offer's being 0: ln(s_j / s_1) + a
    (p_j - p_1)."""
    return np.asarray(np.log(share / share[:, :1]) + sensitivity[:, None] * (price - price[:, :1]))
