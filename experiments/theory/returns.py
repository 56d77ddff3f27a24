"""Closed forms of increasing returns that the market is laid beside: urns, adoption between barriers, fulfilled
expectations."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from sim.arrays import Array, power

GRID = 4001
"""Points on which a change of sign is looked for."""


def urn_law(initial: tuple[float, float], draws: int, exponent: float) -> tuple[Array, Array]:
    """Exact law of a non-linear urn: shares of the first colour among so many draws, and their chances, (draws + 1,)
    each.

    A ball of the first colour is added with chance x^k / (x^k + (1 - x)^k), x its share (Arthur, Ermoliev and
    Kaniovski 1987). k = 1 is the Polya urn; k > 1 ends near 0 or 1; k < 1 near a half."""
    first, second = initial
    chance = np.array([1.0])
    for drawn in range(draws):
        added = np.arange(drawn + 1, dtype=float)
        share = (first + added) / (first + second + drawn)
        weight, other = power(share, exponent), power(1.0 - share, exponent)
        goes_up = weight / (weight + other)
        chance = np.append(chance * (1.0 - goes_up), 0.0) + np.append(0.0, chance * goes_up)
    return np.arange(draws + 1, dtype=float) / draws, chance


def urn_figures(shares: Array, chance: Array) -> dict[str, float]:
    """How far an urn has gone: chances of a share of at least 0.9, at most 0.1, between 0.4 and 0.6, and the standard
    deviation."""
    edge = 1e-12
    mean = float((shares * chance).sum())
    return {
        "P_share_ge_0p9": float(chance[shares >= 0.9 - edge].sum()),
        "P_share_le_0p1": float(chance[shares <= 0.1 + edge].sum()),
        "P_share_between_0p4_0p6": float(chance[(shares >= 0.4 - edge) & (shares <= 0.6 + edge)].sum()),
        "sd": float(np.sqrt(((shares - mean) ** 2 * chance).sum())),
    }


def adoption_barriers(preference: tuple[float, float], returns: tuple[float, float]) -> dict[str, float]:
    """Lock-in of two technologies by adoption in turn (Arthur 1989), two kinds of adopter, each as likely.

    preference: how much the first kind prefers A, and the second B, before anybody has adopted; returns: utility that
    a kind gains per earlier adopter of a technology. The lead of A is a random walk that ends where one kind gives up
    its own."""
    for_b, for_a = (int(np.floor(p / r + 1e-9)) + 1 for p, r in zip(preference, returns, strict=True))
    return {
        "barrier_in_adopter_lead": float(for_a),
        "P_A_locks_in": for_b / (for_a + for_b),
        "expected_adoptions_to_lock_in": float(for_a * for_b),
    }


def fulfilled_expectations(merit: float, strength: float) -> list[float]:
    """Shares that come true when everybody expects them: roots of s = logistic(a + g (2 s - 1)), in rising order.

    Several only when g > 2 (at a = 0): strong network effects leave room for beliefs (Katz and Shapiro 1985). The
    outer ones are stable, the middle one is not."""

    def gap(share: float) -> float:
        return float(share - expit(merit + strength * (2.0 * share - 1.0)))

    grid = expit(np.linspace(logit(1e-9), logit(1.0 - 1e-9), GRID))
    signs = np.sign([gap(float(s)) for s in grid])
    ends = [k for k in range(GRID - 1) if signs[k] != 0.0 and signs[k] * signs[k + 1] <= 0.0]
    return [float(brentq(gap, grid[k], grid[k + 1], xtol=1e-14)) for k in ends]


def critical_strength(share: float) -> float:
    """Strength at which a root of the map at this share turns unstable: slope 2 g s (1 - s) = 1."""
    return 1.0 / (2.0 * share * (1.0 - share))
