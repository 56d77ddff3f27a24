"""Seats that are no strategies: a recorded game, one player after another, a strategy with one change, one that is
listened to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from agents.strategies import default_for, find
from sim.arrays import Array
from sim.contract import Decision, PublicBriefing, Seat

Value = float | Array | Callable[[Any, Any], Array]
"""What a field of a decision is set to: a number for all of it, an array as it stands, or a function of (own
briefing, decision)."""
EVER = 10**6
"""A quarter that no game reaches."""


def in_all_worlds(decision: Any, worlds: int) -> Any:
    """A decision of one world, for every world of a game; one that has them all already comes back as it is."""
    first = getattr(decision, fields(decision)[0].name)
    if len(first) == worlds:
        return decision
    return replace(decision, **{f.name: np.repeat(getattr(decision, f.name), worlds, axis=0) for f in fields(decision)})


@dataclass(frozen=True)
class Recorded:
    """Decides what was decided in a recorded game, by quarter; where the record ends it is absent (its last decision
    stands)."""

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


@dataclass(frozen=True)
class Changed:
    """A strategy with one thing done differently in the quarters `first` to `last` of the game. strategy: the role's
    default when it has no name."""

    role: str
    strategy: str = field(default="", kw_only=True)
    first: int = field(default=1, kw_only=True)
    last: int = field(default=EVER, kw_only=True)

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """What the strategy decides, changed when it is time."""
        sheet = find(self.strategy, self.role) if self.strategy else default_for(self.role)
        decided = sheet.maker().decide(own, market)
        return replace(decided, **self.changes(own, decided)) if self.first <= market.quarter <= self.last else decided

    def changes(self, own: Any, decided: Any) -> dict[str, Any]:
        """Field -> its new value."""
        raise NotImplementedError


@dataclass(frozen=True)
class Scales(Changed):
    """A strategy with fields multiplied. own_core: only pools of own chips at the core (clouds)."""

    factors: Mapping[str, float] = field(default_factory=dict)
    own_core: bool = field(default=False, kw_only=True)

    def changes(self, own: Any, decided: Any) -> dict[str, Any]:
        """The fields times their factors, where they are meant."""
        where = own.own_design & ~own.edge if self.own_core else True
        return {name: np.where(where, factor, 1.0) * getattr(decided, name) for name, factor in self.factors.items()}


@dataclass(frozen=True)
class Sets(Changed):
    """A strategy with fields set."""

    values: Mapping[str, Value] = field(default_factory=dict)

    def changes(self, own: Any, decided: Any) -> dict[str, Any]:
        """The fields at their values."""
        return {name: _set(getattr(decided, name), value, own, decided) for name, value in self.values.items()}


def _set(usual: Array, value: Value, own: Any, decided: Any) -> Array:
    if callable(value):
        return value(own, decided)
    return np.full_like(usual, value) if np.ndim(value) == 0 else np.asarray(value)


def everything(decision: Any, own: Any, market: PublicBriefing) -> tuple[Any, PublicBriefing, Any]:
    """All that passes a seat in a quarter: own briefing, public briefing, decision."""
    return own, market, decision


@dataclass
class Heard:
    """Another player, who decides as it would; kept is, quarter by quarter, what `note` makes of decision, own and
    public briefing."""

    seat: Seat
    note: Callable[[Any, Any, PublicBriefing], Any] = everything
    kept: list[Any] = field(default_factory=list, repr=False)

    def decide(self, own: Any, market: PublicBriefing) -> Any:
        """The other's decision, as it is."""
        decision = self.seat.decide(own, market)
        self.kept.append(self.note(decision, own, market))
        return decision
