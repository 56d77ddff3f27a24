"""How scores are told: rows of a table, skill over some series, where the model loses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.forecast import scoring
from experiments.forecast.naive import METHODS

NAMES = {"last": "last value", "drift": "drift", "damped": "damped smoothing"}
HEAD = (
    "series",
    "facts",
    "CRPS",
    *(f"skill against {NAMES[m]}" for m in METHODS),
    "within 50 %",
    "within 80 %",
    "within 90 %",
)


def percent(value: float, sign: str = "") -> str:
    """'+12 %', '−3 %'; a dash for what cannot be said, '−∞' where only the naive forecast was exact."""
    if value == -np.inf:
        return "−∞"
    return "–" if pd.isna(value) else f"{100.0 * value:{sign}.0f} %".replace("-", "−")


def rows(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """Rows for a table: series, facts, CRPS, skills in per cent, coverage."""
    return [
        (
            str(one["series"]),
            str(one["facts"]),
            f"{one['crps']:.4g}",
            *(percent(one[f"skill_{m}"], "+") for m in METHODS),
            *(percent(one[band]) for band in scoring.BANDS),
        )
        for one in table.to_dict("records")
    ]


def skills(table: pd.DataFrame) -> str:
    """'+12 % against last value, −3 % against drift' over some series."""
    found = {m: scoring.overall(table)[f"skill_{m}"] for m in METHODS}
    return ", ".join(f"{percent(value, '+')} against {NAMES[m]}" for m, value in found.items() if value == value)


def losses(table: pd.DataFrame) -> list[str]:
    """Where the model loses, worst first: a sentence a series."""
    said = []
    for one in table.to_dict("records"):
        behind = {NAMES[m]: float(one[f"skill_{m}"]) for m in METHODS if one[f"skill_{m}"] < 0.0}
        if behind:
            named = ", ".join(f"{name} ({percent(value)})" for name, value in behind.items())
            said.append((min(behind.values()), f"`{one['series']}`: behind {named}"))
    return [text for _, text in sorted(said)]
