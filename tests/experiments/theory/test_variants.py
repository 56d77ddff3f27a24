"""What every hypothesis varies, written out beside what its own sentence says: parameters, seats, strategies, and for
how long."""

from __future__ import annotations

from typing import Any

import pytest

from agents.seats import Scales, Sets
from experiments.theory import trial
from experiments.theory.evidence import Hypothesis, Variant, change

EVERYWHERE = ("us", "eu", "uk", "rest")
ALWAYS = ("2026Q1", "2045Q4")
BANNED = {f"switching_fee_ban_{r}": 1.0 for r in EVERYWHERE}
STICKY = {**{f"{cost}_factor_{r}": 3.0 for cost in ("porting", "egress") for r in EVERYWHERE}, "intangible_factor": 2.0}
EASY = {**{f"{cost}_factor_{r}": 0.3 for cost in ("porting", "egress") for r in EVERYWHERE}, "intangible_factor": 0.3}
AMPLE = {"demand_level": 1.6, "power_level": 2.0, "capital_budget_factor": 3.0, "foundry_capacity_factor": 1.5}
LED = {f"porting_into_factor_{family}": 6.0 for family in ("trainium", "tpu", "amd", "maia")}
LATE = {"launch_delay_quarters_trainium": 8.0, "porting_into_factor_trainium": 5.0}
BEST = dict.fromkeys(("aws", "azure", "google", "oracle", "neocloud"), "best-response")
SURGE = {"edge_potential_share": 0.4, "edge_imitation": 0.8}
RICH = {"other_cash_factor": 10.0, "lender_multiple": 20.0}
WELL = {"implementation_quality": 1.0}
EDGE = {"edge_programme_musd": 400.0}
CHEAP = {"aws": Scales("cloud", {"price_usd_per_h100e_hour": 0.8})}
MORE = {
    "aws": Scales("cloud", {"order_mw": 2.0}, own_core=True), "trainium": Scales("vendor", {"booking_wafers": 2.0}),
}  # fmt: skip
WARNED = {name: Sets("regulator", {"signal": 1.0}, strategy="by-the-docket") for name in ("ftc", "ec", "cma")}
FIRST_YEAR, FROM_Q3 = ("2026Q1", "2026Q4"), ("2026Q3", "2027Q2")


def variant(name: str, quarters: int = 12, when: tuple[str, str] = ALWAYS, sets: Any = (), **known: Any) -> Variant:
    """A variant that sets some parameters for as long as a game lasts, or for some quarters."""
    shocks = tuple(change(one, value, *when) for one, value in dict(sets).items())
    return Variant(name, shocks, quarters=quarters, **known)


def lasting(name: str, quarters: int = 12, **parameters: float) -> Variant:
    """A variant whose parameters are others from the start on."""
    return Variant(name, parameters=parameters, quarters=quarters)


def returns(name: str, strength: float, lucky: bool = False) -> Variant:
    sets = {"supply_diversion_nvidia": 0.4} if lucky else {}
    return variant(name, 20, FIRST_YEAR, sets, parameters={"ecosystem_strength": strength}, draw=False)


def stepped(name: str, lead: float) -> Variant:
    """Demand 30 % higher from the eighth quarter on."""
    step = (change("demand_level", 1.3, "2027Q4", how="multiply_by"),)
    return Variant(name, step, {"foundry_lead_quarters": lead}, quarters=20)


def full(name: str, remedy: str, strength: float = 1.0, **known: Any) -> Variant:
    return variant(name, sets={f"{remedy}_{r}": strength for r in EVERYWHERE}, **known)


