"""The backtest: from several origins, with what was known there, quarter by quarter to the end of 2025, against naive
forecasts. `python -m experiments.forecast.backtest`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from experiments.batch.engine import default_workers
from experiments.batch.progress import counting
from experiments.forecast import forecast, scoring
from experiments.forecast.origins import PAST, Origin
from experiments.forecast.public_series import known
from sim.quarters import label, ordinal

MODEL = "model"
ONE = "2024Q4"
"""The origin from which all of 2025 is forecast."""
TO = "2025Q4"
HORIZON = 4
"""Quarters ahead, as far as facts go."""
WORLDS = forecast.WORLDS
RUNS = 2
"""Games of each world at an origin: history as it is played freely, and what is ahead with its prelude."""
FOLDER = Path(__file__).resolve().parents[1] / "data" / "forecast"


def run(
    worlds: int = forecast.WORLDS,
    seed: int = forecast.SEED,
    workers: int = 1,
    listener: forecast.Listener = forecast.SILENT,
    origins: Sequence[Origin] = PAST,
) -> pd.DataFrame:
    """Every origin, series and quarter scored: facts from the project's own tables, what was known cut at the
    origin."""
    facts = pd.concat(
        [
            values.rename("value").rename_axis("quarter").reset_index().assign(series=name)
            for name, values in known(TO).items()
        ]
    )
    rows = []
    for origin in origins:
        heard = replace(listener, tell=_at(origin, listener))
        made = forecast.make(reach(origin), worlds, seed, workers, origin, heard)
        scored = scoring.compare(made, facts, known(origin.quarter))
        scored.insert(0, "origin", origin.quarter)
        scored.insert(1, "method", MODEL)
        rows.append(scored)
    return pd.concat(rows, ignore_index=True)


def reach(origin: Origin) -> str:
    """The last quarter forecast from an origin."""
    return label(min(ordinal(origin.quarter) + HORIZON, ordinal(TO)))


def _at(origin: Origin, listener: forecast.Listener) -> forecast.Tell:
    """Tell a reader, with the origin in front."""
    return lambda line: listener.tell(f"{origin.quarter}: {line}")


def main() -> int:
    """Measure and ship."""
    with counting("backtest", RUNS * len(PAST) * forecast.WORLDS) as tick:
        scored = run(workers=default_workers(), listener=forecast.Listener(tick))
    FOLDER.mkdir(parents=True, exist_ok=True)
    scored.to_csv(FOLDER / "backtest.csv", index=False, float_format="%.6g", lineterminator="\n")
    print(f"wrote {len(scored)} scores to experiments/data/forecast/backtest.csv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
