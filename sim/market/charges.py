"""Charges for leaving a cloud, and what clouds put in the place of those that rules forbid."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array
from sim.axes import Site
from sim.market.state import Conditions, SiteState


def leaving_years(site: Site, state: SiteState, c: Conditions) -> Array:
    """Charges for leaving each cloud, egress and exit fee, in years of the bill: (worlds, buyers, owners). Who owns its
    system holds its own data, and nobody charges for leaving."""
    p, rules, region = c.p, c.rules, site.buyer_region
    egress = (p.egress_cost_years[:, None] * rules.egress_factor[:, region])[:, :, None] * state.gravity
    charged = egress + rules.exit_fee_factor[:, region][:, :, None] * c.exit_fee_years[:, None, :]
    return np.asarray(charged * p.leaver_charge_factor[:, None, :] * ~site.bought)


def hurdles(site: Site, state: SiteState, c: Conditions) -> Array:
    """What clouds put in the place of charges that rules forbid, in years of the bill: nobody is paid it. (worlds,
    buyers, owners)."""
    p, rules, region = c.p, c.rules, site.buyer_region
    if not p.fee_ban_answer.any():  # mostly: no cloud answers a ban
        return np.zeros_like(state.gravity)
    egress = p.egress_cost_years[:, None] * np.maximum(p.egress_factor - rules.egress_factor, 0.0)[:, region]
    forbidden = egress[:, :, None] * state.gravity
    cut = np.maximum(p.exit_fee_factor - rules.exit_fee_factor, 0.0)[:, region]
    hurdle = p.fee_ban_answer[:, None, None] * (forbidden + cut[:, :, None] * c.exit_fee_years[:, None, :])
    return np.asarray(hurdle * ~site.bought)
