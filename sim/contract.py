"""The contract between market and players: what each role may decide and what each role may see.

A strategy starts from `own.usual()`, what the party decides when it gives nothing a thought, and names what differs.
Arrays of a briefing are read-only; every number has a worlds axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from sim.arrays import Array, Index, Mask
from sim.deal_terms import DealsShown, PlacesShown
from sim.decisions import (
    ROLES,
    STEPS,
    SUPPLIERS,
    THEORIES,
    CloudDecision,
    Decision,
    LabDecision,
    RegulatorDecision,
    SegmentDecision,
    VendorDecision,
    resting,
    standing,
)
from sim.habits import HABITS
from sim.lawful import Expected, expected, validated
from sim.parameters import Parameters

__all__ = [
    "HABITS",
    "ROLES",
    "STEPS",
    "SUPPLIERS",
    "THEORIES",
    "BuyerBriefing",
    "CloudBriefing",
    "CloudDecision",
    "Decision",
    "Expected",
    "LabBriefing",
    "LabDecision",
    "Player",
    "PublicBriefing",
    "RegulatorBriefing",
    "RegulatorDecision",
    "Seat",
    "SegmentBriefing",
    "SegmentDecision",
    "VendorBriefing",
    "VendorDecision",
    "expected",
    "resting",
    "standing",
    "validated",
]


@dataclass(frozen=True)
class PublicBriefing:
    """What everybody sees. quarter counts from 1. Arrays have the worlds axis first.

    Public: posted prices and announced capacity (worlds, pools), list prices of chips, quarters to the next announced
    launch and the spot index (worlds, families), remedies in force and announced (worlds, regions, remedies), demand
    and edge index (worlds,), start = 1. Lagged and noisy (`_seen`): use of capacity by owner and share of use by family
    a quarter ago, order books by family, where labs' bookings stand by supplier two quarters ago (worlds, labs, 4), a
    band for next year's demand index (worlds, 2). Cases: their stage (positions of sim.enforcement.cases.STAGES;
    worlds, regulators, theories) and what each regulator says in public (positions of SIGNALS; worlds, regulators).
    Labs' products (worlds, labs): token prices of last quarter, rank of the model by capability (1 leads). deals_known
    (worlds, clouds, labs): 1 for pairs that are known to have signed a deal, which is a quarter after it was struck."""

    quarter: int
    price_usd_per_h100e_hour: Array
    announced_h100e: Array
    remedies_in_force: Array
    remedies_announced: Array
    chip_price_usd_per_h100e: Array
    next_launch_quarters: Array
    spot_price_usd_per_h100e_hour: Array
    demand_index: Array
    edge_index: Array
    utilisation_seen: Array
    family_share_seen: Array
    order_book_seen_h100e: Array
    supplier_mix_seen: Array
    case_stage: Array
    regulator_signal: Array
    demand_forecast_seen: Array
    token_price_usd_per_mtoken: Array
    model_rank: Array
    deals_known: Array


@dataclass(frozen=True, kw_only=True)
class CloudBriefing(DealsShown):
    """Private figures of an owner; arrays over own pools are (worlds, own pools). let_to_labs (own pools): may labs
    sign deals there?

    installed_h100e, powered_h100e (worlds, own pools): what stands there, and the part of it that has power;
    line_h100e: what is on order, of which arriving_h100e is installed next quarter; budget_musd: what is planned to be
    spent in the quarter; payable_musd: what new orders of the core may cost before sellers take no more.

    target_stock_h100e: stock that demand at cost-based prices calls for, without deals; deal_live_h100e and
    deal_line_h100e: of stock and line what deals hold, which is ordered as it falls due and before room and budget;
    mw_per_h100e, capex_musd_per_h100e, wafers_per_h100e: of new capacity; foundry_left (worlds,) the part of what all
    designers booked that foundries made last; own_chip_value (worlds,) what own chips count for over what they earn
    when orders are split; room_mw (worlds,) power free at arrival; expiring_h100e:
    commitments that end next quarter; market_share of last quarter's use at the pool's site, captive_share the part of
    its cloud's business there that the cost of leaving held. last: its own last decision."""

    name: str
    pools: Index
    families: Index
    own_design: Mask
    edge: Mask
    let_to_labs: Mask
    price_usd_per_h100e_hour: Array
    long_run_cost_usd: Array
    cash_cost_usd: Array
    start_markup: Array
    captive_share: Array
    booked_share: Array
    shadow_price: Array
    installed_h100e: Array
    powered_h100e: Array
    arriving_h100e: Array
    line_h100e: Array
    target_stock_h100e: Array
    expected_growth: Array
    retiring_h100e: Array
    lead_quarters: Array
    mw_per_h100e: Array
    capex_musd_per_h100e: Array
    room_mw: Array
    budget_musd: Array
    payable_musd: Array
    committed_h100e: Array
    expiring_h100e: Array
    market_share: Array
    cash_musd: Array
    revenue_musd: Array
    operating_income_musd: Array
    free_cash_flow_musd: Array
    commitment_discount: Array
    exit_fee_years: Array
    porting_kit_musd: Array
    edge_programme_musd: Array
    deal_live_h100e: Array
    deal_line_h100e: Array
    wafers_per_h100e: Array
    foundry_left: Array
    own_chip_value: Array
    last: CloudDecision | None
    habits: Parameters

    def usual(self) -> CloudDecision:
        """Prices as posted (long-run cost where nothing was), the terms it started with, nothing ordered."""
        posted = self.price_usd_per_h100e_hour
        price = np.where(posted > 0.0, posted, self.long_run_cost_usd)
        known = {"price_usd_per_h100e_hour": price, "order_mw": np.zeros_like(price), **self.no_deal()}
        return resting(CloudDecision, self, len(self.room_mw), **known)


