"""What `fully-booked validate --theory` does."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from rich.console import Console

from experiments.batch.progress import counting
from experiments.batch.store import Store, storing
from experiments.batch.target import Target
from experiments.theory import show, trial


def default_worlds(quick: bool) -> int:
    """Paired worlds of a trial."""
    return trial.QUICK_WORLDS if quick else trial.WORLDS


def theory(
    keys: Sequence[str], quick: bool, worlds: int, seed: int, workers: int, target: Target | None = None
) -> bool:
    """Try the hypotheses and the changes that must not matter, print and write what came out. Is nothing failing that should hold?"""
    hypotheses = trial.chosen(keys, quick)
    quarters = trial.QUICK_QUARTERS if quick else trial.QUARTERS
    total = sum(cell.size.worlds for cell in trial.cells(hypotheses, worlds, quarters, seed))
    with storing(target) as store:
        with counting("theory", total) as tick:
            verdicts = trial.hold(hypotheses, worlds, quarters, seed, workers, tick)
        changes = trial.unmoved(quick) if not keys else pd.DataFrame(columns=["holds"])
        if store is not None:
            write(store, verdicts, changes)
    show.show(verdicts, changes, Console())
    return not trial.failed(verdicts) and bool(changes["holds"].all())


def write(store: Store, verdicts: Sequence[trial.Verdict], changes: pd.DataFrame) -> None:
    """theory.csv (a row a check) and metamorphic.csv (a row a change) in a folder of their own."""
    store.write("theory.csv", trial.table(verdicts).to_csv(index=False))
    if len(changes):
        store.write("metamorphic.csv", changes.to_csv(index=False))
