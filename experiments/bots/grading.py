"""Grades of the bots, measured on scenarios that nothing was tuned on: is steady better than novice, and skilled than
steady?

For every role and seat the grades play the same worlds against defaults; the paired difference of the role's
objective is shown with its 95 % interval. Where a grade fails, the table says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from agents.strategies import GRADES, graded
from experiments import scenarios
from experiments.batch.engine import Cell, Size
from experiments.bots import payoffs
from experiments.bots.payoffs import Contest
from experiments.stats import Estimate, estimate
from sim import objectives
from sim.scenario import Scenario

TRAINING_SEED, HELD_OUT_SEED = 101, 2027
TRAINING = ("baseline", "baseline-low")
HELD_OUT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("baseline", ("packaging-crunch",)),
    ("baseline-high", ()),
    ("baseline", ("anchor-lab-shifts", "portable-software")),
)
WORLDS = 200


@dataclass(frozen=True)
class Step:
    """One step up in grade on one seat: the gain of the role's objective in musd, over all held-out scenarios
    together."""

    role: str
    party: str
    lower: str
    higher: str
    gain: Estimate

    @property
    def holds(self) -> bool:
        """Is the gain above zero at 95 %, in worlds of which none is broken?"""
        return self.gain.low > 0.0 and not self.gain.broken


def held_out() -> list[Scenario]:
    """The scenarios that grades are measured on."""
    return [scenarios.with_shocks(scenarios.load(name), cards) for name, cards in HELD_OUT]


def measure(role: str, party: str, worlds: int = WORLDS, workers: int = 1, quarters: int = 0) -> list[Step]:
    """Steps from novice over steady to skilled. The worlds are shared out among the held-out scenarios."""
    names, found = {grade: graded(role, grade).name for grade in GRADES}, {}
    places = held_out()
    share, quarters = -(-worlds // len(places)), quarters or objectives.horizon(role)
    contests = [
        Contest(Cell(place, Size(share, quarters, HELD_OUT_SEED + number), {party: names[grade]}), role, party)
        for grade in GRADES
        for number, place in enumerate(places)
    ]
    played = payoffs.payoffs(contests, workers)
    for k, grade in enumerate(GRADES):
        found[grade] = payoffs.together(played[k * len(places) : (k + 1) * len(places)])
    return [Step(role, party, low, high, estimate(found[high] - found[low])) for low, high in pairwise(GRADES)]