@dataclass(frozen=True)
class VendorBriefing:
    """Private figures of a chip family. Lines are core and edge: (worlds, 2); unit cost, cash, revenue (worlds,).

    research_share and openness are those it started with; last: its own last decision, None at first."""

    name: str
    family: int
    unit_cost_usd_per_h100e: Array
    chip_price_usd_per_h100e: Array
    gross_margin: Array
    own_design: bool
    separation: Array
    order_flow_h100e: Array
    order_growth: Array
    backlog_h100e: Array
    inventory_h100e: Array
    h100e_per_wafer_at_arrival: Array
    last_booking_wafers: Array
    lead_quarters: Array
    cash_musd: Array
    revenue_musd: Array
    research_share: Array
    openness: Array
    last: VendorDecision | None
    habits: Parameters

    def usual(self) -> VendorDecision:
        """The last price and booking, research and openness it started with, everybody served alike, no favours."""
        return resting(VendorDecision, self, len(self.cash_musd), booking_wafers=self.last_booking_wafers)


@dataclass(frozen=True, kw_only=True)
class BuyerBriefing:
    """Private figures of a buyer's types: (worlds, types).

    felt_price is the price of useful work that the budget has taken in; shock multiplies; spending_index and level
    (worlds,)."""

    name: str
    start_h100e: Array
    spending_index: Array
    felt_price_usd: Array
    start_price_usd: Array
    shock: Array
    level: Array
    usual_term_quarters: Array
    habits: Parameters


@dataclass(frozen=True, kw_only=True)
class SegmentBriefing(BuyerBriefing):
    """Private figures of a segment's types, as of every buyer."""

    def usual(self) -> SegmentDecision:
        """What it wanted at the start."""
        return SegmentDecision(wanted_h100e=self.start_h100e)


@dataclass(frozen=True, kw_only=True)
class LabBriefing(BuyerBriefing, PlacesShown):
    """Private figures of a lab: those of a buyer with one type, and its own position.

    used_h100e, committed_h100e, expiring_h100e (next quarter), waiting_h100e (worlds,); supplier_mix (worlds, 4) of
    what it has committed; ports (worlds, families) done so far; bill_musd last quarter's compute bill; training_share,
    token_price_usd_per_mtoken, small_model_share are those it started with. last: its own last decision, None at first.

    Product: lab its position among labs; capability in log points of training; token_share of all tokens that labs
    sold; inference_h100e what serving its part of the market takes this quarter; serving_cost_index, market_cost_index
    cost of a token on its own mix and on that of all labs, start = 1. Purse: cash, revenue, burn (outflow before
    funding) of last quarter, runway at that rate, funding still promised, what investors would pay in over
    the next four quarters at its growth of last quarter, quarters for which its investor's tie lasts.
    supplier_work_price_usd (worlds, 4) the cheapest posted price of useful work of each of SUPPLIERS, 0 if not sold;
    partner_supplies (worlds, 4) 1 for groups that its investor cloud sells."""

    used_h100e: Array
    committed_h100e: Array
    expiring_h100e: Array
    waiting_h100e: Array
    supplier_mix: Array
    ports: Array
    bill_musd: Array
    training_share: Array
    token_price_usd_per_mtoken: Array
    small_model_share: Array
    lab: int
    capability: Array
    model_rank: Array
    token_share: Array
    inference_h100e: Array
    serving_cost_index: Array
    market_cost_index: Array
    cash_musd: Array
    burn_musd: Array
    runway_quarters: Array
    revenue_musd: Array
    funding_left_musd: Array
    funding_year_musd: Array
    tie_quarters_left: Array
    supplier_work_price_usd: Array
    partner_supplies: Array
    last: LabDecision | None

    def usual(self) -> LabDecision:
        """What it uses, for the usual term, with the product it started with; no leaning, no work on a second back
        end."""
        worlds = len(self.used_h100e)
        term = np.clip(self.usual_term_quarters[:, 0], 1.0, 20.0)
        none = np.zeros((worlds, len(SUPPLIERS)))
        known = {"wanted_h100e": self.used_h100e, "supplier_preference": none, "term_quarters": term}
        return resting(LabDecision, self, worlds, **known, **self.no_deal())


@dataclass(frozen=True)
class RegulatorBriefing:
    """What a regulator knows. By theory of harm (worlds, theories): stage and quarters in it, evidence over its own
    standard of proof, noisy signal of conduct, complaint last quarter, commitments on offer, and why each step is not
    possible now (worlds, theories, steps; 0 = possible). refused: what became of its last step (worlds,).
    scheduled_strength: what law dates for the next quarter (worlds, remedies). hhi_cloud, hhi_silicon (worlds,) of last
    quarter. last: its last decision."""

    name: str
    scheduled_strength: Array
    stage: Array
    stage_quarters: Array
    evidence_over_proof: Array
    signal_seen: Array
    complaint: Array
    commitments_offered: Array
    not_possible: Array
    refused: Array
    hhi_cloud: Array
    hhi_silicon: Array
    last: RegulatorDecision | None

    def usual(self) -> RegulatorDecision:
        """Enforce what law dates, look everywhere alike, take no step, say nothing."""
        worlds = len(self.stage)
        evenly = np.full((worlds, len(THEORIES)), 1.0 / len(THEORIES))
        return resting(RegulatorDecision, self, worlds, remedy_strength=self.scheduled_strength, attention=evenly)


class Seat(Protocol):
    """Whoever holds a seat: a rule, a bot, a person, a recorded game. Stateless towards the market."""

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """The quarter's decision from the private and the public briefing."""


class Player(Protocol):
    """An agent as the game sees it: a name, a role, a seat that decides."""

    name: str
    role: str

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """Hand the briefing to whoever holds the seat."""
