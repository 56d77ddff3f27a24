"""A past that is played once and gone on from in many worlds: the state of one world, and what was recorded till
then."""

from __future__ import annotations

from dataclasses import dataclass

from sim.records import Records
from sim.state import State
from sim.worlds import widened


@dataclass(frozen=True)
class Past:
    """One world's game up to a quarter. It may be sent to other processes."""

    state: State
    records: Records

    def widened(self, worlds: int, first_world: int) -> Past:
        """The same past in so many worlds, bit for bit: what happens in a world does not depend on how many are played
        beside it."""
        return Past(widened(self.state, worlds), self.records.widened(worlds, first_world))
