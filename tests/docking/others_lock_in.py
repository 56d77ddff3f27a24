"""The same for lock-in, urns, diffusion and margins."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq, minimize_scalar

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
