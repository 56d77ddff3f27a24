"""Grades of the bots, measured on scenarios that nothing was tuned on: is steady better than novice, and skilled than steady?

For every role and seat the grades play the same worlds against defaults; the paired difference of the role's objective is
shown with its 95 % interval. Where a grade fails, the table says so.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from agents.strategies import GRADES, graded
from experiments import scenarios
from experiments.batch.engine import Cell, Size, default_workers
from experiments.bots import payoffs
from experiments.bots.payoffs import SEATS, Contest
from experiments.stats import Estimate, estimate
from sim import objectives
from sim.scenario import Scenario
from sim.units import MUSD_PER_USD_BN

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "grades.md"
TRAINING_SEED, HELD_OUT_SEED = 101, 2027
TRAINING = ("baseline", "baseline-low")
HELD_OUT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("baseline", ("packaging-crunch",)), ("baseline-high", ()), ("baseline", ("anchor-lab-shifts", "portable-software")),
)  # fmt: skip
WORLDS = 200
HEADER = """# Grades of the bots

<!-- Measured by `python3 tasks.py grades`. Change what it is made from, not this page. -->

*Real names are labels in an illustration. Nothing here is a forecast or advice.*

"""


@dataclass(frozen=True)
class Step:
    """One step up in grade on one seat: the gain of the role's objective in musd, over all held-out scenarios together."""

    role: str
    party: str
    lower: str
    higher: str
    gain: Estimate

    @property
    def holds(self) -> bool:
        """Is the gain above zero at 95 %?"""
        return self.gain.low > 0.0


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


def table(steps: list[Step]) -> str:
    """The grades as a Markdown table."""
    lines = [
        "| role | seat | step | gain, USD bn | 95 % interval | worlds | holds |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for step in steps:
        mean, low, high = (value / MUSD_PER_USD_BN for value in (step.gain.mean, step.gain.low, step.gain.high))
        lines.append(
            f"| {step.role} | {step.party} | {step.lower} to {step.higher} | {mean:+.2f} | {low:+.2f} to {high:+.2f} "
            f"| {step.gain.worlds} | {'yes' if step.holds else '**no**'} |"
        )
    return "\n".join(lines)


def page(steps: list[Step], worlds: int) -> str:
    """The reference page."""
    places = ", ".join("+".join((name, *cards)) for name, cards in HELD_OUT)
    missed = [f"{s.role} {s.party}: {s.lower} to {s.higher}" for s in steps if not s.holds]
    verdict = f"Not shown at 95 %: {'; '.join(missed)}." if missed else "Every step holds at 95 %."
    return (
        f"{HEADER}A bot of a higher grade should earn more of its role's objective (`sim/objectives.py`) in the same worlds, "
        f"everybody else playing defaults. Measured on {worlds} worlds of {objectives.HORIZON} quarters ({objectives.REGULATOR_HORIZON} for regulators) on scenarios that nothing was tuned on "
        f"({places}; seeds {HELD_OUT_SEED} and following; tuned on {', '.join(TRAINING)}, seed {TRAINING_SEED}). Steady is the "
        f"role's default strategy. {verdict}\n\n{table(steps)}\n"
    )


def main() -> None:
    """Measure all seats and write the page; an argument gives the number of worlds."""
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else WORLDS
    steps = [
        step
        for role, seats in SEATS.items()
        for seat in seats
        for step in measure(role, seat, worlds, default_workers())
    ]
    PAGE.write_text(page(steps, worlds), encoding="utf-8", newline="\n")
    print(table(steps))


if __name__ == "__main__":
    main()
