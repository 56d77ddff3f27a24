"""Figures on the basis on which the public counts them, so that they can be laid beside what is published.

Counts of accelerators are deliveries so far outside China with nothing retired, at the core (edge devices are not tracked).
Money is the modelled part of what a company reports: its accelerated compute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.arrays import Array, Mask, PerWorldPool, ratio

if TYPE_CHECKING:
    from sim.game import Game

DELIVERED_FAMILIES = ("nvidia", "tpu", "trainium", "amd")
"""Families of which public estimates of deliveries exist."""
QUOTE_POOL = ("neocloud", "nvidia", "core")
"""(owner, family, site) of the pool whose posted price stands for the one-year quote of an H100."""


def measure(game: Game, statement: Any) -> dict[str, Array]:
    """Figures of a quarter on the public's basis, (worlds,) each; 0 for what the roster does not have."""
    delivered = delivered_h100e(game)
    values = {f"{name}_delivered_h100e": _of(delivered, _family(game, name)) for name in DELIVERED_FAMILIES}
    aws, trainium = _owner(game, "aws"), _family(game, "trainium")
    everything = delivered.sum(axis=1)
    values |= {
        "delivered_h100e": everything,
        "aws_delivered_h100e": _of(delivered, aws),
        "trainium_share_delivered": ratio(_of(delivered, trainium), everything),
        "trainium_share_of_aws_delivered": ratio(_of(delivered, aws & trainium), _of(delivered, aws)),
        "quote_nvidia_usd_per_h100e_hour": _of(game.supply.price, _quoted(game)),
    }
    owners, none = game.roster.owners, np.zeros(game.streams.worlds)
    for cloud in ("azure", "google"):
        values[f"{cloud}_ai_capex_musd"] = statement.capex[:, owners.index(cloud)] if cloud in owners else none
    return values


def delivered_h100e(game: Game) -> PerWorldPool:
    """Deliveries so far with nothing retired, H100e of core pools (0 at the edge)."""
    return np.asarray((game.supply.fleet.total() + game.retired) * ~game.roster.pool_is_edge)


def _of(amount: Array, part: Mask) -> Array:
    return np.asarray((amount * part).sum(axis=1))


def _family(game: Game, name: str) -> Mask:
    return np.array([game.roster.families[pool.family] == name for pool in game.roster.pools])


def _owner(game: Game, name: str) -> Mask:
    return np.array([game.roster.owners[pool.owner] == name for pool in game.roster.pools])


def _quoted(game: Game) -> Mask:
    roster = game.roster
    return np.array([(roster.owners[p.owner], roster.families[p.family], p.site) == QUOTE_POOL for p in roster.pools])
