"""How scores are told: rows of a table, skill over some series, where the model loses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.forecast import scoring
from experiments.forecast.naive import METHODS

NAMES = {"last": "last value", "drift": "drift", "damped": "damped smoothing"}
COVERAGE = (0.85, 0.95)
"""Part of facts that a 90 % band should hold."""
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


OVERVIEW = (
    "forecast",
    "origins",
    "group",
    *(f"skill against {NAMES[m]}" for m in METHODS),
    "within 50 %",
    "within 80 %",
    "within 90 %",
)


def overview(scored: pd.DataFrame, one: str) -> list[tuple[str, ...]]:
    """Rows for a table: each way to forecast, from one origin and from all, by group of series and in all."""
    rows = []
    for method in dict.fromkeys(scored["method"]):
        ours = scored[scored["method"] == method]
        for origins, part in {one: ours[ours["origin"] == one], "all": ours}.items():
            table = scoring.summary(part)
            for group, some in {**scoring.groups(table), "all series": table}.items():
                found = scoring.overall(some)
                skills = (percent(found[f"skill_{m}"], "+") for m in METHODS)
                rows.append((str(method), origins, group, *skills, *(percent(found[band]) for band in scoring.BANDS)))
    return rows


def origins(scored: pd.DataFrame) -> str:
    """'Five origins, 2024Q3 to 2025Q3, ...' with what they count as."""
    names = sorted(set(scored["origin"]))
    return (
        f"{len(names)} origins, {names[0]} to {names[-1]}, count as about {scoring.effective_origins(scored):.1f}: "
        "neighbours share quarters, and so errors"
    )


def aims(scored: pd.DataFrame) -> list[str]:
    """What was aimed at over all origins, and whether it is met: a sentence a way to forecast."""
    said = []
    for method in dict.fromkeys(scored["method"]):
        table = scoring.summary(scored[scored["method"] == method])
        covered = scoring.overall(table)["within_90"]
        money = scoring.overall(scoring.groups(table).get(scoring.GROUPS[1], table))
        inside = "met" if COVERAGE[0] <= covered <= COVERAGE[1] else "missed"
        behind = [NAMES[m] for m in ("drift", "damped") if not money[f"skill_{m}"] > 0.0]
        ahead = f"missed (behind {' and '.join(behind)})" if behind else "met"
        said.append(
            f"{str(method).capitalize()}: {percent(covered)} of facts within the 90 % band, aim 85 to 95 %: {inside}; "
            f"ahead of drift and damped smoothing in money and price: {ahead}"
        )
    return said
