"""Hypotheses on the edge, contracts, increasing returns, the exchange and entry: S08, S09, S13, S14, S17, S18, S26,
S30-S32."""

from __future__ import annotations

import numpy as np

from agents.seats import Scales, Sets
from experiments.stats import estimate
from experiments.theory import entry, memory
from experiments.theory.evidence import (
    ABOVE,
    BASE,
    BELOW,
    ONE_SIDED,
    PLACEBO,
    REPORTED,
    RICH,
    SIGN,
    SOMETHING,
    Check,
    Evidence,
    Hypothesis,
    Variant,
    change,
    judged,
    reported,
)
from experiments.theory.statistics import correlated, correlation, jackknifed, wider

SHARE = "trainium_share_used"
ROUNDING = 1e-12
"""An owner's sums hold its edge too, so that the last bit of what comes out of them may be another."""
CORE = (
    "trainium_share_used_core",
    "trainium_share_installed_core",
    "price_usd_per_h100e_hour",
    "booked_ratio_trainium",
)
SURGE = (change("edge_potential_share", 0.4), change("edge_imitation", 0.8))
RETURNS = {"strong": 1.5, "weak": 0.05}
LUCK = (change("supply_diversion_nvidia", 0.4, "2026Q1", "2026Q4"),)
SURE = {"edge_programme_success": 1.0}
CHEAP = {"aws": Scales("cloud", {"price_usd_per_h100e_hour": 0.8})}


def _edge(e: Evidence) -> list[Check]:
    return [
        e.differs("edge-surge", BASE, SHARE, 12, BELOW),
        e.differs("edge-surge", BASE, SHARE, 20, BELOW),
        e.same("edge-surge-rich", "rich", CORE, ROUNDING),
        reported(e.same("edge-surge", BASE, CORE)),
    ]


def _edge_early(e: Evidence) -> list[Check]:
    return [
        e.differs("edge-early", "edge-late", SHARE, 16, ABOVE),
        e.differs("edge-early", "edge-late", "aws_ai_operating_income_musd", 4, BELOW),
    ]


def _terms(e: Evidence) -> list[Check]:
    metric = "aws_share_used_market"
    long, short = (e.at(f"{k}-terms-cheap", metric, 4) - e.at(f"{k}-terms", metric, 4) for k in ("long", "short"))
    return [
        e.differs("long-terms", "short-terms", "switching_rate_cloud", 12, BELOW),
        e.differs("long-terms", "short-terms", "forward_cover_trainium_4q", 8, ABOVE),
        e.differs("long-terms", "short-terms", "booked_ratio", 4, ABOVE),
        e.differs("long-terms", "short-terms", "booked_ratio", 12, REPORTED),
        judged("answer of AWS's share to a price cut after four quarters: long less short terms", long - short, BELOW),
    ]


def _anchor(e: Evidence) -> list[Check]:
    gone = e.path("anchor-leaves", "booked_ratio_trainium") - e.path(BASE, "booked_ratio_trainium")[:, :20]
    trough, end = gone[:, 4:12].min(axis=1), gone[:, -1]
    return [
        judged("booked ratio of Trainium, lowest of q5-q12", trough, BELOW),
        judged("booked ratio at q20 less the lowest: recovery by new signings", end - trough, ABOVE),
        e.differs("anchor-leaves", BASE, "top_customer_share_trainium", 8, BELOW),
        e.differs("anchor-leaves", BASE, "price_trainium_usd_per_h100e_hour", 12, REPORTED),
    ]


def _increasing_returns(e: Evidence) -> list[Check]:
    strong, weak = (np.log(e.at(f"returns-{k}", SHARE, 20)) for k in ("strong", "weak"))
    return [
        wider("spread of Trainium's log share over worlds at q20: strong less weak ecosystems", strong, weak),
        judged("mean of Trainium's log share: strong less weak", strong - weak, REPORTED),
    ]


def _early_luck(e: Evidence) -> list[Check]:
    """An advantage that a rival's early shortage gives: what is left of it at q20, strong less weak ecosystems."""

    def gain(k: str, quarter: int) -> np.ndarray:
        return np.log(e.at(f"returns-{k}-lucky", SHARE, quarter) / e.at(f"returns-{k}", SHARE, quarter))

    gains = {k: (gain(k, 6), gain(k, 20)) for k in RETURNS}
    paths = {k: [np.log(e.at(f"returns-{k}", SHARE, quarter)) for quarter in (4, 20)] for k in RETURNS}

    def left(sample: np.ndarray) -> float:
        part = {k: late[sample].mean() / early[sample].mean() for k, (early, late) in gains.items()}
        return float(part["strong"] - part["weak"])

    def together(sample: np.ndarray) -> float:
        found = {k: correlation(early[sample], late[sample]) for k, (early, late) in paths.items()}
        return found["strong"] - found["weak"]

    worlds = len(gains["strong"][0])
    return [
        judged("log share gained at q6 by a rival's early shortage, strong ecosystems", gains["strong"][0], ABOVE),
        jackknifed("part of that gain that is left at q20: strong less weak", left, worlds, ABOVE),
        jackknifed("correlation over worlds of share at q4 and q20: strong less weak", together, worlds, REPORTED),
    ]


def _secondary(e: Evidence) -> list[Check]:
    return [
        e.differs(BASE, "no-resale", "unserved_share", 8, BELOW),
        e.differs(BASE, "no-resale", "utilisation", 8, ABOVE),
        e.differs(BASE, "no-resale", "price_usd_per_h100e_hour", 12, REPORTED),
    ]


