"""Docking adapters of commitments, technology, capacity, diffusion and accounts."""

from __future__ import annotations

import numpy as np

from sim.accounts import ledger
from sim.accounts.state import Assets
from sim.arrays import Array
from sim.market import contracts, demand
from sim.supply import capacity as supply
from sim.supply import technology
from tests.docking.worlds import Answer, Worlds, answers, by_item, column

# --- contracts --------------------------------------------------------------------------------------------------------


@answers("P11")
def committed_backlog(w: Worlds) -> Answer:
    signed, term = w["new_commitments_per_quarter"][:, None, None], column(w["term_quarters"])
    quarters = int(term.max())
    nothing = np.zeros((len(w), 1, 1, max(contracts.TERMS, quarters)))
    book, expired = contracts.Book(nothing, nothing), np.zeros_like(signed)
    for _ in range(2 * quarters):
        book, expired = book.roll()
        book = book.sign(signed, np.ones_like(signed), term)
    steady = book.live()[:, 0, 0]
    remaining = book.owed_usd_per_hour_quarters()[:, 0, 0] / book.hourly_bill_usd()[:, 0, 0]  # at a price of 1
    runoff = []
    for _ in range(quarters):
        book, _ = book.roll()
        runoff.append(book.live()[:, 0, 0])
    return {
        "steady_committed": steady,
        "booked_ratio": contracts.booked_ratio(steady, w["capacity"]),
        "expiring_per_quarter": expired[:, 0, 0],
        "runoff_after_signing_stops": np.stack(runoff, axis=1),
        "mean_remaining_term_at_start_of_quarter": remaining,
    }


@answers("P12")
def take_or_pay(w: Worlds) -> Answer:
    commitment, use, share = w["commit"], w["use"], by_item(w["take_or_pay_fraction"])
    owed = contracts.bill(commitment, use, by_item(w["price_commit"]), by_item(w["price_overage"]), share)
    return {
        "bill": owed,
        "shortfall_units": contracts.shortfall(commitment, use, share),
        "effective_unit_price": owed / use,
    }


# --- technology -------------------------------------------------------------------------------------------------------


@answers("P13")
def experience(w: Worlds) -> Answer:
    exponent = technology.experience_exponent(w["progress_ratio"])
    factor = technology.experience_factor(w["cumulative"], column(w["q0"]), column(exponent))
    return {"exponent_b": exponent, "unit_cost": column(w["c0"]) * factor}


@answers("P14")
def generations(w: Worlds) -> Answer:
    yearly, every, quarters = column(w["annual_improvement"]), column(w["release_every_quarters"]), w["quarters"]
    cycle = np.broadcast_to(np.arange(float(w.plain("release_every_quarters"))), (len(w), int(every[0, 0])))
    gap = technology.smooth_trend(yearly, cycle) / technology.ladder(yearly, every, cycle)
    return {
        "smooth": technology.smooth_trend(yearly, quarters),
        "stepped": technology.ladder(yearly, every, quarters),
        "mean_gap_over_one_cycle": gap.mean(axis=1),
    }


# --- diffusion --------------------------------------------------------------------------------------------------------


@answers("P19")
def bass_closed_form(w: Worlds) -> Answer:
    potential, innovation, imitation = w["m"], w["p"], w["q"]
    time, rate, adopted = demand.bass_peak(potential, innovation, imitation)
    return {
        "cumulative": demand.bass_curve(column(potential), column(innovation), column(imitation), w["t"]),
        "peak_time": time,
        "peak_rate": rate,
        "cumulative_at_peak": adopted,
    }


@answers("P20")
def bass_recursion(w: Worlds) -> Answer:
    potential, innovation, imitation, step = w["m"], w["p_annual"], w["q_annual"], w["dt_years"]
    adopted = np.zeros(len(w))
    cumulative, gap = {"0": adopted}, {"0": adopted}
    for quarter in range(1, int(w.plain("steps")) + 1):
        per_quarter = 4.0 * step  # yearly rates that make a quarter's step of `dt_years`
        adopted = demand.bass_step(adopted, potential, innovation * per_quarter, imitation * per_quarter)
        cumulative[str(quarter)] = adopted
        gap[str(quarter)] = adopted - demand.bass_curve(potential, innovation, imitation, quarter * step)
    return {"cumulative_at_quarters": cumulative, "gap_to_closed_form": gap}


