"""Docking cases put to the functions that the simulation runs on: one adapter a case, dispatched on its id.

An adapter reads the inputs of several worlds at once and answers with arrays that carry the worlds axis first. It
assumes no sizes and no numbers. Where a key of the case carries a number of its own (`..._c0p5`, `diversion_from_1`),
it is read from the key's name; values of `expected` are never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.integrate import simpson

from sim.accounts import ledger
from sim.accounts.state import Assets
from sim.arrays import Array, total_by
from sim.enforcement import cases
from sim.equilibrium import choice, clearing, welfare
from sim.equilibrium.demand import Demand
from sim.market import contracts, demand, lock_in
from sim.supply import capacity as supply
from sim.supply import prices, technology
from tests.docking.compare_cases import Case

Answer = dict[str, Any]
INTEGRATION_NODES = 2001


class Worlds:
    """The inputs of a case in every world: `worlds["price"]` has shape (worlds, ...).

    Labels and counts are the case's own; so are the names of the keys that it asks for."""

    def __init__(self, case: Case, inputs: Sequence[Mapping[str, Any]]) -> None:
        self.inputs = inputs
        self.labels = case["inputs"]
        self.asked = tuple(case["expected"])
        self.derivation = case.get("derivation", "")

    def __getitem__(self, key: str) -> Array:
        return np.array([inputs[key] for inputs in self.inputs], dtype=float)

    def __len__(self) -> int:
        return len(self.inputs)

    def plain(self, key: str, default: Any = None) -> Any:
        """An input that is the same in every world: a label, a count."""
        return self.labels.get(key, default)

    def outside(self) -> float:
        """Utility of the outside option."""
        return float(self.plain("outside_utility", 0.0))

    def keys(self, pattern: str) -> list[tuple[str, tuple[str, ...]]]:
        """Keys asked for that fit a pattern, with what its groups caught."""
        found = ((key, re.fullmatch(pattern, key)) for key in self.asked)
        return [(key, match.groups()) for key, match in found if match]


ADAPTERS: dict[str, Callable[[Worlds], Answer]] = {}


def answers(case: str) -> Callable[[Callable[[Worlds], Answer]], Callable[[Worlds], Answer]]:
    """Register the adapter of a case."""

    def register(adapter: Callable[[Worlds], Answer]) -> Callable[[Worlds], Answer]:
        ADAPTERS[case] = adapter
        return adapter

    return register


OUT_OF_ISSUE = {
    "P32": "Sobol indices: come with the experiments",
    "P33": "Q-learning: an annex outside the market",
}
"""Cases that nothing built so far answers, with what will."""

SCOPED_OUT: dict[str, dict[str, str]] = {}
"""Keys of a compared case that the product has no use for, with the reason."""


def number_in(text: str) -> float:
    """The number written '0p5' in a key."""
    return float(text.replace("p", "."))


def column(value: Array) -> Array:
    """(worlds,) -> (worlds, 1)."""
    return value[:, None]


def plain_logit(utility: Array, outside: float = 0.0) -> choice.Choice:
    """Logit probabilities: every offer is a nest of its own. utility (worlds, offers, ...)."""
    nests = choice.Nests.of(np.arange(utility.shape[1]))
    scale = nests.scale(np.ones(len(utility)))
    return choice.choose(utility, nests, scale, outside)


# --- choice -----------------------------------------------------------------------------------------------------------


@answers("P01")
def logit(w: Worlds) -> Answer:
    price, alpha = w["price"], column(w["alpha"])
    chosen = plain_logit(w["quality"] - alpha * price, w.outside())
    answer: Answer = {
        "shares": chosen.shares,
        "outside": chosen.outside,
        "logsum": chosen.logsum,
        "consumer_surplus_per_buyer": welfare.consumer_surplus(chosen.logsum, w["alpha"], np.ones(len(w))),
        "own_elasticity": choice.own_elasticity(alpha, price, chosen.shares),
    }
    for key, (offer,) in w.keys(r"cross_elasticity_wrt_price_(\d+)"):
        answer[key] = choice.cross_elasticity(alpha, price, chosen.shares)[:, int(offer) - 1]
    for key, (offer,) in w.keys(r"diversion_from_(\d+)"):
        answer[key] = choice.diversion(chosen.shares, chosen.outside, int(offer) - 1)
    return answer


