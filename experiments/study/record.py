"""Measures what the page on validation says and ships it as tables: `python -m experiments.study.record`.

theory.csv and metamorphic.csv (the trial against theory), influence.csv and signs.csv (which parameters decide, and
in how many parameter sets an effect turns), managed.csv (effects by the size of the managed channel), fleet_mix.csv
(own chips in fleets, held out), anchors.csv (what anchor deals do), measured.json (when, with what).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from experiments import scenarios
from experiments.batch.engine import default_workers, run
from experiments.batch.progress import counting
from experiments.batch.store import versions
from experiments.calibration import anchors
from experiments.stats import broken_worlds, no_figures
from experiments.study import fleet_mix, influence
from experiments.study.caveats import FOLDER
from experiments.theory import trial
from sim.errors import InputError

WORLDS, QUARTERS, SEED = 512, 20, 1
ANCHOR_WORLDS = 64
DIGITS = 6


def measure_theory(workers: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The trial with its full number of worlds."""
    hypotheses = trial.chosen([], quick=False)
    total = sum(cell.size.worlds for cell in trial.cells(hypotheses, trial.WORLDS, trial.QUARTERS, SEED))
    with counting("theory", total) as tick:
        verdicts = trial.hold(hypotheses, trial.WORLDS, trial.QUARTERS, SEED, workers, (tick, None))
    return trial.table(verdicts), trial.unmoved()


def measure_influence(workers: int, worlds: int = WORLDS, quarters: int = QUARTERS) -> dict[str, pd.DataFrame]:
    """Influence of every drawn parameter on the headlines, where effects turn their sign, and effects by the size of
    the managed channel."""
    cells = influence.cells(worlds, quarters, SEED, beside=True)
    paths, broken = {}, set[int]()
    with counting("influence", worlds * len(cells)) as tick:
        for one in run(cells, workers, tick=tick):
            paths[one.cell.name] = one.quarters[influence.SHARE].to_numpy().reshape(worlds, -1)
            broken.update(broken_worlds(one.quarters))
    base, whole = scenarios.load(influence.BASE), np.setdiff1d(np.arange(worlds), sorted(broken))
    if len(whole) < influence.FEWEST:
        raise InputError(f"influence: {len(whole)} worlds have figures; {influence.FEWEST} or more are needed.")
    if broken:
        print(f"{no_figures(len(broken), worlds)}; they are left out: {sorted(broken)}", file=sys.stderr)
    parameters = influence.drawn(base, worlds, SEED).iloc[whole].reset_index(drop=True)
    found = influence.headlines({name: path[whole] for name, path in paths.items()}, quarters)
    ranked = influence.ranking(base, parameters, found)
    return {
        "influence": ranked[ranked["influence"] > 0.0].reset_index(drop=True),
        "signs": influence.signs(found, parameters),
        "managed": influence.by_third(found, parameters, influence.MANAGED),
    }


def ship(tables: dict[str, pd.DataFrame], folder: Path = FOLDER) -> None:
    """Write the tables with few digits, so that a later measurement is easy to compare."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
    base = scenarios.load(influence.BASE)
    facts = {
        "scenario": base.name,
        "scenario_hash": base.digest,
        "seed": SEED,
        "worlds_theory": trial.WORLDS,
        "worlds_influence": WORLDS,
        "quarters": QUARTERS,
        "versions": versions(),
    }
    (folder / "measured.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Measure, ship, and say so."""
    workers = default_workers()
    found = measure_influence(workers)
    theory, unmoved = measure_theory(workers)
    mixes = fleet_mix.measure(trial.WORLDS, SEED)
    deals = anchors.table(ANCHOR_WORLDS, SEED)
    ship({"theory": theory, "metamorphic": unmoved, "fleet_mix": mixes, "anchors": deals, **found})
    print(f"wrote {len(list(FOLDER.glob('*.csv')))} tables to experiments/data/validation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
