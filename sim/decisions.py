"""What each role may decide, declared once: validation, the reference, the forms of a game and its log read this.

An array has the worlds axis first. A choice is a whole number that stands for one of its options.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from sim.arrays import Array, Mask, read_only
from sim.deal_terms import CloudDeals, LabDeals
from sim.declaring import choice, decision
from sim.remedies import TITLES
from sim.roster import Roster

SUPPLIERS = ("aws-chip", "gpu", "tpu", "other")
"""Groups of chips among which a lab states a preference: AWS's own design, merchant GPUs, TPU, everything else."""
THEORIES = ("self-preferencing", "tying", "partnerships", "exit-fees")
"""Theories of harm that a regulator may look into: own chips preferred, tying and allocation, lab partnerships, charges
for leaving."""
STEPS = ("none", "information-order", "open", "charge", "remedy")
SIGNALS = ("silence", "caution", "safe-harbour")
POOLS = "pools"
"""The axis that differs from owner to owner: its own pools, in roster order."""


@dataclass(frozen=True, kw_only=True)
class CloudDecision(CloudDeals):
    """What an owner of capacity decides in a quarter; pools are its own, in roster order."""

    price_usd_per_h100e_hour: Array = decision(
        "USD per H100e-hour",
        0.001,
        1000.0,
        "last quarter's",
        "Posted one-year price of each own pool: (worlds, own pools).",
        axis=POOLS,
    )
    order_mw: Array = decision(
        "MW",
        0.0,
        1e6,
        "last quarter's",
        "New capacity ordered for each own pool, site power: (worlds, own pools).",
        axis=POOLS,
    )
    commitment_discount: Array = decision(
        "0-1", 0.0, 0.35, "last quarter's", "Discount of a one-year commitment on the price of a quarter: (worlds,)."
    )
    exit_fee_years: Array = decision(
        "years of the compute bill", 0.0, 1.0, "last quarter's", "Charge for a workload that leaves: (worlds,)."
    )
    porting_kit_musd: Array = decision(
        "musd a quarter", 0.0, 10_000.0, "last quarter's", "Porting kits and software for the own chip: (worlds,)."
    )
    edge_programme_musd: Array = decision(
        "musd a quarter", 0.0, 10_000.0, "last quarter's", "Edge and on-premises programme: (worlds,)."
    )


@dataclass(frozen=True, kw_only=True)
class VendorDecision:
    """What the designer of a chip family decides; lines are its core and its edge production."""

    chip_price_usd_per_h100e: Array = decision(
        "USD per H100e", 1.0, 1e6, "last quarter's", "List price of new chips: (worlds,)."
    )
    booking_wafers: Array = decision(
        "wafers a quarter",
        0.0,
        1e9,
        "last quarter's",
        "Foundry, packaging and memory booked for the lead time ahead, take-or-pay: (worlds, 2).",
        axis="lines",
    )
    strategic_allocation: Array = decision(
        "0-1", 0.0, 1.0, "last quarter's", "When short: 0 serves all backlogs alike, 1 the largest first: (worlds,)."
    )
    loyalty_rebate: Array = decision(
        "share of the chip price",
        0.0,
        0.3,
        "last quarter's",
        "Handed back, and priority when short, in proportion to how much of a buyer's chips are this vendor's: "
        "(worlds,).",
    )
    research_share: Array = decision(
        "0-1",
        0.2,
        0.8,
        "last quarter's",
        "Part of research that goes to the next chip, the rest to software: (worlds,).",
    )
    openness: Array = decision(
        "0-1", 0.0, 1.0, "last quarter's", "Software stack from closed (0) over neutral (0.5) to open (1): (worlds,)."
    )
    price_guarantee_mw: Array = decision(
        "MW a quarter",
        0.0,
        5_000.0,
        "last quarter's",
        "Deliveries to the largest customer that cost at most what they did when the guarantee began: (worlds,).",
    )


@dataclass(frozen=True, kw_only=True)
class LabDecision(LabDeals):
    """What an AI lab decides about rented compute and its product."""

    wanted_h100e: Array = decision("H100e", 0.0, 1e10, "last quarter's", "Rented capacity it wants in use: (worlds,).")
    supplier_preference: Array = decision(
        "log odds",
        -6.0,
        6.0,
        "last quarter's",
        "How far new bookings lean to each of the suppliers AWS chip, GPU, TPU, other, beyond price and fit: "
        "(worlds, 4).",
        axis="suppliers",
    )
    term_quarters: Array = decision("quarters", 1.0, 20.0, "last quarter's", "Length of new commitments: (worlds,).")
    portability_musd: Array = decision(
        "musd a quarter", 0.0, 10_000.0, "last quarter's", "Work on a second back end: (worlds,)."
    )
    training_share: Array = decision(
        "0-1", 0.2, 0.8, "last quarter's", "Part of compute that trains; the rest serves customers: (worlds,)."
    )
    token_price_usd_per_mtoken: Array = decision(
        "USD per million tokens", 1e-4, 1e4, "last quarter's", "Price of the lab's product: (worlds,)."
    )
    small_model_share: Array = decision(
        "0-1", 0.0, 0.5, "last quarter's", "Part of research that goes to small models and the edge: (worlds,)."
    )


@dataclass(frozen=True, kw_only=True)
class SegmentDecision:
    """What a segment's latent types want; which offer serves them follows from choice."""

    wanted_h100e: Array = decision(
        "H100e", 0.0, 1e10, "last quarter's", "Capacity each type wants in use: (worlds, types).", axis="types"
    )


