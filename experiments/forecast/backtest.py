"""The backtest: from information to 2024Q4 only, 2025 quarter by quarter, against naive forecasts. `python -m experiments.forecast.backtest`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from experiments.batch.engine import default_workers
from experiments.batch.progress import counting
from experiments.batch.store import storing
from experiments.batch.target import Target
from experiments.forecast import forecast, scoring
from experiments.forecast.forecast import Origin
from experiments.forecast.naive import METHODS
from experiments.forecast.public_series import known
from experiments.text import table as markdown_table

ORIGIN = Origin("backtest", "history-2024")
TO = "2025Q4"
WORLDS = forecast.WORLDS
WIDTH = 150
FOLDER = Path(__file__).resolve().parents[1] / "data" / "forecast"
NAMES = {"last": "last value", "drift": "drift", "damped": "damped smoothing"}


def run(worlds: int = forecast.WORLDS, seed: int = forecast.SEED, workers: int = 1,
        tick: Callable[[int], None] = lambda worlds: None) -> pd.DataFrame:  # fmt: skip
    """Every series and quarter of 2025 scored: forecast from 2024Q4, facts from the project's own tables."""
    made = forecast.make(TO, worlds, seed, workers, ORIGIN, tick)
    facts = pd.concat(
        [
            values.rename("value").rename_axis("quarter").reset_index().assign(series=name)
            for name, values in known(TO).items()
        ]
    )
    return scoring.compare(made, facts, known(ORIGIN.quarter))


def losses(table: pd.DataFrame) -> list[str]:
    """Where the model loses, worst first: a sentence a series."""
    said = []
    for row in table.itertuples(index=False):
        behind = {NAMES[m]: getattr(row, f"skill_{m}") for m in METHODS if getattr(row, f"skill_{m}") < 0.0}
        if behind:
            worst = min(behind.values())
            said.append(
                (
                    worst,
                    f"`{row.series}`: behind {', '.join(f'{name} ({100.0 * value:.0f} %)'.replace('-', '−') for name, value in behind.items())}",
                )
            )
    return [text for _, text in sorted(said)]


def show(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """Rows for a table: series, facts, CRPS, skills in per cent, coverage."""

    def percent(value: float) -> str:
        return "–" if pd.isna(value) else f"{100.0 * value:+.0f} %".replace("-", "−")

    return [
        (str(row.series), str(row.facts), f"{row.crps:.4g}", *(percent(getattr(row, f"skill_{m}")) for m in METHODS), *(f"{100.0 * getattr(row, band):.0f} %" for band in scoring.BANDS))
        for row in table.itertuples(index=False)
    ]  # fmt: skip


def skills(table: pd.DataFrame) -> str:
    """'+12 % against last value, −3 % against drift' over some series."""
    found = {m: scoring.overall(table)[f"skill_{m}"] for m in METHODS}
    return ", ".join(
        f"{100.0 * value:+.0f} % against {NAMES[m]}".replace("-", "−") for m, value in found.items() if value == value
    )


HEAD = (
    "series",
    "facts",
    "CRPS",
    *(f"skill against {NAMES[m]}" for m in METHODS),
    "within 50 %",
    "within 80 %",
    "within 90 %",
)


def blocks(scored: pd.DataFrame) -> list[str]:
    """The section of the page on validation."""
    table = scoring.summary(scored)
    total = scoring.overall(table)
    better = {NAMES[m]: int((table[f"skill_{m}"] > 0.0).sum()) for m in METHODS}
    counted = {NAMES[m]: int(table[f"skill_{m}"].notna().sum()) for m in METHODS}
    ahead = "; ".join(f"{better[name]} of {counted[name]} series against {name}" for name in better)
    overall = "; ".join(f"{name}: {skills(rows)}" for name, rows in scoring.groups(table).items())
    covered = f"{100.0 * total['within_90']:.0f} % of facts within the 90 % band, {100.0 * total['within_50']:.0f} % within the 50 % band"
    lost = losses(table)
    return [
        "## Backtest: 2025 from what was known at the end of 2024",
        f"CRPS (smaller is better) of the forecast and its skill, 1 − CRPS / CRPS of the naive forecast: above 0 the model was better. It is ahead in {ahead}. Geometric means over series: {overall}. {covered}. "
        "Four quarters are few, and the same four for every series: read this as a record, not as proof. Bridges were mended once after a first, uncalibrated look at this table (the modelled history is levelled by its last year instead of its last quarter, and the spread of deliveries is that of surprises), so it is kinder than a blind test.",
        markdown_table(HEAD, show(table)),
        "**Where the model loses**, worst first:" if lost else "The model loses nowhere.",
        "\n".join(f"- {one}." for one in lost),
    ]


def show_anew(worlds: int, seed: int, workers: int, target: Target | None = None) -> None:
    """Measure, print, and write backtest.csv into a folder of its own if asked."""
    with storing(target) as store:
        with counting("backtest", 2 * worlds) as tick:
            scored = run(worlds, seed, workers, tick)
        if store is not None:
            store.write("backtest.csv", scored.to_csv(index=False))
    summary = scoring.summary(scored)
    shown = Table(
        title=f"2025 from what was known at the end of {ORIGIN.quarter[:4]}", box=box.SIMPLE_HEAD, title_justify="left"
    )
    for number, head in enumerate(HEAD):
        shown.add_column(head, justify="right" if number else "left", no_wrap=not number)
    for row in show(summary):
        shown.add_row(*row)
    console = Console()
    console.width = max(console.width, WIDTH)
    console.print(shown)
    for name, rows in scoring.groups(summary).items():
        console.print(f"{name.capitalize()} (geometric means): {skills(rows)}.", highlight=False)
    for line in losses(summary):
        console.print(f"Loses on {line.replace('`', '')}.", highlight=False)
    console.print(forecast.NOTE, style="dim")


def main() -> int:
    """Measure and ship."""
    with counting("backtest", 2 * forecast.WORLDS) as tick:
        scored = run(workers=default_workers(), tick=tick)
    FOLDER.mkdir(parents=True, exist_ok=True)
    scored.to_csv(FOLDER / "backtest.csv", index=False, float_format="%.6g", lineterminator="\n")
    print("\n\n".join(blocks(scored)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
