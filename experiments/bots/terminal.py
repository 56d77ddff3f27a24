"""A tournament, played, stored and printed: ranks with intervals, the payoff matrix, best responses."""

from __future__ import annotations

import numpy as np
from rich.table import Table

from agents.strategies import default_for
from experiments.batch.store import provenance, storing
from experiments.batch.target import PROVENANCE, Target
from experiments.bots.tournament import Outcome, Rules, play, table
from experiments.screen import Screen
from experiments.stats import NO_NUMBER, no_figures
from experiments.text import count
from sim.units import MUSD_PER_USD_BN

FINE_BELOW_MUSD = 1000.0
"""When half the strategies are closer to the default than this, payoffs are told in millions: in billions they would
look the same."""


def run(asked: Rules, target: Target | None, workers: int) -> None:
    """Play, print, and write `payoffs.csv` when a folder is given."""
    console, size = Screen(), asked.size
    with storing(target) as store:
        outcome = play(asked, workers, store.keeps() if store else None)
        if target is not None and store is not None:
            store.write("payoffs.csv", table(outcome).to_csv(index=False, float_format="%.10g"))
            facts = {"command": target.command, "seed": size.seed, "worlds": size.worlds, "quarters": size.quarters}
            store.write(PROVENANCE, provenance({**facts, "scenario_hash": asked.scenario.digest}))
    for part in report(outcome):
        console.print(part, highlight=False)
    if store is not None:
        console.print(f"Table: {store.out / 'payoffs.csv'}", soft_wrap=True)


def report(outcome: Outcome) -> list[Table | str]:
    """Ranks with intervals, the payoff matrix and best responses, ready to print."""
    asked, size = outcome.rules, outcome.rules.size
    head = (
        f"Seat {asked.party} ({asked.role}), scenario {asked.scenario.name}: {count(size.worlds, 'world')}, "
        f"{count(size.quarters, 'quarter')}, seed {size.seed}. Payoff: the role's declared objective over the game, "
        f"{_unit(outcome)}; rivals are the other competing parties of the role."
    )
    return [head, _rank_table(outcome), _matrix(outcome), *_broken(outcome), _answers(outcome)]


def _broken(outcome: Outcome) -> list[str]:
    """What is said of strategies that break worlds."""
    said = "; ".join(
        f"{name}: {no_figures(count, outcome.rules.size.worlds)}" for name, count in outcome.broken.items()
    )
    if not said:
        return []
    if outcome.judged:
        return [f"Broken: {said}. A strategy that breaks worlds is not ranked, and nobody is judged against it."]
    return [f"Broken: {said}. Gains are over the default, so nobody is ranked."]


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
    mean, default = outcome.means_over_rivals(), default_for(outcome.rules.role).name
    for rank, (name, gain) in enumerate(outcome.ranks(), 1):
        own = mean[name] - mean[default]
        numbers = (
            _number(gain.mean, outcome, "+"),
            f"{_number(gain.low, outcome, '+')} to {_number(gain.high, outcome, '+')}"
            if gain.decides
            else gain.why_not,
            f"{(own > 0.0).mean():.0%}" if gain.decides else NO_NUMBER,
        )
        shown.add_row(
            str(rank) if gain.decides else NO_NUMBER,
            *((f"{name} (default)", "", "", "") if name == default else (name, *numbers)),
        )
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
    mean, best = (
        outcome.payoff.mean(axis=2),
        {theirs: first for theirs, (first, *_) in outcome.best_responses().items()},
    )
    for k, name in enumerate(names):
        row = (
            f"{_level(mean[k, r], outcome)}{'*' if best.get(theirs) == name else ' '}" for r, theirs in enumerate(names)
        )
        shown.add_row(f"{k + 1} {name}", *row)
    return shown


def _level(musd: float, outcome: Outcome) -> str:
    if not np.isfinite(musd):
        return NO_NUMBER
    return f"{musd:.0f}" if _in_millions(outcome) else f"{musd / MUSD_PER_USD_BN:.1f}"


def _plain_table(heading: str) -> Table:
    return Table(box=None, padding=(0, 1, 0, 0), title=heading, title_justify="left", header_style="dim")


def _answers(outcome: Outcome) -> str:
    if outcome.payoff.shape[2] < 2:
        return "One world: nobody is ranked, and no best response or equilibrium is named; play two worlds or more."
    lines = ["Best responses to what rivals play (others that 95 % intervals do not tell apart in brackets):"]
    equilibria = []
    for theirs, (best, *ties) in outcome.best_responses().items():
        lines.append(f"  {theirs}: {best}" + (f" (or {', '.join(ties)})" if ties else ""))
        equilibria += [best] if best == theirs else []
    found = ", ".join(equilibria)
    lines.append(f"Answers itself, a symmetric equilibrium among these strategies: {found or 'none'}.")
    return "\n".join(lines)
