"""The page of named systems, docs/explanation/systems.md, made from systems.toml and the measured table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.text import code, table
from experiments.whatif import systems
from experiments.whatif.systems import Measured, System
from sim.errors import InputError

NOTE = (
    "<!-- Measured by `python3 tasks.py systems` and written by `python3 tasks.py docs`. Change what it is made from "
    "(experiments/data/systems), not this page. -->"
)
LABELS = "*Real names are labels in an illustration. Nothing here is a forecast or advice.*"
HEAD = (
    "system",
    "what is done",
    "lever",
    "Trainium's share of use, points",
    "closest figure",
    "its level",
    "its change",
)
SMALL = 100.0
"""Figures above are told without decimals."""
TINY = 0.1
"""Figures below are told with three, so that what is small is not taken for nothing."""


def page(measured: Measured) -> str:
    """The whole page."""
    found = systems.read()
    rows = {str(row["system"]): row for row in measured.table.to_dict("records")}
    if missing := [name for name in found if name not in rows]:
        raise InputError(f"measured.csv: '{missing[0]}' has not been measured; run python3 tasks.py systems.")
    facts = measured.facts
    blocks = [
        "# What every named system moves",
        NOTE,
        LABELS,
        "The market narrative names chips, software, services and rules. Each has a lever in the model here, or a "
        "sentence that says by which arithmetic nothing should move. A lever is pulled in the baseline from 2026 on, "
        f"unless a row says otherwise, and compared world by world ({facts['worlds']} worlds to {facts['last']}, seed "
        f"{facts['seed']}; 95 % intervals). How far it is pulled is judgement: compare signs and orders of size, not "
        "rows with each other. A change whose interval holds 0 is set in brackets. Shares and rates are in per cent, "
        "and their changes in points.",
    ]
    for group in dict.fromkeys(one.group for one in found.values()):
        here = [one for one in found.values() if one.group == group]
        blocks += [f"## {group}", table(HEAD, [_row(one, rows[one.name]) for one in here])]
        blocks += [f"**{one.name}** has no lever: {one.none}." for one in here if one.none]
        blocks += [f"**{one.name}** moves little: {one.why}." for one in here if one.why]
    return "\n\n".join(blocks) + "\n"


def _row(one: System, row: Mapping[Any, Any]) -> tuple[str, ...]:
    pulled = [f"`{name}` = {value:g}" for name, value in one.lever.items()]
    pulled += [f"{role}: `{name}`" for role, name in one.strategies.items()]
    pulled += [f"roster: `{one.roster}`"] if one.roster else []
    share = "–" if one.none else _change(row, "share")
    near = code([one.near]) if one.near else "–"
    level = _number(row["near_level"]) if one.near else "–"
    moved = _change(row, "near") if one.near and not one.none else "–"
    near = near if one.at == systems.SIZE.quarters or not one.near else f"{near} at q{one.at}"
    return one.name, one.says, "; ".join(pulled) or "–", share, near, level, moved


def _change(row: Mapping[Any, Any], column: str) -> str:
    """'+0.12 ± 0.03', in brackets where the interval holds 0."""
    mean, low, high = (row[f"{column}_{end}"] for end in ("mean", "low", "high"))
    if pd.isna(low) or pd.isna(high):
        return _signed(mean)
    said = f"{_signed(mean)} ± {_number((high - low) / 2.0)}"
    return f"({said})" if low <= 0.0 <= high else said


def _number(value: float) -> str:
    digits = 0 if abs(value) >= SMALL else 2 if round(abs(value), 2) >= TINY else 3
    return f"{value:,.{digits}f}"


def _signed(value: float) -> str:
    return ("−" if value < 0.0 else "+") + _number(abs(value))


def text() -> str:
    """The page from what is shipped."""
    return page(systems.shipped())
