"""Amounts of money as people read them: $bn, or $m when small, with the sign in front."""

from __future__ import annotations

from sim.units import MUSD_PER_USD_BN

SMALL_MUSD = 100.0
"""Amounts below are told in millions."""


def money(musd: float, sign: bool = False) -> str:
    """'$9.59 bn', '−$0.96 bn', '+$38 m' (sign: also a plus), '$0'."""
    size = abs(musd)
    text = f"${size / MUSD_PER_USD_BN:,.2f} bn" if size >= SMALL_MUSD else f"${size:,.0f} m"
    if text == "$0 m":
        return "$0"
    return ("−" if musd < 0.0 else "+" if sign else "") + text


def short(musd: float) -> str:
    """For a board: '$90.0 bn', '−$8.6 bn'."""
    text = f"${abs(musd) / MUSD_PER_USD_BN:,.1f} bn"
    return f"−{text}" if musd < 0.0 and text != "$0.0 bn" else text
