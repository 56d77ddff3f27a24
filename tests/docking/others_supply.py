"""The same for auctions, capacity, cases, accounts and paired differences."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from tests.docking.others import case

Case = tuple[dict[str, Any], dict[str, Any]]


def by_units(bids: list[list[int]], asks: list[list[int]]) -> dict[str, Any]:
    """Every unit on its own, the highest bid against the lowest ask as long as it pays."""
    wants = sorted((p for p, q in bids for _ in range(q)), reverse=True)
    offers = sorted(p for p, q in asks for _ in range(q))
    volume = sum(b >= a for b, a in zip(wants, offers, strict=False))
    low = max([offers[volume - 1], *wants[volume : volume + 1]])
    high = min([wants[volume - 1], *offers[volume : volume + 1]])
    price = 0.5 * (low + high)
    buyer, seller = sum(wants[:volume]) - volume * price, volume * price - sum(offers[:volume])
    return {
        "volume": volume,
        "price_lo": low,
        "price_hi": high,
        "price": price,
        "gains": buyer + seller,
        "buyer_surplus": buyer,
        "seller_surplus": seller,
    }


@case("P23")
def six_bids_three_asks() -> Case:
    bids, asks = [[12, 3], [11, 2], [9, 4], [7, 5], [5, 5], [2, 9]], [[4, 6], [8, 3], [10, 8]]
    return {"bids": bids, "asks": asks}, by_units(bids, asks)


@case("P24")
def ties_among_bids() -> Case:
    """At 6 the bids ask for 4 + 8 and get what the one better bid leaves of 9: two thirds each."""
    bids, asks = [[9, 1], [6, 4], [6, 8]], [[2, 5], [3, 4], [8, 7]]
    return {"bids": bids, "asks": asks}, {
        **by_units(bids, asks),
        "buyer_fills": [1.0, 8 / 3, 16 / 3],
        "seller_fills": [5.0, 4.0, 0.0],
    }


@case("P25")
def shorter_lead() -> Case:
    """Roots of (z - 1) (1 + alpha beta sum z^-i) + alpha z^-(L-1), times z^(L-1)."""
    lead, alphas, betas = 3, [0.2, 0.7], [0, 0.5, 1]
    radius = {}
    for alpha in alphas:
        for beta in betas:
            line = np.array([1.0, *[alpha * beta] * (lead - 1)])
            polynomial = np.polymul([1.0, -1.0], line)
            polynomial[-1] += alpha
            radius[f"alpha={alpha},beta={beta}"] = np.abs(np.roots(polynomial)).max()
    return {"lead_time_quarters": lead, "alpha": alphas, "beta": betas}, {
        "critical_alpha_beta0": 2.0 * np.cos(2.0 * np.pi / 5.0),
        "critical_alpha_no_oscillation_beta0": 4.0 / 27.0,
        "spectral_radius": radius,
    }


@case("P26")
def falling_target() -> Case:
    """Capacity deviations one by one: orders answer the gap and what is on order."""
    lead, alpha, betas, expected = 2, 0.5, [0.25, 1], {}
    for beta in betas:
        stock, line, path = 80.0, [0.0] * (lead - 1), []
        for _ in range(9):
            path.append(stock)
            order = alpha * (20.0 - stock) - alpha * beta * sum(line)
            line = [order, *line]
            stock += line.pop()
        expected[f"beta={beta}"] = path
    return {"lead_time": lead, "alpha": alpha, "beta": betas, "start": 80, "target": 20, "quarters": 9}, expected


@case("P27")
def cautious_newsvendor() -> Case:
    mean, sd, ratio = 40.0, 6.0, 0.4
    stock = mean + sd * norm.ppf(ratio)
    sold = quad(
        lambda d: min(d, stock) * norm.pdf(d, mean, sd), mean - 12 * sd, mean + 12 * sd, points=[stock], limit=400
    )[0]
    return {"mean": mean, "sd": sd, "underage": 2.0, "overage": 3.0}, {
        "critical_ratio": ratio,
        "z": norm.ppf(ratio),
        "K_star": stock,
        "expected_sales": sold,
        "expected_lost_sales": mean - sold,
        "expected_utilisation": sold / stock,
    }


@case("P28")
def seven_products() -> Case:
    """Ale 15, Bock Co 25, Cider 30, Dark 30: 15^2 + 25^2 + 2 x 30^2 = 2650; Cider with Ale 45."""
    owner = ["Dark", "Ale", "Bock Co", "Cider", "Bock Co", "Dark", "Cider"]
    return {"shares": [0.1, 0.15, 0.05, 0.1, 0.2, 0.2, 0.2], "owner": owner, "merger": "Cider buys Ale"}, {
        "hhi_pre": 2650.0,
        "hhi_post": 3550.0,
        "delta": 900.0,
        "presumption_HHI1800_delta100": True,
        "presumption_share30_delta100": True,
    }


@case("P29")
def several_horizons() -> Case:
    """Opened in quarter k with chance h (1 - h)^(k - 1), added up."""
    h, takes, guilty = 0.2, 4, 0.5
    chance = [h * (1.0 - h) ** (k - 1) for k in range(1, 200)]
    return {"hazard_per_quarter": h, "investigation_quarters": takes, "p_infringement": guilty}, {
        "mean_wait": sum(k * c for k, c in enumerate(chance, 1)),
        "P_opened_within_2q": sum(chance[:2]),
        "P_opened_within_6q": sum(chance[:6]),
        "median_wait_quarters": 4,
        "expected_quarter_of_decision": 9.0,
        "P_remedy_in_force_by_q3": 0.0,
        "P_remedy_in_force_by_q9": guilty * sum(chance[:5]),
    }


@case("P30")
def six_vintages() -> Case:
    capex, life, revenue, cash = [70.0, 0.0, 35.0, 14.0, 0.0, 21.0], 7, 30.0, 12.0
    spent = capex + [0.0] * 14
    charge = [sum(spent[v] / life for v in range(q + 1) if q - v < life) for q in range(20)]
    book = [sum(spent[: q + 1]) - sum(charge[: q + 1]) for q in range(20)]
    at = (0, 1, 5, 6, 7, 12, 19)
    return {
        "capex": capex,
        "useful_life_quarters": life,
        "revenue_per_quarter": revenue,
        "cash_opex_per_quarter": cash,
    }, {
        "depreciation": {str(q): charge[q] for q in at},
        "net_book_value_end": {str(q): book[q] for q in at},
        "operating_income": {str(q): revenue - cash - charge[q] for q in at},
        "free_cash_flow": {str(q): revenue - cash - spent[q] for q in at},
    }


@case("P31")
def two_correlations() -> Case:
    z = brentq(lambda x: norm.cdf(x) - norm.cdf(-x) - 0.9, 0.0, 5.0, xtol=1e-14)
    sds = [np.sqrt(0.1**2 + 0.1**2 - 2.0 * rho * 0.1**2) for rho in (0.2, 0.75)]
    return {"sd_each": 0.1, "correlation": [0.2, 0.75], "target_halfwidth": 0.01, "confidence": 0.9}, {
        "sd_difference": sds,
        "replications": [int(np.ceil((z * sd / 0.01) ** 2)) for sd in sds],
    }


@case("P34")
def other_expectations() -> Case:
    """Roots by the fixed points of the map, from both ends and from the middle outwards."""
    cases, roots = [[0.5, 1.5], [-0.1, 4.0]], []
    for merit, strength in cases:

        def gap(s: float, merit: float = merit, strength: float = strength) -> float:
            return s - 1.0 / (1.0 + np.exp(-(merit + strength * (2.0 * s - 1.0))))

        grid = np.linspace(1e-6, 1.0 - 1e-6, 100_001)
        signs = np.sign([gap(s) for s in grid])
        roots.append([brentq(gap, grid[k], grid[k + 1], xtol=1e-15) for k in np.flatnonzero(signs[:-1] != signs[1:])])
    return {"cases": cases}, {"roots": roots, "critical_gamma_at_a0": 2.0}


@case("P32")
def another_ishigami() -> Case:
    """Parts by integrals over (-pi, pi): of x1 alone, of x2 alone, of x1 with x3."""
    a, b = 4.0, 0.05
    circle = 2.0 * np.pi
    fourth = quad(lambda x: x**4, -np.pi, np.pi)[0] / circle
    eighth = quad(lambda x: x**8, -np.pi, np.pi)[0] / circle
    squared = quad(lambda x: np.sin(x) ** 2, -np.pi, np.pi)[0] / circle
    double = quad(lambda x: np.sin(x) ** 4, -np.pi, np.pi)[0] / circle
    alone = squared * (1.0 + b * fourth) ** 2
    second = a**2 * (double - squared**2)
    pair = squared * b**2 * (eighth - fourth**2)
    whole = alone + second + pair
    return {"f": f"sin x1 + {a} sin^2 x2 + {b} x3^4 sin x1", "x": "U(-pi,pi)^3", "N": 8192}, {
        "variance": whole,
        "S1": [alone / whole, second / whole, 0.0],
        "ST": [(alone + pair) / whole, second / whole, pair / whole],
    }
