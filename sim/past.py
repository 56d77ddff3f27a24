"""A past that is played once and gone on from, once or many times: the state of one world or of all, and what was
recorded till then."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.errors import InputError
from sim.records import Records
from sim.state import State
from sim.worlds import widened


@dataclass(frozen=True)
class Past:
    """A game up to a quarter. It may be sent to other processes."""

    state: State
    records: Records

    def widened(self, worlds: int, first_world: int) -> Past:
        """The same past in so many worlds, bit for bit: what happens in a world does not depend on how many are played
        beside it. InputError when it is the past of several worlds, but not of so many."""
        had = len(self.records.world)
        if had == worlds:  # records grow: whoever goes on has its own
            return Past(self.state, self.records.widened(1, first_world, had))
        if had > 1:
            raise InputError(f"a past of {had} worlds goes on in {had} worlds; this game has {worlds}.")
        return Past(widened(self.state, worlds), self.records.widened(worlds, first_world))

    def known_to(self, regulator: str, true: Past) -> Past:
        """The same with a regulator's own cases as they stand in another past, of one world: all that it knows of
        them."""
        place = self.records.roster.regulators.index(regulator)
        return replace(self, state=replace(self.state, cases=self.state.cases.known_to(place, true.state.cases)))