@answers("P02")
def nested_logit(w: Worlds) -> Answer:
    labels = np.unique(np.array(w.plain("nest")), return_inverse=True)[1]
    nests, delta = choice.Nests.of(labels), w["delta"]
    scale = nests.scale(w["dissimilarity_lambda"])
    chosen = choice.choose(delta, nests, scale, w.outside())
    ones = np.ones_like(scale)
    return {
        "shares": chosen.shares,
        "outside": chosen.outside,
        "logsum": chosen.logsum,
        "inclusive_value_lambda_times_log": column(chosen.logsum) + np.log(chosen.nest_shares),
        "nest_shares": chosen.nest_shares,
        "within_nest": chosen.shares / chosen.nest_shares[:, labels],
        "limit_check_all_lambda_1": choice.choose(delta, nests, ones, w.outside()).shares,
    }


@answers("P03")
def latent_types(w: Worlds) -> Answer:
    utility, weights = np.swapaxes(w["V"], 1, 2), w["weights"]
    chosen = plain_logit(utility, w.outside())
    total = choice.aggregate(chosen.shares, weights)
    answer: Answer = {"segment_shares": np.swapaxes(chosen.shares, 1, 2), "aggregate_shares": total}
    for key, (one, other) in w.keys(r"ratio_(\d)(\d)_before"):
        answer[key] = total[:, int(one) - 1] / total[:, int(other) - 1]
    for key, (one, other, gone) in w.keys(r"ratio_(\d)(\d)_after_dropping_(\d+)"):
        left = utility.copy()
        left[:, int(gone) - 1] = -np.inf
        without = choice.aggregate(plain_logit(left, w.outside()).shares, weights)
        answer[key] = without[:, int(one) - 1] / without[:, int(other) - 1]
    return answer


@answers("P04")
def price_cut(w: Worlds) -> Answer:
    before, alpha, buyers = w["V_before"], w["alpha"], w["buyers"]
    key, offer = next((k, int(m[1]) - 1) for k in w.labels if (m := re.fullmatch(r"price_cut_on_offer_(\d+)", k)))
    cut = w[key]
    along = np.linspace(0.0, 1.0, INTEGRATION_NODES)
    path = np.repeat(before[:, :, None], INTEGRATION_NODES, axis=2)
    path[:, offer] += column(alpha * cut) * along
    chosen = plain_logit(path, w.outside())
    first, last = chosen.logsum[:, 0], chosen.logsum[:, -1]
    return {
        "logsum_before": first,
        "logsum_after": last,
        "cv_total": welfare.compensating_variation(first, last, alpha, buyers),
        "line_integral_of_demand": buyers * cut * simpson(chosen.shares[:, offer], x=along, axis=1),
    }


# --- clearing ---------------------------------------------------------------------------------------------------------


def market(w: Worlds) -> tuple[Demand, Array]:
    """Plain logit buyers on offers that each have a pool; utilities are taken relative to the outside option."""
    utility = np.swapaxes(w["V"], 1, 2) - w.outside()
    worlds, offers, buyers = utility.shape
    nests = choice.Nests.of(np.arange(offers))
    scale = nests.scale(np.ones(worlds))
    asked = Demand.of(
        utility,
        np.ones((*utility.shape, 1)),
        mass=np.broadcast_to(w["demand"].reshape(worlds, -1), (worlds, buyers))[..., None].copy(),
        routing=np.broadcast_to(np.eye(offers), (worlds, 1, offers, offers)).copy(),
        scale=scale,
        weight=np.ones((worlds, buyers)),
        nests=nests,
        groups=((0, slice(0, buyers)),),
    )
    return asked, w["capacity"]


def cleared(w: Worlds) -> Answer:
    asked, capacity = market(w)
    result = clearing.clear(asked, capacity)
    assert result.converged.all()
    outside_value = w.outside() * asked.mass.sum(axis=(1, 2))
    answer: Answer = {
        "unconstrained_quantity": clearing.quantity_at(asked, np.zeros_like(capacity)),
        "shadow_price_utils": result.shadow_price,
        "quantity": result.pool_quantity,
        "outside_quantity": result.outside.sum(axis=(1, 2)),
        "acceptance_rate_phi": clearing.acceptance_rate(result.shadow_price),
        "allocation": np.swapaxes(result.by_buyer, 1, 2),
        "dual_value": clearing.dual_value(asked, capacity, result.shadow_price) + outside_value,
    }
    for key, (alpha,) in w.keys(r"revenue_equivalent_price_rise_if_alpha_(\d+(?:p\d+)?)"):
        answer[key] = result.shadow_price.max(axis=1) / number_in(alpha)
    return answer


