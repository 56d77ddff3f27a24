"""What monitoring takes in after a quarter: true figures, shown later and with noise (sim/monitor.py)."""

from __future__ import annotations

import numpy as np

from sim.arrays import ratio, total_by, total_by_group
from sim.market.state import SiteState
from sim.market.use import Use
from sim.monitor import Seen
from sim.state import Given
from sim.supply.state import IndustryState


def watched(g: Given, supply: IndustryState, sites: tuple[SiteState, ...], use: Use) -> Seen:
    """Use of capacity by owner, shares and order books by family, where labs' bookings stand by supplier."""
    roster, families = g.roster, len(g.roster.families)
    used, installed = use.by_owner(roster), total_by(supply.fleet.total(), roster.pool_owner, len(roster.owners))
    lines = total_by(supply.backlog, g.industry.line, g.industry.lines)
    core, live = g.markets.sites[0].site, sites[0].book.live()
    by_lab = [live[:, :, core.buyer_lab == lab].sum(axis=2) for lab in range(len(roster.labs))]
    mix = np.stack([total_by_group(offers, g.markets.groups[0]) for offers in by_lab], axis=1)
    return Seen(
        utilisation=ratio(used, installed),
        family_share=ratio(use.by_family(roster), use.total.sum(axis=1, keepdims=True)),
        order_book=lines[:, :families] + lines[:, families:],
        supplier_mix=ratio(mix, mix.sum(axis=2, keepdims=True)),
    )
