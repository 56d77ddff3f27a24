"""The contract between market and players: what each role may decide and what each role may see.

A seat turns a briefing into a decision. Fields are declared once, with unit, range, default and meaning; validation, the
generated reference and later forms read the declaration. Arrays of a briefing are read-only; every number has a worlds axis.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol, TypeVar

import numpy as np

from sim.arrays import Array, Index, Mask, read_only
from sim.errors import InputError
from sim.parameters import Parameters

HABITS = (
    "stock_adjustment", "supply_line_weight", "order_growth_cap", "growth_smoothing", "target_utilisation", "cloud_markup",
    "markup_anchor", "price_adjustment", "utilisation_response", "scarcity_response", "price_change_limit", "order_split_sensitivity",
    "booking_growth_cap", "vendor_gross_margin", "price_elasticity", "cost_of_capital", "exit_fee_default",
)  # fmt: skip
"""Parameters that describe how players decide: the only ones a briefing carries."""


def decision(unit: str, low: float, high: float, default: str, meaning: str) -> Any:
    """Declare one field of a decision. `default` says in words what stands when a player says nothing."""
    return field(metadata={"unit": unit, "low": low, "high": high, "default": default, "meaning": meaning})


@dataclass(frozen=True)
class CloudDecision:
    """What an owner of capacity decides in a quarter; pools are its own, in roster order."""

    price_usd_per_h100e_hour: Array = decision(
        "USD per H100e-hour",
        0.001,
        1000.0,
        "last quarter's",
        "Posted one-year price of each own pool: (worlds, own pools).",
    )
    order_mw: Array = decision(
        "MW", 0.0, 1e6, "last quarter's", "New capacity ordered for each own pool, site power: (worlds, own pools)."
    )
    exit_fee_years: Array = decision(
        "years of the compute bill", 0.0, 1.0, "last quarter's", "Charge for a workload that leaves: (worlds,)."
    )
    porting_kit_musd: Array = decision(
        "musd a quarter", 0.0, 10_000.0, "last quarter's", "Porting kits and software for the own chip: (worlds,)."
    )


@dataclass(frozen=True)
class VendorDecision:
    """What the designer of a chip family decides; lines are its core and its edge production."""

    chip_price_usd_per_h100e: Array = decision(
        "USD per H100e", 1.0, 1e6, "last quarter's", "Price of new chips: (worlds,)."
    )
    booking_wafers: Array = decision(
        "wafers a quarter",
        0.0,
        1e9,
        "last quarter's",
        "Foundry and packaging booked for the lead time ahead, take-or-pay: (worlds, 2).",
    )
    strategic_allocation: Array = decision(
        "0-1", 0.0, 1.0, "0", "When short: 0 serves all backlogs alike, 1 the largest first: (worlds,)."
    )


@dataclass(frozen=True)
class LabDecision:
    """What an AI lab decides about rented compute."""

    wanted_h100e: Array = decision("H100e", 0.0, 1e10, "last quarter's", "Rented capacity it wants in use: (worlds,).")
    term_quarters: Array = decision("quarters", 1.0, 20.0, "last quarter's", "Length of new commitments: (worlds,).")
    portability_musd: Array = decision(
        "musd a quarter", 0.0, 10_000.0, "last quarter's", "Work on a second back end: (worlds,)."
    )


@dataclass(frozen=True)
class SegmentDecision:
    """What a segment's latent types want; which offer serves them follows from choice."""

    wanted_h100e: Array = decision(
        "H100e", 0.0, 1e10, "last quarter's", "Capacity each type wants in use: (worlds, types)."
    )


@dataclass(frozen=True)
class RegulatorDecision:
    """What a regulator enforces in its region from the next quarter."""

    remedy_strength: Array = decision(
        "0-1", 0.0, 1.0, "last quarter's", "Strength of each remedy of sim.policy.REMEDIES: (worlds, remedies)."
    )


Decision = CloudDecision | VendorDecision | LabDecision | SegmentDecision | RegulatorDecision
D = TypeVar("D", CloudDecision, VendorDecision, LabDecision, SegmentDecision, RegulatorDecision)

ROLES: dict[str, type[Decision]] = {
    "cloud": CloudDecision, "vendor": VendorDecision, "lab": LabDecision, "segment": SegmentDecision, "regulator": RegulatorDecision,
}  # fmt: skip


def validated(given: D, like: D | None, who: str, quarter: str) -> D:
    """The decision as the market takes it: finite, within its declared bounds, of the shape of last quarter's.

    Raises InputError that names firm, quarter, field, value and what is allowed."""
    for declared in fields(given):
        array = np.asarray(getattr(given, declared.name), dtype=np.float64)
        low, high, unit = (declared.metadata[key] for key in ("low", "high", "unit"))
        where = f"{who}, {quarter}: {declared.name}"
        if like is not None and array.shape != getattr(like, declared.name).shape:
            raise InputError(f"{where} has shape {array.shape}; expected is {getattr(like, declared.name).shape}.")
        out = (array < low) | (array > high)  # NaN is let through: one broken world must not stop the others
        if out.any():
            raise InputError(f"{where} = {array[out].flat[0]:g}; allowed is {low:g} to {high:g} {unit}.")
    return replace(
        given,
        **{f.name: read_only(np.asarray(getattr(given, f.name), dtype=np.float64, order="C")) for f in fields(given)},
    )


@dataclass(frozen=True)
class PublicBriefing:
    """What everybody sees. quarter counts from 1; prices (worlds, pools); installed last quarter, announced (worlds, pools);
    remedies in force and announced (worlds, regions, remedies)."""

    quarter: int
    price_usd_per_h100e_hour: Array
    announced_h100e: Array
    remedies_in_force: Array
    remedies_announced: Array


@dataclass(frozen=True)
class CloudBriefing:
    """Private figures of an owner; arrays over own pools are (worlds, own pools).

    target_stock_h100e is its own estimate of the stock that demand at cost-based prices calls for; mw_per_h100e and
    capex_musd_per_h100e are those of new capacity; room_mw (worlds,) power free at arrival; budget_musd (worlds,)."""

    name: str
    pools: Index
    own_design: Mask
    edge: Mask
    price_usd_per_h100e_hour: Array
    long_run_cost_usd: Array
    cash_cost_usd: Array
    start_markup: Array
    booked_share: Array
    shadow_price: Array
    installed_h100e: Array
    line_h100e: Array
    target_stock_h100e: Array
    expected_growth: Array
    retiring_h100e: Array
    lead_quarters: Array
    mw_per_h100e: Array
    capex_musd_per_h100e: Array
    room_mw: Array
    budget_musd: Array
    exit_fee_years: Array
    porting_kit_musd: Array
    habits: Parameters


@dataclass(frozen=True)
class VendorBriefing:
    """Private figures of a chip family. Lines are core and edge: (worlds, 2); unit cost (worlds,)."""

    name: str
    unit_cost_usd_per_h100e: Array
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
    habits: Parameters


@dataclass(frozen=True)
class BuyerBriefing:
    """Private figures of a lab or of a segment's types: (worlds, types), one type for a lab.

    felt_price is the price of useful work that the budget has taken in; shock multiplies; diffusion is 1 for core demand."""

    name: str
    start_h100e: Array
    spending_index: Array
    felt_price_usd: Array
    start_price_usd: Array
    shock: Array
    level: Array
    usual_term_quarters: Array
    habits: Parameters


@dataclass(frozen=True)
class RegulatorBriefing:
    """What a regulator knows: the strengths its scenario schedules for the next quarter (worlds, remedies)."""

    name: str
    scheduled_strength: Array


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