answers("P08")(cleared)
answers("P09")(cleared)


@answers("P10")
def filling_price(w: Worlds) -> Answer:
    answer: Answer = {
        "clearing_price": prices.capacity_filling_price(w["delta"], w["alpha"], w["market"], w["capacity"])
    }
    for key, (cost,) in w.keys(r"unconstrained_monopoly_price_c(\d+(?:p\d+)?)"):
        answer[key] = prices.monopoly_price(w["delta"], w["alpha"], np.full(len(w), number_in(cost)))
    return answer


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
    commitment, use, share = w["commit"], w["use"], column(w["take_or_pay_fraction"])
    owed = contracts.bill(commitment, use, column(w["price_commit"]), column(w["price_overage"]), share)
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


# --- lock-in ----------------------------------------------------------------------------------------------------------


@answers("P15")
def switching_chain(w: Worlds) -> Answer:
    utility = w["V"]
    worlds, offers = utility.shape
    cost = w["switching_cost_utils"][:, None, None] * (1.0 - np.eye(offers))
    chain, free = (lock_in.transition(utility, sigma) for sigma in (cost, np.zeros_like(cost)))
    shares = lock_in.stationary(chain)
    eigenvalue, half_life = lock_in.half_life(chain)
    start_text = re.search(r"starting at offer (\d+)", w.derivation)
    start = int(start_text[1]) - 1 if start_text else offers - 1
    listed = re.search(r"quarters ((?:\d+, )*\d+)", w.derivation)
    quarters = [int(quarter) for quarter in listed[1].split(", ")] if listed else [1, 2, 4, 8, 12]
    begin = np.zeros((worlds, offers))
    begin[:, start] = 1.0

    def later(step: Array, count: int) -> Array:
        state = begin
        for _ in range(count):
            state = (state[:, :, None] * step).sum(axis=1)
        return state

    answer: Answer = {
        "P": chain,
        "stationary": shares,
        "second_eigenvalue": eigenvalue,
        "half_life_quarters": half_life,
        "stationary_zero_cost": lock_in.stationary(free),
        "per_period_switch_rate": (shares * (1.0 - np.diagonal(chain, axis1=1, axis2=2))).sum(axis=1),
    }
    for key, (offer,) in w.keys(r"share_path_from_0_for_offer_(\d+)"):
        answer[key] = np.stack([later(chain, count)[:, int(offer) - 1] for count in quarters], axis=1)
    for key, (offer, quarter) in w.keys(r"lock_in_index_of_offer(\d+)_incumbent_at_t(\d+)"):
        gap = later(chain, int(quarter)) - later(free, int(quarter))
        answer[key] = gap[:, int(offer) - 1]
    return answer


@answers("P16")
def lock_in_index(w: Worlds) -> Answer:
    actual, merit, trapped = lock_in.one_step_index(w["installed_share"], w["V"], w["switching_cost"])
    return {
        "share_actual": actual,
        "share_merit": merit,
        "LI": actual - merit,
        "absolute_index": 0.5 * np.abs(actual - merit).sum(axis=1),
        "trapped_fraction_by_origin": trapped,
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


# --- concentration and accounts ---------------------------------------------------------------------------------------


@answers("P28")
def concentration(w: Worlds) -> Answer:
    owner = list(w.plain("owner"))
    names = sorted(set(owner))
    buyer, target = re.fullmatch(r"(\S+) buys (\S+)", w.plain("merger")).groups()
    merged = [buyer if name == target else name for name in owner]
    before, after = (
        welfare.hhi(total_by(w["shares"], np.array([names.index(name) for name in who]), len(names)))
        for who in (owner, merged)
    )
    merged_share = w["shares"][:, [k for k, name in enumerate(merged) if name == buyer]].sum(axis=1)
    by_index, by_share = cases.presumptions(before, after, merged_share)
    return {
        "hhi_pre": before, "hhi_post": after, "delta": after - before, "presumption_HHI1800_delta100": by_index,
        "presumption_share30_delta100": by_share,
    }  # fmt: skip


@answers("P30")
def vintages(w: Worlds) -> Answer:
    capex, life = w["capex"], w["useful_life_quarters"]
    quarters = capex.shape[1] + int(life.max()) + 1
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
