"""What clouds' edge programmes and designers' research and openness build up: stocks that decisions feed and the market
reads.

Everything counts relative to what a party started with, so that the usual decisions leave the market as it is.

    edge readiness    S' = (1 - d) S + spending           utility of the owner's edge offers: e ln(1 + S / 100 musd)
    design progress   target = r x luck x (share - start); the chip in the works follows it, and the chip on sale
    follows that openness          ports into and out of the stack cost exp(-o (open - start)) of before; others share
    in its ecosystem
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Array
from sim.parameters import Parameters
from sim.roster import Roster
from sim.streams import Streams

READINESS_SCALE_MUSD = 100.0
READINESS_DECAY = 0.05
"""Share of an edge programme's work that is out of date a quarter later. Judgement."""
DESIGN_SPEED = 0.25
"""Part of the way that designs, and then chips on sale, move to what research calls for in a quarter: about a
generation in all."""


@dataclass(frozen=True)
class Programmes:
    """Stocks. Owners (worlds, owners): readiness musd, spent musd since the start, quarters of programme, edge_open 0
    or 1 (an own chip for the edge is on sale). Families (worlds, families): in_works and progress, log points of unit
    cost."""

    readiness: Array
    spent: Array
    programme_quarters: Array
    edge_open: Array
    in_works: Array
    progress: Array

    @classmethod
    def start(cls, worlds: int, owners: int, families: int) -> Programmes:
        """Nothing built up."""
        none, designs = np.zeros((worlds, owners)), np.zeros((worlds, families))
        return cls(none, none, none, none, designs, designs)

    def after(self, hidden: Hidden, edge_musd: Array, research_shift: Array, p: Parameters) -> Programmes:
        """A quarter later. edge_musd (worlds, owners) spent; research_shift (worlds, families): research share less the
        usual one."""
        spent = self.spent + edge_musd
        active = self.programme_quarters + (edge_musd > 0.0)
        ready = (spent >= p.edge_programme_cost_musd[:, None]) & (active >= p.edge_programme_quarters[:, None])
        succeeds = hidden.edge_success < p.edge_programme_success[:, None]
        target = p.research_effect[:, None] * hidden.luck * research_shift
        in_works = self.in_works + DESIGN_SPEED * (target - self.in_works)
        return replace(
            self,
            readiness=(1.0 - READINESS_DECAY) * self.readiness + edge_musd,
            spent=spent,
            programme_quarters=active,
            edge_open=np.where(ready & succeeds, 1.0, self.edge_open),
            in_works=in_works,
            progress=self.progress + DESIGN_SPEED * (in_works - self.progress),
        )

    def edge_utility(self, p: Parameters) -> Array:
        """What readiness adds to an owner's edge offers: (worlds, owners) utils."""
        return np.asarray(p.edge_programme_effect[:, None] * np.log1p(self.readiness / READINESS_SCALE_MUSD))


@dataclass(frozen=True)
class Hidden:
    """Draws nobody sees: success of own-chip edge products, uniform (worlds, owners); luck of research (worlds,
    families), mean 1."""

    edge_success: Array
    luck: Array

    @classmethod
    def draw(cls, roster: Roster, streams: Streams) -> Hidden:
        """One named draw an owner and a family."""
        success = np.stack([streams.at("edge-success", owner, 0).uniform() for owner in roster.owners], axis=1)
        luck = np.stack([2.0 * streams.at("research-luck", family, 0).uniform() for family in roster.families], axis=1)
        return cls(success, luck)


def openness_shift(roster: Roster, openness: Array) -> Array:
    """Openness less that at the start: (worlds, families)."""
    return openness - roster.numbers("families", "openness")


def research_shift(roster: Roster, research_share: Array) -> Array:
    """Research share less that at the start: (worlds, families)."""
    return research_share - roster.numbers("families", "research_share")


def with_openness(p: Parameters, shift: Array) -> Parameters:
    """The quarter's parameters with ports into and out of a stack as cheap as its designer makes them. shift (worlds,
    families)."""
    easier = np.exp(-p.openness_effect[:, None] * shift)
    return p.replace(
        porting_into_factor=p.porting_into_factor * easier, porting_out_factor=p.porting_out_factor * easier
    )


def shared_ecosystem(level: Array, p: Parameters, shift: Array) -> Array:
    """Ecosystems as buyers see them: a part of what an opened stack has serves every other stack too. (worlds,
    families)."""
    given = p.openness_spillover[:, None] * np.maximum(shift, 0.0) * level
    return np.asarray(level + given.sum(axis=1, keepdims=True) - given)


def software_growth(shift: Array, p: Parameters) -> Array:
    """Ecosystem growth a quarter from software work: less when research goes to the next chip. shift (worlds,
    families)."""
    return np.asarray(-p.software_effect[:, None] * shift)
