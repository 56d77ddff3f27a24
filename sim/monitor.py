"""What others can see of a party: public at once, or a quarter or two late and with noise.

The one place that remembers earlier quarters for briefings. Noise is keyed by what is watched, so that another firm or
a shock moves none of it; it never reaches the market itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, read_only
from sim.noise import LONGEST_GAME
from sim.roster import Roster
from sim.streams import Streams

UTILISATION_NOISE = 0.10
"""Half-width in which two thirds of the reports on a rival's use of capacity fall, relative (one standard
deviation)."""
SHARE_NOISE = 0.08
ORDER_BOOK_NOISE = 0.20
FORECAST_WIDTH = 0.25
"""Half-width of the published band for the demand index a year ahead, in logs."""
SUPPLIER_LAG = 2


@dataclass(frozen=True)
class Seen:
    """Lagged and noisy figures. utilisation (worlds, owners), family_share (worlds, families), order_book (worlds,
    families) H100e, supplier_mix (worlds, labs, 4)."""

    utilisation: Array
    family_share: Array
    order_book: Array
    supplier_mix: Array


@dataclass(frozen=True)
class Memory:
    """What has been watched: the last quarter, and labs' bookings by supplier of the quarters before, the oldest
    first."""

    now: Seen
    mixes: tuple[Array, ...]

    @classmethod
    def start(cls, now: Seen) -> Memory:
        """As if the market had stood still before."""
        return cls(now, (now.supplier_mix,) * SUPPLIER_LAG)

    def since(self, now: Seen) -> Memory:
        """What was watched before a game opened, and how things stand then."""
        return Memory(now, self.mixes)

    def after(self, now: Seen) -> Memory:
        """Take in the quarter that has just been played."""
        return Memory(now, (*self.mixes[1:], now.supplier_mix))


class Monitor:
    """The noise with which figures are shown: (quarters, worlds, entities) standard normal by figure.

    before: that of the quarters that are played before another game opens, which has draws of its own."""

    def __init__(self, roster: Roster, streams: Streams, before: bool = False) -> None:
        part = int(before)
        self.noise = {
            "utilisation": _noise(streams, "utilisation", roster.owners, part),
            "family_share": _noise(streams, "family-share", roster.families, part),
            "order_book": _noise(streams, "order-book", roster.families, part),
        }

    def seen(self, memory: Memory, quarter: int) -> Seen:
        """What is shown before the decisions of a quarter."""
        now, noise = memory.now, {figure: path[quarter - 1] for figure, path in self.noise.items()}
        use = now.utilisation * np.exp(UTILISATION_NOISE * noise["utilisation"])
        share = now.family_share * np.exp(SHARE_NOISE * noise["family_share"])
        book = now.order_book * np.exp(ORDER_BOOK_NOISE * noise["order_book"])
        return Seen(
            read_only(np.minimum(use, 1.0)),
            read_only(share / share.sum(axis=1, keepdims=True)),
            read_only(book),
            read_only(memory.mixes[0]),
        )


def _noise(streams: Streams, figure: str, entities: tuple[str, ...], part: int) -> Array:
    """(quarters, worlds, entities) standard normal; position 0 belongs to the first quarter."""
    paths = [streams.at("monitoring", f"{figure}/{entity}", part).normal(LONGEST_GAME) for entity in entities]
    return np.ascontiguousarray(np.stack(paths, axis=2).transpose(1, 0, 2))
