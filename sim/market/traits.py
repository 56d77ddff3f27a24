"""Fixed attributes of buyers and offers, from the roster's tables: fit, affinity, skill, stacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.arrays import Array, Mask
from sim.axes import Site
from sim.decisions import SUPPLIERS
from sim.roster import Roster, numbers
from sim.supply.costs import LEADING_WATTS


@dataclass(frozen=True)
class Traits:
    """Fixed attributes, without a worlds axis: misfit, confidential, convenience, log_affinity, partner_offer (offers,
    buyers); chip, cloud (offers,) family whose confidential computing an offer has, and its cloud's score; regulated
    (buyers,) how far a buyer cares for it; sensitivity_factor (buyers,); same_stack (families, families)."""

    misfit: Array
    confidential: Array
    chip: Array
    cloud: Array
    regulated: Array
    convenience: Array
    log_affinity: Array
    partner_offer: Mask
    sensitivity_factor: Array
    same_stack: Mask
    is_cuda: Mask
    cuda_family: int
    reference_watts: float


def traits(site: Site, roster: Roster, reference_watts: float = LEADING_WATTS) -> Traits:
    """Fixed attributes of a site's buyers and offers from the roster's tables."""
    managed_owner = np.array([bool(title) for title in roster.managed_titles])
    user = 1.0 - site.buyer_skill
    affinity = managed_affinity(site, roster)
    is_lab = site.buyer_lab >= 0
    sensitivity = np.where(is_lab, 1.0, skill_column(site, roster, "price_sensitivity_factor"))
    return Traits(
        **_fits(site, roster),
        convenience=managed_owner[site.offer_owner][:, None] * user,
        log_affinity=np.where(site.offer_managed[:, None], np.log(np.maximum(affinity, 1e-6)), 0.0),
        partner_offer=(site.offer_owner[:, None] == site.buyer_partner[None, :]) & (site.buyer_partner >= 0),
        sensitivity_factor=sensitivity,
        **_stacks(roster),
        reference_watts=reference_watts,
    )


def _fits(site: Site, roster: Roster) -> dict[str, Any]:
    """How offers fit buyers that are bound to a place, and whose chip and cloud keep data confidential."""
    t = roster.tables
    fit = {(row["region"], row["owner"]): float(row["fit"]) for row in t["residency"]}
    residency = np.where(site.buyer_segment >= 0, numbers(t["segments"], "residency")[site.buyer_segment], 0.0)
    misfit = np.array(
        [
            [1.0 - fit.get((roster.regions[r], roster.owners[o]), 1.0) for r in site.buyer_region]
            for o in site.offer_owner
        ]
    )
    own = roster.own_family[site.offer_owner]
    family = np.where(site.offer_family >= 0, site.offer_family, np.maximum(own, 0))
    confidential = numbers(t["families"], "confidentiality")[family]
    return {
        "misfit": misfit * residency,
        "confidential": confidential[:, None] * residency,
        "chip": family,
        "cloud": numbers(t["owners"], "confidentiality")[site.offer_owner],
        "regulated": residency,
    }


def _stacks(roster: Roster) -> dict[str, Any]:
    """Which chip families share a software stack, and which of them run CUDA."""
    stacks = np.array(roster.family_stack)
    return {
        "same_stack": stacks[:, None] == stacks[None, :],
        "is_cuda": stacks == "cuda",
        "cuda_family": int(np.flatnonzero(stacks == "cuda")[0]) if (stacks == "cuda").any() else 0,
    }


def skill_column(site: Site, roster: Roster, name: str) -> Array:
    """A column of the skills table by buyer; labs get the first row's."""
    rows = roster.tables["skills"]
    by_skill = {float(row["skill"]): float(row[name]) for row in rows}
    return np.array([by_skill.get(skill, float(rows[0][name])) for skill in site.buyer_skill])


def managed_affinity(site: Site, roster: Roster) -> Array:
    segment = np.where(
        site.buyer_segment >= 0, numbers(roster.tables["segments"], "managed_affinity")[site.buyer_segment], 0.2
    )
    return segment * np.where(site.buyer_lab >= 0, 1.0, skill_column(site, roster, "managed_affinity"))


def supplier_groups(roster: Roster, site: Site) -> Array:
    """Which of SUPPLIERS each offer of a site counts as: (offers, 4), ones and zeros. Managed service counts as
    'other'."""
    groups = np.zeros((len(site.offers), len(SUPPLIERS)))
    for offer, family in enumerate(site.offer_family):
        name = roster.families[family] if family >= 0 else ""
        merchant = family >= 0 and not roster.family_is_own[family] and roster.family_stack[family] in ("cuda", "rocm")
        place = 0 if name == "trainium" else 1 if merchant else 2 if name == "tpu" else 3
        groups[offer, place] = 1.0
    return groups
