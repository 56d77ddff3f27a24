"""Seats that are no strategies: a recorded game, and one player after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from sim.contract import Decision, PublicBriefing, Seat


def in_all_worlds(decision: Any, worlds: int) -> Any:
    """A decision of one world, for every world of a game; one that has them all already comes back as it is."""
    first = getattr(decision, fields(decision)[0].name)
    if len(first) == worlds:
        return decision
    return replace(decision, **{f.name: np.repeat(getattr(decision, f.name), worlds, axis=0) for f in fields(decision)})


@dataclass(frozen=True)
class Recorded:
    """Decides what was decided in a recorded game, by quarter; where the record ends it is absent (its last decision stands)."""

    decisions: Mapping[int, Decision]

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """This quarter's recorded decision, in every world; None when there is none."""
        recorded = self.decisions.get(market.quarter)
        return None if recorded is None else in_all_worlds(recorded, len(market.demand_index))


@dataclass(frozen=True)
class Then:
    """One player up to and including a quarter, another from there on."""

    first: Seat
    last_quarter: int
    second: Seat

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """Whoever's turn it is decides."""
        return (self.first if market.quarter <= self.last_quarter else self.second).decide(own, market)
