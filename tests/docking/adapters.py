"""Docking cases put to the functions that the simulation runs on: one adapter a case, dispatched on its id."""

from __future__ import annotations

from tests.docking import (
    adapters_choice,
    adapters_experiments,
    adapters_market,
    adapters_prices,
    adapters_supply,
    adapters_theory,
)
from tests.docking.worlds import ADAPTERS, Worlds

__all__ = [
    "ADAPTERS",
    "OUT_OF_ISSUE",
    "SCOPED_OUT",
    "Worlds",
    "adapters_choice",
    "adapters_experiments",
    "adapters_market",
    "adapters_prices",
    "adapters_supply",
    "adapters_theory",
]

OUT_OF_ISSUE = {
    "P33": "Q-learning: an annex outside the market",
}
"""Cases that nothing built so far answers, with what will."""

SCOPED_OUT: dict[str, dict[str, str]] = {}
"""Keys of a compared case that the product has no use for, with the reason."""
