"""What commands on a batch share: which outcomes and quarters, tables that are shown and written, what was lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.analysis.ensemble import MOST_NAMED, Ensemble, count, named_runs
from experiments.batch.compare import SHARE_UNIT
from experiments.batch.store import Store, provenance
from experiments.batch.target import PROVENANCE, Target
from experiments.stats import NO_NUMBER
from sim.arrays import Index
from sim.errors import each_once
from sim.metrics import METRICS

UNITS = {metric.name: metric.unit for metric in METRICS}
CLOSING = "An illustration of a model, not a forecast or advice; names are labels."
WIDTH = 120


def pairs(batch: Ensemble, outcomes: Sequence[str], at: str) -> list[tuple[str, int]]:
    """(outcome, quarter) of every outcome and quarter asked for; the first outcome and the last quarter by default."""
    names = [batch.named(one) for one in outcomes or [""]]
    each_once("outcome", names, "--outcome")
    numbers = [batch.quarter(word) for word in at.split(",")]
    each_once("quarter", [f"q{number}" for number in numbers], "--at")
    return [(name, number) for name in names for number in numbers]


def scaled(outcome: str) -> tuple[float, str]:
    """What figures of an outcome are multiplied by to be told, and in which unit: shares in per cent."""
    unit = UNITS.get(outcome, "")
    return (100.0, "%") if unit == SHARE_UNIT else (1.0, unit)


def figure(value: float, sign: str = "") -> str:
    """Three digits or so: 117, 18.3, 0.42, 0.004; a dash for what is no number. sign: '+' for differences."""
    if not np.isfinite(value):
        return NO_NUMBER
    size = abs(value)
    digits = 0 if size >= 100.0 else 1 if size >= 10.0 else 2 if size >= 0.1 else 3
    text = f"{value:{sign},.{digits}f}"
    return "0" if text.strip("+-0.,") == "" else text.replace("-", "−")


def percent(value: float) -> str:
    """'12 %', a dash for what is no number."""
    return f"{100.0 * value:.0f} %".replace("-", "−") if np.isfinite(value) else NO_NUMBER


def lost_line(batch: Ensemble) -> list[str]:
    """How many runs were lost, and which; nothing when none was."""
    lost = batch.lost
    if not lost:
        return []
    whole = int(batch.played.sum())
    return [f"{count(len(lost), 'run')} of {whole} lost, in no figure here: {named_runs(lost)}."]


def cut_line(batch: Ensemble, points: Sequence[int] | Index) -> list[str]:
    """How many worlds of which of these points are left out, since others have fewer; nothing when all have as many."""
    beyond = batch.beyond(points)
    if not beyond:
        return []
    shared, most = (int(end(batch.played[np.asarray(points)])) for end in (np.min, np.max))
    named = ", ".join(f"{extra} of point {point}" for point, extra in list(beyond.items())[:MOST_NAMED])
    more = f" and {len(beyond) - MOST_NAMED} points more" if len(beyond) > MOST_NAMED else ""
    return [
        f"Points have {shared} to {most} worlds, added until intervals were narrow; points are compared in the "
        f"{shared} that all have: {count(sum(beyond.values()), 'world')} left out ({named}{more})."
    ]


def write(store: Store, target: Target, batch: Ensemble, tables: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Tables as CSV, and where they come from."""
    for name, table in tables.items():
        store.write(f"{name}.csv", table.to_csv(index=False, float_format="%.10g", lineterminator="\n"))
    said = {"batch": str(batch.folder), "design_digest": batch.said.design_digest}
    lost = [[one.point, one.world, one.why] for one in batch.lost]
    facts = {"command": target.command, **said, "records_digest": batch.said.records_digest, "lost_runs": lost}
    store.write(PROVENANCE, provenance(facts))
    return [store.out / f"{name}.csv" for name in tables]


def joined(words: Iterable[str]) -> str:
    """'a, b and c'."""
    every = list(words)
    return " and ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)
