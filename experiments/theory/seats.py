"""Seats for trials: the default strategy with one thing done differently."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from agents.strategies import default_for, find


@dataclass
class Scales:
    """The default with fields multiplied, from a quarter of the game on. own_core: only own-chip pools at the core (clouds)."""

    role: str
    factors: dict[str, float]
    first: int = 1
    own_core: bool = False
    rule: Any = field(default=None, init=False)

    def decide(self, own: Any, market: Any) -> Any:
        """The default's decision, scaled."""
        self.rule = self.rule or default_for(self.role).maker()
        decided = self.rule.decide(own, market)
        if market.quarter < self.first:
            return decided
        where = own.own_design & ~own.edge if self.own_core else True
        return replace(
            decided, **{name: np.where(where, getattr(decided, name) * factor, getattr(decided, name)) for name, factor in self.factors.items()}
        )  # fmt: skip


@dataclass
class Sets:
    """The default with fields set, from a quarter of the game on."""

    role: str
    values: dict[str, float]
    first: int = 1
    rule: Any = field(default=None, init=False)

    def decide(self, own: Any, market: Any) -> Any:
        """The default's decision with other values."""
        self.rule = self.rule or default_for(self.role).maker()
        decided = self.rule.decide(own, market)
        if market.quarter < self.first:
            return decided
        return replace(decided, **{n: np.full_like(getattr(decided, n), value) for n, value in self.values.items()})


@dataclass
class Warns:
    """A regulator that says it is watching, and does nothing."""

    rule: Any = field(default=None, init=False)

    def decide(self, own: Any, market: Any) -> Any:
        """The docket's decision with a word of caution."""
        self.rule = self.rule or find("by-the-docket", "regulator").maker()
        decided = self.rule.decide(own, market)
        return replace(decided, signal=np.ones_like(decided.signal))
