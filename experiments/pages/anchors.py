"""The section of the page on validation about anchor deals, from the table that ships."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.calibration.anchors import DOUBLED, OVER, RECORD
from experiments.study.caveats import FOLDER
from experiments.text import table

ABOUT = (
    "*How much of its chip does the largest customer run?* A game from the end of 2024, with the deals that were "
    "signed by then: its H100e in use over Trainium's installed stock at the end of 2025. The record says "
    f"{100 * RECORD[0]:.0f} to {100 * RECORD[1]:.0f} %. Nothing is tuned to it. What was announced beyond what was "
    "held is taken in full, by half, and by half more:"
)
ANSWER = (
    "*Does supply answer?* The same worlds with the largest customer's demand doubled from 2027 on: what it runs more "
    "of Trainium, and what Trainium has more in use in all, million H100e with 95 % intervals. A ratio of 1 says that "
    "its chips are added, 0 that others give them up; 0.5 to 1 was the aim. `power_follows_need` says how far new "
    "power goes to who lacks it:"
)
MILLION = 1e6


def blocks() -> list[str]:
    """The section as blocks of text."""
    return told(pd.read_csv(FOLDER / "anchors.csv"))


def told(measured: pd.DataFrame) -> list[str]:
    """The same of a table."""
    over, doubled = (measured[measured["what"] == what].to_dict("records") for what in (OVER, DOUBLED))
    return [
        "## Anchor deals: what is held, and what supply answers",
        ABOUT,
        table(("of what was announced", "median", "nine worlds in ten", "worlds within the record"), map(_held, over)),
        ANSWER,
        table(
            ("`power_follows_need`", "quarter", "customer's gain on Trainium", "Trainium's gain", "ratio"),
            map(_answered, doubled),
        ),
    ]


def _held(row: Mapping[Any, Any]) -> tuple[str, ...]:
    band = f"{_share(row['low'])} to {_share(row['high'])}"
    return f"{row['at']:g}", _share(row["median"]), band, _share(row["inside"])


def _answered(row: Mapping[Any, Any]) -> tuple[str, ...]:
    gains = (_gain(row[name], row[f"{name}_error"]) for name in ("lab_on_trainium", "trainium"))
    return f"{row['at']:g}", f"q{row['quarter']:.0f}", *gains, f"{row['ratio']:.2f}"


def _share(value: float) -> str:
    return f"{100.0 * value:.0f} %"


def _gain(mean: float, error: float) -> str:
    return f"{mean / MILLION:+.2f} ± {error / MILLION:.2f}".replace("-", "−")
