"""Figures on the basis on which the public counts them, so that they can be laid beside what is published.

Counts of accelerators are deliveries so far outside China with nothing retired, at the core (edge devices are not
tracked). Money is the modelled part of what a company reports: its accelerated compute.
"""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, Mask, PerWorldPool, ratio
from sim.measures.figures import family, owner, total
from sim.roster import Roster
from sim.state import Given, Quarter
from sim.supply.state import IndustryState

DELIVERED_FAMILIES = ("nvidia", "tpu", "trainium", "amd")
"""Families of which public estimates of deliveries exist."""
QUOTE_POOL = ("neocloud", "nvidia", "core")
"""(owner, family, site) of the pool whose posted price stands for the one-year quote of an H100."""


def measure(g: Given, supply: IndustryState, played: Quarter) -> dict[str, Array]:
    """Figures of a quarter on the public's basis, (worlds,) each; 0 for what the roster does not have."""
    roster, delivered = g.roster, delivered_h100e(g.roster, supply)
    everything, aws, trainium = delivered.sum(axis=1), owner(roster, "aws"), family(roster, "trainium")
    capex, none = played.statement.capex, np.zeros(g.worlds)
    spent = {
        f"{cloud}_ai_capex_musd": capex[:, roster.owners.index(cloud)] if cloud in roster.owners else none
        for cloud in ("azure", "google")
    }
    return {
        **{f"{name}_delivered_h100e": total(delivered, family(roster, name)) for name in DELIVERED_FAMILIES},
        "delivered_h100e": everything,
        "aws_delivered_h100e": total(delivered, aws),
        "trainium_share_delivered": ratio(total(delivered, trainium), everything),
        "trainium_share_of_aws_delivered": ratio(total(delivered, aws & trainium), total(delivered, aws)),
        "quote_nvidia_usd_per_h100e_hour": total(supply.price, _quoted(roster)),
        **spent,
    }


def delivered_h100e(roster: Roster, supply: IndustryState) -> PerWorldPool:
    """Deliveries so far with nothing retired, H100e of core pools (0 at the edge)."""
    return np.asarray((supply.fleet.total() + supply.retired) * ~roster.pool_is_edge)


def _quoted(roster: Roster) -> Mask:
    return np.array([(roster.owners[p.owner], roster.families[p.family], p.site) == QUOTE_POOL for p in roster.pools])
