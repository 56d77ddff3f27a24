"""Who may buy where: offers for some buyers only, and rules that keep some buyers to sovereign offers.

Who is not admitted does not have the offer in its choice set, which is not the same as disliking it.
"""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, Index, Mask
from sim.axes import Site
from sim.market.traits import Traits
from sim.parameters import Parameters
from sim.roster import Roster


def admitted(site: Site, t: Traits, p: Parameters) -> Mask:
    """May each buyer have each offer? (worlds, offers, buyers).

    Where a sovereignty rule binds, buyers that are wholly bound to their region have only offers without a misfit
    there: those of its own clouds, and of clouds that opened a sovereign region."""
    misfit = t.misfit * (1.0 - p.sovereign_region[:, site.offer_owner, None])
    rule = p.sovereignty_rule[:, site.buyer_region] > 0.5
    kept_home = rule & (t.regulated >= 1.0)
    return np.asarray(site.eligible.T & ~(kept_home[:, None] & (misfit > 0.0)))


def choosable(
    value: Array, sold: Mask, site: Site, t: Traits, p: Parameters, among: Index | slice = slice(None)
) -> Array:
    """Utility of buyers among all, (worlds, offers, buyers), minus infinity where an offer is not sold or a buyer is
    not admitted. sold (worlds, offers, 1)."""
    return np.where(sold & admitted(site, t, p)[:, :, among] if site.offer_joins.any() else sold, value, -np.inf)


def at_par(roster: Roster, site: Site, constants: Array, scale: Array, p: Parameters) -> Array:
    """Offer constants, (worlds, offers, buyers), with those of owners that join later.

    Nothing they sold tells theirs. At equal prices, and to who has no chip yet and is bound to no place, a joiner sells
    the declared share s of what all offers of its chip sell, itself included:

        exp(c_j / lambda) = s / (1 - s) * sum over the others of exp(c_k / lambda).

    scale (worlds, offers): lambda."""
    found = constants.copy()
    for joiner in roster.joiners:
        share = getattr(p, joiner.share_parameter)[:, None]
        for offer in np.flatnonzero(site.offer_owner == joiner.owner):
            others = np.flatnonzero((site.offer_nest == site.offer_nest[offer]) & ~site.offer_joins)
            spread = scale[:, offer, None]
            best = constants[:, others].max(axis=1)
            weight = np.exp((constants[:, others] - best[:, None]) / spread[:, None]).sum(axis=1)
            found[:, offer] = best + spread * np.log(share / (1.0 - share) * weight)
    return found
