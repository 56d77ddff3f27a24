"""Docking adapters of price competition and of vendor and cloud."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, total_by
from sim.equilibrium import bargaining, choice, competition, welfare
from sim.equilibrium.competition import Market
from tests.docking.worlds import Answer, Worlds, answers, places

STEP = 1e-5
"""For pass-through: costs are moved by so much either way."""


def _logit(w: Worlds, cost: Array, quality: Array) -> Market:
    offers = cost.shape[1]
    mu = w["mu"]
    return Market(quality / mu[:, None], cost, 1.0 / mu, np.arange(offers), np.exp(w["a0"] / mu))


@answers("P05")
def calvano(w: Worlds) -> Answer:
    offers = int(w.plain("n"))
    cost, quality = (np.repeat(w[key][:, None], offers, axis=1) for key in ("c", "a"))
    market = _logit(w, cost, quality)
    nash = competition.equilibrium(market)
    joint = competition.equilibrium(
        Market(market.quality, cost, market.sensitivity, np.zeros(offers, dtype=int), market.outside)
    )
    assert nash.converged.all() and joint.converged.all()
    return {
        "p_nash": nash.price[:, 0],
        "p_monopoly": joint.price[:, 0],
        "share_nash": nash.share[:, 0],
        "share_monopoly": joint.share[:, 0],
        "profit_nash_per_firm": (nash.share * (nash.price - cost))[:, 0],
        "profit_monopoly_per_firm": (joint.share * (joint.price - cost))[:, 0],
    }


@answers("P06")
def unequal_costs(w: Worlds) -> Answer:
    cost = w["c"]
    found = competition.equilibrium(_logit(w, cost, w["a"]))
    assert found.converged.all()
    answer: Answer = {"prices": found.price, "shares": found.share, "markups": found.price - cost}
    for key, (_, moved, answers_it) in w.keys(r"(strategic_)?pass_through_cost(\d+)_to_p(\d+)"):
        step = STEP * (np.arange(cost.shape[1]) == int(moved) - 1)
        up, down = (competition.equilibrium(_logit(w, cost + sign * step, w["a"])).price for sign in (1.0, -1.0))
        answer[key] = (up - down)[:, int(answers_it) - 1] / (2.0 * STEP)
    return answer


@answers("P07")
def beer(w: Worlds) -> Answer:
    price, alpha, quality = w["prices"], -w["alpha"], w["meanval"]
    before, after = places(w.plain("owner_pre"), w.plain("owner_post"))
    none = np.zeros(len(w))
    observed = np.array([inputs["calibration_inputs"]["shares"] for inputs in w.inputs])
    margins = np.array([inputs["calibration_inputs"]["margins"] for inputs in w.inputs])
    base = quality + alpha[:, None] * price[:, :1]  # utility is quality - alpha (p - p_1)
    weight = np.exp(base - alpha[:, None] * price)
    shares = weight / weight.sum(axis=1, keepdims=True)
    cost = competition.costs_from_prices(price, shares, alpha, before)
    merged = competition.equilibrium(Market(base, cost, alpha, after, none))
    assert merged.converged.all()

    def index(share: Array, firm: Array) -> Array:
        return welfare.hhi(total_by(share, firm, int(firm.max()) + 1))

    def logsum(at: Array) -> Array:
        nests = choice.Nests.of(np.arange(at.shape[1]))
        value = base - alpha[:, None] * at
        return choice.choose(value, nests, nests.scale(np.ones(len(w))), outside_utility=-np.inf).logsum

    theirs = total_by(observed, before, int(before.max()) + 1)[:, before]
    implied = 1.0 / (price * (1.0 - theirs))  # the margin is this over alpha
    return {
        "meanval_from_shares_and_alpha": competition.quality_from_shares(price, observed, alpha),
        "pre_shares": shares,
        "least_squares_alpha_from_margins": -(implied**2).sum(axis=1) / (implied * margins).sum(axis=1),
        "marginal_costs": cost,
        "post_prices": merged.price,
        "price_change_pct": 100.0 * (merged.price / price - 1.0),
        "post_shares": merged.share,
        "hhi_pre": index(shares, before),
        "hhi_post_naive": index(shares, after),
        "hhi_post_equilibrium": index(merged.share, after),
        "compensating_variation_per_buyer": welfare.compensating_variation(
            logsum(merged.price), logsum(price), alpha, np.ones(len(w))
        ),
    }


@answers("P21")
def linear_chain(w: Worlds) -> Answer:
    found = bargaining.double_margin_linear(w["a"], w["b"], w["upstream_cost"], w["downstream_cost"])
    names = {"consumer_surplus": "surplus", "deadweight_loss": "loss"}
    renamed = {
        f"{long}_{kind}": f"{short}_{kind}" for long, short in names.items() for kind in ("separate", "integrated")
    }
    return {key: found[renamed.get(key, key)] for key in w.asked}


@answers("P22")
def logit_chain(w: Worlds) -> Answer:
    quality, alpha, up, down = (w[key] for key in ("delta", "alpha", "vendor_cost", "cloud_cost"))
    wholesale = bargaining.wholesale_logit(quality, alpha, up, down)
    (apart, share_apart), (whole, share_whole) = (
        bargaining.retail_price(quality, alpha, cost + down) for cost in (wholesale, up)
    )
    joint = ((one - up - down) * share for one, share in ((apart, share_apart), (whole, share_whole)))
    separate, integrated = joint
    return {
        "wholesale": wholesale,
        "retail_separate": apart,
        "share_separate": share_apart,
        "retail_integrated": whole,
        "share_integrated": share_whole,
        "joint_profit_ratio_separate_over_integrated": separate / integrated,
    }