@dataclass(frozen=True, kw_only=True)
class RegulatorDecision:
    """What a regulator does in its region: enforces rules that law dates, and takes one step in one case a quarter."""

    remedy_strength: Array = decision(
        "0-1",
        0.0,
        1.0,
        "last quarter's",
        "Dated rules it enforces, strength of each remedy of sim.remedies.REMEDIES: (worlds, remedies).",
        axis="remedies",
    )
    attention: Array = decision(
        "0-1",
        0.0,
        1.0,
        "last quarter's",
        "Where it looks: shares over the theories of harm, adding up to 1: (worlds, 4).",
        axis="theories",
        sums_to=1.0,
    )
    step: Array = choice("none", "One step in a case: (worlds,).", STEPS, once=True)
    theory: Array = choice("last quarter's", "The theory of harm that the step is about: (worlds,).", THEORIES)
    remedy: Array = choice("last quarter's", "Which of sim.remedies.REMEDIES a remedy step imposes: (worlds,).", TITLES)
    strength: Array = decision("0-1", 0.0, 1.0, "last quarter's", "How strong the remedy is: (worlds,).")
    fine_share: Array = decision(
        "share of a year's AI revenue", 0.0, 0.2, "0", "Fine that comes with a remedy step: (worlds,).", once=True
    )
    accept_commitments: Array = choice(
        "last quarter's", "Settle a charged case when the firms offer commitments: (worlds,).", ("no", "yes")
    )
    share_evidence: Array = choice(
        "last quarter's", "Let the other agencies see its evidence: (worlds,).", ("no", "yes")
    )
    signal: Array = choice("last quarter's", "What it says in public: (worlds,).", SIGNALS)


Decision = CloudDecision | VendorDecision | LabDecision | SegmentDecision | RegulatorDecision
D = TypeVar("D", CloudDecision, VendorDecision, LabDecision, SegmentDecision, RegulatorDecision)

ROLES: dict[str, type[Decision]] = {
    "cloud": CloudDecision,
    "vendor": VendorDecision,
    "lab": LabDecision,
    "segment": SegmentDecision,
    "regulator": RegulatorDecision,
}


_LEAST: dict[type[Decision], tuple[tuple[str, float], ...]] = {
    role: tuple((one.name, max(one.metadata["low"], 0.0)) for one in fields(role)) for role in ROLES.values()
}
"""Of each field what is least: 0, or the lowest value allowed."""


def resting(role: type[D], own: object, worlds: int, **known: Array) -> D:
    """A decision that gives nothing a thought: what is known, else the figure of this name in the player's briefing,
    which is what it started with, else nothing: 0, or the lowest value allowed; (worlds,)."""
    for name, low in _LEAST[role]:
        if name not in known:
            stands = getattr(own, name, None)
            known[name] = _everywhere(low, worlds) if stands is None else read_only(stands)
    return role(**known)


@lru_cache(maxsize=64)
def _everywhere(value: float, worlds: int) -> Array:
    return read_only(np.full(worlds, value))


def standing(last: D) -> D:
    """What stands for a player that is absent: its last decision, without acts that were of that quarter only."""
    once = {f.name: np.zeros_like(getattr(last, f.name)) for f in fields(last) if f.metadata["once"]}
    return replace(last, **once)


@dataclass(frozen=True)
class Decisions:
    """A quarter's decisions side by side: of each role the same class, with its parties as a second axis in roster
    order.

    `vendors.openness` is (worlds, families), `regulators.attention` (worlds, regulators, theories). Prices and orders
    of clouds stand where the roster has the pool: (worlds, pools). by_party: each party's own decision, as `validated`
    gave it."""

    clouds: CloudDecision
    vendors: VendorDecision
    labs: LabDecision
    segments: SegmentDecision
    regulators: RegulatorDecision
    by_party: Mapping[str, Any]


def side_by_side(decisions: Mapping[str, Decision], roster: Roster) -> Decisions:
    """Lay the decisions of all parties of a roster side by side; arrays are read-only and C-ordered."""

    def of(role: type[D], names: tuple[str, ...]) -> D:
        return _beside(role, [decisions[name] for name in names], roster)

    return Decisions(
        clouds=of(CloudDecision, roster.owners),
        vendors=of(VendorDecision, roster.families),
        labs=of(LabDecision, roster.labs),
        segments=of(SegmentDecision, roster.segments),
        regulators=of(RegulatorDecision, roster.regulators),
        by_party=decisions,
    )


def _beside(role: type[D], each: list[Decision], roster: Roster) -> D:
    columns = {}
    for one in fields(role):
        parts = [getattr(decided, one.name) for decided in each]
        columns[one.name] = read_only(_by_pool(parts, roster) if one.metadata["axis"] == POOLS else _columns(parts))
    return role(**columns)


def _columns(parts: list[Array]) -> Array:
    """What parties decided, the parties as a second axis."""
    worlds, *rest = parts[0].shape
    laid = np.empty((worlds, len(parts), *rest))
    for k, part in enumerate(parts):
        laid[:, k] = part
    return laid


def _by_pool(parts: list[Array], roster: Roster) -> Array:
    """Columns of every owner at the places of its pools: (worlds, pools)."""
    laid = np.empty((len(parts[0]), len(roster.pools)))
    for k, part in enumerate(parts):
        laid[:, roster.pools_of(k)] = part
    return laid


def broken(decisions: Decisions) -> Mask:
    """Worlds in which somebody decided something that is not a number, (worlds,): they play on, and no figure of theirs
    counts."""
    roles = (decisions.clouds, decisions.vendors, decisions.labs, decisions.segments, decisions.regulators)
    arrays = [getattr(role, one.name) for role in roles for one in fields(role)]
    return np.isnan(np.concatenate([array.reshape(len(array), -1) for array in arrays], axis=1)).any(axis=1)
