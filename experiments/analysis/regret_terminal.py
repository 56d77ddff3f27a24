"""What `fully-booked regret` shows and writes."""

from __future__ import annotations

from functools import partial

from experiments.analysis import asked, figures, regret, where
from experiments.analysis.asked import figure, percent
from experiments.analysis.ensemble import Ensemble, count, named_runs
from experiments.analysis.regret import Regret
from experiments.batch.store import storing
from experiments.batch.target import Target
from experiments.fitted import Fitted, laid_out
from experiments.screen import Screen

MEANS = (
    "A state is a world together with all that is not chosen; every option meets the same. Regret: how much better the "
    "best option does in that state. The option whose largest regret is smallest is the cautious choice (minimax "
    "regret); one bad state decides it, so look at the mean and the 90th percentile too."
)


def run(folder: str, names: tuple[str, str], at: str, how: tuple[str, str], target: Target | None) -> None:
    """Work out the table, print it, and write `regret.csv`, and a figure, when a folder is given. names: outcome and
    dimension of options; how: high or low, and the condition that is to be met."""
    batch = Ensemble.open(folder)
    outcome, quarter = batch.named(names[0]), batch.quarter(at)
    want, words = regret.checked_want(how[0]), how[1]
    condition = where.condition(words, batch.outcomes) if words else None
    chosen = regret.options(batch, names[1])
    with storing(target) as store:
        found = regret.regret(batch, chosen, (outcome, quarter, want), condition)
        table = regret.table(found)
        written = [] if store is None or target is None else asked.write(store, target, batch, {"regret": table})
        if store is not None:
            draw = partial(figures.regrets, found, batch.dated(quarter))
            figures.save(batch, draw, (outcome, "regret"), store.path / "figures", table)
    show(batch, found)
    for path in written:
        Screen().print(f"Table: {path}", soft_wrap=True)


def show(batch: Ensemble, found: Regret) -> None:
    """The table, the cautious choice, and what was left out."""
    console = laid_out(Screen(), asked.WIDTH)
    console.print(
        f"{found.outcome} in {batch.dated(found.quarter)}, wanted {found.want}: {len(found.rows)} options of "
        f"{found.options.dimension}, {count(found.states, 'state')}.",
        highlight=False,
    )
    console.print(shown(found))
    for line in remarks(found):
        console.print(line, highlight=False)
    console.print(MEANS, highlight=False)
    console.print(asked.CLOSING, style="dim")


def remarks(found: Regret) -> list[str]:
    """What the table comes to."""
    said = [_least(found)]
    if found.condition and found.states > 1:
        most = max(row.met for row in found.rows)
        best = asked.joined(row.name for row in found.rows if row.met == most)
        said.append(f"Met most often ({found.condition.said}): {best}, in {percent(most)} of states.")
    if found.states < found.states_in_all:
        gone = found.states_in_all - found.states
        why = [f"{count(len(found.lost), 'run')} lost ({named_runs(found.lost)})"] if found.lost else []
        if found.short:
            why.append(f"{found.short} not played under every option, whose points have fewer worlds")
        said.append(f"{count(gone, 'state')} of {found.states_in_all} left out for all options: {'; '.join(why)}.")
    return said


def _least(found: Regret) -> str:
    """Whose largest regret is smallest: all of them where several have it, nobody where there is one state."""
    if found.states == 1:
        return "One state says nothing of others: no option is named; give the batch two worlds or more."
    factor, unit = asked.scaled(found.outcome)
    least = regret.ranked(found)[0].worst
    names = [row.name for row in found.rows if row.worst == least]
    if len(names) == len(found.rows):
        return "All options have the same largest regret: it prefers none."
    said = asked.joined(f"{found.options.dimension} {name}" for name in names)
    return f"Smallest largest regret: {said}, at most {figure(factor * least)} {'points' if unit == '%' else unit}."


def shown(found: Regret) -> Fitted:
    """A row an option, the smallest largest regret first."""
    factor, unit = asked.scaled(found.outcome)
    points = "points" if unit == "%" else unit
    made = Fitted()
    made.column(found.options.dimension, no_wrap=True)
    made.column(f"mean, {unit}", justify="right")
    heads = {f"regret, {points}: mean": 1, "90 %": 1, "largest": 0, "best in": 2}
    for head, rank in heads.items():
        made.column(head, rank, justify="right")
    if found.condition:
        made.column("condition met", 1, justify="right")
    made.column("largest at point / world", 3, justify="right")
    for row in regret.ranked(found):
        regrets = [figure(factor * value) for value in (row.mean, row.p90, row.worst)]
        met = [percent(row.met)] if found.condition else []
        place = "/".join(map(str, row.worst_at)) if row.worst > 0.0 else "–"
        made.add_row(row.name, figure(factor * row.level.mean), *regrets, percent(row.best), *met, place)
    return made
