"""A tournament of a role's strategies: payoff matrix on shared draws, ranks with intervals, best responses.

One seat plays strategy s while all its rivals play r, for every s and r. The same world has the same draws in every game,
so strategies are compared world by world.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from agents.strategies import default_for, find, known
from experiments import scenarios
from experiments.batch.engine import Cell, Size
from experiments.batch.store import provenance, storing
from experiments.batch.target import PROVENANCE, Target
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


def run(asked: Rules, target: Target | None, workers: int) -> Outcome:
    """Play, print, and write `payoffs.csv` when a folder is given."""
    console = Console()
    with storing(target) as store:
        outcome = play(asked, workers)
        if target is not None and store is not None:
            store.write("payoffs.csv", table(outcome).to_csv(index=False, float_format="%.10g"))
            size = asked.size
            facts = {"command": target.command, "seed": size.seed, "worlds": size.worlds, "quarters": size.quarters}
            store.write(PROVENANCE, provenance({**facts, "scenario_hash": asked.scenario.digest}))
    for part in report(outcome):
        console.print(part, highlight=False)
    if store is not None:
        console.print(f"Table: {store.out / 'payoffs.csv'}", soft_wrap=True)
    return outcome


def report(outcome: Outcome) -> list[Table | str]:
    """Ranks with intervals, the payoff matrix and best responses, ready to print."""
    asked, size = outcome.rules, outcome.rules.size
    head = (
        f"Seat {asked.party} ({asked.role}), scenario {asked.scenario.name}: {size.worlds} worlds, {size.quarters} quarters, seed {size.seed}. "
        f"Payoff: the role's declared objective over the game, {_unit(outcome)}; rivals are the other competing parties of the role."
    )
    return [head, _rank_table(outcome), _matrix(outcome), _answers(outcome)]


FINE_BELOW_MUSD = 1000.0
"""When half the strategies are closer to the default than this, payoffs are told in millions: in billions they would look the same."""


def _in_millions(outcome: Outcome) -> bool:
    gains = [abs(gain.mean) for name, gain in outcome.ranks() if name != default_for(outcome.rules.role).name]
    return bool(gains) and float(np.median(gains)) < FINE_BELOW_MUSD


def _unit(outcome: Outcome) -> str:
    return "USD m" if _in_millions(outcome) else "USD bn"


def _number(musd: float, outcome: Outcome, sign: str = "") -> str:
    text = f"{musd:{sign},.0f}" if _in_millions(outcome) else f"{musd / MUSD_PER_USD_BN:{sign},.2f}"
    return "0" if text.strip("+-0.,") == "" else text.replace("-", "−")


def _rank_table(outcome: Outcome) -> Table:
    heading = f"Ranks: gain over the default, mean over what rivals play, {_unit(outcome)}"
    shown = _plain_table(heading)
    for column in ("rank", "strategy", "gain", "95 % paired interval", "better in worlds"):
        shown.add_column(column, justify="left" if column == "strategy" else "right")
    mean, default = outcome.payoff.mean(axis=1), default_for(outcome.rules.role).name
    reference = mean[outcome.rules.strategies.index(default)]
    for rank, (name, gain) in enumerate(outcome.ranks(), 1):
        own = mean[outcome.rules.strategies.index(name)] - reference
        numbers = (
            _number(gain.mean, outcome, "+"),
            f"{_number(gain.low, outcome, '+')} to {_number(gain.high, outcome, '+')}",
            f"{(own > 0.0).mean():.0%}",
        )
        shown.add_row(str(rank), *((f"{name} (default)", "", "", "") if name == default else (name, *numbers)))
    return shown


def _matrix(outcome: Outcome) -> Table:
    """Numbered columns, so that eight strategies fit on a screen."""
    names = outcome.rules.strategies
    shown = _plain_table(
        f"Payoff matrix, {_unit(outcome)}: rows are the seat's strategy, columns the rivals' (* best response)"
    )
    shown.add_column("strategy", no_wrap=True)
    for number in range(1, len(names) + 1):
        shown.add_column(str(number), justify="right", no_wrap=True)
    mean = outcome.payoff.mean(axis=2)
    best = mean.argmax(axis=0)
    for k, name in enumerate(names):
        row = (f"{_level(mean[k, r], outcome)}{'*' if best[r] == k else ' '}" for r in range(len(names)))
        shown.add_row(f"{k + 1} {name}", *row)
    return shown


def _level(musd: float, outcome: Outcome) -> str:
    return f"{musd:.0f}" if _in_millions(outcome) else f"{musd / MUSD_PER_USD_BN:.1f}"


def _plain_table(heading: str) -> Table:
    return Table(box=None, padding=(0, 1, 0, 0), title=heading, title_justify="left", header_style="dim")


def _answers(outcome: Outcome) -> str:
    lines = ["Best responses to what rivals play (others that 95 % intervals do not tell apart in brackets):"]
    equilibria = []
    for theirs, (best, *ties) in outcome.best_responses().items():
        lines.append(f"  {theirs}: {best}" + (f" (or {', '.join(ties)})" if ties else ""))
        equilibria += [best] if best == theirs else []
    found = ", ".join(equilibria)
    lines.append(f"Answers itself, a symmetric equilibrium among these strategies: {found or 'none'}.")
    return "\n".join(lines)
