"""Seats for trials: the default strategy with one thing done differently."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from agents.strategies import default_for, find


@dataclass
class _Changed:
    """The default strategy of a role, changed from a quarter of the game on."""

    role: str
    first: int = field(default=1, kw_only=True)
    rule: Any = field(default=None, init=False)

    def decide(self, own: Any, market: Any) -> Any:
        """The default's decision, changed when it is time."""
        self.rule = self.rule or default_for(self.role).maker()
        decided = self.rule.decide(own, market)
        return decided if market.quarter < self.first else replace(decided, **self.changes(own, decided))

    def changes(self, own: Any, decided: Any) -> dict[str, Any]:
        """Field -> its new value."""
        raise NotImplementedError


@dataclass
class Scales(_Changed):
    """The default with fields multiplied. own_core: only own-chip pools at the core (clouds)."""

    factors: dict[str, float] = field(default_factory=dict)
    own_core: bool = field(default=False, kw_only=True)

    def changes(self, own: Any, decided: Any) -> dict[str, Any]:
        """The fields times their factors, where they are meant."""
        where = own.own_design & ~own.edge if self.own_core else True
        return {name: np.where(where, factor, 1.0) * getattr(decided, name) for name, factor in self.factors.items()}


@dataclass
class Sets(_Changed):
    """The default with fields set."""

    values: dict[str, float] = field(default_factory=dict)

    def changes(self, own: Any, decided: Any) -> dict[str, Any]:
        """The fields at their values."""
        return {name: np.full_like(getattr(decided, name), value) for name, value in self.values.items()}


@dataclass
class Warns:
    """A regulator that says it is watching, and does nothing."""

    rule: Any = field(default=None, init=False)

    def decide(self, own: Any, market: Any) -> Any:
        """The docket's decision with a word of caution."""
        self.rule = self.rule or find("by-the-docket", "regulator").maker()
        decided = self.rule.decide(own, market)
        return replace(decided, signal=np.ones_like(decided.signal))
