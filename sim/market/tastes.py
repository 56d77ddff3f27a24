"""What buyers like about offers beside their price, and how much the price weighs with them."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, once, ratio, read_only
from sim.axes import Site
from sim.market.state import Conditions
from sim.market.traits import Traits
from sim.parameters import Parameters


class Tastes:
    """Tastes of a site's buyers. What hangs on parameters alone is worked out once, and is not to be written to."""

    def __init__(self, site: Site, traits: Traits) -> None:
        self.site, self.traits = site, traits

    @once(
        *("residency_weight", "sovereign_region", "confidentiality_weight", "platform_convenience", "partner_taste"),
        *("confidentiality_gain", "cloud_confidentiality_gain"),
    )
    def standing(self, p: Parameters) -> tuple[Array, Array, Array, Array]:
        """What of utility hangs on parameters and traits alone, (worlds, offers, buyers) each: what misfit takes, what
        confidential computing, managed service and an investor's own cloud add."""
        t, site = self.traits, self.site
        abroad = 1.0 - p.sovereign_region[:, site.offer_owner, None]
        found = (
            p.residency_weight[:, None, None] * t.misfit * abroad,
            p.confidentiality_weight[:, None, None] * self._confidential(p),
            p.platform_convenience[:, None, None] * t.convenience + t.log_affinity,
            np.where(t.partner_offer, p.partner_taste[:, site.buyer_lab][:, None], 0.0),
        )
        return read_only(found[0]), read_only(found[1]), read_only(found[2]), read_only(found[3])

    def _confidential(self, p: Parameters) -> Array:
        """Confidential computing of offers in the eyes of buyers, (worlds, offers, buyers): the chip's score times the
        cloud's, since either can give data away."""
        t = self.traits
        chip = t.confidential + p.confidentiality_gain[:, t.chip, None] * t.regulated
        return chip * (t.cloud + p.cloud_confidentiality_gain[:, self.site.offer_owner])[:, :, None]

    @once("price_sensitivity", "lab_price_sensitivity_factor")
    def price_sensitivity(self, p: Parameters) -> Array:
        """alpha of each buyer: (worlds, buyers), not to be written to."""
        lab = np.where(self.site.buyer_lab >= 0, p.lab_price_sensitivity_factor[:, None], 1.0)
        return read_only(p.price_sensitivity[:, None] * lab * self.traits.sensitivity_factor)

    @once("price_sensitivity", "lab_price_sensitivity_factor", "rationing_by_price")
    def rationing(self, p: Parameters) -> Array:
        """How strongly each buyer feels a shadow price: (worlds, buyers)."""
        alpha = self.price_sensitivity(p)
        relative = alpha / alpha.mean(axis=1, keepdims=True)
        return read_only(1.0 + p.rationing_by_price[:, None] * (relative - 1.0))

    def family_terms(self, c: Conditions) -> Array:
        """Software ecosystem and carbon of direct offers: (worlds, offers); a managed service hides its chip.

        An ecosystem counts relative to the leading one (the mean of ln(1 + E) weighted by E): growth of the whole
        market favours no stack, and neither buying direct over managed service."""
        family, level = self.site.offer_family, np.log1p(c.ecosystem)
        leading = ratio((level * c.ecosystem).sum(axis=1), c.ecosystem.sum(axis=1))
        network = c.p.ecosystem_strength[:, None] * (level - leading[:, None])[:, family]
        carbon = c.p.carbon_weight[:, None] * np.log2(c.watts_per_h100e[:, family] / self.traits.reference_watts)
        return np.where(self.site.offer_managed, 0.0, network - carbon)
