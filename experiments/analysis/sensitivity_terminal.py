"""What `fully-booked sensitivity` shows and writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pandas as pd

from experiments.analysis import asked, figures, figures_found, sensitivity
from experiments.analysis.asked import figure, percent
from experiments.analysis.ensemble import Ensemble, count, named_runs
from experiments.analysis.sensitivity import Weighed, Weight
from experiments.batch.store import storing
from experiments.batch.target import Target
from experiments.designs.samplers import SOBOL
from experiments.fitted import Fitted, laid_out
from experiments.screen import Screen

MOSTLY = 0.5
"""Share of chance from which nothing is ranked."""
SOBOL_MEANS = (
    "First: share of the variance between points that the number makes alone; total: with all that it does together "
    "with others. ±: half of a 95 % interval, by bootstrap of groups. Less chance: the same over all worlds that there "
    "could be, from products of different worlds."
)
MORRIS_MEANS = (
    "Effect: mean size of what the whole range of the number does, from steps at many places (mu*). ±: half of a 95 % "
    "interval. Signed: its mean with sign. Spread: its standard deviation; large beside the effect where others or the "
    "place matter. Chance: share of the mean squared step that is draws."
)


def run(folder: str, outcomes: Sequence[str], at: str, target: Target | None) -> None:
    """Weigh, print, and write `indices.csv`, and figures, when a folder is given."""
    batch = Ensemble.open(folder)
    wanted = asked.pairs(batch, outcomes, at)
    with storing(target) as store:
        found = [one for outcome, quarter in wanted for one in sensitivity.weigh(batch, outcome, quarter)]
        written = [] if store is None or target is None else asked.write(store, target, batch, tables(found))
        if store is not None:
            _draw(batch, found, store.path / "figures")
    show(batch, found)
    for path in written:
        Screen().print(f"Table: {path}", soft_wrap=True)


def _draw(batch: Ensemble, found: Sequence[Weighed], folder: Path) -> None:
    """A figure an outcome, quarter and setting."""
    for one in found:
        stem = "-".join(filter(None, ("indices", one.outcome, f"q{one.quarter}", one.setting.replace("/", "-"))))
        draw = partial(figures_found.indices, batch, one)
        figures.save(batch, draw, (one.outcome, stem), folder, tables([one])["indices"])


def show(batch: Ensemble, found: Sequence[Weighed]) -> None:
    """A table an outcome, quarter and setting, and what figures mean."""
    console = laid_out(Screen(), asked.WIDTH)
    cut = {one.said: asked.cut_line(batch, one.points) for one in batch.settings}
    for one in found:
        console.print(head(batch, one), highlight=False)
        console.print(_table(one))
        for line in (*remarks(one), *cut[one.setting]):
            console.print(line, highlight=False)
        console.print()
    console.print(SOBOL_MEANS if found[0].method == SOBOL else MORRIS_MEANS, highlight=False)
    console.print(asked.CLOSING, style="dim")


def head(batch: Ensemble, one: Weighed) -> str:
    """What was weighed, from what."""
    factor, unit = asked.scaled(one.outcome)
    where = f", {one.setting}" if one.setting else ""
    spread = f"mean {figure(factor * one.mean)} {unit}, standard deviation between points {figure(factor * one.sd)}"
    groups = "base points" if one.method == SOBOL else "trajectories"
    return (
        f"{one.outcome} in {batch.dated(one.quarter)}{where}: {spread}; {one.groups} {groups}, "
        f"{count(one.worlds, 'world')} a point."
    )


def remarks(one: Weighed) -> list[str]:
    """What is chance, and what was left out."""
    said = _of_chance(one)
    if one.lost:
        gone = one.groups_in_all - one.groups
        kind = "base point with its neighbours" if one.method == SOBOL else "trajectory"
        kinds = "base points with their neighbours" if one.method == SOBOL else "trajectories"
        said.append(
            f"{count(gone, kind, kinds)} of {one.groups_in_all} left out whole, "
            f"for {count(len(one.lost), 'run')} lost: {named_runs(one.lost)}."
        )
    if one.pairs:
        best = sorted(one.pairs, key=lambda pair: -abs(pair[2]))[:3]
        told = "; ".join(f"{a} with {b} {share:.2f} ± {half:.2f}" for a, b, share, half in best)
        said.append(f"Largest interactions of two (share of variance): {told}.")
    return [line.replace("-0.", "−0.") for line in said]


def _of_chance(one: Weighed) -> list[str]:
    said = []
    if one.sd == 0.0:
        said.append("It is the same at every point: nothing weighs anything.")
    if one.variance is None:
        said.append("One world a point: how much is chance cannot be told; give [replications] worlds = 2 or more.")
    elif one.sd > 0.0:
        said.append(
            f"Mere chance: {percent(one.variance.of_means)} of the variance between means over {one.worlds} worlds "
            f"(95 % interval {percent(one.chance_low)} to {percent(one.chance_high)}), "
            f"{percent(one.variance.of_runs)} of that between single runs."
        )
    if one.variance is not None and one.variance.of_means > MOSTLY:
        said.append("More than half of it is chance: rank nothing by this; give [replications] more worlds.")
    return said


def _table(one: Weighed) -> Fitted:
    """A row a number, what weighs most first."""
    shown = Fitted()
    shown.column("number", no_wrap=True)
    _, unit = asked.scaled(one.outcome)
    of_sobol = {"first": 0, "± first": 1, "total": 0, "± total": 1, "first less chance": 3, "total less chance": 2}
    of_morris = {f"effect, {unit}": 0, "±": 1, "signed": 2, "spread": 0, "chance": 1}
    for name, rank in (of_sobol if one.method == SOBOL else of_morris).items():
        shown.column(name, rank, justify="right")
    for place in sensitivity.order(one):
        shown.add_row(one.indices[place].name, *_cells(one, one.indices[place]))
    return shown


def _cells(one: Weighed, weight: Weight) -> list[str]:
    if one.method == SOBOL:
        figures = (weight.first, weight.first_half, weight.total, weight.total_half)
        return [figure(value) for value in (*figures, weight.first_settled, weight.total_settled)]
    factor, _ = asked.scaled(one.outcome)
    signed = figure(factor * weight.mu, "+")
    rest = [figure(factor * value) for value in (weight.mu_star, weight.mu_star_half)]
    return [*rest, signed, figure(factor * weight.sigma), percent(weight.chance)]


def tables(found: Sequence[Weighed]) -> dict[str, pd.DataFrame]:
    """`indices`: a row an outcome, quarter, setting and number; `interactions`: the same of pairs."""
    rows, pairs = [], []
    for one in found:
        variance = asdict(one.variance) if one.variance else dict.fromkeys(("points", "worlds_alone", "both"))
        keys = {"outcome": one.outcome, "quarter_number": one.quarter, "setting": one.setting}
        facts = {"method": one.method, "mean": one.mean, "sd": one.sd, "worlds": one.worlds, "groups": one.groups}
        of_chance = {
            "chance_of_means": one.variance.of_means if one.variance else None,
            "chance_low": one.chance_low,
            "chance_high": one.chance_high,
            "chance_of_runs": one.variance.of_runs if one.variance else None,
        }
        parts = {f"variance_{name}": variance[name] for name in ("points", "worlds_alone", "both")}
        gone = {"groups_left_out": one.groups_in_all - one.groups, "runs_lost": len(one.lost)}
        rows += [{**keys, **asdict(weight), **facts, **of_chance, **parts, **gone} for weight in one.indices]
        pairs += [{**keys, "first": a, "second": b, "share": share, "half": half} for a, b, share, half in one.pairs]
    return {"indices": pd.DataFrame(rows)} | ({"interactions": pd.DataFrame(pairs)} if pairs else {})
