"""Docking adapters of choice, of choice that meets capacity, and of what leaving costs."""

from __future__ import annotations

import re

import numpy as np
from scipy.integrate import simpson

from sim.arrays import Array
from sim.equilibrium import choice, clearing, welfare
from sim.equilibrium.demand import Demand
from sim.market import lock_in
from sim.supply import prices
from tests.docking.worlds import Answer, Worlds, answers, column, number_in

INTEGRATION_NODES = 2001


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
    said = int(start_text[1]) - 1 if start_text else None
    listed = re.search(r"quarters ((?:\d+, )*\d+)", w.derivation)
    quarters = [int(quarter) for quarter in listed[1].split(", ")] if listed else [1, 2, 4, 8, 12]

    def later(step: Array, count: int, start: int) -> Array:
        state = np.broadcast_to(np.arange(offers) == start, (worlds, offers)).astype(float)
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
        start = offers - 1 if said is None else said
        answer[key] = np.stack([later(chain, count, start)[:, int(offer) - 1] for count in quarters], axis=1)
    for key, (offer, quarter) in w.keys(r"lock_in_index_of_offer(\d+)_incumbent_at_t(\d+)"):
        start = int(offer) - 1 if said is None else said
        gap = later(chain, int(quarter), start) - later(free, int(quarter), start)
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
