"""Rules and remedies: they change primitives (fees, portability, bonuses, terms), never outcomes.

A remedy has a strength in 0..1 by region, reaches the market with the quality of its implementation, and is announced
before it is in force: firms concede part of what is announced. Fees and other money parts of a switching cost are cut
fully by a full remedy, intangible parts by a stated fraction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, Index, PerWorld, PerWorldRegion
from sim.parameters import Parameters


@dataclass(frozen=True)
class Remedy:
    """A remedy, declared once: its parameter by region, its option in forms, its place in decisions and its row in the
    reference follow from here; `rules` says what it does.

    name: of the parameter; title: in forms; fits: the theory of harm of which it is the natural remedy, '' if of
    none."""

    name: str
    title: str
    meaning: str
    source: str
    fits: str = ""


DECLARED = (
    Remedy(
        "self_preferencing_ban",
        "self-preferencing ban",
        "Duty not to prefer own chips in managed services.",
        "EU Digital Markets Act, Art. 6(5), as an example",
        "self-preferencing",
    ),
    Remedy(
        "switching_fee_ban",
        "exit-fee cap",
        "Ban on egress and exit charges for customers who leave.",
        "EU Data Act, Art. 29, as an example",
        "exit-fees",
    ),
    Remedy(
        "interoperability_duty",
        "interoperability duty",
        "Duty to open stacks so that workloads move more easily.",
        "French and EU interest in CUDA since 2023, as an example",
        "tying",
    ),
    Remedy(
        "term_cap_duty",
        "contract-length cap",
        "Cap on contract terms.",
        "CMA provisional findings on committed spend, as an example",
    ),
    Remedy(
        "exclusivity_ban",
        "exclusivity limit",
        "Ban on exclusivity and on spending owed to an investor cloud.",
        "FTC staff report, January 2025, as an example",
        "partnerships",
    ),
    Remedy(
        "structural_separation",
        "structural separation",
        "Own-chip arm dealt with at arm's length (drives the transfer price).",
        "model switch",
    ),
)
REMEDIES = tuple(one.name for one in DECLARED)
"""Names in their order: the axis of every array by remedy. A decision names a remedy by its position here."""
TITLES = tuple(one.title for one in DECLARED)


def natural(theory: str) -> int:
    """Position of the remedy that fits a theory of harm."""
    (position,) = (k for k, one in enumerate(DECLARED) if one.fits == theory)
    return position


def docket(p: Parameters) -> Array:
    """Strength of every remedy by region as the scenario dates it: (worlds, regions, remedies)."""
    return np.stack([getattr(p, remedy) for remedy in REMEDIES], axis=2)


def in_force(scheduled: Array, decided: Array, regulator_region: Index) -> Array:
    """Strengths in force: what each regulator decided in its region, the docket where there is no regulator.

    scheduled (worlds, regions, remedies); decided (worlds, regulators, remedies)."""
    strength = scheduled.copy()
    for regulator, region in enumerate(regulator_region):
        strength[:, region] = decided[:, regulator]
    return strength


def effective(strength: Array, announced: Array, anticipation: PerWorld) -> Array:
    """Strength felt in the market: in force, plus what firms concede of what is announced. All (worlds, regions,
    remedies)."""
    return strength + anticipation[:, None, None] * np.maximum(announced - strength, 0.0)


@dataclass(frozen=True)
class Rules:
    """What the remedies in force do to primitives. By region (worlds, regions) unless said otherwise.

    own_silicon_bonus_factor, egress_factor, exit_fee_factor, porting_factor, stack_intangible_factor,
    cloud_intangible_factor, tie_factor multiply; term_limit is in quarters; separation (worlds,) is 0..1."""

    own_silicon_bonus_factor: PerWorldRegion
    egress_factor: PerWorldRegion
    exit_fee_factor: PerWorldRegion
    porting_factor: PerWorldRegion
    stack_intangible_factor: PerWorldRegion
    cloud_intangible_factor: PerWorldRegion
    tie_factor: PerWorldRegion
    term_limit: PerWorldRegion
    separation: PerWorld


def rules(p: Parameters, strength: Array) -> Rules:
    """Rules of a quarter from the strengths felt, (worlds, regions, remedies)."""
    reach = strength * p.implementation_quality[:, None, None]

    def of(remedy: str) -> PerWorldRegion:
        return np.asarray(reach[:, :, REMEDIES.index(remedy)])

    fees, interoperability = of("switching_fee_ban"), of("interoperability_duty")
    cut = p.intangible_cut[:, None]
    longest = p.term_limit_quarters
    return Rules(
        own_silicon_bonus_factor=1.0 - of("self_preferencing_ban"),
        egress_factor=p.egress_factor * (1.0 - fees),
        exit_fee_factor=p.exit_fee_factor * (1.0 - fees),
        porting_factor=p.porting_factor * (1.0 - p.interoperability_effect[:, None] * interoperability),
        stack_intangible_factor=p.intangible_factor[:, None] * (1.0 - cut * interoperability),
        cloud_intangible_factor=p.intangible_factor[:, None] * (1.0 - cut * fees),
        tie_factor=1.0 - of("exclusivity_ban"),
        term_limit=longest - of("term_cap_duty") * np.maximum(longest - p.remedy_term_cap_quarters[:, None], 0.0),
        separation=np.maximum(p.transfer_price_weight, of("structural_separation").max(axis=1)),
    )
