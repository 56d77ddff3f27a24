"""The published kinds of case with other numbers of firms, nests, segments, orders and vintages, worked by a second
method.

Nothing here calls the product: formulas are written out as they stand in the case's derivation, equilibria are found by
scipy, auctions by counting units, urns by going through every sequence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq, fsolve, minimize, minimize_scalar

CASES: dict[str, Callable[[], tuple[dict[str, Any], dict[str, Any]]]] = {}
DERIVED: dict[str, str] = {}


def case(name: str, derivation: str = "") -> Callable[[Any], Any]:
    """Register (inputs, expected) of a kind."""

    def register(made: Any) -> Any:
        CASES[name], DERIVED[name] = made, derivation
        return made

    return register


def plain(thing: Any) -> Any:
    """Lists and numbers, as a file of cases holds them."""
    if isinstance(thing, dict):
        return {key: plain(value) for key, value in thing.items()}
    if isinstance(thing, np.ndarray | np.generic):
        return thing.tolist()
    return [plain(value) for value in thing] if isinstance(thing, list | tuple) else thing


def logit(utility: np.ndarray, outside: float = 0.0) -> tuple[np.ndarray, float]:
    """Shares and log-sum of one chooser."""
    weight = np.exp(utility)
    whole = weight.sum() + np.exp(outside)
    return weight / whole, float(np.log(whole))


@case("P01")
def five_offers() -> tuple[dict[str, Any], dict[str, Any]]:
    quality, price, alpha = np.array([3.0, 2.6, 1.5, 0.0, -1.0]), np.array([2.0, 1.4, 1.0, 0.0, 0.7]), 0.9
    share, whole = logit(quality - alpha * price, 0.4)
    left = np.delete(share, 3)
    return {"quality": quality, "price": price, "alpha": alpha, "outside_utility": 0.4}, {
        "shares": share,
        "outside": 1.0 - share.sum(),
        "logsum": whole,
        "own_elasticity": -alpha * price * (1.0 - share),
        "cross_elasticity_wrt_price_5": alpha * price[4] * share[4],
        "diversion_from_4": [*(left / (1.0 - share[3])), (1.0 - share.sum()) / (1.0 - share[3])],
    }


@case("P02")
def four_nests() -> tuple[dict[str, Any], dict[str, Any]]:
    delta, nest, scale = np.array([1.0, 0.6, 0.9, 0.2, -0.3, 0.0, 0.5]), [2, 0, 1, 0, 2, 3, 2], [0.5, 0.8, 0.35, 0.6]
    inclusive = [
        scale[g] * np.log(sum(np.exp(delta[j] / scale[g]) for j in range(7) if nest[j] == g)) for g in range(4)
    ]
    whole = np.exp(0.2) + np.exp(inclusive).sum()
    by_nest = np.exp(inclusive) / whole
    within = np.array(
        [np.exp(delta[j] / scale[nest[j]]) / np.exp(inclusive[nest[j]] / scale[nest[j]]) for j in range(7)]
    )
    return {"delta": delta, "nest": nest, "dissimilarity_lambda": scale, "outside_utility": 0.2}, {
        "shares": within * by_nest[nest],
        "outside": np.exp(0.2) / whole,
        "logsum": np.log(whole),
        "nest_shares": by_nest,
        "within_nest": within,
        "inclusive_value_lambda_times_log": inclusive,
        "limit_check_all_lambda_1": logit(delta, 0.2)[0],
    }


@case("P03")
def three_segments() -> tuple[dict[str, Any], dict[str, Any]]:
    value, weight = (
        np.array([[1.0, 0.2, -0.5, 0.0], [-0.3, 0.9, 0.4, 1.1], [0.0, 0.0, 2.0, -1.0]]),
        np.array([0.5, 0.3, 0.2]),
    )
    shares = np.array([logit(row)[0] for row in value])
    without = weight @ np.array([logit(np.delete(row, 0))[0] for row in value])
    total = weight @ shares
    return {"V": value, "weights": weight}, {
        "segment_shares": shares,
        "aggregate_shares": total,
        "ratio_24_before": total[1] / total[3],
        "ratio_24_after_dropping_1": without[0] / without[2],
    }


@case("P04")
def cut_on_the_third() -> tuple[dict[str, Any], dict[str, Any]]:
    value, cut, alpha, buyers = np.array([1.0, 0.5, -0.2, 0.8]), 0.4, 0.7, 250.0
    after = value + alpha * cut * (np.arange(4) == 2)

    def demand(part: float) -> float:
        return float(buyers * logit(value + alpha * part * (np.arange(4) == 2))[0][2])

    first, last = logit(value)[1], logit(after)[1]
    return {"V_before": value, "price_cut_on_offer_3": cut, "alpha": alpha, "buyers": buyers}, {
        "logsum_before": first,
        "logsum_after": last,
        "cv_total": buyers * (last - first) / alpha,
        "line_integral_of_demand": quad(demand, 0.0, cut)[0],
    }


@case("P05")
def three_firms() -> tuple[dict[str, Any], dict[str, Any]]:
    n, a, a0, c, mu = 3, 2.2, 0.3, 0.9, 0.4

    def share(price: float) -> float:
        weight = np.exp((a - price) / mu)
        return float(weight / (n * weight + np.exp(a0 / mu)))

    nash = brentq(lambda p: p - c - mu / (1.0 - share(p)), c, 9.0, xtol=1e-12)
    joint = brentq(lambda p: p - c - mu / (1.0 - n * share(p)), c, 9.0, xtol=1e-12)
    return {"n": n, "a": a, "a0": a0, "c": c, "mu": mu}, {
        "p_nash": nash,
        "p_monopoly": joint,
        "share_nash": share(nash),
        "share_monopoly": share(joint),
        "profit_nash_per_firm": (nash - c) * share(nash),
        "profit_monopoly_per_firm": (joint - c) * share(joint),
    }


@case("P06")
def four_unequal_firms() -> tuple[dict[str, Any], dict[str, Any]]:
    a, cost, mu = np.array([2.0, 1.7, 2.3, 2.0]), np.array([1.0, 0.8, 1.1, 0.9]), 0.3

    def prices(c: np.ndarray) -> np.ndarray:
        def first_order(p: np.ndarray) -> np.ndarray:
            return p - c - mu / (1.0 - logit((a - p) / mu)[0])

        return np.asarray(fsolve(first_order, c + 2.0 * mu, xtol=1e-12))

    price, step = prices(cost), 1e-5 * (np.arange(4) == 2)
    through = (prices(cost + step) - prices(cost - step)) / 2e-5
    return {"a": a, "a0": 0.0, "c": cost, "mu": mu}, {
        "prices": price,
        "shares": logit((a - price) / mu)[0],
        "markups": price - cost,
        "pass_through_cost3_to_p3": through[2],
        "strategic_pass_through_cost3_to_p4": through[3],
    }


@case("P07")
def three_brewers() -> tuple[dict[str, Any], dict[str, Any]]:
    price, alpha, mean = np.array([0.05, 0.04, 0.045, 0.038]), 60.0, np.array([0.0, 0.3, 0.8, -0.2])
    before, after = ["ale", "bock", "ale", "pils"], ["ale", "bock", "ale", "bock"]
    base = mean + alpha * price[0]

    def shares(p: np.ndarray) -> np.ndarray:
        weight = np.exp(base - alpha * p)
        return np.asarray(weight / weight.sum())

    def markup(p: np.ndarray, owner: list[str]) -> np.ndarray:
        """Of a logit multi-product firm without outside good: 1 / (alpha (1 - share of the firm)), alike for all its
        products."""
        s = shares(p)
        return np.array([1.0 / (alpha * (1.0 - sum(s[k] for k in range(4) if owner[k] == one))) for one in owner])

    def index(s: np.ndarray, owner: list[str]) -> float:
        return sum((100.0 * sum(s[k] for k in range(4) if owner[k] == one)) ** 2 for one in set(owner))

    cost = price - markup(price, before)
    post = fsolve(lambda p: p - cost - markup(p, after), price + 0.005, xtol=1e-12)
    s, margins = shares(price), np.array([0.5, 0.4, 0.55, 0.45])
    unit = np.array(
        [1.0 / (price[k] * (1.0 - sum(s[j] for j in range(4) if before[j] == before[k]))) for k in range(4)]
    )
    best = minimize_scalar(lambda b: float(((b * unit - margins) ** 2).sum()), bracket=(0.001, 0.1), tol=1e-14).x
    logsum = [np.log(np.exp(base - alpha * p).sum()) for p in (price, post)]
    inputs = {
        "prices": price,
        "alpha": -alpha,
        "meanval": mean,
        "owner_pre": before,
        "owner_post": after,
        "calibration_inputs": {"shares": s, "margins": margins},
    }
    return inputs, {
        "meanval_from_shares_and_alpha": np.log(s / s[0]) + alpha * (price - price[0]),
        "pre_shares": s,
        "marginal_costs": cost,
        "least_squares_alpha_from_margins": -1.0 / best,
        "post_prices": post,
        "price_change_pct": 100.0 * (post / price - 1.0),
        "post_shares": shares(post),
        "hhi_pre": index(s, before),
        "hhi_post_naive": index(s, after),
        "hhi_post_equilibrium": index(shares(post), after),
        "compensating_variation_per_buyer": (logsum[0] - logsum[1]) / alpha,
    }


def cleared(value: np.ndarray, mass: np.ndarray, capacity: np.ndarray) -> dict[str, Any]:
    """The convex dual at its lowest point, by scipy."""

    def dual(price: np.ndarray) -> float:
        return float(sum(m * logit(row - price)[1] for m, row in zip(mass, value, strict=True)) + price @ capacity)

    def slope(price: np.ndarray) -> np.ndarray:
        return capacity - sum(m * logit(row - price)[0] for m, row in zip(mass, value, strict=True))

    bounds = [(0.0, None)] * len(capacity)
    found = minimize(
        dual,
        np.full(len(capacity), 0.5),
        jac=slope,
        bounds=bounds,
        method="L-BFGS-B",
        options={"ftol": 1e-16, "gtol": 1e-12, "maxiter": 9999},
    )
    binding = found.x > 1e-6

    def gap(some: np.ndarray) -> np.ndarray:
        price = np.zeros(len(capacity))
        price[binding] = some
        return np.asarray(slope(price)[binding])

    price = np.zeros(len(capacity))
    price[binding] = fsolve(gap, found.x[binding], xtol=1e-12)
    each = np.array([m * logit(row - price)[0] for m, row in zip(mass, value, strict=True)])
    free = sum(m * logit(row)[0] for m, row in zip(mass, value, strict=True))
    return {
        "unconstrained_quantity": free,
        "shadow_price_utils": price,
        "quantity": each.sum(axis=0),
        "acceptance_rate_phi": np.exp(-price),
        "outside_quantity": mass.sum() - each.sum(),
        "allocation": each,
        "dual_value": dual(price),
    }


@case("P08")
def one_of_five_binds() -> tuple[dict[str, Any], dict[str, Any]]:
    value, capacity = np.array([[2.0, 1.0, 0.5, 0.0, -0.4]]), np.array([30.0, 60.0, 60.0, 60.0, 60.0])
    expected = cleared(value, np.array([120.0]), capacity)
    expected["revenue_equivalent_price_rise_if_alpha_1p5"] = expected["shadow_price_utils"].max() / 1.5
    return {"V": value, "demand": 120, "capacity": capacity, "outside_utility": 0}, expected


@case("P09")
def three_segments_on_four_pools() -> tuple[dict[str, Any], dict[str, Any]]:
    value = np.array([[1.5, 0.8, 0.2, 0.0], [0.1, 1.2, 0.9, -1.0], [0.0, 0.3, 2.0, 1.0]])
    mass, capacity = np.array([80.0, 50.0, 70.0]), np.array([25.0, 30.0, 40.0, 100.0])
    return {"V": value, "demand": mass, "capacity": capacity, "outside_utility": 0}, cleared(value, mass, capacity)


@case("P10")
def another_filling_price() -> tuple[dict[str, Any], dict[str, Any]]:
    delta, alpha, market, capacity = 2.2, 1.3, 500.0, 120.0

    def share(price: float) -> float:
        return 1.0 / (1.0 + np.exp(alpha * price - delta))

    best = minimize_scalar(
        lambda p: -(p - 0.75) * share(p), bounds=(0.75, 9.0), method="bounded", options={"xatol": 1e-12}
    ).x
    fills = brentq(lambda p: market * share(p) - capacity, -9.0, 9.0, xtol=1e-12)
    return {"delta": delta, "alpha": alpha, "market": market, "capacity": capacity}, {
        "clearing_price": fills,
        "unconstrained_monopoly_price_c0p75": brentq(
            lambda p: alpha * (p - 0.75) * (1.0 - share(p)) - 1.0, best - 0.5, best + 0.5, xtol=1e-14
        ),
    }


@case("P11")
def nine_quarters() -> tuple[dict[str, Any], dict[str, Any]]:
    return {"new_commitments_per_quarter": 5.0, "term_quarters": 9, "capacity": 60.0}, {
        "steady_committed": 45.0,
        "booked_ratio": 0.75,
        "expiring_per_quarter": 5.0,
        "runoff_after_signing_stops": [5.0 * k for k in range(8, -1, -1)],
        "mean_remaining_term_at_start_of_quarter": 5.0,
    }


@case("P12")
def five_commitments() -> tuple[dict[str, Any], dict[str, Any]]:
    commit, use = [100.0, 50.0, 80.0, 10.0, 40.0], [70.0, 50.0, 200.0, 2.0, 36.0]
    owed = [3.0 * max(min(u, k), 0.75 * k) + 4.0 * max(u - k, 0.0) for k, u in zip(commit, use, strict=True)]
    return {"commit": commit, "use": use, "price_commit": 3.0, "price_overage": 4.0, "take_or_pay_fraction": 0.75}, {
        "bill": owed,
        "shortfall_units": [max(0.75 * k - u, 0.0) for k, u in zip(commit, use, strict=True)],
        "effective_unit_price": [b / u for b, u in zip(owed, use, strict=True)],
    }


@case("P13")
def slower_learning() -> tuple[dict[str, Any], dict[str, Any]]:
    made = [500.0, 1000.0, 8000.0]  # doublings: 0, 1, 4
    return {"c0": 40.0, "q0": 500.0, "progress_ratio": 0.9, "cumulative": made}, {
        "exponent_b": -np.log2(0.9),
        "unit_cost": [40.0, 36.0, 40.0 * 0.9**4],
    }


@case("P14")
def every_three_quarters() -> tuple[dict[str, Any], dict[str, Any]]:
    grown = [1.5 ** (q / 4) for q in range(7)]
    stepped = [1.5 ** (3 * (q // 3) / 4) for q in range(7)]
    return {"annual_improvement": 0.5, "release_every_quarters": 3, "quarters": list(range(7))}, {
        "smooth": grown,
        "stepped": stepped,
        "mean_gap_over_one_cycle": np.mean([grown[q] / stepped[q] for q in range(3)]),
    }
