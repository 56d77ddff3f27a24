"""How captive a cloud's customers are, and prices that answer it.

Who would have to pay sigma utils for the cheapest way out of a cloud finds the odds of leaving cut to exp(-sigma) of
what they would be without. The part that is cut off, averaged over what a cloud has committed, is the captive share of
its business. Clouds may harvest it (psi above 0) or charge less to gain customers who will be captive (psi below 0):
theory allows both (Farrell and Klemperer 2007), so the default is neither.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.arrays import Array, PerWorldPool, ratio
from sim.axes import Site
from sim.market.lock_in import SwitchingCosts
from sim.market.state import SiteOutcome
from sim.roster import Roster


def shares(site: Site, costs: SwitchingCosts, held: Array) -> Array:
    """Captive share of each cloud's business at a site, (worlds, owners); 0 for one that has none, or where there is
    nowhere else to go. held (worlds, buyers, owners) H100e committed."""
    sellers = np.unique(site.offer_owner[~site.offer_joins])  # who sells to all
    found = np.zeros((len(held), held.shape[2]))
    for owner in sellers:
        rivals = sellers[sellers != owner]
        if len(rivals):
            cheapest = costs.cloud_utils[:, :, owner, rivals].min(axis=2)
            mine = held[:, :, owner]
            found[:, owner] = ratio((mine * -np.expm1(-cheapest)).sum(axis=1), mine.sum(axis=1))
    return found


def by_pool(roster: Roster, worlds: int, last: Sequence[SiteOutcome]) -> PerWorldPool:
    """Captive share of the business that each pool serves, as the last quarter left it; 0 where there was none."""
    found = np.zeros((worlds, len(roster.pools)))
    for site, outcome in zip(roster.sites, last, strict=bool(last)):
        found[:, site.pools] = outcome.captive_share[:, site.pool_owner]
    return found
