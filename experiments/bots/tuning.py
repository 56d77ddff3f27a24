"""Tunes the skilled bots offline on training scenarios and writes what they learned to agents/data/skilled.toml.

A skilled bot is a dataclass of numbers over the steady rule. They are searched one at a time along their range, then
along the direction that helped, on shared draws: the same worlds for every candidate, so small gains are seen.
Nothing here looks at the scenarios on which grades are measured.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from agents.skills import FILE
from agents.strategies import default_for, graded
from experiments import scenarios
from experiments.batch.engine import Cell, Size, default_workers
from experiments.bots import payoffs
from experiments.bots.grading import TRAINING, TRAINING_SEED
from experiments.bots.payoffs import PLAYABLE, SEATS, Contest
from sim import objectives
from sim.arrays import Array
from sim.errors import unknown
from sim.scenario import Scenario

RANGES: Mapping[str, Mapping[str, tuple[float, float]]] = {
    role: {one.name: (one.low, one.high) for one in graded(role, "skilled").settings} for role in PLAYABLE
}
"""How far each number of a skilled bot may be moved, as its settings declare. Kept to what a board would recognise as
a strategy: eight quarters reward whoever stops investing, in a model as in a bonus plan, and a bot that runs a firm
down would teach nobody."""
WORLDS = 32
FIRST_STEP = 0.25
"""Of a number's range."""
SMALLEST_STEP = 0.04


Numbers = tuple[tuple[str, float], ...]


def trial(scenario: Scenario, role: str, party: str, numbers: Numbers | None) -> Contest:
    """A candidate on one seat in one training scenario; numbers None plays the steady rule."""
    maker = default_for(role).maker if numbers is None else graded(role, "skilled").maker
    size = Size(WORLDS, objectives.horizon(role), TRAINING_SEED)
    return Contest(Cell(scenario, size, seats={party: maker(**dict(numbers or ()))}), role, party)


class Search:
    """Coordinate search of one role: value of a candidate is its gain over steady, over seats and scenarios; see
    `values`."""

    def __init__(self, role: str, workers: int) -> None:
        self.role, self.workers = role, workers
        self.places = [(scenarios.load(name), seat) for name in TRAINING for seat in SEATS[role]]
        self.steady = self._play([None])[0]

    def _play(self, candidates: Sequence[Numbers | None]) -> list[list[Array]]:
        trials = [trial(place, self.role, seat, one) for one in candidates for place, seat in self.places]
        found = payoffs.payoffs(trials, self.workers)
        size = len(self.places)
        return [found[k * size : (k + 1) * size] for k in range(len(candidates))]

    def values(self, candidates: list[dict[str, float]]) -> list[float]:
        """Worst-seat-aware value: the mean of gains relative to the steady payoff's size, less a third of their
        spread over seats."""
        result = []
        for played in self._play([tuple(sorted(one.items())) for one in candidates]):
            gains = [
                float((mine - base).mean() / max(float(np.abs(base).mean()), 1.0))
                for mine, base in zip(played, self.steady, strict=True)
            ]
            value = float(np.mean(gains) - np.std(gains) / 3.0)
            result.append(value if np.isfinite(value) else -np.inf)  # a broken world is never better
        return result

    def run(self, start: dict[str, float]) -> tuple[dict[str, float], float]:
        """From a start, along each number up and down, with steps that halve when nothing helps."""
        best, (value,) = start, self.values([start])
        step = FIRST_STEP
        while step >= SMALLEST_STEP:
            helped = False
            for name, (low, high) in RANGES[self.role].items():
                moved = [
                    {**best, name: float(np.clip(best[name] + sign * step * (high - low), low, high))}
                    for sign in (1, -1)
                ]
                moved = [one for one in moved if one[name] != best[name]]
                for one, found in zip(moved, self.values(moved), strict=True):
                    if found > value + 1e-6:
                        best, value, helped = one, found, True
                print(f"{self.role}: step {step:.3f} {name:24} value {value:+.5f}", flush=True)
            step = step if helped and step > FIRST_STEP / 2.0 else step / 2.0
        return best, value


def start_of(role: str) -> dict[str, float]:
    """The rule's own values before anything was tuned, held to the ranges."""
    sheet = graded(role, "skilled")
    plain: Any = sheet.maker()
    return {
        one.name: float(np.clip(getattr(plain, one.name), *RANGES[role][one.name]))
        for one in fields(plain)
        if one.name in RANGES[role]
    }


def main() -> None:
    """Tune the roles named on the command line, or all."""
    import tomllib

    asked = list(dict.fromkeys(sys.argv[1:])) or list(RANGES)
    for role in asked:
        if role not in RANGES:
            sys.exit(str(unknown("role", role, RANGES)))
    content: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    for role in asked:
        numbers, value = Search(role, default_workers()).run(start_of(role))
        content[role] = {"training_value": round(value, 6), "parameters": {k: round(v, 4) for k, v in numbers.items()}}
        write(content)


def write(content: Mapping[str, Any]) -> None:
    """The data file, with where it comes from."""
    lines = [
        "# What the skilled bots learned. Written by `python3 -m experiments.bots.tuning`; not measured on the "
        "scenarios of the grades.",
        f"# Training: {', '.join(TRAINING)}; seed {TRAINING_SEED}; {WORLDS} worlds; {objectives.HORIZON} quarters "
        f"({objectives.REGULATOR_HORIZON} for regulators); value: gain relative to steady.",
    ]
    for role in sorted(content):
        lines += ["", f"[{role}]", f"training_value = {content[role]['training_value']}", "", f"[{role}.parameters]"]
        lines += [f"{name} = {number}" for name, number in content[role]["parameters"].items()]
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
