"""Hypotheses on supply, costs and cycles: S10-S12, S15, S16, S19, S27, S28."""

from __future__ import annotations

import numpy as np

from agents.seats import Scales
from experiments.theory.evidence import (
    ABOVE,
    BASE,
    BELOW,
    PLACEBO,
    REPORTED,
    ROUNDING,
    SIGN,
    Check,
    Evidence,
    Hypothesis,
    Variant,
    change,
    judged,
)
from experiments.theory.statistics import swing
from sim.arrays import Array

SHARE = "trainium_share_used"
TIGHT = (change("demand_level", 1.6),)
CHIPS_BIND = (
    *TIGHT,
    change("power_level", 2.0),
    change("capital_budget_factor", 3.0),
    change("foundry_capacity_factor", 1.5),
)
"""A market short of chips, with power, money and foundries to spare."""
MORE = {
    "aws": Scales("cloud", {"order_mw": 2.0}, own_core=True),
    "trainium": Scales("vendor", {"booking_wafers": 2.0}),
}
PRICE = "price_usd_per_h100e_hour"
UNIT_COST = "unit_cost_factor_trainium"
CYCLES = ("line-ignored", "line-counted", "lead-long", "lead-long-step", "lead-short", "lead-short-step")


def _edge_pays(e: Evidence) -> list[Check]:
    low, middle, high = (f"edge-{k}" for k in ("low", "middle", "high"))
    early, late = (e.at(high, SHARE, q) - e.at(low, SHARE, q) for q in (4, 16))
    return [
        e.differs(middle, low, SHARE, 16, ABOVE),
        e.differs(high, middle, SHARE, 16, ABOVE),
        judged("half of the effect at q16 less the effect at q4, before supply can answer", 0.5 * late - early, ABOVE),
        judged("effect in a tight market at q4", e.at("tight-high", SHARE, 4) - e.at("tight-low", SHARE, 4), REPORTED),
    ]


def _more_capacity(e: Evidence) -> list[Check]:
    """Judged where supply still binds; Nvidia's rent has had time to answer at q7."""
    used, built = (
        e.at("tight-more", f"trainium_{which}_h100e", 3) - e.at("tight", f"trainium_{which}_h100e", 3)
        for which in ("used", "installed")
    )
    return [
        judged("Trainium installed at q3", built, ABOVE),
        e.differs("tight-more", "tight", SHARE, 3, ABOVE),
        judged("use at q3 less 0.7 of what was added", used - 0.7 * built, ABOVE),
        judged("use at q3 less 1.05 of what was added", used - 1.05 * built, BELOW),
        e.differs("tight-more", "tight", "shadow_price_trainium", 3, BELOW),
        e.differs("tight-more", "tight", "price_nvidia_aws_usd_per_h100e_hour", 7, BELOW),
    ]


def _rival_short(e: Evidence) -> list[Check]:
    return [
        e.differs("rival-short", BASE, SHARE, 6, ABOVE),
        e.differs("rival-short", BASE, "price_trainium_usd_per_h100e_hour", 6, ABOVE),
        e.differs("rival-short", BASE, "ecosystem_trainium_mh100e_quarters", 14, ABOVE),
        e.differs("rival-short", BASE, SHARE, 14, ABOVE),
    ]


def _cycles(e: Evidence) -> list[Check]:
    """Swings of whole paths where owners forget the line; swings of the answer to a step of demand under the two lead
    times."""
    checks = []
    for metric, log in (("utilisation", False), (PRICE, True)):
        name = f"{'log ' if log else ''}{metric}"
        path = {v: np.log(e.path(v, metric)) if log else e.path(v, metric) for v in CYCLES}
        gap = swing(path["line-ignored"], 8) - swing(path["line-counted"], 8)
        checks.append(judged(f"swing of {name}, q8 on: line-ignored less line-counted", gap, ABOVE))
        answers = [path[f"lead-{k}-step"] - path[f"lead-{k}"] for k in ("long", "short")]
        gap = swing(answers[0], 8) - swing(answers[1], 8)
        checks.append(judged(f"swing of the answer of {name} to a step of demand: long less short lead", gap, ABOVE))
    return checks


def _price_follows(e: Evidence) -> list[Check]:
    """From q9 on: a game opens with prices far above cost, and in its first two years use and price climb and fall
    with the pipeline that was under way."""
    use, price = (path[:, 8:] for path in (e.path(BASE, "utilisation"), np.log(e.path(BASE, PRICE))))
    up = np.diff(price, axis=1)
    after, before = _over_time(use[:, :-1], up), _over_time(use[:, 1:], up)
    return [
        judged("correlation over quarters of utilisation with the next change of log price", after, ABOVE),
        judged("the same less that with the change before it: price follows use", after - before, ABOVE),
    ]


def _over_time(one: Array, other: Array) -> Array:
    """Correlation over quarters of two paths, world by world: (worlds,)."""
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (one, other))
    return np.asarray((a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1)))


def _learning(e: Evidence) -> list[Check]:
    metric = "unit_cost_trainium_over_nvidia"
    gap = [e.path(f"nvidia-led-{k}", metric) / e.path(f"plain-{k}", metric) for k in ("alone", "shared")]
    return [
        judged(
            "Trainium's unit cost over Nvidia's at q12, relative: more Nvidia volume less base, no spillover",
            gap[0][:, -1] - 1.0,
            ABOVE,
        ),
        e.same("nvidia-led-shared", "plain-shared", (metric,), ROUNDING),
    ]


