"""What `fully-booked figures` draws: every figure that a batch has numbers for, each with its data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from experiments.analysis import asked, effects, figures, regret
from experiments.analysis.ensemble import Ensemble
from experiments.analysis.regret import HIGH, Options
from experiments.batch.store import Store
from experiments.batch.target import Target
from experiments.screen import Screen
from experiments.study.sheet import Sketch
from sim.errors import InputError, unknown

Drawn = tuple[str, Callable[[], Sketch], pd.DataFrame]
MOST_PANELS = 9


def run(folder: str, outcome: str, at: str, which: tuple[str, str], target: Target) -> None:
    """Draw into a folder and say what is there. which: the dimension of options, and the two numbers of the surface, as
    'A,B', both '' for the first there are."""
    batch = Ensemble.open(folder)
    name, quarter = batch.named(outcome), batch.quarter(at)
    chosen = _options(batch, which[0])
    pair = _pair(batch, which[1])
    with Store(target) as store:
        told = []
        for stem, draw, table in _all(batch, (name, quarter), chosen, pair):
            told.append((stem, figures.save(batch, draw, (name, stem), store.path, table)))
        asked.write(store, target, batch, {})
    console = Screen()
    for line in (*asked.lost_line(batch), *asked.cut_line(batch, range(batch.points))):
        console.print(line, highlight=False)
    for stem, title in told:
        console.print(f"{_png(store.out, stem)}: {title}", soft_wrap=True, highlight=False)
    console.print(asked.CLOSING, style="dim")


def _png(folder: Path, stem: str) -> Path:
    return folder / f"{stem}.png"


def _options(batch: Ensemble, dimension: str) -> Options | None:
    """The options that panels are of; None where nothing can be chosen. InputError for too many."""
    known = regret.dimensions(batch)
    if not known and not dimension:
        return None
    chosen = regret.options(batch, dimension)
    if len(chosen.names) > MOST_PANELS:
        if not dimension:
            return None
        raise InputError(
            f"--options = {dimension} has {len(chosen.names)} options; figures have room for {MOST_PANELS}."
        )
    return chosen


def _pair(batch: Ensemble, words: str) -> list[str]:
    """The two numbers of the surface; none for ''."""
    known = [one.name for one in batch.factors]
    names = [word.strip() for word in words.split(",")] if words else []
    for name in names:
        if name not in known:
            raise unknown("number", name, known, "--surface")
    if names and (len(names) != 2 or names[0] == names[1]):
        raise InputError(f"--surface = {words} is not allowed; give two numbers that vary, as A,B.")
    return names


def _all(batch: Ensemble, asked_for: tuple[str, int], chosen: Options | None, pair: list[str]) -> Iterator[Drawn]:
    """(name, figure, data) of each."""
    outcome, quarter = asked_for
    fans = effects.fans(batch, outcome, chosen)
    yield "fans", lambda: figures.fans(batch, fans, outcome), effects.fan_table(batch, fans)
    if chosen is not None:
        apart = effects.differences(batch, outcome, chosen)
        first = chosen.names[0]
        yield (
            "differences",
            lambda: figures.differences(batch, apart, outcome, first),
            effects.fan_table(batch, apart),
        )
        found = regret.regret(batch, chosen, (outcome, quarter, HIGH), None)
        yield "regret", lambda: figures.regrets(found, batch.dated(quarter)), regret.table(found)
    swings = effects.swings(batch, outcome, quarter)
    if swings:
        yield "tornado", lambda: figures.tornado(batch, swings, asked_for), effects.swing_table(swings)
    names = pair or [one.name for one in swings[:2]]
    laid = effects.surface(batch, outcome, quarter, names) if len(names) == 2 else None
    if laid is not None:
        yield "surface", lambda: figures.surface(batch, laid, asked_for), effects.surface_table(laid)
    elif pair:
        raise InputError(f"--surface = {','.join(pair)}: its points are too few for a surface; needed are nine.")
