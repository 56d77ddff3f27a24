"""What a calibration is: its plan, sizes and ranges, the rounds that were played, and what was found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np

from experiments.calibration.history_matching import Target
from experiments.calibration.patterns import Plan, load_plan
from experiments.library import LIBRARY
from experiments.scenarios import catalogue_of
from experiments.stats import finite_worlds
from sim import ensembles
from sim.arrays import Array
from sim.errors import InputError
from sim.parameters import Parameter
from sim.scenario import Scenario
from sim.scenario import load as load_scenario

PLANS = ("history-2025Q4", "history-2024Q4")
SEED = 1


@dataclass(frozen=True)
class Sizes:
    """Runs of the first round, of every further wave and of the last; waves in between; how many are accepted and
    shipped."""

    first: int = 8192
    wave: int = 4096
    waves: int = 2
    last: int = 12288
    accepted: int = 256
    members: int = 128
    check: int = 512
    truths: int = 60


QUICK = Sizes(first=256, wave=128, waves=1, last=128, accepted=24, members=16, check=64, truths=6)


@dataclass(frozen=True)
class Campaign:
    """One plan with everything that its results depend on."""

    name: str
    plan: Plan
    scenario: Scenario
    opening: Scenario
    ranges: Mapping[str, Parameter]
    sizes: Sizes
    seed: int

    @property
    def target(self) -> Target:
        """What the fitted patterns should be."""
        fitted = self.plan.fitted
        return Target(
            np.array([one.target for one in fitted]),
            np.array([one.tolerance for one in fitted]),
            tuple(one.name for one in fitted),
        )

    @property
    def key(self) -> str:
        """Hash of plan, ranges, scenario, sizes, seed and rules: rounds of another key are not taken up."""
        ranges = [[name, one.low, one.default, one.high] for name, one in self.ranges.items()]
        content = [
            self.plan.model_dump(mode="json"),
            ranges,
            self.scenario.digest,
            self.opening.digest,
            asdict(self.sizes),
            self.seed,
            ensembles.MECHANISM,
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def campaign(name: str, sizes: Sizes, seed: int = SEED) -> Campaign:
    """A plan with its scenario, without the ensemble that it is to make."""
    plan = load_plan(name)
    scenario = replace(load_scenario(plan.scenario, LIBRARY), ensemble="")
    opening = replace(load_scenario(plan.opening, LIBRARY), ensemble="", prelude=scenario)
    return Campaign(name, plan, scenario, opening, plan.ranges(catalogue_of(scenario)), sizes, seed)


@dataclass(frozen=True)
class Rounds:
    """All rounds so far: coordinates (runs, parameters) and patterns (runs, patterns) of each, the part of the prior
    left, and how many runs gave no figures: those are ruled out and in none of the others."""

    u: tuple[Array, ...] = ()
    y: tuple[Array, ...] = ()
    left: tuple[float, ...] = ()
    broken: tuple[int, ...] = ()

    def together(self) -> tuple[Array, Array]:
        """Runs of all rounds."""
        return np.concatenate(self.u), np.concatenate(self.y)

    def plus(self, u: Array, y: Array, left: float) -> Rounds:
        """With one round more; InputError when none of its runs has figures."""
        whole = finite_worlds(y)
        if not whole.any():
            raise InputError(f"calibration: none of the {len(y)} runs of a round has figures.")
        broken = int((~whole).sum())
        return Rounds(
            (*self.u, u[whole] if broken else u),
            (*self.y, y[whole] if broken else y),
            (*self.left, left),
            (*self.broken, broken),
        )


@dataclass(frozen=True)
class Found:
    """Accepted runs and the members chosen of them, in coordinates; where the medoid is; scale of the kernel; part
    left."""

    accepted: Array
    members: Array
    central: int
    scale: float
    left: float