def _cadence(e: Evidence) -> list[Check]:
    """The next generation of every family is announced and the same. The first that a cadence moves is Nvidia's of
    2027Q3 (q7), two years later AWS has all of its own: q9 to q14 lie between."""
    flow = "aws_ai_free_cash_flow_musd"
    early = [e.path(v, flow)[:, 8:14].mean(axis=1) for v in ("fast-chips", "slow-chips")]
    return [
        e.differs("fast-chips", "slow-chips", "aws_ai_depreciation_musd", 16, ABOVE),
        judged("AWS free cash flow, mean of q9-q14: fast-chips less slow-chips", early[0] - early[1], BELOW),
        e.differs("fast-chips", "slow-chips", flow, 20, REPORTED),
    ]


def _reported_life(e: Evidence) -> list[Check]:
    shares = (SHARE, "trainium_share_installed", "nvidia_share_used", PRICE, "aws_ai_capex_musd")
    return [
        e.differs("short-life", BASE, "aws_ai_depreciation_musd", 12, ABOVE),
        e.differs("short-life", BASE, "aws_ai_operating_income_musd", 4, BELOW),
        e.same("short-life", BASE, shares),
        e.same("short-life", BASE, ("aws_ai_free_cash_flow_musd",), 1e-9),
    ]


STEP = (change("demand_level", 1.3, "2027Q4", how="multiply_by"),)
VOLUME = tuple(change(f"porting_into_factor_{family}", 6.0) for family in ("trainium", "tpu", "amd", "maia"))
HYPOTHESES = (
    Hypothesis(
        "S10",
        "A bigger cost edge raises Trainium's share, by less while capacity binds.",
        SIGN,
        "Trainium's unit cost x 2.1, 1.42, 0.74: by the tables of 2026Q1 a cost edge of 0.20, 0.35, 0.50",
        (
            Variant("edge-low", parameters={UNIT_COST: 2.1}, quarters=16),
            Variant("edge-middle", parameters={UNIT_COST: 1.42}, quarters=16),
            Variant("edge-high", parameters={UNIT_COST: 0.74}, quarters=16),
            Variant("tight-low", TIGHT, {UNIT_COST: 2.1}, quarters=4),
            Variant("tight-high", TIGHT, {UNIT_COST: 0.74}, quarters=4),
        ),
        _edge_pays,
    ),
    Hypothesis(
        "S11",
        "More Trainium capacity in a tight market raises its share about one for one; its shadow price and Nvidia's "
        "rent fall.",
        SIGN,
        "AWS orders and the design arm books twice as much; demand x 1.6, power and budgets ample",
        (Variant("tight", CHIPS_BIND), Variant("tight-more", CHIPS_BIND, seats=MORE)),
        _more_capacity,
    ),
    Hypothesis(
        "S12",
        "A rival's shortage raises Trainium's share and price, and its ecosystem two years later.",
        SIGN,
        "40 % of Nvidia's output diverted for four quarters",
        (Variant("rival-short", (change("supply_diversion_nvidia", 0.4, "2026Q3", "2027Q2"),), quarters=14),),
        _rival_short,
    ),
    Hypothesis(
        "S15",
        "Owners who forget what is on order, and longer lead times, swing use and prices more.",
        SIGN,
        "weight of the supply line 0.1 against 0.95; foundry lead 5 against 2 quarters, demand + 30 % from q8",
        (
            Variant("line-ignored", parameters={"supply_line_weight": 0.1}, quarters=20),
            Variant("line-counted", parameters={"supply_line_weight": 0.95}, quarters=20),
            *(
                Variant(f"lead-{k}{end}", shocks, {"foundry_lead_quarters": lead}, quarters=20)
                for k, lead in (("long", 5.0), ("short", 2.0))
                for end, shocks in (("", ()), ("-step", STEP))
            ),
        ),
        _cycles,
    ),
    Hypothesis(
        "S16",
        "Use above target raises the price next quarter; prices lag the cycle of capacity.",
        SIGN,
        "nothing: read off the baseline, q9 on",
        (),
        _price_follows,
    ),
    Hypothesis(
        "S19",
        "With learning, more volume for the leader widens its cost gap; with full spillover it does not.",
        PLACEBO,
        "porting into rivals' stacks x 6; spillover 0 and 1",
        tuple(
            Variant(f"{name}-{k}", shocks, {"experience_spillover": spill})
            for name, shocks in (("plain", ()), ("nvidia-led", VOLUME))
            for k, spill in (("alone", 0.0), ("shared", 1.0))
        ),
        _learning,
    ),
    Hypothesis(
        "S27",
        "A faster cadence of generations raises depreciation and lowers free cash flow before it raises it.",
        SIGN,
        "generations every 4 against every 8 quarters",
        (
            Variant("fast-chips", parameters={"generation_cadence_quarters": 4.0}, quarters=20),
            Variant("slow-chips", parameters={"generation_cadence_quarters": 8.0}, quarters=20),
        ),
        _cadence,
        "where power is loose: nothing is scrapped there because a better chip came",
    ),
    Hypothesis(
        "S28",
        "A shorter reported life raises depreciation and leaves cash and shares alone.",
        PLACEBO,
        "reported life 20 to 16 quarters",
        (Variant("short-life", (change("useful_life_quarters", 16.0),)),),
        _reported_life,
    ),
)
