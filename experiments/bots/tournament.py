"""A tournament of a role's strategies: payoff matrix on shared draws, ranks with intervals, best responses.

One seat plays strategy s while all its rivals play r, for every s and r. The same world has the same draws in every
game, so strategies are compared world by world.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from agents.strategies import default_for, known, named
from experiments import scenarios
from experiments.batch.engine import Cell, Keeps, Size
from experiments.bots import payoffs
from experiments.bots.payoffs import Contest
from experiments.stats import Estimate, estimate
from sim.arrays import Array
from sim.errors import unknown
from sim.roster import load_roster
from sim.scenario import Scenario
from sim.units import MUSD_PER_USD_BN


@dataclass(frozen=True)
class Rules:
    """What is played: a seat of a role, by which strategies, how often."""

    scenario: Scenario
    role: str
    party: str
    strategies: tuple[str, ...]
    size: Size


@dataclass(frozen=True)
class Outcome:
    """payoff (own strategies, rivals' strategies, worlds) in musd, not finite in broken worlds.

    A strategy that breaks worlds is not judged, and nobody is judged against it: so all others are compared on all
    worlds."""

    rules: Rules
    payoff: Array

    @cached_property
    def broken(self) -> dict[str, int]:
        """Strategies that break worlds -> in how many: those whose game against themselves is broken, and both sides
        of a broken game that these do not explain."""
        lost = ~np.isfinite(self.payoff)
        pairs = np.asarray(lost.any(axis=2))
        guilty = {k for k in range(len(pairs)) if pairs[k, k]}
        guilty |= {k for pair in np.argwhere(pairs).tolist() if not guilty & set(pair) for k in pair}
        return {self.rules.strategies[k]: int((lost[k] | lost[:, k]).any(axis=0).sum()) for k in sorted(guilty)}

    @cached_property
    def judged(self) -> tuple[int, ...]:
        """Positions of the strategies that are compared; none when the default, the measure of all, breaks worlds."""
        if default_for(self.rules.role).name in self.broken:
            return ()
        return tuple(k for k, name in enumerate(self.rules.strategies) if name not in self.broken)

    def means_over_rivals(self) -> dict[str, Array]:
        """Strategy -> payoff averaged over what rivals play, (worlds,)."""
        names, places = self.rules.strategies, list(self.judged)
        return {names[k]: self.payoff[k, places].mean(axis=0) for k in places}

    def ranks(self) -> list[tuple[str, Estimate]]:
        """Strategies by their mean gain over the role's default, averaged over what rivals play; best first."""
        mean = self.means_over_rivals()
        default = default_for(self.rules.role).name
        found = [(name, estimate(own - mean[default])) for name, own in mean.items()]
        return sorted(found, key=lambda pair: -pair[1].mean)

    def best_responses(self) -> dict[str, tuple[str, ...]]:
        """Rivals' strategy -> the best answers: the one with the highest mean, and those not told apart from it at
        95 %; none of one world, which tells nothing apart."""
        answers, names = {}, self.rules.strategies
        for r in self.judged if self.payoff.shape[2] > 1 else ():
            best = max(self.judged, key=lambda k: float(self.payoff[k, r].mean()))
            ties = [
                names[k]
                for k in self.judged
                if k != best and estimate(self.payoff[best, r] - self.payoff[k, r]).low <= 0.0
            ]
            answers[names[r]] = (names[best], *ties)
        return answers


def rules(scenario: str, role: str, party: str, strategies: Sequence[str], size: Size) -> Rules:
    """Check what was asked for; InputError in one sentence when it cannot be played."""
    if role not in payoffs.PLAYABLE:
        raise unknown("role", role, payoffs.PLAYABLE, "--role")
    loaded = scenarios.load(scenario)
    roster = load_roster(loaded.roster)
    party = party or payoffs.SEATS[role][0]
    if payoffs.role_of(roster, party) != role:
        allowed = (*payoffs.rivals(roster, role, ""),)
        raise unknown(f"{role}", party, allowed, "--party")
    entered = dict.fromkeys(named(name, role, "--strategy") for name in strategies)  # who enters twice plays once
    names = tuple(entered) or tuple(sheet.name for sheet in known(role))
    default = default_for(role).name
    names = names if default in names else (default, *names)
    return Rules(loaded, role, party, names, size)


def play(asked: Rules, workers: int = 1, keeps: Keeps | None = None) -> Outcome:
    """All pairings on shared draws. keeps: where chunks are kept meanwhile."""
    roster = load_roster(asked.scenario.roster)
    others = payoffs.rivals(roster, asked.role, asked.party)
    contests = [
        Contest(
            Cell(asked.scenario, asked.size, {asked.party: mine, **dict.fromkeys(others, theirs)}),
            asked.role,
            asked.party,
        )
        for mine in asked.strategies
        for theirs in asked.strategies
    ]
    found = payoffs.payoffs(contests, workers, keeps)
    size = len(asked.strategies)
    return Outcome(asked, np.stack(found).reshape(size, size, -1))


def table(outcome: Outcome) -> pd.DataFrame:
    """A row a pairing: mean payoff and its gain over the default against the same rivals, with 95 % intervals, USD
    bn; over how many worlds the gain is, and how many are left out because one of the two games has no figures
    there."""
    names, rows = outcome.rules.strategies, []
    reference = names.index(default_for(outcome.rules.role).name)
    for k, mine in enumerate(names):
        for r, theirs in enumerate(names):
            level = estimate(outcome.payoff[k, r] / MUSD_PER_USD_BN)
            gain = estimate((outcome.payoff[k, r] - outcome.payoff[reference, r]) / MUSD_PER_USD_BN)
            rows.append((mine, theirs, level.mean, gain.mean, gain.low, gain.high, gain.worlds, gain.broken))
    figures = ("payoff_usd_bn", "gain_usd_bn", "gain_low_usd_bn", "gain_high_usd_bn")
    columns = ("strategy", "rivals", *figures, "worlds", "broken_worlds")
    return pd.DataFrame(rows, columns=list(columns))