# --- capacity ---------------------------------------------------------------------------------------------------------


def loop_matrix(lead: int, adjustment: Array, line_weight: Array) -> Array:
    """The order rule in deviations as a matrix on (stock, last lead - 1 orders), probed one unit vector at a time."""
    nothing = np.zeros_like(adjustment)
    columns = []
    for position in range(lead):
        state = np.zeros((len(adjustment), lead))
        state[:, position] = 1.0
        line = state[:, 1:].sum(axis=1)
        order = supply.order_rule(state[:, 0], nothing, line, nothing, nothing, adjustment, line_weight)
        placed = np.concatenate([order[:, None], state[:, 1:]], axis=1)  # orders, this quarter's first
        arrived = state[:, 0] + placed[:, -1]
        columns.append(np.concatenate([arrived[:, None], placed[:, :-1]], axis=1))
    return np.stack(columns, axis=2)


@answers("P25")
def stability(w: Worlds) -> Answer:
    lead = w["lead_time_quarters"]
    explosion, oscillation = supply.critical_adjustment(lead)
    radius = {}
    for a, alpha in enumerate(w.plain("alpha")):
        for b, beta in enumerate(w.plain("beta")):
            loop = loop_matrix(int(lead[0]), w["alpha"][:, a], w["beta"][:, b])
            value = np.abs(np.linalg.eigvals(loop)).max(axis=1)
            radius[f"alpha={alpha},beta={beta}"] = radius[f"alpha={alpha:g},beta={beta:g}"] = value
    return {
        "critical_alpha_beta0": explosion,
        "critical_alpha_no_oscillation_beta0": oscillation,
        "spectral_radius": radius,
    }


@answers("P26")
def capacity_path(w: Worlds) -> Answer:
    answer: Answer = {}
    nothing, lead = np.zeros(len(w)), int(w.plain("lead_time"))
    for b, beta in enumerate(w.plain("beta")):
        stock, orders, path = w["start"], [nothing] * (lead - 1), []
        for _ in range(int(w.plain("quarters"))):
            path.append(stock)
            line = np.sum(orders, axis=0) if orders else nothing
            order = supply.order_rule(stock, w["target"], line, nothing, nothing, w["alpha"], w["beta"][:, b])
            orders = [order, *orders]
            stock = stock + orders.pop()
        answer[f"beta={beta}"] = answer[f"beta={beta:g}"] = np.stack(path, axis=1)
    return answer


@answers("P27")
def newsvendor(w: Worlds) -> Answer:
    return dict(supply.newsvendor(w["mean"], w["sd"], w["underage"], w["overage"]))


# --- accounts ---------------------------------------------------------------------------------------------------------


@answers("P30")
def vintages(w: Worlds) -> Answer:
    capex, life = w["capex"], w["useful_life_quarters"]
    asked = [int(quarter) for inner in w.nested.values() for quarter in inner if quarter.isdecimal()]
    quarters = max(capex.shape[1] + int(life.max()), *asked, 0) + 1
    spending = np.zeros((len(w), quarters))
    spending[:, : capex.shape[1]] = capex
    nothing = np.zeros((len(w), 1))
    assets = Assets(np.zeros((len(w), 1, quarters)))
    series: dict[str, dict[str, Array]] = {
        key: {} for key in ("depreciation", "net_book_value_end", "operating_income", "free_cash_flow")
    }
    for quarter in range(quarters):
        spent = spending[:, quarter : quarter + 1]
        assets = assets.add(spent)
        charge = ledger.depreciation(assets.capex_by_age, life)
        income = ledger.operating_income(
            column(w["revenue_per_quarter"]), column(w["cash_opex_per_quarter"]), charge, nothing
        )
        values = (
            charge,
            ledger.net_book_value(assets.capex_by_age, life),
            income,
            ledger.free_cash_flow(income, charge, nothing, nothing, spent),
        )
        for key, value in zip(series, values, strict=True):
            series[key][str(quarter)] = value[:, 0]
    return dict(series)
