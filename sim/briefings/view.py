"""What briefings are made from: the three nouns as a quarter opens, and the locks on what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from sim.arrays import Array, read_only
from sim.contract import (
    HABITS,
    CloudBriefing,
    LabBriefing,
    PublicBriefing,
    RegulatorBriefing,
    SegmentBriefing,
    VendorBriefing,
)
from sim.market.offers import usual_terms
from sim.parameters import Parameters
from sim.state import Given, Opened, State

LOOK_AHEAD = 3
"""Quarters ahead for which owners see powered sites and designers see the roadmap."""

B = TypeVar("B", PublicBriefing, CloudBriefing, VendorBriefing, SegmentBriefing, LabBriefing, RegulatorBriefing)


@dataclass(frozen=True)
class View:
    """A game as a quarter opens: what is given, what the last quarter left, and what has moved since."""

    given: Given
    state: State
    opened: Opened

    @property
    def p(self) -> Parameters:
        """Parameters in force."""
        return self.opened.p

    @property
    def calendar(self) -> int:
        """The quarter as an ordinal of the calendar."""
        return self.given.start.quarter + self.opened.number

    @cached_property
    def habits(self) -> Parameters:
        """The part of the parameters that describes how players decide."""
        return Parameters({name: getattr(self.p, name) for name in HABITS})

    @cached_property
    def shocks(self) -> tuple[Array, ...]:
        """What chance makes of each buyer's demand, a site each: (worlds, buyers)."""
        return tuple(np.exp(noise.log_demand[self.opened.number]) for noise in self.given.noise.sites)

    @cached_property
    def usual_terms(self) -> tuple[Array, ...]:
        """Usual length of commitments, a site each: (worlds, buyers)."""
        roster = self.given.roster
        return tuple(usual_terms(roster, site, self.p) for site in roster.sites)

    def last(self, party: str) -> Any:
        """What a party decided last, None before the first quarter."""
        return self.state.decided.get(party)

    def none(self) -> Array:
        """Nothing, in every world: (worlds,)."""
        return np.zeros(self.given.worlds)


def locked(briefing: type[B], **shown: Any) -> B:
    """A briefing with every array locked (a seat cannot change the game by writing into what it is shown) and C-ordered
    (what a seat adds up must not depend on how the market cut its part out)."""
    for name, value in shown.items():
        if isinstance(value, np.ndarray):
            laid = np.ascontiguousarray(value)
            if laid is value:
                shown[name] = read_only(value)
            else:  # a copy, which nobody else holds
                laid.flags.writeable = False
                shown[name] = laid
    return briefing(**shown)
