"""The backtest: from information to 2024Q4 only, 2025 quarter by quarter, against naive forecasts. `python -m
experiments.forecast.backtest`."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from experiments.batch.engine import default_workers
from experiments.batch.progress import counting
from experiments.forecast import forecast, scoring
from experiments.forecast.forecast import Origin
from experiments.forecast.public_series import known

ORIGIN = Origin("backtest", "history-2024")
TO = "2025Q4"
WORLDS = forecast.WORLDS
FOLDER = Path(__file__).resolve().parents[1] / "data" / "forecast"


def run(
    worlds: int = forecast.WORLDS,
    seed: int = forecast.SEED,
    workers: int = 1,
    listener: forecast.Listener = forecast.SILENT,
) -> pd.DataFrame:
    """Every series and quarter of 2025 scored: forecast from 2024Q4, facts from the project's own tables."""
    made = forecast.make(TO, worlds, seed, workers, ORIGIN, listener)
    facts = pd.concat(
        [
            values.rename("value").rename_axis("quarter").reset_index().assign(series=name)
            for name, values in known(TO).items()
        ]
    )
    return scoring.compare(made, facts, known(ORIGIN.quarter))


def main() -> int:
    """Measure and ship."""
    with counting("backtest", 2 * forecast.WORLDS) as tick:
        scored = run(workers=default_workers(), listener=forecast.Listener(tick))
    FOLDER.mkdir(parents=True, exist_ok=True)
    scored.to_csv(FOLDER / "backtest.csv", index=False, float_format="%.6g", lineterminator="\n")
    print(f"wrote {len(scored)} scores to experiments/data/forecast/backtest.csv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
