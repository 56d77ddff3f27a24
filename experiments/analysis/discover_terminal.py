"""What `fully-booked discover` shows and writes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from experiments.analysis import asked, discover, figures, figures_found, where
from experiments.analysis.asked import percent
from experiments.analysis.discover import Box, Found
from experiments.analysis.ensemble import Ensemble, count
from experiments.batch.store import storing
from experiments.batch.target import Target
from experiments.fitted import Fitted, laid_out
from experiments.screen import Screen

WEAK = 0.05
"""Quasi-p value above which a restriction may well do nothing."""
MEANS = (
    "Coverage: of all runs where it holds, those inside. Density: of the runs inside, those where it holds. Mass: of "
    "all runs, those inside. Quasi-p: the chance that a box as dense would come about if that restriction did nothing "
    "(one-sided binomial test; worlds of a point that are alike count for less). A box is found by looking for it: try "
    "it on a batch with another seed before you rely on it."
)


FEW_WORLDS = 50
"""Worlds below which some of many numbers that they drew set them apart by chance alone."""


def run(folder: str, words: str, at: str, how: tuple[float, int, bool], target: Target | None) -> None:
    """Find boxes, print them, and write `boxes.csv`, `limits.csv`, `path.csv`, and a figure, when a folder is given.
    how: the density that is wanted, how many boxes at most, and are draws of worlds searched too?"""
    batch = Ensemble.open(folder)
    condition, quarter = where.condition(words, batch.outcomes), batch.quarter(at)
    with storing(target) as store:
        found = discover.discover(batch, condition, quarter, *how)
        written = [] if store is None or target is None else asked.write(store, target, batch, discover.tables(found))
        if store is not None:
            _draw(batch, found, store.path / "figures")
    show(batch, found, how[0])
    for path in written:
        Screen().print(f"Table: {path}", soft_wrap=True)


def _draw(batch: Ensemble, found: Found, folder: Path) -> None:
    """A figure a box."""
    every = discover.path_table(found)
    for number in range(1, len(found.boxes) + 1):
        draw = partial(figures_found.box, found, number, batch.dated(found.quarter))
        figures.save(batch, draw, (found.condition.names[0], f"box-{number}"), folder, every[every["box"] == number])


def show(batch: Ensemble, found: Found, wanted: float) -> None:
    """The boxes one after the other."""
    console = laid_out(Screen(), asked.WIDTH)
    hits, runs = int(found.interest.sum()), len(found.space)
    console.print(
        f"{found.condition.said}, in {batch.dated(found.quarter)}: holds in {hits} of {count(runs, 'run')} "
        f"({percent(found.rate)}), of {count(batch.points, 'point')}.",
        highlight=False,
    )
    for line in (*asked.lost_line(batch), *_of_draws(found)):
        console.print(line, highlight=False)
    for number, box in enumerate(found.boxes, 1):
        console.print()
        console.print(_head(number, box), highlight=False)
        if not box.step.restricted:
            console.print("No box is denser than the whole: nothing that varied sets these runs apart.")
            continue
        console.print(_table(found, number, box))
        if box.step.density < wanted:
            console.print(
                f"No box reaches a density of {percent(wanted)}; this is the densest. --density asks for another.",
                highlight=False,
            )
    console.print()
    console.print(MEANS, highlight=False)
    console.print(asked.CLOSING, style="dim")


def _of_draws(found: Found) -> list[str]:
    """What was searched of what worlds drew; nothing when it was not asked."""
    if not found.worlds:
        return []
    line = f"Searched too: {count(len(found.drawn), 'parameter')} that {count(found.worlds, 'world')} drew."
    few = (
        f" With fewer than {FEW_WORLDS} worlds some parameter sets them apart by chance alone: read nothing into one "
        "without a batch of more worlds."
    )
    return [line + (few if found.worlds < FEW_WORLDS else "")]


def _head(number: int, box: Box) -> str:
    step = box.step
    inside = f"{step.interest} of {count(step.cases, 'run')} inside"
    alike = f"; {box.alike:.1f} of its runs count as one" if box.alike > 1.05 else ""
    return (
        f"Box {number}: coverage {percent(step.coverage)}, density {percent(step.density)} ({inside}), mass "
        f"{percent(step.mass)}, {count(step.restricted, 'dimension')} restricted{alike}."
    )


def _table(found: Found, number: int, box: Box) -> Fitted:
    shown = Fitted()
    shown.column("restricted", no_wrap=True)
    shown.column("to")
    shown.column("of", 2)
    shown.column("quasi-p", 1, justify="right")
    table = discover.limits_table(found)
    for row in table[table["box"] == number].to_dict("records"):
        numeric = not row["allowed"]
        to = f"{row['low']:.4g} to {row['high']:.4g}" if numeric else str(row["allowed"])
        of = f"{row['tried_low']:.4g} to {row['tried_high']:.4g}" if numeric else "all"
        weak = " (may do nothing)" if row["quasi_p"] > WEAK else ""
        to, of = (words.replace("-", "−") if numeric else words for words in (to, of))
        of += ", drawn" if row["drawn_by_worlds"] else ""
        shown.add_row(str(row["dimension"]), to, of, f"{row['quasi_p']:.2g}{weak}")
    return shown
