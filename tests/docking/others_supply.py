"""The same for lock-in, urns, diffusion, margins, auctions, capacity, cases, accounts and paired differences."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm

from tests.docking.others import case

Case = tuple[dict[str, Any], dict[str, Any]]


@case(
    "P15",
    "Share path: quarters 1, 3, 5, 20, all buyers starting at offer 3; index of offer 3 at quarter 6 from the same "
    "start",
)
def four_offer_chain() -> Case:
    value, sigma = np.array([1.0, 0.6, 0.0, -0.4]), 1.4

    def chain(cost: float) -> np.ndarray:
        return np.array([np.exp(v := value - cost * (np.arange(4) != k)) / np.exp(v).sum() for k in range(4)])

    moves, free = chain(sigma), chain(0.0)
    roots, vectors = np.linalg.eig(moves.T)
    long_run = np.real(vectors[:, np.argmax(np.real(roots))])
    long_run = long_run / long_run.sum()
    second = np.sort(np.abs(roots))[-2]
    path = [np.linalg.matrix_power(moves, q)[2, 1] for q in (1, 3, 5, 20)]
    return {"V": value, "switching_cost_utils": sigma, "outside": "none"}, {
        "P": moves,
        "stationary": long_run,
        "second_eigenvalue": second,
        "half_life_quarters": np.log(0.5) / np.log(second),
        "stationary_zero_cost": np.exp(value) / np.exp(value).sum(),
        "per_period_switch_rate": 1.0 - (long_run * np.diag(moves)).sum(),
        "share_path_from_0_for_offer_2": path,
        "lock_in_index_of_offer3_incumbent_at_t6": np.linalg.matrix_power(moves, 6)[2, 2] - free[0, 2],
    }


@case("P16")
def two_incumbents() -> Case:
    held, value, cost = np.array([0.7, 0.3]), np.array([0.0, 0.8]), np.array([[0.0, 2.0], [0.5, 0.0]])
    stay = np.array([np.exp(value - row) / np.exp(value - row).sum() for row in cost])
    merit = np.exp(value) / np.exp(value).sum()
    return {"installed_share": held, "V": value, "switching_cost": cost}, {
        "share_actual": held @ stay,
        "share_merit": merit,
        "LI": held @ stay - merit,
        "absolute_index": abs((held @ stay - merit)[0]),
        "trapped_fraction_by_origin": (np.diag(stay) - merit) / (1.0 - merit),
    }


@case("P17")
def short_urns() -> Case:
    """Every sequence of ten draws, one by one."""
    rules = {"linear": 1.0, "superlinear": 2.0, "sublinear": 0.5}
    expected = {}
    for rule, power in rules.items():
        law = np.zeros(11)
        for drawn in product((0, 1), repeat=10):
            chance, balls = 1.0, [2.0, 3.0]
            for one in drawn:
                x = balls[0] / sum(balls)
                up = x**power / (x**power + (1.0 - x) ** power)
                chance *= up if one else 1.0 - up
                balls[0 if one else 1] += 1.0
            law[sum(drawn)] += chance
        share = np.arange(11) / 10
        mean = (law * share).sum()
        expected[f"{rule}_n10"] = {
            "P_share_ge_0p9": law[9:].sum(),
            "P_share_le_0p1": law[:2].sum(),
            "P_share_between_0p4_0p6": law[4:7].sum(),
            "sd": np.sqrt((law * (share - mean) ** 2).sum()),
        }
    return {"initial_balls": [2, 3], "draws": [10], "rules": rules}, expected


@case("P18")
def nearer_barriers() -> Case:
    """0.3 / 0.07 = 4.3: a lead of 5 is too much. Mean time from a linear system over leads -4 to 4."""
    steps = np.eye(9) - 0.5 * np.eye(9, k=1) - 0.5 * np.eye(9, k=-1)
    time = np.linalg.solve(steps, np.ones(9))[4]
    kinds = {"payoff_A": 1.0, "payoff_B": 0.7, "returns": 0.07}, {"payoff_A": 0.7, "payoff_B": 1.0, "returns": 0.07}
    return {"R_type": kinds[0], "S_type": kinds[1]}, {
        "barrier_in_adopter_lead": 5,
        "P_A_locks_in": 0.5,
        "expected_adoptions_to_lock_in": time,
    }


@case("P19")
def faster_diffusion() -> Case:
    """The curve by integrating dN/dt = (p + q N / m) (m - N), and its steepest point."""
    p, q, m, times = 0.05, 0.5, 40.0, [0.0, 1.0, 3.0, 9.0]

    def rate(adopted: Any) -> Any:
        return (p + q * adopted / m) * (m - adopted)

    done = solve_ivp(lambda t, n: rate(n), (0.0, 9.0), [0.0], t_eval=times, rtol=1e-12, atol=1e-12)
    top = 0.5 * (m - p * m / q)
    when = quad(lambda n: 1.0 / rate(n), 0.0, top)[0]
    return {"p": p, "q": q, "m": m, "t": times}, {
        "cumulative": done.y[0],
        "peak_time": when,
        "peak_rate": rate(top),
        "cumulative_at_peak": top,
    }


@case("P20")
def half_yearly_steps() -> Case:
    p, q, m, step = 0.04, 0.3, 70.0, 0.5
    adopted, at, gap = 0.0, {"0": 0.0}, {"0": 0.0}
    for number in range(1, 11):
        adopted += (p + q * adopted / m) * (m - adopted) * step
        fast = np.exp(-(p + q) * number * step)
        at[str(number)], gap[str(number)] = adopted, adopted - m * (1.0 - fast) / (1.0 + q / p * fast)
    return {"p_annual": p, "q_annual": q, "m": m, "dt_years": step, "steps": 10}, {
        "cumulative_at_quarters": at,
        "gap_to_closed_form": gap,
    }


@case("P21")
def dearer_downstream() -> Case:
    """a = 12, b = 2, costs 1 and 1: integrated Q = 2.5, separate half of it."""
    return {"a": 12.0, "b": 2.0, "upstream_cost": 1.0, "downstream_cost": 1.0}, {
        "wholesale": 6.0,
        "retail_separate": 9.5,
        "quantity_separate": 1.25,
        "profit_up": 6.25,
        "profit_down": 3.125,
        "consumer_surplus_separate": 1.5625,
        "retail_integrated": 7.0,
        "quantity_integrated": 2.5,
        "profit_integrated": 12.5,
        "consumer_surplus_integrated": 6.25,
        "deadweight_loss_separate": 14.0625,
        "deadweight_loss_integrated": 6.25,
    }


@case("P22")
def another_chain() -> Case:
    delta, alpha, up, down = 3.0, 1.4, 0.6, 0.3

    def share(price: float) -> float:
        return 1.0 / (1.0 + np.exp(alpha * price - delta))

    def retail(cost: float) -> float:
        return brentq(lambda p: alpha * (p - cost) * (1.0 - share(p)) - 1.0, cost, cost + 20.0, xtol=1e-14)

    wholesale = minimize_scalar(
        lambda w: -(w - up) * share(retail(w + down)), bounds=(up, 9.0), method="bounded", options={"xatol": 1e-11}
    ).x
    apart, whole = retail(wholesale + down), retail(up + down)
    joint = [(p - up - down) * share(p) for p in (apart, whole)]
    return {"delta": delta, "alpha": alpha, "vendor_cost": up, "cloud_cost": down}, {
        "wholesale": wholesale,
        "retail_separate": apart,
        "share_separate": share(apart),
        "retail_integrated": whole,
        "share_integrated": share(whole),
        "joint_profit_ratio_separate_over_integrated": joint[0] / joint[1],
    }


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
