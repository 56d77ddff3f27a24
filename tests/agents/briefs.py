"""Briefings of two worlds that differ, with figures easy enough for pen and paper, for tests of forms.

What a form has no business to read is not a number: a decision that depends on it is none either."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

from agents.forms import Desk, Form
from sim.contract import (
    CloudBriefing,
    CloudDecision,
    LabBriefing,
    LabDecision,
    PublicBriefing,
    RegulatorBriefing,
    RegulatorDecision,
    VendorBriefing,
    VendorDecision,
)
from sim.deal_terms import TERMS
from sim.remedies import REMEDIES

B = TypeVar("B", PublicBriefing, CloudBriefing, VendorBriefing, LabBriefing, RegulatorBriefing)


@dataclass(frozen=True)
class Room:
    """What a person's form stands on: the desk, what it is shown, and what its default rule does."""

    desk: Desk
    own: Any
    rule: Any

    def form(self, level: int = 7) -> Form:
        """The form of the desk at a level."""
        return Form(self.desk, level)


def two(*worlds: Any) -> np.ndarray:
    """One row a world, worlds first."""
    return np.array(worlds, dtype=float)


def filled(kind: type[B], **known: Any) -> B:
    """A briefing of which only so much is known."""
    nothing = {field.name: np.full(2, np.nan) for field in fields(kind)}
    return kind(**{**nothing, "last": None, **known} if "last" in nothing else {**nothing, **known})


def no_deal(others: int) -> dict[str, np.ndarray]:
    """Decisions on deals that offer and sign nothing."""
    lawful = {"start_quarters": 4.0, "term_quarters": 16.0, "take_or_pay": 0.8}
    return {f"deal_{name}": np.full((2, others), lawful.get(name, 0.0)) for name in (*TERMS, "accept")}


def no_offers(clouds: int = 3, families: int = 2) -> dict[str, np.ndarray]:
    """What a lab is shown of deals where nobody offers, nobody lets and nothing is signed."""
    pairs = {f"offered_{name}": np.zeros((2, clouds)) for name in TERMS}
    places = ("deal_mw_per_h100e", "deal_stock_h100e", "held_h100e", "signed_h100e")
    by_place = {name: np.zeros((2, clouds, families)) for name in places}
    return {**pairs, **by_place, "deal_power_mw": np.zeros((2, clouds)), "signed_ahead": np.zeros((2, 13))}


MARKET = filled(PublicBriefing, quarter=2, demand_index=np.ones(2), demand_forecast_seen=np.ones((2, 2)))

CLOUD = Room(
    Desk(
        "cloud",
        "aws",
        "AWS",
        rents_out=True,
        has_own_chip=True,
        has_edge=True,
        own_design=False,
        maturity=np.array([1.0, 0.8]),
    ),
    # pools: GPU, own chip, GPU at the edge. An H100e of the own chip takes twice the power.
    filled(
        CloudBriefing,
        name="aws",
        families=np.array([0, 1, 0]),
        own_design=np.array([False, True, False]),
        edge=np.array([False, False, True]),
        installed_h100e=two([300e3, 100e3, 100e3], [100e3, 150e3, 0.0]),
        mw_per_h100e=two([0.001, 0.002, 0.001], [0.001, 0.002, 0.001]),
    ),
    # The first world orders 200 MW, half of it own chips; the second nothing. A unit of useful work on the own chip
    # costs 2.4 / 0.8 = 3 against 4 in the first world (25 % less), 2.5 against 2 in the second (25 % more).
    CloudDecision(
        price_usd_per_h100e_hour=two([4.0, 2.4, 5.0], [2.0, 2.0, 3.0]),
        order_mw=two([75.0, 100.0, 25.0], [0.0, 0.0, 0.0]),
        commitment_discount=two(0.10, 0.20),
        exit_fee_years=two(0.05, 0.03),
        porting_kit_musd=two(50.0, 10.0),
        edge_programme_musd=two(5.0, 0.0),
        **no_deal(6),
    ),
)

VENDOR = Room(
    Desk(
        "vendor",
        "nvidia",
        "Nvidia",
        rents_out=False,
        has_own_chip=False,
        has_edge=True,
        own_design=False,
        maturity=np.ones(2),
    ),
    # The second world has booked nothing yet: its orders call for 600 / 20 + 200 / 10 = 50 wafers.
    filled(
        VendorBriefing,
        name="nvidia",
        chip_price_usd_per_h100e=two(20e3, 30e3),
        last_booking_wafers=two([80.0, 20.0], [0.0, 0.0]),
        order_flow_h100e=two([900.0, 100.0], [600.0, 200.0]),
        h100e_per_wafer_at_arrival=two([10.0, 10.0], [20.0, 10.0]),
    ),
    # 110 wafers, a tenth of them for the edge; 50, a fifth.
    VendorDecision(
        chip_price_usd_per_h100e=two(20.6e3, 30e3),
        booking_wafers=two([99.0, 11.0], [40.0, 10.0]),
        strategic_allocation=two(0.0, 0.0),
        loyalty_rebate=two(0.0, 0.0),
        research_share=two(0.60, 0.50),
        openness=two(0.2, 0.3),
        price_guarantee_mw=two(0.0, 0.0),
    ),
)

LAB = Room(
    Desk(
        "lab",
        "anthropic",
        "Anthropic",
        rents_out=False,
        has_own_chip=False,
        has_edge=False,
        own_design=False,
        maturity=np.ones(2),
    ),
    filled(
        LabBriefing,
        name="anthropic",
        used_h100e=two(100e3, 50e3),
        supplier_mix=two([0.5, 0.25, 0.25, 0.0], [0.1, 0.2, 0.3, 0.4]),
        token_price_usd_per_mtoken=two(5.0, 8.0),
    ),
    # 10 MW more than in use, and a token price 2 % below the last in the first world.
    LabDecision(
        wanted_h100e=two(110e3, 60e3),
        supplier_preference=np.zeros((2, 4)),
        term_quarters=two(12.0, 8.0),
        portability_musd=two(20.0, 0.0),
        training_share=two(0.45, 0.55),
        token_price_usd_per_mtoken=two(4.9, 8.0),
        small_model_share=two(0.10, 0.20),
        **no_deal(8),
    ),
)

LAW = two(np.linspace(0.0, 0.5, len(REMEDIES)), np.zeros(len(REMEDIES)))
"""What regulators enforce of the law: no form asks about it, and none may change it."""
ZERO = two(0.0, 0.0)
REGULATOR = Room(
    Desk(
        "regulator",
        "ec",
        "European Commission",
        rents_out=False,
        has_own_chip=False,
        has_edge=False,
        own_design=False,
        maturity=np.ones(2),
    ),
    filled(RegulatorBriefing, name="ec"),
    # Looks at fees for leaving most in the first world, everywhere alike in the second; no step, nothing said.
    RegulatorDecision(
        remedy_strength=LAW,
        attention=two([0.2, 0.2, 0.2, 0.4], [0.25, 0.25, 0.25, 0.25]),
        step=ZERO,
        theory=two(1.0, 2.0),
        remedy=ZERO,
        strength=ZERO,
        fine_share=ZERO,
        accept_commitments=ZERO,
        share_evidence=ZERO,
        signal=ZERO,
    ),
)
ROOMS = {"cloud": CLOUD, "vendor": VENDOR, "lab": LAB, "regulator": REGULATOR}
