"""Words for numbers that a reader without statistics can use: parts of a whole, ranges, worlds that are sold out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.stats import NO_NUMBER, Estimate, interval, number

SHARE = "Trainium's share of AI compute in use"
PARTS = {
    2: "half",
    3: "a third",
    4: "a quarter",
    5: "a fifth",
    6: "a sixth",
    7: "a seventh",
    8: "an eighth",
    9: "a ninth",
    10: "a tenth",
    12: "a twelfth",
    15: "a fifteenth",
    20: "a twentieth",
    30: "a thirtieth",
    40: "a fortieth",
}
LEAST, MOST = 1.0 / 50.0, 0.75
"""Smaller changes are 'hardly' one; larger ones are told as times."""


def portion(change: float, base: float) -> str:
    """'about a seventh more', 'about half as much again'; 'hardly more' below a fiftieth; a dash without a base."""
    if not np.isfinite(change) or not base > 0.0:
        return NO_NUMBER
    part, side = change / base, "more" if change > 0 else "less"
    if abs(part) < LEAST:
        return f"hardly {side}"
    if part > MOST:
        return f"about {1.0 + part:.1f} times as much"
    if part < -MOST:
        return f"about {-100.0 * part:.0f} % less"
    nearest = min(PARTS, key=lambda n: abs(np.log(abs(part) * n)))
    return f"about {PARTS[nearest]} {side}"


def percent(value: float) -> str:
    """A share: '7.8', with no minus before nothing; a dash for what is no number."""
    if not np.isfinite(value):
        return NO_NUMBER
    text = f"{value:.1f}"
    return "0.0" if text == "-0.0" else text


def listed(titles: Sequence[str]) -> str:
    """Titles within a sentence: 'lowering lock-in, an edge surge and antitrust action'."""
    *rest, last = (f"{title[0].lower()}{title[1:]}" for title in titles)
    return f"{', '.join(rest)} and {last}" if rest else last


def points(effect: Estimate) -> str:
    """'+0.74 percentage points in the mean of worlds (95 % interval +0.58 to +0.90)', and what was left out."""
    more = f"; {effect.left_out}" if effect.broken else ""
    return f"{number(effect.mean)} percentage points in the mean of worlds ({interval(effect)}{more})"
