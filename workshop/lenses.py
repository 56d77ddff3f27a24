"""The lenses of par scoring, five a role: what each reads of a game after its last quarter, and which way is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim import objectives
from sim.arrays import Array, ratio
from sim.records import Records

TOUCHES = {
    "cloud": ("self-preferencing", "partnerships", "exit-fees"),
    "vendor": ("tying",),
}
"""Theories of harm that a role's conduct can fall under."""


@dataclass(frozen=True)
class Closing:
    """A game after its last quarter. own: what the seat would be shown next; proof: of the strongest case on conduct of
    its role, evidence over what a decision needs, (worlds,)."""

    records: Records
    role: str
    party: str
    own: Any
    proof: Array

    def of(self, name: str) -> Array:
        """A figure of the party, (worlds, quarters)."""
        return self.records.party(self.role, self.party, name)


Read = Callable[[Closing], Array]


@dataclass(frozen=True)
class Lens:
    """One way to look at a seat's result. scale: of the figure as it is shown; more: is more better?"""

    name: str
    title: str
    unit: str
    gloss: str
    read: Read
    award: str
    scale: float = 1.0
    more: bool = True


def _value(seen: Closing) -> Array:
    return objectives.objective(seen.records, seen.role, seen.party)


def _last(name: str) -> Read:
    return lambda seen: seen.of(name)[:, -1]


def _mean(name: str) -> Read:
    return lambda seen: seen.of(name).mean(axis=1)


def _sum(name: str) -> Read:
    return lambda seen: seen.of(name).sum(axis=1)


def _free(seen: Closing) -> Array:
    """1 less the part of a cloud's business that the cost of leaving holds, by capacity."""
    weight = seen.own.installed_h100e
    return 1.0 - ratio((seen.own.captive_share * weight).sum(axis=1), weight.sum(axis=1))


def _waiting(seen: Closing) -> Array:
    return ratio(seen.own.backlog_h100e.sum(axis=1), seen.own.order_flow_h100e.sum(axis=1))


def _per_dollar(seen: Closing) -> Array:
    """H100e in use per million dollars of the game's bills."""
    return ratio(seen.of("use_h100e").sum(axis=1), seen.of("compute_bill_musd").sum(axis=1))


def _independent(seen: Closing) -> Array:
    """1 less the sum of squared shares of a lab's suppliers."""
    return 1.0 - (seen.own.supplier_mix**2).sum(axis=1)


def _served(seen: Closing) -> Array:
    used, waiting = seen.of("use_h100e")[:, -1], np.asarray(seen.own.waiting_h100e)
    return ratio(used, used + waiting.reshape(len(used), -1).sum(axis=1))


def _open_market(seen: Closing) -> Array:
    return ratio(seen.of("entry_value_musd")[:, -1], seen.of("compute_bill_musd")[:, -1])


def _invested(seen: Closing) -> Array:
    return seen.records.metric("capex_musd").sum(axis=1)


_VALUE = Lens(
    "value",
    "Value",
    "$bn",
    "What the seat is there for: discounted cash, and what the end is worth.",
    _value,
    "Most value",
    1e-3,
)
_LEGAL = Lens(
    "legal",
    "Legal exposure",
    "% of proof",
    "The strongest case on conduct of this kind, by any agency: evidence over what a decision needs. Less is better.",
    lambda seen: seen.proof,
    "Cleanest hands",
    100.0,
    more=False,
)
LENSES: dict[str, tuple[Lens, ...]] = {
    "cloud": (
        _VALUE,
        Lens(
            "share",
            "Share of renting",
            "%",
            "Of all compute that clouds rent out, at the end.",
            _last("share"),
            "Largest landlord",
            100.0,
        ),
        Lens(
            "use",
            "Use of capacity",
            "%",
            "Part of what it runs that works, mean over the game; the rest is idle.",
            _mean("utilisation"),
            "Fullest halls",
            100.0,
        ),
        Lens(
            "freedom",
            "Customers' freedom",
            "%",
            "Part of its business that the cost of leaving does not hold.",
            _free,
            "Freest customers",
            100.0,
        ),
        _LEGAL,
    ),
    "vendor": (
        _VALUE,
        Lens(
            "share",
            "Share of compute",
            "%",
            "Its chips' part of all compute in use, at the end.",
            _last("share"),
            "Most chips at work",
            100.0,
        ),
        Lens(
            "waiting",
            "Orders that wait",
            "quarters",
            "Orders not delivered over a quarter's orders. Less is better.",
            _waiting,
            "Most reliable supplier",
            more=False,
        ),
        Lens(
            "openness",
            "Openness of software",
            "0-1",
            "From closed (0) over neutral (0.5) to open (1).",
            lambda seen: seen.own.openness if seen.own.last is None else seen.own.last.openness,
            "Most open software",
        ),
        _LEGAL,
    ),
    "lab": (
        replace(_VALUE, gloss="Discounted cash, what serving is worth at the end, less what a short runway costs."),
        Lens(
            "capability",
            "Capability",
            "log points",
            "What training has built up, at the end.",
            _last("capability"),
            "Smartest model",
        ),
        Lens(
            "thrift",
            "Compute for the money",
            "H100e per $m",
            "Compute in use over bills, over the game.",
            _per_dollar,
            "Best bargain",
        ),
        Lens(
            "independence",
            "Independence",
            "0-1",
            "1 less the sum of squared shares of its suppliers; 0 is one only.",
            _independent,
            "Least tied",
        ),
        Lens(
            "access",
            "Demand served",
            "%",
            "Compute in use over what it wants, at the end.",
            _served,
            "Best supplied lab",
            100.0,
        ),
    ),
    "regulator": (
        Lens(
            "open",
            "Open market",
            "0-1",
            "1 less concentration among clouds and chips in its region, at the end.",
            _open_market,
            "Most open market",
        ),
        Lens(
            "buyers",
            "Buyers' gain",
            "$bn",
            "What buyers gain above what they pay, over the game; only differences mean anything.",
            _sum("buyer_surplus_musd"),
            "Happiest buyers",
            1e-3,
        ),
        Lens(
            "innovation",
            "Investment kept",
            "$bn",
            "What all owners spent on new compute over the game.",
            _invested,
            "Most built",
            1e-3,
        ),
        Lens(
            "errors",
            "Cost of errors",
            "$bn",
            "Harm of remedies on harmless conduct, over the game. Less is better.",
            _sum("error_cost_musd"),
            "Fewest errors",
            1e-3,
            more=False,
        ),
        Lens(
            "standing",
            "Cost of haste",
            "$bn",
            "Steps without enough evidence, over the game. Less is better.",
            _sum("legitimacy_cost_musd"),
            "Best founded",
            1e-3,
            more=False,
        ),
    ),
}
