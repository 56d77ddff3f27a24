"""Levers on single generations of chips by name: the last of each family on the market, and the one announced.

Families have levers of their own; these tell whether a family's answer hangs on one chip. Neutral by default, and what
comes after the generation is built as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.parameters import Parameters
from sim.roster import DATA, named_generations, slug, table
from sim.supply.technology import Generations, is_known


@dataclass(frozen=True)
class Levers:
    """Where the levers of a roster's generations act. family, generation: positions on the axes of Generations, one a
    name; known: is the generation known to the game at all? first: quarter (an ordinal) from which launches may be
    delayed."""

    family: tuple[int, ...]
    generation: tuple[int, ...]
    known: tuple[bool, ...]
    first: int

    @classmethod
    def of(cls, families: Sequence[str], known_until: str, first: int) -> Levers:
        """known_until: the last quarter whose launches are known, and then no road map; all of both where empty."""
        launched = {slug(row["generation"]): row for row in table(DATA / "generations.csv")}
        places = [(k, name, place) for k, family in enumerate(families) for name, place in named_generations(family)]
        known = [
            is_known(launched[name], known_until) if name in launched else not known_until for _, name, _ in places
        ]
        return cls(tuple(k for k, _, _ in places), tuple(place for *_, place in places), tuple(known), first)

    def acting(self, generations: Generations, p: Parameters) -> Generations:
        """Generations with the levers of a quarter: launches later, cost and performance of a chip times a factor. A
        chip that does more costs and draws what it did, so an H100e of it costs and draws less."""
        delay, cost, gain = p.generation_delay_quarters, p.generation_cost_factor, p.generation_performance_factor
        if not delay.any() and (cost == 1.0).all() and (gain == 1.0).all():
            return generations
        late, dearer, better = (fill(generations.launch.shape) for fill in (np.zeros, np.ones, np.ones))
        for position, known in enumerate(self.known):
            if known:
                place = (slice(None), self.family[position], self.generation[position])
                late[place], dearer[place], better[place] = (one[:, position] for one in (delay, cost, gain))
        late = np.where(generations.launch >= self.first, late, 0.0)
        return replace(
            generations,
            launch=generations.launch + late,
            due=generations.due + late,
            h100e_per_chip=generations.h100e_per_chip * better,
            watts_per_h100e=generations.watts_per_h100e / better,
            cost_per_h100e=generations.cost_per_h100e * dearer / better,
        )
