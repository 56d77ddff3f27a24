"""Hypotheses on vertical structure and regulators: S20-S22, S24, S25."""

from __future__ import annotations

import numpy as np

from agents.seats import Sets
from experiments.theory.evidence import (
    ABOVE,
    AMBIGUOUS,
    BASE,
    BELOW,
    PLACEBO,
    REPORTED,
    RICH,
    SIGN,
    Check,
    Evidence,
    Hypothesis,
    Variant,
    everywhere,
    judged,
    reported,
)

SHARE, PRICE = "trainium_share_used", "price_trainium_usd_per_h100e_hour"
MARKET = (
    SHARE,
    "trainium_share_installed",
    "nvidia_share_used",
    "price_usd_per_h100e_hour",
    "utilisation",
    "capex_musd",
)
WARNS = Sets("regulator", {"signal": 1.0}, strategy="by-the-docket")
"""A regulator that says it is watching, and does nothing."""
AGENCIES = dict.fromkeys(("ftc", "ec", "cma"), WARNS)
QUALITY = {"implementation_quality": 1.0}


def _double_margin(e: Evidence) -> list[Check]:
    return [
        e.differs(BASE, "arms-length", PRICE, 12, BELOW),
        e.differs(BASE, "arms-length", "trainium_share_of_aws", 12, ABOVE),
        e.differs(BASE, "arms-length", SHARE, 12, ABOVE),
    ]


def _separation(e: Evidence) -> list[Check]:
    return [
        e.differs("separated", BASE, PRICE, 8, ABOVE),
        e.differs("separated", BASE, SHARE, 8, BELOW),
        e.differs("separated", BASE, "buyer_surplus_musd", 8, REPORTED),
    ]


def _exclusivity(e: Evidence) -> list[Check]:
    return [
        e.differs("no-exclusivity", BASE, "labs_booking_concentration", 8, BELOW),
        e.differs("no-exclusivity", BASE, "unserved_share", 8, REPORTED),
        e.differs("no-exclusivity", BASE, SHARE, 12, REPORTED),
    ]


def _fine(e: Evidence) -> list[Check]:
    income = e.path("fined", "aws_ai_free_cash_flow_musd")[:, -1] - e.path(BASE, "aws_ai_free_cash_flow_musd")[:, 11]
    return [
        judged("AWS free cash flow at q12: the fine is paid", income, BELOW),
        e.same("fined-rich", "rich", MARKET),
        e.differs("fined", BASE, "capex_musd", 12, REPORTED),
        reported(e.same("fined", BASE, MARKET)),
    ]


def _warning(e: Evidence) -> list[Check]:
    conceded = np.abs(e.path("warned-ears", "switching_spend_musd") - e.path("ears", "switching_spend_musd")).max(
        axis=1
    )
    return [
        e.same("warned-deaf", "deaf", (*MARKET, "switching_spend_musd")),
        judged("largest change of what switching costs, firms that anticipate", conceded, ABOVE),
        judged(
            "share at q12, firms that anticipate", e.at("warned-ears", SHARE, 12) - e.at("ears", SHARE, 12), REPORTED
        ),
    ]


HYPOTHESES = (
    Hypothesis(
        "S20",
        "A transfer price at cost makes the integrated price lower than an arm's-length one and the merchant's share "
        "at that cloud lower.",
        SIGN,
        "transfer price at cost against arm's length",
        (Variant("arms-length", parameters={"transfer_price_weight": 1.0}),),
        _double_margin,
        "a dearer wholesale price to rivals: own designs are not sold to rivals here; the solver shows it in docking "
        "cases P21 and P22",
    ),
    Hypothesis(
        "S21",
        "Structural separation raises Trainium's price and lowers its share in the short run.",
        SIGN,
        "structural separation, full, everywhere",
        (Variant("separated", everywhere("structural_separation", 1.0), QUALITY),),
        _separation,
        "better access of rivals to the chip: it is not sold to them",
    ),
    Hypothesis(
        "S22",
        "A ban on exclusivity spreads labs over more offers; Trainium's share may go either way.",
        AMBIGUOUS,
        "exclusivity ban, full, everywhere",
        (Variant("no-exclusivity", everywhere("exclusivity_ban", 1.0)),),
        _exclusivity,
    ),
    Hypothesis(
        "S24",
        "A fine alone moves money, and no share where money binds nobody.",
        PLACEBO,
        "10 % of quarterly AI revenue, everywhere; for shares, owners with more money than they can spend",
        (
            Variant("fined", everywhere("fine_share", 0.1)),
            Variant("rich", parameters=RICH, quarters=20),
            Variant("fined-rich", everywhere("fine_share", 0.1), RICH),
        ),
        _fine,
    ),
    Hypothesis(
        "S25",
        "A regulator that only warns moves something if firms anticipate, and nothing at all if they do not.",
        PLACEBO,
        "warnings with anticipation 0 and 0.5",
        tuple(
            Variant(name, parameters={"anticipation": heard}, seats=seats)
            for name, heard, seats in (
                ("deaf", 0.0, {}),
                ("warned-deaf", 0.0, AGENCIES),
                ("ears", 0.5, {}),
                ("warned-ears", 0.5, AGENCIES),
            )
        ),
        _warning,
    ),
)
