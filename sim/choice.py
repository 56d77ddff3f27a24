"""How buyers choose: nested logit over offers, a nest being a chip family, with an outside option (wait a quarter).

    x_j = exp(V_j / lambda_g)    S_g = sum of x over nest g    P_g = S_g^lambda_g / (exp(V_0) + sum of S^lambda)
    s_j = x_j / S_g * P_g                                      McFadden 1978; Train 2009 ch. 4

In a nest of one offer lambda has no meaning and is taken as 1. lambda = 1 everywhere is the plain logit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.arrays import Array, Index


@dataclass(frozen=True)
class Nests:
    """Which offers share a nest. `members` lists the positions of each nest's offers."""

    labels: Index
    members: tuple[Index | slice, ...]

    @classmethod
    def of(cls, labels: Index) -> Nests:
        """Nests from one label an offer, 0, 1, 2, ... Offers of a nest that stand side by side are read without copying."""
        members: list[Index | slice] = []
        for nest in range(int(labels.max()) + 1):
            positions = np.flatnonzero(labels == nest)
            together = positions[-1] - positions[0] + 1 == len(positions)
            members.append(slice(int(positions[0]), int(positions[-1]) + 1) if together else positions)
        return cls(labels, tuple(members))

    def offers(self, members: Index | slice) -> list[int]:
        """Positions of a nest's offers."""
        return list(range(members.start, members.stop)) if isinstance(members, slice) else [int(k) for k in members]

    @cached_property
    def sizes(self) -> Index:
        """Offers in each nest."""
        return np.bincount(self.labels)

    def first(self, nest: int) -> int:
        """Position of the first offer of a nest."""
        members = self.members[nest]
        return int(members.start if isinstance(members, slice) else members[0])

    def scale(self, dissimilarity: Array) -> Array:
        """lambda of each offer's nest: 1 in nests of one. dissimilarity (worlds,) or (worlds, nests) -> (worlds, offers)."""
        by_nest = dissimilarity[:, None] if dissimilarity.ndim == 1 else dissimilarity
        by_nest = np.where(self.sizes == 1, 1.0, np.broadcast_to(by_nest, (len(by_nest), len(self.sizes))))
        return np.ascontiguousarray(by_nest[:, self.labels])


@dataclass(frozen=True)
class Choice:
    """Choice probabilities: shares (worlds, offers, ...), nest_shares (worlds, nests, ...), outside and logsum (worlds, ...)."""

    shares: Array
    nest_shares: Array
    outside: Array
    logsum: Array


def choose(x: Array, nests: Nests, scale: Array, outside_utility: float = 0.0) -> Choice:
    """Nested-logit probabilities.

    x: exp(V / lambda) of shape (worlds, offers, ...), 0 for an offer that is not eligible; scale: (worlds, offers) from
    `Nests.scale`. logsum = ln(exp(V_0) + sum_g S_g^lambda_g), the buyer's expected utility.
    """
    worlds, rest = x.shape[0], x.shape[2:]
    column = (worlds,) + (1,) * len(rest)
    powers = np.empty((worlds, len(nests.members), *rest))
    shares = np.empty_like(x)
    for nest, members in enumerate(nests.members):
        inside = x[:, members]
        if nests.sizes[nest] == 1:
            powers[:, nest] = inside[:, 0]
            shares[:, members] = inside
            continue
        total = inside.sum(axis=1)
        power = np.power(total, scale[:, nests.first(nest)].reshape(column))
        powers[:, nest] = power
        shares[:, members] = inside * (power / np.where(total > 0.0, total, 1.0))[:, None]
    outside_weight = float(np.exp(outside_utility))
    denominator = outside_weight + powers.sum(axis=1)
    weight = (1.0 / denominator)[:, None]
    return Choice(shares * weight, powers * weight, outside_weight / denominator, np.log(denominator))


def exponentials(utility: Array, scale: Array) -> Array:
    """exp(V / lambda): utility (worlds, offers, ...), scale (worlds, offers). Minus infinity marks an offer as not eligible."""
    return np.asarray(np.exp(utility / scale.reshape(*scale.shape, *(1,) * (utility.ndim - 2))))


def own_elasticity(price_sensitivity: Array, price: Array, shares: Array) -> Array:
    """Elasticity of an offer's demand in its own price, linear-price logit: -alpha p (1 - s). Shapes broadcast."""
    return -price_sensitivity * price * (1.0 - shares)


def cross_elasticity(price_sensitivity: Array, price: Array, shares: Array) -> Array:
    """Elasticity of any other offer's demand in this offer's price, plain logit: alpha p s. Shapes broadcast."""
    return price_sensitivity * price * shares


def diversion(shares: Array, outside: Array, origin: int) -> Array:
    """Where the demand of offer `origin` goes when it leaves: D_k = s_k / (1 - s_origin), the outside option last."""
    leaving = 1.0 - shares[:, origin]
    others = np.delete(shares, origin, axis=1)
    return np.concatenate([others, outside[:, None]], axis=1) / leaving[:, None]


def aggregate(shares: Array, weights: Array) -> Array:
    """Market shares of latent types: shares (worlds, offers, types), weights (worlds, types) -> (worlds, offers)."""
    return np.asarray((shares * weights[:, None, :]).sum(axis=2))
