"""What `fully-booked equilibrium` plays, shows and writes."""

from __future__ import annotations

import pandas as pd

from experiments.analysis import asked, equilibria
from experiments.analysis.equilibria import Equilibrium, Solved
from experiments.batch.store import provenance, storing
from experiments.batch.target import PROVENANCE, Target
from experiments.bots import two_roles
from experiments.bots.two_roles import Meeting
from experiments.screen import Screen
from experiments.stats import Estimate, estimate, interval
from experiments.text import count, money
from sim.arrays import Array

MEANS = (
    "An equilibrium: neither seat earns more, in the mean of worlds, by changing alone. A tie: a strategy that is not "
    "played, and whose gain has a 95 % interval that reaches 0 or more; other draws might name it instead."
)


def run(meeting: Meeting, target: Target | None, workers: int) -> None:
    """Play, solve, print, and write `payoffs.csv` and `equilibria.csv` when a folder is given."""
    one, other = meeting.seats
    with storing(target) as store:
        payoffs = two_roles.play(meeting, workers)
        solved = equilibria.solve(equilibria.whole(one.strategies, other.strategies, payoffs))
        if store is not None and target is not None:
            for name, table in (("payoffs", payoff_table(meeting, payoffs)), ("equilibria", table_of(meeting, solved))):
                store.write(f"{name}.csv", table.to_csv(index=False, float_format="%.10g", lineterminator="\n"))
            size = meeting.size
            facts = {"command": target.command, "seed": size.seed, "worlds": size.worlds, "quarters": size.quarters}
            store.write(PROVENANCE, provenance({**facts, "scenario_hash": meeting.scenario.digest}))
    console = Screen()
    for line in said(meeting, solved):
        console.print(line, highlight=False)
    console.print(asked.CLOSING, style="dim")
    if store is not None:
        console.print(f"Tables: {store.out}", soft_wrap=True, highlight=False)


def said(meeting: Meeting, solved: Solved) -> list[str]:
    """The equilibria in words."""
    one, other = meeting.seats
    size, matrix = meeting.size, solved.matrix
    lines = [
        f"{one.party} ({one.role}) meets {other.party} ({other.role}) on {meeting.scenario.name}: {len(matrix.rows)} x "
        f"{len(matrix.columns)} strategies, {size.worlds} worlds, {count(size.quarters, 'quarter')}, seed {size.seed}."
    ]
    lines += [f"Left out: {name}, {why}." for name, why in matrix.left_out.items()]
    if not solved.equilibria:
        lines.append("No equilibrium was found by support enumeration.")
    for number, found in enumerate(solved.equilibria, 1):
        lines += _told(meeting, found, number)
    if solved.degenerate:
        lines.append("The game is degenerate: payoffs tie in the mean, and there may be more equilibria than these.")
    shown = ", ".join(f"{a} / {b}" for a, b in solved.open_profiles)
    lines.append(f"Pairs of strategies that no deviation betters for sure: {shown or 'none'}.")
    return [*lines, MEANS]


def _told(meeting: Meeting, found: Equilibrium, number: int) -> list[str]:
    lines = [f"Equilibrium {number} ({'pure' if found.is_pure else 'mixed'}):"]
    for seat, mix, worth in zip(meeting.seats, found.mixes, found.payoffs, strict=True):
        played = ", ".join(name if part > 1.0 - 1e-9 else f"{name} {part:.0%}" for name, part in mix.items())
        lines.append(f"  {seat.party} plays {played}; earns {money(worth.mean)} ({_interval(worth)})")
    for one in found.ties:
        party = meeting.seats[one.seat].party
        lines.append(
            f"  tie: {party} with {one.strategy} would gain {money(one.gain.mean, True)} ({_interval(one.gain)})"
        )
    return lines


def _interval(one: Estimate) -> str:
    return interval(one, lambda value: money(value, True))


def payoff_table(meeting: Meeting, payoffs: Array) -> pd.DataFrame:
    """A row a pair of strategies and seat, musd."""
    one, other = meeting.seats
    rows = []
    for i, mine in enumerate(one.strategies):
        for j, theirs in enumerate(other.strategies):
            for seat, party in enumerate((one.party, other.party)):
                value = estimate(payoffs[seat, i, j])
                rows.append((mine, theirs, party, value.mean, value.low, value.high, value.worlds, value.broken))
    heads = (one.party, other.party, "seat", "payoff_musd", "low", "high", "worlds", "broken_worlds")
    return pd.DataFrame(rows, columns=list(heads))


def table_of(meeting: Meeting, solved: Solved) -> pd.DataFrame:
    """A row an equilibrium, seat and strategy that is played or ties."""
    rows = []
    for number, found in enumerate(solved.equilibria, 1):
        for seat, (mix, worth) in enumerate(zip(found.mixes, found.payoffs, strict=True)):
            party = meeting.seats[seat].party
            rows += [(number, party, name, part, worth.mean, 0.0, 0.0, 0.0) for name, part in mix.items()]
            ties = (one for one in found.ties if one.seat == seat)
            for one in ties:
                rows.append((number, party, one.strategy, 0.0, worth.mean, one.gain.mean, one.gain.low, one.gain.high))
    heads = ("equilibrium", "seat", "strategy", "probability", "payoff_musd", "gain_musd", "gain_low", "gain_high")
    return pd.DataFrame(rows, columns=list(heads))
