"""Names for the axes. Every number of the model carries a leading axis of parallel worlds; arrays stay C-ordered."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Index: TypeAlias = NDArray[np.int64]

PerWorld: TypeAlias = Array
"""Shape (worlds,)."""
PerWorldPool: TypeAlias = Array
"""Shape (worlds, pools)."""
PerWorldFamily: TypeAlias = Array
"""Shape (worlds, families)."""
PerWorldOwner: TypeAlias = Array
"""Shape (worlds, owners)."""
PerWorldRegion: TypeAlias = Array
"""Shape (worlds, regions)."""
PerWorldBuyer: TypeAlias = Array
"""Shape (worlds, buyers) of one site."""
PerWorldOffer: TypeAlias = Array
"""Shape (worlds, offers) of one site."""
PerWorldBuyerOffer: TypeAlias = Array
"""Shape (worlds, buyers, offers)."""
PerWorldRow: TypeAlias = Array
"""Shape (worlds, buyers, incumbents): a buyer's demand split by what it uses now."""
PerWorldRowOffer: TypeAlias = Array
"""Shape (worlds, buyers, incumbents, offers)."""


def read_only(array: Array) -> Array:
    """The same array, locked against writing: what is given out cannot be changed behind the giver's back."""
    locked = array.view()
    locked.flags.writeable = False
    return locked


def ratio(numerator: Array, denominator: Array) -> Array:
    """numerator / denominator, and 0 where the denominator is 0 (never NaN for an empty thing)."""
    safe = np.where(denominator == 0.0, 1.0, denominator)
    return np.where(denominator == 0.0, 0.0, numerator / safe)