VARIED: dict[str, list[Variant]] = {
    "S01": [variant("dear-into", 20, sets={"porting_into_factor_trainium": 3.0})],
    "S02": [
        variant("worse-free", sets={**LATE, "porting_out_factor_trainium": 0.0}),
        variant("worse-held", sets={**LATE, "porting_out_factor_trainium": 4.0}),
    ],
    "S03": [
        variant("sticky-room", 20, sets=STICKY, parameters={"demand_level": 0.8}),
        variant("easy-room", 20, sets=EASY, parameters={"demand_level": 0.8}),
    ],
    "S04": [],
    "S05": [variant("fees-banned", sets=BANNED, parameters=WELL, lock_in=(1, 12))],
    "S06": [
        variant("fees-banned", sets=BANNED, parameters=WELL, lock_in=(1, 12)),
        variant("best", strategies=BEST),
        variant("fees-banned-best", sets=BANNED, parameters=WELL, strategies=BEST),
    ],
    "S07": [
        variant("sticky-best", sets=STICKY, strategies=BEST),
        variant("easy-best", sets=EASY, strategies=BEST),
        variant("sticky", 20, sets=STICKY),
        variant("easy", 20, sets=EASY),
    ],
    "S08": [
        variant("edge-surge", 20, sets=SURGE),
        lasting("rich", 20, **RICH),
        variant("edge-surge-rich", 20, sets=SURGE, parameters=RICH),
    ],
    "S09": [
        Variant(name, parameters={"edge_programme_success": 1.0}, seats={"aws": Sets("cloud", EDGE, first=first)},
                quarters=16)
        for name, first in (("edge-early", 1), ("edge-late", 9))
    ],
    "S10": [
        lasting("edge-low", 16, unit_cost_factor_trainium=2.1),
        lasting("edge-middle", 16, unit_cost_factor_trainium=1.42),
        lasting("edge-high", 16, unit_cost_factor_trainium=0.74),
        variant("tight-low", 4, sets={"demand_level": 1.6}, parameters={"unit_cost_factor_trainium": 2.1}),
        variant("tight-high", 4, sets={"demand_level": 1.6}, parameters={"unit_cost_factor_trainium": 0.74}),
    ],
    "S11": [variant("tight", sets=AMPLE), variant("tight-more", sets=AMPLE, seats=MORE)],
    "S12": [variant("rival-short", 14, FROM_Q3, {"supply_diversion_nvidia": 0.4})],
    "S13": [
        variant("long-terms", sets={"contract_term_quarters": 12.0}),
        variant("long-terms-cheap", sets={"contract_term_quarters": 12.0}, seats=CHEAP),
        variant("short-terms", sets={"contract_term_quarters": 3.0}),
        variant("short-terms-cheap", sets={"contract_term_quarters": 3.0}, seats=CHEAP),
    ],
    "S14": [
        variant("anchor-leaves", 20, sets={"partner_taste_anthropic": -4.0, "investor_tie_share_anthropic": 0.0})
    ],
    "S15": [
        lasting("line-ignored", 20, supply_line_weight=0.1),
        lasting("line-counted", 20, supply_line_weight=0.95),
        lasting("lead-long", 20, foundry_lead_quarters=5.0),
        stepped("lead-long-step", 5.0),
        lasting("lead-short", 20, foundry_lead_quarters=2.0),
        stepped("lead-short-step", 2.0),
    ],
    "S16": [],
    "S17": [returns("returns-strong", 1.5), returns("returns-weak", 0.05)],
    "S18": [
        returns("returns-strong", 1.5),
        returns("returns-strong-lucky", 1.5, lucky=True),
        returns("returns-weak", 0.05),
        returns("returns-weak-lucky", 0.05, lucky=True),
    ],
    "S19": [
        lasting("plain-alone", experience_spillover=0.0),
        lasting("plain-shared", experience_spillover=1.0),
        variant("nvidia-led-alone", sets=LED, parameters={"experience_spillover": 0.0}),
        variant("nvidia-led-shared", sets=LED, parameters={"experience_spillover": 1.0}),
    ],
    "S20": [lasting("arms-length", transfer_price_weight=1.0)],
    "S21": [full("separated", "structural_separation", parameters=WELL)],
    "S22": [full("no-exclusivity", "exclusivity_ban")],
    "S23": [full("open", "interoperability_duty", parameters=WELL, lock_in=(1, 12))],
    "S24": [
        full("fined", "fine_share", 0.1),
        lasting("rich", 20, **RICH),
        full("fined-rich", "fine_share", 0.1, parameters=RICH),
    ],
    "S25": [
        variant("deaf", parameters={"anticipation": 0.0}),
        variant("warned-deaf", parameters={"anticipation": 0.0}, seats=WARNED),
        variant("ears", parameters={"anticipation": 0.5}),
        variant("warned-ears", parameters={"anticipation": 0.5}, seats=WARNED),
    ],
    "S26": [lasting("no-resale", resale_permission=0.0)],
    "S27": [
        lasting("fast-chips", 20, generation_cadence_quarters=4.0),
        lasting("slow-chips", 20, generation_cadence_quarters=8.0),
    ],
    "S28": [variant("short-life", sets={"useful_life_quarters": 16.0})],
    "S29": [variant("compiler-lags", sets={"software_gap_factor_trainium": 2.0})],
    "S30": [],
    "S31": [],
    "S32": [],
}  # fmt: skip
"""What each hypothesis plays beside the baseline, as its sentence on what was varied says."""


def test_every_hypothesis_has_its_variants_told() -> None:
    assert [one.key for one in trial.HYPOTHESES] == list(VARIED)


@pytest.mark.parametrize("one", trial.HYPOTHESES, ids=lambda one: one.key)
def test_a_hypothesis_varies_what_it_says(one: Hypothesis) -> None:
    def told(variant: Variant) -> dict[str, Any]:
        """A source says where a change comes from, not what it is; the order in which parameters stand does nothing."""
        does = sorted(shock.says for shock in variant.shocks)
        return {**vars(variant), "shocks": does}

    assert [told(variant) for variant in one.variants] == [told(variant) for variant in VARIED[one.key]]
