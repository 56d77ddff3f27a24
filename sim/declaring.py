"""How a field of a decision is declared: unit, range, default and meaning, once."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def decision(
    unit: str,
    low: float,
    high: float,
    default: str,
    meaning: str,
    *,
    axis: str = "",
    options: tuple[str, ...] = (),
    sums_to: float | None = None,
    once: bool = False,
) -> Any:
    """Declare one field of a decision.

    `default` says in words what stands when a player says nothing. axis: what the array counts after worlds, '' if
    nothing. options: names of a choice's whole numbers. sums_to: what the last axis adds up to. once: an act of this
    quarter, which an absent player does not repeat (it falls back to 0)."""
    return field(
        metadata={
            "unit": unit,
            "low": low,
            "high": high,
            "default": default,
            "meaning": meaning,
            "axis": axis,
            "options": options,
            "sums_to": sums_to,
            "once": once,
        }
    )


def choice(default: str, meaning: str, options: tuple[str, ...], *, once: bool = False) -> Any:
    """Declare a field whose whole numbers stand for options."""
    return decision("option", 0.0, len(options) - 1.0, default, meaning, options=options, once=once)
