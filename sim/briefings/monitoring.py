"""What others can see of a party: public at once, or a quarter or two late and with noise.

The one place that remembers earlier quarters for briefings. Noise is keyed by what is watched, so that another firm or a
shock moves none of it; it never reaches the market itself.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.arrays import Array, ratio, read_only, total_by, total_by_group
from sim.axes import Site
from sim.decisions import SUPPLIERS
from sim.noise import LONGEST_GAME
from sim.roster import Roster
from sim.streams import Streams

if TYPE_CHECKING:
    from sim.game import Game

UTILISATION_NOISE = 0.10
"""Half-width in which two thirds of the reports on a rival's use of capacity fall, relative (one standard deviation)."""
SHARE_NOISE = 0.08
ORDER_BOOK_NOISE = 0.20
FORECAST_WIDTH = 0.25
"""Half-width of the published band for the demand index a year ahead, in logs."""
SUPPLIER_LAG = 2


@dataclass(frozen=True)
class Seen:
    """Lagged and noisy figures. utilisation (worlds, owners), family_share (worlds, families), order_book (worlds, families)
    H100e, supplier_mix (worlds, labs, 4)."""

    utilisation: Array
    family_share: Array
    order_book: Array
    supplier_mix: Array


def supplier_groups(roster: Roster, site: Site) -> Array:
    """Which of SUPPLIERS each offer of a site counts as: (offers, 4), ones and zeros. Managed service counts as 'other'."""
    groups = np.zeros((len(site.offers), len(SUPPLIERS)))
    for offer, family in enumerate(site.offer_family):
        name = roster.families[family] if family >= 0 else ""
        merchant = family >= 0 and not roster.family_is_own[family] and roster.family_stack[family] in ("cuda", "rocm")
        place = 0 if name == "trainium" else 1 if merchant else 2 if name == "tpu" else 3
        groups[offer, place] = 1.0
    return groups


class Monitor:
    """Keeps what briefings show late, and draws the noise with which it is shown."""

    def __init__(self, roster: Roster, streams: Streams, start: Seen) -> None:
        self.noise = {
            "utilisation": _noise(streams, "utilisation", roster.owners),
            "family_share": _noise(streams, "family-share", roster.families),
            "order_book": _noise(streams, "order-book", roster.families),
        }
        self.now = start
        self.mixes = deque([start.supplier_mix] * SUPPLIER_LAG, maxlen=SUPPLIER_LAG)

    def update(self, now: Seen) -> None:
        """Take in the quarter that has just been played."""
        self.now = now
        self.mixes.append(now.supplier_mix)

    def seen(self, quarter: int) -> Seen:
        """What is shown before the decisions of a quarter."""
        use = self.now.utilisation * np.exp(UTILISATION_NOISE * self.noise["utilisation"][quarter - 1])
        share = self.now.family_share * np.exp(SHARE_NOISE * self.noise["family_share"][quarter - 1])
        book = self.now.order_book * np.exp(ORDER_BOOK_NOISE * self.noise["order_book"][quarter - 1])
        return Seen(
            read_only(np.minimum(use, 1.0)), read_only(share / share.sum(axis=1, keepdims=True)), read_only(book),
            read_only(self.mixes[0]),
        )  # fmt: skip


def _noise(streams: Streams, figure: str, entities: tuple[str, ...]) -> Array:
    """(quarters, worlds, entities) standard normal; position 0 belongs to the first quarter."""
    paths = [streams.at("monitoring", f"{figure}/{entity}", 0).normal(LONGEST_GAME) for entity in entities]
    return np.ascontiguousarray(np.stack(paths, axis=2).transpose(1, 0, 2))


def watched(game: Game) -> Seen:
    """What monitoring takes in after a quarter (or at the start): true figures, shown later and with noise."""
    roster, state = game.roster, game.supply
    use, installed = game.in_use(), state.fleet.total()
    owners = total_by(
        np.stack([use, installed], axis=0).reshape(-1, len(roster.pools)), roster.pool_owner, len(roster.owners)
    )
    by_owner = owners.reshape(2, len(use), -1)
    lines = total_by(state.backlog, game.industry.line, game.industry.lines)
    families = len(roster.families)
    market, core = game.markets[0], game.sites[0]
    groups = supplier_groups(roster, market.site)
    live = core.book.live()
    by_lab = [live[:, :, market.site.buyer_lab == lab].sum(axis=2) for lab in range(len(roster.labs))]
    mix = np.stack([total_by_group(offers, groups) for offers in by_lab], axis=1)
    return Seen(
        ratio(by_owner[0], by_owner[1]),
        ratio(total_by(use, roster.pool_family, families), use.sum(axis=1, keepdims=True)),
        lines[:, :families] + lines[:, families:], ratio(mix, mix.sum(axis=2, keepdims=True)),
    )  # fmt: skip
