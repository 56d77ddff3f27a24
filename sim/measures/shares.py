"""Shares of Trainium and its rivals, and concentration."""

from __future__ import annotations

import numpy as np

from sim.arrays import Array, Mask, ratio
from sim.equilibrium import welfare
from sim.measures.figures import Figures, family, owner, share, total
from sim.roster import Roster
from sim.state import Given, Quarter
from sim.supply.state import IndustryState


def measure(g: Given, f: Figures, supply: IndustryState, played: Quarter) -> dict[str, Array]:
    """Metrics of a quarter, (worlds,) each."""
    roster, used, rented = g.roster, played.use.total, played.use.rented
    installed, edge = played.opened.made.installed, roster.pool_is_edge
    return {
        **_of_trainium(g, f, supply, played),
        "used_h100e": used.sum(axis=1),
        "installed_h100e": installed.sum(axis=1),
        "used_core_h100e": total(used, ~edge),
        "used_edge_h100e": total(used, edge),
        "edge_share_used": share(used, edge),
        "nvidia_share_used": share(used, family(roster, "nvidia")),
        "tpu_share_used": share(used, family(roster, "tpu")),
        "amd_share_used": share(used, family(roster, "amd")),
        "aws_share_used_market": share(rented, owner(roster, "aws")),
        "managed_share_used": ratio(f.managed_use.sum(axis=1), total(rented, _with_service(roster) & ~edge)),
    }


def _with_service(roster: Roster) -> Mask:
    """Pools of the clouds that have a managed service."""
    return np.array([bool(title) for title in roster.managed_titles])[roster.pool_owner]


def _of_trainium(g: Given, f: Figures, supply: IndustryState, played: Quarter) -> dict[str, Array]:
    """Trainium's share by every denominator, and its amounts."""
    roster, used, rented = g.roster, played.use.total, played.use.rented
    installed, chips, valued = played.opened.made.installed, supply.fleet.chips(), used * f.family_price
    trainium, aws, edge = family(roster, "trainium"), owner(roster, "aws"), roster.pool_is_edge
    core = ~edge
    return {
        "trainium_share_used": share(used, trainium),
        "trainium_share_installed": share(installed, trainium),
        "trainium_share_spend": share(valued, trainium),
        "trainium_share_units": share(chips, trainium),
        "trainium_share_used_core": share(used, trainium, core),
        "trainium_share_used_edge": share(used, trainium, edge),
        "trainium_share_used_market": share(rented, trainium),
        "trainium_share_installed_core": share(installed, trainium, core),
        "trainium_share_spend_core": share(valued, trainium, core),
        "trainium_share_units_core": share(chips, trainium, core),
        "trainium_share_of_aws": share(installed, trainium, aws),
        "trainium_share_managed": share(f.managed_use, trainium),
        "trainium_used_h100e": total(used, trainium),
        "trainium_installed_h100e": total(installed, trainium),
    }


def concentration(g: Given, played: Quarter) -> dict[str, Array]:
    """Herfindahl-Hirschman indices of clouds by what they rent out and of silicon by what is used, (worlds,) each."""
    return {
        "hhi_cloud": welfare.hhi(played.use.rented_by_owner(g.roster)),
        "hhi_silicon": welfare.hhi(played.use.by_family(g.roster)),
    }