def _apart(e: Evidence) -> list[Check]:
    share = e.at(BASE, SHARE, 20) - e.at(BASE, SHARE, 1)
    hhi = e.at(BASE, "hhi_silicon", 20) - e.at(BASE, "hhi_silicon", 1)
    apart = (np.sign(share) != np.sign(hhi)).astype(float)
    return [
        judged(
            "worlds in which concentration and Trainium's share move in opposite directions, part of all", apart, ABOVE
        ),
        correlated(
            "correlation over worlds of their changes, q1 to q20 (an entrant's growth lowers concentration)",
            share,
            hhi,
            BELOW,
        ),
    ]


def _entry(e: Evidence) -> list[Check]:
    few, many = entry.markets(len(e.path(BASE, SHARE)))
    return [
        judged("mean mark-up, six against four firms, random markets", many.markup - few.markup, BELOW),
        judged("Herfindahl index", many.hhi - few.hhi, BELOW),
        judged("consumer surplus", many.surplus - few.surplus, ABOVE),
        judged("of which variety: surplus at the old prices", many.variety - few.surplus, REPORTED),
    ]


def _memory(e: Evidence) -> list[Check]:
    without, with_ = memory.difference(frictions=False), memory.difference(frictions=True)
    forgets = Check(
        "largest relative change of a share path when history is dealt anew, no frictions",
        estimate(without, ONE_SIDED),
        "within 1e-7",
        bool((without < 1e-7).all()),
    )
    return [forgets, judged("the same with frictions", with_, SOMETHING)]


HYPOTHESES = (
    Hypothesis(
        "S08",
        "Edge demand without a Trainium edge chip dilutes its share of the total; where money binds nobody it leaves "
        "the core alone.",
        PLACEBO,
        "edge potential 0.4, imitation 0.8; for the core, owners with more money than they can spend",
        (
            Variant("edge-surge", SURGE, quarters=20),
            Variant("rich", parameters=RICH, quarters=20),
            Variant("edge-surge-rich", SURGE, RICH, quarters=20),
        ),
        _edge,
    ),
    Hypothesis(
        "S09",
        "An edge product that comes earlier raises the share of the total and costs income before.",
        SIGN,
        "AWS's edge programme from q1 against from q9",
        (
            Variant(
                "edge-early", parameters=SURE, seats={"aws": Sets("cloud", {"edge_programme_musd": 400.0})}, quarters=16
            ),
            Variant(
                "edge-late",
                parameters=SURE,
                seats={"aws": Sets("cloud", {"edge_programme_musd": 400.0}, first=9)},
                quarters=16,
            ),
        ),
        _edge_early,
    ),
    Hypothesis(
        "S13",
        "Longer terms: less switching, more booked ahead, slower answers to a price.",
        SIGN,
        "usual term 12 against 3 quarters; AWS 20 % cheaper",
        tuple(
            Variant(f"{k}-terms{end}", (change("contract_term_quarters", term),), seats=seats)
            for k, term in (("long", 12.0), ("short", 3.0))
            for end, seats in (("", {}), ("-cheap", CHEAP))
        ),
        _terms,
    ),
    Hypothesis(
        "S14",
        "When the largest customer leaves at expiry, the booked ratio falls and only new signings bring it back.",
        SIGN,
        "Anthropic turns away from AWS as its commitments end",
        (
            Variant(
                "anchor-leaves",
                (change("partner_taste_anthropic", -4.0), change("investor_tie_share_anthropic", 0.0)),
                quarters=20,
            ),
        ),
        _anchor,
        "the same volume spread over ten buyers: the roster has no ten such buyers",
    ),
    Hypothesis(
        "S17",
        "Increasing returns widen the spread of final shares; the mean need not move.",
        SIGN,
        "ecosystem strength 1.5 against 0.05, default parameters",
        tuple(
            Variant(f"returns-{k}", parameters={"ecosystem_strength": v}, quarters=20, draw=False)
            for k, v in RETURNS.items()
        ),
        _increasing_returns,
        "two humps beyond a threshold: the test is on the spread",
    ),
    Hypothesis(
        "S18",
        "Early luck lasts longer with increasing returns.",
        SIGN,
        "40 % of Nvidia's output diverted in the first year, ecosystem strength 1.5 against 0.05, default parameters",
        tuple(
            Variant(f"returns-{k}{end}", shocks, {"ecosystem_strength": v}, quarters=20, draw=False)
            for k, v in RETURNS.items()
            for end, shocks in (("", ()), ("-lucky", LUCK))
        ),
        _early_luck,
    ),
    Hypothesis(
        "S26",
        "A secondary market serves more with the same capacity.",
        SIGN,
        "resale permission 0 against as it is",
        (Variant("no-resale", parameters={"resale_permission": 0.0}),),
        _secondary,
        "dispersion of prices: one uniform price a call",
    ),
    Hypothesis(
        "S30",
        "More firms lower concentration and mark-ups and raise surplus, partly by variety.",
        SIGN,
        "six against four firms in random logit markets, by the solver that clouds use",
        (),
        _entry,
    ),
    Hypothesis(
        "S31",
        "Concentration and Trainium's share need not move together.",
        SIGN,
        "nothing: read off the baseline",
        (),
        _apart,
    ),
    Hypothesis(
        "S32",
        "Without frictions and ecosystems a share path has no memory.",
        PLACEBO,
        "who held what at the start is dealt anew",
        (),
        _memory,
    ),
)
