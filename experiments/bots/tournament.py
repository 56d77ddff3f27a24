"""A tournament of a role's strategies: payoff matrix on shared draws, ranks with intervals, best responses.

One seat plays strategy s while all its rivals play r, for every s and r. The same world has the same draws in every game,
so strategies are compared world by world.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from agents.strategies import default_for, find, known
from experiments import scenarios
from experiments.batch.engine import Cell, Size
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
    """payoff (own strategies, rivals' strategies, worlds) in musd."""

    rules: Rules
    payoff: Array

    def ranks(self) -> list[tuple[str, Estimate]]:
        """Strategies by their mean gain over the role's default, averaged over what rivals play; best first."""
        mean = self.payoff.mean(axis=1)
        reference = mean[self.rules.strategies.index(default_for(self.rules.role).name)]
        found = [(name, estimate(mean[k] - reference)) for k, name in enumerate(self.rules.strategies)]
        return sorted(found, key=lambda pair: -pair[1].mean)

    def best_responses(self) -> dict[str, tuple[str, ...]]:
        """Rivals' strategy -> the best answers: the one with the highest mean, and those not told apart from it at 95 %."""
        answers = {}
        for r, theirs in enumerate(self.rules.strategies):
            best = int(self.payoff[:, r].mean(axis=1).argmax())
            ties = [
                name
                for k, name in enumerate(self.rules.strategies)
                if k != best and estimate(self.payoff[best, r] - self.payoff[k, r]).low <= 0.0
            ]
            answers[theirs] = (self.rules.strategies[best], *ties)
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
    names = tuple(find(name, role, "--strategy").name for name in strategies) or tuple(
        sheet.name for sheet in known(role)
    )
    default = default_for(role).name
    names = names if default in names else (default, *names)
    return Rules(loaded, role, party, names, size)


def play(asked: Rules, workers: int = 1) -> Outcome:
    """All pairings on shared draws."""
    roster = load_roster(asked.scenario.roster)
    others = payoffs.rivals(roster, asked.role, asked.party)
    contests = [
        Contest(
            Cell(asked.scenario, asked.size, {asked.party: mine, **dict.fromkeys(others, theirs)}), asked.role, asked.party
        )
        for mine in asked.strategies
        for theirs in asked.strategies
    ]  # fmt: skip
    found = payoffs.payoffs(contests, workers)
    size = len(asked.strategies)
    return Outcome(asked, np.stack(found).reshape(size, size, -1))


def table(outcome: Outcome) -> pd.DataFrame:
    """A row a pairing: mean payoff and its gain over the default against the same rivals, with 95 % intervals, USD bn."""
    names, rows = outcome.rules.strategies, []
    reference = names.index(default_for(outcome.rules.role).name)
    for k, mine in enumerate(names):
        for r, theirs in enumerate(names):
            level = estimate(outcome.payoff[k, r] / MUSD_PER_USD_BN)
            gain = estimate((outcome.payoff[k, r] - outcome.payoff[reference, r]) / MUSD_PER_USD_BN)
            rows.append((mine, theirs, level.mean, gain.mean, gain.low, gain.high))
    columns = ("strategy", "rivals", "payoff_usd_bn", "gain_usd_bn", "gain_low_usd_bn", "gain_high_usd_bn")
    return pd.DataFrame(rows, columns=list(columns))
