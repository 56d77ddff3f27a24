"""The backtest: from several origins, with what was known there, quarter by quarter to the end of 2025, against naive
forecasts. `python -m experiments.forecast.backtest`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from experiments.batch.engine import default_workers
from experiments.batch.progress import counting
from experiments.forecast import combination, forecast, scoring
from experiments.forecast.origins import PAST, TODAY, Origin
from experiments.forecast.public_series import known
from sim.quarters import label, ordinal

ONE = "2024Q4"
"""The origin from which all of 2025 is forecast."""
TO = "2025Q4"
HORIZON = 4
"""Quarters ahead, as far as facts go."""
WORLDS = forecast.WORLDS
RUNS = 2
"""Games of each world at an origin: history as it is played freely, and what is ahead with its prelude."""
FOLDER = Path(__file__).resolve().parents[1] / "data" / "forecast"


@dataclass(frozen=True)
class Measured:
    """scores: a row an origin, method, series and quarter. learnt: weights and widening, a row an origin (today's too)
    and group of series."""

    scores: pd.DataFrame
    learnt: pd.DataFrame

    def files(self) -> dict[str, str]:
        """Name -> CSV of what is shipped."""
        tables = {"backtest.csv": self.scores, "combination.csv": self.learnt}
        return {
            name: str(table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
            for name, table in tables.items()
        }


def run(
    worlds: int = forecast.WORLDS,
    seed: int = forecast.SEED,
    workers: int = 1,
    listener: forecast.Listener = forecast.SILENT,
    origins: Sequence[Origin] = PAST,
) -> Measured:
    """Every origin, series and quarter scored, of the model and of the combination: facts from the project's own
    tables, what was known cut at the origin. Origins come in their order: each learns from those before."""
    facts = pd.concat(
        [
            values.rename("value").rename_axis("quarter").reset_index().assign(series=name)
            for name, values in known(TO).items()
        ]
    )
    scores, learnt, record = [], [], list[combination.Seen]()
    for origin in origins:
        heard = replace(listener, tell=_at(origin, listener))
        made = forecast.make(reach(origin), worlds, seed, workers, origin, heard)
        history, lessons = known(origin.quarter), combination.learn(record, origin.quarter)
        learnt += combination.rows(origin.quarter, lessons)
        for method, rows in combination.both(made, history, lessons).groupby("method", sort=False):
            scored = scoring.compare(rows, facts, history)
            scored.insert(0, "origin", origin.quarter)
            scored.insert(1, "method", method)
            scores.append(scored)
        record += combination.seen(origin.quarter, made, known(TO), history, lessons)
    learnt += combination.rows(TODAY.quarter, combination.learn(record, TODAY.quarter))
    return Measured(pd.concat(scores, ignore_index=True), pd.DataFrame(learnt))


def reach(origin: Origin) -> str:
    """The last quarter forecast from an origin."""
    return label(min(ordinal(origin.quarter) + HORIZON, ordinal(TO)))


def _at(origin: Origin, listener: forecast.Listener) -> forecast.Tell:
    """Tell a reader, with the origin in front."""
    return lambda line: listener.tell(f"{origin.quarter}: {line}")


def main() -> int:
    """Measure and ship."""
    with counting("backtest", RUNS * len(PAST) * forecast.WORLDS) as tick:
        found = run(workers=default_workers(), listener=forecast.Listener(tick))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in found.files().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote {len(found.scores)} scores to experiments/data/forecast/backtest.csv, and combination.csv beside it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
