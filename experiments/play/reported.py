"""What outsiders report of others, as a range: where nine of ten truths behind such a report lie.

Reports are late and noisy (sim/monitor.py). A single number would say more than anybody knows."""

from __future__ import annotations

import math

from sim.monitor import ORDER_BOOK_NOISE, SHARE_NOISE, UTILISATION_NOISE

NINE_OF_TEN = 1.645
"""Standard deviations on either side."""


def use(seen: float) -> tuple[float, float]:
    """Of a report on the part of an owner's capacity in use: at most all of it."""
    return _around(seen, UTILISATION_NOISE, 1.0)


def share(seen: float) -> tuple[float, float]:
    """Of a report on a chip's share of all compute in use."""
    return _around(seen, SHARE_NOISE, 1.0)


def orders(seen: float) -> tuple[float, float]:
    """Of a report on an order book, H100e."""
    return _around(seen, ORDER_BOOK_NOISE, math.inf)


def percent(span: tuple[float, float]) -> str:
    """'24-31', of parts of one."""
    low, high = (round(100.0 * end) for end in span)
    return f"{low}-{high}" if high > low else f"{low}"


def amount(span: tuple[float, float]) -> str:
    """'442-853k', '5.8-11m' of H100e."""
    low, high = span
    if high >= 9.995e5:
        return f"{low / 1e6:.1f}-{high / 1e6:.{0 if high >= 9.95e6 else 1}f}m"
    return f"{low / 1e3:.0f}-{high / 1e3:.0f}k"


def _around(seen: float, noise: float, most: float) -> tuple[float, float]:
    width = math.exp(NINE_OF_TEN * noise)
    return min(seen / width, most), min(seen * width, most)
